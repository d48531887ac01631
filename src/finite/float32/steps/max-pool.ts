/**
 * Largest values over windows.
 * @module
 */
import type { Step } from "../../step.js";
import type { Back, Builder } from "../builder.js";

/** Keeps the position of every maximum, to which the cotangent goes back. */
export function emitMaxPool(
  b: Builder,
  { windows, channels }: Extract<Step, { kind: "maxPool" }>,
  from: number,
  to: number,
): Back | null {
  const { machine } = b;
  const { inputs, outputs, size } = windows;
  const taps = b.constant(windows.taps);
  const x = b.read(from);
  const y = b.write(to);
  const places = b.varies(from) ? b.block(b.batch * outputs * channels) : null;
  b.forward.push((samples) =>
    machine.exports.maxPool(
      samples,
      inputs,
      outputs,
      size,
      channels,
      taps.address,
      x.address,
      y.address,
      places?.address ?? 0,
    ),
  );
  if (places === null) return null;
  b.keep(places);
  return (dy) => {
    b.use(places);
    const { block, fresh } = b.cotangent(from);
    b.backward.push((samples) => {
      const { exports } = machine;
      if (fresh) exports.clear(samples * inputs * channels, block.address);
      exports.maxPoolBack(samples, inputs, outputs, channels, places.address, dy.address, block.address);
    });
  };
}
