import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type ComplexityCommandOptions,
  complexityCommand,
} from "../../src/cli/commands/complexity-command.js";
import type { ComplexitySpec } from "../../src/cli/commands/complexity-store.js";
import { openTerminal } from "../../src/cli/terminal.js";
import type { LearningCurve } from "../../src/complexity/index.js";
import { type NpzArrays, writeNpz } from "../../src/data/index.js";
import { dense, input, network as networkOf } from "../../src/network/index.js";
import { createRng } from "../../src/numeric/random.js";
import { meanOf } from "../../src/numeric/statistics/index.js";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "foretrain-complexity-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (options: ComplexityCommandOptions, network?: string) =>
  complexityCommand(network, options, {
    terminal: openTerminal({ quiet: true }),
    signal: new AbortController().signal,
  });

describe("complexityCommand", () => {
  test("prints the curve of a run, finds T0 and draws it", async () => {
    const rng = createRng(1);
    const n = 2000;
    const labels = Uint8Array.from({ length: n }, () => rng.integer(2));
    const noisy = (of: Uint8Array, share: number) => of.map((v) => (rng.uniform() < share ? 1 - v : v));
    const linear = noisy(labels, 0.2);
    const predictions = [noisy(linear, 0.4), noisy(linear, 0.05), linear, noisy(labels, 0.02)];
    const [file, svg] = [join(folder, "run.npz"), join(folder, "run.svg")];
    writeFileSync(
      file,
      writeNpz({
        labels: { data: labels, shape: [n] },
        steps: { data: Int32Array.of(1, 10, 100, 1000), shape: [4] },
        predictions: { data: Uint8Array.from(predictions.flatMap((p) => [...p])), shape: [4, n] },
        explainer_linear: { data: linear, shape: [n] },
        train_labels: { data: labels, shape: [n] },
        train_predictions: { data: Uint8Array.from(predictions.flatMap((p) => [...p])), shape: [4, n] },
      }),
    );
    const { text, json } = await run({ predictions: file, svg });
    expect(text).toMatch(/^2000 samples of 2 classes, 4 snapshots$/m);
    expect(text).toMatch(/^ *1,?000 +98/m);
    expect(text).toMatch(/linear: at T0, step 100, linear explains 100(\.0)? % of what the network knows/);
    expect(readFileSync(svg, "utf8")).toMatch(/T<tspan[^>]*>0<\/tspan>/);
    const curve = json as { network: { value: number }[]; train: number[] };
    // the train samples are the same here
    curve.network.forEach(({ value }, t) => {
      expect(curve.train[t]).toBeCloseTo(value, 12);
    });
  });

  test("a run without simple models, and a file that is not there, are refused with the way out", async () => {
    const file = join(folder, "alone.csv");
    writeFileSync(file, "label,step:1\n0,1\n1,0\n");
    await expect(run({ predictions: file })).rejects.toThrow(
      /alone\.csv: has no simple model .* a column explainer:NAME/,
    );
    await expect(run({ predictions: join(folder, "none.npz") })).rejects.toThrow(/none\.npz/);
    await expect(run({ predictions: file, svg: file })).rejects.toThrow(
      /--svg: .* the same file as --predictions/,
    );
  });

  test("biases of more than two classes are taken off, of the train samples too: chance knows nothing; --no-correct-bias leaves them", async () => {
    const [n, classes] = [300, 10];
    const rng = createRng(4);
    const drawn = (count: number) => Uint8Array.from({ length: count * n }, () => rng.integer(classes));
    const file = join(folder, "chance.npz");
    const snapshots = 20;
    writeFileSync(
      file,
      writeNpz({
        labels: { data: drawn(1), shape: [n] },
        steps: { data: Int32Array.from({ length: snapshots }, (_, t) => t + 1), shape: [snapshots] },
        predictions: { data: drawn(snapshots), shape: [snapshots, n] },
        explainer_linear: { data: drawn(1), shape: [n] },
        train_labels: { data: drawn(1), shape: [n] },
        train_predictions: { data: drawn(snapshots), shape: [snapshots, n] },
      }),
    );
    const trainMean = async (correctBias: boolean | undefined) => {
      const { json, text } = await run({
        predictions: file,
        ...(correctBias === undefined ? {} : { correctBias }),
      });
      expect((json as { correctBias: boolean }).correctBias).toBe(correctBias ?? true);
      expect(/corrected for bias/.test(text)).toBe(correctBias ?? true);
      // nothing is claimed of coin tosses that are corrected
      if (correctBias !== false)
        expect(text).toMatch(/at the end, .* the network knows too little for a share of it/);
      return meanOf((json as { train: number[] }).train);
    };
    const [plain, corrected] = [await trainMean(false), await trainMean(true)];
    const bias = (classes - 1) ** 2 / (2 * n * Math.LN2);
    // next orders of the bias at 3 samples a cell are about a tenth of it; what is left of it once it is taken off, a twentieth
    expect(Math.abs(plain.value - bias)).toBeLessThan(0.15 * bias + 4 * plain.error);
    expect(Math.abs(corrected.value)).toBeLessThan(0.05 * bias + 4 * corrected.error);
    expect((await trainMean(undefined)).value).toBe(corrected.value);
  });

  test("T0 may be given, up to the last snapshot", async () => {
    const file = join(folder, "t0.csv");
    writeFileSync(
      file,
      "label,step:1,step:2,step:9,explainer:l\n0,0,0,0,0\n1,0,1,1,1\n0,0,0,0,1\n1,1,1,1,1\n",
    );
    const { json } = await run({ predictions: file, t0: 2 });
    const [explainer] = (json as { explainers: { phases: { end: number } }[] }).explainers;
    expect(explainer!.phases.end).toBe(1);
    await expect(run({ predictions: file, t0: 10 })).rejects.toThrow(/--t0: got 10, .* at step 9/);
  });
});

const DATA = "sinusoid?d=3&train=400&test=1000";
/** Thirty-two steps of a small network on few samples. */
const small = (out: string): ComplexityCommandOptions => ({
  data: DATA,
  epochs: 8,
  batch: 100,
  learningRate: 0.2,
  out: join(folder, out),
});
/** without what says how long and on what it is trained */
const bare = (out: string): ComplexityCommandOptions => {
  const { data: _, epochs: __, ...rest } = small(out);
  return rest;
};
const NETWORK = "preset:fcn?depth=1&width=16";

interface Results {
  readonly curve: LearningCurve;
  readonly trainCurve: LearningCurve;
  readonly cleanTrainCurve: LearningCurve | null;
  readonly sentences: readonly string[];
}
const spec = (out: string) =>
  JSON.parse(readFileSync(join(folder, out, "spec.json"), "utf8")) as ComplexitySpec;

/** The command line of this process while `work` is done. */
async function called<T>(words: readonly string[], work: () => Promise<T>): Promise<T> {
  const { argv } = process;
  process.argv = ["node", "foretrain", ...words];
  try {
    return await work();
  } finally {
    process.argv = argv;
  }
}

describe("complexityCommand with a network", () => {
  test("trains once, and explains again without training", async () => {
    const first = await called(["complexity", "first"], () =>
      run({ ...small("again"), tolerance: 0.2 }, NETWORK),
    );
    const { curve } = first.json as Results;
    expect(curve.steps.at(-1)).toBe(32);
    expect(curve.explainers.map(({ name }) => name)).toEqual(["logistic"]);
    expect(first.text).toMatch(/^logistic: .*logistic explains \d/m);
    const kept = readFileSync(join(folder, "again", "predictions.npz"));
    const second = await called(["complexity", "more"], () =>
      run({
        out: join(folder, "again"),
        tolerance: 0.2,
        explain: ["leastSquares@T0", "logistic-sgd", `${NETWORK}@labels`],
        explainEpochs: 1,
      }),
    );
    const again = (second.json as Results).curve;
    expect(again.explainers.map(({ name }) => name)).toEqual([
      "logistic",
      "leastSquares on T0",
      "logistic-sgd",
      "fcn?depth=1&width=16 on labels",
    ]);
    expect(again.network).toEqual(curve.network);
    expect(again.explainers[0]).toEqual(curve.explainers[0]);
    expect(spec("again").networks.map(({ seed, key }) => [seed, key.length])).toEqual([[0, 64]]);
    expect(spec("again").explainers).toHaveLength(4);
    // one command alone would not make it again
    expect(spec("again").commands).toEqual(["foretrain complexity first", "foretrain complexity more"]);
    expect(readFileSync(join(folder, "again", "report.html"), "utf8")).toContain(
      "foretrain complexity first\nforetrain complexity more<",
    );
    // what the folder has is read as any run's predictions
    const file = join(folder, "again", "predictions.npz");
    expect(kept.length).toBeLessThan(readFileSync(file).length);
    const measured = (await run({ predictions: file })).json as LearningCurve;
    expect(measured.network).toEqual(again.network);
    expect(measured.explainers.map(({ explained }) => explained)).toEqual(
      again.explainers.map(({ explained }) => explained),
    );
    expect(existsSync(join(folder, "again.pieces"))).toBe(false);
  });

  test("stopped in its training it goes on to the same bits", async () => {
    const whole = { ...small("whole"), epochs: 300, records: [100, 600], dtype: "float64" as const };
    await run(whole, NETWORK);
    const controller = new AbortController();
    const stopped = { ...whole, out: join(folder, "stopped") };
    const terminal = openTerminal({ quiet: true });
    const cancel = { ...terminal, progress: () => controller.abort() };
    await expect(
      complexityCommand(NETWORK, stopped, { terminal: cancel, signal: controller.signal }),
    ).rejects.toMatchObject({ code: "ERR_ABORTED", details: { kept: join(folder, "stopped.pieces") } });
    expect(existsSync(join(folder, "stopped"))).toBe(false);
    expect(readdirSync(join(folder, "stopped.pieces")).join()).toMatch(/^checkpoint-/);
    await run(stopped, NETWORK);
    const bytes = (out: string) => readFileSync(join(folder, out, "predictions.npz"));
    expect(bytes("stopped").equals(bytes("whole"))).toBe(true);
  });

  test("noisy train labels are measured as given and as they are; tasks of the plane are drawn", async () => {
    const { json, text } = await run(
      { ...small("noisy"), data: "disk?train=500&test=2000", labelNoise: 0.2 },
      NETWORK,
    );
    const { trainCurve, cleanTrainCurve } = json as Results;
    expect(cleanTrainCurve!.accuracy.at(-1)! - trainCurve.accuracy.at(-1)!).toBeGreaterThan(0.05);
    expect(text).toMatch(/20(\.0)? % of the train labels are wrong on purpose/);
    expect(readFileSync(join(folder, "noisy", "boundaries.svg"), "utf8")).toMatch(/label wrong on purpose/);
  });

  test("of more samples than a picture shows the first are drawn", async () => {
    const options = { data: "disk?k=4&train=700&test=100", epochs: 1, learningRate: 0.1 };
    await run({ ...options, out: join(folder, "many") }, "preset:fcn?depth=1&width=8");
    expect(readFileSync(join(folder, "many", "boundaries.svg"), "utf8")).toMatch(/<svg/);
  });

  test("classes are put into groups", async () => {
    const file = join(folder, "four.npz");
    const rng = createRng(5);
    const y = Uint8Array.from({ length: 400 }, () => rng.integer(4));
    const x = Float64Array.from({ length: 800 }, (_, i) => rng.normal() + 3 * (y[i >> 1]! >> (i & 1)));
    writeFileSync(file, writeNpz({ x: { data: x, shape: [400, 2] }, y: { data: y, shape: [400] } }));
    const { json, text } = await run({ ...small("groups"), data: file, task: "0,1:2,3" }, NETWORK);
    expect(text).toMatch(/320 train and 80 test samples of 2 classes \(0, 1; 2, 3\)/);
    expect((json as Results).curve.classes).toBe(2);
    await expect(run({ ...small("g2"), data: file, task: "odd" }, NETWORK)).rejects.toThrow(
      /--task: got "odd", expected first-five, animals-objects, or groups of labels such as 3:8/,
    );
    await expect(run({ ...small("g3"), data: file, task: "first-five" }, NETWORK)).rejects.toThrow(
      /^--task: first-five takes 10 classes; .*four\.npz has 4 \(0, 1, 2, 3\), expected .*groups of the labels/,
    );
    await expect(run({ ...small("g5"), data: file, task: "0:4" }, NETWORK)).rejects.toThrow(
      /--task: got "0:4" with label 4, expected different labels from 0 to 3/,
    );
    await expect(run({ ...small("g6"), data: file, task: "0,1:1" }, NETWORK)).rejects.toThrow(
      /--task: got "0,1:1" with label 1 twice/,
    );
    // one logit is for two classes, and there are four
    await expect(
      run({ ...small("g4"), data: file, loss: "logistic" }, `${NETWORK}&classes=1`),
    ).rejects.toThrow(/output is \[1\], expected \[4\]/);
  });

  test("fewer samples than the default batch make full batches", async () => {
    const { batch: _, ...unsaid } = bare("few");
    await run({ ...unsaid, data: "sinusoid?d=3&train=20&test=50", steps: 3 }, NETWORK);
    expect(spec("few").recipe).toMatchObject({ steps: 3, batch: 20 });
  });

  test("what cannot be done is said with the way out", async () => {
    const options = small("wrong");
    writeFileSync(
      join(folder, "large.json"),
      JSON.stringify({ network: networkOf(input([3]), dense(2)), recipe: { batch: 500 } }),
    );
    const cases: readonly (readonly [ComplexityCommandOptions, RegExp, string | undefined])[] = [
      [{ ...options, explain: ["svm"] }, /--explain: got "svm", expected logistic, logistic-sgd/, NETWORK],
      [
        { ...options, explain: ["logistic@end"] },
        /--explain: got "end", expected labels, T0, final/,
        NETWORK,
      ],
      [{ ...options, explain: ["logistic", "logistic"] }, /two are called "logistic"/, NETWORK],
      [{ ...options, explain: ["logistic@T0"] }, /none on the labels, which T0 comes from/, NETWORK],
      [{ ...options, t0: 99 }, /--t0: got 99, and the last snapshot is at step 32/, NETWORK],
      [{ ...options, batch: 401 }, /batch: got 401 samples in a step, but there are 400/, NETWORK],
      [
        { ...options, explain: [join(folder, "large.json")] },
        /batch: got 500 samples in a step, but there are 400/,
        NETWORK,
      ],
      [bare("wrong"), /--data: missing/, NETWORK],
      [{}, /got no network; expected NETWORK with --data, or --out of a run/, undefined],
      [{ out: folder }, /is no run of this command/, undefined],
      [{ ...options, svg: "x.svg" }, /--svg: goes with --predictions/, NETWORK],
      [{ predictions: "x.npz", epochs: 3 }, /trains nothing; got the option --epochs too/, undefined],
      [
        { ...options, data: "sinusoid?dim=3" },
        /has "dim=3", expected parameters such as sinusoid\?d=20/,
        NETWORK,
      ],
    ];
    for (const [given, message, network] of cases) await expect(run(given, network)).rejects.toThrow(message);
    // T0 is never reached
    await expect(
      run(
        {
          ...bare("wrong"),
          data: DATA,
          steps: 1,
          learningRate: 1e-9,
          explain: ["logistic", "leastSquares@T0"],
        },
        NETWORK,
      ),
    ).rejects.toThrow(/leastSquares on T0: the network never gets to T0.*train it longer/);
    const { text } = await run({ ...bare("never"), data: DATA, steps: 1, learningRate: 1e-9 }, NETWORK);
    expect(text).toMatch(/logistic: T0 is never reached/);
    await expect(run({ out: join(folder, "never"), epochs: 3 })).rejects.toThrow(
      /--epochs: says how the network is trained, and that of .*never is trained already/,
    );
  });

  test("labels that are no classes, and no test samples, are refused", async () => {
    const npz = (name: string, arrays: NpzArrays) => {
      writeFileSync(join(folder, name), writeNpz(arrays));
      return join(folder, name);
    };
    const x = { data: Float64Array.from({ length: 20 }, (_, i) => i % 7), shape: [10, 2] };
    const y = { data: Float64Array.from({ length: 10 }, (_, i) => (i % 2) + 0.5), shape: [10] };
    await expect(run({ ...small("half"), data: npz("half.npz", { x, y }) }, NETWORK)).rejects.toThrow(
      /half.npz: y.*label 0 is 0.5.*expected integers/,
    );
  });
});
