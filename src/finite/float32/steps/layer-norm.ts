/**
 * Layer normalization.
 * @module
 */
import { sizeOf } from "../../../numeric/matrix.js";
import { groupsOf, NORM_FLOOR } from "../../operations/layer-norm.js";
import type { Back, Builder } from "../builder.js";

/** y = (x - mean) / sqrt(variance + floor) over groups of a sample's numbers. */
export function emitLayerNorm(
  b: Builder,
  shape: readonly number[],
  axes: readonly number[],
  from: number,
  to: number,
): Back | null {
  const { machine } = b;
  const numbers = sizeOf(shape);
  const groups = groupsOf(shape, axes);
  const size = groups[0]!.length;
  const offsets = Int32Array.from(
    groups.flatMap((group) => Array.from(group)),
    (place) => 4 * place,
  );
  const places = b.constant(offsets);
  const x = b.read(from);
  const y = b.writeOver(from, to);
  const roots = b.block(b.batch * groups.length);
  b.forward.push((samples) =>
    machine.exports.layerNorm(
      samples,
      numbers,
      groups.length,
      size,
      NORM_FLOOR,
      places.address,
      x.address,
      y.address,
      roots.address,
    ),
  );
  if (!b.varies(from)) return null;
  b.keep(y);
  b.keep(roots);
  return (dy) => {
    b.use(y);
    b.use(roots);
    b.backward.push((samples) =>
      machine.exports.layerNormBack(
        samples,
        numbers,
        groups.length,
        size,
        places.address,
        y.address,
        roots.address,
        dy.address,
      ),
    );
    b.handOver(from, dy);
  };
}
