/**
 * What networks on images must show of the paper's statements, and what they show of them in words.
 * @module
 */
import type { NetworkMean } from "../../complexity/index.js";
import { meanOf } from "../../numeric/statistics/index.js";
import { above, atLeast, type Check, same } from "../checks.js";
import { estimateText } from "../estimate-text.js";
import type { ImageSnapshots } from "./image-networks.js";
import type { ImageTask } from "./image-tasks.js";
import { LIMIT, lowerLimit, type StatementOutcome, upperLimit } from "./statements.js";

/** One task, with or without wrong train labels. A type, not an interface: plain JSON for parameters. */
export type ImageCase = {
  readonly task: string;
  readonly noise: number;
  readonly networks: number;
};

const TASK_NAMES: Readonly<Record<string, string>> = {
  "first-five": "first five classes against last five",
  "animals-objects": "animals against objects",
  classes: "all classes",
};

export const nameOf = ({ task, noise }: ImageCase) =>
  `${TASK_NAMES[task] ?? task}${noise === 0 ? "" : `, ${100 * noise} % of the train labels wrong`}`;
export const idOf = ({ task, noise }: ImageCase) => (noise === 0 ? task : `${task}-noise`);

/** Networks of a case and both simple models of each. */
export interface CaseResult {
  readonly one: ImageCase;
  /** name of the data set */
  readonly data: string;
  readonly task: ImageTask;
  readonly networks: readonly ImageSnapshots[];
  /** trained on the labels */
  readonly linear: Uint8Array;
  readonly onLabels: StatementOutcome;
  /** trained on what each network says at T0; null: there is none */
  readonly likeNetworks: readonly (Uint8Array | null)[];
  readonly onNetworks: StatementOutcome;
}

/** What L keeps of its information and the network may lose. */
const LOST = 0.2;

/**
 * The paper says "about equal" without numbers: how close the reduced networks come is told in the notes. What is checked must hold if
 * there is a first phase that the linear model explains, and would not without one.
 */
export function checksOf({ one, networks, onLabels: { statements, ends } }: CaseResult): Check[] {
  const id = idOf(one);
  const name = nameOf(one);
  const source = (which: string) => `paper C, conjecture 1: ${which}`;
  return [
    same(
      {
        id: `${id}.reached`,
        quantity: `${name}: networks of ${networks.length} that get to T0, 95 % of I(L; Y)`,
        source: source("at T0 the network has all performance of L"),
      },
      ends.filter((end) => end !== null).length,
      networks.length,
    ),
    above(
      {
        id: `${id}.explained`,
        quantity: `${name}: mu / I(F; Y) at T0 minus that of models whose errors are independent, lower ${LIMIT}`,
        source: source("up to T0 L explains the network; models that only share the labels would not"),
      },
      lowerLimit(statements.aboveStrangers),
      0,
    ),
    above(
      {
        id: `${id}.beyond`,
        quantity: `${name}: mean I(F_t; Y) of the second half of the steps minus I(L; Y), bits, lower ${LIMIT}`,
        source: source("after T0 I(F_t; Y) grows"),
      },
      lowerLimit(statements.beyond),
      0,
    ),
    above(
      {
        id: `${id}.decline`,
        quantity: `${name}: share mu / I(F; Y) at T0 minus that of the second half of the steps, lower ${LIMIT}`,
        source: source("L explains the first phase and not the later one"),
      },
      lowerLimit(statements.decline),
      0,
    ),
    ...(one.noise > 0
      ? []
      : [
          atLeast(
            {
              id: `${id}.kept`,
              quantity: `${name}: mean mu of the second half of the steps minus mu at T0 over I(L; Y), lower ${LIMIT}`,
              source: source(`what L explains is retained; up to ${100 * LOST} % of I(L; Y)`),
            },
            lowerLimit(statements.kept) / statements.simple.value,
            -LOST,
          ),
        ]),
  ];
}

/** What "about" is in the paper's statements. */
const NEAR = 0.9;

/** Whether a share that the paper says to be near 1 is. */
function verdictOf(share: NetworkMean): string {
  if (lowerLimit(share) >= NEAR) return "near 1, as the paper says";
  if (upperLimit(share) < NEAR) return `less than ${NEAR}, not near 1 as the paper says`;
  return `whether it is ${NEAR} or more the errors leave open`;
}

export function notesOf(result: CaseResult): string[] {
  const { one, task, networks, linear, onLabels, onNetworks, likeNetworks } = result;
  const { labels } = task.test;
  const right = (said: Uint8Array) =>
    said.reduce((sum, y, i) => sum + (y === labels[i] ? 1 : 0), 0) / labels.length;
  const name = nameOf(one);
  const at = (outcome: StatementOutcome) => outcome.statements;
  const [own, like] = [at(onLabels), at(onNetworks)];
  const final = networks.map((network) => right(network.test.at(-1)!));
  const trained = networks.map((network) => {
    const said = network.train.at(-1)!;
    return said.reduce((sum, y, i) => sum + (y === task.train.labels[i] ? 1 : 0), 0) / said.length;
  });
  const mean = (values: readonly number[]) => meanOf(values).value.toFixed(3);
  const notes = [
    `${name}: ${task.train.labels.length} train and ${labels.length} test images. L, logistic regression on the labels, is right for ${right(linear).toFixed(3)} and has I(L; Y) = ${estimateText(own.simple)} bits; the networks end at ${mean(final)} (train ${mean(trained)}) and ${estimateText(own.final)} bits.`,
  ];
  if (onLabels.ends.every((end) => end === null)) {
    return [...notes, `${name}: no network gets to T0; train longer for the statements.`];
  }
  const reached = onLabels.ends.filter((end) => end !== null).length;
  const means =
    reached === networks.length
      ? ""
      : ` (means of the ${reached} of ${networks.length} networks that get there)`;
  notes.push(
    `${name}, until T0 (step ${Math.round(10 ** own.logEnd.value)})${means}: of what the network knows, I(F_t; Y), L explains at least rho_1 = ${estimateText(own.leastFirst)}, ${estimateText(own.atEnd)} at T0: ${verdictOf(own.leastFirst)}. Models with independent errors would explain ${estimateText(own.strangers)}.`,
    `${name}, at T0: I(F; Y) / I(L; Y) = ${estimateText(own.reached)}: ${verdictOf(own.reached)}. T0 is where it is 0.95 or more.`,
    `${name}, after T0: mu(F_t; L) / I(L; Y) is at least rho_3 = ${estimateText(own.retained)}: ${verdictOf(own.retained)}. From T0 to the second half of the steps mu changes by ${estimateText(own.kept)} bits, and its share of I(F; Y) is ${estimateText(own.later)} there.`,
  );
  if (likeNetworks.some((model) => model !== null)) {
    notes.push(
      `${name}, with L trained to say what the network says at T0: I(L; Y) = ${estimateText(like.simple)}, share ${estimateText(like.atEnd)} at T0, rho_1 = ${estimateText(like.leastFirst)}, rho_3 = ${estimateText(like.retained)}.`,
    );
  }
  return notes;
}
