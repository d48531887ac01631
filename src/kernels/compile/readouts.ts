/**
 * One program for a network at several depths: its repeated block as often as the deepest has it, with the readout branching
 * off after every wanted copy.
 * @module
 */
import type { RepeatedBlock } from "../../network/depth.js";
import { shapeTree } from "../../network/shapes.js";
import type { Layer, Network } from "../../network/spec.js";
import type { KernelProgram, KernelStep } from "../program.js";
import { Compiler } from "./compiler.js";
import { decideLayouts } from "./layouts.js";
import { assignSlots } from "./slots.js";
import type { State } from "./state.js";

/** The readouts' steps side by side, [step of the readout][readout]; null where the readouts differ. */
function sideBySide(tails: readonly (readonly KernelStep[])[]): KernelStep[] | null {
  const [first] = tails as [readonly KernelStep[]];
  const alike = tails.every(
    (tail) => tail.length === first.length && tail.every(({ op }, i) => op === first[i]!.op),
  );
  return alike ? first.flatMap((_, i) => tails.map((tail) => tail[i]!)) : null;
}

/**
 * Compiles a checked network with so many copies of its block each.
 * @param copies  ascending, each once
 * @returns null where the readouts have no common form: one of them reads the data themselves, or does nothing
 * @throws ERR_UNAVAILABLE as `compileKernel`
 */
export function compileReadouts(
  network: Network,
  { prefix, block, suffix }: RepeatedBlock,
  copies: readonly number[],
  tangent: boolean,
): KernelProgram | null {
  const compiler = new Compiler(network, tangent);
  let shape = network.input;
  const through = (layers: readonly Layer[], from: State): State => {
    const tree = shapeTree({ ...network, input: shape, layers });
    shape = tree.output;
    return compiler.sequence(tree, from);
  };
  let state = through(prefix, compiler.input());
  const places: { readonly shape: readonly number[]; readonly state: State }[] = [];
  let at = 0;
  for (const count of copies) {
    if (count > at) state = through([{ kind: "repeat", times: count - at, layers: block }], state);
    at = count;
    places.push({ shape, state });
  }
  // after the whole trunk: what branches of a value are merged into is made once, for the trunk too
  const starts: number[] = [];
  const values: number[] = [];
  let positions: readonly number[] = [];
  for (const place of places) {
    starts.push(compiler.steps.length);
    shape = place.shape;
    const end = through(suffix, place.state);
    values.push(compiler.value(end, "layers"));
    positions = end.positions;
  }
  const steps = decideLayouts(compiler.steps, values);
  const trunk = steps.filter(({ to }) => to < starts[0]!);
  const tails = starts.map((start, k) =>
    steps.filter(({ to }) => to >= start && to < (starts[k + 1] ?? Number.POSITIVE_INFINITY)),
  );
  const last = sideBySide(tails);
  if (last === null || last.length === 0) return null;
  const { outputs, ...assigned } = assignSlots([...trunk, ...last], values);
  return {
    input: network.input,
    features: network.input.reduce((product, side) => product * side, 1),
    ...assigned,
    output: outputs.at(-1)!,
    outputPositions: positions,
    readouts: { slots: outputs, from: trunk.length },
  };
}
