import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type StudyRecord, studies } from "../../src/studies/index.js";
import { foretrain, startForetrain } from "./foretrain.js";

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

  test("a check without a number is not decided: exit code 1, no NaN, and the page is named after its study", async () => {
    const sizes = ["--set", "train=20", "--set", "test=2", "--set", "runs=2", "--set", "units=4"];
    const few = [...sizes, "--set", "batch=10", "--set", "epochs=1", "--set", "shuffledEpochs=1"];
    const run = await foretrain(scratch, "study", "run", "C.controls", ...few, "--out", "open");
    expect(run.code).toBe(1);
    expect(run.stdout).toMatch(/not decided\n/);
    expect(run.stdout).toContain("  not decided: these sizes give no number: take more samples");
    expect(run.stdout).not.toMatch(/NaN/);
    const record = JSON.parse(
      readFileSync(join(scratch, "open/C.controls/results.json"), "utf8"),
    ) as StudyRecord;
    expect(record.undecided).toBe(record.checks.filter((check) => check.undecided !== undefined).length);
    expect(record.undecided).toBeGreaterThan(0);
    const page = readFileSync(join(scratch, "open/index.html"), "utf8");
    expect(page).toContain(`<h1>C.controls: ${record.title}</h1>`);
  });

  test("a check that disagrees is exit code 1, and the page and the table say which", async () => {
    // four layers are not deep enough for the laws of deep networks
    const few = ["--set", "depths=[1,2,3,4]", "--set", "samples=3"];
    const run = await foretrain(scratch, "study", "run", "B.pooling", ...few, "--out", "shallow");
    expect(run.code).toBe(1);
    expect(run.stdout).toMatch(/B\.pooling: .*: 8 of 8 checks DISAGREE/);
    expect(run.stdout.match(/DISAGREES$/gm)).toHaveLength(8);
    const page = readFileSync(join(scratch, "shallow/index.html"), "utf8");
    expect(page).toContain("8 of 8 checks disagree");
    expect(page).toContain("--set &#39;depths=[1,2,3,4]&#39; --set samples=3");
    const record = JSON.parse(readFileSync(join(scratch, "shallow/B.pooling/results.json"), "utf8"));
    expect(record).toMatchObject({ disagreeing: 8, parameters: { depths: [1, 2, 3, 4], samples: 3 } });
  });

  test("several studies on two lanes, killed with -9 twice: the same command computes only the rest, to the same bits", async () => {
    const names = ["B.dropout", "D.convergence", "D.dependence"];
    const size = ["--set", "widths=[20,24,28,32]", "--set", "networks=100000"];
    const args = ["study", "run", ...names, "--seed", "3", "--json", ...size];
    const pieces = join(scratch, "killed.pieces");
    const kept = () =>
      existsSync(pieces)
        ? readdirSync(pieces, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
        : [];
    for (const enough of [2, 6]) {
      const child = startForetrain(scratch, ...args, "--threads", "2", "--out", "killed");
      const ended = once(child, "close");
      while (kept().length < enough && child.exitCode === null) await setTimeout(5);
      child.kill("SIGKILL");
      expect((await ended)[1]).toBe("SIGKILL");
      expect(existsSync(join(scratch, "killed"))).toBe(false);
    }
    const left = kept().length;

    const again = await foretrain(scratch, ...args, "--threads", "2", "--out", "killed");
    expect([0, 1], again.stderr).toContain(again.code); // such widths are too small for every law of lengths
    const resumed = (JSON.parse(again.stdout) as { studies: StudyRecord[] }).studies;
    const count = (records: readonly StudyRecord[], what: "stored" | "computed") =>
      records.reduce((sum, { pieces: { [what]: n } }) => sum + n, 0);
    expect(resumed.map(({ id }) => id)).toEqual(names);
    // a piece that was being written when a process died does not count: one for each of two lanes, twice
    expect(count(resumed, "stored")).toBeGreaterThanOrEqual(left - 4);
    expect(count(resumed, "computed")).toBeGreaterThan(0);
    expect(existsSync(pieces)).toBe(false);
    const page = readFileSync(join(scratch, "killed/index.html"), "utf8");
    for (const id of names)
      expect(page).toContain(`<a class="name" href="#${id.replace(".", "-")}">${id}</a>`);

    const whole = await foretrain(scratch, ...args, "--threads", "1", "--out", "whole");
    const expected = (JSON.parse(whole.stdout) as { studies: StudyRecord[] }).studies;
    expect(count(expected, "stored")).toBe(0);
    expect(count(expected, "computed")).toBe(count(resumed, "stored") + count(resumed, "computed"));
    expect(resumed.map(({ checks }) => checks)).toEqual(expected.map(({ checks }) => checks));
    const data = (out: string, id: string) => readFileSync(join(scratch, out, id, "data.npz"));
    const figures = (out: string, id: string) =>
      readdirSync(join(scratch, out, id))
        .filter((name) => name.endsWith(".svg"))
        .map((name) => readFileSync(join(scratch, out, id, name), "utf8"));
    for (const id of names) {
      expect(data("killed", id).equals(data("whole", id)), id).toBe(true);
      expect(figures("killed", id)).toEqual(figures("whole", id));
    }
  });

  test("of several studies, one without its data set is said with the way out, and the others run: exit code 1", async () => {
    const names = ["B.accuracy-map", "B.phase-diagram"];
    const run = await foretrain(scratch, "study", "run", ...names, "--data", "none.npz", "--out", "lacking");
    expect(run.code).toBe(1);
    expect(run.stdout).toMatch(/B\.accuracy-map: .*: NOT COMPUTED\n {2}.*none\.npz/);
    expect(run.stdout).toMatch(/B\.phase-diagram: .*: all \d+ checks agree/);
    const page = readFileSync(join(scratch, "lacking/index.html"), "utf8");
    expect(page).toContain("1 of 2 studies could not be run");
    expect(page).toContain("foretrain study run B.accuracy-map --data none.npz");
  });

  test("a parameter that no study has, or that is no name=value, is a usage error", async () => {
    const set = (text: string) => foretrain(scratch, "study", "run", "D.dependence", "--set", text);
    const unknown = await set("wdiths=[1]");
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain('D.dependence has no parameter "wdiths"; did you mean "widths"?');
    const nameless = await set("[1,2]");
    expect(nameless.code).toBe(2);
    expect(nameless.stderr).toContain("expected name=value");
  });

  test("an unknown study is a usage error that names the studies", async () => {
    const run = await foretrain(scratch, "study", "run", "B.nothing");
    expect(run.code).toBe(2);
    expect(run.stderr).toContain("B.phase-diagram");
    expect(run.stdout).toBe("");
    const near = await foretrain(scratch, "study", "run", "D.convergance");
    expect(near.stderr).toContain('did you mean "D.convergence"? expected A.orders');
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

describe("the tables of numbers, through the command", () => {
  const studiesPage = readFileSync(new URL("../../docs/studies.md", import.meta.url), "utf8");
  const numbered = (letter: string, count: number) =>
    Array.from({ length: count }, (_, i) => `${letter}${i + 1}`);
  /** The widest tolerance that a simulated row may have; E4: that of 1,000 networks, and 1 % for finite N. */
  const sharp: Readonly<Record<string, number>> = {
    A6: 0.06,
    E4: 4 * Math.sqrt(2 / 1000) + 0.01,
    E5: 0.06,
    E6: 0.2,
  };

  test.each([
    [
      "check.ae",
      "papers A and E",
      [...numbered("A", 15), ...numbered("E", 8), "E.3", ...numbered("X", 4), "B14", "B15"],
    ],
    [
      "check.bd",
      "papers B and D",
      [...numbered("B", 16), ...numbered("D", 8), ...numbered("G", 3), "D.5", "RBF"],
    ],
    ["check.c", "paper C", numbered("C", 7)],
  ] as const)(
    "%s holds every number of %s, as JSON for machines, and all agree",
    async (id, papers, ids) => {
      const run = await foretrain(scratch, "study", "run", id, "--json", "--out", id);
      expect(run.code, run.stderr).toBe(0);
      const [record] = (JSON.parse(run.stdout) as { studies: StudyRecord[] }).studies;
      const { checks, notComputed } = record!;
      expect(checks.filter(({ agrees }) => !agrees)).toEqual([]);
      expect(notComputed).toEqual([]);
      const rows = new Set(checks.map((check) => check.id));
      for (const row of ids) expect(rows, row).toContain(row);
      for (const { id: row, quantity, tolerance } of checks) {
        if (row in sharp) expect(tolerance, quantity).toBeLessThan(sharp[row]!);
      }
      expect(studiesPage).toContain(`| \`${id}\` | ${checks.length} numbers of ${papers}:`);
    },
    600_000,
  );
});
