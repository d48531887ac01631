/**
 * The result of the main job as plain JSON data: everything that the report, the CLI and other programs read.
 * Units: losses are 1/(2n) sum over samples and outputs of (f - y)^2; time is learningRate x steps.
 * @module
 */
import type { Network } from "../network/spec.js";
import type { ReportData } from "../report/index.js";

/** The recipe of one forecast, all defaults resolved. */
export interface ForecastSpec {
  readonly foretrain: 1;
  readonly title: string;
  readonly network: Network;
  readonly data: {
    readonly source: string;
    readonly train: number;
    readonly test: number;
    readonly seed: number;
    /** labels kept, in order; null: all */
    readonly classes: readonly number[] | null;
    readonly normalization: "unit" | "standardize" | "none";
  };
  readonly training: {
    readonly optimizer: "gd" | "flow";
    /** eta; null: half of the largest stable one */
    readonly learningRate: number | null;
    /** number of full-batch steps; null: until the slowest useful mode has converged, at most 10^6 */
    readonly steps: number | null;
    /** ridge added to the diagonal of the train kernel, relative to its mean diagonal */
    readonly diagReg: number;
    /** number of networks drawn for the band over initializations */
    readonly ensemble: number;
    /**
     * seconds of work for what the declared widths change, and as many for the shift by noise, at nominal rates; 0: none.
     * null: 2 s, and 10 s where there is noise
     */
    readonly corrections: number | null;
    /** s of noise s dW in the weights, t = learningRate x steps; a step of descent adds variance s^2 eta; 0: none */
    readonly noise: number;
  };
  readonly seed: number;
}

/** What a report shows of it, with the whole recipe. */
export interface Forecast extends Omit<ReportData, "seconds"> {
  readonly foretrain: 1;
  readonly kind: "forecast";
  readonly spec: ForecastSpec;
}
