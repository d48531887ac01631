/**
 * Expected outputs, variances and Hessian traces from the states of the mode systems. Theory notes A3.1, A3.2, A5.
 * @module
 */
import {
  type Contracted,
  contractedAt,
  contractThird,
  contractThirdDiagonal,
  groupOf,
  hessianTimesFirst,
  type ModeProblem,
  overlapTimes,
} from "./noise-mode-contractions.js";
import { crossTraces, type FlatState, type Means, type NoiseState } from "./noise-mode-system.js";
import { dot } from "./noise-modes.js";

/** The states of all systems at one time. */
export interface ModeStates {
  readonly quiet: Means & { readonly paths: Float64Array };
  readonly noise: NoiseState;
  readonly flat: FlatState;
}

/** A sum quiet + s^2 noise [terms][rows], and standard errors where traces were estimated. */
export interface ModeOutputs {
  readonly terms: readonly Float64Array[];
  readonly errors: readonly Float64Array[] | null;
  readonly variance: Float64Array;
  readonly varianceCorrection: Float64Array;
  readonly hessianTrace: readonly number[];
  readonly hessianTraceErrors: readonly number[] | null;
}

/** (H_i mu_1)_e [rows, R]; `paths` null where mu_1 has no flat part. */
function hessianTimes(problem: ModeProblem, x: Float64Array, paths: Float64Array | null): Float64Array {
  const { tensors, rows, basis } = problem;
  const overlapped = paths === null ? null : overlapTimes(tensors.overlaps!, paths, rows, basis.size);
  return hessianTimesFirst(problem, x, overlapped);
}

export function modeOutputs(
  problem: ModeProblem,
  value: Float64Array,
  t: number,
  noise: number,
  states: ModeStates,
): ModeOutputs {
  const { basis, tensors, rows, order } = problem;
  const { size: r, gradients } = basis;
  const { quiet, noise: along, flat } = states;
  const at = contractedAt(problem, t);
  const { mean, spread: c, hm, mhm } = at;
  const square = noise ** 2;
  const h = tensors.hessian;
  const g = (i: number) => gradients.subarray(i * r, (i + 1) * r);
  const of = (all: Float64Array, i: number) => all.subarray(i * r, (i + 1) * r);
  const groups = flat.groups.map((means, k) => ({ ...means, ...groupOf(problem, k) }));
  const third = order === 3;

  const terms = Array.from({ length: order }, () => new Float64Array(rows));
  const errors = Array.from({ length: order }, () => new Float64Array(rows));
  const variance = new Float64Array(rows);
  const varianceCorrection = new Float64Array(rows);
  const hx = third ? hessianTimes(problem, quiet.x, quiet.paths) : null;
  const hxNoise = third ? hessianTimes(problem, along.x, along.paths) : null;
  const hxFlat = third ? groups.map(({ x }) => hessianTimes(problem, x, null)) : null;
  const traces = third ? crossTraces(problem, along, rows) : null;
  for (let i = 0; i < rows; i++) {
    terms[0]![i] = value[i]! + dot(g(i), mean);
    let [ch, crossing] = [0, 0];
    for (let e = 0; e < r; e++) {
      ch += c[e]! * h[(i * r + e) * r + e]!;
      variance[i]! += square * c[e]! * g(i)[e]! ** 2;
      for (let f = 0; f < r; f++) crossing += 2 * g(i)[e]! * along.cross[e * r + f]! * g(i)[f]!;
      crossing += 2 * c[e]! * g(i)[e]! * hm[i * r + e]!;
    }
    varianceCorrection[i] = square * crossing;
    const second = groups.map(({ x, hessian }) => dot(g(i), x) + (t * hessian[i]!) / 2);
    const [flatSecond, errorSecond] = meanOf(second);
    terms[1]![i] = dot(g(i), quiet.x) + mhm[i]! / 2 + square * (dot(g(i), along.x) + ch / 2 + flatSecond);
    errors[1]![i] = square * errorSecond;
    if (!third) continue;
    const tmm = contractThird(tensors.third!, i, r, mean, mean);
    const tc = contractThirdDiagonal(tensors.third!, i, r, c);
    const flatThird = groups.map(({ mu2, product, third: theta }, k) => {
      const n = problem.residual.length;
      let trace = 0;
      for (let l = 0; l < n; l++) trace -= (flat.diffused[l]! * product![i * n + l]!) / problem.samples;
      return dot(g(i), mu2) + dot(mean, of(hxFlat![k]!, i)) + trace + (t * dot(of(theta!, i), mean)) / 2;
    });
    const [flatMean, flatError] = meanOf(flatThird);
    terms[2]![i] =
      dot(g(i), quiet.mu2) +
      dot(mean, of(hx!, i)) +
      dot(tmm, mean) / 6 +
      square *
        (dot(g(i), along.mu2) + dot(mean, of(hxNoise!, i)) + traces![i]! + dot(tc, mean) / 2 + flatMean);
    errors[2]![i] = square * flatError;
  }
  const trace = hessianTraces(problem, at, t, square, { states, groups, hx, hxNoise, hxFlat });
  const estimated = groups.length > 1;
  return {
    terms,
    errors: estimated ? errors : null,
    variance,
    varianceCorrection,
    hessianTrace: trace.terms,
    hessianTraceErrors: estimated ? trace.errors : null,
  };
}

interface TraceParts {
  readonly states: ModeStates;
  readonly groups: readonly (Means & ReturnType<typeof groupOf>)[];
  readonly hx: Float64Array | null;
  readonly hxNoise: Float64Array | null;
  readonly hxFlat: readonly Float64Array[] | null;
}

/**
 * The expected trace of the loss' Hessian. Its eps^2 coefficient has products of two traces over flat directions; of
 * different groups they are independent, so the product of the means is corrected for what equal groups have in common.
 */
function hessianTraces(
  { basis, tensors, residual, samples, order }: ModeProblem,
  { mean, spread: c, hm, mhm, residual: r0 }: Contracted,
  t: number,
  square: number,
  { states: { quiet, noise }, groups, hx, hxNoise, hxFlat }: TraceParts,
): { readonly terms: number[]; readonly errors: number[] } {
  const { size: r, gradients } = basis;
  const n = residual.length;
  const [h, k] = [tensors.hessian, tensors.overlaps];
  let [zero, one, two] = [0, 0, 0];
  const oneOf = new Float64Array(groups.length);
  const twoOf = new Float64Array(groups.length);
  let shared = 0;
  for (let i = 0; i < n; i++) {
    const g = gradients.subarray(i * r, (i + 1) * r);
    const own = hm.subarray(i * r, (i + 1) * r);
    zero += dot(g, g);
    let inside = 0; // the part of tr H_i in the basis
    for (let e = 0; e < r; e++) inside += h[(i * r + e) * r + e]!;
    one += 2 * dot(g, own) + r0[i]! * inside;
    groups.forEach(({ hessian }, q) => {
      oneOf[q]! += r0[i]! * hessian[i]!;
    });
    if (order === 2) continue;
    const tmm = contractThird(tensors.third!, i, r, mean, mean);
    const tc = contractThirdDiagonal(tensors.third!, i, r, c);
    const traceT = contractThirdDiagonal(tensors.third!, i, r, null);
    const cg = c.map((value, e) => value * g[e]!);
    const at = i * n * r * r; // K_(ie)(ie') starts at at + e n r + i r
    let [hmSquare, hch, chSum] = [dot(own, own), 0, 0];
    for (let e = 0; e < r; e++) {
      const row = at + e * n * r + i * r;
      let lengths = k![row + e]!;
      hch += t * lengths;
      for (let f = 0; f < r; f++) {
        hmSquare += mean[e]! * mean[f]! * k![row + f]!;
        lengths += h[(i * r + e) * r + f]! ** 2;
      }
      hch += c[e]! * lengths;
      chSum += c[e]! * h[(i * r + e) * r + e]!;
    }
    const moved = dot(g, quiet.x) + mhm[i]! / 2; // order 2 of the output, quiet
    const movedNoise = dot(g, noise.x) + chSum / 2;
    const ofRow = (all: Float64Array) => all.subarray(i * r, (i + 1) * r);
    two += hmSquare + dot(g, tmm) + 2 * dot(g, ofRow(hx!)) + r0[i]! * dot(traceT, mean) + moved * inside;
    two += square * (hch + dot(g, tc) + 2 * dot(g, ofRow(hxNoise!)) + dot(cg, traceT) + movedNoise * inside);
    const movedBy = groups.map(({ x, hessian }) => dot(g, x) + (t * hessian[i]!) / 2);
    const [meanMoved] = meanOf(movedBy);
    const [meanTrace] = meanOf(groups.map(({ hessian }) => hessian[i]!));
    groups.forEach(({ hessian, product, third }, q) => {
      const theta = ofRow(third!);
      twoOf[q]! +=
        r0[i]! * dot(theta, mean) +
        (moved + square * movedNoise) * hessian[i]! +
        square *
          (t * (product![i * n + i]! + dot(g, theta)) +
            2 * dot(g, ofRow(hxFlat![q]!)) +
            dot(cg, theta) +
            movedBy[q]! * inside +
            // the product of two traces to first order around their means, centred so that the mean is the product
            movedBy[q]! * meanTrace +
            meanMoved * hessian[i]! -
            meanMoved * meanTrace);
      if (groups.length > 1) {
        shared +=
          (square * (movedBy[q]! - meanMoved) * (hessian[i]! - meanTrace)) /
          (groups.length * (groups.length - 1));
      }
    });
  }
  const [oneMean, oneError] = meanOf(oneOf);
  const [twoMean, twoError] = meanOf(twoOf);
  const terms = [zero, one + oneMean, two + twoMean - shared].slice(0, order);
  return {
    terms: terms.map((value) => value / samples),
    errors: [0, oneError / samples, twoError / samples].slice(0, order),
  };
}

/** Mean over groups and its standard error, 0 for one group. */
function meanOf(values: ArrayLike<number>): [mean: number, error: number] {
  const count = values.length;
  let sum = 0;
  for (let k = 0; k < count; k++) sum += values[k]!;
  const mean = sum / count;
  if (count === 1) return [mean, 0];
  let squares = 0;
  for (let k = 0; k < count; k++) squares += (values[k]! - mean) ** 2;
  return [mean, Math.sqrt(squares / (count * (count - 1)))];
}
