/**
 * What a report reads: the part of a forecast that people see. Any object of this shape can be reported.
 * Units: losses are 1/(2n) sum over samples and outputs of (f - y)^2; time is learningRate x steps.
 * @module
 */
import type { CurveBand, SpectrumSeries } from "../figures/index.js";
import type { Phase } from "../meanfield/index.js";
import type { ReportVerification } from "./verification-data.js";

/** Spectrum and conditioning of one train kernel. */
export interface ReportSpectrum extends SpectrumSeries {
  readonly lambdaMin: number;
  readonly kappa: number;
  /** eigenvalues above n * eps * lambdaMax */
  readonly effectiveRank: number;
  /** ridge added, absolute */
  readonly ridge: number;
  /** true when float32 could not have carried the small eigenvalues: kappa > 1e6 */
  readonly float64Needed: boolean;
}

/** Accuracy and loss of the mean of infinitely many networks, trained for ever. */
export interface ReportLimit {
  readonly trainAccuracy: number;
  readonly testAccuracy: number;
  readonly testLoss: number;
}

/** What training will come to. */
export type VerdictKind = "trains-and-generalizes" | "memorizes-only" | "will-not-train" | "diverges";

/** What to change, and what that would bring. */
export interface Advice {
  /** one sentence with its numbers */
  readonly text: string;
  /** how strong: `gain` is the predicted change of test accuracy, null when it is not about accuracy */
  readonly gain: number | null;
}

/** A size relative to the infinite-width prediction, root mean square over test outputs, and how well it is known. */
export interface RelativeSize {
  readonly size: number;
  readonly standardError: number;
}

/**
 * What the declared widths change of the infinite-width prediction, on a part of the data: networks with random weights, under
 * gradient flow without ridge, expanded in the Taylor degree of the output.
 */
export interface ReportFiniteWidth {
  /** why nothing was found; null: something was */
  readonly reason: string | null;
  readonly found: {
    readonly networks: number;
    readonly parameters: number;
    readonly train: number;
    readonly test: number;
    /** learning rate times steps, and the share of the train loss that the infinite network has left then */
    readonly times: readonly number[];
    readonly lossShares: readonly number[];
    /** root mean square of the infinite network's mean test outputs: sizes are relative to it */
    readonly scale: readonly number[];
    /** terms beyond the linear model: that of one network, and their mean over networks, at each time */
    readonly orders: readonly {
      readonly order: number;
      readonly single: readonly number[];
      readonly mean: readonly RelativeSize[];
    }[];
    /** mean of the networks' own linear models less the infinite-width mean */
    readonly kernel: readonly RelativeSize[];
    /** mean of the networks to the last order less the infinite-width mean */
    readonly total: readonly RelativeSize[];
    /** from where on the expansion has ended, as part of a sentence; null: it describes the networks at all times */
    readonly caution: string | null;
  } | null;
}

/** What noise s in the updates does: d theta = -grad L dt + s dW, t = learning rate x steps. */
export interface ReportNoise {
  /** s */
  readonly noise: number;
  /** of the outputs of one network over noises, by the linear model at infinite width; the mean does not change there */
  readonly spread: {
    readonly reason: string | null;
    readonly found: {
      /** steps of descent, or time under flow */
      readonly steps: readonly number[];
      readonly testSamples: number;
      /** variance of one output, on average over samples */
      readonly trainVariance: readonly number[];
      readonly testVariance: readonly number[];
      /** of the train outputs after infinite training: s^2 n / 2 under flow where the kernel has full rank */
      readonly floorVariance: number;
    } | null;
  };
  /** of order s^2, of the expected test outputs of one network of the declared widths, by the second order in the weights */
  readonly shift: {
    readonly reason: string | null;
    readonly found: {
      readonly networks: number;
      readonly parameters: number;
      readonly train: number;
      readonly test: number;
      /** learning rate times steps, and the share of the train loss left then at infinite width without noise */
      readonly times: readonly number[];
      readonly lossShares: readonly number[];
      /** root mean square over test outputs and networks, in units of the outputs */
      readonly size: readonly RelativeSize[];
      /** standard deviation over noises of one output of the same networks */
      readonly spread: readonly number[];
      /**
       * added to the expected test loss by the shift, sum over outputs of (f - y) shift: of the order s^2 of half the variance
       * and not 0 on average over networks. Missing in reports written before it was computed
       */
      readonly shiftLoss?: readonly RelativeSize[];
      /**
       * all that noise adds to the expected test loss to the order s^2, half the variance of all outputs and the shift's part, of
       * the same networks. Missing in reports written before it was computed
       */
      readonly addedLoss?: readonly RelativeSize[];
    } | null;
  };
}

/** Test error of a network with one hidden layer against gamma, N^-gamma in front of the sum over its units. */
export interface ReportNormalization {
  /** why gamma is not looked at; null: it is */
  readonly reason: string | null;
  readonly found: {
    /** N */
    readonly units: number;
    /** networks that the spread is taken over, and test samples */
    readonly networks: number;
    readonly test: number;
    /** squared error of the mean of all networks where the curves end, per sample and output: the same for every gamma */
    readonly bias: number;
    readonly gammas: readonly {
      readonly gamma: number;
      /** outputs of the declared network (gamma = 1/2) are multiplied by it, its learning rate divided by its square */
      readonly outputScale: number;
      /** variance over initializations, per sample and output */
      readonly variance: number;
      /** of the median network */
      readonly testAccuracy: number;
      /** deterministic corrections above the spread, which are not in these numbers; null: all of them, the mean-field limit */
      readonly corrections: number | null;
      /** N^(gamma - 1), by which one correction is smaller than the one before */
      readonly correctionSize: number;
    }[];
  } | null;
}

/** Over single networks: the median and what 80 % of them lie between. */
interface SpreadOverSteps {
  readonly median: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** Estimates with their standard errors over test samples. */
interface EstimatesOverSteps {
  readonly value: readonly number[];
  readonly error: readonly number[];
}

/** What trained networks know of the labels, and how much of it the linear model explains, bits: mean and range over networks. */
export interface MeasuredComplexity {
  readonly networks: number;
  readonly steps: readonly number[];
  readonly network: PredictedSpreadWithRange;
  readonly explained: PredictedSpreadWithRange;
}

interface PredictedSpreadWithRange {
  readonly mean: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/**
 * How much of what the predicted network knows of the test labels a linear model on the same samples explains, in bits:
 * I(F_t; Y) and mu_Y(F_t; L) = I(F_t; Y) - I(F_t; Y | L), less their biases.
 */
export interface ReportComplexity {
  /** why it is not measured; null: it is */
  readonly reason: string | null;
  readonly found: {
    readonly sentence: string;
    readonly steps: readonly number[];
    /** the linear model's name and its ridge */
    readonly model: string;
    readonly ridge: number;
    readonly classes: number;
    /** that the mean, and single networks, are looked at on */
    readonly testSamples: number;
    readonly networkSamples: number;
    /** accuracy and I(L; Y) */
    readonly linear: { readonly accuracy: number; readonly information: number; readonly error: number };
    /** of the mean output of many networks */
    readonly mean: { readonly network: EstimatesOverSteps; readonly explained: EstimatesOverSteps };
    readonly single: { readonly network: SpreadOverSteps; readonly explained: SpreadOverSteps };
    /** T0, the first step with 95 % of I(L; Y): of the mean and of the median single network; null: never */
    readonly phaseEnd: { readonly mean: number | null; readonly single: number | null };
    /** of the mean: least mu / I(F_t; Y) up to T0, and least mu / I(L; Y) after it; null: no such steps */
    readonly firstPhaseShare: number | null;
    readonly retention: number | null;
    /** null: no networks were trained */
    readonly measured: MeasuredComplexity | null;
  } | null;
}

/** What a report shows, as plain data. */
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
    /** one line per layer, indented by nesting */
    readonly lines: readonly string[];
    /** number of hidden (nonlinear) layers */
    readonly depth: number;
    /** number of parameters at the declared widths */
    readonly parameters: number;
  };
  readonly data: {
    readonly name: string;
    /** where the bytes came from, for people */
    readonly origin: string;
    readonly train: number;
    readonly test: number;
    readonly inputShape: readonly number[];
    readonly classes: readonly string[];
    /** accuracy of always answering the commonest test label */
    readonly chance: number;
    /** mean correlation of two train inputs */
    readonly meanCorrelation: number;
  };
  /** null when the network is no plain stack of dense and activation layers */
  readonly meanField: {
    /** the hidden layer that the phase is of */
    readonly activation: string;
    readonly weightVariance: number;
    readonly biasVariance: number;
    /** false: hidden layers differ, the phase is of the last of them */
    readonly homogeneous: boolean;
    readonly phase: Phase | null;
    /** null where there is no fixed point */
    readonly qStar: number | null;
    readonly cStar: number | null;
    readonly chi1: number | null;
    readonly chiC: number | null;
    /** depth scales in layers; null: infinite or not defined (`note` says which) */
    readonly xi1: number | null;
    readonly xiC: number | null;
    readonly xiStar: number | null;
    /** sigma_w^2 of the critical line at this bias variance, null where there is none */
    readonly criticalWeightVariance: number | null;
    readonly note: string | null;
  } | null;
  /**
   * the part that the network repeats, whatever its layers are, with its phase and depth scales counted in that part; null for
   * networks without a scalar reading
   */
  readonly unit: {
    /** JSON path of its first layer; null where no part repeats (`note` says why) */
    readonly path: string | null;
    readonly times: number | null;
    /** its layers in words */
    readonly layers: readonly string[];
    /** the phase in words: "ordered", "always critical", "sub-exponentially chaotic", "no fixed point", ... */
    readonly status: string;
    readonly phase: "ordered" | "critical" | "chaotic" | null;
    readonly chi1: number | null;
    readonly qStar: number | null;
    readonly cStar: number | null;
    /** in repetitions of the part; null: infinite or not defined */
    readonly xi1: number | null;
    readonly xiC: number | null;
    readonly xiStar: number | null;
    /** how the variance grows where it has no fixed point: by `rate` per repetition (linear), or by that factor (exponential) */
    readonly growth: { readonly law: string; readonly rate: number | null } | null;
    readonly critical: {
      readonly status: "found" | "critical" | "always" | "none";
      /** sigma_w^2 of the part; null where its layers differ, or there is none */
      readonly weightVariance: number | null;
      /** by which its weight variances are to be multiplied */
      readonly factor: number | null;
      readonly note: string | null;
    };
    readonly note: string | null;
  } | null;
  /** mean squared pre-activations of the hidden layers at their declared widths; null when the network is no plain stack */
  readonly lengths: {
    readonly width: readonly number[];
    /** limit of infinite width */
    readonly q: readonly number[];
    /** over initializations, to leading order in 1 / width */
    readonly standardDeviation: readonly number[];
  } | null;
  /** chi_1 over the plane, with the critical line; null where the activation has no phase diagram (homogeneous ones have a line only) */
  readonly phaseDiagram: {
    readonly weightVariance: readonly number[];
    readonly biasVariance: readonly number[];
    /** [biasVariance][weightVariance], null where there is no fixed point */
    readonly chi1: readonly (readonly (number | null)[])[];
    readonly criticalLine: readonly { readonly weightVariance: number; readonly biasVariance: number }[];
  } | null;
  /** pre-activations 1, 2, ..., from the data's own q and correlations; null when the network has no scalar reading */
  readonly signal: {
    readonly layer: readonly number[];
    /** pre-activation variance of a typical (median-norm) train input */
    readonly q: readonly number[];
    /** correlation of a typical, a close (90 % quantile) and a far (10 % quantile) pair of train inputs */
    readonly correlation: {
      readonly near: readonly number[];
      readonly typical: readonly number[];
      readonly far: readonly number[];
    };
    /** slope of the correlation map at c = 1 at each layer */
    readonly chi: readonly number[];
  } | null;
  readonly spectrum: { readonly ntk: ReportSpectrum; readonly nngp: ReportSpectrum };
  readonly learningRate: {
    /** 2 n / lambdaMax: full-batch gradient descent diverges above it */
    readonly limit: number;
    readonly used: number;
    readonly stable: boolean;
  };
  readonly curves: {
    readonly steps: readonly number[];
    readonly train: { readonly loss: CurveBand; readonly accuracy: CurveBand };
    readonly test: { readonly loss: CurveBand; readonly accuracy: CurveBand };
    /** test samples used for the band of single networks */
    readonly bandSamples: number;
    /** steps until 90 % of train labels are right (to about 2 %) and until the train loss is a tenth / a hundredth of that at step 0; null: not within the horizon */
    readonly stepsTo: {
      readonly accuracy90: number | null;
      readonly loss10: number | null;
      readonly loss1: number | null;
    };
  };
  /** predictions without a clock */
  readonly limits: {
    /**
     * Infinitely trained ensemble mean of all layers (NTK). null: the kernel is singular without contradictory samples, and
     * infinite training has no limit that float64 could tell.
     */
    readonly ntk: ReportLimit | null;
    /** Bayesian posterior (NNGP): only the last layer trained */
    readonly nngp: ReportLimit | null;
    /** norm of P(Theta) Y over the norm of the test targets, centred labels: -> 0 means that nothing generalizes */
    readonly meanPredictorNorm: number | null;
  };
  /** the same hidden layer repeated to other depths, on a subset; null when the hidden layers differ */
  readonly depthSweep: {
    readonly samples: number;
    readonly testSamples: number;
    /** fewer samples or depths than usual, so that the sweep costs no more than the kernels of the data; missing: no */
    readonly reduced?: boolean;
    readonly depth: readonly number[];
    /** kappa of the NTK; null where float64 holds no digit of lambdaMin */
    readonly kappa: readonly (number | null)[];
    /** null where float64 holds nothing of the differences between samples */
    readonly meanPredictorNorm: readonly (number | null)[];
    readonly testAccuracy: readonly (number | null)[];
    /** asymptotic prediction of kappa (paper B, NTK table), null where there is none or the network is too shallow for it */
    readonly kappaTheory: readonly (number | null)[];
  } | null;
  readonly finiteWidth: ReportFiniteWidth;
  readonly normalization: ReportNormalization;
  /** missing: not looked at */
  readonly complexity?: ReportComplexity;
  /** null or missing: no noise asked for */
  readonly noise?: ReportNoise | null;
  /** null or missing: not asked for */
  readonly verification?: ReportVerification | null;
  readonly verdict: {
    readonly kind: VerdictKind;
    readonly sentence: string;
    readonly because: readonly string[];
  };
  readonly advice: readonly Advice[];
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
