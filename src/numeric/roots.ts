/**
 * Roots of one-variable functions. Every result says how it ended: a value alone hides failure.
 * @module
 */
import { ForetrainError } from "../errors.js";

/**
 * Result of an iteration: the best `value` found, how the iteration ended, how many steps it took and what is
 * left of the equation there.
 */
export interface Solved<T = number, S extends string = SolveStatus> {
  readonly value: T;
  readonly status: S;
  /** steps, each of one evaluation or a few */
  readonly iterations: number;
  /** |f(value)| for a root, |f(value) - value| for a fixed point; NaN where there is no value */
  readonly residual: number;
}

/**
 * - `converged`: within the tolerance;
 * - `max-iterations`: the best value so far, not within the tolerance;
 * - `no-bracket`: f has one sign over the whole interval, `value` is NaN;
 * - `not-finite`: f was NaN inside the interval, `value` is where.
 */
export type SolveStatus = "converged" | "max-iterations" | "no-bracket" | "not-finite";

export interface RootOptions {
  /** Relative width of the final interval; default 2 ulp, as narrow as doubles allow. */
  readonly tolerance?: number;
  /** Absolute width that also suffices; default 1e-300, which leaves roots near 0 their relative accuracy. */
  readonly absolute?: number;
  /** Cap on evaluations; default 2500: bisection through all binades down to the smallest double takes 1130. */
  readonly maxIterations?: number;
}

const TWO_ULP = 2 * Number.EPSILON;

/**
 * A root of a continuous `f` in [lower, upper] by Chandrupatla's method: inverse quadratic interpolation where it is
 * safe, bisection where it is not, so that it never takes much longer than bisection. A sign change is required;
 * where f jumps over 0, the place of the jump is the answer (its residual shows it). Infinite values of `f` count
 * by their sign.
 *
 * @param f continuous function; NaN ends the search with `not-finite`
 * @returns the root, within `tolerance` (relative) or `absolute`, whichever is wider
 * @throws `ERR_DOMAIN` when the interval is empty or not finite
 * @see T. R. Chandrupatla, Advances in Engineering Software 28 (1997) 145
 * @example
 * findRoot((x) => x * x - 2, 0, 2).value // 1.4142135623730951
 */
export function findRoot(
  f: (x: number) => number,
  lower: number,
  upper: number,
  { tolerance = TWO_ULP, absolute = 1e-300, maxIterations = 2500 }: RootOptions = {},
): Solved {
  if (!(lower <= upper && Number.isFinite(lower) && Number.isFinite(upper))) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `findRoot: the interval is [${lower}, ${upper}], expected finite bounds with lower <= upper`,
      { argument: "lower, upper", got: [lower, upper] },
    );
  }
  let [a, fa] = [lower, f(lower)];
  if (Number.isNaN(fa)) return { value: lower, status: "not-finite", iterations: 1, residual: Number.NaN };
  if (fa === 0) return { value: lower, status: "converged", iterations: 1, residual: 0 };
  let [b, fb] = [upper, f(upper)];
  if (Number.isNaN(fb)) return { value: upper, status: "not-finite", iterations: 2, residual: Number.NaN };
  if (fb === 0) return { value: upper, status: "converged", iterations: 2, residual: 0 };
  if (fa > 0 === fb > 0) {
    return { value: Number.NaN, status: "no-bracket", iterations: 2, residual: Number.NaN };
  }

  // b is the newest point, a the end of the bracket across the root from it, c the point that b replaced
  let [c, fc] = [a, fa];
  let fraction = 0.5;
  for (let iterations = 2; ; ) {
    const nearer = Math.abs(fa) < Math.abs(fb);
    const best = nearer ? a : b;
    const width = Math.abs(b - a);
    const enough = tolerance * Math.abs(best) + absolute;
    if (width <= enough || (nearer ? fa : fb) === 0) {
      return { value: best, status: "converged", iterations, residual: Math.abs(nearer ? fa : fb) };
    }
    if (iterations >= maxIterations) {
      return { value: best, status: "max-iterations", iterations, residual: Math.abs(nearer ? fa : fb) };
    }
    // a step shorter than half the wanted width would leave the far end of the bracket where it is
    const least = Math.min(0.5, (0.5 * enough) / width);
    let x = a + Math.min(1 - least, Math.max(least, fraction)) * (b - a);
    if (x === a || x === b) x = a + 0.5 * (b - a);
    if (x === a || x === b) {
      return { value: best, status: "converged", iterations, residual: Math.abs(nearer ? fa : fb) };
    }
    const fx = f(x);
    iterations++;
    if (Number.isNaN(fx)) return { value: x, status: "not-finite", iterations, residual: Number.NaN };
    if (fx === 0) return { value: x, status: "converged", iterations, residual: 0 };
    if (fx > 0 === fa > 0) {
      [c, fc] = [a, fa];
    } else {
      [c, fc] = [b, fb];
      [b, fb] = [a, fa];
    }
    [a, fa] = [x, fx];
    // now a is the newest point; the root lies between a and b
    const xi = (a - b) / (c - b);
    const phi = (fa - fb) / (fc - fb);
    const inverseQuadraticIsMonotone = phi * phi < xi && (1 - phi) * (1 - phi) < 1 - xi;
    fraction = inverseQuadraticIsMonotone
      ? (fa / (fb - fa)) * (fc / (fb - fc)) + (((c - a) / (b - a)) * (fa / (fc - fa)) * fb) / (fc - fb)
      : 0.5;
    if (!(fraction >= 0 && fraction <= 1)) fraction = 0.5;
  }
}

/**
 * Every sign change of `f` between neighbouring `nodes`, each refined by {@link findRoot}. Intervals with a NaN end
 * are skipped. Two roots between the same neighbours are not seen: choose nodes as fine as f asks for.
 *
 * @param nodes increasing
 */
export function findRoots(
  f: (x: number) => number,
  nodes: ArrayLike<number>,
  options: RootOptions = {},
): Solved[] {
  const roots: Solved[] = [];
  let [x0, f0] = [Number.NaN, Number.NaN];
  for (let i = 0; i < nodes.length; i++) {
    const x = nodes[i]!;
    const fx = f(x);
    if (fx === 0) roots.push({ value: x, status: "converged", iterations: 1, residual: 0 });
    else if (f0 * fx < 0 || (f0 !== 0 && Math.sign(f0) === -Math.sign(fx))) {
      roots.push(findRoot(f, x0, x, options));
    }
    [x0, f0] = [x, fx];
  }
  return roots;
}

/** `count` numbers from `start` to `stop`, both included, in equal ratios. */
export function geometricNodes(start: number, stop: number, count: number): Float64Array {
  if (!(start > 0 && stop > 0 && Number.isFinite(start) && Number.isFinite(stop) && count >= 2)) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `geometricNodes: got ${count} nodes from ${start} to ${stop}, expected at least 2 between finite numbers > 0`,
      { argument: "start, stop, count", got: [start, stop, count] },
    );
  }
  const step = Math.log(stop / start) / (count - 1);
  return Float64Array.from({ length: count }, (_, i) =>
    i === count - 1 ? stop : start * Math.exp(i * step),
  );
}
