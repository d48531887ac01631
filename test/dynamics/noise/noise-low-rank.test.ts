import { describe, expect, test } from "vitest";
import {
  lazyExpansion,
  type NoisyOutputs,
  noiseExpansion,
  noiseExpansions,
} from "../../../src/dynamics/index.js";
import { isForetrainError } from "../../../src/errors.js";
import { finiteModel, initialParameters } from "../../../src/finite/index.js";
import { parseNetwork } from "../../../src/network/index.js";
import { createRng } from "../../../src/numeric/random.js";
import { NETWORKS, samplesFor } from "../../finite/networks.js";
import { expectClose } from "../../support/expect-close.js";
import { portableNetwork } from "../portable-network.js";

/** Largest difference of all results, relative to the largest number in each. */
function distance(a: NoisyOutputs, b: NoisyOutputs): number {
  const lists = ({ terms, variance, varianceCorrection, weights, hessianTrace }: NoisyOutputs) => [
    ...terms,
    variance,
    varianceCorrection ?? [],
    ...weights.slice(0, 2),
    ...hessianTrace.map((value) => [value]),
  ];
  const [left, right] = [lists(a), lists(b)];
  expect(left.length).toBe(right.length);
  let worst = 0;
  left.forEach((values, k) => {
    const scale = Math.max(...Array.from(right[k]!, Math.abs), 1e-12);
    Array.from(values).forEach((value, i) => {
      worst = Math.max(worst, Math.abs(value - right[k]![i]!) / scale);
    });
  });
  return worst;
}

describe("noisy training in the span of the gradients", () => {
  const portable = portableNetwork();
  const base = { ...portable, parameters: portable.theta };

  test.each([1, 2, 3] as const)("order %i is that of dense derivatives", async (order) => {
    const [dense, lowRank] = await Promise.all(
      (["dense", "lowRank"] as const).map((method) =>
        noiseExpansion({ ...base, noise: 0.3, order, times: [0, 0.5, 2], method }),
      ),
    );
    dense!.forEach((expected, k) => {
      expect(lowRank![k]!.method).toBe("lowRank");
      expect(lowRank![k]!.traceErrors).toBeNull();
      // two solvers at 1e-10 of their largest component
      expect(distance(lowRank![k]!, expected)).toBeLessThan(1e-8);
    });
  });

  test.each(["dense", "lowRank"] as const)(
    "several strengths at once have the bits of each alone: %s",
    async (method) => {
      const input = { ...base, order: 2 as const, times: [0.5, 2], method };
      const noises = [0.3, 0, 0.1];
      const together = await noiseExpansions({ ...input, noises });
      expect(together.length).toBe(3);
      for (const [k, noise] of noises.entries()) {
        expect(together[k]).toEqual(await noiseExpansion({ ...input, noise }));
      }
      expect(together[0]![1]!.variance).not.toEqual(together[2]![1]!.variance);
      expect(await noiseExpansions({ ...input, noises: [] })).toEqual([]);
    },
  );

  test.each(["dense layers, tanh", "convolution, stride, flatten"])(
    "holds for any layers and several outputs: %s",
    async (name) => {
      const net = NETWORKS[name]!;
      const model = finiteModel(net);
      const x = samplesFor(net, 2, 3);
      const testX = samplesFor(net, 1, 4);
      const y = { data: Float64Array.of(0.3, -0.2, 0.5, 0.1), shape: [2, 2] };
      const parameters = initialParameters(model, { seed: 2 });
      const input = { model, parameters, x, y, testX, noise: 0.2, times: [0.4] };
      const order = model.parameterCount > 60 ? 2 : 3;
      const [[dense], [lowRank]] = await Promise.all(
        (["dense", "lowRank"] as const).map((method) => noiseExpansion({ ...input, order, method })),
      );
      expect(distance(lowRank!, dense!)).toBeLessThan(1e-8);
    },
  );

  const deep = (width: number) =>
    finiteModel(
      parseNetwork({
        foretrain: 1,
        input: [2],
        layers: [
          { kind: "dense", units: width, weightVariance: 1.5, biasVariance: 0.2 },
          { kind: "activation", name: "tanh" },
          { kind: "dense", units: width, weightVariance: 1.5, biasVariance: 0.2 },
          { kind: "activation", name: "erf" },
          { kind: "dense", units: 1 },
        ],
      }),
    );
  const points = (n: number, seed: number) => ({
    data: createRng(seed).normals(new Float64Array(2 * n)),
    shape: [n, 2],
  });
  const problem = (width: number) => {
    const model = deep(width);
    return {
      model,
      parameters: initialParameters(model, { seed: 5 }),
      x: points(3, 1),
      y: { data: Float64Array.of(1, -0.5, 0.2), shape: [3, 1] },
      testX: points(1, 2),
      noise: 0.1,
      times: [1],
      method: "lowRank" as const,
    };
  };

  test("traces from random directions are those of all directions, within their standard errors", async () => {
    const input = problem(8);
    const [[exact], [estimate], [again]] = await Promise.all([
      noiseExpansion({ ...input, order: 3, traces: "exact" }),
      noiseExpansion({ ...input, order: 3, traces: { probes: 160, seed: 3 } }),
      noiseExpansion({ ...input, order: 3, traces: { probes: 160, seed: 3 } }),
    ]);
    expect(estimate).toEqual(again);
    expect(exact!.traceErrors).toBeNull();
    const errors = estimate!.traceErrors!;
    // the linear model has no trace to estimate
    expect(Math.max(...errors.terms[0]!)).toBe(0);
    for (const k of [1, 2]) {
      estimate!.terms[k]!.forEach((value, i) => {
        expect(errors.terms[k]![i]).toBeGreaterThan(0);
        expect(Math.abs(value - exact!.terms[k]![i]!)).toBeLessThan(4 * errors.terms[k]![i]!);
      });
      const [got, expected] = [estimate!.hessianTrace[k]!, exact!.hessianTrace[k]!];
      expect(Math.abs(got - expected)).toBeLessThan(4 * errors.hessianTrace[k]!);
      expect(errors.hessianTrace[k]!).toBeLessThan(0.5 * Math.abs(expected));
    }
  });

  test("of ten thousand parameters are those of noise-free training without noise", async () => {
    const input = { ...problem(100), times: [0.3], noise: 0 };
    const seen: string[] = [];
    const [quiet] = await noiseExpansion({
      ...input,
      order: 3,
      traces: { probes: 2, seed: 1 },
      onProgress: ({ done, total, unit }) => seen.push(`${done} of ${total} ${unit}`),
    });
    expect(input.model.parameterCount).toBeGreaterThan(10_000);
    // 4 directions, their 10 pairs and 2 probes: passes do not grow with the parameters
    expect(seen.at(-1)).toBe("16 of 16 directions");
    const expansion = lazyExpansion({ ...input, order: 3, tolerance: 1e-8 });
    for (const order of [1, 2]) {
      const expected = [...expansion.train[order]![0]!, ...expansion.test![order]![0]!];
      expectClose(quiet!.terms[order]!, expected, 1e-6 * Math.max(...expected.map(Math.abs)));
    }
    // all noise terms carry s^2
    expect(Math.max(...quiet!.traceErrors!.terms[2]!)).toBe(0);
  });

  test("says what it would need where memory is short, and stops when asked to", async () => {
    const input = problem(100);
    const refusal = async (order: 1 | 2 | 3, memory: number) => {
      const error = await noiseExpansion({ ...input, order, memory }).catch((thrown: unknown) => thrown);
      if (!isForetrainError(error, "ERR_MEMORY")) throw error;
      return { message: error.message, needs: Number(error.details["got"]) };
    };
    const none = await refusal(3, 1000);
    expect(none.message).toMatch(
      /4 outputs of a network of 10500 parameters need derivatives of [\d.]+ MB, at most 1.0 kB .* use fewer samples, units, or more memory \(memory in bytes, --memory of foretrain evolve\)$/,
    );
    // a lower order is advised where it fits, to the byte
    const [one, two] = [(await refusal(1, 1000)).needs, (await refusal(2, 1000)).needs];
    expect((await refusal(3, two)).message).toContain("use order 2, which fits, fewer samples");
    expect((await refusal(3, two - 1)).message).toContain("use order 1, which fits, fewer samples");
    expect((await refusal(2, two - 1)).message).toContain("use order 1, which fits, fewer samples");
    expect((await refusal(2, one - 1)).message).not.toContain("use order");
    expect((await refusal(1, one - 1)).message).toContain("use fewer samples, times, or more memory");
    const stop = new AbortController();
    stop.abort();
    await expect(noiseExpansion({ ...input, order: 2, signal: stop.signal })).rejects.toThrow(/cancel/);
    await expect(noiseExpansion({ ...input, order: 2, traces: { probes: 1, seed: 0 } })).rejects.toThrow(
      /traces.probes is 1/,
    );
  });
});
