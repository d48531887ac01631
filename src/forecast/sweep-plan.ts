/**
 * Which depths of a network are looked at, and on how many samples, so that the sweep costs no more than the forecast beside it.
 * @module
 */
import { isForetrainError } from "../errors.js";
import { type DepthsPlan, planKernelsAtDepths } from "../kernels/index.js";
import { hiddenDepth, type Network, type RepeatedBlock, repeatedBlock, withDepth } from "../network/index.js";
import type { ForecastStack } from "./hidden-stack.js";
import { engineOf, type KernelWork, planKernelPair } from "./kernels.js";

const DEPTHS = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64];

/**
 * Most train samples, test samples and copies of the block, the best first: accuracies to about 2 % from 512 test samples, 6 % from 64.
 * Depth is given up first: networks whose layers cost much have few.
 */
const SIZES = [
  { train: 128, test: 512, copies: 64 },
  { train: 128, test: 512, copies: 32 },
  { train: 64, test: 256, copies: 32 },
  { train: 64, test: 128, copies: 16 },
  { train: 32, test: 64, copies: 16 },
  { train: 32, test: 64, copies: 8 },
];

/** Seconds of one core that a sweep may always take, and that it may take at most: between them, what the kernels of the data take. */
const ALWAYS_SECONDS = 2;
const LONGEST_SECONDS = 20;

/** The network to walk through, the depths to stop at, and what that costs. */
export interface SweepPlan {
  readonly net: Network;
  readonly depths: readonly number[];
  /** samples, the first of the data */
  readonly train: number;
  readonly test: number;
  /** fewer samples or depths than a quick network gets */
  readonly reduced: boolean;
  readonly kernels: { readonly train: DepthsPlan; readonly testTrain: DepthsPlan };
  /** rough seconds of one core */
  readonly seconds: number;
  /** of one core, that it may take: those of the kernels of the data, but 2 at least and 20 at most */
  readonly allowed: number;
}

function blockOf(network: Network): RepeatedBlock | null {
  try {
    return repeatedBlock(network);
  } catch (error) {
    if (isForetrainError(error, "ERR_UNAVAILABLE")) return null;
    throw error;
  }
}

/** The network and the depths, up to so many copies of what repeats; its own depth is always among them. */
function depthsOf(
  network: Network,
  stack: ForecastStack | null,
  copies: number,
): Pick<SweepPlan, "net" | "depths"> | null {
  const own = hiddenDepth(network);
  const sorted = (depths: readonly number[]) => [...new Set([...depths, own])].sort((a, b) => a - b);
  const wanted = DEPTHS.filter((count) => count <= copies);
  if (stack !== null) {
    // written so that the hidden layer which repeats stands in it more than once
    return stack.homogeneous ? { net: withDepth(network, 3), depths: sorted(wanted) } : null;
  }
  const block = blockOf(network);
  if (block === null) return null;
  const { outsideDepth, blockDepth } = block;
  const reached = wanted.map((count) => outsideDepth + count * blockDepth);
  return { net: network, depths: sorted(reached.filter((depth) => depth <= Math.max(own, DEPTHS.at(-1)!))) };
}

/**
 * The best sweep that takes no longer than the kernels of `train` and `test` samples. Costs are of one core, so that the machine's threads
 * change no result.
 * @returns null where nothing repeats, hidden layers of a stack differ, or even the smallest would take too long
 */
export function planSweep(
  network: Network,
  stack: ForecastStack | null,
  samples: { readonly train: number; readonly test: number },
  work: Omit<KernelWork, "signal" | "onProgress">,
): SweepPlan | null {
  const engine = { ...engineOf(work), threads: 1 };
  const main = planKernelPair(network, samples, engine);
  const allowed = Math.min(
    LONGEST_SECONDS,
    Math.max(ALWAYS_SECONDS, main.train.seconds + main.testTrain.seconds),
  );
  for (const [i, size] of SIZES.entries()) {
    const found = depthsOf(network, stack, size.copies);
    if (found === null) return null;
    const [n, m] = [Math.min(size.train, samples.train), Math.min(size.test, samples.test)];
    const options = { ...engine, get: ["ntk", "ntkGap"] as const };
    const kernels = {
      train: planKernelsAtDepths(found.net, found.depths, n, null, options),
      testTrain: planKernelsAtDepths(found.net, found.depths, m, n, options),
    };
    const seconds = kernels.train.seconds + kernels.testTrain.seconds;
    if (!(seconds <= allowed && kernels.train.fits && kernels.testTrain.fits)) continue;
    return { ...found, train: n, test: m, reduced: i > 0, kernels, seconds, allowed };
  }
  return null;
}
