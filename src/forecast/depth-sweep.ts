/**
 * The same hidden layer repeated to other depths: condition number, mean predictor and predicted accuracy.
 * @module
 */
import { accuracy } from "../dynamics/index.js";
import { isForetrainError } from "../errors.js";
import { hiddenDepth, type Network, withDepth } from "../network/index.js";
import { breathe, type LongWork } from "../progress.js";
import { kernelSpectrum, meanPredictor, ntkAsymptotics } from "../trainability/index.js";
import type { Forecast } from "./forecast.js";
import type { ForecastStack } from "./hidden-stack.js";
import { type ForecastInputs, smallerInputs } from "./inputs.js";
import { forecastKernels } from "./kernels.js";
import { centredTargets, predictorNorm } from "./limits.js";

/** Small enough that a dozen depths cost less than the main kernel, large enough for accuracies to about 2 %. */
const TRAIN_SAMPLES = 128;
const TEST_SAMPLES = 512;
const DEPTHS = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64];

/** Predicted kappa at a depth, where the table of paper B has a number for it. */
function kappaTheory(
  meanField: NonNullable<Forecast["meanField"]>,
  samples: number,
  depth: number,
  kinked: boolean,
): number | null {
  const { phase, qStar, chi1, cStar, chiC } = meanField;
  if (phase === null || qStar === null || chi1 === null || cStar === null || chiC === null) return null;
  if (!(qStar > 0)) return null;
  return ntkAsymptotics({
    samples,
    depth,
    phase,
    qStar,
    chi1,
    cStar,
    chiC,
    activation: kinked ? "kinked" : "smooth",
  }).kappa;
}

/** null for networks whose hidden layers differ. */
export async function forecastDepthSweep(
  network: Network,
  stack: ForecastStack,
  meanField: NonNullable<Forecast["meanField"]>,
  allInputs: ForecastInputs,
  { signal, onProgress }: LongWork,
): Promise<Forecast["depthSweep"]> {
  if (!stack.homogeneous) return null;
  const inputs = smallerInputs(allInputs, TRAIN_SAMPLES, TEST_SAMPLES);
  const k = inputs.classNames.length;
  const n = inputs.train.labels.length;
  const centred = centredTargets(inputs);
  const depths = [...new Set([...DEPTHS, hiddenDepth(network)])].sort((a, b) => a - b);
  const kinked = stack.repeated.activation.breakPoints.some(({ order }) => order < 2);
  const kappa: (number | null)[] = [];
  const theory: (number | null)[] = [];
  const norms: (number | null)[] = [];
  const accuracies: (number | null)[] = [];
  for (const [i, depth] of depths.entries()) {
    onProgress?.({ label: "depths", done: i, total: depths.length, unit: "depths" });
    await breathe(signal);
    const kernels = await forecastKernels(withDepth(network, depth), inputs, { signal });
    const spectrum = await kernelSpectrum(kernels.train.ntk, { signal });
    kappa.push(spectrum.effectiveRank === n ? spectrum.kappa : null);
    theory.push(kappaTheory(meanField, n, depth, kinked));
    try {
      const { mean } = meanPredictor(kernels.testTrain.ntk, kernels.train.ntk, centred.train);
      norms.push(predictorNorm(mean, centred.test));
      accuracies.push(accuracy(mean, inputs.test.labels, k)[0]!);
    } catch (error) {
      // deep in the ordered phase float64 holds nothing of the differences between samples: no number is better than noise
      if (!isForetrainError(error, "ERR_SINGULAR")) throw error;
      norms.push(null);
      accuracies.push(null);
    }
  }
  onProgress?.({ label: "depths", done: depths.length, total: depths.length, unit: "depths" });
  return {
    samples: n,
    testSamples: inputs.test.labels.length,
    depth: depths,
    kappa,
    meanPredictorNorm: norms,
    testAccuracy: accuracies,
    kappaTheory: theory,
  };
}
