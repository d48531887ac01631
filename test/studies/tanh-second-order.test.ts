import { describe, expect, test } from "vitest";
import { noiseExpansion } from "../../src/dynamics/index.js";
import { createRng } from "../../src/numeric/random.js";
import { meanOf } from "../../src/numeric/statistics/index.js";
import { portableProblem } from "../../src/studies/paper-a/portable-network.js";
import { tanhPaths } from "../../src/studies/paper-a/tanh-paths.js";
import { secondOrderOf } from "../../src/studies/paper-a/tanh-second-order.js";

const { parameters: theta, x, y, testX } = portableProblem();
const NOISE = 0.1;
const TIME = 0.5;
const hand = { theta, x: x.data, y: y.data, testX: testX.data, noise: NOISE };
const ofSteps = (step: number) => secondOrderOf({ ...hand, step });
const meansAt = (step: number) => ofSteps(step).means([Math.round(TIME / step)])[0]!;

describe("the part of the noise effect that is quadratic in the noise", () => {
  test("has order 2 of the expansion as its mean when steps are short", async () => {
    const outputs = async (noise: number) => {
      const [at] = await noiseExpansion({ ...portableProblem(), noise, order: 2, times: [TIME] });
      return at!.terms[1]!;
    };
    const [noisy, quiet] = [await outputs(NOISE), await outputs(0)];
    const [coarse, fine] = [meansAt(0.02), meansAt(0.01)];
    const largest = Math.max(...fine.map(Math.abs));
    noisy.forEach((value, i) => {
      // what is left of errors of first order in the step after one extrapolation
      expect(Math.abs(2 * fine[i]! - coarse[i]! - (value - quiet[i]!))).toBeLessThan(1e-4 * largest);
      // and they are there
      expect(Math.abs(coarse[i]! - fine[i]!)).toBeLessThan(3e-3 * largest);
    });
  });

  test("has the mean that its paths have", () => {
    const second = ofSteps(0.05);
    const rng = createRng(3);
    const xi = new Float64Array(theta.length);
    const found = Array.from({ length: 4000 }, () => {
      const path = second.start();
      for (let step = 0; step < 10; step++) second.move(path, rng.normals(xi));
      return second.observe(path);
    });
    second.means([4, 10])[1]!.forEach((mean, i) => {
      const { value, error } = meanOf(found.map((at) => at[i]!));
      expect(Math.abs(value - mean)).toBeLessThan(4 * error);
    });
  });

  test("is all of the effect at small eps, path by path", async () => {
    const eps = 1e-3;
    const [step, pairs] = [0.05, 3];
    const of = (control: boolean) =>
      tanhPaths({ ...hand, ...{ eps, step, times: [TIME], pairs, seed: 1, control } });
    const [[plain], [controlled]] = [await of(false), await of(true)];
    const means = meansAt(step);
    const largest = Math.max(...means.map(Math.abs));
    means.forEach((mean, i) => {
      // of three pairs nothing is left of the scatter but the next order, and rounding of outputs over eps^2
      expect(Math.abs(controlled!.effect[i]! / eps - mean)).toBeLessThan(0.01 * largest);
      expect(controlled!.effectError[i]!).toBeLessThan(0.01 * plain!.effectError[i]!);
    });
  });

  test("leaves the mean of the network's paths where it is", async () => {
    const of = async (control: boolean, seed: number) => {
      const common = { ...hand, ...{ eps: 1, step: 0.05, times: [TIME] } };
      const [at] = await tanhPaths({ ...common, seed, control, pairs: control ? 500 : 5000 });
      return at!;
    };
    const [plain, controlled] = [await of(false, 1), await of(true, 2)];
    plain.effect.forEach((value, i) => {
      const error = Math.hypot(plain.effectError[i]!, controlled.effectError[i]!);
      expect(Math.abs(value - controlled.effect[i]!)).toBeLessThan(4 * error);
      // from ten times fewer pairs
      expect(controlled.effectError[i]!).toBeLessThan(plain.effectError[i]!);
    });
  });
});
