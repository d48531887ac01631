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

/** Values of all samples behind a layer: [samples, positions, channels], positions row-major. */
interface Batch {
  readonly sides: readonly number[];
  readonly channels: number;
  readonly data: Float64Array;
}

const product = (list: readonly number[]) => list.reduce((a, b) => a * b, 1);

/** Row-major coordinates of all positions; [[]] for vectors. */
function positionsOf(sides: readonly number[]): number[][] {
  return sides.reduce<number[][]>(
    (list, side) => list.flatMap((head) => Array.from({ length: side }, (_, i) => [...head, i])),
    [[]],
  );
}

const indexOf = (at: readonly number[], sides: readonly number[]) =>
  at.reduce((index, a, axis) => index * sides[axis]! + a, 0);

/** What one position of a window's result looks at: input positions in the window's order, -1 for padded zeros. */
interface WindowTaps {
  readonly sides: readonly number[];
  readonly taps: readonly Int32Array[];
}

function slide(
  sides: readonly number[],
  window: readonly number[],
  strides: readonly number[] | undefined,
  padding: n.Padding,
): WindowTaps {
  const axes = sides.map((side, a) => {
    const stride = strides?.[a] ?? 1;
    if (padding === "valid") {
      return { stride, before: 0, outputs: Math.floor((side - window[a]!) / stride) + 1 };
    }
    const outputs = Math.ceil(side / stride);
    const added = Math.max((outputs - 1) * stride + window[a]! - side, 0);
    return { stride, before: Math.floor(added / 2), outputs };
  });
  const outputs = axes.map((axis) => axis.outputs);
  const offsets = positionsOf(window);
  const taps = positionsOf(outputs).map((at) =>
    Int32Array.from(offsets, (offset) => {
      const from = at.map((o, a) => o * axes[a]!.stride - axes[a]!.before + offset[a]!);
      if (padding === "circular") {
        return indexOf(
          from.map((p, a) => ((p % sides[a]!) + sides[a]!) % sides[a]!),
          sides,
        );
      }
      return from.every((p, a) => p >= 0 && p < sides[a]!) ? indexOf(from, sides) : -1;
    }),
  );
  return { sides: outputs, taps };
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

function pooled(x: Batch, { sides, taps }: WindowTaps, scaleOf: (window: Int32Array) => number): Batch {
  const places = product(x.sides);
  const count = x.data.length / (places * x.channels);
  const data = new Float64Array(count * taps.length * x.channels);
  let to = 0;
  for (let i = 0; i < count; i++) {
    for (const window of taps) {
      const scale = scaleOf(window);
      for (const p of window) {
        if (p < 0) continue;
        for (let c = 0; c < x.channels; c++)
          data[to + c]! += x.data[(i * places + p) * x.channels + c]! / scale;
      }
      to += x.channels;
    }
  }
  return { sides, channels: x.channels, data };
}

/** Mean 0 and variance 1 over the given axes, counted as in [n, h, w, c], of each sample. */
function normalized(x: Batch, axes: readonly number[]): Batch {
  const shape = [...x.sides, x.channels];
  const over = new Set(axes.map((axis) => (axis < 0 ? axis + shape.length : axis - 1)));
  const size = product(shape);
  const groups = new Map<string, number[]>();
  positionsOf(shape).forEach((at, index) => {
    const key = at.filter((_, axis) => !over.has(axis)).join();
    groups.set(key, [...(groups.get(key) ?? []), index]);
  });
  const data = x.data.slice();
  for (let start = 0; start < data.length; start += size) {
    for (const group of groups.values()) {
      const mean = group.reduce((sum, i) => sum + x.data[start + i]!, 0) / group.length;
      const variance = group.reduce((sum, i) => sum + (x.data[start + i]! - mean) ** 2, 0) / group.length;
      for (const i of group) data[start + i] = (x.data[start + i]! - mean) / Math.sqrt(variance);
    }
  }
  return { ...x, data };
}

function merged(branches: readonly Batch[], merge: (values: number[]) => number): Batch {
  const first = branches[0]!;
  return { ...first, data: first.data.map((_, i) => merge(branches.map(({ data }) => data[i]!))) };
}

function joined(branches: readonly Batch[], axis: number): Batch {
  const shapes = branches.map(({ sides, channels }) => [...sides, channels]);
  const first = shapes[0]!;
  const along = axis < 0 ? axis + first.length : axis - 1;
  const inner = product(first.slice(along + 1));
  const count = branches[0]!.data.length / product(first);
  const pieces: Float64Array[] = [];
  for (let outer = 0; outer < count * product(first.slice(0, along)); outer++) {
    branches.forEach(({ data }, b) => {
      const length = shapes[b]![along]! * inner;
      pieces.push(data.subarray(outer * length, (outer + 1) * length));
    });
  }
  const data = new Float64Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  pieces.reduce((at, piece) => {
    data.set(piece, at);
    return at + piece.length;
  }, 0);
  const shape = first.map((side, a) =>
    a === along ? shapes.reduce((sum, other) => sum + other[a]!, 0) : side,
  );
  return { sides: shape.slice(0, -1), channels: shape.at(-1)!, data };
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
