import { describe, expect, test } from "vitest";
import { activation } from "../../src/activations/index.js";
import { noiseVariance, spectralModel } from "../../src/dynamics/index.js";
import { computeKernel } from "../../src/kernels/index.js";
import { dense, erf, input, network } from "../../src/network/index.js";
import { quadratureParticles, shallowKernels } from "../../src/normalization/index.js";
import { type Matrix, matrix } from "../../src/numeric/matrix.js";
import { createRng } from "../../src/numeric/random.js";
import { CENTRED } from "../normalization/cases.js";

const [N, D, NOISE] = [5, 2, 0.3];
const x = matrix(N, D, createRng(8).normals(new Float64Array(N * D)));
/** s^2 n / 2, for gradient flow */
const END = (NOISE ** 2 * N) / 2;

/** Deep networks of erf in all three phases, and shallow ones of width 1000 with N^-gamma in front. */
async function kernels(): Promise<{ name: string; kernel: Matrix }[]> {
  const out: { name: string; kernel: Matrix }[] = [];
  // chi_1 = 1 at a weight variance of about 1.3 for this bias
  for (const [phase, weightVariance] of [
    ["ordered", 0.6],
    ["near criticality", 1.3],
    ["chaotic", 5],
  ] as const) {
    for (const depth of [1, 4, 8]) {
      const options = { weightVariance, biasVariance: 0.05 };
      const layers = Array.from({ length: depth }, () => [dense(10, options), erf()]).flat();
      const { ntk } = await computeKernel(network(input([D]), ...layers, dense(1, options)), x);
      out.push({ name: `${phase}, depth ${depth}`, kernel: ntk! });
    }
  }
  const { training } = shallowKernels(activation("tanh"), quadratureParticles(CENTRED, 24), x, null);
  for (const gamma of [0.5, 0.75, 1]) {
    // tangent kernel of N^-gamma sum_i, without the learning rate that paper E lets grow to make up for it
    const scale = 1000 ** (1 - 2 * gamma);
    out.push({
      name: `gamma = ${gamma}`,
      kernel: matrix(
        N,
        N,
        training.data.map((v) => scale * v),
      ),
    });
  }
  return out;
}

describe("noise in the weights of networks of every depth, phase and gamma", async () => {
  const all = await Promise.all(
    (await kernels()).map(async ({ name, kernel }) => ({ name, kernel, model: await spectralModel(kernel) })),
  );

  test("ends as the same variance s^2 n / 2 of every training output", () => {
    for (const { name, model } of all) {
      const [end] = noiseVariance(model, { noise: NOISE }, [
        { kind: "flow", time: Number.POSITIVE_INFINITY },
      ]);
      for (const variance of end!.train) expect(variance / END, name).toBeCloseTo(1, 9);
    }
  });

  test("gets there at times that the kernel sets", () => {
    const early = all.map(({ model }) => {
      const [at] = noiseVariance(model, { noise: NOISE }, [{ kind: "flow", time: 1 }]);
      return at!.train[0]! / END;
    });
    expect(Math.max(...early)).toBeGreaterThan(10 * Math.min(...early));
    for (const share of early) expect(share).toBeLessThan(1 + 1e-9); // rounding, where it is there already
  });

  test("is an equilibrium of the steps of gradient descent up to the size of a step", () => {
    // C = G C G + s^2 eta Theta with G = I - eta Theta / n has the solution s^2 n / 2 (I - eta Theta / (2 n))^-1
    for (const { name, kernel, model } of all) {
      const largest = Math.max(...model.values);
      for (const share of [0.5, 0.01]) {
        const learningRate = (share * 2 * N) / largest;
        const [end] = noiseVariance(model, { noise: NOISE }, [
          { kind: "gd", learningRate, steps: Number.POSITIVE_INFINITY },
        ]);
        // 1 + eta Theta_ii / (2 n) + ..., at most 1 / (1 - share)
        end!.train.forEach((variance, i) => {
          const first = 1 + (learningRate * kernel.data[i * N + i]!) / (2 * N);
          expect(variance / END, name).toBeGreaterThan(first - 1e-9);
          expect(variance / END, name).toBeLessThan(1 / (1 - share) + 1e-9);
        });
      }
    }
  });
});
