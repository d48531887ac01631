/**
 * What an instance keeps of the samples of one side: a unit is one sample, or as many as there are lanes, value by value.
 * Units come in when they are asked for and stay until another one takes their slot.
 * @module
 */
import type { Arena } from "./wasm-memory.js";

export type Values = Float64Array | Float32Array;

/** Values of samples, [count, stride], or what writes those of one sample. */
export type Source = Values | ((sample: number, out: Float64Array) => void);

/** Values per sample of one array. */
export interface Field {
  readonly stride: number;
  readonly scale?: number;
}

/** Bytes of a store up to which it holds all samples; beyond, as many as fit, and those of a tile at least. */
const RESIDENT = 2 ** 27;

export class SampleStore {
  private readonly at: readonly number[];
  private readonly tags: Int32Array;
  private sources: readonly Source[] = [];
  private scratch = new Float64Array(0);
  private count = 0;
  private memory: Values | null = null;

  /**
   * @param lanes  samples of a unit: a unit of 1 is stored as it is
   * @param size  bytes of a value
   * @param samples  all samples, and those that must be there at once
   */
  constructor(
    arena: Arena,
    private readonly fields: readonly Field[],
    private readonly lanes: number,
    private readonly size: number,
    samples: { readonly all: number; readonly tile: number },
  ) {
    const bytes = fields.reduce((sum, { stride }) => sum + stride, 0) * lanes * size;
    const units = (n: number) => Math.ceil(n / lanes);
    // a tile may begin inside a unit
    const least = Math.min(units(samples.all), units(samples.tile) + 1);
    const slots = Math.max(least, Math.min(units(samples.all), Math.floor(RESIDENT / Math.max(bytes, 1))), 1);
    this.at = fields.map(({ stride }) => arena.take(slots * stride * lanes * size));
    this.tags = new Int32Array(slots).fill(-1);
  }

  /** After the memory is there. */
  attach(buffer: ArrayBuffer): void {
    this.memory = this.size === 8 ? new Float64Array(buffer) : new Float32Array(buffer);
  }

  /** Takes samples from these, one for each field. */
  use(sources: readonly Source[], count: number): void {
    this.sources = sources;
    this.count = count;
    this.tags.fill(-1);
  }

  /** The slot that has a unit, which is brought in. */
  slotOf(unit: number): number {
    const slot = unit % this.tags.length;
    if (this.tags[slot] !== unit) {
      this.tags[slot] = unit;
      for (let f = 0; f < this.fields.length; f++) this.load(f, unit, this.address(f, slot) / this.size);
    }
    return slot;
  }

  address(field: number, slot: number): number {
    return this.at[field]! + slot * this.fields[field]!.stride * this.lanes * this.size;
  }

  /** Beyond the last sample, it repeats. */
  private load(field: number, unit: number, to: number): void {
    const { stride, scale = 1 } = this.fields[field]!;
    const { lanes } = this;
    const memory = this.memory!;
    const source = this.sources[field]!;
    const made = typeof source === "function";
    if (made && this.scratch.length < stride) this.scratch = new Float64Array(stride);
    const from = made ? this.scratch : source;
    for (let lane = 0; lane < lanes; lane++) {
      const sample = Math.min(unit * lanes + lane, this.count - 1);
      const base = made ? 0 : sample * stride;
      if (made) source(sample, this.scratch);
      if (lanes === 1 && scale === 1) memory.set(from.subarray(base, base + stride), to);
      else for (let v = 0, o = to + lane; v < stride; v++, o += lanes) memory[o] = scale * from[base + v]!;
    }
  }
}
