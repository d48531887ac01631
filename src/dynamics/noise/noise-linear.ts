/**
 * Noise in the linear model of a finite network, complete: means, covariances between outputs and between times, and the
 * weights' own variances, for constant noise that may differ between parameters (paper A, first order).
 *
 *   dw = -J^T (g_0 + J w) / n dt + sqrt(D) dW,     f = f_0 + J w,     t = learning rate x steps
 *
 * With A = J^T J / n = sum_p a_p e_p e_p^T and D_pq = e_p.D e_q,
 *
 *   E w_t = -sum_p e_p b_p (1 - e^(-a_p t)) / a_p        Cov(w_t)_pq = D_pq (1 - e^(-(a_p + a_q) t)) / (a_p + a_q)
 *   Cov(w_t, w_u) = e^(-A (t - u)) Cov(w_u),  t >= u
 *
 * and gradient descent with steps eta and noise of covariance eta D in each has (1 - eta a_p)^k for e^(-a_p t) and
 * eta (1 - (G_p G_q)^k) / (1 - G_p G_q), G_p = 1 - eta a_p, for the integrals. Directions that training does not see (a = 0)
 * diffuse: there the variance grows like t.
 * @module
 */
import { ForetrainError } from "../../errors.js";
import { type FiniteModel, samplesOf, targetsOf } from "../../finite/model.js";
import { type FloatArray, type ParameterTensor, parametersOf } from "../../finite/parameters.js";
import { matmul } from "../../numeric/linalg/index.js";
import { type Matrix, matrix, type NdArray } from "../../numeric/matrix.js";
import { type Clock, checkClock } from "../../trainability/index.js";
import { gradientsAlong, outputsAt, rowsOf } from "../gradients-along.js";
import { addScaled, type ModeBasis, modeBasis } from "./noise-modes.js";

/** s for all parameters, s_p of every parameter [P], or the matrix D = s s^T [P, P] for small networks. */
export type ParameterNoise = number | Float64Array | Matrix;

/** Linear model, data, noise and times of `linearNoise`. */
export interface LinearNoiseInput {
  readonly model: FiniteModel;
  /** theta_0 [parameters] */
  readonly parameters: FloatArray;
  readonly x: NdArray;
  readonly y: NdArray;
  readonly testX?: NdArray | undefined;
  readonly noise: ParameterNoise;
  /** ascending, all of one kind and learning rate; without momentum */
  readonly clocks: readonly Clock[];
}

/** Moments at one clock; outputs are train rows, then test rows. */
export interface LinearNoise {
  readonly clock: Clock;
  /** E f [rows] */
  readonly mean: Float64Array;
  /** Cov(f, f') [rows, rows] */
  readonly covariance: Matrix;
  /** Cov(f now, f' at clock k) [rows, rows] for all clocks k up to this one, which is the last */
  readonly between: readonly Matrix[];
  /** E w [P] */
  readonly weights: Float64Array;
  /** Var w [P] */
  readonly weightVariance: Float64Array;
  /** expected loss 1/(2 n) E |f - y|^2 on the train rows */
  readonly loss: number;
}

/**
 * The moments of the linear model at every clock, in closed form; exact to rounding. The mean does not depend on the noise.
 * Cost: 4 rows^2 P flops once and 2 rows^2 P for every clock; memory 8 (4 rows + 2 clocks) P bytes.
 * Theory notes A1.2, A2.1.
 * @throws ERR_DOMAIN for negative noise, clocks with momentum or of different kinds; ERR_SHAPE for noise of another length
 */
export async function linearNoise(input: LinearNoiseInput): Promise<LinearNoise[]> {
  const { model, clocks } = input;
  const parameters = parametersOf(model, input.parameters, "linearNoise");
  requireClocks(clocks);
  const train = samplesOf(model, input.x, "linearNoise");
  const test = input.testX === undefined ? null : samplesOf(model, input.testX, "linearNoise", "testX");
  const targets = targetsOf(model, input.y, train.samples, "linearNoise");
  const x = new Float64Array(train.data.length + (test?.data.length ?? 0));
  x.set(train.data);
  if (test !== null) x.set(test.data, train.data.length);
  const point = { model, parameters, x, samples: train.samples + (test?.samples ?? 0) };
  const rows = rowsOf(point);
  const p = model.parameterCount;
  const gradients = new Float64Array(rows * p);
  gradientsAlong(point, null, [gradients]);
  const value = outputsAt(point);
  const residual = Float64Array.from(targets, (target, i) => value[i]! - target);
  const basis = await modeBasis(gradients, p, residual, train.samples);
  const noise = noiseInBasis(input.noise, basis, p);
  const r = basis.size;
  const g = matrix(rows, r, basis.gradients);
  const spreads = clocks.map((clock) => {
    const inside = matrix(r, r);
    for (let a = 0; a < r; a++) {
      for (let b = 0; b < r; b++) {
        const [left, right] = [basis.rates[a]!, basis.rates[b]!];
        if (left + right > 0)
          inside.data[a * r + b] = noise.inside.data[a * r + b]! * spread(left, right, clock);
      }
    }
    return inside;
  });
  const diffusion = outputDiffusion(basis, noise.inside, rows);
  return clocks.map((clock, k) => {
    const mean = Float64Array.from(value);
    const weights = new Float64Array(p);
    for (let e = 0; e < r; e++) {
      const moved = -basis.slope[e]! * reach(basis.rates[e]!, clock);
      addScaled(moved, basis.directions.subarray(e * p, (e + 1) * p), weights);
      for (let i = 0; i < rows; i++) mean[i]! += basis.gradients[i * r + e]! * moved;
    }
    const between = clocks.slice(0, k + 1).map((earlier, l) => {
      const faded = matrix(r, r, Float64Array.from(spreads[l]!.data));
      for (let a = 0; a < r; a++) {
        const left = decay(basis.rates[a]!, earlier, clock);
        for (let b = 0; b < r; b++) faded.data[a * r + b]! *= left;
      }
      const out = matmul(matmul(g, faded), g, { transposeB: true });
      const since = spread(0, 0, earlier);
      diffusion.forEach((d, at) => {
        if (d !== 0) out.data[at]! += d * since;
      });
      return out;
    });
    const covariance = between[k]!;
    let loss = 0;
    for (let i = 0; i < residual.length; i++) {
      loss += ((mean[i]! - targets[i]!) ** 2 + covariance.data[i * rows + i]!) / (2 * train.samples);
    }
    const weightVariance = varianceOfWeights(basis, noise, spreads[k]!, clock, p);
    return { clock, mean, covariance, between, weights, weightVariance, loss };
  });
}

/** s_p for every parameter from one number for every tensor. */
export function parameterNoise(
  model: FiniteModel,
  deviation: (tensor: ParameterTensor) => number,
): Float64Array {
  const out = new Float64Array(model.parameterCount);
  for (const tensor of model.tensors) {
    out.fill(deviation(tensor), tensor.offset, tensor.offset + tensor.size);
  }
  return out;
}

interface BasisNoise {
  /** D e_p less its part in the basis [R, P] */
  readonly outside: Float64Array;
  /** D_pq [R, R] */
  readonly inside: Matrix;
  /** the diagonal of P_0 D P_0 [P], variances of flat directions */
  readonly flat: Float64Array;
}

function noiseInBasis(noise: ParameterNoise, { size: r, directions }: ModeBasis, p: number): BasisNoise {
  const e = matrix(r, p, directions);
  const diagonal = diagonalOf(noise, p);
  const pushed =
    noise instanceof Float64Array || typeof noise === "number"
      ? matrix(
          r,
          p,
          directions.map((value, at) => value * diagonal[at % p]!),
        )
      : matmul(e, noise);
  const inside = matmul(e, pushed, { transposeB: true });
  const back = matmul(inside, e); // D_qp e_q, the part in the basis
  const flat = Float64Array.from(diagonal);
  const outside = new Float64Array(r * p);
  for (let a = 0; a < r; a++) {
    for (let i = 0; i < p; i++) {
      const at = a * p + i;
      outside[at] = pushed.data[at]! - back.data[at]!;
      flat[i]! += directions[at]! * (back.data[at]! - 2 * pushed.data[at]!);
    }
  }
  // rounding may leave less than nothing where all of a parameter lies in the basis
  for (let i = 0; i < p; i++) flat[i] = flat[i]! > 1e-13 * diagonal[i]! ? flat[i]! : 0;
  return { outside, inside, flat };
}

function diagonalOf(noise: ParameterNoise, p: number): Float64Array {
  const fail = (got: string, expected: string, code: "ERR_DOMAIN" | "ERR_SHAPE" = "ERR_DOMAIN") => {
    throw new ForetrainError(code, `linearNoise: noise is ${got}, expected ${expected}`, {
      argument: "noise",
    });
  };
  if (typeof noise === "number") {
    if (!(noise >= 0 && Number.isFinite(noise))) fail(String(noise), "a number >= 0");
    return new Float64Array(p).fill(noise ** 2);
  }
  if (noise instanceof Float64Array) {
    if (noise.length !== p)
      fail(`an array of ${noise.length} numbers`, `${p}, one for every parameter`, "ERR_SHAPE");
    if (!noise.every((s) => s >= 0 && Number.isFinite(s)))
      fail("negative or not finite somewhere", "numbers >= 0");
    return noise.map((s) => s * s);
  }
  if (noise.shape[0] !== p || noise.shape[1] !== p) {
    fail(`a matrix [${noise.shape.join(", ")}]`, `[${p}, ${p}]`, "ERR_SHAPE");
  }
  for (let i = 0; i < p; i++) {
    if (!(noise.data[i * p + i]! >= 0))
      fail("a matrix with a negative variance", "a positive semidefinite matrix");
    for (let j = 0; j < i; j++) {
      const [a, b] = [noise.data[i * p + j]!, noise.data[j * p + i]!];
      const scale = Math.sqrt(noise.data[i * p + i]! * noise.data[j * p + j]!);
      if (!(Math.abs(a - b) <= 1e-10 * scale && Math.abs(a) <= scale * (1 + 1e-10))) {
        fail(`no covariance matrix at (${i}, ${j})`, "a symmetric positive semidefinite matrix");
      }
    }
  }
  return Float64Array.from({ length: p }, (_, i) => noise.data[i * p + i]!);
}

/** The part of Cov(f, f') that grows with time, per unit of it: of directions that training does not see [rows, rows]. */
function outputDiffusion(
  { size: r, rates, gradients }: ModeBasis,
  inside: Matrix,
  rows: number,
): Float64Array {
  const g = matrix(rows, r, gradients);
  const free = matrix(
    r,
    r,
    inside.data.map((d, at) => (rates[Math.floor(at / r)]! + rates[at % r]! > 0 ? 0 : d)),
  );
  const [out, all] = [free, inside].map((d) => matmul(matmul(g, d), g, { transposeB: true }).data);
  // rounding of a gradient that training sees all of is no diffusion
  return out!.map((value, at) => {
    const [i, k] = [Math.floor(at / rows), at % rows];
    return Math.abs(value) > 1e-12 * Math.sqrt(all![i * (rows + 1)]! * all![k * (rows + 1)]!) ? value : 0;
  });
}

function varianceOfWeights(
  { size: r, rates, directions }: ModeBasis,
  { outside, flat, inside: all }: BasisNoise,
  inside: Matrix,
  clock: Clock,
  p: number,
): Float64Array {
  const e = matrix(r, p, directions);
  const free = matrix(
    r,
    r,
    all.data.map((d, at) => (rates[Math.floor(at / r)]! + rates[at % r]! > 0 ? 0 : d)),
  );
  const settled = matmul(inside, e).data;
  const loose = matmul(free, e).data;
  const out = new Float64Array(p);
  const diffusing = Float64Array.from(flat);
  for (let a = 0; a < r; a++) {
    const mixed = rates[a]! > 0 ? spread(rates[a]!, 0, clock) : 0;
    for (let i = 0; i < p; i++) {
      const at = a * p + i;
      out[i]! += directions[at]! * (settled[at]! + 2 * mixed * outside[at]!);
      diffusing[i]! += directions[at]! * (loose[at]! + (rates[a]! > 0 ? 0 : 2 * outside[at]!));
    }
  }
  const since = spread(0, 0, clock);
  return out.map((value, i) => (diffusing[i]! > 0 ? value + diffusing[i]! * since : value));
}

/** (1 - decay) / a: how far a unit of slope moves a weight. */
function reach(a: number, clock: Clock): number {
  if (clock.kind === "momentumFlow") return Number.NaN; // excluded by requireClocks
  if (clock.kind === "flow") return a === 0 ? 0 : -Math.expm1(-a * clock.time) / a;
  return a === 0 ? 0 : (1 - (1 - clock.learningRate * a) ** clock.steps) / a;
}

/** What is left at `later` of a weight at `earlier`. */
function decay(a: number, earlier: Clock, later: Clock): number {
  if (a === 0) return 1;
  if (earlier.kind === "flow" && later.kind === "flow") {
    return earlier.time === later.time ? 1 : Math.exp(-a * (later.time - earlier.time));
  }
  if (earlier.kind === "gd" && later.kind === "gd") {
    return earlier.steps === later.steps ? 1 : (1 - later.learningRate * a) ** (later.steps - earlier.steps);
  }
  return Number.NaN; // excluded by requireClocks
}

/** Covariance of two weights with rates a and b for unit noise in both. */
function spread(a: number, b: number, clock: Clock): number {
  if (clock.kind === "momentumFlow") return Number.NaN; // excluded by requireClocks
  if (clock.kind === "flow") {
    const rate = a + b;
    return rate === 0 ? clock.time : -Math.expm1(-rate * clock.time) / rate;
  }
  const { learningRate: eta, steps } = clock;
  // 1 - (1 - eta a)(1 - eta b), also where the product rounds to 1
  const lost = eta * (a + b) - eta * eta * a * b;
  if (lost === 0) return eta * steps;
  const power = lost < 1 ? -Math.expm1(steps * Math.log1p(-lost)) : 1 - (1 - lost) ** steps;
  return (eta * power) / lost;
}

function requireClocks(clocks: readonly Clock[]): void {
  const fail = (index: number, what: string) => {
    throw new ForetrainError("ERR_DOMAIN", `linearNoise: clocks[${index}] ${what}`, {
      argument: "clocks",
      index,
    });
  };
  clocks.forEach((clock, k) => {
    checkClock(clock, "linearNoise");
    if (clock.kind === "momentumFlow" || (clock.kind === "gd" && (clock.momentum ?? 0) !== 0))
      fail(k, "has momentum; leave momentum out");
    const before = clocks[k - 1];
    if (before === undefined) return;
    const fits =
      before.kind === "flow"
        ? clock.kind === "flow" && clock.time >= before.time
        : clock.kind === "gd" &&
          before.kind === "gd" &&
          clock.learningRate === before.learningRate &&
          clock.steps >= before.steps;
    if (!fits) fail(k, "does not follow the one before; give ascending clocks of one kind and learning rate");
  });
}
