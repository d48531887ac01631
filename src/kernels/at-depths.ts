/**
 * Kernels of a network that repeats a block, at many depths.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { copiesAtDepth, networkWithCopies, repeatedBlock } from "../network/depth.js";
import type { Network } from "../network/spec.js";
import type { Matrix, NdArray } from "../numeric/matrix.js";
import { computeKernel } from "./compute.js";
import type { KernelName, KernelOptions } from "./kernel.js";
import { kernelNames } from "./plan.js";

/** The kernels at one depth, [n1, n2] each. */
export type DepthKernels<Name extends KernelName = KernelName> = Record<Name, Matrix> & {
  /** number of nonlinear layers */
  readonly depth: number;
};

/** Ascending, each once. */
function checkDepths(depths: readonly number[]): number[] {
  if (depths.length === 0) {
    throw new ForetrainError("ERR_DOMAIN", "kernelsAtDepths: depths is empty, expected at least one depth", {
      argument: "depths",
    });
  }
  return [...new Set(depths)].sort((a, b) => a - b);
}

/**
 * Kernels of the network with its block repeated to each of several depths, ascending, each as it is ready. The readout
 * (pools, dropout, last layer) is applied at every depth. What repeats and how depth counts, `repeatedBlock` says.
 *
 * @param depths  numbers of nonlinear layers, in any order; each comes once
 * @param x1  [n1, ...input]
 * @param x2  [n2, ...input], or null for x1 against itself
 * @throws ERR_UNAVAILABLE for networks without a block to repeat, ERR_DOMAIN for a depth that no number of copies gives,
 * and as `computeKernel`
 * @example
 * for await (const { depth, ntk, ntkGap } of kernelsAtDepths(net, [1, 10, 100], x, null, { get: ["ntk", "ntkGap"] })) {
 *   const { kappa } = await bulkSpectrum(ntk, ntkGap);
 * }
 */
export async function* kernelsAtDepths<Name extends KernelName = KernelName>(
  network: Network,
  depths: readonly number[],
  x1: NdArray,
  x2: NdArray | null = null,
  options: KernelOptions<Name> = {},
): AsyncGenerator<DepthKernels<Name>, void, undefined> {
  const names = kernelNames(options.get, "kernelsAtDepths") as readonly Name[];
  const parts = repeatedBlock(network);
  const wanted = checkDepths(depths).map((depth) => ({
    depth,
    copies: copiesAtDepth(parts, depth, "kernelsAtDepths"),
  }));
  for (const { depth, copies } of wanted) {
    const { plan: _, ...kernels } = await computeKernel(networkWithCopies(network, parts, copies), x1, x2, {
      ...options,
      get: names,
    });
    yield { depth, ...(kernels as unknown as Record<Name, Matrix>) } as DepthKernels<Name>;
  }
}
