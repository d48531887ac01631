/**
 * Pools: weighted sums over windows.
 * @module
 */
import type { Step } from "../../step.js";
import type { Back, Builder } from "../builder.js";

export function emitPool(
  b: Builder,
  { windows, weights, channels }: Extract<Step, { kind: "pool" }>,
  from: number,
  to: number,
): Back | null {
  const { machine } = b;
  const { inputs, outputs, size } = windows;
  const taps = b.constant(windows.taps);
  const factors = b.constant(Float32Array.from(weights));
  const x = b.read(from);
  const y = b.write(to);
  b.forward.push((samples) =>
    machine.exports.pool(
      samples,
      inputs,
      outputs,
      size,
      channels,
      taps.address,
      factors.address,
      x.address,
      y.address,
    ),
  );
  if (!b.varies(from)) return null;
  return (dy) => {
    const { block, fresh } = b.cotangent(from);
    b.backward.push((samples) => {
      const { exports } = machine;
      if (fresh) exports.clear(samples * inputs * channels, block.address);
      exports.poolBack(
        samples,
        inputs,
        outputs,
        size,
        channels,
        taps.address,
        factors.address,
        dy.address,
        block.address,
      );
    });
  };
}
