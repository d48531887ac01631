/**
 * Which pairs of outputs an empirical kernel has, and where they lie in it.
 *
 * Axes are counted as in the outputs [samples, ...output]: 0 the samples, -1 the channels. A kernel has every axis twice, one
 * index for x1 and one for x2, side by side: [n1, n2, h, h, w, w, c, c]. A diagonal axis is there once, both indices being the
 * same; a traced axis is not there, the kernel is the mean over its diagonal.
 * @module
 */
import { ForetrainError } from "../../errors.js";

/** Which axes of outputs are traced, and which are kept. */
export interface AxesOptions {
  /** axes over whose diagonal the kernel is the mean; default [-1], which converges to the kernel of infinite width */
  readonly traceAxes?: readonly number[] | undefined;
  /** axes of which only the diagonal is kept; default none */
  readonly diagonalAxes?: readonly number[] | undefined;
}

/** Pairs of the coordinates of one output, and of samples. */
export interface KernelAxes {
  /** `pairs`: every sample of x1 with every one of x2; `diagonal`: with its own; `trace`: the mean of those */
  readonly samples: "pairs" | "diagonal" | "trace";
  /** coordinates of one output */
  readonly count: number;
  /** lists of coordinates: all pairs of two in one list are wanted */
  readonly groups: readonly (readonly number[])[];
  /** entry of the pair (a, b) in the block of two samples: left[a] + right[b] */
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** shape of the block of two samples */
  readonly shape: readonly number[];
  /** of every pair: one over the number of traced coordinates */
  readonly scale: number;
}

function normalized(axes: readonly number[], rank: number, name: string, where: string): number[] {
  return axes.map((axis) => {
    const place = axis < 0 ? axis + rank : axis;
    if (Number.isInteger(place) && place >= 0 && place < rank) return place;
    throw new ForetrainError(
      "ERR_DOMAIN",
      `${where}: ${name} has ${axis}, expected axes from ${-rank} to ${rank - 1} of the outputs [samples, ...]`,
      { argument: name, got: axis, expected: [-rank, rank - 1] },
    );
  });
}

/** @throws ERR_DOMAIN for axes that the outputs do not have, or that are named twice */
export function kernelAxes(
  outputShape: readonly number[],
  { traceAxes = [-1], diagonalAxes = [] }: AxesOptions,
  where: string,
): KernelAxes {
  const rank = outputShape.length + 1;
  const traced = normalized(traceAxes, rank, "traceAxes", where);
  const diagonal = normalized(diagonalAxes, rank, "diagonalAxes", where);
  const all = [...traced, ...diagonal];
  if (new Set(all).size < all.length) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `${where}: traceAxes [${traceAxes.join(", ")}] and diagonalAxes [${diagonalAxes.join(", ")}] name an axis twice`,
      { argument: "diagonalAxes", got: diagonalAxes },
    );
  }
  const count = outputShape.reduce((a, b) => a * b, 1);
  const [left, right, group] = [new Int32Array(count), new Int32Array(count), new Int32Array(count)];
  const shape: number[] = [];
  let [stride, groups, scale, inner] = [1, 1, 1, 1];
  for (let axis = rank - 1; axis >= 1; axis--) {
    const side = outputShape[axis - 1]!;
    const index = (o: number) => Math.floor(o / inner) % side;
    const [isTraced, isDiagonal] = [traced.includes(axis), diagonal.includes(axis)];
    for (let o = 0; o < count; o++) {
      const i = index(o);
      if (isTraced || isDiagonal) group[o]! += i * groups;
      if (isTraced) continue;
      left[o]! += i * stride * (isDiagonal ? 1 : side);
      if (!isDiagonal) right[o]! += i * stride;
    }
    if (isTraced || isDiagonal) groups *= side;
    if (isTraced) scale /= side;
    else {
      shape.unshift(...(isDiagonal ? [side] : [side, side]));
      stride *= isDiagonal ? side : side * side;
    }
    inner *= side;
  }
  const lists = Array.from({ length: groups }, (): number[] => []);
  group.forEach((list, o) => {
    lists[list]!.push(o);
  });
  const samples = traced.includes(0) ? "trace" : diagonal.includes(0) ? "diagonal" : "pairs";
  return { samples, count, groups: lists, left, right, shape, scale };
}
