/**
 * Batch normalization: every channel over the samples of a batch and all positions. In evaluation the running statistics
 * take the place of the batch's: the layer is then an affine map of each sample, and the statistics are constants.
 * @module
 */
import { type Jet, mapJet, multiplyJets } from "../jet.js";
import type { Applied, Norm, Operation, Run } from "../operation.js";
import type { ParameterTensor } from "../parameters.js";
import { normalizedGroups } from "./layer-norm.js";

/** Mean of every channel of x [rows, channels], and the variance with n - 1 (one row: 0). */
function statisticsOf(x: Float64Array, channels: number): { mean: Float64Array; variance: Float64Array } {
  const rows = x.length / channels;
  const [mean, variance] = [new Float64Array(channels), new Float64Array(channels)];
  for (let i = 0; i < x.length; i++) mean[i % channels]! += x[i]! / rows;
  const divisor = Math.max(1, rows - 1);
  for (let i = 0; i < x.length; i++) {
    const c = i % channels;
    variance[c]! += (x[i]! - mean[c]!) ** 2 / divisor;
  }
  return { mean, variance };
}

/** The normalized values with their transpose, by the batch's own statistics. */
function byBatch(norm: Norm, x: Jet, run: Run): Applied {
  const { channels, epsilon } = norm;
  const known = x.find((a) => a !== null);
  const rows = (known?.length ?? 0) / channels;
  if (run.statistics !== null) {
    const { mean, variance } = statisticsOf(x[0] ?? new Float64Array(rows * channels), channels);
    run.statistics(norm, mean, variance);
  }
  const groups = Array.from({ length: channels }, (_, c) =>
    Int32Array.from({ length: rows }, (__, r) => r * channels + c),
  );
  // the whole batch as one sample
  return normalizedGroups(groups, rows * channels, epsilon)([x], { ...run, samples: 1 }, [true]);
}

/** The same by the running statistics. */
function byRunning({ channels, epsilon, mean, variance }: Norm, x: Jet, run: Run): Applied {
  const parameters = run.parameters[0];
  const at = ({ offset }: ParameterTensor, c: number) => parameters?.[offset + c] ?? 0;
  const means = Float64Array.from({ length: channels }, (_, c) => at(mean, c));
  const roots = Float64Array.from({ length: channels }, (_, c) => 1 / Math.sqrt(at(variance, c) + epsilon));
  const scaled = (a: Float64Array) => a.map((value, i) => value * roots[i % channels]!);
  const moved = (a: Float64Array) =>
    a.map((value, i) => (value - means[i % channels]!) * roots[i % channels]!);
  const first = x[0] ?? x.find((a) => a !== null)!.map(() => 0);
  return {
    output: [moved(first), ...mapJet(x.slice(1), scaled)],
    pullback: run.reverse ? (cotangent) => [mapJet(cotangent, scaled)] : null,
  };
}

/** A tensor [channels] at every row. */
function everywhere(parameters: Jet, { offset, size, multiplier }: ParameterTensor, length: number): Jet {
  return mapJet(parameters, (all) =>
    Float64Array.from({ length }, (_, i) => multiplier * all[offset + (i % size)]!),
  );
}

function columnOf(jet: Jet, c: number, channels: number): Jet {
  return mapJet(jet, (a) =>
    Float64Array.from({ length: a.length / channels }, (_, r) => a[r * channels + c]!),
  );
}

/** y = scale (x - mean) / sqrt(variance + epsilon) + shift. Biased variance, as every normalization. */
export function batchNorm(norm: Norm): Operation {
  const { scale, shift, channels, sites } = norm;
  return ([x], run, [wanted]): Applied => {
    const normalized = run.masks === null ? byRunning(norm, x!, run) : byBatch(norm, x!, run);
    const length = x!.find((a) => a !== null)!.length;
    const factors = everywhere(run.parameters, scale, length);
    const moved = everywhere(run.parameters, shift, length);
    const output = multiplyJets(normalized.output, factors).map((a, k) => {
      const b = moved[k];
      if (a === null || b === null || b === undefined) return a ?? b ?? null;
      return a.map((value, i) => value + b[i]!);
    });
    const { pullback } = normalized;
    if (!run.reverse || pullback === null) return { output, pullback: null };
    return {
      output,
      pullback: (cotangent, visit) => {
        sites.forEach((site, c) => {
          visit(site, columnOf(normalized.output, c, channels), columnOf(cotangent, c, channels));
        });
        return wanted === true ? pullback(multiplyJets(cotangent, factors), visit) : [null];
      },
    };
  };
}
