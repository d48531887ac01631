/**
 * Programs of the plane engine; words and numbers as in src/wasm/assembly/planes/engine.ts and regroup.ts.
 * @module
 */
import type { PoolStep, WindowStep } from "../program.js";
import { operations } from "./instructions.js";

/** Operations beside those on pairs. */
export const planeOperations = {
  ...operations,
  input: 64,
  convolve: 65,
  scatter: 66,
  sumPlane: 67,
  finishSums: 68,
  finishPool: 69,
} as const;

export type PlaneOperation = keyof typeof planeOperations;

/** Where planes are: a scratch slot, good within one plane, or a store that keeps all planes of its grid. */
export type Place = { readonly slot: number } | { readonly store: number };

/** Planes of one grid that outlive their group; sums are f64 sums of d and g over everything. */
export interface Store {
  readonly height: number;
  readonly width: number;
  readonly planes: number;
  readonly sums: boolean;
}

export interface PlaneInstruction {
  readonly operation: PlaneOperation;
  readonly to: Place;
  readonly from?: Place;
  readonly other?: Place;
  /** values of a sample before its first feature, in units of one value */
  readonly table?: number;
  readonly constants?: readonly number[];
  /** 32-bit words */
  readonly geometry?: readonly number[];
  readonly extra?: readonly [number, number];
  /** only the plane of equal positions counts */
  readonly equalOnly?: boolean;
  /** leaves the plane of equal positions as it is: samples with themselves */
  readonly equalKept?: boolean;
}

/** Planes that run, those of `twice` in place of two that give the same. */
export interface PlaneOrder {
  readonly twice: readonly number[];
  readonly once: readonly number[];
}

/** Instructions that run plane by plane over one grid. */
export interface PlaneGroup {
  readonly height: number;
  readonly width: number;
  /** height x width, or 1: equal positions only */
  readonly planes: number;
  readonly code: readonly PlaneInstruction[];
  /** stores that the group adds to */
  readonly clears: readonly number[];
  /** null: all planes once */
  readonly order: PlaneOrder | null;
}

/** Positions as a grid: 1-D ones are one row, vectors one cell. */
export function gridOf(positions: readonly number[]): readonly [number, number] {
  const [a, b] = positions;
  if (a === undefined) return [1, 1];
  return b === undefined ? [1, a] : [a, b];
}

const PADDING = { same: 0, valid: 1, circular: 2 } as const;

/** Words of a convolution; the last one is the address of its room, which the engine fills in. */
export function windowGeometry({ window, padding }: WindowStep): number[] {
  const one = { size: 1, stride: 1, before: 0, inputs: 1, outputs: 1 };
  const [y, x] = window.length === 1 ? [one, window[0]!] : [window[0]!, window[1]!];
  const axis = (a: typeof y) => [a.size, a.stride, a.before, a.outputs];
  return [PADDING[padding], ...axis(y), ...axis(x), 0];
}

/**
 * Lists of the outputs whose windows cover an input, one after the other: [start of each input and the end, outputs]
 * of the rows, then of the columns.
 */
export function poolLists({ window, padding }: PoolStep): readonly [number[], number[]] {
  const one = { size: 1, stride: 1, before: 0, inputs: 1, outputs: 1 };
  const axes = window.length === 1 ? [one, window[0]!] : [window[0]!, window[1]!];
  const [y, x] = axes.map(({ size, stride, before, inputs, outputs }) => {
    const covering = Array.from({ length: inputs }, (): number[] => []);
    for (let o = 0; o < outputs; o++) {
      for (let f = 0; f < size; f++) {
        let at = o * stride - before + f;
        if (padding === "circular") at = (at + inputs) % inputs;
        covering[at]?.push(o);
      }
    }
    const starts: number[] = [];
    let next = inputs + 1;
    for (const list of covering) {
      starts.push(next);
      next += list.length;
    }
    return [...starts, next, ...covering.flat()];
  });
  return [y!, x!];
}
