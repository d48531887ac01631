/**
 * A network as a program: the calls of a forward and a backward pass over float32 arrays of fixed places.
 * @module
 */
import type { Step } from "../step.js";
import type { Tape } from "../tape.js";
import type { Block } from "./arena.js";
import { type Back, Builder, type Call, type Constant, type Machine } from "./builder.js";
import { emitAffine } from "./steps/affine.js";
import { emitBatchNorm } from "./steps/batch-norm.js";
import { emitConcat, emitProduct, emitSum } from "./steps/branches.js";
import { emitDropout } from "./steps/dropout.js";
import { emitLayerNorm } from "./steps/layer-norm.js";
import { emitMaxPool } from "./steps/max-pool.js";
import { emitPointwise } from "./steps/pointwise.js";
import { emitPool } from "./steps/pool.js";

export interface Program {
  readonly input: Block;
  readonly output: Block;
  /** of the output; null when it does not depend on parameters */
  readonly cotangent: Block | null;
  readonly forward: readonly Call[];
  readonly backward: readonly Call[];
  readonly blocks: readonly Block[];
  readonly constants: readonly Constant[];
}

function emit(b: Builder, step: Step, from: readonly number[], to: number): Back | null {
  switch (step.kind) {
    case "affine":
      return emitAffine(b, step.site, from[0]!, to);
    case "pointwise":
      return emitPointwise(b, step.activation, from[0]!, to);
    case "pool":
      return emitPool(b, step, from[0]!, to);
    case "maxPool":
      return emitMaxPool(b, step, from[0]!, to);
    case "layerNorm":
      return emitLayerNorm(b, step.shape, step.axes, from[0]!, to);
    case "batchNorm":
      return emitBatchNorm(b, step.norm, from[0]!, to);
    case "dropout":
      return emitDropout(b, step.keepRate, from[0]!, to);
    case "sum":
      return emitSum(b, from, to);
    case "product":
      return emitProduct(b, from, to);
    case "concat":
      return emitConcat(b, step, from, to);
    case "unchanged":
      return null;
  }
}

/** Compiles for up to `batch` samples; without `training` forward only, and dropout is the identity. */
export function compileProgram(tape: Tape, batch: number, training: boolean, machine: Machine): Program {
  const b = new Builder(tape, batch, training, machine);
  const { instructions } = tape;
  const input = b.read(0);
  const backs = instructions.map(({ step, from, to }, i) => {
    b.time = i;
    return b.isAlias(step) ? null : emit(b, step, from, to);
  });
  b.time = b.steps;
  const output = b.read(tape.output);
  const cotangent = b.varies(tape.output) ? b.cotangent(tape.output).block : null;
  if (cotangent !== null) {
    for (let i = b.steps - 1; i >= 0; i--) {
      b.time = 2 * b.steps - i;
      const back = backs[i];
      if (back === null || back === undefined) continue;
      const arrived = b.arrived(instructions[i]!.to);
      if (arrived !== undefined) back(arrived);
    }
  }
  const { forward, backward, blocks, constants } = b;
  return { input, output, cotangent, forward, backward, blocks, constants };
}
