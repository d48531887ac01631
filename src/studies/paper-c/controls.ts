/**
 * Where the first phase matters: networks that learn shuffled labels, and true labels from there (paper C, negative controls).
 * @module
 */
import { classify, countTable, logisticRegression, performanceCorrelation } from "../../complexity/index.js";
import { signTargets, sinusoidDataset, withLabelNoise } from "../../data/index.js";
import { type LineStyle, type Mark, panelsFigure } from "../../figures/index.js";
import { type FloatArray, trainNetwork } from "../../finite/index.js";
import { matrix } from "../../numeric/matrix.js";
import { type Estimate, meanOf } from "../../numeric/statistics/index.js";
import type { LongWork } from "../../progress.js";
import { atLeast, atMost, type Check } from "../checks.js";
import { defineStudy } from "../study.js";
import { sinusoidNetwork } from "./sinusoid-training.js";

type ControlsParameters = {
  readonly dimensions: number;
  readonly frequency: number;
  readonly train: number;
  readonly test: number;
  readonly units: number;
  readonly learningRate: number;
  readonly batch: number;
  /** passes over shuffled labels, and over true ones */
  readonly shuffledEpochs: number;
  readonly epochs: number;
  readonly runs: number;
};

type ControlsInput = Omit<ControlsParameters, "runs"> & { readonly seed: number };

interface ControlCurve {
  readonly epochs: readonly number[];
  readonly train: readonly number[];
  readonly test: readonly number[];
  /** I(F_t; Y) and mu(F_t; L), by the true labels of test samples */
  readonly network: readonly number[];
  readonly explained: readonly number[];
}

const NAMES = ["fresh", "warm", "shuffled", "bad"] as const;
type Name = (typeof NAMES)[number];

type ControlsRun = { readonly simple: number } & Readonly<Record<Name, ControlCurve>>;

/** Epoch at which `warm` begins: a network that knows what L knows. */
const WARM = 1;

async function trainControls(
  task: ControlsInput,
  { signal }: Pick<LongWork, "signal">,
): Promise<ControlsRun> {
  const { dimensions, frequency, train, test, units, learningRate, batch, seed } = task;
  const set = sinusoidDataset({ dimensions, frequency, train, test, seed });
  const rows = ({ x }: typeof set.train) => matrix(x.shape[0]!, dimensions, x.data as Float64Array);
  const simple = classify(logisticRegression(rows(set.train), set.train.y, { signal }), rows(set.test));
  const inEpoch = Math.ceil(train / batch);
  const run = async (labels: Int32Array, epochs: number, from: FloatArray | undefined, order: number) => {
    const records = [0, 0.1, 0.3, 1, 3, ...Array.from({ length: 40 }, (_, i) => 5 * (i + 1))].filter(
      (epoch) => epoch < epochs,
    );
    const trained = await trainNetwork({
      network: sinusoidNetwork(dimensions, units),
      recipe: {
        ...{ epochs, batch, learningRate, seed: order },
        loss: "logistic",
        initialization: "glorotUniform",
      },
      parameters: from,
      train: { x: set.train.x, y: signTargets(labels, 1), labels },
      test: { x: set.test.x, y: signTargets(set.test.y, 1), labels: set.test.y },
      records: [...records, epochs].map((epoch) => Math.round(epoch * inEpoch)),
      keepClasses: "test",
      signal,
    });
    const said = trained.classes.test!.data;
    const found = trained.records.map((_, t) =>
      performanceCorrelation(
        countTable(said.subarray(t * test, (t + 1) * test), simple, set.test.y, [2, 2, 2]),
      ),
    );
    const curve: ControlCurve = {
      epochs: trained.records.map(({ step }) => step / inEpoch),
      train: trained.records.map(({ trainAccuracy }) => trainAccuracy!),
      test: trained.records.map(({ testAccuracy }) => testAccuracy!),
      network: found.map(({ network }) => network),
      explained: found.map(({ explained }) => explained),
    };
    return { curve, parameters: trained.parameters };
  };
  const coins = withLabelNoise(set.train.y, { share: 0.5, classes: 2, seed: seed + 1 });
  const fresh = await run(set.train.y, task.epochs, undefined, seed);
  const early = await run(set.train.y, WARM, undefined, seed);
  const warm = await run(set.train.y, task.epochs, early.parameters, seed + 1);
  const shuffled = await run(coins, task.shuffledEpochs, undefined, seed);
  const bad = await run(set.train.y, task.epochs, shuffled.parameters, seed + 1);
  const { simple: information } = performanceCorrelation(countTable(simple, simple, set.test.y, [2, 2, 2]));
  return {
    simple: information,
    ...{ fresh: fresh.curve, warm: warm.curve, shuffled: shuffled.curve, bad: bad.curve },
  };
}

/** The first record that fits so many train labels, else the last. */
const FITTED = 0.98;
const fittedAt = ({ train }: ControlCurve) => {
  const at = train.findIndex((share) => share >= FITTED);
  return at < 0 ? train.length - 1 : at;
};

/** Test accuracy there. */
const whereFitted = (curve: ControlCurve) => curve.test[fittedAt(curve)]!;

const TITLES: Readonly<Record<Name, string>> = {
  fresh: "from random weights",
  warm: "from F_{T0}",
  shuffled: "on shuffled labels",
  bad: "from weights that fit shuffled labels",
};

const STYLES: Readonly<Record<Name, LineStyle>> = {
  fresh: { colour: 1, marker: "circle" },
  warm: { colour: 3, marker: "triangle", dash: "dash-dot" },
  bad: { colour: 2, marker: "square", dash: "dashed" },
  shuffled: { colour: 4, marker: "diamond", dash: "dotted" },
};

function checksOf(runs: readonly ControlsRun[]): Check[] {
  const less = (name: "fresh" | "warm"): Estimate =>
    meanOf(runs.map((run) => whereFitted(run[name]) - whereFitted(run.bad)));
  const least = (of: (run: ControlsRun) => number) => Math.min(...runs.map(of));
  const source = "paper C, negative control";
  const mu = meanOf(runs.map(({ shuffled, simple }) => shuffled.explained.at(-1)! / simple));
  const kept = meanOf(
    runs.map(
      ({ warm, bad, simple }) => (warm.explained[fittedAt(warm)]! - bad.explained[fittedAt(bad)]!) / simple,
    ),
  );
  return [
    atLeast(
      {
        id: "shuffled.fitted",
        quantity: "shuffled labels: train accuracy in the end, least of the networks",
        source: `${source}: they are fitted`,
      },
      least(({ shuffled }) => shuffled.train.at(-1)!),
      FITTED,
    ),
    atMost(
      {
        id: "shuffled.mu",
        quantity: "shuffled labels: |mu(F; L)| / I(L; Y) in the end and 4 standard errors",
        source: `${source}: nothing is learned that a linear model could explain; 5 %`,
      },
      Math.abs(mu.value) + 4 * mu.error,
      0.05,
    ),
    atLeast(
      {
        id: "bad.fitted",
        quantity: "true labels from there: largest train accuracy, least of the networks",
        source: `${source}: they are fitted too`,
      },
      least(({ bad }) => Math.max(...bad.train)),
      FITTED,
    ),
    ...(["fresh", "warm"] as const).map((name) => {
      const { value, error } = less(name);
      return atLeast(
        {
          id: `bad.${name}`,
          quantity: `test accuracy where ${FITTED} of the train labels are fitted: ${TITLES[name].replace(/[{}]/g, "")} over that from weights that fit shuffled labels, less 4 standard errors`,
          source: `${source}: how training begins decides what it ends at`,
        },
        value - 4 * error,
        0,
      );
    }),
    atLeast(
      {
        id: "bad.kept",
        quantity:
          "mu / I(L; Y) there, from F_T0 over that from weights that fit shuffled labels, less 4 standard errors",
        source: `${source}: what the first phase learns is kept`,
      },
      kept.value - 4 * kept.error,
      0,
    ),
  ];
}

export const controlsStudy = defineStudy<ControlsParameters>({
  id: "C.controls",
  papers: ["C"],
  title: "Not every fit is a good one: shuffled labels, and true labels after them",
  expected:
    "A network that fits shuffled labels has nothing of what a linear model knows. Trained on true labels from there it fits them too, and generalizes worse than from random weights or from F_T0: the first phase of SGD matters.",
  quick: {
    ...{ dimensions: 10, frequency: 2, train: 2000, test: 10_000, units: 256 },
    ...{ learningRate: 0.1, batch: 32, shuffledEpochs: 150, epochs: 50, runs: 5 },
  },
  full: {
    ...{ dimensions: 20, frequency: 2, train: 10_000, test: 20_000, units: 512 },
    ...{ learningRate: 0.1, batch: 32, shuffledEpochs: 400, epochs: 100, runs: 5 },
  },
  run: async (parameters, { values, seed }) => {
    const { runs: count, ...task } = parameters;
    const runs: ControlsRun[] = await values(
      { name: "training", version: 1, unit: "seeds", compute: trainControls },
      Array.from({ length: count }, (_, run) => ({ ...task, seed: seed + run })),
    );
    const mean = (name: Name, of: "train" | "test" | "explained") =>
      runs[0]![name].epochs.map((_, t) => meanOf(runs.map((run) => run[name][of][t]!)));
    const at = (name: Name) => meanOf(runs.map((run) => whereFitted(run[name])));
    const text = ({ value, error }: Estimate) => `${value.toFixed(3)} +- ${error.toFixed(3)}`;
    const simple = meanOf(runs.map((run) => run.simple)).value;
    const line = (name: Name, of: "test" | "explained"): Mark[] => {
      const found = mean(name, of);
      const x = runs[0]![name].epochs;
      return [
        {
          kind: "band",
          x,
          low: found.map(({ value, error }) => value - 2 * error),
          high: found.map(({ value, error }) => value + 2 * error),
          colour: STYLES[name].colour,
        },
        { kind: "line", x, y: found.map(({ value }) => value), style: STYLES[name] },
      ];
    };
    const x = {
      title: "epoch",
      kind: "symlog" as const,
      domain: [0, Math.max(parameters.epochs, parameters.shuffledEpochs)] as const,
      threshold: 0.1,
    };
    const shown = ["fresh", "warm", "bad", "shuffled"] as const;
    return {
      arrays: Object.fromEntries(
        NAMES.flatMap((name) =>
          (["train", "test", "network", "explained"] as const).map((of) => [
            `${name}_${of}`,
            {
              data: Float64Array.from(runs.flatMap((run) => run[name][of])),
              shape: [count, runs[0]![name].epochs.length],
            },
          ]),
        ),
      ),
      checks: checksOf(runs),
      notes: [
        `Test accuracy where ${100 * FITTED} % of the train labels are fitted: ${text(at("fresh"))} from random weights, ${text(at("warm"))} from F_T0, ${text(at("bad"))} from weights that fit shuffled labels; ${text(meanOf(runs.map((run) => run.shuffled.test.at(-1)!)))} of networks on shuffled labels.`,
      ],
      figures: [
        {
          name: "controls",
          caption: `(a) Accuracy and (b) mu(F_t; L) on test samples with true labels, ${count} networks with data of their own (means with two standard errors), ${parameters.train} samples in ${parameters.dimensions} dimensions; L is logistic regression. All fit the labels that they are trained on.`,
          draw: (options) =>
            panelsFigure(
              {
                title: "Negative controls",
                description: shown
                  .map(
                    (name) =>
                      `${TITLES[name]}: test accuracy ${mean(name, "test").at(-1)!.value.toFixed(3)} in the end.`,
                  )
                  .join(" "),
                legend: shown.map((name) => ({
                  kind: "line" as const,
                  label: TITLES[name],
                  style: STYLES[name],
                })),
                panels: [
                  {
                    title: "(a) Accuracy on test samples",
                    x,
                    y: { title: "accuracy", kind: "linear", domain: [0.45, 1] },
                    marks: [
                      { kind: "rule", axis: "y", value: 0.5, label: "chance", dash: "dotted" },
                      ...shown.flatMap((name) => line(name, "test")),
                    ],
                  },
                  {
                    title: "(b) Explained by L",
                    x,
                    y: { title: "μ(F_{t}; L), bits", kind: "linear", domain: [-0.02, simple * 1.12] },
                    marks: [
                      { kind: "rule", axis: "y", value: simple, label: "I(L; Y)", dash: "dotted" },
                      ...shown.flatMap((name) => line(name, "explained")),
                    ],
                  },
                ],
              },
              options,
            ),
        },
      ],
    };
  },
});
