/**
 * Noisy training of small networks to any order: the hierarchy of moments (paper A, higher orders).
 *
 * With the lazy family f_eps(w) = f_0 + f_1(w) + eps f_2(w) + eps^2 f_3(w) + ..., f_k the Taylor term of degree k, the weights move by
 *
 *   dw = -1/n sum_i (r_i + f_1i + eps f_2i + ...) grad (f_1i + eps f_2i + ...) dt + s dW
 *
 * so that the generator is G_0 + eps G_1 + ..., where G_h raises degrees of monomials by at most h. The eps^k part M^(k)_alpha
 * of E[w^alpha] obeys d/dt M^(k) = sum_h G_h^* M^(k-h); for means to eps^K it closes with degrees up to 1 + K - k.
 * @module
 */
import { ForetrainError } from "../../errors.js";
import { type FiniteModel, requireSmooth, samplesOf, targetsOf } from "../../finite/model.js";
import { type FloatArray, parametersOf } from "../../finite/parameters.js";
import type { NdArray } from "../../numeric/matrix.js";
import { solveOde } from "../../numeric/ode.js";
import {
  addProduct,
  countMonomials,
  derivative,
  type Monomials,
  monomials,
  outputPolynomials,
} from "./polynomials.js";

/** Network, data, noise and order of `momentHierarchy`. */
export interface MomentHierarchyInput {
  readonly model: FiniteModel;
  /** theta_0 [parameters]: a few parameters only */
  readonly parameters: FloatArray;
  readonly x: NdArray;
  readonly y: NdArray;
  readonly testX?: NdArray | undefined;
  /** s >= 0 */
  readonly noise: number;
  /** Taylor degree K >= 1 of the output: results have coefficients of eps^0 to eps^(K - 1) */
  readonly order: number;
  /** ascending, learning rate times steps */
  readonly times: readonly number[];
  /** of the solver, default 1e-12 */
  readonly tolerance?: number | undefined;
}

/** Coefficients of eps^0, eps^1, ... at one time; outputs are train rows, then test rows. */
export interface MomentExpansion {
  readonly time: number;
  /** of E w */
  readonly weights: readonly Float64Array[];
  /** of E f */
  readonly outputs: readonly Float64Array[];
  /** of Var f */
  readonly variance: readonly Float64Array[];
  /** of E tr hess L, of the loss' Hessian in w */
  readonly hessianTrace: readonly number[];
}

/** Products in the equations: 2^25 are 400 MB. */
const MOST_PRODUCTS = 2 ** 25;

/**
 * Expected weights, outputs and Hessian trace and the outputs' variance, to any order in eps. Order 3 is that of `noiseExpansion`. The series
 * in eps is asymptotic: with noise, more terms help only for small eps or short times.
 *
 * Numbers of state: sum over k < K of binomial(P + 1 + K - k, P), for P parameters.
 * Theory notes A3.
 * @throws ERR_MEMORY for more parameters or orders than fit; ERR_UNAVAILABLE for kinks at order >= 2; ERR_DOMAIN, ERR_SHAPE
 * @example
 * const [end] = momentHierarchy({ model, parameters, x, y, noise: 0.5, order: 7, times: [1.5] });
 * end.weights.map((coefficient) => coefficient[0]); // eps^0 to eps^6 of E w
 */
export function momentHierarchy(input: MomentHierarchyInput): MomentExpansion[] {
  const { model, noise, order, times, tolerance = 1e-12 } = input;
  requireNumbers(input);
  const parameters = parametersOf(model, input.parameters, "momentHierarchy");
  const train = samplesOf(model, input.x, "momentHierarchy");
  const test = input.testX === undefined ? null : samplesOf(model, input.testX, "momentHierarchy", "testX");
  const targets = targetsOf(model, input.y, train.samples, "momentHierarchy");
  const p = model.parameterCount;
  // E f^2 of eps^(K - 1) has products of two outputs, degree K + 1
  const degree = order + 1;
  const products = countProducts(p, order);
  if (products > MOST_PRODUCTS) {
    throw new ForetrainError(
      "ERR_MEMORY",
      `momentHierarchy: order ${order} of ${p} parameters has ${products.toExponential(1)} products of moments, ` +
        `${Math.ceil((12 * products) / 2 ** 20)} MiB; at most ${MOST_PRODUCTS} are possible. Use a lower order or a smaller network; ` +
        "noiseExpansion goes to order 3 for large networks",
      { argument: "order", got: products, expected: MOST_PRODUCTS },
    );
  }
  const of = monomials(p, degree, "momentHierarchy");
  const x = new Float64Array(train.data.length + (test?.data.length ?? 0));
  x.set(train.data);
  if (test !== null) x.set(test.data, train.data.length);
  const samples = train.samples + (test?.samples ?? 0);
  const taylor = outputPolynomials({ model, parameters, x, samples }, of, order);
  const parts = taylor.map((polynomial) =>
    Array.from({ length: order + 1 }, (_, k) => homogeneous(of, polynomial, k)),
  );
  const drift = driftParts(of, parts.slice(0, targets.length), targets, train.samples, order);
  const generators = drift.map((polynomials, h) => generatorOf(of, polynomials, h, h === 0 ? noise : 0));
  const counts = Array.from({ length: order }, (_, k) => of.upTo[degree - k]!);
  const starts = counts.map((_, k) => counts.slice(0, k).reduce((a, b) => a + b, 0));
  const start = new Float64Array(counts.reduce((a, b) => a + b, 0));
  start[0] = 1; // E 1; all other moments of w = 0 vanish
  const slope = (_: number, state: Float64Array, out: Float64Array) => {
    out.fill(0);
    for (let k = 0; k < order; k++) {
      const to = out.subarray(starts[k]!, starts[k]! + counts[k]!);
      for (let h = 0; h <= k; h++) {
        const from = state.subarray(starts[k - h]!, starts[k - h]! + counts[k - h]!);
        apply(generators[h]!, from, to);
      }
    }
  };
  const states = solveOde(slope, start, times, { tolerance });
  const curvature = tracePolynomials(of, parts.slice(0, targets.length), targets, train.samples, order);
  const traces = (moments: readonly Float64Array[]) =>
    moments.map((_, k) => {
      let sum = 0;
      for (let h = 0; h <= k; h++) sum += meanOf(curvature[h]!, moments[k - h]!);
      return sum;
    });
  return times.map((time, at) => {
    const moments = starts.map((from, k) => states[at]!.subarray(from, from + counts[k]!));
    return { time, ...expectations(of, parts, moments), hessianTrace: traces(moments) };
  });
}

function homogeneous(of: Monomials, polynomial: Float64Array, k: number): Float64Array {
  const out = new Float64Array(polynomial.length);
  const from = k === 0 ? 0 : of.upTo[k - 1]!;
  out.set(polynomial.subarray(from, of.upTo[k]!), from);
  return out;
}

/** F_h [P] for h < order: 1/n sum_i [ r_i grad f_(h+1) + sum over p + q = h + 1, p >= 1 of f_p grad f_(q+1) ]. */
function driftParts(
  of: Monomials,
  parts: readonly (readonly Float64Array[])[],
  targets: Float64Array,
  samples: number,
  order: number,
): Float64Array[][] {
  return Array.from({ length: order }, (_, h) =>
    Array.from({ length: of.variables }, (_, variable) => {
      const out = new Float64Array(of.exponents.length);
      parts.forEach((f, i) => {
        const constant = f[0]!.map((value, a) => (a === 0 ? value - targets[i]! : 0));
        for (let q = 0; q <= h; q++) {
          const slope = derivative(of, f[q + 1]!, variable);
          addProduct(of, q === h ? constant : f[h + 1 - q]!, slope, 1 / samples, out);
          if (q === h) addProduct(of, f[1]!, slope, 1 / samples, out);
        }
      });
      return out;
    }),
  );
}

/** G_h w^alpha as a combination of monomials, for all alpha: rows of a sparse matrix. */
interface Generator {
  readonly rows: Int32Array;
  readonly columns: Int32Array;
  readonly values: Float64Array;
}

function generatorOf(of: Monomials, drift: readonly Float64Array[], h: number, noise: number): Generator {
  const rows = [0];
  const columns: number[] = [];
  const values: number[] = [];
  const sparse = drift.map((polynomial) =>
    [...polynomial.keys()]
      .filter((b) => polynomial[b] !== 0)
      .map((b) => [of.codes[b]!, polynomial[b]!] as const),
  );
  const last = of.upTo[of.degree - h]!;
  for (let a = 0; a < last; a++) {
    of.exponents[a]!.forEach((power, p) => {
      if (power === 0) return;
      const lowered = of.codes[a]! - of.axis[p]!;
      for (const [code, value] of sparse[p]!) {
        columns.push(of.index.get(lowered + code)!);
        values.push(-power * value);
      }
      if (noise > 0 && power > 1) {
        columns.push(of.index.get(lowered - of.axis[p]!)!);
        values.push((noise ** 2 * power * (power - 1)) / 2);
      }
    });
    rows.push(columns.length);
  }
  return {
    rows: Int32Array.from(rows),
    columns: Int32Array.from(columns),
    values: Float64Array.from(values),
  };
}

function apply({ rows, columns, values }: Generator, from: Float64Array, to: Float64Array): void {
  for (let a = 0; a < to.length; a++) {
    let sum = 0;
    for (let k = rows[a]!; k < rows[a + 1]!; k++) sum += values[k]! * from[columns[k]!]!;
    to[a]! += sum;
  }
}

/**
 * The polynomials of eps^h in tr hess L: 1/n sum_i [ sum over a + b = h of grad f_(a+1).grad f_(b+1) + f_(a+1) Lap f_(b+1), and
 * r_i Lap f_(h+1) ].
 */
function tracePolynomials(
  of: Monomials,
  parts: readonly (readonly Float64Array[])[],
  targets: Float64Array,
  samples: number,
  order: number,
): Float64Array[] {
  const out = Array.from({ length: order }, () => new Float64Array(of.exponents.length));
  const variables = Array.from({ length: of.variables }, (_, p) => p);
  parts.forEach((f, i) => {
    const slopes = f.slice(1).map((part) => variables.map((p) => derivative(of, part, p)));
    const laplacians = slopes.map((slope) => {
      const sum = new Float64Array(of.exponents.length);
      slope.forEach((part, p) => {
        const second = derivative(of, part, p);
        for (let a = 0; a < sum.length; a++) sum[a]! += second[a]!;
      });
      return sum;
    });
    const residual = f[0]![0]! - targets[i]!;
    for (let h = 0; h < order; h++) {
      for (let a = 0; a <= h; a++) {
        for (const p of variables) addProduct(of, slopes[a]![p]!, slopes[h - a]![p]!, 1 / samples, out[h]!);
        addProduct(of, f[a + 1]!, laplacians[h - a]!, 1 / samples, out[h]!);
      }
      laplacians[h]!.forEach((value, a) => {
        out[h]![a]! += (residual * value) / samples;
      });
    }
  });
  return out;
}

function meanOf(polynomial: Float64Array, moments: Float64Array): number {
  let sum = 0;
  for (let a = 0; a < moments.length; a++) sum += polynomial[a]! * moments[a]!;
  return sum;
}

/** E w, E f and Var f from the moments. */
function expectations(
  of: Monomials,
  parts: readonly (readonly Float64Array[])[],
  moments: readonly Float64Array[],
): Omit<MomentExpansion, "time" | "hessianTrace"> {
  const order = moments.length;
  const mean = (polynomial: Float64Array, k: number) => meanOf(polynomial, moments[k]!);
  const outputs = moments.map((_, k) =>
    Float64Array.from(parts, (f) => {
      let sum = k === 0 ? f[0]![0]! : 0;
      for (let h = 0; h <= k; h++) sum += mean(f[h + 1]!, k - h);
      return sum;
    }),
  );
  const variance = moments.map(() => new Float64Array(parts.length));
  parts.forEach((f, i) => {
    for (let k = 0; k < order; k++) {
      // E (f - f_0)^2, less the square of its mean
      for (let h = 0; h <= k; h++) {
        const square = new Float64Array(of.exponents.length);
        for (let g = 0; g <= h; g++) addProduct(of, f[g + 1]!, f[h - g + 1]!, 1, square);
        variance[k]![i]! += mean(square, k - h);
        const shift = (l: number) => outputs[l]![i]! - (l === 0 ? f[0]![0]! : 0);
        variance[k]![i]! -= shift(h) * shift(k - h);
      }
    }
  });
  const first = of.variables === 0 ? 0 : 1;
  return {
    weights: moments.map((m) => m.slice(first, first + of.variables)),
    outputs,
    variance,
  };
}

/** Products in all equations together, from above. */
function countProducts(p: number, order: number): number {
  let sum = 0;
  for (let h = 0; h < order; h++) {
    const terms = countMonomials(p, h + 1) - (h === 0 ? 0 : countMonomials(p, h - 1));
    sum += countMonomials(p, order + 1 - h) * Math.min(p, order + 1 - h) * terms;
  }
  return sum;
}

function requireNumbers({ noise, order, model }: MomentHierarchyInput): void {
  const fail = (argument: string, got: number, expected: string) => {
    throw new ForetrainError("ERR_DOMAIN", `momentHierarchy: ${argument} is ${got}, expected ${expected}`, {
      argument,
      got,
    });
  };
  if (!(noise >= 0 && Number.isFinite(noise))) fail("noise", noise, "a number >= 0");
  if (!(Number.isInteger(order) && order >= 1 && order <= 20))
    fail("order", order, "a whole number from 1 to 20");
  if (order > 1) requireSmooth(model, "momentHierarchy", order, ": it has no Taylor polynomial there");
}
