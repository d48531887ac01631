/**
 * Parts of a network as programs of their own, each resuming from the states that the one before left.
 * @module
 */
import { shapeTree } from "../../network/shapes.js";
import type { Layer, Network } from "../../network/spec.js";
import { DATA } from "../../network/units.js";
import type { KernelProgram, Layout } from "../program.js";
import { Compiler } from "./compiler.js";
import { decideLayouts } from "./layouts.js";
import { assignSlots } from "./slots.js";
import type { State } from "./state.js";

/** The units between two parts. */
export interface PartEnd extends Pick<State, "gaussian" | "zeroMean" | "origin"> {
  /** shape of one sample there, channels last */
  readonly shape: readonly number[];
}

export interface PartLayers {
  /** what it resumes from; null: the data */
  readonly start: PartEnd | null;
  /** layers up to the states that are carried on */
  readonly trunk: readonly Layer[];
  /** layers behind them up to a result; null: none is wanted */
  readonly readout: readonly Layer[] | null;
  /** pairs of positions that are carried on, `diagonal` or `full`; null: there is no next part */
  readonly carry: Layout | null;
}

export interface CompiledPart {
  readonly program: KernelProgram;
  /** where the next part resumes; null: it cannot, it must begin with the data again */
  readonly end: PartEnd | null;
}

/**
 * Compiles a part of a checked network. States cannot be carried on where units of different variance are told apart, nor
 * where they are the data still.
 * @throws ERR_UNAVAILABLE as `compileKernel`
 */
export function compilePart(
  network: Network,
  { start, trunk, readout, carry }: PartLayers,
  tangent: boolean,
): CompiledPart {
  const input = start?.shape ?? network.input;
  const tree = shapeTree({ ...network, input, layers: trunk });
  const compiler = new Compiler({ ...network, input }, tangent);
  const first = start === null ? compiler.input() : compiler.resume(start.shape.slice(0, -1), start);
  const middle = compiler.sequence(tree, first);
  const { populations, gaussian, zeroMean, origin } = middle;
  const carries = populations.length === 1 && !populations[0]!.flattened && !middle.ties.has(DATA);
  const kept = carry !== null && carries ? { value: populations[0]!.value, layout: carry } : null;
  const tail = readout === null ? null : shapeTree({ ...network, input: tree.output, layers: readout });
  const end = tail === null ? middle : compiler.sequence(tail, middle);
  const result = compiler.value(end, "layers");
  const steps = decideLayouts(compiler.steps, tail === null && kept !== null ? [] : [result], kept);
  const { outputs, ...assigned } = assignSlots(steps, [result], kept?.value ?? null);
  return {
    program: {
      input,
      features: start === null ? input.reduce((product, side) => product * side, 1) : 0,
      ...assigned,
      output: outputs[0]!,
      outputPositions: end.positions,
    },
    end: carries ? { shape: tree.output, gaussian, zeroMean, origin } : null,
  };
}
