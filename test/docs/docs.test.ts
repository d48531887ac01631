import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { type Command, CommanderError } from "commander";
import { describe, expect, test } from "vitest";
import { buildProgram } from "../../src/cli/program.js";
import * as api from "../../src/node.js";
import { placeOf, THEORY_NOTES } from "../../src/studies/places.js";
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

describe("theory notes", () => {
  const notes = pages.find(({ path }) => path === THEORY_NOTES)!;

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
      const place = placeOf(id);
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
