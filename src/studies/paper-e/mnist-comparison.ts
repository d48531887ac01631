/**
 * How classifiers of different gamma compare: accuracy and spread, with standard errors, and the checks of both.
 * @module
 */
import { type Estimate, meanOf } from "../../numeric/statistics/index.js";
import { atLeast, atMost, type Check } from "../checks.js";
import { finalAccuracy, type RunsByGamma } from "./accuracy-runs.js";
import type { DigitsRun } from "./mnist-networks.js";

/** One loss at one N; alpha = 1 is the paper's learning rate. A type, not an interface: plain JSON for parameters. */
export type DigitsCase = {
  readonly units: number;
  readonly loss: string;
  readonly epochs: number;
  readonly alpha: number;
};

export interface CaseResult extends DigitsCase {
  /** [gamma][run]; runs of one position began from the same seed */
  readonly runs: RunsByGamma<DigitsRun>;
}

/** A difference from a gamma to the next, with its standard error. */
type Step = Estimate;

const LOSS_NAMES: Readonly<Record<string, string>> = {
  crossEntropy: "cross entropy",
  squared: "squared loss",
};

export const nameOf = ({ units, loss }: DigitsCase) => `${LOSS_NAMES[loss] ?? loss}, N = ${units}`;

/** Root mean square over samples and classes of the standard deviation over runs. */
export function spreadOf(runs: readonly DigitsRun[]): number {
  const size = runs[0]!.outputs.length;
  let sum = 0;
  for (let i = 0; i < size; i++) {
    const mean = runs.reduce((total, { outputs }) => total + outputs[i]! / runs.length, 0);
    sum += runs.reduce((total, { outputs }) => total + (outputs[i]! - mean) ** 2, 0) / (runs.length - 1);
  }
  return Math.sqrt(sum / size);
}

/** sqrt(mean of squares) */
const rms = (values: readonly number[]) =>
  Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);

/** Share of the runs that classify each sample rightly, [samples]. */
function hitsOf(runs: readonly DigitsRun[], labels: ArrayLike<number>): number[] {
  const classes = runs[0]!.outputs.length / labels.length;
  return Array.from(labels, (label, i) => {
    const right = runs.filter(({ outputs }) => {
      let best = 0;
      for (let c = 1; c < classes; c++) {
        if (outputs[i * classes + c]! > outputs[i * classes + best]!) best = c;
      }
      return best === label;
    });
    return right.length / runs.length;
  });
}

/**
 * Final test accuracy at a gamma minus that at another. Two things are drawn by chance: the networks, whose standard error is pooled over
 * all gammas of the case (three runs each are too few for errors of their own), and the test images, on which both gammas are compared.
 */
export function accuracyStep(
  { runs }: CaseResult,
  labels: ArrayLike<number>,
  from: number,
  to: number,
): Step {
  const [before, after] = [hitsOf(runs[from]!, labels), hitsOf(runs[to]!, labels)];
  const images = meanOf(after.map((hit, i) => hit - before[i]!));
  const networks = rms(runs.map((list) => finalAccuracy(list, "test").error));
  return { value: images.value, error: Math.hypot(Math.SQRT2 * networks, images.error) };
}

/**
 * Logarithms of the ratios of {@link spreadOf} from each gamma to the next. Errors are by the jackknife over runs, the same run left out on
 * both sides, pooled over the steps; with fewer than three runs there are none.
 */
export function spreadSteps({ runs }: CaseResult): Step[] {
  const logs = (skipped: number | null) =>
    runs.map((list) => Math.log(spreadOf(list.filter((_, run) => run !== skipped))));
  const differences = (values: readonly number[]) => values.slice(1).map((next, g) => next - values[g]!);
  const count = runs[0]!.length;
  const values = differences(logs(null));
  if (count < 3) return values.map((value) => ({ value, error: Number.NaN }));
  const without = Array.from({ length: count }, (_, run) => differences(logs(run)));
  const errors = values.map((_, g) => {
    const each = without.map((row) => row[g]!);
    const mean = each.reduce((sum, value) => sum + value / count, 0);
    return Math.sqrt(((count - 1) / count) * each.reduce((sum, value) => sum + (value - mean) ** 2, 0));
  });
  return values.map((value) => ({ value, error: rms(errors) }));
}

/**
 * Monotone within errors, and a difference between the ends that errors do not explain. Some twenty steps are compared in all: 3 standard
 * errors keep a chance of 3 % that one of them disagrees though nothing is wrong.
 */
export function digitsChecks(
  result: CaseResult,
  gammas: readonly number[],
  labels: ArrayLike<number>,
): Check[] {
  const { units, loss, epochs, runs } = result;
  const id = `${loss === "squared" ? "mse" : "ce"}-${units}`;
  const name = nameOf(result);
  const source = "paper E, figures 1, 2 and 4: accuracy increases with gamma";
  const law = "paper E: Var ~ N^(1 - 2 gamma) Var K";
  const last = gammas.length - 1;
  if (last === 0) return [];
  const inErrors = ({ value, error }: Step) => value / error;
  const steps = gammas.slice(1).map((_, g) => inErrors(accuracyStep(result, labels, g, g + 1)));
  const spreads = spreadSteps(result);
  return [
    atLeast(
      {
        id: `${id}.monotone`,
        quantity: `${name}: smallest change of the final test accuracy from a gamma to the next, in standard errors (${epochs} epochs)`,
        source,
      },
      Math.min(...steps),
      -3,
    ),
    atLeast(
      {
        id: `${id}.ends`,
        quantity: `${name}: test accuracy at gamma = ${gammas[last]} minus that at gamma = ${gammas[0]}, in standard errors`,
        source,
      },
      inErrors(accuracyStep(result, labels, 0, last)),
      4,
    ),
    ...(runs[0]!.length < 3
      ? []
      : [
          atMost(
            {
              id: `${id}.spread`,
              quantity: `${name}: largest change of the logarithm of the spread of test outputs over runs from a gamma to the next, in standard errors`,
              source: law,
            },
            Math.max(...spreads.map(inErrors)),
            3,
          ),
        ]),
    atMost(
      {
        id: `${id}.spread-ends`,
        quantity: `${name}: spread of test outputs at gamma = ${gammas[last]} over that at gamma = ${gammas[0]}`,
        source: law,
      },
      spreadOf(runs[last]!) / spreadOf(runs[0]!),
      1,
    ),
  ];
}
