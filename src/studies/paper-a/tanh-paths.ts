/**
 * Noisy training of shallow tanh networks by formulas written out by hand: what the library's expansions are held against.
 * Nothing of the library's derivatives, networks or simulators is used here.
 *
 *   f(x) = N^(-1/2) sum a_i tanh(w_i x + b_i),   f_eps(w) = f_0 + [f(theta_0 + eps w) - f_0] / eps
 * @module
 */
import { createRng } from "../../numeric/random.js";
import { type Estimate, meanOf } from "../../numeric/statistics/index.js";
import { breathe } from "../../progress.js";
import { secondOrderOf } from "./tanh-second-order.js";

export interface TanhPaths {
  /** theta_0: N inner weights, N biases, N outer weights */
  readonly theta: Float64Array;
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly testX: Float64Array;
  readonly noise: number;
  readonly eps: number;
  readonly step: number;
  /** ascending, whole numbers of steps */
  readonly times: readonly number[];
  readonly pairs: number;
  readonly seed: number;
  /** also tr hess L */
  readonly trace?: boolean;
  /**
   * takes the part of the effect that is quadratic in the noise out of every pair, and its mean over all paths back in: the same effect
   * with a smaller standard error
   */
  readonly control?: boolean;
  /** also the linear model along the same noise, for the difference of the variances */
  readonly linear?: boolean;
  /** a direction in the space of outputs for every time, on which the effect is projected */
  readonly along?: readonly Float64Array[];
  /** with `linear`: a direction for every time, on which the difference of the variances is projected */
  readonly excessAlong?: readonly Float64Array[];
  /** targets at the test inputs, for what noise adds to the test error */
  readonly testY?: Float64Array | null;
  /** shown theta of the path with +noise, at every time of every pair */
  readonly visit?: (pair: number, at: number, theta: Float64Array) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Means over pairs with standard errors at one time; outputs are train rows, then test rows. */
export interface TanhPathMeans {
  readonly time: number;
  /** outputs without noise */
  readonly quiet: Float64Array;
  readonly quietTrace: number;
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
  /** effect . d / |d|^2 for the direction d of this time: 1 where the effect is d; null without directions */
  readonly slope: Estimate | null;
  /** the same of `excess`, along its direction; null without directions */
  readonly excessSlope: Estimate | null;
  /** what noise adds to 1/m sum (f - y)^2 over the test inputs; null without targets */
  readonly testLoss: Estimate | null;
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
export async function tanhPaths(input: TanhPaths): Promise<TanhPathMeans[]> {
  const { theta, x, y, testX, noise, eps, step, times, pairs, seed, signal } = input;
  const { units, scale, outputs, start, trace } = evaluator(input);
  const count = theta.length;
  const n = x.length;
  const steps = times.map((time) => Math.round(time / step));
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
  const quiet: Quiet[] = [];
  let done = 0;
  for (const until of steps) {
    for (; done < until; done++) {
      move(rest, null, 0);
      if (input.linear) moveLinear(restLinear, null, 0);
    }
    quiet.push({
      outputs: observe(rest),
      linear: observeLinear(restLinear),
      trace: input.trace ? trace(rest) : 0,
    });
  }
  const sums = times.map(() => new Sums(points.length));
  const slopes = times.map(() => new Float64Array(input.along === undefined ? 0 : pairs));
  const excesses = times.map(() => new Float64Array(input.excessAlong === undefined ? 0 : pairs));
  const losses = times.map(() => new Float64Array(input.testY == null ? 0 : pairs));
  /** 1/m sum (f - y)^2 over the test rows of `f` */
  const lossOf = (f: Float64Array, targets: Float64Array) =>
    targets.reduce((sum, target, i) => sum + (f[n + i]! - target) ** 2, 0) / targets.length;
  const second = input.control ? secondOrderOf(input) : null;
  const known = second?.means(steps) ?? null;
  /** by how much the effect of a pair differs from its mean because of the quadratic part */
  const luck = new Float64Array(points.length);
  const rng = createRng(seed).fork("tanh paths");
  const xi = new Float64Array(count);
  for (let pair = 0; pair < pairs; pair++) {
    if (pair % 500 === 0) await breathe(signal);
    const stream = rng.fork("pair", pair);
    const [plus, minus, line] = [new Float64Array(count), new Float64Array(count), new Float64Array(count)];
    const quadratic = second?.start() ?? null;
    let at = 0;
    for (const [k, until] of steps.entries()) {
      for (; at < until; at++) {
        stream.normals(xi);
        move(plus, xi, 1);
        move(minus, xi, -1);
        if (quadratic !== null) second!.move(quadratic, xi);
        if (input.linear) moveLinear(line, xi, 1);
      }
      const [up, down] = [observe(plus), observe(minus)];
      const rested = quiet[k]!.outputs;
      const straight = input.linear ? observeLinear(line) : null;
      if (quadratic !== null) {
        const found = second!.observe(quadratic);
        for (let i = 0; i < luck.length; i++) luck[i] = eps * (found[i]! - known![k]![i]!);
      }
      sums[k]!.add(quiet[k]!, up, down, straight, luck);
      if (input.excessAlong !== undefined && straight !== null) {
        excesses[k]![pair] = project(input.excessAlong[k]!, (i) => {
          const [a, b] = [up[i]! - rested[i]!, down[i]! - rested[i]!];
          return (a * a + b * b) / 2 - (straight[i]! - quiet[k]!.linear[i]!) ** 2;
        });
      }
      if (input.along !== undefined) {
        slopes[k]![pair] = project(input.along[k]!, (i) => (up[i]! + down[i]!) / 2 - rested[i]! - luck[i]!);
      }
      if (input.testY != null) {
        losses[k]![pair] =
          (lossOf(up, input.testY) + lossOf(down, input.testY)) / 2 - lossOf(rested, input.testY);
      }
      if (input.trace) sums[k]!.addTrace((trace(plus) + trace(minus)) / 2 - quiet[k]!.trace);
      input.visit?.(
        pair,
        k,
        theta.map((value, i) => value + eps * plus[i]!),
      );
    }
  }
  return times.map((time, k) => {
    const means = sums[k]!.means(pairs);
    // squares are about the path without noise: a variance is less by the square of the effect
    const excess = excesses[k]!.length > 0 ? meanOf(excesses[k]!) : null;
    const shift = excess === null ? 0 : project(input.excessAlong![k]!, (i) => means.effect[i]! ** 2);
    return {
      time,
      quiet: quiet[k]!.outputs,
      quietTrace: quiet[k]!.trace,
      ...means,
      slope: slopes[k]!.length > 0 ? meanOf(slopes[k]!) : null,
      excessSlope: excess === null ? null : { value: excess.value - shift, error: excess.error },
      testLoss: losses[k]!.length > 0 ? meanOf(losses[k]!) : null,
    };
  });
}

/** v . d / |d|^2 */
function project(d: Float64Array, v: (at: number) => number): number {
  let [product, square] = [0, 0];
  d.forEach((value, i) => {
    product += value * v(i);
    square += value ** 2;
  });
  return product / square;
}

interface Quiet {
  readonly outputs: Float64Array;
  readonly linear: Float64Array;
  readonly trace: number;
}

/** Sums over pairs at one time. */
class Sums {
  readonly #effect: Float64Array;
  readonly #effectSquares: Float64Array;
  readonly #square: Float64Array;
  readonly #fourth: Float64Array;
  readonly #excess: Float64Array;
  readonly #excessSquares: Float64Array;
  #trace = 0;
  #traceSquares = 0;

  constructor(size: number) {
    this.#effect = new Float64Array(size);
    this.#effectSquares = new Float64Array(size);
    this.#square = new Float64Array(size);
    this.#fourth = new Float64Array(size);
    this.#excess = new Float64Array(size);
    this.#excessSquares = new Float64Array(size);
  }

  /**
   * @param line the linear model's outputs; those of the opposite path are its mirror image
   * @param luck what is taken out of the effect
   */
  add(
    quiet: Quiet,
    up: Float64Array,
    down: Float64Array,
    line: Float64Array | null,
    luck: Float64Array,
  ): void {
    for (let i = 0; i < up.length; i++) {
      const [a, b] = [up[i]! - quiet.outputs[i]!, down[i]! - quiet.outputs[i]!];
      const effect = (a + b) / 2 - luck[i]!;
      const square = (a * a + b * b) / 2;
      this.#effect[i]! += effect;
      this.#effectSquares[i]! += effect ** 2;
      this.#square[i]! += square;
      this.#fourth[i]! += square ** 2;
      if (line === null) continue;
      const excess = square - (line[i]! - quiet.linear[i]!) ** 2;
      this.#excess[i]! += excess;
      this.#excessSquares[i]! += excess ** 2;
    }
  }

  addTrace(effect: number): void {
    this.#trace += effect;
    this.#traceSquares += effect ** 2;
  }

  means(
    pairs: number,
  ): Omit<TanhPathMeans, "time" | "quiet" | "quietTrace" | "slope" | "excessSlope" | "testLoss"> {
    const errorOf = (sum: number, squares: number) =>
      Math.sqrt(Math.max(0, squares / pairs - (sum / pairs) ** 2) / (pairs - 1));
    const effect = this.#effect.map((sum) => sum / pairs);
    return {
      effect,
      effectError: effect.map((_, i) => errorOf(this.#effect[i]!, this.#effectSquares[i]!)),
      variance: effect.map((mean, i) => this.#square[i]! / pairs - mean ** 2),
      varianceError: effect.map((_, i) => errorOf(this.#square[i]!, this.#fourth[i]!)),
      trace: this.#trace / pairs,
      traceError: errorOf(this.#trace, this.#traceSquares),
      excess: effect.map((mean, i) => this.#excess[i]! / pairs - mean ** 2),
      excessError: effect.map((_, i) => errorOf(this.#excess[i]!, this.#excessSquares[i]!)),
    };
  }
}
