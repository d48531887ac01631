/**
 * Batch normalization: by the batch's statistics in training, by the running ones in evaluation.
 * @module
 */
import type { Norm } from "../../operation.js";
import type { ParameterTensor } from "../../parameters.js";
import type { Back, Builder } from "../builder.js";

const FLOAT = 4;

/** A training pass moves the running statistics, which lie among the parameters. */
export function emitBatchNorm(b: Builder, norm: Norm, from: number, to: number): Back | null {
  const { machine } = b;
  const { scale, shift, mean, variance, channels, epsilon, momentum } = norm;
  const positions = b.sizeOf(to) / channels;
  const training = b.varies(to);
  const x = b.read(from);
  const y = training ? b.write(to) : b.writeOver(from, to);
  // four lines of float32, each of whole vectors; moments and sums [2, channels] in float64
  const line = 4 * Math.ceil(channels / 4);
  const stride = FLOAT * line;
  const lines = b.block(4 * line);
  const moments = b.block(4 * channels);
  const parameter = ({ offset }: ParameterTensor) => machine.parameters + offset * FLOAT;
  b.forward.push((samples) => {
    const { exports } = machine;
    const rows = samples * positions;
    if (training && machine.masks !== null) {
      exports.batchMoments(rows, channels, x.address, moments.address);
      exports.trackMoments(rows, channels, momentum, moments.address, parameter(mean), parameter(variance));
    } else exports.runningMoments(channels, parameter(mean), parameter(variance), moments.address);
    exports.normalizeBatch(
      rows,
      channels,
      epsilon,
      moments.address,
      parameter(scale),
      scale.multiplier,
      parameter(shift),
      shift.multiplier,
      x.address,
      y.address,
      lines.address,
      stride,
    );
  });
  if (!training) return null;
  b.keep(x);
  b.keep(lines);
  return (dy) => {
    b.use(x);
    b.use(lines);
    const sums = b.block(4 * channels);
    const back = b.varies(from);
    b.backward.push((samples) => {
      const { exports, gradient } = machine;
      const rows = samples * positions;
      exports.normalizeBatchSums(
        rows,
        channels,
        x.address,
        dy.address,
        lines.address,
        stride,
        sums.address,
        gradient + scale.offset * FLOAT,
        scale.multiplier,
        gradient + shift.offset * FLOAT,
        shift.multiplier,
      );
      if (!back) return;
      exports.normalizeBatchBack(
        rows,
        channels,
        machine.masks === null,
        x.address,
        dy.address,
        lines.address,
        stride,
        sums.address,
      );
    });
    if (back) b.handOver(from, dy);
  };
}
