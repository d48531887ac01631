import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readJsonArgument } from "../../src/cli/json-argument.js";
import { checkOutputs } from "../../src/cli/output-files.js";
import { buildProgram } from "../../src/cli/program.js";
import { commandLine } from "../../src/cli/shell.js";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "foretrain-arguments-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function helpOf(command: Command): string {
  let shown = "";
  command.configureOutput({
    writeOut: (text) => {
      shown += text;
    },
  });
  command.outputHelp();
  return shown + command.commands.map(helpOf).join("");
}

describe("help", () => {
  test("every example can be pasted into a shell: ? * & and spaces of a preset are quoted", () => {
    const examples = helpOf(buildProgram(new AbortController().signal))
      .split("\n")
      .filter((line) => line.startsWith("  $ "));
    expect(examples.length).toBeGreaterThan(10);
    expect(examples.filter((line) => line.includes("preset:")).length).toBeGreaterThanOrEqual(3);
    for (const line of examples) expect(line.replace(/"[^"]*"/g, "")).not.toMatch(/[?*&;<>|]/);
  });
});

describe("--threads", () => {
  test("is an option of the commands that compute, not of the lab: its browser does", () => {
    const { commands } = buildProgram(new AbortController().signal);
    const takes = (name: string) =>
      helpOf(commands.find((command) => command.name() === name)!).includes("--threads");
    expect(takes("kernel")).toBe(true);
    expect(takes("lab")).toBe(false);
  });
});

describe("commandLine", () => {
  const args = ["forecast", "preset:fcn?depth=2&activation=erf", "--out", "it's here"];

  test("is what to type again, quoted for a shell", () => {
    expect(commandLine(args, undefined)).toBe(
      "foretrain forecast 'preset:fcn?depth=2&activation=erf' --out 'it'\\''s here'",
    );
  });

  test("names the wrapper that ran it, which adds the word forecast by itself", () => {
    expect(commandLine(args, "npm start --")).toBe(
      "npm start -- 'preset:fcn?depth=2&activation=erf' --out 'it'\\''s here'",
    );
    expect(commandLine(["kernel", "a.json"], "npm start --")).toBe("foretrain kernel a.json");
  });

  test("scripts/start.mjs says that it is npm start", () => {
    const script = readFileSync(new URL("../../scripts/start.mjs", import.meta.url), "utf8");
    expect(script).toContain('FORETRAIN_COMMAND: "npm start --"');
  });
});

describe("readJsonArgument", () => {
  test("takes a file that begins with a byte order mark", async () => {
    const path = join(folder, "bom.json");
    writeFileSync(path, '\uFEFF{"a": 1}');
    expect(await readJsonArgument(path)).toEqual({ a: 1 });
  });

  test.each(["preset:", "preset:?depth=3"])(
    "refuses %s, which names no preset, with the names",
    async (text) => {
      await expect(readJsonArgument(text)).rejects.toThrow(/names no preset, expected preset:NAME .*fcn/);
      await expect(readJsonArgument(text)).rejects.toMatchObject({ code: "ERR_SPEC" });
    },
  );
});

describe("checkOutputs", () => {
  test("sees one file behind different spellings, also before it exists", async () => {
    const a = join(folder, "a.npz");
    writeFileSync(a, "");
    const again = `${folder}/x/../a.npz`;
    await expect(checkOutputs({ "--out": again }, { "--x": a })).rejects.toThrow(
      /--out: got .*same file as --x/,
    );
    const fresh = join(folder, "new.npz");
    await expect(checkOutputs({ "--out": fresh, "--svg": `${folder}/./new.npz` })).rejects.toThrow(
      /--svg: got .*same file as --out/,
    );
    await expect(checkOutputs({ "--out": fresh, "--svg": undefined }, { "--x": a })).resolves.toBeUndefined();
    // an input may be given twice
    await expect(checkOutputs({ "--out": fresh }, { "--x": a, "--x2": a })).resolves.toBeUndefined();
  });
});
