/**
 * `foretrain complexity`: how much of a network's performance simple models explain while it trains.
 * @module
 */
import {
  type PredictionRun,
  permutationNull,
  predictionRunFromArrays,
  predictionRunFromCsv,
  recordLearningCurve,
} from "../../complexity/index.js";
import { readNpz } from "../../data/index.js";
import { readFileBytes } from "../../data/index-node.js";
import { ForetrainError } from "../../errors.js";
import { complexityFigure } from "../../figures/index.js";
import { throwIfAborted } from "../../progress.js";
import { writeFileAtomic } from "../../runs/index-node.js";
import type { CommandContext, CommandResult } from "../command.js";
import { checkOutputs, isStandardOutput } from "../output-files.js";
import { isBiasCorrected, requirePhaseEnd } from "./complexity-settings.js";
import { withResampledErrors } from "./complexity-statements.js";
import {
  complexityData,
  curveTable,
  explainedSentence,
  PHASE_LEGEND,
  phaseTable,
} from "./complexity-text.js";

/** Options of predictions from elsewhere. */
export interface PredictionsCommandOptions {
  readonly predictions: string;
  readonly correctBias?: boolean;
  readonly tolerance?: number;
  readonly t0?: number;
  readonly seed?: number;
  readonly svg?: string;
}

async function readRun(file: string): Promise<PredictionRun> {
  const bytes = await readFileBytes(file);
  if (/\.csv$/i.test(file)) return predictionRunFromCsv(new TextDecoder().decode(bytes), file);
  return predictionRunFromArrays(await readNpz(bytes, file), file);
}

/** The curve of the samples that the network was trained on; only the network's own information is asked for. */
function trainCurve({ train, classes, steps }: PredictionRun, correctBias: boolean) {
  if (train === null) return null;
  const recorder = recordLearningCurve({ labels: train.labels, explainers: [], classes, correctBias });
  steps.forEach((step, t) => {
    recorder.add(step, train.predictions[t]!);
  });
  return recorder.result();
}

/** Measures predictions of a file. */
export async function predictionsCommand(
  options: PredictionsCommandOptions,
  { terminal, signal }: CommandContext,
): Promise<CommandResult> {
  const { predictions: file, tolerance, t0, svg } = options;
  await checkOutputs({ "--svg": svg }, { "--predictions": file });
  const run = await readRun(file);
  if (run.explainers.length === 0) {
    throw new ForetrainError(
      "ERR_DATA",
      `${file}: has no simple model to explain the network with; expected ${/\.csv$/i.test(file) ? "a column explainer:NAME" : "an array explainer_NAME [n]"} with the predictions of, for example, logistic regression for the same samples`,
      { argument: "--predictions" },
    );
  }
  requirePhaseEnd(t0, run.steps.at(-1)!);
  const { labels, classes } = run;
  const { correctBias = isBiasCorrected(classes) } = options;
  const explainers = run.explainers.map((explainer, i) =>
    i === 0 ? { ...explainer, phaseEnd: t0 } : explainer,
  );
  const recorder = recordLearningCurve({ labels, explainers, classes, correctBias, tolerance });
  for (const [t, step] of run.steps.entries()) {
    throwIfAborted(signal);
    recorder.add(step, run.predictions[t]!);
    terminal.progress({ label: "information", done: t + 1, total: run.steps.length, unit: "snapshots" });
  }
  const curve = withResampledErrors(recorder.result(), {
    ...{ labels, classes, seed: options.seed ?? 0, correctBias, tolerance, phaseEnds: [t0] },
    networks: [{ snapshots: run.predictions, simple: run.explainers.map(({ predictions }) => predictions) }],
  });
  const train = trainCurve(run, correctBias);
  const bits = train?.network.map(({ value }) => value) ?? null;
  const nulls = explainers.map(({ predictions }) =>
    permutationNull(run.predictions.at(-1)!, predictions, labels, { seed: options.seed ?? 0, correctBias }),
  );
  if (svg !== undefined)
    await writeFileAtomic(svg, complexityFigure(complexityData(curve, bits, classes)), { signal });
  return {
    text: [
      `${curve.samples} samples of ${classes} classes, ${curve.steps.length} snapshots${correctBias ? ", corrected for bias" : ""}`,
      ...curveTable(curve, train?.accuracy ?? null),
      "",
      ...phaseTable(curve, nulls),
      ...PHASE_LEGEND,
      "",
      ...curve.explainers.map((explainer) => explainedSentence(curve, explainer)),
      ...(svg === undefined ? [] : [`wrote ${svg}`]),
    ].join("\n"),
    onStderr: isStandardOutput(svg ?? ""),
    json: {
      ...curve,
      classNames: run.classNames,
      train: bits,
      trainAccuracy: train?.accuracy ?? null,
      shuffled: nulls,
      correctBias,
      svg: svg ?? null,
    },
  };
}
