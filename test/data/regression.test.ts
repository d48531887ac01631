import { describe, expect, test } from "vitest";
import { type RegressionName, regressionProblem } from "../../src/data/index.js";

describe("synthetic regression problems", () => {
  test("sine follows its function, with noise in the train targets only", () => {
    const { train, test: more } = regressionProblem("sine", { train: 4000, test: 50, inputs: 1, seed: 3 });
    more.y.data.forEach((y, i) => {
      expect(y).toBeCloseTo(Math.sin(2 * more.x.data[i]!), 14);
    });
    expect(Math.max(...train.x.data.map(Math.abs))).toBeLessThanOrEqual(2);
    const rest = train.y.data.map((y, i) => (y - Math.sin(2 * train.x.data[i]!)) ** 2);
    const variance = rest.reduce((a, b) => a + b, 0) / rest.length;
    // 0.1^2; four standard errors of a variance of 4000
    expect(Math.abs(variance / 0.01 - 1)).toBeLessThan(4 * Math.sqrt(2 / 4000));
  });

  test("the series has unit variance and its own recursion", () => {
    const { train } = regressionProblem("autoregressive", { train: 3000, test: 0, inputs: 2, seed: 1 });
    const [a, b] = [1.5, -0.8];
    const n = 3000;
    let [noise, variance] = [0, 0];
    for (let i = 0; i < n; i++) {
      const y = train.y.data[i]!;
      const e = y - a * train.x.data[2 * i + 1]! - b * train.x.data[2 * i]!;
      noise += e ** 2 / n;
      variance += y ** 2 / n;
    }
    // the stationary variance at unit noise by Yule and Walker
    const rho1 = a / (1 - b);
    const rho2 = a * rho1 + b;
    const unit = 1 / (1 - a * rho1 - b * rho2);
    expect(Math.abs(noise * unit - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
    // neighbouring windows are alike, so that the variance has fewer free samples: a few times the error
    expect(Math.abs(variance - 1)).toBeLessThan(12 * Math.sqrt(2 / n));
  });

  test("depends on the seed alone, and refuses what makes no sense", () => {
    const options = { train: 5, test: 2, inputs: 3, seed: 1 };
    expect(regressionProblem("sine", options)).toEqual(regressionProblem("sine", options));
    expect(regressionProblem("sine", options)).not.toEqual(
      regressionProblem("sine", { ...options, seed: 2 }),
    );
    expect(() => regressionProblem("sine", { ...options, train: 0 })).toThrow(/train is 0/);
    expect(() => regressionProblem("sine", { ...options, inputs: 1.5 })).toThrow(/inputs is 1.5/);
    expect(() => regressionProblem("cosine" as RegressionName, options)).toThrow(
      /expected sine or autoregressive/,
    );
  });
});
