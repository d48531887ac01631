/**
 * How simple models of growing complexity explain networks one after another: their times and what they explain, with errors, checks,
 * words and a figure (paper C, claim 2).
 * @module
 */
import {
  countTable,
  estimatesOverNetworks,
  informationOf,
  type NetworkMean,
  recordLearningCurve,
} from "../../complexity/index.js";
import { complexityFigure } from "../../figures/index.js";
import { meanOf } from "../../numeric/statistics/index.js";
import { above, atLeast, type Check, same } from "../checks.js";
import { estimateText } from "../estimate-text.js";
import type { StudyOutcome } from "../study.js";
import type { ImageSnapshots } from "./image-networks.js";
import type { ImageTask } from "./image-tasks.js";
import { meanCurve } from "./mean-curve.js";
import {
  LIMIT,
  lowerLimit,
  REPETITIONS,
  type StatementName,
  statementNumbers,
  upperLimit,
} from "./statements.js";

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

/** What of I(g; Y) the network may lose again. */
const LOST = 0.2;

/** Where only the ends must be shown neighbours may be alike, so that only the reverse order of theirs is refused. */
function checksOf(
  names: readonly string[],
  networks: number,
  { models, steps, ends, ordered }: Sequence,
  shown: IncreasingInput["shown"],
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
    ...steps.flatMap(({ logEnd, lastExplained }, m) => {
      const time = { id: `${m + 1}-${m + 2}.order`, quantity: `log10 T_${m + 2} - log10 T_${m + 1}` };
      const explained = {
        id: `${m + 1}-${m + 2}.more`,
        quantity: `mu at the end, ${names[m + 1]} minus ${names[m]}, bits`,
      };
      if (shown === "every step") {
        const lower = ({ id, quantity }: typeof time, source: string) => ({
          ...{ id, source, quantity: `${quantity}, lower ${LIMIT}` },
        });
        return [
          above(lower(time, order), lowerLimit(logEnd), 0),
          above(lower(explained, more), lowerLimit(lastExplained), 0),
        ];
      }
      const upper = ({ id, quantity }: typeof time, source: string) => ({
        ...{ id, quantity: `${quantity}, upper ${LIMIT}` },
        source: `${source}, not beyond doubt the other way round`,
      });
      return [
        atLeast(upper(time, order), upperLimit(logEnd), 0),
        atLeast(upper(explained, more), upperLimit(lastExplained), 0),
      ];
    }),
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

/** Networks and the simple models that explain them. */
export interface IncreasingInput {
  readonly task: ImageTask;
  readonly networks: readonly ImageSnapshots[];
  /** what they say of test samples: [network][model][sample]; the first model is linear, trained on the labels, the others on what the network says at its end */
  readonly models: readonly (readonly Uint8Array[])[];
  /** of the models */
  readonly names: readonly string[];
  /** the network, and the models but the first, in words */
  readonly kind: string;
  readonly simple: string;
  /** how many samples of what, in words */
  readonly samples: string;
  readonly seed: number;
  /** which steps of the sequence must be shown: every one, or the one from the first model to the last */
  readonly shown: "every step" | "ends";
}

/** Checks, notes, curves and figure of a sequence of simple models. */
export function increasingOutcome(
  input: IncreasingInput,
): Required<Pick<StudyOutcome, "arrays" | "checks" | "notes" | "figures">> {
  const { task, networks, models, names, kind, simple, samples, seed, shown } = input;
  const sequence = measure(task, networks, models, seed);
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
        explainers.flatMap(({ name, information, explained }) => {
          const id = name.replace(/\W+/g, "");
          return [
            [`${id}_information`, column([information])],
            [`${id}_explained`, column(explained.value)],
            [`${id}_explained_error`, column(explained.error)],
          ];
        }),
      ),
    },
    checks: checksOf(names, networks.length, sequence, shown),
    notes: [
      `${samples}; ${kind} ends at ${accuracy((curve) => curve.accuracy.at(-1)!)} with ${network.value.at(-1)!.toFixed(3)} bits.`,
      ...sequence.models.map(
        (model, m) =>
          `${names[m]}, trained on ${m === 0 ? "the labels" : "what the network says at the end"}: right for ${accuracy((curve) => curve.explainers[m]!.accuracy)}, I(g_${m + 1}; Y) = ${estimateText(model.simple)} bits; T_${m + 1} = ${Number.isNaN(model.logEnd.value) ? "never" : `step ${Math.round(10 ** model.logEnd.value)} (log10 ${estimateText(model.logEnd)})`}; until then it explains at least ${estimateText(model.leastFirst)} of I(F_t; Y), ${estimateText(model.atEnd)} at T_${m + 1}; afterwards mu is at least ${estimateText(model.retained)} of I(g_${m + 1}; Y), ${estimateText(model.lastExplained)} bits at the end.`,
      ),
      ...sequence.steps.map(
        ({ logEnd, lastExplained }, m) =>
          `From ${names[m]} to ${names[m + 1]}: log10(T_${m + 2} / T_${m + 1}) = ${estimateText(logEnd)}, ${verdictOf(logEnd, "later", "earlier")}; mu at the end changes by ${estimateText(lastExplained)} bits, ${verdictOf(lastExplained, "more", "less")}.`,
      ),
    ],
    figures: [
      {
        name: "increasing",
        caption: `What models of growing complexity explain of ${kind} (mean of ${networks.length}): mu(F_t; g_i) for logistic regression on the labels and for ${simple} trained, with a learning rate that falls to 0, to say what the network says at the end. Dashed: I(g_i; Y). T_i: where the network has 95 % of it.`,
        draw: (options) => complexityFigure({ steps, network, train: null, explainers }, options),
      },
    ],
  };
}
