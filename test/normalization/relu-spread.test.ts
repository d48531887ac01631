/** The spread of networks with kinks beside the predicted one, of many and of few networks. */
import { describe, expect, test } from "vitest";
import { activationLayer } from "../../src/network/index.js";
import {
  compareShallow,
  gammaForecast,
  type ShallowEnsemble,
  type ShallowNetwork,
  standInParticles,
  trainShallowEnsemble,
} from "../../src/normalization/index.js";
import type { Matrix } from "../../src/numeric/matrix.js";
import { varianceOf } from "../../src/numeric/statistics/index.js";
import { problem } from "./cases.js";

const NORMAL = { kind: "normal", variance: 1 } as const;
const NETWORK: ShallowNetwork = {
  activation: activationLayer("relu"),
  outer: NORMAL,
  inner: [NORMAL, NORMAL],
};
const UNITS = 100;
const RUNS = 1200;
const FEW = 8;
const GAMMAS = [0.5, 0.6];
const testY = Float64Array.of(0.1);

const rowsOf = ({ data, shape: [, columns] }: Matrix, from: number, count: number): Matrix => ({
  data: data.subarray(from * columns, (from + count) * columns),
  shape: [count, columns],
});
const part = ({ train, test: further }: ShallowEnsemble, from: number, count: number) => ({
  train: train.map((all) => rowsOf(all, from, count)),
  test: further!.map((all) => rowsOf(all, from, count)),
});

describe("variances of relu networks over those predicted", () => {
  test("are 1 for many networks; those of 8 go from half to twice that by chance", async () => {
    const plane = problem(NETWORK, [1]);
    const samples = [plane.x, plane.testX!];
    const given = { ...plane, ...standInParticles(NETWORK, { samples, count: 1000 }) };
    const targets = { train: given.y, test: testY };
    const forecast = await gammaForecast({ problem: given, units: UNITS, gammas: GAMMAS, testY });
    const trained = await trainShallowEnsemble({
      network: NETWORK,
      cases: GAMMAS.map((gamma) => ({ units: UNITS, gamma })),
      ...{ runs: RUNS, seed: 1, x: given.x, y: given.y, testX: given.testX, times: [1], threads: 1 },
    });
    trained.forEach((set, g) => {
      const point = forecast.gammas[g]!;
      const groups = Array.from({ length: RUNS / FEW }, (_, k) =>
        Number(compareShallow(part(set, FEW * k, FEW), point, targets).varianceRatio),
      );
      const scatter = Math.sqrt(varianceOf(groups).value);
      // 4 standard errors; units move while they train: up to 0.4 eps, and a share of 2 / N for the second order in the fluctuations
      const { varianceRatio } = compareShallow(set, point, targets);
      const error = scatter / Math.sqrt(groups.length);
      expect(Math.abs(varianceRatio! - 1)).toBeLessThan(4 * error + 0.4 * point.eps + 2 / UNITS);
      expect(4 * error).toBeLessThan(0.15);
      // five points that share their networks are little better than one, sqrt(2 / 7) = 0.53
      expect(scatter).toBeGreaterThan(0.53 / Math.sqrt(5));
      expect(scatter).toBeLessThan(0.53);
      expect(groups.some((ratio) => ratio < 0.55)).toBe(true);
      expect(groups.some((ratio) => ratio > 1.7)).toBe(true);
    });
  });
});
