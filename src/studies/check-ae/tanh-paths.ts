/**
 * Noisy training of shallow tanh networks by formulas written out by hand: what the library's expansions are held against.
 * Nothing of the library's derivatives, networks or simulators is used here.
 *
 *   f(x) = N^(-1/2) sum a_i tanh(w_i x + b_i),   f_eps(w) = f_0 + [f(theta_0 + eps w) - f_0] / eps
 * @module
 */
import { createRng } from "../../numeric/random.js";
import { breathe } from "../../progress.js";

export interface TanhPaths {
  /** theta_0: N inner weights, N biases, N outer weights */
  readonly theta: Float64Array;
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly testX: Float64Array;
  readonly noise: number;
  readonly eps: number;
  readonly step: number;
  readonly time: number;
  readonly pairs: number;
  readonly seed: number;
  /** also tr hess L at the end */
  readonly trace?: boolean;
  /** also the linear model along the same noise, for the difference of the variances */
  readonly linear?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Means over pairs with standard errors; outputs are train rows, then test rows. */
export interface TanhPathMeans {
  /** (f^+ + f^-) / 2 - f^quiet */
  readonly effect: Float64Array;
  readonly effectError: Float64Array;
  readonly variance: Float64Array;
  readonly varianceError: Float64Array;
  /** the same difference of tr hess L */
  readonly trace: number;
  readonly traceError: number;
  /** variance of f_eps minus that of the linear model along the same noise */
  readonly excess: Float64Array;
  readonly excessError: Float64Array;
}

/** f_eps(w) at the points, and what the Hessian's trace needs. */
function evaluator({ theta, eps, x, y }: Pick<TanhPaths, "theta" | "eps" | "x" | "y">) {
  const units = theta.length / 3;
  const scale = 1 / Math.sqrt(units);
  const outputs = (w: Float64Array | null, points: Float64Array) =>
    Float64Array.from(points, (point) => {
      let sum = 0;
      for (let i = 0; i < units; i++) {
        const at = (k: number) => theta[k * units + i]! + (w === null ? 0 : eps * w[k * units + i]!);
        sum += at(2) * Math.tanh(at(0) * point + at(1));
      }
      return scale * sum;
    });
  const start = outputs(null, x);
  /** tr hess L = 1/n sum [ |grad f|^2 + eps (f_eps - y) tr hess f ], at theta_0 + eps w */
  const trace = (w: Float64Array) => {
    const f = outputs(w, x);
    let total = 0;
    for (let s = 0; s < x.length; s++) {
      const g = start[s]! + (f[s]! - start[s]!) / eps - y[s]!;
      for (let i = 0; i < units; i++) {
        const a = theta[2 * units + i]! + eps * w[2 * units + i]!;
        const z = (theta[i]! + eps * w[i]!) * x[s]! + theta[units + i]! + eps * w[units + i]!;
        const t = Math.tanh(z);
        const d = 1 - t * t;
        const size = x[s]! ** 2 + 1;
        total += scale ** 2 * (t * t + (a * d) ** 2 * size) - eps * g * scale * 2 * a * t * d * size;
      }
    }
    return total / x.length;
  };
  return { units, scale, outputs, start, trace };
}

/** Pairs of Euler paths with opposite noise against the path without noise, by the same steps. */
export async function tanhPaths(input: TanhPaths): Promise<TanhPathMeans> {
  const { theta, x, y, testX, noise, eps, step, time, pairs, seed, signal } = input;
  const { units, scale, outputs, start, trace } = evaluator(input);
  const count = theta.length;
  const n = x.length;
  const steps = Math.round(time / step);
  const points = Float64Array.of(...x, ...testX);
  const startAll = outputs(null, points);
  const tanhs = new Float64Array(units);
  const gradient = new Float64Array(count);
  const spread = noise * Math.sqrt(step);

  const move = (w: Float64Array, xi: Float64Array | null, sign: number) => {
    gradient.fill(0);
    for (let s = 0; s < n; s++) {
      let f = 0;
      for (let i = 0; i < units; i++) {
        const z = (theta[i]! + eps * w[i]!) * x[s]! + theta[units + i]! + eps * w[units + i]!;
        const t = Math.tanh(z);
        tanhs[i] = t;
        f += (theta[2 * units + i]! + eps * w[2 * units + i]!) * t;
      }
      const g = ((start[s]! + (scale * f - start[s]!) / eps - y[s]!) * scale) / n;
      for (let i = 0; i < units; i++) {
        const t = tanhs[i]!;
        const slope = g * (theta[2 * units + i]! + eps * w[2 * units + i]!) * (1 - t * t);
        gradient[i]! += slope * x[s]!;
        gradient[units + i]! += slope;
        gradient[2 * units + i]! += g * t;
      }
    }
    for (let i = 0; i < count; i++) {
      w[i]! += (xi === null ? 0 : sign * spread * xi[i]!) - step * gradient[i]!;
    }
  };
  const observe = (w: Float64Array) =>
    outputs(w, points).map((f, i) => startAll[i]! + (f - startAll[i]!) / eps);

  // the linear model: j at theta_0 by hand
  const j = Array.from(points, (point) => {
    const row = new Float64Array(count);
    for (let i = 0; i < units; i++) {
      const t = Math.tanh(theta[i]! * point + theta[units + i]!);
      const slope = scale * theta[2 * units + i]! * (1 - t * t);
      row[i] = slope * point;
      row[units + i] = slope;
      row[2 * units + i] = scale * t;
    }
    return row;
  });
  const along = (row: Float64Array, w: Float64Array) => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += row[i]! * w[i]!;
    return sum;
  };
  const moveLinear = (w: Float64Array, xi: Float64Array | null, sign: number) => {
    gradient.fill(0);
    for (let s = 0; s < n; s++) {
      const g = (start[s]! + along(j[s]!, w) - y[s]!) / n;
      for (let i = 0; i < count; i++) gradient[i]! += g * j[s]![i]!;
    }
    for (let i = 0; i < count; i++) {
      w[i]! += (xi === null ? 0 : sign * spread * xi[i]!) - step * gradient[i]!;
    }
  };
  const observeLinear = (w: Float64Array) => Float64Array.from(j, (row, i) => startAll[i]! + along(row, w));

  const rest = new Float64Array(count);
  const restLinear = new Float64Array(count);
  for (let k = 0; k < steps; k++) {
    move(rest, null, 0);
    if (input.linear) moveLinear(restLinear, null, 0);
  }
  const quiet = observe(rest);
  const quietLinear = observeLinear(restLinear);
  const quietTrace = input.trace ? trace(rest) : 0;
  const size = points.length;
  const zeros = () => new Float64Array(size);
  const sums = { effect: zeros(), square: zeros(), fourth: zeros(), excess: zeros(), excessSquares: zeros() };
  const effectSquares = zeros();
  let [traceSum, traceSquares] = [0, 0];
  const rng = createRng(seed).fork("tanh paths");
  const xi = new Float64Array(count);
  for (let pair = 0; pair < pairs; pair++) {
    if (pair % 500 === 0) await breathe(signal);
    const stream = rng.fork("pair", pair);
    const [plus, minus, line] = [new Float64Array(count), new Float64Array(count), new Float64Array(count)];
    for (let k = 0; k < steps; k++) {
      stream.normals(xi);
      move(plus, xi, 1);
      move(minus, xi, -1);
      if (input.linear) moveLinear(line, xi, 1);
    }
    // the other linear path is the mirror image of this one
    const lineOutputs = observeLinear(line);
    const [up, down] = [observe(plus), observe(minus)];
    for (let i = 0; i < size; i++) {
      const [a, b] = [up[i]! - quiet[i]!, down[i]! - quiet[i]!];
      const effect = (a + b) / 2;
      const square = (a * a + b * b) / 2;
      sums.effect[i]! += effect;
      effectSquares[i]! += effect ** 2;
      sums.square[i]! += square;
      sums.fourth[i]! += square ** 2;
      if (input.linear) {
        const excess = square - (lineOutputs[i]! - quietLinear[i]!) ** 2;
        sums.excess[i]! += excess;
        sums.excessSquares[i]! += excess ** 2;
      }
    }
    if (input.trace) {
      const effect = (trace(plus) + trace(minus)) / 2 - quietTrace;
      traceSum += effect;
      traceSquares += effect ** 2;
    }
  }
  const errorOf = (sum: number, squares: number) =>
    Math.sqrt(Math.max(0, squares / pairs - (sum / pairs) ** 2) / (pairs - 1));
  const effect = sums.effect.map((sum) => sum / pairs);
  return {
    effect,
    effectError: effect.map((_, i) => errorOf(sums.effect[i]!, effectSquares[i]!)),
    variance: effect.map((mean, i) => sums.square[i]! / pairs - mean ** 2),
    varianceError: effect.map((_, i) => errorOf(sums.square[i]!, sums.fourth[i]!)),
    trace: traceSum / pairs,
    traceError: errorOf(traceSum, traceSquares),
    excess: effect.map((mean, i) => sums.excess[i]! / pairs - mean ** 2),
    excessError: effect.map((_, i) => errorOf(sums.excess[i]!, sums.excessSquares[i]!)),
  };
}
