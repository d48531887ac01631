/**
 * The moment system of noisy training in the basis of modes: closed equations for orders 2 and 3 of R^2 + n R numbers.
 *
 * Everything is linear in s^2, so there are three systems: without noise ("quiet"), the coefficient of s^2 from noise along the
 * basis and from products that need no trace ("modes"), and the coefficient of s^2 from traces over the flat directions
 * ("flat"), for every group of probes. With P_0 the projection on flat directions and B_ie = P_0 H_i e, the flat parts of
 * mu_1 and of S are sums over B with scalar coefficients:
 *
 *   P_0 mu_1 = -sum_ie W_ie B_ie                  W_ie' = r_i m_e / n            (quiet)    c_e g_ie / n     (modes)
 *   P_0 (S + S^T) e = -1/n sum_l [ A_le B_le + g_le sum_e' Gamma_ee' B_le' ]
 *   A_le' = -a_e A_le + (c_e + t) r_l             Gamma_ee'' = -a_e Gamma_ee' + (c_e + t) m_e'
 *   P_0 S P_0 = -1/n sum_l rho_l P_0 H_l P_0      rho_l' = t r_l
 *
 * so that only the overlaps K = B B^T and the traces of `modeTensors` are needed. Source: paper A, higher orders.
 * Theory notes A3.2, A4.1.
 * @module
 */
import {
  addDriftTimesFirst,
  type Contracted,
  contractedAt,
  contractThird,
  contractThirdDiagonal,
  groupOf,
  hessianTimesFirst,
  type ModeProblem,
  overlapTimes,
} from "./noise-mode-contractions.js";

/** A system of equations: the size of its state, and its slope. */
export interface ModeSystem<Parts> {
  readonly size: number;
  /** views on a state */
  readonly parts: (state: Float64Array) => Parts;
  slope(t: number, state: Float64Array, out: Float64Array): void;
}

/** Means of the weights in the basis, E mu_1 and E mu_2. */
export interface Means {
  readonly x: Float64Array;
  /** empty below order 3 */
  readonly mu2: Float64Array;
}

/** Without noise: x, then W and mu_2. */
export function quietSystem(problem: ModeProblem): ModeSystem<Means & { readonly paths: Float64Array }> {
  const { basis, tensors, residual, samples, order } = problem;
  const { size: r, rates, gradients: g } = basis;
  const n = residual.length;
  const parts = (state: Float64Array) => ({
    x: state.subarray(0, r),
    mu2: state.subarray(r, 2 * r),
    paths: state.subarray(2 * r),
  });
  return {
    size: order === 2 ? r : 2 * r + n * r,
    parts,
    slope(t, state, out) {
      const at = contractedAt(problem, t, n);
      const [from, to] = [parts(state), parts(out)];
      const { mean, hm, mhm } = at;
      const sum = new Float64Array(r);
      for (let i = 0; i < n; i++) {
        for (let e = 0; e < r; e++) {
          sum[e]! += at.residual[i]! * hm[i * r + e]! + (g[i * r + e]! * mhm[i]!) / 2;
        }
      }
      for (let e = 0; e < r; e++) to.x[e] = -rates[e]! * from.x[e]! - sum[e]! / samples;
      if (order === 2) return;
      for (let i = 0; i < n; i++) {
        for (let e = 0; e < r; e++) to.paths[i * r + e] = (at.residual[i]! * mean[e]!) / samples;
      }
      const hx = hessianTimesFirst(problem, from.x, overlapTimes(tensors.overlaps!, from.paths, n, r), n);
      sum.fill(0);
      addDriftTimesFirst(problem, at, from.x, hx, sum);
      for (let i = 0; i < n; i++) {
        const tmm = contractThird(tensors.third!, i, r, mean, mean);
        let cube = 0;
        for (let e = 0; e < r; e++) cube += mean[e]! * tmm[e]!;
        for (let e = 0; e < r; e++) {
          sum[e]! += (mhm[i]! * hm[i * r + e]! + at.residual[i]! * tmm[e]!) / 2 + (g[i * r + e]! * cube) / 6;
        }
      }
      for (let e = 0; e < r; e++) to.mu2[e] = -rates[e]! * from.mu2[e]! - sum[e]! / samples;
    },
  };
}

/** Where the parts of the system of noise along the modes lie. */
export interface NoiseState extends Means {
  /** W [n, R] */
  readonly paths: Float64Array;
  /** S in the basis [R, R], first index w_0 */
  readonly cross: Float64Array;
  /** A [n, R] and Gamma [R, R], the flat part of S + S^T */
  readonly along: Float64Array;
  readonly across: Float64Array;
}

/** Noise along the modes. At order 2 the state is x and S, which the correction of the variance needs. */
export function noiseSystem(problem: ModeProblem): ModeSystem<NoiseState> {
  const { basis, tensors, residual, samples, order } = problem;
  const { size: r, rates, gradients: g } = basis;
  const n = residual.length;
  const sizes = [r, r * r, r, n * r, n * r, r * r];
  const starts = sizes.map((_, k) => sizes.slice(0, k).reduce((a, b) => a + b, 0));
  const part = (state: Float64Array, k: number) => state.subarray(starts[k]!, starts[k]! + sizes[k]!);
  const parts = (state: Float64Array): NoiseState => ({
    x: part(state, 0),
    cross: part(state, 1),
    mu2: part(state, 2),
    paths: part(state, 3),
    along: part(state, 4),
    across: part(state, 5),
  });
  const h = tensors.hessian;
  return {
    size: order === 2 ? r + r * r : sizes.reduce((a, b) => a + b, 0),
    parts,
    slope(t, state, out) {
      const at = contractedAt(problem, t, n);
      const { mean, hm, spread: c } = at;
      const [from, to] = [parts(state), parts(out)];
      const sum = new Float64Array(r);
      const drift = new Float64Array(r * r); // DF_1(m)
      const ch = new Float64Array(n); // tr over the modes of H_i C
      for (let i = 0; i < n; i++) {
        for (let e = 0; e < r; e++) ch[i]! += c[e]! * h[(i * r + e) * r + e]!;
        for (let e = 0; e < r; e++) {
          const [gie, hme] = [g[i * r + e]!, hm[i * r + e]!];
          for (let f = 0; f < r; f++) {
            const hef = h[(i * r + e) * r + f]!;
            sum[e]! += hef * c[f]! * g[i * r + f]!;
            drift[e * r + f]! +=
              (at.residual[i]! * hef + hme * g[i * r + f]! + gie * hm[i * r + f]!) / samples;
          }
          sum[e]! += (gie * ch[i]!) / 2;
        }
      }
      for (let e = 0; e < r; e++) to.x[e] = -rates[e]! * from.x[e]! - sum[e]! / samples;
      for (let e = 0; e < r; e++) {
        for (let f = 0; f < r; f++) {
          const ef = e * r + f;
          to.cross[ef] = -(rates[e]! + rates[f]!) * from.cross[ef]! - c[e]! * drift[ef]!;
        }
      }
      if (order === 2) return;
      for (let i = 0; i < n; i++) {
        for (let e = 0; e < r; e++) {
          const ie = i * r + e;
          to.paths[ie] = (c[e]! * g[ie]!) / samples;
          to.along[ie] = -rates[e]! * from.along[ie]! + (c[e]! + t) * at.residual[i]!;
        }
      }
      for (let e = 0; e < r; e++) {
        for (let f = 0; f < r; f++) {
          to.across[e * r + f] = -rates[e]! * from.across[e * r + f]! + (c[e]! + t) * mean[f]!;
        }
      }
      const hx = hessianTimesFirst(problem, from.x, overlapTimes(tensors.overlaps!, from.paths, n, r), n);
      sum.fill(0);
      addDriftTimesFirst(problem, at, from.x, hx, sum);
      addCurvature(problem, from, sum);
      addSecond(problem, at, ch, t, sum);
      for (let e = 0; e < r; e++) to.mu2[e] = -rates[e]! * from.mu2[e]! - sum[e]! / samples;
    },
  };
}

/** sum += n D^2 F_1 : S without the trace over flat directions, sum_i H_i (S + S^T) j_i + j_i tr(H_i S). */
function addCurvature(problem: ModeProblem, state: NoiseState, sum: Float64Array): void {
  const { basis, tensors, residual, samples } = problem;
  const { size: r, gradients: g } = basis;
  const n = residual.length;
  const { cross, along, across } = state;
  const traces = crossTraces(problem, state, n);
  const flat = new Float64Array(n * r);
  for (let i = 0; i < n; i++) {
    // (S + S^T) j_i: its part in the basis, and the coefficients of B_le' in its flat part
    const inside = new Float64Array(r);
    for (let e = 0; e < r; e++) {
      for (let f = 0; f < r; f++) inside[e]! += (cross[e * r + f]! + cross[f * r + e]!) * g[i * r + f]!;
    }
    for (let l = 0; l < n; l++) {
      for (let f = 0; f < r; f++) flat[l * r + f] = g[i * r + f]! * along[l * r + f]!;
      for (let e = 0; e < r; e++) {
        const weight = g[i * r + e]! * g[l * r + e]!;
        if (weight === 0) continue;
        for (let f = 0; f < r; f++) flat[l * r + f]! += weight * across[e * r + f]!;
      }
    }
    const own = tensors.overlaps!.subarray(i * r * n * r, (i + 1) * r * n * r);
    const lost = overlapTimes(own, flat, 1, r);
    for (let e = 0; e < r; e++) {
      let hs = -lost[e]! / samples;
      for (let f = 0; f < r; f++) hs += tensors.hessian[(i * r + e) * r + f]! * inside[f]!;
      sum[e]! += hs + g[i * r + e]! * traces[i]!;
    }
  }
}

/** tr(H_i S) but for the flat directions [rows]. */
export function crossTraces(
  { basis, tensors, samples, residual }: ModeProblem,
  { cross, along, across }: NoiseState,
  rows: number,
): Float64Array {
  const { size: r, gradients: g } = basis;
  const n = residual.length;
  const h = tensors.hessian;
  const k = tensors.overlaps!;
  const out = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    let [inside, flat] = [0, 0];
    for (let ef = 0; ef < r * r; ef++) inside += h[i * r * r + ef]! * cross[ef]!;
    for (let e = 0; e < r; e++) {
      const row = (i * r + e) * n * r;
      for (let l = 0; l < n; l++) {
        flat += k[row + l * r + e]! * along[l * r + e]!;
        let sum = 0;
        for (let f = 0; f < r; f++) sum += k[row + l * r + f]! * across[e * r + f]!;
        flat += g[l * r + e]! * sum;
      }
    }
    out[i] = inside - flat / samples;
  }
  return out;
}

/** sum += the part of n E F_2 that is linear in s^2, without traces over flat directions. */
function addSecond(
  problem: ModeProblem,
  at: Contracted,
  ch: Float64Array,
  t: number,
  sum: Float64Array,
): void {
  const { basis, tensors, residual } = problem;
  const { size: r, gradients: g } = basis;
  const n = residual.length;
  const { mean, spread: c, hm } = at;
  const [h, k, third] = [tensors.hessian, tensors.overlaps!, tensors.third!];
  for (let i = 0; i < n; i++) {
    const tc = contractThirdDiagonal(third, i, r, c);
    const cg = c.map((value, e) => value * g[i * r + e]!);
    const tmcg = contractThird(third, i, r, mean, cg);
    let tcm = 0;
    for (let e = 0; e < r; e++) tcm += tc[e]! * mean[e]!;
    for (let e = 0; e < r; e++) {
      const ie = i * r + e;
      let hchm = 0; // H_i C H_i m
      for (let f = 0; f < r; f++) {
        hchm += h[ie * r + f]! * c[f]! * hm[i * r + f]! + t * mean[f]! * k[ie * n * r + i * r + f]!;
      }
      sum[e]! +=
        (ch[i]! * hm[ie]!) / 2 + hchm + (at.residual[i]! * tc[e]!) / 2 + tmcg[e]! + (g[ie]! * tcm) / 2;
    }
  }
}

/** rho, and the means of every group. */
export interface FlatState {
  readonly diffused: Float64Array;
  readonly groups: readonly Means[];
}

/** What traces over the flat directions add, for every group of probes. */
export function flatSystem(problem: ModeProblem): ModeSystem<FlatState> {
  const { basis, tensors, residual, samples, order } = problem;
  const { size: r, rates, gradients: g } = basis;
  const n = residual.length;
  const each = order === 2 ? r : 2 * r;
  const groups = Array.from({ length: tensors.flat.groups }, (_, group) => groupOf(problem, group));
  const parts = (state: Float64Array) => ({
    diffused: state.subarray(0, n),
    groups: groups.map((_, k) => ({
      x: state.subarray(n + k * each, n + k * each + r),
      mu2: state.subarray(n + k * each + r, n + (k + 1) * each),
    })),
  });
  return {
    size: n + groups.length * each,
    parts,
    slope(t, state, out) {
      const at = contractedAt(problem, t, n);
      const [{ diffused: rho, groups: all }, to] = [parts(state), parts(out)];
      for (let i = 0; i < n; i++) to.diffused[i] = t * at.residual[i]!;
      groups.forEach(({ hessian: traces, product, third }, k) => {
        const { x, mu2 } = all[k]!;
        const into = to.groups[k]!;
        for (let e = 0; e < r; e++) {
          let push = 0;
          for (let i = 0; i < n; i++) push += g[i * r + e]! * traces[i]!;
          into.x[e] = -rates[e]! * x[e]! - (t * push) / (2 * samples);
        }
        if (product === null || third === null) return;
        const sum = new Float64Array(r);
        addDriftTimesFirst(problem, at, x, hessianTimesFirst(problem, x, null, n), sum);
        for (let i = 0; i < n; i++) {
          let [trace, thetaM] = [0, 0];
          for (let l = 0; l < n; l++) trace -= (rho[l]! * product[i * n + l]!) / samples;
          for (let e = 0; e < r; e++) thetaM += third[i * r + e]! * at.mean[e]!;
          for (let e = 0; e < r; e++) {
            const ie = i * r + e;
            sum[e]! +=
              g[ie]! * trace +
              (t * (traces[i]! * at.hm[ie]! + at.residual[i]! * third[ie]! + g[ie]! * thetaM)) / 2;
          }
        }
        for (let e = 0; e < r; e++) into.mu2[e] = -rates[e]! * mu2[e]! - sum[e]! / samples;
      });
    },
  };
}
