/**
 * What the settings mean, in the words of the package and of the command line.
 * @module
 */
import { type ForecastOverrides, ForetrainError } from "foretrain";
import type { TrainingState } from "./fields.js";

/** Images of each class that the site has, for training and for tests. */
export const POOL = { train: 60, test: 40 } as const;
const CLASSES = 10;

/**
 * Labels of a text like `3,8`; null: all.
 * @throws ForetrainError `ERR_SPEC`
 */
export function parseClasses(text: string): readonly number[] | null {
  const plain = text.trim();
  if (plain === "") return null;
  const labels = plain.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  const good =
    labels.length >= 2 &&
    new Set(labels).size === labels.length &&
    labels.every((label) => Number.isInteger(label) && label >= 0 && label < CLASSES);
  if (good) return labels;
  throw new ForetrainError(
    "ERR_SPEC",
    `classes: got "${text}", expected nothing for all, or at least two different labels from 0 to 9, such as 3,8`,
    { argument: "classes", got: text },
  );
}

/** Images that there are of the classes; of a text that is wrong those of all. */
export function available(classes: string): { readonly train: number; readonly test: number } {
  let count = CLASSES;
  try {
    count = parseClasses(classes)?.length ?? CLASSES;
  } catch {
    // what is wrong is said where the forecast fails
  }
  return { train: POOL.train * count, test: POOL.test * count };
}

/** The network of images as text, without what the data know. */
export const wideText = ({
  depth,
  width,
  activation,
  weightVariance,
  biasVariance,
}: Pick<TrainingState, "depth" | "width" | "activation" | "weightVariance" | "biasVariance">): string =>
  `preset:fcn?depth=${depth}&width=${width}&activation=${activation}&weightVariance=${weightVariance}&biasVariance=${biasVariance}`;

/** The network of points as text. */
export const narrowText = ({
  narrowDepth,
  narrowWidth,
  narrowActivation,
}: Pick<TrainingState, "narrowDepth" | "narrowWidth" | "narrowActivation">): string =>
  `preset:fcn?depth=${narrowDepth}&width=${narrowWidth}&activation=${narrowActivation}`;

/** What decides a prediction on images. The width is not among it: at infinite width there is none. */
export interface WideChoice {
  readonly classes: string;
  readonly train: number;
  readonly test: number;
  readonly side: string;
  /** as text, at a width that does not matter */
  readonly network: string;
  /** of the largest stable learning rate */
  readonly rate: number;
  readonly steps: number;
  readonly seed: number;
}

export function wideChoice(state: TrainingState): WideChoice {
  const most = available(state.classes);
  return {
    classes: state.classes.trim(),
    train: Math.min(state.train, most.train),
    test: Math.min(state.test, most.test),
    side: state.side,
    network: wideText({ ...state, width: 512 }),
    rate: state.rate,
    steps: state.steps,
    seed: state.seed,
  };
}

/** The recipe of a forecast, above its defaults. */
export function overridesOf({ classes, train, test, steps, seed, side }: WideChoice): ForecastOverrides {
  return {
    source: sampleName(side),
    train,
    test,
    classes: parseClasses(classes) ?? undefined,
    steps: steps === 0 ? undefined : steps,
    seed,
  };
}

/** File of the sample for the command line. */
export const sampleName = (side: string): string => `mnist-sample-${side}.npz`;

/** What decides the evolution of a narrow network. */
export interface NarrowChoice {
  readonly problem: "sine" | "autoregressive";
  readonly network: string;
  readonly points: number;
  readonly testPoints: number;
  readonly noise: number;
  readonly order: 1 | 2 | 3;
  readonly end: number;
  readonly rate: number;
  readonly networkSeed: number;
  readonly seed: number;
}

export function narrowChoice(state: TrainingState): NarrowChoice {
  return {
    problem: state.problem === "autoregressive" ? "autoregressive" : "sine",
    network: narrowText(state),
    points: state.points,
    testPoints: state.testPoints,
    noise: state.noise,
    order: Number(state.order) as 1 | 2 | 3,
    end: state.end,
    rate: state.narrowRate,
    networkSeed: state.networkSeed,
    seed: state.seed,
  };
}

/** Times that an evolution is looked at, besides 0: evenly to its end. */
export const TIMES = 24;

/** Simulated paths run in pairs with opposite noise. */
export const pairsOf = (paths: number): number => Math.max(2, Math.round(paths / 2));
