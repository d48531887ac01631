/**
 * The part of what noise does to the outputs that is quadratic in it, along single paths and in the mean: written out by hand for shallow
 * tanh networks, for the same Euler steps as theirs. Paths less this part, whose mean is known, scatter several times less.
 *
 *   f(x) = N^(-1/2) sum a_i tanh(w_i x + b_i),   j, H: its first and second derivatives at theta_0
 *   delta' = -1/n sum_s (j_s . delta) j_s + noise              response of the linear model to the noise
 *   v' = -1/n sum_s [ (j_s . delta) H_s delta + (j_s . v + H_s[delta, delta] / 2) j_s ]
 *   (f_eps^+ + f_eps^-) / 2 - f_eps^quiet = eps (j . v + H[delta, delta] / 2) + O(eps^2)
 *
 * for two paths with opposite noise. The means have E delta delta^T, which the steps take to the next one exactly.
 * @module
 */

export interface TanhSteps {
  /** theta_0: N inner weights, N biases, N outer weights */
  readonly theta: Float64Array;
  /** inputs that are trained on */
  readonly x: Float64Array;
  /** further ones */
  readonly testX: Float64Array;
  readonly noise: number;
  readonly step: number;
}

/** One path: delta and v. */
export interface SecondOrderPath {
  readonly delta: Float64Array;
  readonly v: Float64Array;
}

export interface SecondOrder {
  start(): SecondOrderPath;
  /** one step with standard normal `xi`, as the path of the network with +noise takes it */
  move(path: SecondOrderPath, xi: Float64Array): void;
  /** j . v + H[delta, delta] / 2 at all points */
  observe(path: SecondOrderPath): Float64Array;
  /** its expectation after each of these numbers of steps, ascending */
  means(steps: readonly number[]): Float64Array[];
}

export function secondOrderOf({ theta, x, testX, noise, step }: TanhSteps): SecondOrder {
  const units = theta.length / 3;
  const count = theta.length;
  const scale = 1 / Math.sqrt(units);
  const n = x.length;
  const points = Float64Array.of(...x, ...testX);
  const [value, slope, bend] = [0, 1, 2].map(() => new Float64Array(points.length * units)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  points.forEach((point, s) => {
    for (let i = 0; i < units; i++) {
      const a = theta[2 * units + i]!;
      const t = Math.tanh(theta[i]! * point + theta[units + i]!);
      value[s * units + i] = scale * t;
      slope[s * units + i] = scale * (1 - t * t);
      bend[s * units + i] = -2 * scale * a * t * (1 - t * t);
    }
  });
  const outer = theta.subarray(2 * units);
  /** change of the field of unit i at point s */
  const field = (u: Float64Array, s: number, i: number) => u[i]! * points[s]! + u[units + i]!;
  const first = (u: Float64Array, s: number) => {
    let sum = 0;
    for (let i = 0; i < units; i++) {
      const k = s * units + i;
      sum += outer[i]! * slope[k]! * field(u, s, i) + value[k]! * u[2 * units + i]!;
    }
    return sum;
  };
  /** H[u, u] / 2 */
  const second = (u: Float64Array, s: number) => {
    let sum = 0;
    for (let i = 0; i < units; i++) {
      const k = s * units + i;
      const p = field(u, s, i);
      sum += p * (0.5 * bend[k]! * p + slope[k]! * u[2 * units + i]!);
    }
    return sum;
  };
  /** out += by j_s */
  const addFirst = (out: Float64Array, s: number, by: number) => {
    for (let i = 0; i < units; i++) {
      const k = s * units + i;
      const push = by * outer[i]! * slope[k]!;
      out[i]! += push * points[s]!;
      out[units + i]! += push;
      out[2 * units + i]! += by * value[k]!;
    }
  };
  /** out += by H_s u */
  const addSecond = (out: Float64Array, s: number, u: Float64Array, by: number) => {
    for (let i = 0; i < units; i++) {
      const k = s * units + i;
      const p = field(u, s, i);
      const push = by * (bend[k]! * p + slope[k]! * u[2 * units + i]!);
      out[i]! += push * points[s]!;
      out[units + i]! += push;
      out[2 * units + i]! += by * slope[k]! * p;
    }
  };
  const spread = noise * Math.sqrt(step);
  const rate = step / n;
  const [pull, push] = [new Float64Array(count), new Float64Array(count)];
  const observe = ({ delta, v }: SecondOrderPath) =>
    Float64Array.from(points, (_, s) => first(v, s) + second(delta, s));
  return {
    start: () => ({ delta: new Float64Array(count), v: new Float64Array(count) }),
    move: ({ delta, v }, xi) => {
      pull.fill(0);
      push.fill(0);
      for (let s = 0; s < n; s++) {
        const change = first(delta, s);
        addFirst(pull, s, change);
        addSecond(push, s, delta, change);
        addFirst(push, s, first(v, s) + second(delta, s));
      }
      for (let i = 0; i < count; i++) {
        delta[i]! += spread * xi[i]! - rate * pull[i]!;
        v[i]! -= rate * push[i]!;
      }
    },
    observe,
    means: (steps) => {
      // columns of a matrix R with E delta delta^T = R R^T: every step moves them and adds those of its own noise
      let columns: Float64Array[] = [];
      const v = new Float64Array(count);
      const mean = (s: number) => columns.reduce((sum, column) => sum + second(column, s), 0);
      const out: Float64Array[] = [];
      let done = 0;
      for (const until of steps) {
        for (; done < until; done++) {
          push.fill(0);
          for (let s = 0; s < n; s++) {
            for (const column of columns) addSecond(push, s, column, first(column, s));
            addFirst(push, s, first(v, s) + mean(s));
          }
          for (let i = 0; i < count; i++) v[i]! -= rate * push[i]!;
          for (const column of columns) {
            pull.fill(0);
            for (let s = 0; s < n; s++) addFirst(pull, s, first(column, s));
            for (let i = 0; i < count; i++) column[i]! -= rate * pull[i]!;
          }
          columns = [
            ...columns,
            ...Array.from({ length: count }, (_, i) => {
              const own = new Float64Array(count);
              own[i] = spread;
              return own;
            }),
          ];
        }
        out.push(Float64Array.from(points, (_, s) => first(v, s) + mean(s)));
      }
      return out;
    },
  };
}
