/**
 * Descent on a linear model at the stability limit, and the Gaussian kernel as a picture of both phases: row B15 and RBF.
 * @module
 */
import { computeKernel } from "../../kernels/index.js";
import { networkAtDepth } from "../../network/index.js";
import { type Matrix, matrix } from "../../numeric/matrix.js";
import {
  kernelSpectrum,
  largestLearningRate,
  meanPredictor,
  orderedMeanPredictorLimit,
} from "../../trainability/index.js";
import type { CheckWork } from "../check-work.js";
import { atMost, type Check, relative, same } from "../checks.js";
import { block, centredTargets, deepNetwork, largest, sphereInputs } from "../paper-b/deep-network.js";

/** Full-batch descent f <- f - (eta / n) Theta (f - y), step by step; the size of the last residual over the first. */
function descend(kernel: Matrix, y: Matrix, learningRate: number, steps: number): number {
  const n = kernel.shape[0];
  let residual = y.data.map((value) => -value);
  const start = Math.hypot(...residual);
  for (let step = 0; step < steps; step++) {
    const next = residual.slice();
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let j = 0; j < n; j++) sum += kernel.data[i * n + j]! * residual[j]!;
      next[i]! -= (learningRate / n) * sum;
    }
    residual = next;
  }
  return Math.hypot(...residual) / start;
}

/** Descent of a linear model below and above 2 n / lambda_max. */
export async function stability({ seed, threads, signal }: CheckWork): Promise<Check[]> {
  const n = 16;
  const net = networkAtDepth(
    deepNetwork({ activation: "erf", weightVariance: 1.5, biasVariance: 0.05 }, 30),
    4,
  );
  const x = sphereInputs(seed, n, 30, 1);
  const { ntk } = await computeKernel(net, x, null, { get: ["ntk"], threads, signal });
  const limit = largestLearningRate((await kernelSpectrum(ntk)).lambdaMax, n);
  const y = matrix(
    n,
    1,
    Float64Array.from({ length: n }, (_, i) => (i % 3) - 0.5),
  );
  // the largest mode is multiplied by (1 - 2c)^steps: 0.9^200 and 1.1^200
  return [0.95, 1.05].map((c) => {
    const size = descend(ntk, y, c * limit, 200);
    return same(
      {
        id: "B15",
        quantity: `descent of a linear model at ${c} of the largest rate, 200 steps`,
        source: "paper B, eta_theory = 2 / lambda_max",
      },
      size < 1 ? "converges" : "diverges",
      c < 1 ? "converges" : "diverges",
    );
  });
}

/** exp(-|x - x'|^2 / h) on unit vectors: nearly constant for large h, nearly the identity for small h. */
async function gaussianKernel({ seed }: CheckWork): Promise<Check[]> {
  const [m, test, inputs] = [10, 3, 30];
  const x = sphereInputs(seed, m + test, inputs, 1 / inputs);
  const n = m + test;
  const squares = matrix(n, n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      for (let k = 0; k < inputs; k++) {
        squares.data[i * n + j]! += (x.data[i * inputs + k]! - x.data[j * inputs + k]!) ** 2;
      }
    }
  }
  const y = centredTargets(seed, m, 1);
  const parts = (a: Matrix) => [block(a, [m, n], [0, m]), block(a, [0, m], [0, m])] as const;
  const rbf = (h: number) =>
    matrix(
      n,
      n,
      squares.data.map((d) => Math.exp(-d / h)),
    );
  const limit = largest(orderedMeanPredictorLimit(...parts(squares), y));
  const wide = parts(rbf(1000));
  const narrow = parts(rbf(0.1));
  const source = "paper B, Gaussian kernel of width h";
  return [
    relative(
      { id: "RBF", quantity: `m = ${m} unit vectors, h = 1000: max|P Y|, against its limit`, source },
      largest(meanPredictor(...wide, y).mean),
      limit,
      0.01,
    ),
    atMost(
      { id: "RBF", quantity: `m = ${m} unit vectors, h = 0.1: kappa - 1`, source: `${source}: the identity` },
      (await kernelSpectrum(narrow[1])).kappa - 1,
      1e-3,
    ),
    atMost(
      { id: "RBF", quantity: `m = ${m} unit vectors, h = 0.1: max|P Y|`, source: `${source}: the identity` },
      largest(meanPredictor(...narrow, y).mean),
      1e-3,
    ),
  ];
}

export async function trainingChecks(work: CheckWork): Promise<Check[]> {
  return [...(await stability(work)), ...(await gaussianKernel(work))];
}
