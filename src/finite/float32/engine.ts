/**
 * Gradients in float32: a network compiled once to calls of the training module over one memory of fixed size. A step
 * allocates nothing.
 *
 * Sums run in an order that depends only on the network and the number of samples, so results have the same bits from run to
 * run on one runtime (with and without fused multiply-add they differ by rounding, and so with a native library). Relative errors of gradients are some 1e-6.
 * @module
 */
import { ForetrainError } from "../../errors.js";
import { sizeOf } from "../../numeric/matrix.js";
import type { Rng } from "../../numeric/random.js";
import type { Variant } from "../../wasm/load.js";
import type { GradientEngine, GradientEngineOptions } from "../gradient-engine.js";
import type { FiniteModel } from "../model.js";
import type { FloatArray } from "../parameters.js";
import { type Block, placeBlocks } from "./arena.js";
import type { Call, Machine } from "./builder.js";
import { lossFunction } from "./loss.js";
import { matrixProduct } from "./matrix-product.js";
import { compileProgram, type Program } from "./program.js";
import { align, openTrainingMemory, type TrainingExports } from "./training-memory.js";

const FLOAT = 4;

/** Where everything lies, from address 0 on. */
interface Layout {
  readonly gradient: number;
  readonly constants: number;
  readonly blocks: number;
  readonly bytes: number;
}

function layoutOf(parameters: number, programs: readonly Program[]): Layout {
  const vector = align(FLOAT * parameters);
  const constants = 2 * vector;
  let blocks = constants;
  for (const program of programs) {
    for (const { data } of program.constants) blocks += align(data.byteLength);
  }
  // the programs never run at the same time: their arrays share one place
  const largest = Math.max(...programs.map((program) => placeBlocks(program.blocks)));
  return { gradient: vector, constants, blocks, bytes: blocks + largest };
}

/** Moves what was placed from address 0 on to where the memory is, and writes the constants. */
function settle(programs: readonly Program[], layout: Layout, start: number, buffer: ArrayBuffer): void {
  let at = start + layout.constants;
  for (const program of programs) {
    for (const constant of program.constants) {
      const { data } = constant;
      constant.address = at;
      new Uint8Array(buffer, at, data.byteLength).set(
        new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
      );
      at += align(data.byteLength);
    }
    for (const block of program.blocks) block.address += start + layout.blocks;
  }
}

/**
 * Opens a float32 engine; see {@link GradientEngine}. The memory holds parameters and gradient, the values of one batch and
 * some MB of scratch.
 * @param variant  build of the WebAssembly module, for tests; default the best that the runtime has
 * @throws ERR_UNAVAILABLE without WebAssembly SIMD, and for activations without slope; ERR_MEMORY when it does not fit
 */
export function openFloat32Engine(
  model: FiniteModel,
  { batch, loss = "squared" }: GradientEngineOptions,
  variant?: Variant,
): GradientEngine {
  const where = "openGradientEngine";
  const machine: Machine = {
    exports: null as unknown as TrainingExports, // the memory's size is known when the programs are
    floats: new Float32Array(0),
    product: () => {},
    parameters: 0,
    gradient: 0,
    masks: null,
  };
  const training = compileProgram(model.tape, batch, true, machine);
  const prediction = compileProgram(model.tape, batch, false, machine);
  const programs = [training, prediction];
  const count = model.parameterCount;
  const layout = layoutOf(count, programs);
  const memory = openTrainingMemory(layout.bytes, where, variant);
  const { buffer } = memory.exports.memory;
  settle(programs, layout, memory.start, buffer);
  machine.exports = memory.exports;
  machine.product = matrixProduct(memory);
  machine.floats = new Float32Array(buffer);
  machine.parameters = memory.start;
  machine.gradient = memory.start + layout.gradient;
  const view = (block: Block) => new Float32Array(buffer, block.address, block.floats);
  const inputs = [view(training.input), view(prediction.input)] as const;
  const outputs = [view(training.output), view(prediction.output)] as const;
  const cotangent =
    training.cotangent === null ? new Float32Array(outputs[0].length) : view(training.cotangent);
  const inputSize = sizeOf(model.inputShape);
  const outputSize = sizeOf(model.outputShape);
  const lossOf = lossFunction(loss, model.outputShape.at(-1)!);
  let open = true;

  const check = (samples: number, x: FloatArray, y: FloatArray | null) => {
    if (!open) throw new Error("the engine was closed");
    const fits =
      Number.isSafeInteger(samples) &&
      samples >= 1 &&
      samples <= batch &&
      x.length >= samples * inputSize &&
      (y === null || y.length >= samples * outputSize);
    if (fits) return;
    throw new ForetrainError(
      "ERR_SHAPE",
      `${where}: a call with ${samples} samples, ${x.length} numbers in x${y === null ? "" : ` and ${y.length} in y`}; expected 1 to ${batch} samples of ${inputSize} inputs and ${outputSize} outputs`,
      { argument: "samples", got: samples, expected: batch },
    );
  };
  const run = (calls: readonly Call[], samples: number) => {
    for (const call of calls) call(samples);
  };
  const load = (to: Float32Array, x: FloatArray, samples: number) => {
    const length = samples * inputSize;
    to.set(x.length === length ? x : x.subarray(0, length));
  };

  return {
    dtype: "float32",
    model,
    batch,
    loss,
    parameters: new Float32Array(buffer, machine.parameters, count),
    gradient: new Float32Array(buffer, machine.gradient, count),
    lossGradient(x, y, samples, masks: Rng | null = null) {
      check(samples, x, y);
      machine.masks = masks;
      load(inputs[0], x, samples);
      machine.exports.clear(count, machine.gradient);
      run(training.forward, samples);
      const value = lossOf(outputs[0], y, samples * outputSize, samples, cotangent);
      run(training.backward, samples);
      machine.masks = null;
      return value;
    },
    descend(rate, from, to) {
      if (!open) throw new Error("the engine was closed");
      const { exports, parameters, gradient } = machine;
      exports.subtractScaled(to - from, rate, gradient + FLOAT * from, parameters + FLOAT * from);
    },
    outputs(x, samples) {
      check(samples, x, null);
      load(inputs[1], x, samples);
      run(prediction.forward, samples);
      return outputs[1].subarray(0, samples * outputSize);
    },
    close() {
      open = false;
      machine.floats = new Float32Array(0);
      machine.product = () => {};
      machine.exports = null as unknown as TrainingExports;
    },
  };
}
