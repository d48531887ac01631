/**
 * Variances and ntk diagonals of single samples through a chain.
 * @module
 */
import { type ChainShape, tapsOf } from "./planes-chain.js";

/** Sums over 3 positions along each axis, of values [height, width], to `out`. */
function box(
  values: Float64Array,
  height: number,
  width: number,
  line: Float64Array,
  out: Float64Array,
): void {
  for (let y = 0; y < height; y++) {
    const row = y * width;
    for (let x = 0; x < width; x++) {
      let sum = values[row + x]!;
      if (x > 0) sum += values[row + x - 1]!;
      if (x + 1 < width) sum += values[row + x + 1]!;
      line[row + x] = sum;
    }
  }
  for (let y = 0; y < height; y++) {
    const row = y * width;
    for (let x = 0; x < width; x++) {
      let sum = line[row + x]!;
      if (y > 0) sum += line[row + x - width]!;
      if (y + 1 < height) sum += line[row + x + width]!;
      out[row + x] = sum;
    }
  }
}

/** q and theta of one sample before each activation, [layer, 2, cell], and after those before an end, [end, 2, cell]. */
export class ChainWalk {
  readonly cells: number;
  readonly states: Float64Array;
  readonly ends: Float64Array;
  private readonly q: Float64Array;
  private readonly t: Float64Array;
  private readonly sums: readonly [Float64Array, Float64Array, Float64Array];

  constructor(
    private readonly shape: ChainShape,
    private readonly tangent: boolean,
  ) {
    const { height, width, convs } = shape;
    this.cells = height * width;
    const array = () => new Float64Array(this.cells);
    this.states = new Float64Array(convs.length * 2 * this.cells);
    this.ends = new Float64Array(2 * shape.ends.length * this.cells);
    [this.q, this.t] = [array(), array()];
    this.sums = [array(), array(), array()];
  }

  /** Adds half the sums over cells of q and of theta after each end to out[at], out[at + step], .... */
  addHalves(out: Float64Array, at: number, step: number): void {
    const { ends, cells } = this;
    for (let v = 0; v < ends.length; v++) out[at + step * Math.floor(v / cells)]! += 0.5 * ends[v]!;
  }

  /** @param data  [sample, cell, channel] */
  run(data: Float64Array, sample: number): void {
    const { height, width, channels, convs, evens, ends } = this.shape;
    const { cells, states, q, t, tangent } = this;
    let end = 0;
    const [line, sumQ, sumT] = this.sums;
    const taps = tapsOf(this.shape);
    let x = sample * cells * channels;
    for (let p = 0; p < cells; p++) {
      let sum = 0;
      for (let c = 0; c < channels; c++, x++) sum += data[x]! * data[x]!;
      q[p] = sum / channels;
      t[p] = 0;
    }
    for (const [l, { weight, bias, tangentK, tangentOne }] of convs.entries()) {
      box(q, height, width, line, sumQ);
      box(t, height, width, line, sumT);
      const at = 2 * l * cells;
      const even = evens[l]!;
      for (let p = 0; p < cells; p++) {
        const variance = (weight * sumQ[p]!) / taps + bias;
        const theta = tangent ? (weight * sumT[p]! + tangentK * sumQ[p]!) / taps + tangentOne : 0;
        states[at + p] = variance;
        states[at + cells + p] = theta;
        q[p] = even * variance;
        t[p] = even * theta;
      }
      if (ends[end] !== l + 1) continue;
      this.ends.set(q, 2 * end * cells);
      this.ends.set(t, (2 * end + 1) * cells);
      end++;
    }
  }
}
