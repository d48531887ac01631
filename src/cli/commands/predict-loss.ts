/**
 * What `foretrain predict` does beyond squared loss: training under cross entropy, and a ridge chosen from the train samples.
 * @module
 */
import {
  bestRidge,
  type Evidence,
  evidence,
  type LossTrainingInput,
  lossEnsemble,
  lossOutputs,
  type ModelOptions,
  type PredictInput,
  type Prediction,
  type PredictionKernels,
  type RidgeRule,
  spectralModel,
} from "../../dynamics/index.js";
import { ForetrainError } from "../../errors.js";
import { numberText, percentText } from "../../figures/index.js";
import type { Matrix } from "../../numeric/matrix.js";
import type { LongWork } from "../../progress.js";
import { type Clock, isInfinite } from "../../trainability/index.js";

/** Kernels of infinite width, which all outputs share. */
export type SharedKernels = Pick<PredictInput, "nngp" | "nngpTest"> & {
  readonly ntk: PredictionKernels | null;
};

export interface LossPredictionInput {
  readonly kernels: SharedKernels;
  readonly get: "nngp" | "ntk";
  readonly loss: "crossEntropy";
  /** one-hot [n, k] */
  readonly targets: Matrix;
  readonly clocks: readonly Clock[];
  /** networks of the ensemble; 0: one network that starts at 0 */
  readonly draws: number;
  readonly seed: number;
}

/** Throws ERR_USAGE for what cross entropy does not have: infinite times, real targets, covariances. */
export function checkLossOptions(
  clocks: readonly Clock[],
  labels: Int32Array | null,
  draws: number | undefined,
): void {
  if (clocks.some(isInfinite)) {
    throw new ForetrainError(
      "ERR_USAGE",
      "--time: got inf (the default), but outputs under cross entropy grow for ever and have no limit; expected finite times, for example --time 10,100,1000",
      { argument: "--time" },
    );
  }
  for (const [i, clock] of clocks.entries()) {
    const amount = (c: Clock) => (c.kind === "gd" ? c.steps : c.time);
    if (i > 0 && amount(clock) < amount(clocks[i - 1]!)) {
      throw new ForetrainError(
        "ERR_USAGE",
        "--time, --steps: expected ascending numbers with --loss crossEntropy",
        {
          argument: "--time",
        },
      );
    }
  }
  if (labels === null) {
    throw new ForetrainError(
      "ERR_USAGE",
      "--loss: crossEntropy needs labels, but y of the train file holds real targets; expected integers [n], or --loss squared",
      { argument: "--loss" },
    );
  }
  if (draws === 1) {
    throw new ForetrainError(
      "ERR_USAGE",
      "--draws: got 1, expected at least 2 networks, or 0 for one that starts at 0",
      {
        argument: "--draws",
        got: draws,
      },
    );
  }
}

/** Outputs under the loss, in the form of `predict`; std is over networks and by output, [times, m, k]. */
export async function predictLoss(
  { kernels, get, loss, targets, clocks, draws, seed }: LossPredictionInput,
  {
    diagReg,
    eigen,
    ...work
  }: LongWork &
    Pick<ModelOptions, "eigen"> & {
      readonly diagReg: number;
      readonly threads?: number | undefined;
    },
): Promise<Prediction> {
  const { nngp, ntk, nngpTest } = kernels;
  const trained = (get === "ntk" ? ntk : nngp)!;
  const model = await spectralModel(trained.train, { diagReg, eigen, ...work });
  const [n, m, k] = [model.samples, trained.testTrain.shape[0], targets.shape[1]];
  const times = clocks.length;
  const mean = new Float64Array(times * m * k);
  const trainMean = new Float64Array(times * n * k);
  const std = draws === 0 ? null : new Float64Array(times * m * k);
  let t = 0;
  const input: LossTrainingInput = { targets, loss, testTrain: trained.testTrain };
  if (std === null) {
    for await (const { train, test } of lossOutputs(model, input, clocks, work)) {
      trainMean.set(train.data, t * n * k);
      mean.set(test!.data, t++ * m * k);
    }
  } else {
    const ensemble = {
      targets,
      loss,
      testTrain: trained.testTrain,
      nngpTrain: nngp!.train,
      nngpTestTrain: nngp!.testTrain,
      nngpTest: nngpTest as Matrix,
      draws,
      seed,
    };
    for await (const at of lossEnsemble(model, ensemble, clocks, work)) {
      trainMean.set(at.trainMean.data, t * n * k);
      mean.set(at.testMean!.data, t * m * k);
      std.set(at.testStd!.data, t++ * m * k);
    }
  }
  return {
    clocks,
    mean: { data: mean, shape: [times, m, k] },
    trainMean: { data: trainMean, shape: [times, n, k] },
    std: std === null ? null : { data: std, shape: [times, m, k] },
    covariance: null,
    conditioning: model.conditioning,
  };
}

/** The ridge that the train samples choose, with what the choice rests on in words, and the decomposition it comes from. */
export async function chooseRidge(
  kernel: Matrix,
  targets: Matrix,
  labels: Int32Array | null,
  rule: RidgeRule,
  work: LongWork & { readonly threads?: number | undefined },
): Promise<{
  readonly best: Evidence;
  readonly text: string;
  readonly eigen: NonNullable<ModelOptions["eigen"]>;
}> {
  const model = await spectralModel(kernel, work);
  const list = evidence(model, { targets, labels });
  const best = bestRidge(list, rule);
  const share = best.leaveOneOutAccuracy;
  return {
    best,
    eigen: { values: Float64Array.from(model.conditioning.eigenvalues), vectors: model.vectors },
    text:
      `ridge ${numberText(best.ridge)} of ${list.length} tried, by ${rule === "likelihood" ? "marginal likelihood" : "leave-one-out loss"}: ` +
      `leave-one-out loss ${numberText(best.leaveOneOutLoss)}${share === null ? "" : `, accuracy ${percentText(share)}`}, ` +
      `log marginal likelihood ${numberText(best.logMarginalLikelihood)}`,
  };
}
