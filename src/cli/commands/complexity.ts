/**
 * `foretrain complexity`: how much of a network's performance simple models explain while it trains.
 * @module
 */
import {
  type ExplainedCurve,
  type InformationEstimate,
  type LearningCurve,
  type PredictionRun,
  predictionRunFromArrays,
  predictionRunFromCsv,
  recordLearningCurve,
} from "../../complexity/index.js";
import { readNpz } from "../../data/index.js";
import { readFileBytes } from "../../data/index-node.js";
import { ForetrainError } from "../../errors.js";
import { complexityFigure, numberText, percentText } from "../../figures/index.js";
import { throwIfAborted } from "../../progress.js";
import { writeFileAtomic } from "../../runs/index-node.js";
import { alignedColumns } from "../columns.js";
import type { CommandContext, CommandResult } from "../command.js";
import { checkOutputs, isStandardOutput } from "../output-files.js";

export interface ComplexityCommandOptions {
  readonly predictions: string;
  readonly correctBias?: boolean;
  readonly tolerance?: number;
  readonly svg?: string;
}

/** Longer tables show about so many snapshots, evenly; the JSON document has all. */
const MOST_ROWS = 24;

async function readRun(file: string): Promise<PredictionRun> {
  const bytes = await readFileBytes(file);
  if (/\.csv$/i.test(file)) return predictionRunFromCsv(new TextDecoder().decode(bytes), file);
  return predictionRunFromArrays(await readNpz(bytes, file), file);
}

const bits = ({ value, error }: InformationEstimate) => `${value.toFixed(4)} ± ${error.toFixed(4)}`;

function table({ steps, accuracy, network, explainers }: LearningCurve): string[] {
  const shown = steps.map((_, t) => t);
  const stride = Math.ceil(shown.length / MOST_ROWS);
  const rows = shown.filter((t) => t % stride === 0 || t === shown.length - 1);
  return [
    ...alignedColumns(
      [
        ["step", "accuracy", "I(F;Y) bits", ...explainers.map(({ name }) => `mu(F;${name})`)],
        ...rows.map((t) => [
          numberText(steps[t]!),
          percentText(accuracy[t]!),
          bits(network[t]!),
          ...explainers.map(({ explained }) => bits(explained[t]!)),
        ]),
      ],
      "right",
    ),
    ...(stride > 1 ? [`(${rows.length} of ${steps.length} snapshots are shown; --json has all)`] : []),
  ];
}

function phaseLine(
  { name, accuracy, information, phases }: ExplainedCurve,
  steps: readonly number[],
): string {
  const { end, firstPhaseShare, retention } = phases;
  const share = (value: number | null) => (value === null ? "-" : percentText(value));
  const model = `${name}: accuracy ${percentText(accuracy)}, I = ${bits(information)} bits`;
  if (end === null) {
    return `${model}; the network has not learned as much as this yet, it explains at least ${share(firstPhaseShare)} of what the network knows`;
  }
  return `${model}; T0 = ${numberText(steps[end]!)}: until then it explains at least ${share(firstPhaseShare)} of the network's information, after that at least ${share(retention)} of its own is retained`;
}

/** The curve of the samples that the network was trained on; only the network's own information is asked for. */
function trainCurve({ train, classes, steps }: PredictionRun): number[] | null {
  if (train === null) return null;
  const recorder = recordLearningCurve({ labels: train.labels, explainers: [], classes });
  steps.forEach((step, t) => {
    recorder.add(step, train.predictions[t]!);
  });
  return recorder.result().network.map(({ value }) => value);
}

export async function complexityCommand(
  { predictions: file, correctBias = false, tolerance, svg }: ComplexityCommandOptions,
  { terminal, signal }: CommandContext,
): Promise<CommandResult> {
  await checkOutputs({ "--svg": svg }, { "--predictions": file });
  const run = await readRun(file);
  if (run.explainers.length === 0) {
    throw new ForetrainError(
      "ERR_DATA",
      `${file}: has no simple model to explain the network with; expected ${/\.csv$/i.test(file) ? "a column explainer:NAME" : "an array explainer_NAME [n]"} with the predictions of, for example, logistic regression for the same samples`,
      { argument: "--predictions" },
    );
  }
  const { labels, classes, explainers } = run;
  const recorder = recordLearningCurve({ labels, explainers, classes, correctBias, tolerance });
  for (const [t, step] of run.steps.entries()) {
    throwIfAborted(signal);
    recorder.add(step, run.predictions[t]!);
    terminal.progress({ label: "information", done: t + 1, total: run.steps.length, unit: "snapshots" });
  }
  const curve = recorder.result();
  const train = trainCurve(run);
  if (svg !== undefined) {
    const picture = complexityFigure({
      steps: curve.steps,
      network: columns(curve.network),
      train,
      explainers: curve.explainers.map(({ name, information, explained, phases }) => ({
        name,
        information: information.value,
        explained: columns(explained),
        phaseEnd: phases.end === null ? null : curve.steps[phases.end]!,
      })),
    });
    await writeFileAtomic(svg, picture, { signal });
  }
  return {
    text: [
      `${curve.samples} samples of ${classes} classes, ${curve.steps.length} snapshots${correctBias ? ", corrected for bias" : ""}`,
      ...table(curve),
      ...curve.explainers.map((explainer) => phaseLine(explainer, curve.steps)),
      ...(svg === undefined ? [] : [`wrote ${svg}`]),
    ].join("\n"),
    onStderr: isStandardOutput(svg ?? ""),
    json: { ...curve, classNames: run.classNames, train, correctBias, svg: svg ?? null },
  };
}

function columns(estimates: readonly InformationEstimate[]) {
  return { value: estimates.map(({ value }) => value), error: estimates.map(({ error }) => error) };
}
