/**
 * The theorem and the planes of the sinusoid: rows C4, C5.
 * @module
 */
import { overfittingAccuracy } from "../../complexity/index.js";
import { sinusoidDataset } from "../../data/index.js";
import type { CheckWork } from "../check-work.js";
import { absolute, type Check, same } from "../checks.js";
import { bestPlane, planeAccuracy } from "../paper-c/sinusoid-planes.js";
import { simulate } from "../paper-c/theorem.js";

const FLIP = 0.1;
const RUNS = 12;
/** Of numbers with four decimals. */
const DIGITS = 5e-5;

export async function theoremChecks({ seed, signal }: CheckWork): Promise<Check[]> {
  const rows: Check[] = [];
  const source = "paper C, theorem";
  for (const [samples, dimensions, start, leading, error] of [
    [100, 10_000, 0, 0.5255, 0.0018],
    [50, 2500, 0, 0.536, null],
    [100, 1000, 0, 0.5799, null],
    [100, 1000, 0.5, 0.895, null],
    [100, 10_000, 1, 0.9, 0],
    [50, 2500, 1, 0.9, 0],
  ] as const) {
    const problem = { samples, dimensions, flip: FLIP, start };
    const name = `n = ${samples}, d = ${dimensions}, p = ${FLIP}, alpha = ${start}`;
    const predicted = overfittingAccuracy(problem);
    rows.push(
      absolute(
        { id: "C4", quantity: `${name}: leading order`, source: `${source}; four decimals` },
        predicted.leading,
        leading,
        DIGITS,
      ),
    );
    const found = await simulate({ ...problem, runs: RUNS, seed }, { signal });
    rows.push(
      absolute(
        {
          id: "C4",
          quantity: `${name}: accuracy, mean of ${RUNS} training sets`,
          source: `${source}, for n and d of any ratio; 4 standard errors and 1 / (d - n)`,
        },
        found.accuracy.value,
        predicted.proportional,
        4 * found.accuracy.error + 1 / (dimensions - samples),
      ),
      same(
        { id: "C4", quantity: `${name}: least train accuracy`, source: `${source}: every label is fitted` },
        found.trainAccuracy,
        1,
      ),
    );
    if (error === null) continue;
    rows.push(
      absolute(
        {
          id: "C4",
          quantity: `${name}: accuracy, against a simulation by other code`,
          source: `${start === 0 ? "0.5257 +- 0.0018" : "0.9000"}; 4 standard errors of both`,
        },
        found.accuracy.value,
        start === 0 ? 0.5257 : 0.9,
        4 * Math.hypot(found.accuracy.error, error) + DIGITS,
      ),
    );
  }
  return rows;
}

const DRAWS = 200_000;

/** Share of samples that the sign of the first coordinate is right about. */
function sampled(frequency: number, seed: number): number {
  const { train } = sinusoidDataset({ dimensions: 2, frequency, train: DRAWS, test: 1, seed });
  let right = 0;
  train.y.forEach((label, i) => {
    if (train.x.data[2 * i]! > 0 === (label === 1)) right++;
  });
  return right / DRAWS;
}

export function planeChecks({ seed }: CheckWork): Check[] {
  const source = "paper C, sinusoid";
  const rows: Check[] = [];
  for (const [frequency, name, expected] of [
    [1, "1", 0.7901],
    [2, "2", 0.7712],
    [2 * Math.PI, "2 pi", 0.7712],
  ] as const) {
    const exact = planeAccuracy(frequency, 0);
    rows.push(
      absolute(
        { id: "C5", quantity: `k = ${name}: accuracy of sign(w.x)`, source: `${source}; four decimals` },
        exact,
        expected,
        DIGITS,
      ),
      absolute(
        {
          id: "C5",
          quantity: `k = ${name}: accuracy of sign(w.x) on ${DRAWS} samples`,
          source: `${source}, by an integral; 4 standard errors`,
        },
        sampled(frequency, seed),
        exact,
        4 * Math.sqrt((exact * (1 - exact)) / DRAWS),
      ),
    );
  }
  const { accuracy, angle } = bestPlane(1);
  rows.push(
    absolute(
      { id: "C5", quantity: "k = 1: accuracy of the best plane", source: `${source}; three decimals` },
      accuracy,
      0.968,
      5e-4,
    ),
    absolute(
      { id: "C5", quantity: "k = 1: its angle to w, degrees", source: `${source}: about 40` },
      (angle * 180) / Math.PI,
      40,
      2.5,
    ),
  );
  return rows;
}
