/**
 * From a network to a {@link KernelProgram}, refusing what the infinite-width rules do not hold for.
 * @module
 */
import { parseNetwork } from "../network/parse.js";
import { type ShapedSequence, shapeTree } from "../network/shapes.js";
import type { LayerKind, Network } from "../network/spec.js";
import { unavailable } from "../network/units.js";
import { Compiler } from "./compile/compiler.js";
import { decideLayouts } from "./compile/layouts.js";
import { assignSlots } from "./compile/slots.js";
import type { KernelProgram } from "./program.js";

/** Layer kinds that the kernel reading has: all of the network format but those of finite networks (`maxPool`, `zeroPad`, `batchNorm`). */
export const kernelLayerKinds: readonly LayerKind[] = [
  "dense",
  "conv",
  "activation",
  "flatten",
  "identity",
  "globalAvgPool",
  "globalSumPool",
  "avgPool",
  "sumPool",
  "layerNorm",
  "dropout",
  "serial",
  "repeat",
  "residual",
  "parallel",
];

/** Deeper networks are refused: they would need gigabytes before the first pair. */
const LAYERS_MAX = 1_000_000;

/** Number of layers with repeat written out. */
function layersOf(part: ShapedSequence): number {
  const one = part.layers.reduce(
    (sum, { inside }) =>
      sum + (inside.length === 0 ? 1 : inside.reduce((inner, next) => inner + layersOf(next), 0)),
    0,
  );
  return one * part.copies;
}

/**
 * Compiles a network, checked again: code may have made or changed it without `parseNetwork`. `tangent` false leaves out
 * what only the ntk needs.
 * @throws ERR_SPEC as `parseNetwork`; ERR_UNAVAILABLE with the layer's path, the reason and the way out where the network has no kernel
 */
export function compileKernel(given: Network, { tangent }: { readonly tangent: boolean }): KernelProgram {
  const network = parseNetwork(given);
  const tree = shapeTree(network);
  const layers = layersOf(tree);
  if (layers > LAYERS_MAX) {
    throw unavailable(
      "layers",
      `the network has ${layers} layers with repeat written out, more than ${LAYERS_MAX}; use fewer`,
    );
  }
  const compiler = new Compiler(network, tangent);
  const end = compiler.sequence(tree, compiler.input());
  const result = compiler.value(end, "layers");
  const { steps, slots, outputs } = assignSlots(decideLayouts(compiler.steps, [result]), [result]);
  return {
    input: network.input,
    features: network.input.reduce((product, side) => product * side, 1),
    steps,
    slots,
    output: outputs[0]!,
    outputPositions: end.positions,
  };
}
