import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { csvParseRows } from "d3-dsv";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type ComplexityCommandOptions,
  complexityCommand,
} from "../../src/cli/commands/complexity-command.js";
import { type ComplexitySpec, predictionsName } from "../../src/cli/commands/complexity-store.js";
import { openTerminal } from "../../src/cli/terminal.js";
import { type LearningCurve, type MeasuredStatements, trainSnapshots } from "../../src/complexity/index.js";
import { chooseSubset, readNpz } from "../../src/data/index.js";
import { loadDataset } from "../../src/data/index-node.js";
import { foretrain, startForetrain } from "./foretrain.js";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "foretrain-seeds-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const NETWORK = "preset:fcn?depth=1&width=16";
const options = (out: string): ComplexityCommandOptions => ({
  data: "sinusoid?d=3&train=400&test=1000",
  epochs: 40,
  batch: 100,
  learningRate: 0.2,
  tolerance: 0.2,
  dtype: "float64",
  out: join(folder, out),
});

interface Results {
  readonly seeds: readonly number[];
  readonly curve: LearningCurve;
  readonly networks: readonly { readonly seed: number; readonly curve: LearningCurve }[];
}

async function run(given: ComplexityCommandOptions, network?: string, abortAt?: RegExp) {
  const notes: string[] = [];
  const controller = new AbortController();
  const quiet = openTerminal({ quiet: true });
  const result = await complexityCommand(network, given, {
    terminal: {
      ...quiet,
      note: (text) => notes.push(text),
      progress: ({ label }) => {
        if (abortAt?.test(label)) controller.abort();
      },
    },
    signal: controller.signal,
  });
  return { ...result, json: result.json as Results, notes };
}

const arrays = (out: string, file: string) => readNpz(readFileSync(join(folder, out, file)), file);

describe("complexityCommand with several seeds", () => {
  test("trains networks that differ in their seed only, and gives means with errors over networks", async () => {
    const { json, text } = await run({ ...options("three"), seeds: 3 }, NETWORK);
    expect(json.seeds).toEqual([0, 1, 2]);
    // the second is what a training of its own from the seed 1 gives
    const spec = JSON.parse(readFileSync(join(folder, "three", "spec.json"), "utf8")) as ComplexitySpec;
    const set = chooseSubset(await loadDataset(spec.data.source), { train: 400, test: 1000, seed: 0 });
    const [train, test] = [set.train, set.test].map(({ x, y }) => ({ x, labels: y }));
    const { snapshots } = await trainSnapshots({
      ...{
        network: spec.network,
        recipe: { ...spec.recipe, seed: 1 },
        train: train!,
        test: test!,
        classes: 2,
      },
    });
    const second = (await arrays("three", predictionsName(1)))["predictions"]!;
    expect(Array.from(second.data)).toEqual(snapshots.test.flatMap((said) => [...said]));
    // the mean of information at the end, and the part of its error that is of the networks
    const ends = json.networks.map(({ curve }) => curve.network.at(-1)!);
    const mean = ends.reduce((sum, { value }) => sum + value, 0) / 3;
    const spread = Math.sqrt(ends.reduce((sum, { value }) => sum + (value - mean) ** 2, 0) / 2 / 3);
    const samples = ends.reduce((sum, { error }) => sum + error, 0) / 3;
    expect(json.curve.network.at(-1)!.value).toBeCloseTo(mean, 12);
    expect(json.curve.network.at(-1)!.error).toBeCloseTo(Math.hypot(spread, samples), 12);
    const statements = json.curve.explainers[0]!.statements as MeasuredStatements;
    const reached = json.networks.filter(({ curve }) => curve.explainers[0]!.phases.end !== null).length;
    expect([statements.networks, statements.reached]).toEqual([3, reached]);
    expect(reached).toBeGreaterThan(0);
    expect(text).toMatch(/means over 3 networks, seeds 0 to 2/);
    expect(text).toMatch(new RegExp(`${reached} of 3`));
    // the page has the figure and every network, and loads nothing
    const page = readFileSync(join(folder, "three", "report.html"), "utf8");
    expect(page).toContain(`${reached} of 3`);
    for (const { curve } of json.networks) {
      const { value, error } = curve.network.at(-1)!;
      expect(page).toContain(`${value.toFixed(4)} ± ${error.toFixed(4)}`);
    }
    expect(page).not.toMatch(/<script|<link|src="(?!data:)/);
    // the table has the mean and every network at every step
    const [columns, ...rows] = csvParseRows(readFileSync(join(folder, "three", "complexity.csv"), "utf8"));
    expect(rows).toHaveLength(4 * json.curve.steps.length);
    const at = (name: string) => columns!.indexOf(name);
    const means = rows.filter((row) => row[at("network")] === "mean");
    expect(Number(means.at(-1)![at("information")])).toBe(json.curve.network.at(-1)!.value);
    expect(Number(rows.at(-1)![at("explained:logistic")])).toBe(
      json.networks[2]!.curve.explainers[0]!.explained.at(-1)!.value,
    );
  });

  test("stopped in the second network it goes on there, to the same bits", async () => {
    await run({ ...options("whole"), epochs: 200, seeds: 2 }, NETWORK);
    const stopped = { ...options("stopped"), epochs: 200, seeds: 2 };
    await expect(run(stopped, NETWORK, /^network 2 of 2/)).rejects.toMatchObject({ code: "ERR_ABORTED" });
    expect(existsSync(join(folder, "stopped"))).toBe(false);
    const pieces = readdirSync(join(folder, "stopped.pieces"));
    expect(pieces.some((name) => name.startsWith("checkpoint-"))).toBe(true);
    const { notes } = await run(stopped, NETWORK);
    expect(notes.filter((note) => /of seed 0 .* is trained already/.test(note))).toHaveLength(1);
    expect(notes.some((note) => /of seed 1 /.test(note))).toBe(false);
    for (const file of ["predictions.npz", "predictions-2.npz"]) {
      const bytes = (out: string) => readFileSync(join(folder, out, file));
      expect(bytes("stopped").equals(bytes("whole"))).toBe(true);
    }
  });

  test("killed with -9 in the second network, the same command goes on there, to the same bits", async () => {
    const command = (out: string) => [
      ...["complexity", NETWORK, "--data", "sinusoid?d=3&train=400&test=1000", "--epochs", "800"],
      ...["--batch", "100", "--learning-rate", "0.05", "--dtype", "float64", "--seeds", "2"],
      ...["--checkpoint-seconds", "0.02", "--out", out],
    ];
    const whole = await foretrain(folder, ...command("unkilled"));
    expect(whole.code, whole.stderr).toBe(0);
    const pieces = join(folder, "killed.pieces");
    const checkpoints = () =>
      existsSync(pieces) ? readdirSync(pieces).filter((name) => /^checkpoint-\w+\.npz$/.test(name)) : [];
    const child = startForetrain(folder, ...command("killed"));
    const ended = new Promise<string | null>((done) => child.on("exit", (_, signal) => done(signal)));
    const watch = setInterval(() => {
      // the second one's: the first network is done
      if (checkpoints().length === 2) child.kill("SIGKILL");
    }, 5);
    expect(await ended).toBe("SIGKILL");
    clearInterval(watch);
    expect(existsSync(join(folder, "killed"))).toBe(false);
    const again = await foretrain(folder, ...command("killed"));
    expect(again.code, again.stderr).toBe(0);
    expect(again.stderr).toMatch(/the network of seed 0 of killed is trained already/);
    expect(again.stderr).not.toMatch(/of seed 1 of killed is trained already/);
    for (const file of ["predictions.npz", "predictions-2.npz"]) {
      const bytes = (out: string) => readFileSync(join(folder, out, file));
      expect(bytes("killed").equals(bytes("unkilled"))).toBe(true);
    }
    expect(existsSync(pieces)).toBe(false);
  });

  test("a run that is there gets further networks, and other simple models for all of them", async () => {
    const first = await run(options("more"), NETWORK);
    const out = join(folder, "more");
    const second = await run({ out, seeds: 2, tolerance: 0.2 });
    expect(second.json.seeds).toEqual([0, 1]);
    expect(second.json.networks[0]!.curve).toEqual(first.json.networks[0]!.curve);
    expect(second.notes.filter((note) => /is trained already/.test(note))).toHaveLength(1);
    const third = await run({ out, explain: ["leastSquares@final"], tolerance: 0.2 });
    expect(third.notes.filter((note) => /is trained already/.test(note))).toHaveLength(2);
    expect(third.json.networks.map(({ curve }) => curve.explainers.map(({ name }) => name))).toEqual([
      ["logistic", "leastSquares on final"],
      ["logistic", "leastSquares on final"],
    ]);
    // each simple model on what its own network says
    const [a, b] = third.json.networks.map(({ curve }) => curve.explainers[1]!.information.value);
    expect(a).not.toBe(b);
  });

  test("the number of networks and the tolerance are checked under the options' names", async () => {
    const wrong = async (...more: string[]) =>
      (await foretrain(folder, "complexity", NETWORK, "--data", "sinusoid", ...more)).stderr;
    expect(await wrong("--seeds", "0")).toMatch(/--seeds/);
    expect(await wrong("--tolerance", "1")).toMatch(/--tolerance.*expected a share from 0 to below 1/);
    await expect(run({ predictions: "x.npz", seeds: 2 })).rejects.toThrow(/got the option --seeds too/);
  });
});
