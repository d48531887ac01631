import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type StudyRecord, studies } from "../../src/studies/index.js";
import { foretrain } from "./foretrain.js";

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "foretrain-study-"));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe("foretrain study", () => {
  test("list shows every study with its paper, as text and as JSON", async () => {
    const text = await foretrain(scratch, "study", "list");
    const json = await foretrain(scratch, "study", "list", "--json");
    const ids = studies().map(({ id }) => id);
    for (const id of ids) expect(text.stdout).toContain(id);
    const listed = JSON.parse(json.stdout) as { studies: { id: string; parameters: object }[] };
    expect(listed.studies.map(({ id }) => id)).toEqual(ids);
    expect(text.code).toBe(0);
  });

  test("run writes the page and prints one JSON document; exit code 0 when all agree", async () => {
    const run = await foretrain(scratch, "study", "run", "B.phase-diagram", "--json", "--out", "phases");
    expect(run.code).toBe(0);
    const { studies: records, disagreeing, page } = JSON.parse(run.stdout);
    expect(disagreeing).toBe(0);
    expect(records).toHaveLength(1);
    expect(records[0].command).toBe("foretrain study run B.phase-diagram");
    expect(readFileSync(join(scratch, page), "utf8")).toContain("checks agree");
    expect(readFileSync(join(scratch, "phases/B.phase-diagram/phase-tanh.svg"), "utf8")).toMatch(/^<svg/);
  });

  test("check.bd holds every number of papers B and D, as JSON for machines, and all agree", async () => {
    const run = await foretrain(scratch, "study", "run", "check.bd", "--json", "--out", "check");
    expect(run.code, run.stderr).toBe(0);
    const [record] = (JSON.parse(run.stdout) as { studies: StudyRecord[] }).studies;
    const { checks, notComputed } = record!;
    expect(checks.filter(({ agrees }) => !agrees)).toEqual([]);
    expect(notComputed).toEqual([]);
    const rows = new Set(checks.map(({ id }) => id));
    const numbered = (letter: string, count: number) =>
      Array.from({ length: count }, (_, i) => `${letter}${i + 1}`);
    for (const id of [...numbered("B", 16), ...numbered("D", 8), ...numbered("G", 3), "D.5", "RBF"]) {
      expect(rows, id).toContain(id);
    }
  });

  test("an unknown study is a usage error that names the studies", async () => {
    const run = await foretrain(scratch, "study", "run", "B.nothing");
    expect(run.code).toBe(2);
    expect(run.stderr).toContain("B.phase-diagram");
    expect(run.stdout).toBe("");
    const near = await foretrain(scratch, "study", "run", "D.convergance");
    expect(near.stderr).toContain('did you mean "D.convergence"? expected B.phase-diagram');
  });

  test("a data set for a study that reads none is a usage error, and nothing is computed", async () => {
    const run = await foretrain(
      scratch,
      "study",
      "run",
      "D.convergence",
      "--data",
      "my.npz",
      "--out",
      "none",
    );
    expect(run.code).toBe(2);
    expect(run.stderr).toMatch(/--data: got "my\.npz", but D\.convergence reads no data set/);
    expect(existsSync(join(scratch, "none"))).toBe(false);
  });
});
