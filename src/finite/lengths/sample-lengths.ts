/**
 * Simulated networks of finite width: their length processes, and the pre-activations of single units (paper D).
 * @module
 */
import { type Activation, isOfCatalogue } from "../../activations/index.js";
import { ForetrainError } from "../../errors.js";
import type { LengthLayer } from "../../meanfield/index.js";
import { type Matrix, matrix } from "../../numeric/matrix.js";
import { createRng } from "../../numeric/random.js";
import type { LongWork } from "../../progress.js";
import { hardwareThreads, MOST_THREADS, spread, workerPool } from "../../threads/index.js";
import {
  type LengthJob,
  normalsPerDraw,
  openLengthJob,
  piecesOf,
  type SamplingMethod,
} from "./length-task.js";

export interface SampleOptions extends LongWork {
  /** initializations drawn, default 1000 */
  readonly repetitions?: number | undefined;
  /** default 0 */
  readonly seed?: number | undefined;
  /**
   * `law` (default) draws each layer from its exact distribution given the layer before, one normal per unit;
   * `matrices` draws every weight and bias, and has the same distribution for width times the work.
   */
  readonly method?: SamplingMethod | undefined;
  /** |x|^2 / n_0 of the input, default 1, as inputs of {-1, 1} have; the law of the lengths depends on nothing else of it */
  readonly inputMeanSquare?: number | undefined;
  /** the input itself instead; default for `matrices`: as many values as the first layer has units, all of one size, signs drawn from the seed */
  readonly input?: ArrayLike<number> | undefined;
  /** threads that compute; default: all cores, 1 for work of less than a fifth of a second */
  readonly threads?: number | undefined;
}

export interface LengthSampleOptions extends SampleOptions {
  /** sets of widths: one number for all layers, or one per layer */
  readonly widths: readonly (number | readonly number[])[];
}

/** What was drawn, and how. */
export interface SampleRun {
  readonly layers: readonly LengthLayer[];
  /** units of every layer, for each set */
  readonly widths: readonly (readonly number[])[];
  readonly inputMeanSquare: number;
  readonly repetitions: number;
  readonly seed: number;
  readonly method: SamplingMethod;
  /** threads that computed */
  readonly threads: number;
  /** why the calling thread computed alone, where more threads were wanted */
  readonly note: string | null;
}

/** Lengths of simulated networks. */
export interface LengthSamples extends SampleRun {
  /** for each set of widths q_l of every initialization, [repetitions, depth]; column l - 1 is layer l */
  readonly q: readonly Matrix[];
  /** for each set of widths r_l = (1 / N_l) sum_i phi(h_(l,i))^2, [repetitions, depth] */
  readonly activationLength: readonly Matrix[];
}

/** Nanoseconds that one normal and its activation take, about. */
const NORMAL_NS = 25;
/** Below it other threads have hardly begun before the work is over; seconds. */
const ALONE = 0.2;
const MOST_VALUES = 2 ** 28;

function wholeNumber(where: string, argument: string, value: number, most: number): number {
  if (!(Number.isSafeInteger(value) && value >= 1 && value <= most)) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `${where}: ${argument} is ${String(value)}, expected a whole number from 1 to ${most}`,
      { argument, got: value },
    );
  }
  return value;
}

function checkedLayers(where: string, layers: readonly LengthLayer[]): void {
  if (!Array.isArray(layers) || layers.length === 0) {
    throw new ForetrainError("ERR_SPEC", `${where}: there are no layers, expected one or more`, {
      argument: "layers",
      got: layers,
    });
  }
  for (const [l, { activation, weightVariance, biasVariance }] of layers.entries()) {
    const given: Activation | undefined = activation;
    if (typeof given?.value !== "function" || given.kernelOnly) {
      throw new ForetrainError(
        given?.kernelOnly === true ? "ERR_UNAVAILABLE" : "ERR_SPEC",
        given?.kernelOnly === true
          ? `${where}: ${given.label} is a kernel without a finite network: there is nothing to draw`
          : `${where}: the activation of layer ${l + 1} is none, expected what activation("tanh") or customActivation(...) returns`,
        { argument: `layers[${l}].activation` },
      );
    }
    for (const [argument, value] of Object.entries({ weightVariance, biasVariance })) {
      if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) {
        throw new ForetrainError(
          "ERR_DOMAIN",
          `${where}: ${argument} of layer ${l + 1} is ${value}, expected a finite number >= 0`,
          { argument: `layers[${l}].${argument}`, got: value },
        );
      }
    }
  }
}

function checkedWidths(
  where: string,
  widths: readonly (number | readonly number[])[],
  depth: number,
): number[][] {
  if (!Array.isArray(widths) || widths.length === 0) {
    throw new ForetrainError("ERR_SHAPE", `${where}: there are no widths, expected one or more`, {
      argument: "widths",
      got: widths,
    });
  }
  return widths.map((set: number | readonly number[]) => {
    const all = typeof set === "number" ? new Array<number>(depth).fill(set) : [...set];
    if (all.length !== depth) {
      throw new ForetrainError(
        "ERR_SHAPE",
        `${where}: a set of widths has ${all.length} numbers, expected ${depth}, one per layer`,
        { argument: "widths", got: all.length, expected: depth },
      );
    }
    for (const width of all) wholeNumber(where, "a width", width, 2 ** 26);
    return all;
  });
}

interface PreparedInput {
  readonly meanSquare: number;
  /** one for each set of widths, for matrices */
  readonly inputs: readonly Float64Array[] | null;
}

function prepareInput(
  where: string,
  options: SampleOptions,
  widths: readonly (readonly number[])[],
  seed: number,
): PreparedInput {
  const { input, inputMeanSquare, method } = options;
  if (input !== undefined && inputMeanSquare !== undefined) {
    throw new ForetrainError(
      "ERR_SPEC",
      `${where}: input and inputMeanSquare were both given, expected one of them`,
      { argument: "inputMeanSquare", got: inputMeanSquare },
    );
  }
  if (input !== undefined) {
    const x = Float64Array.from(input);
    let meanSquare = 0;
    for (const value of x) meanSquare += (value * value) / x.length;
    if (!(x.length > 0 && meanSquare < Number.POSITIVE_INFINITY)) {
      throw new ForetrainError("ERR_DATA", `${where}: input must hold one finite number or more`, {
        argument: "input",
        got: x.length,
      });
    }
    return { meanSquare, inputs: method === "matrices" ? widths.map(() => x) : null };
  }
  const meanSquare = inputMeanSquare ?? 1;
  if (!(meanSquare >= 0 && meanSquare < Number.POSITIVE_INFINITY)) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `${where}: inputMeanSquare is ${meanSquare}, expected a finite number >= 0`,
      { argument: "inputMeanSquare", got: meanSquare },
    );
  }
  if (method !== "matrices") return { meanSquare, inputs: null };
  const size = Math.sqrt(meanSquare);
  const inputs = widths.map((set) => {
    const rng = createRng(seed).fork("input", set[0]!);
    return Float64Array.from({ length: set[0]! }, () => (rng.uint32() < 2 ** 31 ? size : -size));
  });
  return { meanSquare, inputs };
}

interface Drawn {
  readonly run: SampleRun;
  /** per set of widths, `each` numbers per initialization */
  readonly values: readonly Float64Array[];
}

async function draw(
  where: string,
  layers: readonly LengthLayer[],
  widthSets: readonly (number | readonly number[])[],
  units: number,
  options: SampleOptions,
): Promise<Drawn> {
  checkedLayers(where, layers);
  const widths = checkedWidths(where, widthSets, layers.length);
  const { repetitions = 1000, seed = 0, method = "law", signal, onProgress } = options;
  wholeNumber(where, "repetitions", repetitions, 2 ** 31);
  if (options.threads !== undefined) wholeNumber(where, "threads", options.threads, MOST_THREADS);
  if (method !== "law" && method !== "matrices") {
    throw new ForetrainError(
      "ERR_SPEC",
      `${where}: method is ${JSON.stringify(method)}, expected "law" or "matrices"`,
      {
        argument: "method",
        got: method,
      },
    );
  }
  createRng(seed); // refuses what is no seed
  const each = units > 0 ? units : 2 * layers.length;
  if (repetitions * each * widths.length > MOST_VALUES) {
    throw new ForetrainError(
      "ERR_MEMORY",
      `${where}: ${repetitions} repetitions of ${widths.length} widths are ${repetitions * each * widths.length} values, ` +
        `expected at most ${MOST_VALUES}; take fewer repetitions, or one width at a time`,
      { argument: "repetitions", got: repetitions },
    );
  }
  const { meanSquare, inputs } = prepareInput(where, options, widths, seed);
  const job: LengthJob = {
    layers: layers.map(({ activation: { name, parameters }, weightVariance, biasVariance }) => ({
      name,
      parameters,
      weightVariance,
      biasVariance,
    })),
    widths,
    inputs,
    inputMeanSquare: meanSquare,
    method,
    repetitions,
    seed,
    units,
  };
  const pieces = piecesOf(job);
  const own = layers.filter(({ activation }) => !isOfCatalogue(activation));
  const work =
    repetitions * widths.reduce((sum, set) => sum + normalsPerDraw(job, set), 0) * NORMAL_NS * 1e-9;
  const wanted = options.threads ?? (work < ALONE ? 1 : hardwareThreads());
  const threads = own.length > 0 ? 1 : Math.max(1, Math.min(wanted, pieces.length));
  const values = widths.map(() => new Float64Array(repetitions * each));
  await spread<Float64Array>({
    task: "lengths",
    payload: job,
    count: pieces.length,
    run: openLengthJob(
      job,
      layers.map(({ activation }) => activation),
    ),
    receive: (index, part) => {
      const { set, from } = pieces[index]!;
      values[set]!.set(part, from * each);
    },
    threads,
    pool: threads > 1 ? workerPool() : null,
    label: "networks",
    unit: "pieces",
    strict: options.threads !== undefined,
    signal,
    onProgress,
  });
  const note =
    own.length > 0 && wanted > 1
      ? `${own[0]!.activation.label} is a function of your own, which other threads cannot be given: this thread computed alone`
      : null;
  return {
    run: { layers, widths, inputMeanSquare: meanSquare, repetitions, seed, method, threads, note },
    values,
  };
}

/**
 * Draws finite networks and returns the mean squares of their layers: the length process
 * `q_l = (1 / N_l) sum_i h_(l,i)^2` and `r_l = (1 / N_l) sum_i phi(h_(l,i))^2` of a fixed input, over independent
 * initializations W ~ N(0, sigma_w^2 / fanIn), b ~ N(0, sigma_b^2).
 *
 * Any activation can be drawn, also those without a length map: a length beyond the range of float64 is Infinity.
 * The same seed gives the same bits for any number of threads, and what one set of widths gives does not depend on the
 * others. Functions of the user's run on the calling thread (`note` says so).
 * Theory notes D1.2, D2.
 *
 * @param layers first to last: dense layer and the activation after it
 * @returns lengths per set of widths, to be summed up by `lengthSummary`
 * @throws `ERR_DOMAIN`, `ERR_SHAPE`, `ERR_SPEC`, `ERR_MEMORY` for wrong arguments, `ERR_UNAVAILABLE` for kernel-only
 *   activations or when a worker dies, `ERR_ABORTED`
 * @see paper D, length process
 * @example
 * const layer = { activation: activation("tanh"), weightVariance: 1.5, biasVariance: 0.1 };
 * const samples = await sampleLengths(repeatedLayer(layer, 5), { widths: [10, 100, 1000] });
 * samples.q[2].data // [1000, 5] at width 1000
 */
export async function sampleLengths(
  layers: readonly LengthLayer[],
  options: LengthSampleOptions,
): Promise<LengthSamples> {
  const { run, values } = await draw("sampleLengths", layers, options.widths, 0, options);
  const depth = layers.length;
  const part = (offset: number) =>
    values.map((all) => {
      const out = new Float64Array(run.repetitions * depth);
      for (let draw = 0; draw < run.repetitions; draw++) {
        out.set(all.subarray((2 * draw + offset) * depth, (2 * draw + offset + 1) * depth), draw * depth);
      }
      return matrix(run.repetitions, depth, out);
    });
  return { ...run, q: part(0), activationLength: part(1) };
}

/** Pre-activations of single units of simulated networks. */
export interface UnitSamples extends SampleRun {
  /** h_(l,1), h_(l,2), ... of the last layer, [repetitions, units] */
  readonly h: Matrix;
}

export interface UnitSampleOptions extends SampleOptions {
  /** units of every layer: one number, or one per layer */
  readonly width: number | readonly number[];
  /** units of the last layer that are kept, default 2 */
  readonly units?: number | undefined;
}

/**
 * Pre-activations of the first `units` units of the last of the layers, over independent initializations: with two
 * layers h_(2,1) and h_(2,2) of paper D. Options, guarantees and errors as of {@link sampleLengths}.
 *
 * @example
 * const layer = { activation: activation("reciprocal"), weightVariance: 1, biasVariance: 0 };
 * const { h } = await sampleUnits([layer, layer], { width: 100, repetitions: 20000 }); // Cauchy(0, 10)
 */
export async function sampleUnits(
  layers: readonly LengthLayer[],
  { width, units = 2, ...options }: UnitSampleOptions,
): Promise<UnitSamples> {
  wholeNumber("sampleUnits", "units", units, 2 ** 20);
  const { run, values } = await draw("sampleUnits", layers, [width], units, options);
  return { ...run, h: matrix(run.repetitions, units, values[0]!) };
}

/** The same layer `depth` times. */
export function repeatedLayer(layer: LengthLayer, depth: number): readonly LengthLayer[] {
  wholeNumber("repeatedLayer", "depth", depth, 100_000);
  return new Array<LengthLayer>(depth).fill(layer);
}
