/**
 * Dense NNGP and NTK recursions for erf and ReLU networks from their closed forms, written independently of the kernel
 * engine: K' = sigma_w^2 T(K) + sigma_b^2, Theta' = K' + sigma_w^2 Tdot(K) Theta, K^(0) = Theta^(0) = q* cos of the angles.
 */
import { type Matrix, matrix } from "../../src/numeric/matrix.js";
import { createRng } from "../../src/numeric/random.js";

export interface FixedPoint {
  readonly weightVariance: number;
  readonly biasVariance: number;
  readonly qStar: number;
  readonly chi1: number;
  readonly cStar: number;
  readonly chiC: number;
  /** C''(1) */
  readonly curvature: number;
  readonly phase: "ordered" | "critical" | "chaotic";
}

const erfDual = (aa: number, bb: number, ab: number) =>
  (2 / Math.PI) * Math.asin((2 * ab) / Math.sqrt((1 + 2 * aa) * (1 + 2 * bb)));
const erfSlope = (aa: number, bb: number, ab: number) =>
  4 / Math.PI / Math.sqrt((1 + 2 * aa) * (1 + 2 * bb) - 4 * ab * ab);

export function erfFixedPoint(weightVariance: number, biasVariance: number): FixedPoint {
  let q = 1;
  for (let i = 0; i < 5000; i++) q = weightVariance * erfDual(q, q, q) + biasVariance;
  const chi1 = weightVariance * erfSlope(q, q, q);
  const critical = Math.abs(chi1 - 1) < 1e-9;
  let c = 1;
  if (chi1 > 1 && !critical) {
    c = 0.5;
    for (let i = 0; i < 5000; i++) c = (weightVariance * erfDual(q, q, q * c) + biasVariance) / q;
  }
  return {
    weightVariance,
    biasVariance,
    qStar: q,
    chi1,
    cStar: c,
    chiC: weightVariance * erfSlope(q, q, q * c),
    curvature: (chi1 * 4 * q * q) / (1 + 4 * q),
    phase: critical ? "critical" : chi1 < 1 ? "ordered" : "chaotic",
  };
}

/** On the critical line q* = ((4 sigma_w^2 / pi)^2 - 1) / 4 and sigma_b^2 follows; bisection for the wanted sigma_b^2. */
export function erfCritical(biasVariance: number): FixedPoint {
  let lo = Math.PI / 4;
  let hi = 5;
  for (let i = 0; i < 200; i++) {
    const w = (lo + hi) / 2;
    const q = (((4 * w) / Math.PI) ** 2 - 1) / 4;
    if (q - w * erfDual(q, q, q) < biasVariance) lo = w;
    else hi = w;
  }
  return { ...erfFixedPoint(lo, biasVariance), chi1: 1, phase: "critical" };
}

export const reluCritical: FixedPoint = {
  weightVariance: 2,
  biasVariance: 0,
  qStar: 1,
  chi1: 1,
  cStar: 1,
  chiC: 1,
  curvature: Number.NaN,
  phase: "critical",
};

export interface DeepKernels {
  readonly nngp: Matrix;
  readonly ntk: Matrix;
}

/** Kernels of all pairs after `depth` hidden layers; keepRate: dropout before the last layer, equal samples only. */
export function deepKernels(
  correlations: Matrix,
  depth: number,
  network: FixedPoint,
  options: { activation?: "erf" | "relu"; keepRate?: number } = {},
): DeepKernels {
  const { weightVariance: w, biasVariance: b } = network;
  const n = correlations.shape[0];
  let k = correlations.data.map((c) => c * network.qStar);
  let theta = k.slice();
  for (let l = 1; l <= depth; l++) {
    const nextK = new Float64Array(n * n);
    const nextTheta = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) {
        const aa = k[i * n + i]!;
        const bb = k[j * n + j]!;
        const ab = k[i * n + j]!;
        let dual: number;
        let slope: number;
        if (options.activation === "relu") {
          const scale = Math.sqrt(aa * bb);
          const angle = i === j ? 0 : Math.acos(Math.min(1, ab / scale));
          dual = (scale / (2 * Math.PI)) * (Math.sin(angle) + (Math.PI - angle) * Math.cos(angle));
          slope = (Math.PI - angle) / (2 * Math.PI);
        } else {
          dual = erfDual(aa, bb, ab);
          slope = erfSlope(aa, bb, ab);
        }
        const boost = l === depth && i === j ? 1 / (options.keepRate ?? 1) : 1;
        const at = i * n + j;
        nextK[at] = boost * w * dual + b;
        nextTheta[at] = boost * w * (dual + slope * theta[at]!) + b;
        nextK[j * n + i] = nextK[at]!;
        nextTheta[j * n + i] = nextTheta[at]!;
      }
    }
    k = nextK;
    theta = nextTheta;
  }
  return { nngp: matrix(n, n, k), ntk: matrix(n, n, theta) };
}

/** Correlations of random directions in R^dimension. */
export function randomCorrelations(n: number, dimension = 20, seed = 1): Matrix {
  const x = createRng(seed).normals(new Float64Array(n * dimension));
  const norms = Float64Array.from({ length: n }, (_, i) =>
    Math.sqrt(x.subarray(i * dimension, (i + 1) * dimension).reduce((s, v) => s + v * v, 0)),
  );
  const out = matrix(n, n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let dot = 0;
      for (let d = 0; d < dimension; d++) dot += x[i * dimension + d]! * x[j * dimension + d]!;
      out.data[i * n + j] = i === j ? 1 : dot / (norms[i]! * norms[j]!);
    }
  }
  return out;
}

/** The first `train` samples as train kernel, the others as test rows. */
export function split(kernel: Matrix, train: number): { train: Matrix; testTrain: Matrix } {
  const n = kernel.shape[0];
  const block = (from: number, to: number) => {
    const out = matrix(to - from, train);
    for (let i = from; i < to; i++)
      out.data.set(kernel.data.subarray(i * n, i * n + train), (i - from) * train);
    return out;
  };
  return { train: block(0, train), testTrain: block(train, n) };
}
