/**
 * One run of each kind that other code made of the same problem, number by number.
 * @module
 */
import { absolute, type Check } from "../checks.js";
import type { FirstPhaseParameters } from "./first-phase.js";
import type { PhaseSummary, SideSummary } from "./phase-summary.js";

/** Epoch, test accuracy, I(F; Y), mu. */
type Row = readonly [epoch: number, accuracy: number, network: number, explained: number];

const CLEAN: readonly Row[] = [
  [0.1, 0.7645, 0.2143, 0.1904],
  [0.5, 0.8053, 0.289, 0.2726],
  [1, 0.8054, 0.2893, 0.2753],
  [5, 0.8466, 0.3819, 0.289],
  [12, 0.9523, 0.7277, 0.2851],
  [40, 0.951, 0.7282, 0.2793],
];
const NOISY: readonly Row[] = [
  [0.1, 0.7485, 0.1864, 0.1646],
  [0.5, 0.8007, 0.2801, 0.2615],
  [3, 0.808, 0.2944, 0.2721],
  [8, 0.8681, 0.4383, 0.2803],
  [20, 0.9247, 0.6205, 0.2664],
  [60, 0.8644, 0.4323, 0.2101],
];
const SIMPLE = { accuracy: 0.8055, information: 0.2892 };

/** What the runs above were made of. */
const PROBLEM = {
  dimensions: 20,
  frequency: 2,
  train: 10_000,
  test: 20_000,
  units: 256,
  learningRate: 0.05,
  batch: 32,
  noise: 0.1,
} as const satisfies Partial<FirstPhaseParameters>;

/** Of a single number, by the test samples alone: sqrt(p (1 - p) / n), and of bits near 0.3 by the delta method. */
const SAMPLING = { accuracy: Math.sqrt((0.8 * 0.2) / PROBLEM.test), information: 0.0057 };

/**
 * Means of the networks beside those numbers. A single run lies around the mean with the standard deviation over networks, or by
 * its test samples where few networks show less; the mean has its part of that.
 */
export function knownRunChecks(
  clean: PhaseSummary,
  noisy: PhaseSummary,
  parameters: FirstPhaseParameters,
): Check[] {
  const same = Object.entries(PROBLEM).every(
    ([name, value]) => parameters[name as keyof typeof PROBLEM] === value,
  );
  const { runs } = parameters;
  if (!same || runs < 2) return [];
  const row = (
    id: string,
    quantity: string,
    { value, error }: { readonly value: number; readonly error: number },
    expected: number,
    sampling: number,
  ) => {
    const single = Math.max(error * Math.sqrt(runs), sampling);
    return absolute(
      { id, quantity, source: "the same problem in other code, one run; 4 standard errors of both" },
      value,
      expected,
      4 * single * Math.sqrt(1 + 1 / runs),
    );
  };
  const rowsOf = (name: string, { epochs, test }: PhaseSummary, table: readonly Row[]) =>
    table.flatMap(([epoch, accuracy, network, explained]) => {
      const t = epochs.indexOf(epoch);
      if (t < 0) return [];
      const at = (of: keyof Pick<SideSummary, "accuracy" | "network" | "explained">) => test[of][t]!;
      const quantity = (what: string) => `${name} labels, epoch ${epoch}: ${what}, mean of ${runs} networks`;
      return [
        row(`${name}.${epoch}`, quantity("test accuracy"), at("accuracy"), accuracy, SAMPLING.accuracy),
        row(`${name}.${epoch}`, quantity("I(F; Y)"), at("network"), network, SAMPLING.information),
        row(`${name}.${epoch}`, quantity("mu(F; L)"), at("explained"), explained, SAMPLING.information),
      ];
    });
  return [
    row(
      "L",
      `accuracy of L, mean of ${runs} data sets`,
      clean.test.simpleAccuracy,
      SIMPLE.accuracy,
      SAMPLING.accuracy,
    ),
    row(
      "L",
      `I(L; Y), mean of ${runs} data sets`,
      clean.test.simple,
      SIMPLE.information,
      SAMPLING.information,
    ),
    ...rowsOf("true", clean, CLEAN),
    ...rowsOf("noisy", noisy, NOISY),
  ];
}
