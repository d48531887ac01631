/**
 * What a report reads: the part of a forecast that people see. Any object of this shape can be reported; numbers have
 * the meaning and units that the fields of the forecast have.
 * @module
 */
import type { CurveBand, SpectrumSeries } from "../figures/index.js";

/** Spectrum and conditioning of one train kernel. */
export interface ReportSpectrum extends SpectrumSeries {
  readonly lambdaMin: number;
  readonly kappa: number;
  readonly effectiveRank: number;
  readonly ridge: number;
  readonly float64Needed: boolean;
}

/** Predictions of one kernel without a clock. */
export interface ReportLimit {
  readonly trainAccuracy: number;
  readonly testAccuracy: number;
  readonly testLoss: number;
}

export interface ReportData {
  readonly version: string;
  /** how long the forecast took; missing: not said */
  readonly seconds?: number;
  readonly spec: {
    readonly title: string;
    readonly data: { readonly seed: number; readonly normalization: string };
    readonly training: {
      readonly optimizer: "gd" | "flow";
      readonly diagReg: number;
      readonly ensemble: number;
    };
  };
  readonly network: {
    readonly lines: readonly string[];
    readonly depth: number;
    readonly parameters: number;
  };
  readonly data: {
    readonly name: string;
    readonly origin: string;
    readonly train: number;
    readonly test: number;
    readonly inputShape: readonly number[];
    readonly classes: readonly string[];
    readonly chance: number;
    readonly meanCorrelation: number;
  };
  /** null when there is no one hidden layer to speak of */
  readonly meanField: {
    readonly activation: string;
    readonly weightVariance: number;
    readonly biasVariance: number;
    readonly homogeneous: boolean;
    readonly phase: "ordered" | "critical" | "chaotic" | null;
    readonly qStar: number | null;
    readonly cStar: number | null;
    readonly chi1: number | null;
    readonly chiC: number | null;
    readonly xi1: number | null;
    readonly xiC: number | null;
    readonly xiStar: number | null;
    readonly criticalWeightVariance: number | null;
    readonly note: string | null;
  } | null;
  readonly phaseDiagram: {
    readonly weightVariance: readonly number[];
    readonly biasVariance: readonly number[];
    readonly chi1: readonly (readonly (number | null)[])[];
    readonly criticalLine: readonly { readonly weightVariance: number; readonly biasVariance: number }[];
  } | null;
  /** null when the network is no plain stack */
  readonly signal: {
    readonly layer: readonly number[];
    readonly q: readonly number[];
    readonly correlation: {
      readonly near: readonly number[];
      readonly typical: readonly number[];
      readonly far: readonly number[];
    };
    readonly chi: readonly number[];
  } | null;
  readonly spectrum: { readonly ntk: ReportSpectrum; readonly nngp: ReportSpectrum };
  readonly learningRate: { readonly limit: number; readonly used: number; readonly stable: boolean };
  readonly curves: {
    readonly steps: readonly number[];
    readonly train: { readonly loss: CurveBand; readonly accuracy: CurveBand };
    readonly test: { readonly loss: CurveBand; readonly accuracy: CurveBand };
    readonly bandSamples: number;
    readonly stepsTo: {
      readonly accuracy90: number | null;
      readonly loss10: number | null;
      readonly loss1: number | null;
    };
  };
  readonly limits: {
    /** null: no limit that float64 could tell */
    readonly ntk: ReportLimit | null;
    readonly nngp: ReportLimit | null;
    readonly meanPredictorNorm: number | null;
  };
  readonly depthSweep: {
    readonly samples: number;
    readonly testSamples: number;
    readonly depth: readonly number[];
    readonly kappa: readonly (number | null)[];
    readonly meanPredictorNorm: readonly (number | null)[];
    readonly testAccuracy: readonly (number | null)[];
    readonly kappaTheory: readonly (number | null)[];
  } | null;
  readonly verdict: {
    readonly kind: "trains-and-generalizes" | "memorizes-only" | "will-not-train" | "diverges";
    readonly sentence: string;
    readonly because: readonly string[];
  };
  readonly advice: readonly { readonly text: string; readonly gain: number | null }[];
  readonly warnings: readonly string[];
  /** keys of `references`, or paper letters */
  readonly references: readonly string[];
  readonly reproduce: {
    readonly command: string;
    readonly node: string;
    readonly version: string;
    readonly seed: number;
  };
}
