/**
 * What values the parameters of this package's studies may have: one table by name, since a name means the same in all of them,
 * with what single studies ask for beside it.
 * @module
 */
import type { Json } from "../runs/index.js";

/** Values that a parameter may have. All bounds hold for each number of a list. */
export interface ParameterLimit {
  /** smallest value */
  readonly least?: number;
  /** largest value */
  readonly most?: number;
  /** values are larger than this */
  readonly above?: number;
  /** values are smaller than this */
  readonly below?: number;
  /** only whole numbers */
  readonly whole?: boolean;
  /** the texts that there are */
  readonly oneOf?: readonly string[];
  /** entries of a list, at least */
  readonly entries?: number;
}

/** Limits by name; of values within others by their path: `cases.units`. */
export type ParameterLimits = Readonly<Record<string, ParameterLimit>>;

const COUNT: ParameterLimit = { least: 1, whole: true };
/** standard errors and means over them need two */
const SAMPLES: ParameterLimit = { least: 2, whole: true };
const INDEX: ParameterLimit = { least: 0, whole: true };
const POSITIVE: ParameterLimit = { above: 0 };
const NOT_NEGATIVE: ParameterLimit = { least: 0 };
const PROBABILITY: ParameterLimit = { least: 0, most: 1 };
const TASKS: ParameterLimit = { oneOf: ["first-five", "animals-objects", "classes"] };
const ANY: ParameterLimit = {};

/** By name, or by the last part of a path. */
const BY_NAME: ParameterLimits = {
  // how many of what is drawn
  networks: COUNT,
  paths: SAMPLES,
  pairs: SAMPLES,
  runs: COUNT,
  draws: SAMPLES,
  repetitions: SAMPLES,
  samples: SAMPLES,
  train: SAMPLES,
  test: SAMPLES,
  networkSamples: SAMPLES,
  shown: COUNT,
  compared: COUNT,
  firstNetworks: INDEX,
  // sizes
  width: COUNT,
  widths: COUNT,
  units: COUNT,
  filters: COUNT,
  channels: COUNT,
  layers: COUNT,
  depth: COUNT,
  depths: COUNT,
  simple: COUNT,
  side: COUNT,
  positions: COUNT,
  dimensions: SAMPLES,
  columns: SAMPLES,
  rows: SAMPLES,
  noisyUpTo: INDEX,
  ordersUpTo: INDEX,
  classes: INDEX,
  // training
  steps: COUNT,
  firstSteps: COUNT,
  epochs: COUNT,
  noisyEpochs: COUNT,
  shuffledEpochs: COUNT,
  batch: COUNT,
  snapshots: SAMPLES,
  parts: COUNT,
  learningRate: POSITIVE,
  rates: POSITIVE,
  momentum: { least: 0, below: 1 },
  ridge: POSITIVE,
  alpha: POSITIVE,
  keepRate: { above: 0, most: 1 },
  factor: POSITIVE,
  factors: POSITIVE,
  times: POSITIVE,
  time: NOT_NEGATIVE,
  timeStep: POSITIVE,
  eps: POSITIVE,
  loss: { oneOf: ["crossEntropy", "squared"] },
  lastPadding: { oneOf: ["same", "valid"] },
  meanZero: ANY,
  network: { oneOf: ["resnet", "max-pool-cnn"] },
  // laws
  gammas: { least: 0.5, most: 1 },
  noises: POSITIVE,
  noise: PROBABILITY,
  flip: { least: 0, most: 0.5 },
  starts: NOT_NEGATIVE,
  frequency: POSITIVE,
  amplitude: NOT_NEGATIVE,
  weightVariance: POSITIVE,
  biasVariance: NOT_NEGATIVE,
  "maxWeightVariance.erf": POSITIVE,
  "maxWeightVariance.tanh": POSITIVE,
  task: TASKS,
};

/** What single studies ask for. */
const BY_STUDY: Readonly<Record<string, ParameterLimits>> = {
  // slopes over widths need two
  "A.linear-model": {
    networks: SAMPLES,
    widths: { ...COUNT, entries: 3 },
    noises: { ...POSITIVE, entries: 2 },
  },
  "A.orders": { networks: SAMPLES, widths: { ...COUNT, entries: 2 } },
  // from, to and how many, or from and to
  "B.phase-diagram": { biasVariance: { ...NOT_NEGATIVE, entries: 2 } },
  "B.finite-map": { weightVariance: { ...POSITIVE, entries: 3 }, classes: { ...INDEX, entries: 2 } },
  "B.pooling-accuracy": { classes: { ...INDEX, entries: 2 } },
  "B.learning-rate": { classes: { ...INDEX, entries: 2 } },
  // laws over depth need some
  "B.signal-depth": { layers: { least: 8, whole: true } },
  "D.convergence": { widths: { ...COUNT, entries: 2 } },
  "E.expansion": { eps: { ...POSITIVE, entries: 2 } },
  "E.variance": { runs: SAMPLES, widths: { ...COUNT, entries: 2 } },
  // two halvings of an image, or more
  "C.mnist": { side: { least: 4, whole: true } },
  "C.cifar": { side: { least: 4, whole: true } },
  "C.increasing": { side: { least: 4, whole: true } },
  // coordinates in the products
  "C.products": { dimensions: { least: 6, whole: true } },
  // errors over networks
  "C.first-phase": { runs: SAMPLES },
  "C.controls": { runs: SAMPLES },
  "C.theorem": { runs: SAMPLES },
  // one unit of relu is 0 half of the time, which no scale fits
  "D.second-layer": { networks: SAMPLES, width: SAMPLES },
  "D.dependence": { networks: SAMPLES },
  "E.sgd-noise": { runs: SAMPLES },
  // a change over gamma needs two
  "E.bias-variance": { runs: SAMPLES, gammas: { least: 0.5, most: 1, entries: 2 } },
  "E.mnist": { runs: SAMPLES },
  // networks of no hidden layer
  "B.accuracy-map": { depths: INDEX, weightVariance: { ...POSITIVE, entries: 3 } },
};

/** Paths of the numbers and texts of parameters: `widths`, `cases.units`. */
export function parameterPaths(value: Json, path = ""): string[] {
  if (Array.isArray(value)) return [...new Set(value.flatMap((item) => parameterPaths(item, path)))];
  if (value === null || typeof value !== "object") return [path];
  return Object.entries(value).flatMap(([name, item]) =>
    parameterPaths(item, path === "" ? name : `${path}.${name}`),
  );
}

/** Limits of this package's study, by the paths of its parameters; those without any are missing. */
export function knownLimits(id: string, parameters: Json): ParameterLimits {
  return Object.fromEntries(
    parameterPaths(parameters).flatMap((path) => {
      const name = path.slice(path.lastIndexOf(".") + 1);
      const limit = BY_STUDY[id]?.[path] ?? BY_NAME[path] ?? BY_NAME[name];
      return limit === undefined ? [] : [[path, limit]];
    }),
  );
}

const list = (names: readonly string[]) => names.map((name) => `"${name}"`).join(", ");

/** What a limit allows, in words. */
export function limitText({ least, most, above, below, whole, oneOf }: ParameterLimit): string {
  if (oneOf !== undefined) return `one of ${list(oneOf)}`;
  const kind = whole === true ? "a whole number" : "a number";
  const low = least !== undefined ? `of at least ${least}` : above !== undefined ? `above ${above}` : "";
  const high = most !== undefined ? `of at most ${most}` : below !== undefined ? `below ${below}` : "";
  if (least !== undefined && most !== undefined) return `${kind} from ${least} to ${most}`;
  return [kind, [low, high].filter((part) => part !== "").join(" and ")].join(" ").trim();
}

/** Whether a number or text is within a limit. NaN never is. */
export function isWithin(value: Json, { least, most, above, below, whole, oneOf }: ParameterLimit): boolean {
  if (typeof value === "string") return oneOf === undefined || oneOf.includes(value);
  if (typeof value !== "number") return true;
  return (
    Number.isFinite(value) &&
    (least === undefined || value >= least) &&
    (most === undefined || value <= most) &&
    (above === undefined || value > above) &&
    (below === undefined || value < below) &&
    (whole !== true || Number.isSafeInteger(value))
  );
}
