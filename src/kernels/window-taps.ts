/**
 * Which inputs a sliding window covers, as lists of position numbers (row-major).
 * @module
 */
import type { GlobalPoolStep, PoolStep, WindowStep } from "./program.js";

/** Inputs of every output position: `taps[o * size + f]` is the position under tap f, -1 outside the input. */
export interface Taps {
  readonly outputs: number;
  /** taps of one window, |F| */
  readonly size: number;
  readonly taps: Int32Array;
}

const product = (values: readonly number[]) => values.reduce((total, value) => total * value, 1);

const knownTaps = new WeakMap<WindowStep, Taps>();
const knownPools = new WeakMap<PoolStep | GlobalPoolStep, PoolTaps>();

/** Taps of a window over one or more axes; kept for each step. */
export function windowTaps(step: WindowStep): Taps {
  let taps = knownTaps.get(step);
  if (taps === undefined) {
    taps = listTaps(step);
    knownTaps.set(step, taps);
  }
  return taps;
}

function listTaps({ window, padding }: WindowStep): Taps {
  let taps: number[][] = [[0]]; // of the axes so far, one list for each output
  for (const { size, stride, before, inputs, outputs } of window) {
    taps = taps.flatMap((outer) =>
      Array.from({ length: outputs }, (_, o) =>
        outer.flatMap((base) =>
          Array.from({ length: size }, (_, f) => {
            let at = o * stride - before + f;
            if (padding === "circular") at = ((at % inputs) + inputs) % inputs; // windows may wrap more than once
            return base < 0 || at < 0 || at >= inputs ? -1 : base * inputs + at;
          }),
        ),
      ),
    );
  }
  return { outputs: taps.length, size: taps[0]!.length, taps: Int32Array.from(taps.flat()) };
}

/** A pool as weights: output o averages (or sums) its taps with one weight each. */
export interface PoolTaps extends Taps {
  /** weight of every tap of output o that is inside the input */
  readonly weight: Float64Array;
  /** sum of the weights of output o */
  readonly mass: Float64Array;
}

/** Taps and weights of a pool, kept for each step; a global pool has one window over all positions. */
export function poolTaps(step: PoolStep | GlobalPoolStep): PoolTaps {
  let taps = knownPools.get(step);
  if (taps === undefined) {
    taps = weighTaps(step);
    knownPools.set(step, taps);
  }
  return taps;
}

function weighTaps(step: PoolStep | GlobalPoolStep): PoolTaps {
  if (step.op === "globalPool") {
    const size = product(step.inputPositions);
    const weight = step.average ? 1 / size : 1;
    return {
      outputs: 1,
      size,
      taps: Int32Array.from({ length: size }, (_, p) => p),
      weight: Float64Array.of(weight),
      mass: Float64Array.of(step.average ? 1 : size),
    };
  }
  const taps = windowTaps(step);
  const weight = new Float64Array(taps.outputs);
  const mass = new Float64Array(taps.outputs);
  for (let o = 0; o < taps.outputs; o++) {
    const inside = taps.taps.subarray(o * taps.size, (o + 1) * taps.size).filter((at) => at >= 0).length;
    const count = step.normalizeEdges ? inside : taps.size;
    weight[o] = step.average ? 1 / count : 1;
    mass[o] = step.average ? inside / count : inside;
  }
  return { ...taps, weight, mass };
}
