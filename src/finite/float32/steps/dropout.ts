/**
 * Dropout: a mask of 0 and 1 / keepRate for each sample and step.
 * @module
 */
import type { Back, Builder } from "../builder.js";

/** Draws one number for each unit, in their order; without random numbers it is the identity. */
export function emitDropout(b: Builder, keepRate: number, from: number, to: number): Back | null {
  const { machine } = b;
  const size = b.sizeOf(to);
  const x = b.read(from);
  const y = b.writeOver(from, to);
  const mask = b.block(b.batch * size);
  const kept = Math.fround(1 / keepRate);
  b.forward.push((samples) => {
    const { exports, masks, floats } = machine;
    const n = samples * size;
    if (y !== x) exports.copyRows(1, n, x.address, 0, y.address, 0);
    if (masks === null) return;
    const at = mask.address / 4;
    for (let i = 0; i < n; i++) floats[at + i] = masks.uniform() < keepRate ? kept : 0;
    exports.multiply(n, y.address, mask.address, y.address);
  });
  if (!b.varies(from)) return null;
  b.keep(mask);
  return (dy) => {
    b.use(mask);
    b.backward.push((samples) => {
      if (machine.masks === null) return;
      machine.exports.multiply(samples * size, dy.address, mask.address, dy.address);
    });
    b.handOver(from, dy);
  };
}
