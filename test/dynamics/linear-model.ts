/**
 * A model linear in its parameters, f(x) = phi(x) . w with w_0 ~ N(0, diag(variance)): its kernels are Theta = Phi Phi^T and
 * K = Phi diag(variance) Phi^T exactly, so training it in weight space is an independent oracle for the kernel formulas.
 */
import { gramMatrix, matmul } from "../../src/numeric/linalg/index.js";
import { type Matrix, matrix } from "../../src/numeric/matrix.js";
import { createRng, type Rng } from "../../src/numeric/random.js";

export interface LinearModel {
  readonly n: number;
  readonly m: number;
  readonly p: number;
  readonly features: Matrix; // [n, p]
  readonly testFeatures: Matrix; // [m, p]
  readonly deviation: Float64Array; // of the initial weights [p]
  readonly targets: Matrix; // [n, k]
  readonly ntkTrain: Matrix;
  readonly ntkTestTrain: Matrix;
  readonly nngpTrain: Matrix;
  readonly nngpTestTrain: Matrix;
  readonly nngpTest: Matrix;
}

export function linearModel(n: number, m: number, p: number, k: number, seed = 1): LinearModel {
  const rng = createRng(seed);
  const normals = (name: string, rows: number, cols: number) =>
    matrix(rows, cols, rng.fork(name).normals(new Float64Array(rows * cols)));
  const features = normals("train", n, p);
  const testFeatures = normals("test", m, p);
  const targets = normals("targets", n, k);
  const spread = rng.fork("deviation");
  const deviation = new Float64Array(p).map(() => (0.2 + spread.uniform()) / Math.sqrt(p));
  for (let i = 0; i < n; i++) for (let j = 0; j < p; j++) features.data[i * p + j]! /= 1 + j / 3;
  const scaled = (a: Matrix) =>
    matrix(
      a.shape[0],
      p,
      a.data.map((x, i) => x * deviation[i % p]!),
    );
  return {
    n,
    m,
    p,
    features,
    testFeatures,
    deviation,
    targets,
    ntkTrain: gramMatrix(features),
    ntkTestTrain: matmul(testFeatures, features, { transposeB: true }),
    nngpTrain: gramMatrix(scaled(features)),
    nngpTestTrain: matmul(scaled(testFeatures), scaled(features), { transposeB: true }),
    nngpTest: gramMatrix(scaled(testFeatures)),
  };
}

/** Gradient descent in weight space on 1/(2n) sum (f - y)^2 + ridge/(2n) |w - w_0|^2; returns train and test outputs. */
export function descend(
  model: LinearModel,
  w0: Matrix,
  options: { learningRate: number; steps: number; ridge?: number; momentum?: number },
): { train: Matrix; test: Matrix } {
  const { n, features, testFeatures, targets } = model;
  const { learningRate, steps, ridge = 0, momentum = 0 } = options;
  const w = matrix(w0.shape[0], w0.shape[1], w0.data.slice());
  const velocity = new Float64Array(w.data.length);
  for (let step = 0; step < steps; step++) {
    const r = matmul(features, w);
    for (let i = 0; i < r.data.length; i++) r.data[i]! -= targets.data[i]!;
    const g = matmul(features, r, { transposeA: true });
    for (let i = 0; i < velocity.length; i++) {
      const gradient = (g.data[i]! + ridge * (w.data[i]! - w0.data[i]!)) / n;
      velocity[i] = momentum * velocity[i]! - learningRate * gradient;
      w.data[i]! += velocity[i]!;
    }
  }
  return { train: matmul(features, w), test: matmul(testFeatures, w) };
}

/** Initial weights [p, k]. */
export function initialWeights(model: LinearModel, k: number, rng: Rng): Matrix {
  const w = matrix(model.p, k, rng.normals(new Float64Array(model.p * k)));
  for (let i = 0; i < w.data.length; i++) w.data[i]! *= model.deviation[Math.floor(i / k)]!;
  return w;
}
