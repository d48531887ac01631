/**
 * Real networks beside a forecast: what was compared and what came out, as plain data.
 * @module
 */

/** What trained networks are compared by. */
export type VerifiedQuantity = "trainLoss" | "testLoss" | "trainAccuracy" | "testAccuracy";

/** Half the band of single networks that trained ones are held against, in their predicted standard deviations: of normal values it holds 95 %. */
export const BAND_DEVIATIONS = 2;

/** Differences count from this many standard errors on: 1 in 370 of normal values is as far by chance. */
export const TELLING_ERRORS = 3;

/** ... and from this size on: shares of an accuracy (half a point), and of the predicted loss (2 %). */
export const TELLING_SIZE = { accuracy: 0.005, loss: 0.02 } as const;

/** Mean and standard deviation over single networks, as theory has them. */
export interface PredictedSpread {
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

/** The infinite network trained from the initial outputs of each trained network: the luck of the start is in both. */
export interface MatchedPrediction {
  /** mean over the trained networks of what theory says for each */
  readonly mean: readonly number[];
  /** mean over the networks of measured less matched: what the width does */
  readonly difference: readonly number[];
  /** standard error of `difference`, from its scatter over the networks; of accuracies at least that of one sample a network */
  readonly error: readonly number[];
}

/** A difference at one step: a share of the prediction for losses (-0.07: 7 % lower), the difference itself for accuracies. */
export interface DifferenceAt {
  readonly step: number;
  readonly difference: number;
}

/** Where and by how much a curve differs from its prediction by more than chance. */
export interface CurveDifference {
  /** first step at which it is significant and of a size that matters */
  readonly first: DifferenceAt;
  /** the largest of all such steps */
  readonly largest: DifferenceAt;
  /** where the curves end, significant or not */
  readonly end: DifferenceAt;
}

/** One quantity of trained networks beside its prediction, at every step. */
export interface ComparedQuantity {
  readonly measured: PredictedSpread & { readonly low: readonly number[]; readonly high: readonly number[] };
  readonly predicted: PredictedSpread;
  /**
   * (measured mean - predicted mean) over its standard error, from the predicted deviation: that of the trained networks' mean, and with
   * accuracies of the drawn networks' one too; null where it is 0. Luck of the start is in it, and losses at the start are skewed:
   * there they are further above their mean than a normal law says
   */
  readonly z: readonly (number | null)[];
  /** null: there is none (forecasts that were made before it was computed) */
  readonly matched: MatchedPrediction | null;
  /** the smallest difference that these networks tell from chance at each step, in the unit of `DifferenceAt` */
  readonly detectable: readonly number[];
  /**
   * where the means differ by more than chance and by more than half a point of accuracy or 2 % of a loss, at two successive steps: measured less matched
   * prediction (less prediction, where there is no matched one); null: nowhere
   */
  readonly differs: CurveDifference | null;
  /** first step at which the mean of the trained networks is out of the band of single networks, by a size that matters; null: at none */
  readonly leavesAt: number | null;
  /** at how many steps the band of single networks, predicted mean +- 2 predicted standard deviations, holds the mean of the trained networks, and all of them */
  readonly inside: { readonly mean: number; readonly all: number };
}

/** How far the tangent kernel of one finite network is from infinite width's before training, and how far training moves it. */
export interface KernelMovement {
  /** train samples that the kernels were taken on */
  readonly samples: number;
  /** |Theta_0 - Theta| / |Theta|, Theta of infinite width */
  readonly start: number;
  /** |Theta_T - Theta_0| / |Theta_0| */
  readonly moved: number;
}

/** Real networks beside the forecast: what was compared, and why they part from it. */
export interface ReportVerification {
  /**
   * agrees: no curve differs; differs: by more than chance, within the band of single networks; width-too-small: a mean that differs leaves
   * that band; rate-too-large: curves differ and the rate is above the largest stable one of the networks; diverges
   */
  readonly kind: "agrees" | "differs" | "width-too-small" | "rate-too-large" | "diverges";
  /** the verdict, in one sentence with its numbers */
  readonly sentence: string;
  /** what it rests on, a sentence each: where curves differ, how far the kernel moved, what is luck, what so many networks can tell */
  readonly details: readonly string[];
  readonly networks: number;
  readonly testSamples: number;
  /** the last step that they were trained to, and that of the prediction */
  readonly horizon: number;
  readonly of: number;
  /** largest stable one by theory (infinite width) and of the first network at its start */
  readonly learningRate: { readonly used: number; readonly theory: number; readonly networks: number };
  /** noise s that they were trained with, and why the prediction beside them is without it; null: it is with it. Missing: no noise */
  readonly noise?: { readonly size: number; readonly missing: string | null };
  /** empty when training diverged */
  readonly steps: readonly number[];
  /** null when training diverged */
  readonly quantities: Readonly<Record<VerifiedQuantity, ComparedQuantity>> | null;
  /** null when training diverged, or the kernels do not fit into memory */
  readonly kernel: KernelMovement | null;
  readonly stepsPerSecond: number | null;
  /** what computed, e.g. "float32 by WebAssembly, 2 at a time"; missing or null: not said */
  readonly engine?: string | null;
}
