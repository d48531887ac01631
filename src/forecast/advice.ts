/**
 * Advice that is itself computed: neighbouring networks are forecast on a smaller subset, and what changes is said
 * with its sampling error.
 * @module
 */
import { argmax } from "../dynamics/index.js";
import { numberText } from "../figures/index.js";
import { type Network, withHiddenVariances } from "../network/index.js";
import { breathe } from "../progress.js";
import type { Advice } from "../report/index.js";
import { meanPredictor } from "../trainability/index.js";
import { countOf, trainingAmount } from "./amounts.js";
import { criticalText, criticalVariant } from "./architecture.js";
import { depthAdvice, TRAINABLE_SCALES } from "./depth-advice.js";
import { unlessBeyondFloat64 } from "./depth-sweep.js";
import type { Forecast } from "./forecast.js";
import type { ForecastStack } from "./hidden-stack.js";
import { type ForecastInputs, smallerInputs } from "./inputs.js";
import { type ForecastKernels, firstKernels, forecastKernels, type KernelWork } from "./kernels.js";

/** A variant costs a tenth of the main kernel at the default sizes; accuracies are good to about 1.5 %. */
export const ADVICE_SAMPLES = { train: 400, test: 1000 };
/** Closer to the critical line than this there is nothing to gain that could be measured. */
const NEAR_CRITICAL = 0.02;
const RIDGES = [1e-4, 1e-3, 1e-2, 1e-1];
/** From here on the smallest modes are learned from the last digits of float64. */
const ILL_CONDITIONED = 1e10;

/** Which test samples an infinitely trained ensemble gets right; null when its kernel is singular. */
interface Answers {
  readonly right: Uint8Array;
  readonly accuracy: number;
}

export interface AdviceInput {
  readonly network: Network;
  readonly stack: ForecastStack | null;
  readonly inputs: ForecastInputs;
  readonly kernels: ForecastKernels;
  readonly meanField: Forecast["meanField"];
  readonly unit: Forecast["unit"];
  readonly spectrum: Forecast["spectrum"];
  readonly depthSweep: Forecast["depthSweep"];
  readonly depth: number;
  readonly curves: Forecast["curves"];
  readonly learningRate: Forecast["learningRate"];
  readonly optimizer: "gd" | "flow";
  readonly diagReg: number;
  /** advice that other parts have computed */
  readonly measured: readonly Advice[];
}

/** Of another network than that of the forecast. */
async function variantAnswers(
  network: Network,
  inputs: ForecastInputs,
  diagReg: number,
  work: KernelWork,
): Promise<Answers | null> {
  const kernels = await unlessBeyondFloat64(() =>
    forecastKernels(network, inputs, { ...work, onProgress: undefined }),
  );
  return kernels === null ? null : (await answersOf(kernels, inputs, [diagReg]))[0]!;
}

async function answersOf(
  kernels: ForecastKernels,
  inputs: ForecastInputs,
  ridges: readonly number[],
): Promise<(Answers | null)[]> {
  const { labels } = inputs.test;
  const k = inputs.classNames.length;
  const { train, testTrain } = kernels;
  const answer = async (diagReg: number): Promise<Answers> => {
    const { mean } = meanPredictor(testTrain.ntk, train.ntk, inputs.train.targets, { diagReg });
    const right = Uint8Array.from(labels, (label, i) => (argmax(mean.data, i * k, k) === label ? 1 : 0));
    return { right, accuracy: right.reduce((sum, x) => sum + x, 0) / labels.length };
  };
  return Promise.all(ridges.map((diagReg) => unlessBeyondFloat64(() => answer(diagReg))));
}

/** Standard error of the difference of two accuracies on the same samples: only samples that change count. */
function standardError(a: Answers, b: Answers): number {
  const changed = a.right.reduce((sum, x, i) => sum + (x === b.right[i] ? 0 : 1), 0);
  return Math.sqrt(changed) / a.right.length;
}

/** "raises predicted test accuracy from 0.71 to 0.89 (+- 0.01)", or that nothing measurable changes. */
function comparison(before: Answers, after: Answers): string {
  const gain = after.accuracy - before.accuracy;
  const error = standardError(before, after);
  const from = before.accuracy.toFixed(3);
  const to = after.accuracy.toFixed(3);
  if (Math.abs(gain) <= 2 * error || gain === 0) {
    return `makes no measurable difference to predicted test accuracy, ${to} against ${from} (+- ${error.toFixed(3)})`;
  }
  return `${gain > 0 ? "raises" : "lowers"} predicted test accuracy from ${from} to ${to} (+- ${error.toFixed(3)})`;
}

function trainingTime({ curves, learningRate, optimizer }: AdviceInput): Advice {
  const { accuracy90, loss10 } = curves.stepsTo;
  const reach = (value: number | null, what: string) =>
    value === null
      ? `${what} is not reached within ${trainingAmount(curves.steps.at(-1)!, optimizer)}`
      : `${what} takes ${trainingAmount(value, optimizer)}`;
  const limit = `Full-batch learning rates below ${numberText(learningRate.limit)} are stable (loss 1/(2n) sum of squares)`;
  if (!learningRate.stable) return { text: `${limit}; ${numberText(learningRate.used)} is not.`, gain: null };
  const rate =
    optimizer === "gd" ? `${limit}; at ${numberText(learningRate.used)}, ` : "Under gradient flow, ";
  return {
    text: `${rate}${reach(accuracy90, "90 % train accuracy")}, and ${reach(loss10, "a tenth of the initial train loss")}.`,
    gain: null,
  };
}

function depthScales({ meanField, depth }: AdviceInput): Advice[] {
  const text = meanField === null ? null : depthAdvice(meanField, depth);
  return text === null ? [] : [{ text, gain: null }];
}

/** Phase and depth scales of a part that repeats and is more than one hidden layer. */
function unitScales({ unit, meanField }: AdviceInput): Advice[] {
  if (unit === null || meanField !== null || unit.times === null) return [];
  const { phase, xi1, xiStar, times, status, critical } = unit;
  const has = `this network has it ${countOf(times, "time")}`;
  const units = (scale: number) => countOf(Math.max(1, Math.floor(TRAINABLE_SCALES * scale)), "repetition");
  if (phase === "ordered" && xi1 !== null) {
    return [
      {
        text: `Ordered (${status}): inputs become alike within xi_1 = ${numberText(xi1)} repetitions of the part that repeats. It trains to about ${TRAINABLE_SCALES} xi_1 = ${units(xi1)}; ${has}.`,
        gain: null,
      },
    ];
  }
  if (phase === "chaotic" && xiStar !== null) {
    return [
      {
        text: `Chaotic (${status}): what generalizes fades with xi_* = ${numberText(xiStar)} repetitions of the part that repeats. Test accuracy is predicted to reach chance beyond about ${TRAINABLE_SCALES} xi_* = ${units(xiStar)}; ${has}.`,
        gain: null,
      },
    ];
  }
  if (critical.status === "always") {
    return [
      {
        text: `Always critical: no weight variance of the part that repeats makes inputs alike or drives them apart exponentially with depth; ${has}.`,
        gain: null,
      },
    ];
  }
  if (status.includes("sub-exponential")) {
    return [
      {
        text: `${status.charAt(0).toUpperCase()}${status.slice(1)}: inputs are driven apart, but more slowly than by a factor per repetition, so that no depth scale ends it; ${has}.`,
        gain: null,
      },
    ];
  }
  return [];
}

function bestDepth({ depthSweep, depth }: AdviceInput): Advice[] {
  if (depthSweep === null) return [];
  const own = depthSweep.testAccuracy[depthSweep.depth.indexOf(depth)];
  if (own === null || own === undefined) return [];
  let best = depthSweep.depth.indexOf(depth);
  depthSweep.testAccuracy.forEach((value, i) => {
    if (value !== null && value > depthSweep.testAccuracy[best]!) best = i;
  });
  const at = depthSweep.depth[best]!;
  const gain = depthSweep.testAccuracy[best]! - own;
  const error = Math.sqrt((2 * own * (1 - own)) / depthSweep.testSamples);
  if (at === depth || gain <= 2 * error) {
    return [
      {
        text: `No other depth up to ${depthSweep.depth.at(-1)} is predicted to do measurably better than ${countOf(depth, "hidden layer")}.`,
        gain: 0,
      },
    ];
  }
  return [
    {
      text: `${countOf(at, "hidden layer")} instead of ${depth} raise predicted test accuracy (mean of many networks) from ${own.toFixed(3)} to ${depthSweep.testAccuracy[best]!.toFixed(3)} (${depthSweep.samples} train samples, +- ${error.toFixed(3)}).`,
      gain,
    },
  ];
}

/** Everything worth changing, the largest predicted gain first. */
export async function forecastAdvice(input: AdviceInput, work: KernelWork): Promise<Advice[]> {
  const { signal, onProgress } = work;
  const { network, stack, meanField, spectrum } = input;
  const advice: Advice[] = [...input.measured];
  const inputs = smallerInputs(input.inputs, ADVICE_SAMPLES.train, ADVICE_SAMPLES.test);
  const on = `${countOf(inputs.train.labels.length, "train sample")} (mean of many networks)`;
  const critical = meanField?.criticalWeightVariance ?? null;
  const report = (done: number) => onProgress?.({ label: "advice", done, total: 2, unit: "variants" });
  report(0);
  await breathe(signal);
  const part = firstKernels(input.kernels, inputs.train.labels.length, inputs.test.labels.length);
  const [own, ...regularized] = await answersOf(part, inputs, [input.diagReg, ...RIDGES]);
  report(1);

  if (stack?.homogeneous && critical !== null) {
    const { weightVariance, biasVariance } = stack.repeated;
    if (Math.abs(critical / weightVariance - 1) <= NEAR_CRITICAL) {
      advice.push({
        text: `sigma_w^2 = ${numberText(weightVariance)} is within ${100 * NEAR_CRITICAL} % of the critical ${numberText(critical, 4)}: signals and gradients survive the depth.`,
        gain: 0,
      });
    } else {
      const variant = withHiddenVariances(network, { weightVariance: critical, biasVariance });
      const there = await variantAnswers(variant, inputs, input.diagReg, work);
      if (own && there) {
        advice.push({
          text: `The critical sigma_w^2 = ${numberText(critical, 4)} instead of ${numberText(weightVariance)} ${comparison(own, there)}, with ${on}.`,
          gain: there.accuracy - own.accuracy,
        });
      }
    }
  }
  const variant = stack === null ? criticalVariant(network, input.unit, inputs.statistics.meanSquare) : null;
  if (variant !== null) {
    const there = await variantAnswers(variant, inputs, input.diagReg, work);
    if (own && there) {
      advice.push({
        text: `The critical point (${criticalText(input.unit!)}) ${comparison(own, there)}, with ${on}.`,
        gain: there.accuracy - own.accuracy,
      });
    }
  }
  report(2);

  let best = -1;
  regularized.forEach((answers, i) => {
    if (answers && answers.accuracy > (best < 0 ? -1 : regularized[best]!.accuracy)) best = i;
  });
  const ridged = best < 0 ? null : regularized[best]!;
  if (own && ridged && ridged.accuracy - own.accuracy > 2 * standardError(own, ridged)) {
    advice.push({
      text: `A ridge of ${RIDGES[best]} (relative to the mean diagonal; weight decay or early stopping act alike) ${comparison(own, ridged)}, with ${on}.`,
      gain: ridged.accuracy - own.accuracy,
    });
  } else if (spectrum.ntk.kappa > ILL_CONDITIONED && ridged) {
    advice.push({
      text: `The kernel is ill-conditioned (kappa ${numberText(spectrum.ntk.kappa)}): a ridge of ${RIDGES[best]} makes predictions robust at a predicted test accuracy of ${ridged.accuracy.toFixed(3)}, with ${on}.`,
      gain: own ? ridged.accuracy - own.accuracy : null,
    });
  }
  advice.push(...bestDepth(input));
  advice.sort((a, b) => (b.gain ?? 0) - (a.gain ?? 0));
  return [...advice, ...depthScales(input), ...unitScales(input), trainingTime(input)];
}
