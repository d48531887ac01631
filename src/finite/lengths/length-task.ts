/**
 * One piece of a simulation of the length process: some initializations at one width, on whichever thread.
 *
 * Given the layer before, pre-activations of a layer are independent N(0, s): the sampler "law" draws them so, one
 * normal per unit instead of one per weight, and its networks have exactly the distribution of real ones. The sampler
 * "matrices" draws every weight.
 * @module
 */
import { type Activation, activation, type ParameterValue } from "../../activations/index.js";
import { type NormalStream, normalStream } from "../../numeric/normal-stream.js";
import { createRng } from "../../numeric/random.js";
import { type PieceRunner, spreadTask } from "../../threads/spread.js";

/** How networks are drawn. */
export type SamplingMethod = "law" | "matrices";

/** The job as plain data. */
export interface LengthJob {
  readonly layers: readonly {
    readonly name: string;
    readonly parameters: Readonly<Record<string, ParameterValue>>;
    readonly weightVariance: number;
    readonly biasVariance: number;
  }[];
  /** units of every layer, for each set of widths */
  readonly widths: readonly (readonly number[])[];
  /** the input of the matrices, one for each set of widths */
  readonly inputs: readonly Float64Array[] | null;
  readonly inputMeanSquare: number;
  readonly method: SamplingMethod;
  readonly repetitions: number;
  readonly seed: number;
  /** keep so many pre-activations of the last layer instead of the lengths; 0: the lengths */
  readonly units: number;
}

/** Initializations that one stream of random numbers makes: fixed, whatever the number of threads. */
const BATCH = 16;
/** Normals of a piece, some milliseconds of work. */
const PIECE_NORMALS = 400_000;

/** Initializations `from` to `to` (a multiple of the batch) at one set of widths. */
export interface LengthPiece {
  readonly set: number;
  readonly from: number;
  readonly to: number;
}

/** Normals that one initialization takes. */
export function normalsPerDraw({ layers, method, units, inputs }: LengthJob, widths: readonly number[]) {
  let before = inputs?.[0]?.length ?? widths[0]!;
  let total = 0;
  for (let l = 0; l < layers.length; l++) {
    const width = units > 0 && l === layers.length - 1 ? units : widths[l]!;
    total += method === "matrices" ? width * (before + 1) : width;
    before = width;
  }
  return total;
}

/** The pieces of a job, the same list on every thread; the widest networks first, so that threads end together. */
export function piecesOf(job: LengthJob): LengthPiece[] {
  const costs = job.widths.map((widths) => normalsPerDraw(job, widths));
  const order = costs.map((_, set) => set).sort((a, b) => costs[b]! - costs[a]!);
  return order.flatMap((set) => {
    const step = BATCH * Math.max(1, Math.floor(PIECE_NORMALS / (costs[set]! * BATCH)));
    const pieces: LengthPiece[] = [];
    for (let from = 0; from < job.repetitions; from += step) {
      pieces.push({ set, from, to: Math.min(job.repetitions, from + step) });
    }
    return pieces;
  });
}

/** Draws networks of one job; `kept` takes what one of them gives. */
class LengthSampler {
  readonly #job: LengthJob;
  readonly #activations: readonly Activation[];
  readonly #before: Float64Array;
  readonly #now: Float64Array;
  readonly #weights: Float64Array;

  constructor(job: LengthJob, activations: readonly Activation[]) {
    this.#job = job;
    this.#activations = activations;
    const widest = Math.max(...job.widths.flat(), job.units, ...(job.inputs ?? []).map((x) => x.length));
    this.#before = new Float64Array(widest);
    this.#now = new Float64Array(widest);
    this.#weights = new Float64Array(job.method === "matrices" ? widest : 0);
  }

  piece({ set, from, to }: LengthPiece): Float64Array {
    const { layers, units, seed } = this.#job;
    const each = units > 0 ? units : 2 * layers.length;
    const out = new Float64Array((to - from) * each);
    // named by the widths: what one set gives does not depend on which others are asked for
    const streams = this.#job.widths[set]!.reduce(
      (rng, width) => rng.fork("width", width),
      createRng(seed).fork(units > 0 ? "units" : "lengths"),
    );
    for (let start = from; start < to; start += BATCH) {
      const stream = normalStream(streams.fork("batch", start / BATCH));
      for (let draw = start; draw < Math.min(to, start + BATCH); draw++) {
        const at = (draw - from) * each;
        if (this.#job.method === "law") this.#byLaw(set, stream, out, at);
        else this.#byMatrices(set, stream, out, at);
      }
    }
    return out;
  }

  #byLaw(set: number, stream: NormalStream, out: Float64Array, at: number): void {
    const { layers, widths, inputMeanSquare, units } = this.#job;
    const z = this.#now;
    let length = inputMeanSquare;
    for (let l = 0; l < layers.length; l++) {
      const { weightVariance, biasVariance } = layers[l]!;
      const s = (weightVariance === 0 ? 0 : weightVariance * length) + biasVariance;
      const scale = Math.sqrt(s);
      const last = l === layers.length - 1;
      const width = units > 0 && last ? units : widths[set]![l]!;
      stream.fill(z, 0, width);
      if (units > 0 && last) {
        for (let i = 0; i < units; i++) out[at + i] = scale * z[i]!;
        return;
      }
      if (!(s < Number.POSITIVE_INFINITY)) {
        // beyond the range of float64, and so are all lengths behind it
        if (units > 0) out.fill(Number.POSITIVE_INFINITY, at, at + units);
        for (let m = l; units === 0 && m < layers.length; m++) {
          out[at + m] = Number.POSITIVE_INFINITY;
          out[at + layers.length + m] = Number.POSITIVE_INFINITY;
        }
        return;
      }
      const { value } = this.#activations[l]!;
      let [squares, after] = [0, 0];
      for (let i = 0; i < width; i++) {
        const h = scale * z[i]!;
        squares += h * h;
        const y = value(h);
        after += y * y;
      }
      length = after / width;
      if (units === 0) {
        out[at + l] = squares / width;
        out[at + layers.length + l] = length;
      }
    }
  }

  #byMatrices(set: number, stream: NormalStream, out: Float64Array, at: number): void {
    const { layers, widths, inputs, units } = this.#job;
    const x = this.#before;
    const h = this.#now;
    const row = this.#weights;
    const input = inputs![set]!;
    x.set(input);
    let fanIn = input.length;
    for (let l = 0; l < layers.length; l++) {
      const { weightVariance, biasVariance } = layers[l]!;
      const last = l === layers.length - 1;
      const width = units > 0 && last ? units : widths[set]![l]!;
      const [weight, bias] = [Math.sqrt(weightVariance / fanIn), Math.sqrt(biasVariance)];
      // the biases first, then row after row of the matrix
      stream.fill(h, 0, width);
      for (let i = 0; i < width; i++) {
        stream.fill(row, 0, fanIn);
        let sum = 0;
        for (let j = 0; j < fanIn; j++) sum += row[j]! * x[j]!;
        h[i] = weight * sum + bias * h[i]!;
      }
      if (units > 0 && last) {
        for (let i = 0; i < units; i++) out[at + i] = h[i]!;
        return;
      }
      const { value } = this.#activations[l]!;
      let [squares, after] = [0, 0];
      for (let i = 0; i < width; i++) {
        squares += h[i]! * h[i]!;
        const y = value(h[i]!);
        x[i] = y;
        after += y * y;
      }
      if (units === 0) {
        out[at + l] = squares / width;
        out[at + layers.length + l] = after / width;
      }
      fanIn = width;
    }
  }
}

/** The runner of a job; functions of the user's come from the calling thread itself. */
export function openLengthJob(job: LengthJob, own?: readonly Activation[]): PieceRunner<Float64Array> {
  const activations = own ?? job.layers.map(({ name, parameters }) => activation(name, parameters));
  const pieces = piecesOf(job);
  const sampler = new LengthSampler(job, activations);
  return (index) => {
    const value = sampler.piece(pieces[index]!);
    return { value, transfer: [value.buffer as ArrayBuffer] };
  };
}

/** The worker's side. */
export const lengthTask = spreadTask((job: LengthJob) => openLengthJob(job));
