import { describe, expect, test } from "vitest";
import { type LossConvention, maxLearningRate } from "../../src/dynamics/index.js";
import { gramMatrix } from "../../src/numeric/linalg/index.js";
import { matrix } from "../../src/numeric/matrix.js";
import { createRng } from "../../src/numeric/random.js";
import { jacobiEigenvalues } from "../studies/erf-kernels.js";

const [N, P, K] = [5, 8, 3];
const features = matrix(N, P, createRng(2).normals(new Float64Array(N * P)));
const kernel = gramMatrix(features);
const lambdaMax = jacobiEigenvalues(
  Array.from({ length: N }, (_, i) => Array.from(kernel.data.subarray(i * N, (i + 1) * N))),
)[0]!;

/** The loss of each convention as its own line says, differentiated by hand: dL/df = factor (f - y). */
const FACTORS: Record<LossConvention, number> = {
  "half-mean-samples": 1 / N,
  "half-mean": 1 / (N * K),
  mean: 2 / (N * K),
  "half-sum": 1,
  sum: 2,
};

/** |w| of one output after many steps of the heavy ball on targets 0. */
function weightsAfter(eta: number, momentum: number, factor: number, steps: number): number {
  const w = createRng(3).normals(new Float64Array(P));
  const v = new Float64Array(P);
  for (let s = 0; s < steps; s++) {
    const f = Array.from({ length: N }, (_, i) =>
      w.reduce((sum, x, p) => sum + x * features.data[i * P + p]!, 0),
    );
    for (let p = 0; p < P; p++) {
      const g = f.reduce((sum, x, i) => sum + factor * x * features.data[i * P + p]!, 0);
      v[p] = momentum * v[p]! - eta * g;
    }
    for (let p = 0; p < P; p++) w[p]! += v[p]!;
  }
  return Math.hypot(...w);
}

describe("maxLearningRate", () => {
  for (const convention of Object.keys(FACTORS) as LossConvention[]) {
    test.each([0, 0.9])(
      `${convention}, momentum %s: descent is stable below it and diverges above`,
      (momentum) => {
        const limit = maxLearningRate({ lambdaMax, samples: N, outputs: K, convention, momentum });
        expect(weightsAfter(0.98 * limit, momentum, FACTORS[convention], 2000)).toBeLessThan(20);
        expect(weightsAfter(1.02 * limit, momentum, FACTORS[convention], 2000)).toBeGreaterThan(1e3);
      },
    );
  }

  test.each(["mean", "half-mean"] as const)("%s needs the number of outputs", (convention) => {
    expect(() => maxLearningRate({ lambdaMax: 1, samples: 10, convention })).toThrow(/outputs is missing/);
  });

  test("refuses names and methods that it does not know", () => {
    const input = { lambdaMax: 1, samples: 10 };
    expect(() => maxLearningRate({ ...input, clock: "flow" } as typeof input)).toThrow(
      /there is no clock, expected lambdaMax, .*method/,
    );
    expect(() => maxLearningRate({ ...input, method: "adam" as "gd" })).toThrow(
      /method is "adam", expected "gd"/,
    );
  });

  test("is 2 (1 + m) n k / lambda_max for the mean over outputs too, without bound for flow, larger for flatter losses", () => {
    const input = { lambdaMax: 4, samples: 10, outputs: 3, momentum: 0.5 };
    expect(maxLearningRate({ ...input, convention: "half-mean" })).toBeCloseTo((2 * 1.5 * 30) / 4, 12);
    expect(maxLearningRate({ ...input, method: "flow" })).toBe(Number.POSITIVE_INFINITY);
    expect(maxLearningRate({ ...input, curvature: 0.5 })).toBeCloseTo(2 * maxLearningRate(input), 12);
    expect(maxLearningRate({ lambdaMax: 0, samples: 1 })).toBe(Number.POSITIVE_INFINITY);
  });

  test("refuses unknown conventions and numbers out of range", () => {
    expect(() => maxLearningRate({ lambdaMax: 1, samples: 2, convention: "max" as "sum" })).toThrow(
      /convention is "max", expected half-mean-samples, half-mean/,
    );
    expect(() => maxLearningRate({ lambdaMax: -1, samples: 2 })).toThrow(/lambdaMax is -1/);
    expect(() => maxLearningRate({ lambdaMax: 1, samples: 2, outputs: 0 })).toThrow(/outputs is 0/);
    expect(() => maxLearningRate({ lambdaMax: 1, samples: 2, curvature: 0 })).toThrow(/curvature is 0/);
    expect(() => maxLearningRate({ lambdaMax: 1, samples: 2, momentum: 1 })).toThrow(/momentum is 1/);
  });
});
