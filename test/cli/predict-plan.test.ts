import { describe, expect, test } from "vitest";
import { planPrediction, requirePredictionFits } from "../../src/cli/commands/predict-plan.js";
import { dense, erf, input, network } from "../../src/network/index.js";

const net = network(input([4]), dense(8), erf(), dense(3));
const sizes = { n: 200, m: 100, k: 3, times: 4, get: "ntk", std: false, draws: 0 } as const;

describe("planPrediction", () => {
  test("counts the outputs of every drawn network, and the covariance that they start from", () => {
    const of = (draws: number) => planPrediction(net, { ...sizes, draws }, {}).resultBytes;
    // each network at least its start and its state, on train and test points
    expect((of(2000) - of(1000)) / 1000).toBeGreaterThanOrEqual(2 * 8 * sizes.k * (sizes.n + sizes.m));
    expect(of(1)).toBeGreaterThan(8 * (sizes.n + sizes.m) ** 2);
  });

  test("names the draws as what to lower", () => {
    const many = { ...sizes, draws: 1e6 };
    const plan = planPrediction(net, many, { memoryLimit: 2 ** 30 });
    expect(() => requirePredictionFits(plan, many)).toThrow(
      /use fewer networks \(--draws\) or fewer samples/,
    );
    const none = planPrediction(net, sizes, { memoryLimit: 2 ** 30 });
    expect(() => requirePredictionFits(none, sizes)).not.toThrow();
  });
});
