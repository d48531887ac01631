/**
 * The guide's commands one after another, as a reader types them, with fewer samples, steps and runs.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeNpz } from "../../src/data/index.js";
import { createRng } from "../../src/numeric/random.js";
import { foretrain } from "../cli/foretrain.js";
import { commandsOf, pages } from "./pages.js";

/** Smaller values of options that the guide gives. */
const SMALLER: Readonly<Record<string, string>> = {
  "--train": "30",
  "--steps": "10",
  "--runs": "3",
  "--units": "60",
  "--widths": "10,100",
  "--epochs": "2",
};

/** Options beside those of the guide. */
const BESIDE: Readonly<Record<string, readonly string[]>> = {
  forecast: ["--test", "16", "--corrections", "0"],
  normalize: ["--particles", "512", "--time", "0,1", "--gamma", "0.5,1"],
};

const guide = pages.find(({ path }) => path === "docs/guide.md")!;
/** Studies are run by the tests of `foretrain study`. */
const commands = commandsOf(guide).filter(({ inline, words }) => !inline && words[0] !== "study");

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "foretrain-guide-"));
  const network = /say `network\.json`:\n\n```json\n([\s\S]*?)```/.exec(guide.text)![1]!;
  writeFileSync(join(folder, "network.json"), network);
  // in place of a download: ten classes of images, each around a pattern of its own
  const [perClass, pixels] = [8, 64];
  const patterns = createRng(1).normals(new Float64Array(10 * pixels));
  const x = createRng(2).normals(new Float64Array(10 * perClass * pixels));
  const y = Int32Array.from({ length: 10 * perClass }, (_, i) => i % 10);
  for (let i = 0; i < x.length; i++)
    x[i] = patterns[y[Math.floor(i / pixels)]! * pixels + (i % pixels)]! + x[i]!;
  const shape = [10 * perClass, 8, 8, 1];
  writeFileSync(
    join(folder, "digits.npz"),
    writeNpz({ x: { data: x, shape }, y: { data: y, shape: [10 * perClass] } }),
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The command with smaller sizes; `digits` is the file of this test. */
function small(words: readonly string[]): string[] {
  const sized = words.map((word, i) => {
    const option = words[i - 1] ?? "";
    return option === "--data" && word === "digits" ? "digits.npz" : (SMALLER[option] ?? word);
  });
  return [...sized, ...(BESIDE[words[0]!] ?? [])];
}

describe("the guide", () => {
  test("has commands of every step from the first forecast to networks beside it", () => {
    const names = new Set(commands.map(({ words }) => words[0]!));
    expect([...names].sort()).toEqual(
      ["complexity", "evolve", "forecast", "lengths", "normalize", "phase", "train", "trainability"].sort(),
    );
    const used = commands.flatMap(({ words }) => words);
    for (const option of Object.keys(SMALLER)) expect(used).toContain(option);
  });

  test.each(commands.map(({ text, words }) => [text, words] as const))("%s", async (_text, words) => {
    const { code, stderr } = await foretrain(folder, ...small(words), "--quiet");
    expect(code, stderr).toBe(0);
    for (const option of ["--out", "--svg"]) {
      const at = words.indexOf(option);
      if (at >= 0) expect(existsSync(join(folder, words[at + 1]!)), words[at + 1]!).toBe(true);
    }
  });
});
