/**
 * Several networks, looked at on the same samples: means over them, with errors of the samples and of the networks.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { averageOf, type Estimate, meanOf } from "../numeric/statistics/index.js";
import { type CountTable, countTable, type Labels } from "./count-table.js";
import { jointBootstrap, type PredictionPair } from "./joint-bootstrap.js";
import type { Resampling } from "./performance-correlation.js";

/** Networks whose numbers are averaged. */
export interface NetworksInput extends Resampling {
  /** [samples] */
  readonly labels: Labels;
  readonly classes: number;
  /** pairs of every network */
  readonly networks: readonly (readonly PredictionPair[])[];
  /** numbers of one network from the tables of its pairs, as many for each; NaN where there is none */
  readonly numbers: (tables: readonly CountTable[], network: number) => readonly number[];
}

/** A mean over those networks that have the number, and how many these are. */
export interface NetworkMean extends Estimate {
  readonly networks: number;
  /**
   * degrees of freedom of the error (Welch and Satterthwaite): few where it is mostly that of few networks, so that limits take Student's t;
   * NaN where there is no number
   */
  readonly degrees: number;
}

/** Degrees of freedom of the root of a sum of squares of independent errors, each with its own: (sum e^2)^2 / sum (e^4 / degrees). */
function degreesOf(parts: readonly { readonly error: number; readonly degrees: number }[]): number {
  const large = parts.filter(({ error }) => !(error === 0));
  // without any error there is no doubt
  if (large.length === 0) return Number.POSITIVE_INFINITY;
  const squares = large.reduce((sum, { error }) => sum + error ** 2, 0);
  return squares ** 2 / large.reduce((sum, { error, degrees }) => sum + error ** 4 / degrees, 0);
}

const defined = (values: readonly number[]) => values.filter((value) => !Number.isNaN(value));
/**
 * Means over networks of numbers that follow from count tables, each with its standard error: of the samples, by a bootstrap that draws the
 * same ones for all networks (see `jointBootstrap`), and of the networks, s / sqrt(networks), where there are more than one; both
 * as the root of the sum of squares.
 *
 * Networks without a number - one that never gets to T0, say - are left out of its mean: it is that of the `networks` that have one, and NaN
 * where there is none.
 * @throws ERR_SHAPE without networks; as `jointBootstrap`
 */
export function estimatesOverNetworks(input: NetworksInput): NetworkMean[] {
  const { labels, classes, seed, repetitions = 200, networks, numbers } = input;
  if (networks.length === 0) {
    throw new ForetrainError("ERR_SHAPE", "estimatesOverNetworks: networks is empty, expected at least one", {
      argument: "networks",
      got: 0,
      expected: 1,
    });
  }
  const starts = networks.map((_, i) => networks.slice(0, i).reduce((sum, { length }) => sum + length, 0));
  const each = (tables: readonly CountTable[]) =>
    networks.map(({ length }, i) => numbers(tables.slice(starts[i], starts[i]! + length), i));
  const means = (found: readonly (readonly number[])[]) =>
    found[0]!.map((_, k) => {
      const values = defined(found.map((list) => list[k]!));
      return values.length === 0 ? Number.NaN : averageOf(values);
    });
  const pairs = networks.flat();
  const sizes = [classes, classes, classes] as const;
  const found = each(pairs.map(({ network, simple }) => countTable(network, simple, labels, sizes)));
  const estimates = jointBootstrap({
    ...{ labels, classes, seed, pairs, repetitions },
    statistic: (tables) => means(each(tables)),
  });
  return estimates.map(({ value, error }, k) => {
    const values = defined(found.map((list) => list[k]!));
    const ofSamples = { error, degrees: repetitions - 1 };
    const parts =
      values.length < 2
        ? [ofSamples]
        : [ofSamples, { error: meanOf(values).error, degrees: values.length - 1 }];
    return {
      value,
      error: Math.hypot(...parts.map((part) => part.error)),
      networks: values.length,
      degrees: values.length === 0 ? Number.NaN : degreesOf(parts),
    };
  });
}

/**
 * Means over networks of curves [network][snapshot], for networks that were looked at on the same samples: the errors of the samples are
 * nearly the same for all, so that they are averaged and do not shrink with the number of networks; the errors of the networks come to them.
 */
export function meanCurve(curves: readonly (readonly Estimate[])[]): Estimate[] {
  return curves[0]!.map((_, t) => {
    const row = curves.map((curve) => curve[t]!);
    const { value, error } = meanOf(row.map((one) => one.value));
    return { value, error: Math.hypot(averageOf(row.map((one) => one.error)), row.length < 2 ? 0 : error) };
  });
}
