/**
 * Simple models of growing complexity that explain a deep network one after another (paper C, claim 2).
 * @module
 */
import {
  countTable,
  type ExplainerRecipe,
  estimatesOverNetworks,
  informationOf,
  type NetworkMean,
  recordLearningCurve,
} from "../../complexity/index.js";
import { ForetrainError } from "../../errors.js";
import { complexityFigure } from "../../figures/index.js";
import { type Network, preset } from "../../network/index.js";
import { type Estimate, meanOf } from "../../numeric/statistics/index.js";
import type { Json } from "../../runs/index.js";
import { above, atLeast, type Check, same } from "../checks.js";
import { defineStudy, type StudyContext, type StudyOutcome } from "../study.js";
import {
  type ImageRecipe,
  type ImageSnapshots,
  outputsFor,
  recipeOf,
  trainImageNetworks,
  trainSimpleModels,
} from "./image-networks.js";
import { type ImageTask, imageTask } from "./image-tasks.js";
import { meanCurve } from "./mean-curve.js";
import {
  LIMIT,
  lowerLimit,
  REPETITIONS,
  type StatementName,
  statementNumbers,
  upperLimit,
} from "./statements.js";

type IncreasingParameters = ImageRecipe & {
  readonly task: string;
  readonly side: number;
  readonly train: number;
  readonly test: number;
  /** what is explained: `resnet`, the paper's, or `max-pool-cnn`, a smaller one of the kind of the simple models */
  readonly network: string;
  /** its blocks in each of three stages, or its convolutions; and its filters (of the first stage) */
  readonly depth: number;
  readonly width: number;
  /** convolutions of the simple models; a linear model comes before them */
  readonly simple: readonly number[];
  readonly filters: number;
  readonly networks: number;
  readonly ridge: number;
  readonly snapshots: number;
  readonly parts: number;
};

/** Numbers of one simple model, as `statementNumbers` has them, and mu at the end. */
const NUMBERS = [
  "simple",
  "atEnd",
  "leastFirst",
  "aboveStrangers",
  "retained",
  "kept",
  "logEnd",
] as const satisfies readonly StatementName[];

type ModelNumbers = Readonly<Record<(typeof NUMBERS)[number] | "lastExplained", NetworkMean>>;

/** From one model to another. */
interface Change {
  readonly logEnd: NetworkMean;
  readonly lastExplained: NetworkMean;
}

interface Sequence {
  readonly models: readonly ModelNumbers[];
  /** from each model to the next: of log10 T_i, and of mu at the end in bits */
  readonly steps: readonly Change[];
  /** networks in which T of the last model is after that of the first */
  readonly ordered: number;
  /** from the first to the last */
  readonly ends: Change;
}

/** All numbers of all models, with errors, from predictions [network][model]. */
function measure(
  task: ImageTask,
  networks: readonly ImageSnapshots[],
  models: readonly (readonly Uint8Array[])[],
  seed: number,
): Sequence {
  const count = networks[0]!.steps.length;
  const { steps } = networks[0]!;
  const each = NUMBERS.length + 1;
  const list = models[0]!;
  const estimates = estimatesOverNetworks({
    ...{ labels: task.test.labels, classes: task.classes, seed, repetitions: REPETITIONS },
    networks: networks.map(({ test }, n) =>
      models[n]!.flatMap((simple) => test.map((network) => ({ network, simple }))),
    ),
    numbers: (tables) => {
      const rows = list.map((_, m) => {
        const own = tables.slice(m * count, (m + 1) * count);
        const { values } = statementNumbers(own, steps);
        const { explained } = informationOf(own.at(-1)!, { correctBias: true });
        return [...NUMBERS.map((name) => values[name]), explained];
      });
      const changes = (from: readonly number[], to: readonly number[]) => [
        to[each - 2]! - from[each - 2]!,
        to[each - 1]! - from[each - 1]!,
      ];
      return [
        ...rows.flat(),
        ...rows.slice(1).flatMap((row, m) => changes(rows[m]!, row)),
        ...changes(rows[0]!, rows.at(-1)!),
      ];
    },
  });
  const sizes = [task.classes, task.classes, task.classes] as const;
  const endOf = (n: number, m: number) => {
    const simple = models[n]![m]!;
    const tables = networks[n]!.test.map((said) => countTable(said, simple, task.test.labels, sizes));
    return statementNumbers(tables, steps).values.logEnd;
  };
  const change = (at: number) => ({ logEnd: estimates[at]!, lastExplained: estimates[at + 1]! });
  const after = list.length * each;
  return {
    models: list.map((_, m) => {
      const own = [...NUMBERS, "lastExplained" as const].map((name, k) => [name, estimates[m * each + k]!]);
      return Object.fromEntries(own) as ModelNumbers;
    }),
    steps: list.slice(1).map((_, m) => change(after + 2 * m)),
    ordered: networks.filter((_, n) => endOf(n, 0) < endOf(n, list.length - 1)).length,
    ends: change(after + 2 * (list.length - 1)),
  };
}

const text = ({ value, error }: Estimate) => `${value.toFixed(3)} ± ${error.toFixed(3)}`;

/** Share of the steps of a simple model over which its learning rate falls to 0. */
const COOLDOWN = 0.5;

/** What of I(g; Y) the network may lose again. */
const LOST = 0.2;

/** Neighbours may be alike, so that only the reverse order is refused; the first and the last may not. */
function checksOf(
  names: readonly string[],
  networks: number,
  { models, steps, ends, ordered }: Sequence,
): Check[] {
  const claim = (which: string) => `paper C, claim 2: ${which}`;
  const order = claim("T_1 < T_2 < ...");
  const more = claim("models of greater complexity explain more");
  const [first, last] = [names[0]!, names.at(-1)!];
  return [
    ...models.flatMap((model, m) => [
      above(
        {
          id: `${m + 1}.explained`,
          quantity: `${names[m]}: mu / I(F; Y) at T_${m + 1} minus that of models whose errors are independent, lower ${LIMIT}`,
          source: claim("until T_i the network is explained by g_i"),
        },
        lowerLimit(model.aboveStrangers),
        0,
      ),
      atLeast(
        {
          id: `${m + 1}.kept`,
          quantity: `${names[m]}: mean mu of the second half of the steps minus mu at T_${m + 1} over I(g_${m + 1}; Y), lower ${LIMIT}`,
          source: claim(`afterwards mu(F_t; g_i) stays; up to ${100 * LOST} % of I(g_i; Y)`),
        },
        lowerLimit(model.kept) / model.simple.value,
        -LOST,
      ),
    ]),
    ...steps.flatMap(({ logEnd, lastExplained }, m) => [
      atLeast(
        {
          id: `${m + 1}-${m + 2}.order`,
          quantity: `log10 T_${m + 2} - log10 T_${m + 1}, upper ${LIMIT}`,
          source: `${order}, not beyond doubt the other way round`,
        },
        upperLimit(logEnd),
        0,
      ),
      atLeast(
        {
          id: `${m + 1}-${m + 2}.more`,
          quantity: `mu at the end, ${names[m + 1]} minus ${names[m]}, bits, upper ${LIMIT}`,
          source: `${more}, not beyond doubt the other way round`,
        },
        upperLimit(lastExplained),
        0,
      ),
    ]),
    same(
      {
        id: "ends.order",
        quantity: `networks of ${networks} in which T of ${last} is after T of ${first}`,
        source: "paper C, claim 2: T_1 < T_2 < ... in the training of a network",
      },
      ordered,
      networks,
    ),
    above(
      {
        id: "ends.more",
        quantity: `mu at the end, ${last} minus ${first}, bits, lower ${LIMIT}`,
        source: more,
      },
      lowerLimit(ends.lastExplained),
      0,
    ),
  ];
}

/** Whether a change is one that the paper says, upwards. */
function verdictOf(change: NetworkMean, yes: string, no: string): string {
  if (lowerLimit(change) > 0) return yes;
  return upperLimit(change) < 0 ? `${no}, against the paper` : "not shown at 99 %";
}

const KINDS: Readonly<Record<string, (depth: number) => string>> = {
  resnet: (depth) => `a residual network of three stages of ${depth} blocks`,
  "max-pool-cnn": (depth) => `a network of ${depth} convolutions`,
};

function explainedNetwork({ network, depth, width }: IncreasingParameters, task: ImageTask): Network {
  if (!Object.hasOwn(KINDS, network)) {
    throw new ForetrainError(
      "ERR_USAGE",
      `C.increasing: network is "${network}", expected ${Object.keys(KINDS).join(" or ")}`,
      { argument: "network", got: network, expected: Object.keys(KINDS) },
    );
  }
  return preset(network, { ...{ input: task.inputShape, depth, width }, classes: outputsFor(task.classes) });
}

async function train(parameters: IncreasingParameters, context: StudyContext) {
  const { side, train: samples, test, simple, filters, ridge, snapshots, parts } = parameters;
  const { learningRate, momentum, batch, epochs } = parameters;
  const { seed } = context;
  const set = await context.dataset();
  const task = await imageTask(set, {
    ...{ task: parameters.task, side, train: samples, test, noise: 0, seed },
  });
  const recipe = { learningRate, momentum, batch, epochs };
  const cnn = (convolutions: number) =>
    preset("max-pool-cnn", {
      ...{ input: task.inputShape, depth: convolutions, width: filters },
      classes: outputsFor(task.classes),
    });
  const network = explainedNetwork(parameters, task);
  const seeds = Array.from({ length: parameters.networks }, (_, i) => 1000 * seed + i);
  const networks = await trainImageNetworks({ task, network, recipe, seeds, snapshots, parts }, context);
  const linear: ExplainerRecipe = { kind: "logistic", ridge };
  const said = await trainSimpleModels(
    task,
    [
      { explainer: linear, labels: task.train.labels, origin: "labels" },
      ...networks.flatMap(({ train: onTrain }, n) =>
        simple.map((convolutions) => ({
          explainer: {
            kind: "network",
            network: cnn(convolutions),
            // another start than that of the network
            // at a constant learning rate how much it knows depends on its last batches
            recipe: { ...recipeOf(recipe, seeds[n]! + 500), epochs, cooldown: COOLDOWN },
          } as const,
          labels: onTrain.at(-1)!,
          origin: { seed: seeds[n]!, recipe, network: network as unknown as Json },
        })),
      ),
    ],
    context,
  );
  const models = networks.map((_, n) => [
    said[0]!,
    ...said.slice(1 + n * simple.length, 1 + (n + 1) * simple.length),
  ]);
  return { task, networks, models };
}

async function runIncreasing(parameters: IncreasingParameters, context: StudyContext): Promise<StudyOutcome> {
  const { simple } = parameters;
  const { task, networks, models } = await train(parameters, context);
  const kind = KINDS[parameters.network]!(parameters.depth);
  const names = ["linear", ...simple.map((convolutions) => `CNN${convolutions}`)];
  const sequence = measure(task, networks, models, context.seed);
  const curves = networks.map(({ steps, test }, n) => {
    const recorder = recordLearningCurve({
      ...{ labels: task.test.labels, classes: task.classes, correctBias: true },
      explainers: names.map((name, m) => ({ name, predictions: models[n]![m]! })),
    });
    steps.forEach((step, t) => {
      recorder.add(step, test[t]!);
    });
    return recorder.result();
  });
  const { steps } = curves[0]!;
  const network = meanCurve(curves.map((curve) => curve.network));
  const explainers = names.map((name, m) => {
    const { logEnd } = sequence.models[m]!;
    return {
      name,
      information: meanOf(curves.map((curve) => curve.explainers[m]!.information.value)).value,
      explained: meanCurve(curves.map((curve) => curve.explainers[m]!.explained)),
      phaseEnd: Number.isNaN(logEnd.value) ? null : 10 ** logEnd.value,
    };
  });
  const accuracy = (pick: (curve: (typeof curves)[number]) => number) =>
    meanOf(curves.map(pick)).value.toFixed(3);
  const column = (values: readonly number[]) => ({ data: Float64Array.from(values), shape: [values.length] });
  return {
    arrays: {
      steps: column(steps),
      network: column(network.value),
      network_error: column(network.error),
      ...Object.fromEntries(
        explainers.flatMap(({ name, information, explained }) => [
          [`${name}_information`, column([information])],
          [`${name}_explained`, column(explained.value)],
          [`${name}_explained_error`, column(explained.error)],
        ]),
      ),
    },
    checks: checksOf(names, networks.length, sequence),
    notes: [
      ...(parameters.network === "resnet"
        ? [
            "The paper's recipe flips and shifts its images while it trains; these networks are trained without such augmentation.",
          ]
        : []),
      `${task.train.labels.length} train and ${task.test.labels.length} test images of ${parameters.side} x ${parameters.side} pixels; ${kind} ends at ${accuracy((curve) => curve.accuracy.at(-1)!)} with ${network.value.at(-1)!.toFixed(3)} bits.`,
      ...sequence.models.map(
        (model, m) =>
          `${names[m]}, trained on ${m === 0 ? "the labels" : "what the network says at the end"}: right for ${accuracy((curve) => curve.explainers[m]!.accuracy)}, I(g_${m + 1}; Y) = ${text(model.simple)} bits; T_${m + 1} = ${Number.isNaN(model.logEnd.value) ? "never" : `step ${Math.round(10 ** model.logEnd.value)} (log10 ${text(model.logEnd)})`}; until then it explains at least ${text(model.leastFirst)} of I(F_t; Y), ${text(model.atEnd)} at T_${m + 1}; afterwards mu is at least ${text(model.retained)} of I(g_${m + 1}; Y), ${text(model.lastExplained)} bits at the end.`,
      ),
      ...sequence.steps.map(
        ({ logEnd, lastExplained }, m) =>
          `From ${names[m]} to ${names[m + 1]}: log10(T_${m + 2} / T_${m + 1}) = ${text(logEnd)}, ${verdictOf(logEnd, "later", "earlier")}; mu at the end changes by ${text(lastExplained)} bits, ${verdictOf(lastExplained, "more", "less")}.`,
      ),
    ],
    figures: [
      {
        name: "increasing",
        caption: `What models of growing complexity explain of ${kind} (mean of ${networks.length}): mu(F_t; g_i) for logistic regression on the labels and for convolutional networks trained, with a learning rate that falls to 0, to say what the network says at the end. Dashed: I(g_i; Y). T_i: where the network has 95 % of it.`,
        draw: (options) => complexityFigure({ steps, network, train: null, explainers }, options),
      },
    ],
  };
}

export const increasingStudy = defineStudy<IncreasingParameters>({
  id: "C.increasing",
  papers: ["C"],
  title: "Functions of increasing complexity",
  expected:
    "Paper C, claim 2: classifiers g_1, g_2, ... of growing complexity have times T_1 < T_2 < ...: until T_i the network is explained by g_i, and afterwards mu(F_t; g_i) stays near I(g_i; Y). The quick size shows the first step only, from the linear model to convolutional ones: those of two and of four convolutions learn the same from 10,000 photographs, so that their times are the same within errors. The ridge of the linear model is that with the most information about images held out.",
  data: "cifar10",
  quick: {
    // about five bits out of a hundred are all that 10,000 images teach of the first five classes against the last
    task: "animals-objects",
    side: 16,
    train: 10_000,
    test: 5000,
    network: "max-pool-cnn",
    depth: 6,
    width: 8,
    simple: [2, 4],
    filters: 8,
    networks: 4,
    learningRate: 0.03,
    momentum: 0,
    batch: 32,
    epochs: 12,
    ridge: 0.1,
    snapshots: 28,
    parts: 1,
  },
  full: {
    task: "first-five",
    side: 32,
    train: 50_000,
    test: 10_000,
    network: "resnet",
    depth: 3,
    width: 16,
    simple: [2, 4, 6],
    filters: 32,
    networks: 3,
    learningRate: 0.01,
    momentum: 0.9,
    batch: 128,
    epochs: 100,
    ridge: 1e-2,
    snapshots: 40,
    parts: 100,
  },
  run: runIncreasing,
});
