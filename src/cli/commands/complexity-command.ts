/**
 * `foretrain complexity` trains a network of its own, or measures predictions from elsewhere.
 * @module
 */
import { ForetrainError } from "../../errors.js";
import type { CommandContext, CommandResult } from "../command.js";
import { type PredictionsCommandOptions, predictionsCommand } from "./complexity.js";
import { flagOf, TRAINING_OPTIONS } from "./complexity-settings.js";
import { type ComplexityTrainOptions, trainComplexityCommand } from "./complexity-train.js";

export type ComplexityCommandOptions = ComplexityTrainOptions & Partial<PredictionsCommandOptions>;

const TRAINING_ONLY = [
  ...TRAINING_OPTIONS,
  "seeds",
  "explain",
  "explainOn",
  "explainEpochs",
  "explainLearningRate",
  "checkpointSeconds",
  "out",
] as const;

export async function complexityCommand(
  network: string | undefined,
  options: ComplexityCommandOptions,
  context: CommandContext,
): Promise<CommandResult> {
  const { predictions } = options;
  if (predictions === undefined) {
    if (options.svg !== undefined) {
      throw new ForetrainError(
        "ERR_USAGE",
        "--svg: goes with --predictions; a training of this command has complexity.svg in its run folder, --out FOLDER",
        { argument: "--svg", got: options.svg },
      );
    }
    return trainComplexityCommand(network, options, context);
  }
  const option = TRAINING_ONLY.find((name) => name !== "seed" && options[name] !== undefined);
  const other = network ?? (option && flagOf(option));
  if (other !== undefined) {
    throw new ForetrainError(
      "ERR_USAGE",
      `--predictions: measures what ${predictions} has and trains nothing; got ${network === undefined ? "the option " : "the network "}${other} too, leave one of both out`,
      { argument: "--predictions", got: other },
    );
  }
  return predictionsCommand({ ...options, predictions }, context);
}
