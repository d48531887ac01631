/**
 * How much two windows of a pool have in common.
 * @module
 */
import { type GlobalPoolLayer, type PoolLayer, windowGeometry } from "../network/index.js";
import { unavailable } from "../network/units.js";
import { sizeOf } from "../numeric/matrix.js";
import type { PoolShares } from "./scalar-state.js";

/** Of all pairs of windows along one axis: positions in common, summed over pairs, and windows. */
function overlaps(side: number, size: number, stride: number, padding: PoolLayer["padding"]) {
  const { outputs, before } = windowGeometry(side, size, stride, padding ?? "valid")!;
  const positions = (o: number) =>
    Array.from({ length: size }, (_, f) => (o * stride - before + f + size * side) % side);
  let total = 0;
  for (let a = 0; a < outputs; a++) {
    const covered = positions(a);
    for (let b = 0; b < outputs; b++) {
      for (const p of positions(b)) total += covered.filter((c) => c === p).length;
    }
  }
  return { total, outputs };
}

/** Shares of equal positions under one window and under two, as if the image went on at its edges. */
export function poolShares(
  path: string,
  layer: PoolLayer | GlobalPoolLayer,
  input: readonly number[],
  output: readonly number[],
): PoolShares {
  const inputs = sizeOf(input);
  if (!("window" in layer)) {
    const scale = layer.kind === "globalAvgPool" ? 1 : inputs ** 2;
    return { own: 1 / inputs, apart: 0, scale, last: true };
  }
  if (layer.kind === "sumPool" && layer.normalizeEdges === true) {
    throw unavailable(
      path,
      "normalizeEdges is for averages, a sum has nothing to normalize; leave it out, or use avgPool",
      { kind: layer.kind },
    );
  }
  const size = sizeOf(layer.window);
  let common = 1;
  input.forEach((side, axis) => {
    common *= overlaps(side, layer.window[axis]!, layer.strides?.[axis] ?? 1, layer.padding).total;
  });
  const outputs = sizeOf(output);
  // a window and itself have all its positions in common
  const between = outputs > 1 ? (common - outputs * size) / (outputs * (outputs - 1)) : 0;
  return {
    own: 1 / size,
    apart: between / size ** 2,
    scale: layer.kind === "avgPool" ? 1 : size ** 2,
    last: outputs === 1,
  };
}
