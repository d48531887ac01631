import { describe, expect, test } from "vitest";
import { varianceOf } from "../../src/numeric/statistics/index.js";
import { CENTRED, SHIFTED } from "../../src/studies/paper-e/plane-problem.js";
import { sgdParts } from "../../src/studies/paper-e/sgd-in-parts.js";
import {
  ensembleOutputs,
  meanOfPoints,
  pairParts,
  type SpreadParts,
  squaresOf,
  varianceAt,
} from "../../src/studies/paper-e/spread-in-parts.js";

const work = { seed: 4, threads: 1 };
const POINTS = [0, 1, 2, 3, 4];

/** Standard errors of the first sample's variance, and of what is beyond it. */
const errorsOf = ({ beyond }: SpreadParts, raw: readonly (readonly number[])[]) =>
  POINTS.map((point) => {
    const none = beyond.map(() => Float64Array.of(0, 0));
    return varianceAt({ linear: none, beyond }, point).error / varianceOf(raw[point]!).error;
  });

describe("the variance over networks in parts", () => {
  test("squares have the unbiased variance as their mean", () => {
    const values = [1, 4, 4, 7];
    expect(squaresOf(values).reduce((a, b) => a + b, 0) / 4).toBeCloseTo(varianceOf(values).value, 14);
  });

  test("of full batches is that of networks that are simply counted", async () => {
    const of = { units: 20, gammas: [0.6, 0.8], time: 2, timeStep: 0.1 };
    const parts = await pairParts({ ...of, starts: 3000, pairs: 300 }, work);
    const common = { network: CENTRED, units: of.units, gammas: of.gammas, timeStep: of.timeStep };
    const raw = await ensembleOutputs({ ...common, runs: 3000, firstRun: 5000, times: [of.time] }, work);
    parts.forEach((found, g) => {
      const at = raw[g]![0]!;
      for (const point of POINTS) {
        const plain = varianceOf(at[point]!);
        const { value, error } = varianceAt(found, point);
        expect(Math.abs(value - plain.value)).toBeLessThan(4 * Math.hypot(error, plain.error));
      }
      const scales = at.map((values) => varianceOf(values).value);
      const mean = meanOfPoints(found, scales);
      expect(Math.abs(mean.value - 1)).toBeLessThan(4 * Math.SQRT2 * mean.error);
    });
  });

  test("has nothing beyond the starts before training, where a network and its mirror image are opposite", async () => {
    const of = { units: 30, gammas: [0.7], time: 0, timeStep: 0.1, starts: 4, pairs: 5 };
    const [parts] = await pairParts(of, work);
    for (const row of parts!.beyond) for (const value of row) expect(Math.abs(value)).toBeLessThan(1e-14);
  });

  test("of SGD is that of networks that are simply counted; the linear theory takes the samples of each", async () => {
    const of = { network: SHIFTED, units: 24, gamma: 0.7, time: 2 };
    const parts = await sgdParts({ ...of, starts: 3000, runs: 400 }, work);
    const ensemble = { network: SHIFTED, units: of.units, gammas: [of.gamma], times: [of.time] };
    const [raw] = await ensembleOutputs({ ...ensemble, runs: 3000, firstRun: 5000 }, work);
    for (const point of POINTS) {
      const plain = varianceOf(raw![0]![point]!);
      const { value, error } = varianceAt(parts, point);
      expect(Math.abs(value - plain.value)).toBeLessThan(4 * Math.hypot(error, plain.error));
    }
    // with samples of their own, networks and theory would differ by more than networks among themselves
    const [first] = await ensembleOutputs({ ...ensemble, runs: 400, firstRun: 0 }, work);
    for (const ratio of errorsOf(parts, first![0]!)) expect(ratio).toBeLessThan(0.75);
  });
});
