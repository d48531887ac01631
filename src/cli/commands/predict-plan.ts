/**
 * What `foretrain predict` needs in memory, before it computes anything.
 * @module
 */
import { ForetrainError } from "../../errors.js";
import { type KernelOptions, planKernel } from "../../kernels/index.js";
import type { Network } from "../../network/index.js";
import { byteSize } from "../terminal.js";

export interface PredictSizes {
  /** train samples */
  readonly n: number;
  /** test samples */
  readonly m: number;
  /** outputs */
  readonly k: number;
  readonly times: number;
  readonly get: "nngp" | "ntk";
  /** standard deviations instead of covariances [m, m] */
  readonly std: boolean;
  /** networks that are followed side by side under another loss than the squared one; 0: none */
  readonly draws: number;
}

export interface PredictPlan {
  /** kernels of train and test samples, with their inputs and work */
  readonly kernelBytes: number;
  /** eigenbasis of the train kernel and the initial covariance in it */
  readonly eigenBytes: number;
  /** means and spreads at all times, with the work of one time; drawn networks with their start and the solver's stages */
  readonly resultBytes: number;
  readonly bytes: number;
  readonly memoryLimit: number;
}

/** Square matrices at the peak of an eigen-decomposition: the copy that is reduced, two bases, the result. */
const EIGEN_COPIES = 4;
/** Square matrices that stay for covariances: the initial covariance in modes and its product. */
const MODE_COPIES = 2;
/** Test x train matrices beside the kernels: filtered and in modes. */
const CROSS_COPIES = 4;
/** Test x test matrices in the work of one time. */
const TEST_COPIES = 3;
/** Square matrices [n + m, n + m] of the initial covariance that drawn networks start from: itself and its factor. */
const START_COPIES = 2;
/** Outputs of all drawn networks that are alive at once: start, state, and the solver's slopes and stages. */
const DRAW_COPIES = 16;
const DOUBLE = 8;

/** Bytes of a prediction; an upper bound of what is alive at once (sums, not the greatest moment). */
export function planPrediction(
  network: Network,
  { n, m, k, times, get, std, draws }: PredictSizes,
  engine: Pick<KernelOptions, "memoryLimit" | "threads" | "backend" | "precision">,
): PredictPlan {
  const options = { ...engine, get: get === "ntk" ? (["nngp", "ntk"] as const) : (["nngp"] as const) };
  const train = planKernel(network, n, null, options);
  if (train.positions.length > 0) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `predict: the network keeps its positions [${train.positions.join(", ")}], expected one answer per sample; ` +
        "end it with flatten, globalAvgPool or globalSumPool",
      { argument: "network", got: train.positions, expected: [] },
    );
  }
  const cross = planKernel(network, m, n, options);
  const own = std ? m : m * m;
  const kernelBytes =
    train.bytes.total + cross.bytes.result + cross.bytes.inputs + cross.bytes.work + own * DOUBLE;
  const eigenBytes = ((EIGEN_COPIES + MODE_COPIES) * n * n + CROSS_COPIES * m * n) * DOUBLE;
  const spreads = draws > 0 ? m * k : own;
  const drawn = draws > 0 ? DRAW_COPIES * draws * k * (n + m) + START_COPIES * (n + m) ** 2 : 0;
  const resultBytes =
    (times * ((m + n) * k + spreads) + (std || draws > 0 ? 0 : TEST_COPIES * m * m) + drawn) * DOUBLE;
  const bytes = kernelBytes + eigenBytes + resultBytes;
  return { kernelBytes, eigenBytes, resultBytes, bytes, memoryLimit: train.memoryLimit };
}

/** Throws `ERR_MEMORY` with the parts and what would help. */
export function requirePredictionFits(plan: PredictPlan, { n, m, times, std, draws }: PredictSizes): void {
  const { kernelBytes, eigenBytes, resultBytes, bytes, memoryLimit } = plan;
  if (bytes <= memoryLimit) return;
  const wayOut =
    draws > 0 && resultBytes > bytes / 2
      ? "use fewer networks (--draws) or fewer samples"
      : !std && resultBytes > bytes / 2
        ? "use --std, fewer times or fewer test samples"
        : "use fewer samples";
  throw new ForetrainError(
    "ERR_MEMORY",
    `predict: ${n} train and ${m} test samples at ${times} times need ${byteSize(bytes)} (kernels ${byteSize(kernelBytes)}, ` +
      `eigenbasis ${byteSize(eigenBytes)}, results ${byteSize(resultBytes)}), there are ${byteSize(memoryLimit)}; ` +
      `${wayOut}, or allow more memory (--memory ${bytes})`,
    { argument: "--memory", got: memoryLimit, expected: bytes, plan },
  );
}
