import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { type Command, CommanderError } from "commander";
import { describe, expect, test } from "vitest";
import { buildProgram } from "../../src/cli/program.js";
import { predictionRunFromArrays } from "../../src/complexity/index.js";
import * as api from "../../src/node.js";
import { studyPlace, THEORY_NOTES } from "../../src/studies/places.js";
import { anchors, commandsOf, pages, root, shellWords, withoutCode } from "./pages.js";

/** The command line whose commands do nothing. */
function idleProgram(): Command {
  const program = buildProgram(new AbortController().signal);
  const still = (command: Command): void => {
    command.exitOverride().configureOutput({ writeOut: () => {}, writeErr: () => {} });
    if (command.commands.length === 0) command.action(() => {});
    for (const child of command.commands) still(child);
  };
  still(program);
  return program;
}

/** In running text a command may be named without what it needs. */
const INCOMPLETE = ["commander.missingArgument", "commander.missingMandatoryOptionValue", "commander.help"];

/** Why a command line is not accepted; null: it is. */
async function refusal(words: readonly string[]): Promise<CommanderError | null> {
  try {
    await idleProgram().parseAsync([...words], { from: "user" });
    return null;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? null : error;
  }
}

describe("README and docs", () => {
  test("a command line is read as a shell reads it, and refused for an option that there is not", async () => {
    expect(shellWords(`kernel "a b?c=1" --x 'x y.npz' --get ntk   in words # more`)).toEqual([
      ...["kernel", "a b?c=1", "--x", "x y.npz", "--get", "ntk"],
    ]);
    expect((await refusal(["phase", "--no-such-option"]))?.code).toBe("commander.unknownOption");
    expect((await refusal(["phase", "--activation", "tanh"]))?.code).toBeUndefined();
  });

  test("every command line that they show is one that foretrain takes", async () => {
    const commands = pages.flatMap(commandsOf);
    expect(commands.length).toBeGreaterThan(80);
    const wrong: string[] = [];
    for (const { page, words, text, inline } of commands) {
      const error = await refusal(words);
      const incomplete = inline && INCOMPLETE.includes(error?.code ?? "");
      if (error !== null && !incomplete) wrong.push(`${page}: ${text}: ${error.message}`);
    }
    expect(wrong).toEqual([]);
  });

  test("every study that they run is there", async () => {
    const names = pages.flatMap(commandsOf).flatMap(({ words }) => {
      if (words[0] !== "study" || words[1] !== "run") return [];
      const end = words.findIndex((word) => word.startsWith("--"));
      return words.slice(2, end < 0 ? undefined : end);
    });
    expect(names.length).toBeGreaterThan(5);
    for (const name of names) {
      if (!/^(ID|NAMES?|PAPER|X)$/.test(name)) expect(api.findStudies(name).length, name).toBeGreaterThan(0);
    }
  });

  test("links lead to files that are there, and to headings that are there", () => {
    const broken: string[] = [];
    for (const page of pages) {
      for (const [, target] of withoutCode(page.text).matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^[a-z]+:/.test(target!)) continue;
        const [file, fragment] = target!.split("#") as [string, string | undefined];
        const path = file === "" ? page.path : normalize(join(dirname(page.path), file));
        if (!existsSync(join(root, path))) broken.push(`${page.path}: ${target}`);
        else if (fragment !== undefined) {
          const text = readFileSync(join(root, path), "utf8");
          if (!anchors({ path, text }).has(fragment)) broken.push(`${page.path}: ${target}`);
        }
      }
    }
    expect(broken).toEqual([]);
  });

  test("the index leads to every page, and the README to the index", () => {
    const index = pages.find(({ path }) => path === "docs/README.md")!.text;
    for (const { path } of pages) {
      if (path.startsWith("docs/") && path !== "docs/README.md") {
        expect(index, path).toContain(`](${path.slice("docs/".length)})`);
      }
    }
    expect(pages.find(({ path }) => path === "README.md")!.text).toContain("](docs/README.md)");
  });
});

describe("the snippet for a training loop of one's own", () => {
  const [, snippet] = /```python\n([\s\S]*?)```/.exec(
    pages.find(({ path }) => path === "docs/complexity.md")!.text,
  )!;

  test("writes the arrays that --predictions reads, under their names", () => {
    const [, list] = /np\.savez\("run\.npz", ([^\n]*)\)\n/.exec(snippet!)!;
    const names = [...list!.matchAll(/(\w+)=/g)].map(([, name]) => name!);
    const [samples, snapshots] = [6, 3];
    const shapes: Readonly<Record<string, readonly number[]>> = {
      ...{ labels: [samples], steps: [snapshots], predictions: [snapshots, samples] },
      explainer_linear: [samples],
    };
    expect(names.sort()).toEqual(Object.keys(shapes).sort());
    const arrays = Object.fromEntries(
      names.map((name) => {
        const size = shapes[name]!.reduce((a, b) => a * b, 1);
        const data = Int32Array.from({ length: size }, (_, i) => (name === "steps" ? i : i % 2));
        return [name, { data, shape: shapes[name]! }];
      }),
    );
    const run = predictionRunFromArrays(arrays, "run.npz");
    expect(run.explainers.map(({ name }) => name)).toEqual(["linear"]);
    expect(run.predictions).toHaveLength(snapshots);
  });

  test("is Python", ({ skip }) => {
    const parsed = spawnSync("python3", ["-c", "import ast, sys; ast.parse(sys.stdin.read())"], {
      ...{ input: snippet!, encoding: "utf8" },
    });
    if (parsed.error !== undefined) skip("there is no python3");
    expect(parsed.status, parsed.stderr).toBe(0);
  });
});

describe("theory notes", () => {
  const notes = pages.find(({ path }) => path === THEORY_NOTES)!;

  test("have every formula and section that they, other pages or the source name", () => {
    const sections = anchors(notes);
    const formulas = new Set(
      [...notes.text.matchAll(/^(?: {4}|\| )\(([A-EO]\d+\.\d+)\)/gm)].map(([, id]) => id!),
    );
    expect(formulas.size).toBeGreaterThan(40);
    const missing: string[] = [];
    const look = (where: string, text: string) => {
      for (const [name] of text.matchAll(/\b[A-EO]\d+(\.\d+)?\b/g)) {
        if (!(name.includes(".") ? formulas : sections).has(name)) missing.push(`${where}: ${name}`);
      }
    };
    for (const [, id] of notes.text.matchAll(/\(([A-EO]\d+\.\d+)\)/g)) look(notes.path, id!);
    // a mention elsewhere: letters and numbers that follow the name of the notes in the same sentence
    let mentions = 0;
    const elsewhere = (where: string, text: string) => {
      for (const [found] of text.matchAll(/theory(\.md|\s+notes)\b[^;.!?`]{0,60}/g)) {
        if (/\b[A-EO]\d/.test(found)) mentions++;
        look(where, found);
      }
    };
    for (const { path, text } of pages) {
      if (path !== notes.path) elsewhere(path, withoutCode(text).replaceAll("](theory.md)", ""));
    }
    for (const name of readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })) {
      if (!name.endsWith(".ts")) continue;
      const text = readFileSync(join(root, "src", name), "utf8");
      elsewhere(`src/${name}`, text.replace(/\n\s*(\*|\/\/)/g, ""));
    }
    expect(mentions).toBeGreaterThan(2);
    expect(missing).toEqual([]);
  });

  test("name source files that are there and functions that are public", () => {
    for (const [path] of notes.text.matchAll(/\bsrc\/[\w./-]*\w/g)) {
      expect(existsSync(join(root, path)), path).toBe(true);
    }
    const names = [...notes.text.matchAll(/`([a-z]+[A-Z]\w*|dual|dropout|linearize|trainability)`/g)].map(
      ([, name]) => name!,
    );
    expect(names.length).toBeGreaterThan(40);
    for (const name of names) expect(api, name).toHaveProperty(name);
  });

  test("every study says where its recipe and its formulas are, and both are there", () => {
    const sections = anchors(notes);
    for (const { id, papers } of api.studies()) {
      const place = studyPlace(id);
      expect(place, `${id} has a line in src/studies/places.ts`).not.toBeNull();
      expect(existsSync(join(root, place!.source)), place!.source).toBe(true);
      expect(place!.source, `${id} has a line of its own in src/studies/places.ts`).toMatch(/\.ts$/);
      expect(place!.formulas.length, `${id}: its formulas`).toBeGreaterThan(0);
      expect(readFileSync(join(root, place!.source), "utf8"), place!.source).toContain(`"${id}"`);
      for (const name of place!.formulas) expect(sections.has(name), `${id}: ${name}`).toBe(true);
      for (const paper of papers) {
        expect(
          place!.formulas.some((name) => name.startsWith(paper)),
          `${id}: a formula of paper ${paper}`,
        ).toBe(true);
      }
    }
  });
});
