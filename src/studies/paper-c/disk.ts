/**
 * Points in the unit disk on the two sides of a wave: the boundary of a network while it trains (paper C, figure 1).
 * @module
 */
import { classify, logisticRegression, planeGrid, trainSnapshots } from "../../complexity/index.js";
import { diskDataset, type Split } from "../../data/index.js";
import { decisionBoundariesFigure, type LineStyle, type Mark, panelsFigure } from "../../figures/index.js";
import { dense, input, network, relu } from "../../network/index.js";
import { type Matrix, matrix } from "../../numeric/matrix.js";
import { meanOf } from "../../numeric/statistics/index.js";
import type { LongWork } from "../../progress.js";
import { above, atLeast, type Check } from "../checks.js";
import { defineStudy, type PieceArrays } from "../study.js";

type DiskParameters = {
  readonly train: number;
  readonly test: number;
  readonly frequency: number;
  readonly amplitude: number;
  readonly noise: number;
  readonly units: number;
  readonly layers: number;
  readonly learningRate: number;
  readonly batch: number;
  readonly steps: number;
  /** networks, each with data of its own; the first is drawn */
  readonly runs: number;
};

type DiskInput = Omit<DiskParameters, "runs"> & { readonly seed: number };

/** Points along each side of the map. */
const GRID = 91;
const { x: side, samples: GRID_POINTS } = planeGrid([-1, 1], [-1, 1], GRID);
/** Records are this factor apart. */
const SPACING = 1.5;

const rowsOf = ({ x }: Split): Matrix => matrix(x.shape[0]!, 2, x.data as Float64Array);

function recordsUpTo(steps: number): number[] {
  const out = [0];
  for (let step = 1; step < steps; step = Math.ceil(step * SPACING)) out.push(step);
  return [...out, steps];
}

function share(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let same = 0;
  for (let i = 0; i < a.length; i++) if (a[i] === b[i]) same++;
  return same / a.length;
}

function dataOf({ train, test, frequency, amplitude, noise, seed }: DiskInput) {
  const options = { train, test, frequency, amplitude, seed };
  return {
    noisy: diskDataset({ ...options, labelNoise: noise }),
    truth: diskDataset(options),
  };
}

/** Trains one network: agreements at every record, and its map. */
async function trainDisk(task: DiskInput, { signal }: Pick<LongWork, "signal">): Promise<PieceArrays> {
  const { noisy, truth } = dataOf(task);
  const hidden = Array.from({ length: task.layers }, () => [
    dense(task.units, { biasVariance: 1 }),
    relu(),
  ]).flat();
  const labelled = ({ x, y }: Split) => ({ x, labels: y });
  const { snapshots } = await trainSnapshots({
    network: network(input([2]), ...hidden, dense(1, { biasVariance: 1 })),
    recipe: {
      ...{ steps: task.steps, batch: task.batch, learningRate: task.learningRate, seed: task.seed },
      loss: "logistic",
      initialization: "heUniform",
    },
    train: labelled(noisy.train),
    test: labelled(noisy.test),
    records: recordsUpTo(task.steps),
    probe: GRID_POINTS,
    signal,
  });
  const plane = logisticRegression(rowsOf(noisy.train), noisy.train.y, { signal });
  const linear = classify(plane, rowsOf(noisy.test));
  const list = (values: readonly number[]) => ({ data: Float64Array.from(values), shape: [values.length] });
  return {
    steps: list(snapshots.steps),
    linear: list(snapshots.test.map((said) => share(said, linear))),
    truth: list(snapshots.test.map((said) => share(said, noisy.test.y))),
    noisy: list(snapshots.train.map((said) => share(said, noisy.train.y))),
    // what L has of the truth, and what the truth has of the labels that are trained on
    limits: list([share(linear, noisy.test.y), share(truth.train.y, noisy.train.y)]),
    maps: {
      data: Uint8Array.from(snapshots.probe!.flatMap((map) => [...map])),
      shape: [snapshots.steps.length, GRID * GRID],
    },
  };
}

export interface DiskRun {
  readonly steps: readonly number[];
  /** shares of test points with the same class as the best plane, and as the truth */
  readonly linear: readonly number[];
  readonly truth: readonly number[];
  /** share of train points with the label that is trained on */
  readonly noisy: readonly number[];
  readonly linearTruth: number;
  readonly truthNoisy: number;
  /** records that are most like the plane (up to the next), most like the truth, and the end */
  readonly stages: readonly [plane: number, wave: number, end: number];
  readonly map: (record: number) => Uint8Array;
}

function runOf(arrays: PieceArrays): DiskRun {
  const list = (name: string) => Array.from(arrays[name]!.data as Float64Array);
  const [linear, truth] = [list("linear"), list("truth")];
  const [linearTruth, truthNoisy] = list("limits") as [number, number];
  const largest = (values: readonly number[]) => values.indexOf(Math.max(...values));
  return {
    ...{ steps: list("steps"), linear, truth, noisy: list("noisy"), linearTruth, truthNoisy },
    stages: [largest(linear), largest(truth), truth.length - 1],
    map: (record) => (arrays["maps"]!.data as Uint8Array).slice(record * GRID ** 2, (record + 1) * GRID ** 2),
  };
}

/**
 * The mean over networks less 4 standard errors. Every network has data of its own, so that their spread has the errors of test points in it; of a
 * single network these are all that is known, sqrt(1 / (2 n)) at most for a difference of two shares of n points.
 */
function surely(runs: readonly DiskRun[], test: number, of: (run: DiskRun) => number): number {
  const { value, error } = meanOf(runs.map(of));
  return value - 4 * (runs.length < 2 ? Math.sqrt(0.5 / test) : error);
}

/** Stages in their order, of all networks; `test`: number of test points. */
export function diskChecks(runs: readonly DiskRun[], { test }: { readonly test: number }): Check[] {
  const source = (text: string) => `paper C, figure 1: ${text}`;
  const least = (of: (run: DiskRun) => number) => Math.min(...runs.map(of));
  return [
    atLeast(
      {
        id: "linear",
        quantity: "first stage: largest agreement with logistic regression, least of the networks",
        source: source("at first the boundary is almost linear; 0.95"),
      },
      least(({ linear, stages: [plane] }) => linear[plane]!),
      0.95,
    ),
    above(
      {
        id: "linear",
        quantity: "first stage: agreement with the plane over that with the truth, less 4 standard errors",
        source: source("it is the plane that is learned"),
      },
      surely(runs, test, ({ linear, truth, stages: [plane] }) => linear[plane]! - truth[plane]!),
      0,
    ),
    above(
      {
        id: "wave",
        quantity: "second stage: agreement with the truth over the plane's, less 4 standard errors",
        source: source("then it is the wave"),
      },
      surely(runs, test, ({ truth, linearTruth, stages: [, wave] }) => truth[wave]! - linearTruth),
      0,
    ),
    atLeast(
      {
        id: "order",
        quantity: "steps of the second stage over those of the first, least of the networks",
        source: source("one after the other"),
      },
      // a plane that is there before any step was not learned
      least(({ steps, stages: [plane, wave] }) => (plane === 0 ? 0 : steps[wave]! / steps[plane]!)),
      4,
    ),
    above(
      {
        id: "noise",
        quantity:
          "in the end: share of noisy train labels that are fitted, over the share that are true, least of the networks",
        source: source("finally noise is fitted, counted on all train points"),
      },
      least(({ noisy, truthNoisy }) => noisy.at(-1)! - truthNoisy),
      0,
    ),
    above(
      {
        id: "noise",
        quantity:
          "from the second stage to the end: fall of the agreement with the truth, less 4 standard errors",
        source: source("and that costs accuracy"),
      },
      surely(runs, test, ({ truth, stages: [, wave] }) => truth[wave]! - truth.at(-1)!),
      0,
    ),
  ];
}

/** The stages, and records between them. */
function shownRecords({ stages: [plane, wave, end] }: DiskRun): number[] {
  const middle = (a: number, b: number) => Math.round((a + b) / 2);
  return [...new Set([0, plane, middle(plane, wave), wave, middle(wave, end), end])];
}

const STYLES = {
  linear: { colour: 1, marker: "square", dash: "dashed" },
  truth: { colour: 2, marker: "circle", dash: "solid" },
  noisy: { colour: 3, marker: "triangle", dash: "dash-dot" },
} as const satisfies Record<string, LineStyle>;

const LABELS = {
  linear: "with logistic regression (test)",
  truth: "with the truth (test)",
  noisy: "with the noisy labels (train)",
} as const;

export const diskStudy = defineStudy<DiskParameters>({
  id: "C.disk",
  papers: ["C"],
  title: "A boundary in the disk: linear, then a wave, then noise",
  expected:
    "The boundary of a network is almost linear first, then follows the wave that divides the disk, and in the end goes around single points with wrong labels.",
  quick: {
    train: 400,
    test: 4000,
    frequency: 6,
    amplitude: 0.3,
    noise: 0.1,
    units: 256,
    layers: 3,
    learningRate: 0.1,
    batch: 32,
    steps: 20_000,
    runs: 5,
  },
  full: {
    train: 1000,
    test: 10_000,
    frequency: 6,
    amplitude: 0.3,
    noise: 0.1,
    units: 512,
    layers: 3,
    learningRate: 0.1,
    batch: 32,
    steps: 100_000,
    runs: 5,
  },
  run: async (parameters, { arrays, seed }) => {
    const { runs: count, ...task } = parameters;
    const inputs = Array.from({ length: count }, (_, run) => ({ ...task, seed: seed + run }));
    const found = await arrays(
      { name: "training", version: 1, unit: "networks", compute: trainDisk },
      inputs,
    );
    const runs = found.map(runOf);
    const [first] = runs as [DiskRun];
    const { noisy, truth } = dataOf(inputs[0]!);
    const points = rowsOf(noisy.train).data;
    const { frequency, amplitude, noise, train, layers, units } = parameters;
    const { steps } = first;
    return {
      arrays: {
        steps: { data: Float64Array.from(steps), shape: [steps.length] },
        ...Object.fromEntries(
          (["linear", "truth", "noisy"] as const).map((name) => [
            name,
            { data: Float64Array.from(runs.flatMap((run) => run[name])), shape: [count, steps.length] },
          ]),
        ),
      },
      checks: diskChecks(runs, parameters),
      notes: runs.map(
        (
          { steps: at, stages: [plane, wave], linear, truth: right, noisy: fitted, linearTruth, truthNoisy },
          run,
        ) =>
          `Network ${run + 1}: ${linear[plane]!.toFixed(3)} like logistic regression at step ${at[plane]}, ${right[wave]!.toFixed(3)} like the truth at step ${at[wave]} (the plane: ${linearTruth.toFixed(3)}), ${right.at(-1)!.toFixed(3)} in the end, where it says ${fitted.at(-1)!.toFixed(3)} of the noisy labels (the truth: ${truthNoisy.toFixed(3)}).`,
      ),
      figures: [
        {
          name: "boundaries",
          caption: `What a network of ${layers} layers of ${units} relu units says over the disk while it trains on ${train} points, ${100 * noise} % of them with the wrong label (ringed), with the true boundary x_2 = ${amplitude} sin(${frequency} x_1).`,
          draw: (options) =>
            decisionBoundariesFigure(
              {
                x: { title: "x_{1}", values: side },
                y: { title: "x_{2}", values: side },
                maps: shownRecords(first).map((record) => ({
                  title: `step ${steps[record]}`,
                  classes: first.map(record),
                })),
                samples: {
                  x: Array.from(noisy.train.y, (_, i) => points[2 * i]!),
                  y: Array.from(noisy.train.y, (_, i) => points[2 * i + 1]!),
                  labels: noisy.train.y,
                  wrong: Array.from(noisy.train.y, (label, i) => label !== truth.train.y[i]),
                },
                classNames: ["below", "above"],
                curve: {
                  label: "true boundary",
                  x: side,
                  y: side.map((x) => amplitude * Math.sin(frequency * x)),
                },
                columns: 3,
              },
              options,
            ),
        },
        {
          name: "agreement",
          caption: `Share of points with the same answer, ${count} networks with data of their own: with logistic regression and with the truth on test points, with the noisy labels on train points.`,
          draw: (options) =>
            panelsFigure(
              {
                title: "Agreement over training",
                description: `With logistic regression up to ${Math.max(...first.linear).toFixed(3)}, with the truth up to ${Math.max(...first.truth).toFixed(3)}, with the noisy labels up to ${Math.max(...first.noisy).toFixed(3)}.`,
                legend: (["linear", "truth", "noisy"] as const).map((name) => ({
                  kind: "line" as const,
                  label: LABELS[name],
                  style: STYLES[name],
                })),
                panelHeight: 320,
                panels: runs.slice(0, 2).map((run, i) => ({
                  title: `(${"ab"[i]}) Network ${i + 1}`,
                  x: { title: "step", kind: "log" as const, domain: [1, run.steps.at(-1)!] as const },
                  y: { title: "agreement", kind: "linear" as const, domain: [0.6, 1.01] as const },
                  marks: [
                    {
                      kind: "rule",
                      axis: "y",
                      value: run.truthNoisy,
                      label: "truth on noisy labels",
                      dash: "dotted",
                    },
                    ...(["linear", "truth", "noisy"] as const).map(
                      (name): Mark => ({
                        kind: "line",
                        x: run.steps.slice(1),
                        y: run[name].slice(1),
                        style: STYLES[name],
                      }),
                    ),
                  ],
                })),
              },
              options,
            ),
        },
      ],
    };
  },
});
