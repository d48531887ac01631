/**
 * Poles of a function, as far as its values tell.
 * @module
 */
import type { Pole } from "./permissibility-report.js";

/** What the search for poles found. */
export interface PoleScan {
  /** a point near which |phi| grows without bound; null: none found */
  readonly at: number | null;
  /** a point where it is not clear; null: none */
  readonly undecidedAt: number | null;
  readonly evaluations: number;
}

/** Places that are looked at closely, those with the largest values first. */
const CANDIDATES = 24;
/** Points of each narrowing step, which shrinks the interval fourfold. */
const SPLIT = 8;

function scanGrid(): Float64Array {
  const grid: number[] = [];
  // irrational spacing, so that no pole of a simple formula is hit exactly, which would hide it
  for (let x = -25; x < 25; x += 0.01 * Math.E * 0.368) grid.push(x);
  for (let i = 0; i < 1700; i++) {
    const x = 10 ** (-7 + (11 * (i + Math.SQRT1_2)) / 1700);
    grid.push(x, -x);
  }
  return Float64Array.from(grid).sort();
}

/** Looks for points near which |phi| has no bound: at the given places, and around its largest values. */
export function findPole(phi: (x: number) => number, places: readonly number[]): PoleScan {
  let evaluations = 0;
  const size = (x: number): number => {
    evaluations++;
    const y = Math.abs(phi(x));
    return Number.isNaN(y) ? 0 : y;
  };
  const grid = scanGrid();
  const values = grid.map(size);
  const peaks: number[] = [];
  for (let i = 1; i + 1 < grid.length; i++) {
    // a maximum of a curve that overflows far out is no pole
    if (values[i]! >= values[i - 1]! && values[i]! >= values[i + 1]! && values[i + 1]! < Infinity)
      peaks.push(i);
  }
  // tall against their surroundings first: the values at both ends of a few cells
  const height = (i: number) => {
    const beside = Math.max(values[Math.max(0, i - 3)]!, values[Math.min(grid.length - 1, i + 3)]!);
    return values[i]! / (beside + 1e-300);
  };
  peaks.sort((a, b) => height(b) - height(a));
  const around = [
    ...places.map((at) => {
      const reach = Math.max(1e-3 * Math.abs(at), 1e-3);
      return [at - reach, at + reach * 0.97] as const;
    }),
    ...peaks.slice(0, CANDIDATES).map((i) => [grid[i - 1]!, grid[i + 1]!] as const),
  ];
  let undecidedAt: number | null = null;
  for (const [low, high] of around) {
    const verdict = zoom(size, low, high);
    if (verdict.kind === "unbounded") return { at: verdict.at, undecidedAt: null, evaluations };
    if (verdict.kind === "unclear") undecidedAt ??= verdict.at;
  }
  return { at: null, undecidedAt, evaluations };
}

/** Narrows an interval around the largest value: does it keep growing? */
function zoom(
  size: (x: number) => number,
  from: number,
  to: number,
): { kind: "bounded" | "unbounded" | "unclear"; at: number } {
  let [low, high] = [from, to];
  const tops: number[] = [];
  let at = 0.5 * (low + high);
  for (let step = 0; step < 60; step++) {
    const width = (high - low) / SPLIT;
    const resolution = 8 * Number.EPSILON * Math.max(Math.abs(low), Math.abs(high));
    if (!(width > resolution) || width < 1e-280) break;
    let best = -1;
    for (let i = 0; i <= SPLIT; i++) {
      const x = low + width * i;
      const y = size(x);
      if (y > best) [best, at] = [y, x];
    }
    if (best === Number.POSITIVE_INFINITY) {
      // infinite at one point of the grid: a pole when its neighbours keep growing, a lone value otherwise
      const near = [1e-3, 1e-6, 1e-9].map((h) => {
        const distance = at === 0 ? h ** 10 : h * Math.abs(at);
        return Math.max(size(at + distance), size(at - distance));
      }) as [number, number, number];
      return { kind: near[2] > near[1] && near[1] > near[0] ? "unbounded" : "bounded", at };
    }
    tops.push(best);
    [low, high] = [at - width, at + width];
  }
  if (Math.abs(at) < 1e-15) at = 0;
  const rises = tops.slice(1).map((top, i) => Math.max(0, top - tops[i]!));
  if (rises.length < 9) return { kind: "bounded", at };
  const third = Math.floor(rises.length / 3);
  // medians: the last step may hit the very point, where phi can have any value
  const middle = (part: number[]) => part.sort((a, b) => a - b)[Math.floor(part.length / 2)]!;
  const early = middle(rises.slice(1, 1 + third));
  const late = middle(rises.slice(-third));
  const top = tops.at(-1)!;
  if (!(late > 1e-9 * top)) return { kind: "bounded", at };
  // a logarithm rises by the same at every step, a power by more and more
  if (late > 0.8 * early) return { kind: "unbounded", at };
  return { kind: late > 0.03 * early ? "unclear" : "bounded", at };
}

/** The exponent of a pole: the slope of log|phi| over log distance. A logarithm has 0. */
export function poleAt(phi: (x: number) => number, at: number): Pole {
  const [far, near] = at === 0 ? [1e-60, 1e-120] : [1e-5 * Math.abs(at), 1e-11 * Math.abs(at)];
  const size = (h: number) => Math.max(Math.abs(phi(at + h)), Math.abs(phi(at - h)));
  const [a, b] = [size(far), size(near)];
  if (!(a > 0 && b < Number.POSITIVE_INFINITY)) return { at, power: null };
  const power = Math.log(b / a) / Math.log(far / near);
  // a logarithm rises by the factor log near / log far, whatever stands before it
  const logarithm = Math.log(Math.log(near) / Math.log(far)) / Math.log(far / near);
  if (power < 1.5 * Math.abs(logarithm)) return { at, power: 0 };
  const simple = Math.round(power * 60) / 60;
  return { at, power: Math.abs(power - simple) < 1e-4 ? simple : power };
}
