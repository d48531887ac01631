/**
 * Layers of finite networks that have no weights, in plain loops: windows, pools, normalization, branches.
 */
import type * as n from "../../src/network/index.js";

/** Values of all samples behind a layer: [samples, positions, channels], positions row-major. */
export interface Batch {
  readonly sides: readonly number[];
  readonly channels: number;
  readonly data: Float64Array;
}

export const product = (list: readonly number[]) => list.reduce((a, b) => a * b, 1);

/** Row-major coordinates of all positions; [[]] for vectors. */
export function positionsOf(sides: readonly number[]): number[][] {
  return sides.reduce<number[][]>(
    (list, side) => list.flatMap((head) => Array.from({ length: side }, (_, i) => [...head, i])),
    [[]],
  );
}

const indexOf = (at: readonly number[], sides: readonly number[]) =>
  at.reduce((index, a, axis) => index * sides[axis]! + a, 0);

/** What one position of a window's result looks at: input positions in the window's order, -1 for padded zeros. */
export interface WindowTaps {
  readonly sides: readonly number[];
  readonly taps: readonly Int32Array[];
}

export function slide(
  sides: readonly number[],
  window: readonly number[],
  strides: readonly number[] | undefined,
  padding: n.Padding,
): WindowTaps {
  const axes = sides.map((side, a) => {
    const stride = strides?.[a] ?? 1;
    if (padding === "valid") {
      return { stride, before: 0, outputs: Math.floor((side - window[a]!) / stride) + 1 };
    }
    const outputs = Math.ceil(side / stride);
    const added = Math.max((outputs - 1) * stride + window[a]! - side, 0);
    return { stride, before: Math.floor(added / 2), outputs };
  });
  const outputs = axes.map((axis) => axis.outputs);
  const offsets = positionsOf(window);
  const taps = positionsOf(outputs).map((at) =>
    Int32Array.from(offsets, (offset) => {
      const from = at.map((o, a) => o * axes[a]!.stride - axes[a]!.before + offset[a]!);
      if (padding === "circular") {
        return indexOf(
          from.map((p, a) => ((p % sides[a]!) + sides[a]!) % sides[a]!),
          sides,
        );
      }
      return from.every((p, a) => p >= 0 && p < sides[a]!) ? indexOf(from, sides) : -1;
    }),
  );
  return { sides: outputs, taps };
}

export function pooled(
  x: Batch,
  { sides, taps }: WindowTaps,
  scaleOf: (window: Int32Array) => number,
): Batch {
  const places = product(x.sides);
  const count = x.data.length / (places * x.channels);
  const data = new Float64Array(count * taps.length * x.channels);
  let to = 0;
  for (let i = 0; i < count; i++) {
    for (const window of taps) {
      const scale = scaleOf(window);
      for (const p of window) {
        if (p < 0) continue;
        for (let c = 0; c < x.channels; c++)
          data[to + c]! += x.data[(i * places + p) * x.channels + c]! / scale;
      }
      to += x.channels;
    }
  }
  return { sides, channels: x.channels, data };
}

/** Mean 0 and variance 1 over the given axes, counted as in [n, h, w, c], of each sample. */
export function normalized(x: Batch, axes: readonly number[]): Batch {
  const shape = [...x.sides, x.channels];
  const over = new Set(axes.map((axis) => (axis < 0 ? axis + shape.length : axis - 1)));
  const size = product(shape);
  const groups = new Map<string, number[]>();
  positionsOf(shape).forEach((at, index) => {
    const key = at.filter((_, axis) => !over.has(axis)).join();
    groups.set(key, [...(groups.get(key) ?? []), index]);
  });
  const data = x.data.slice();
  for (let start = 0; start < data.length; start += size) {
    for (const group of groups.values()) {
      const mean = group.reduce((sum, i) => sum + x.data[start + i]!, 0) / group.length;
      const variance = group.reduce((sum, i) => sum + (x.data[start + i]! - mean) ** 2, 0) / group.length;
      for (const i of group) data[start + i] = (x.data[start + i]! - mean) / Math.sqrt(variance);
    }
  }
  return { ...x, data };
}

export function merged(branches: readonly Batch[], merge: (values: number[]) => number): Batch {
  const first = branches[0]!;
  return { ...first, data: first.data.map((_, i) => merge(branches.map(({ data }) => data[i]!))) };
}

export function joined(branches: readonly Batch[], axis: number): Batch {
  const shapes = branches.map(({ sides, channels }) => [...sides, channels]);
  const first = shapes[0]!;
  const along = axis < 0 ? axis + first.length : axis - 1;
  const inner = product(first.slice(along + 1));
  const count = branches[0]!.data.length / product(first);
  const pieces: Float64Array[] = [];
  for (let outer = 0; outer < count * product(first.slice(0, along)); outer++) {
    branches.forEach(({ data }, b) => {
      const length = shapes[b]![along]! * inner;
      pieces.push(data.subarray(outer * length, (outer + 1) * length));
    });
  }
  const data = new Float64Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  pieces.reduce((at, piece) => {
    data.set(piece, at);
    return at + piece.length;
  }, 0);
  const shape = first.map((side, a) =>
    a === along ? shapes.reduce((sum, other) => sum + other[a]!, 0) : side,
  );
  return { sides: shape.slice(0, -1), channels: shape.at(-1)!, data };
}
