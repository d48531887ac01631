import { describe, expect, test } from "vitest";
import { meanOutputs, spectralModel } from "../../src/dynamics/index.js";
import { computeKernel } from "../../src/kernels/index.js";
import { dense, erf, input, network, tanh } from "../../src/network/index.js";
import { matmul } from "../../src/numeric/linalg/index.js";
import { type Matrix, matrix } from "../../src/numeric/matrix.js";
import { gaussHermite } from "../../src/numeric/quadrature/index.js";
import { createRng } from "../../src/numeric/random.js";
import { erf as erfFunction } from "../../src/numeric/special/index.js";
import { distance, randomMatrix } from "../numeric/linalg/matrices.js";

const N = 5;
const D = 3;
const x = randomMatrix(N, D, 6);
for (let i = 0; i < x.data.length; i++) x.data[i]! /= 3;

/**
 * Kernel of a shallow network h(x) = sum_i c_i phi(w_i . x) / sqrt(N) trained in both layers, w ~ N(0, I), E c^2 = 1:
 * A(x, x') = E[phi(u) phi(v)] + x . x' E[phi'(u) phi'(v)], by tensor Gauss-Hermite quadrature.
 */
function shallowKernel(phi: (z: number) => number, slope: (z: number) => number, order: number): Matrix {
  const { nodes, weights } = gaussHermite(order);
  const gram = matmul(x, x, { transposeB: true });
  const out = matrix(N, N);
  for (let i = 0; i < N; i++) {
    for (let j = 0; j < N; j++) {
      const [a, b, c] = [gram.data[i * N + i]!, gram.data[j * N + j]!, gram.data[i * N + j]!];
      const along = c / Math.sqrt(a);
      const across = Math.sqrt(Math.max(0, b - along * along));
      let value = 0;
      let tangent = 0;
      for (let p = 0; p < order; p++) {
        for (let q = 0; q < order; q++) {
          const u = Math.sqrt(a) * nodes[p]!;
          const v = along * nodes[p]! + across * nodes[q]!;
          value += weights[p]! * weights[q]! * phi(u) * phi(v);
          tangent += weights[p]! * weights[q]! * slope(u) * slope(v);
        }
      }
      out.data[i * N + j] = value + c * tangent;
    }
  }
  return out;
}

/** Inputs scaled so that the first dense layer's x . x' / d is the plain inner product. */
const inputs = { data: x.data.map((v) => v * Math.sqrt(D)), shape: [N, D] };

describe("a network with one hidden layer", () => {
  test.each([
    ["tanh", tanh(), Math.tanh, (z: number) => 1 / Math.cosh(z) ** 2],
    ["erf", erf(), erfFunction, (z: number) => (2 / Math.sqrt(Math.PI)) * Math.exp(-z * z)],
  ] as const)(
    "%s: its NTK is the kernel A of the shallow network, to 1e-12",
    async (_name, layer, phi, slope) => {
      const { ntk } = await computeKernel(network(input([D]), dense(100), layer, dense(1)), inputs);
      expect(distance(ntk, shallowKernel(phi, slope, 200))).toBeLessThan(1e-12);
    },
  );

  test("the order-1 mean of training equals the ODE h' = (1/n) A (y - h) solved in small steps", async () => {
    const { ntk } = await computeKernel(network(input([D]), dense(100), erf(), dense(1)), inputs);
    const targets = matrix(N, 1, createRng(2).normals(new Float64Array(N)));
    const model = await spectralModel(ntk);
    const [h] = meanOutputs(model, { targets }, [{ kind: "flow", time: 4 }]);
    // midpoint rule with 2^k steps, extrapolated twice: error h^2, then h^4 removed
    const midpoint = (steps: number) => {
      let f = new Float64Array(N);
      const dt = 4 / steps;
      const push = (from: Float64Array, at: Float64Array, by: number) => {
        const r = matrix(
          N,
          1,
          at.map((v, i) => targets.data[i]! - v),
        );
        const s = matmul(ntk, r).data;
        return from.map((v, i) => v + (by * s[i]!) / N);
      };
      for (let k = 0; k < steps; k++) f = push(f, push(f, f, dt / 2), dt) as Float64Array<ArrayBuffer>;
      return f;
    };
    const [a, b, c] = [midpoint(512), midpoint(1024), midpoint(2048)];
    const extrapolated = a!.map((_, i) => {
      const ab = (4 * b![i]! - a![i]!) / 3;
      const bc = (4 * c![i]! - b![i]!) / 3;
      return (8 * bc - ab) / 7;
    });
    expect(h!.train.data).toAllBeWithinRelative(extrapolated, 1e-10, 1);
  });
});
