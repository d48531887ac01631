/**
 * The noise's terms of the short-time expansion to t^2 of large networks: Laplacians from random directions.
 *
 *   E theta: t^2 (s^2 / 4) Lap a
 *   E f:     t (s^2 / 2) Lap f,   t^2 / 2 { (s^2 / 2) [ 2 sum_c f'''[c, c, a] + Lap a.grad f + 2 sum_c (Da c).(H c) ] + (s^4 / 4) Lap Lap f }
 *
 * with sums over an orthonormal basis c as means over random signs. Products of two Laplacians take two directions.
 * @module
 */

import { createRng } from "../../numeric/random.js";
import { breathe, type LongWork } from "../../progress.js";
import { gradientsAlong, outputVariations, rowsOf } from "../gradients-along.js";
import { addScaled, dot } from "./noise-modes.js";
import { PathSums } from "./path-sums.js";
import { lossGradients, type ShortTimeProblem, type ShortTimeSeries } from "./short-time-problem.js";

export async function secondOrderByProbes(
  { point, train, targets, noise, order }: ShortTimeProblem,
  quiet: ShortTimeSeries,
  { probes, seed }: { readonly probes: number; readonly seed: number },
  { signal, onProgress }: LongWork,
): Promise<ShortTimeSeries> {
  const p = point.model.parameterCount;
  const rows = rowsOf(point);
  const square = noise ** 2;
  const gradients = new Float64Array(rows * p);
  gradientsAlong(point, null, [gradients]);
  const drift = lossGradients(train, targets, [point.parameters])[0]!.map((value) => -value);
  const first = new PathSums(rows);
  const second = new PathSums(rows);
  const weights = new PathSums(p);
  const rng = createRng(seed);
  const buffers = [null, new Float64Array(rows * p), new Float64Array(rows * p)];
  /** what one direction adds to Lap f, to Lap a and to the coefficient of t^2 of the outputs */
  const along = (z: Float64Array) => {
    gradientsAlong(point, z, buffers);
    const series = lossGradients(train, targets, [point.parameters, z, null]);
    const lapDrift = series[2]!.map((value) => -2 * value);
    const [hz, tz] = [buffers[1]!, buffers[2]!];
    const laplacian = new Float64Array(rows);
    const mixed = new Float64Array(rows);
    for (let i = 0; i < rows; i++) {
      const row = (all: Float64Array) => all.subarray(i * p, (i + 1) * p);
      laplacian[i] = dot(z, row(hz));
      mixed[i] = 4 * dot(row(tz), drift) + dot(lapDrift, row(gradients)) - 2 * dot(series[1]!, row(hz));
    }
    return { laplacian, mixed, lapDrift };
  };
  const pairs = probes / 2;
  for (let q = 0; q < pairs; q++) {
    await breathe(signal);
    onProgress?.({ label: "Laplacians", done: 2 * q, total: probes, unit: "directions" });
    const [z, y] = [0, 1].map((k) => {
      const stream = rng.fork("probe", 2 * q + k);
      return new Float64Array(p).map(() => (stream.uint32() < 2 ** 31 ? -1 : 1));
    }) as [Float64Array, Float64Array];
    const [a, b] = [along(z), along(y)];
    first.add(a.laplacian.map((value, i) => (square * (value + b.laplacian[i]!)) / 4));
    if (order < 2) continue;
    weights.add(a.lapDrift.map((value, i) => (square * (value + b.lapDrift[i]!)) / 8));
    // f''''[z, z, y, y] from fourth derivatives along z, y, z + y and z - y
    const both = new Float64Array(rows);
    for (const [u, v, share] of [
      [1, 1, 1],
      [1, -1, 1],
      [1, 0, -2],
      [0, 1, -2],
    ] as const) {
      const direction = z.map((value, i) => u * value + v * y[i]!);
      addScaled(
        share / 12,
        outputVariations(point, direction, 4).map((value) => 24 * value),
        both,
      );
    }
    second.add(
      a.mixed.map((value, i) => (square * (value + b.mixed[i]!)) / 8 + (square ** 2 * both[i]!) / 8),
    );
  }
  const zero = [new Float64Array(p), new Float64Array(p), new Float64Array(p)];
  const shift = (of: readonly Float64Array[], by: readonly (Float64Array | null)[]) =>
    of.map((values, k) => values.map((value, i) => value + (by[k]?.[i] ?? 0)));
  const upTo = order + 1;
  return {
    weights: shift(quiet.weights, [null, null, order < 2 ? null : weights.mean().mean]),
    outputs: shift(quiet.outputs, [null, first.mean().mean, order < 2 ? null : second.mean().mean]),
    errors: {
      weights: [zero[0]!, zero[1]!, order < 2 ? zero[2]! : weights.mean().error].slice(0, upTo),
      outputs: [
        new Float64Array(rows),
        first.mean().error,
        order < 2 ? new Float64Array(rows) : second.mean().error,
      ].slice(0, upTo),
    },
  };
}
