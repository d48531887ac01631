/**
 * Random finite networks: an estimate of the nngp and the ntk of any network that owes nothing to the kernel engine.
 *
 * Weights, biases and dropout masks are drawn as the network format says and the samples are sent through, at the
 * widths that the network declares. The nngp is the mean over channels and draws of the product of two outputs. The
 * ntk is the mean of the product of the outputs' derivatives along a random direction of parameter space: with
 * v ~ N(0, 1) per parameter, E (v . grad f)(v . grad f') = grad f . grad f'; the derivative is a central difference,
 * so that nothing but forward passes is needed.
 *
 * At width w the estimate is off by O(1 / w), and by nothing when at most one nonlinearity stands between random
 * layers (its inputs are then exactly Gaussian).
 * @module
 */
import * as n from "../../src/network/index.js";
import type { NdArray } from "../../src/numeric/matrix.js";
import { createRng, type Rng } from "../../src/numeric/random.js";
import {
  type Batch,
  joined,
  merged,
  normalized,
  pooled,
  positionsOf,
  product,
  slide,
  type WindowTaps,
} from "./finite-layers.js";

/** Of the central difference: error STEP^2 ~ 1e-8 of third derivatives, rounding 1e-12. */
const STEP = 1e-4;

export interface FiniteOptions {
  /** independent networks */
  readonly draws: number;
  readonly seed: number;
  /** also the ntk, at three times the cost */
  readonly tangent?: boolean;
}

/** Means over the draws with their standard errors, in the layout of `computeKernel`. */
export interface Estimate {
  readonly shape: readonly number[];
  readonly mean: Float64Array;
  readonly stderr: Float64Array;
}

export interface FiniteEstimate {
  readonly nngp: Estimate;
  readonly ntk: Estimate | null;
}

/** One random network, applied to copies of the samples whose parameters are moved along one direction by `steps`. */
class FiniteNetwork {
  private readonly weights: Rng;
  private readonly direction: Rng;
  private readonly masks: Rng;

  constructor(
    private readonly net: n.Network,
    private readonly count: number,
    private readonly steps: readonly number[],
    rng: Rng,
  ) {
    this.weights = rng.fork("weights");
    this.direction = rng.fork("direction");
    this.masks = rng.fork("masks");
  }

  chain(layers: readonly n.Layer[], batch: Batch): Batch {
    return layers.reduce((x, layer) => this.layer(layer, x), batch);
  }

  private layer(layer: n.Layer, x: Batch): Batch {
    switch (layer.kind) {
      case "identity":
        return x;
      case "serial":
        return this.chain(layer.layers, x);
      case "repeat": {
        let out = x;
        for (let copy = 0; copy < layer.times; copy++) out = this.chain(layer.layers, out);
        return out;
      }
      case "dense":
        return this.weighted(
          layer,
          x,
          layer.units,
          slide(
            x.sides,
            x.sides.map(() => 1),
            undefined,
            "valid",
          ),
        );
      case "conv":
        return this.weighted(
          layer,
          x,
          layer.channels,
          slide(x.sides, layer.filter, layer.strides, layer.padding ?? "same"),
        );
      case "activation": {
        const { value } = n.activationOf(layer);
        return { ...x, data: x.data.map((v) => value(v)) };
      }
      case "flatten":
        return { sides: [], channels: product(x.sides) * x.channels, data: x.data };
      case "globalAvgPool":
      case "globalSumPool": {
        const all = Int32Array.from({ length: product(x.sides) }, (_, p) => p);
        const scale = layer.kind === "globalAvgPool" ? all.length : 1;
        return pooled(x, { sides: [], taps: [all] }, () => scale);
      }
      case "avgPool":
      case "sumPool": {
        const window = slide(x.sides, layer.window, layer.strides, layer.padding ?? "valid");
        const size = product(layer.window);
        return pooled(x, window, (taps) => {
          if (layer.kind === "sumPool") return 1;
          return layer.normalizeEdges === true ? taps.filter((p) => p >= 0).length : size;
        });
      }
      case "maxPool":
      case "zeroPad":
      case "batchNorm":
        throw new Error(`${layer.kind} has no kernel that this could estimate`);
      case "layerNorm":
        return normalized(x, layer.axes ?? [-1]);
      case "dropout":
        return this.dropped(x, layer.keepRate);
      case "residual":
        return merged(
          [this.chain(layer.layers, x), this.chain(layer.shortcut ?? [], x)],
          (values) => values[0]! + values[1]!,
        );
      case "parallel": {
        const branches = layer.branches.map((branch) => this.chain(branch, x));
        if (layer.merge === "concat") return joined(branches, layer.axis ?? -1);
        return layer.merge === "sum"
          ? merged(branches, (values) => values.reduce((a, b) => a + b))
          : merged(branches, product);
      }
    }
  }

  /** A standard normal parameter and its direction, put into the form in which the layer multiplies by it. */
  private parameter(deviation: number, ntk: boolean): (step: number) => number {
    const w = this.weights.normal();
    if (this.steps.length === 1) return () => deviation * w;
    const v = this.direction.normal();
    return ntk ? (step) => deviation * (w + step * v) : (step) => deviation * w + step * v;
  }

  private weighted(
    layer: n.DenseLayer | n.ConvLayer,
    x: Batch,
    channels: number,
    { sides, taps }: WindowTaps,
  ): Batch {
    const { weightVariance, biasVariance, parameterization } = n.weightsOf(layer, this.net);
    const ntk = parameterization === "ntk";
    const inputs = x.channels;
    const size = taps[0]!.length;
    const deviation = Math.sqrt(weightVariance / (size * inputs));
    const sets = this.steps.map(() => new Float64Array(size * inputs * channels));
    for (let w = 0; w < size * inputs * channels; w++) {
      const at = this.parameter(deviation, ntk);
      for (const [s, step] of this.steps.entries()) sets[s]![w] = at(step);
    }
    const biases = this.steps.map(() => new Float64Array(channels));
    if (biasVariance > 0) {
      for (let c = 0; c < channels; c++) {
        const at = this.parameter(Math.sqrt(biasVariance), ntk);
        for (const [s, step] of this.steps.entries()) biases[s]![c] = at(step);
      }
    }
    const places = product(x.sides);
    const out = new Float64Array(this.steps.length * this.count * taps.length * channels);
    for (let s = 0, to = 0; s < this.steps.length; s++) {
      const set = sets[s]!;
      for (let i = 0; i < this.count; i++) {
        const image = (s * this.count + i) * places * inputs;
        for (const window of taps) {
          const sum = out.subarray(to, to + channels);
          sum.set(biases[s]!);
          window.forEach((p, f) => {
            if (p < 0) return;
            for (let a = 0; a < inputs; a++) {
              const value = x.data[image + p * inputs + a]!;
              const row = (f * inputs + a) * channels;
              for (let c = 0; c < channels; c++) sum[c]! += value * set[row + c]!;
            }
          });
          to += channels;
        }
      }
    }
    return { sides, channels, data: out };
  }

  /** One mask per sample of one forward pass, the same whatever the step. */
  private dropped(x: Batch, keepRate: number): Batch {
    const size = x.data.length / this.steps.length;
    const mask = Float64Array.from({ length: size }, () =>
      this.masks.uniform() < keepRate ? 1 / keepRate : 0,
    );
    return { ...x, data: x.data.map((v, i) => v * mask[i % size]!) };
  }
}

/** Means over channels of products: entry (sample i, position p, sample j, position p') of one draw. */
function gram(values: Float64Array, rows: number, channels: number, out: Float64Array): void {
  for (let a = 0; a < rows; a++) {
    for (let b = 0; b <= a; b++) {
      let sum = 0;
      for (let c = 0; c < channels; c++) sum += values[a * channels + c]! * values[b * channels + c]!;
      out[a * rows + b] = sum / channels;
      out[b * rows + a] = sum / channels;
    }
  }
}

/** Sums and squares of the draws, relative to the first draw so that nothing cancels. */
class Tally {
  private readonly start: Float64Array;
  private readonly sum: Float64Array;
  private readonly squares: Float64Array;
  private draws = 0;

  constructor(size: number) {
    this.start = new Float64Array(size);
    this.sum = new Float64Array(size);
    this.squares = new Float64Array(size);
  }

  add(values: Float64Array): void {
    if (this.draws++ === 0) this.start.set(values);
    for (const [i, value] of values.entries()) {
      const away = value - this.start[i]!;
      this.sum[i]! += away;
      this.squares[i]! += away * away;
    }
  }

  mean(): Float64Array {
    return this.sum.map((sum, i) => this.start[i]! + sum / this.draws);
  }

  stderr(): Float64Array {
    const { draws } = this;
    return this.sum.map((sum, i) =>
      Math.sqrt(Math.max(0, this.squares[i]! - sum ** 2 / draws) / (draws * (draws - 1))),
    );
  }
}

/** [i, p, j, p'] to the layout of `computeKernel`: [i, j, h, h', w, w'] with the axes of the positions in pairs. */
function arranged(values: Float64Array, count: number, sides: readonly number[]): Float64Array {
  const positions = positionsOf(sides);
  const places = positions.length;
  const out = new Float64Array(values.length);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < count; j++) {
      positions.forEach((p, a) => {
        positions.forEach((q, b) => {
          const at = sides.reduce(
            (index, side, axis) => (index * side + p[axis]!) * side + q[axis]!,
            i * count + j,
          );
          out[at] = values[(i * places + a) * count * places + j * places + b]!;
        });
      });
    }
  }
  return out;
}

/**
 * Estimates of the kernels between the samples `x` [n, ...input] by `draws` random networks of the declared widths.
 * The cost grows with the square of the widths.
 */
export function estimateKernels(net: n.Network, x: NdArray, options: FiniteOptions): FiniteEstimate {
  const { draws, seed, tangent = false } = options;
  const count = x.shape[0]!;
  const rng = createRng(seed);
  const steps = tangent ? [0, STEP, -STEP] : [0];
  const samples = Float64Array.from(x.data);
  const data = new Float64Array(steps.length * samples.length);
  for (let s = 0; s < steps.length; s++) data.set(samples, s * samples.length);
  const start: Batch = { sides: net.input.slice(0, -1), channels: net.input.at(-1)!, data };
  let sides: readonly number[] = [];
  let tallies: { readonly nngp: Tally; readonly ntk: Tally } | undefined;
  for (let draw = 0; draw < draws; draw++) {
    const end = new FiniteNetwork(net, count, steps, rng.fork("draw", draw)).chain(net.layers, start);
    sides = end.sides;
    const rows = count * product(sides);
    const size = rows * end.channels;
    tallies ??= { nngp: new Tally(rows * rows), ntk: new Tally(rows * rows) };
    const entries = new Float64Array(rows * rows);
    gram(end.data.subarray(0, size), rows, end.channels, entries);
    tallies.nngp.add(entries);
    if (tangent) {
      const slopes = end.data
        .subarray(size, 2 * size)
        .map((up, i) => (up - end.data[2 * size + i]!) / (2 * STEP));
      gram(slopes, rows, end.channels, entries);
      tallies.ntk.add(entries);
    }
  }
  const shape = [count, count, ...sides.flatMap((side) => [side, side])];
  const estimate = (tally: Tally): Estimate => ({
    shape,
    mean: arranged(tally.mean(), count, sides),
    stderr: arranged(tally.stderr(), count, sides),
  });
  return { nngp: estimate(tallies!.nngp), ntk: tangent ? estimate(tallies!.ntk) : null };
}
