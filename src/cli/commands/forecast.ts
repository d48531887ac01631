/**
 * `foretrain forecast`: the main job from a recipe to a run folder with report.
 * @module
 */
import { basename, join } from "node:path";
import { writeNpz } from "../../data/index.js";
import { loadDataset } from "../../data/index-node.js";
import { ForetrainError } from "../../errors.js";
import { numberText, percentText } from "../../figures/index.js";
import {
  BAND_TEST_SAMPLES,
  type Forecast,
  type ForecastRecipe,
  type ForecastResult,
  forecastInputs,
  forecastStages,
  parseForecastRecipe,
  planForecast,
  requireVerifiable,
  resolveNetwork,
  runForecast,
  type VerifyOptions,
} from "../../forecast/index.js";
import { figureFiles, renderReport, reportFigures } from "../../report/index.js";
import { checkRunFolder, withRunFolder } from "../../runs/index-node.js";
import type { CommandContext, CommandResult } from "../command.js";
import { type EngineOptions, engineOptions } from "../engine-options.js";
import { EXIT } from "../exit-codes.js";
import { readJsonArgument } from "../json-argument.js";
import { commandLine } from "../shell.js";
import { duration } from "../terminal.js";
import { forecastPlanText } from "./forecast-plan.js";
import { verificationText } from "./forecast-verification.js";

export interface ForecastCommandOptions extends EngineOptions {
  readonly data?: string;
  readonly train?: number;
  readonly test?: number;
  readonly classes?: string;
  readonly normalization?: string;
  readonly optimizer?: string;
  readonly learningRate?: number;
  readonly steps?: number;
  readonly diagReg?: number;
  readonly ensemble?: number;
  readonly corrections?: number;
  readonly noise?: number;
  readonly seed?: number;
  readonly dataDir?: string;
  readonly offline?: boolean;
  readonly verify?: boolean;
  readonly verifyNetworks?: number;
  readonly verifySteps?: number;
  readonly dryRun?: boolean;
  readonly out?: string;
}

function parseClasses(text: string | undefined): number[] | undefined {
  if (text === undefined) return undefined;
  const labels = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (!labels.every((label) => Number.isSafeInteger(label) && label >= 0)) {
    throw new ForetrainError("ERR_USAGE", `--classes: got "${text}", expected labels such as 0,1`, {
      got: text,
    });
  }
  return labels;
}

/** A title that is a good folder name. */
function titleOf(argument: string): string {
  if (argument.startsWith("preset:")) return argument.slice("preset:".length).split("?")[0]!;
  return argument === "-" ? "forecast" : basename(argument).replace(/\.json$/i, "");
}

const folderName = (title: string) =>
  title.replace(/[^\w.-]+/g, "-").replace(/^[-.]+|[-.]+$/g, "") || "forecast";

/** The corrections of the widths at the last time that was looked at. */
function finiteWidthText({ reason, found }: Forecast["finiteWidth"]): string {
  if (found === null) return `no corrections: ${reason}`;
  const at = found.times.length - 1;
  const { size, standardError } = found.total[at]!;
  const single = found.orders.map(({ order, single }) => `order ${order} is ${percentText(single[at]!)}`);
  return (
    `of one network's test outputs ${single.join(" and ")}; the mean is off by ${percentText(size)} (+- ${percentText(standardError)}), ` +
    `on ${found.train} train samples with the loss at ${percentText(found.lossShares[at]!)}` +
    (found.caution === null ? "" : ", which is beyond what the expansion describes (see warnings)")
  );
}

/** Expected squared errors against gamma, for networks that have it. */
function gammaText({ found }: Forecast["normalization"]): string[] {
  if (found === null) return [];
  const errors = found.gammas.map(
    ({ gamma, variance }) => `${numberText(gamma)}: ${numberText(found.bias + variance)}`,
  );
  return [
    `  gamma            expected squared test error ${errors.join(", ")}, of which the mean's ${numberText(found.bias)}`,
  ];
}

/** Noise in the weights: what it adds to the losses, and how it moves single networks. */
function noiseText({ noise, data, spec }: Forecast): string[] {
  if (!noise) return [];
  const { spread, shift } = noise;
  const loss = (variance: number) => numberText((data.classes.length * variance) / 2);
  const unit = spec.training.optimizer === "gd" ? "steps" : "units of time";
  const lines: string[] = [];
  if (spread.found === null) lines.push(`no spread: ${spread.reason}`);
  else {
    const { steps, testVariance, trainVariance, floorVariance } = spread.found;
    lines.push(
      `after ${numberText(steps.at(-1)!)} ${unit} it adds ${loss(trainVariance.at(-1)!)} to the train loss (${loss(floorVariance)} in the end) and ${loss(testVariance.at(-1)!)} to the test loss`,
    );
  }
  if (shift.found === null) lines.push(`no shift of the mean: ${shift.reason}`);
  else {
    const { size, spread: deviation, train, lossShares } = shift.found;
    lines.push(
      `one network's expected test outputs shift by ${numberText(size.at(-1)!.size)} (+- ${numberText(size.at(-1)!.standardError)}), beside a spread of ${numberText(deviation.at(-1)!)}, on ${train} train samples with the loss at ${percentText(lossShares.at(-1)!)}`,
    );
  }
  return lines.map((line, i) => `${i === 0 ? "  noise            " : "                   "}${line}`);
}

/** What a linear model explains, in a sentence. */
function complexityText({ complexity }: Forecast): string[] {
  if (!complexity) return [];
  const { reason, found } = complexity;
  return [`  linear model     ${found === null ? `not measured: ${reason}` : found.sentence}`];
}

/** Why networks that were trained beside the forecast could not follow it; null: they could. A forecast alone may well be of divergence. */
function divergenceText({ verification, learningRate }: Forecast): string | null {
  if (!verification || (learningRate.stable && verification.kind !== "diverges")) return null;
  const { used, theory, networks } = verification.learningRate;
  return `training diverges at the learning rate ${numberText(used)}: the largest stable one, 2 / lambda_max, is ${numberText(theory)} at infinite width and ${numberText(networks)} for the first trained network; the report is written`;
}

/** What the reader of a terminal wants to know first. */
function forecastText(forecast: Forecast, out: string, seconds: number): string {
  const { limits, meanField, unit, spectrum, learningRate, verdict } = forecast;
  const lines = [
    verdict.sentence,
    "",
    ...verdict.because.map((reason) => `  - ${reason}`),
    "",
    ...(meanField === null
      ? unit === null || unit.times === null
        ? []
        : [
            `  phase            ${unit.status}${unit.chi1 === null ? "" : `, chi_1 = ${numberText(unit.chi1, 4)}`}, of the part that repeats ${unit.times} times`,
          ]
      : [
          `  phase            ${meanField.phase ?? "none"}` +
            (meanField.chi1 === null ? "" : `, chi_1 = ${numberText(meanField.chi1, 4)}`) +
            (meanField.criticalWeightVariance === null
              ? ""
              : `, critical at sigma_w^2 = ${numberText(meanField.criticalWeightVariance, 4)}`),
        ]),
    `  spectrum (ntk)   kappa ${numberText(spectrum.ntk.kappa)}, rank ${spectrum.ntk.effectiveRank} of ${spectrum.ntk.eigenvalues.length}, smallest eigenvalue ${numberText(spectrum.ntk.lambdaMin)}, ridge ${numberText(spectrum.ntk.ridge)}, float64 ${spectrum.ntk.float64Needed ? "needed" : "not needed"}`,
    ...(forecast.spec.training.optimizer === "flow"
      ? []
      : [
          `  learning rate    ${numberText(learningRate.used)}, stable below ${numberText(learningRate.limit)}`,
        ]),
    ...(limits.ntk === null || limits.nngp === null
      ? ["  training for ever has no limit: the kernel is singular in float64"]
      : [
          `  test accuracy    ${percentText(limits.ntk.testAccuracy)} for the mean of many networks with all layers trained for ever (NTK), ${percentText(limits.nngp.testAccuracy)} with the last only (NNGP)`,
        ]),
    `  finite width     ${finiteWidthText(forecast.finiteWidth)}`,
    ...gammaText(forecast.normalization),
    ...complexityText(forecast),
    ...noiseText(forecast),
    ...(forecast.verification ? ["", ...verificationText(forecast.verification)] : []),
    "",
    "advice",
    ...forecast.advice.map(({ text }) => `  - ${text}`),
    ...(forecast.warnings.length === 0
      ? []
      : ["", "warnings", ...forecast.warnings.map((text) => `  - ${text}`)]),
    "",
    `${join(out, "report.html")}   (${duration(seconds)})`,
  ];
  return lines.join("\n");
}

const column = (values: readonly number[]) => ({ data: Float64Array.from(values), shape: [values.length] });

/** I(F_t; Y) and what the linear model explains of it, bits. */
function complexityArrays({
  steps,
  mean,
  single,
}: NonNullable<NonNullable<Forecast["complexity"]>["found"]>): Uint8Array {
  return writeNpz({
    steps: column(steps),
    ...Object.fromEntries(
      (["network", "explained"] as const).flatMap((name) => [
        [`mean_${name}`, column(mean[name].value)],
        [`mean_${name}_error`, column(mean[name].error)],
        ...(["median", "low", "high"] as const).map((line) => [
          `single_${name}_${line}`,
          column(single[name][line]),
        ]),
      ]),
    ),
  });
}

/** Arrays of a run: what a program wants to go on with. */
function runArrays({ forecast, kernels, inputs }: ForecastResult): Record<string, Uint8Array> {
  const { curves } = forecast;
  return {
    "kernels.npz": writeNpz({
      nngp: kernels.train.nngp,
      ntk: kernels.train.ntk,
      nngpTestTrain: kernels.testTrain.nngp,
      ntkTestTrain: kernels.testTrain.ntk,
      yTrain: { data: inputs.train.labels, shape: [inputs.train.labels.length] },
      yTest: { data: inputs.test.labels, shape: [inputs.test.labels.length] },
    }),
    "curves.npz": writeNpz({
      steps: column(curves.steps),
      ...Object.fromEntries(
        (["train", "test"] as const).flatMap((split) =>
          (["loss", "accuracy"] as const).flatMap((quantity) =>
            (["mean", "median", "low", "high"] as const).map((line) => [
              `${split}_${quantity}_${line}`,
              column(curves[split][quantity][line]),
            ]),
          ),
        ),
      ),
    }),
    ...(forecast.complexity?.found ? { "complexity.npz": complexityArrays(forecast.complexity.found) } : {}),
    "spectrum.npz": writeNpz({
      ntk: column(forecast.spectrum.ntk.eigenvalues),
      nngp: column(forecast.spectrum.nngp.eigenvalues),
    }),
  };
}

function recipeOf(json: unknown, argument: string, options: ForecastCommandOptions): ForecastRecipe {
  return parseForecastRecipe(
    json,
    {
      source: options.data,
      train: options.train,
      test: options.test,
      classes: parseClasses(options.classes),
      normalization: options.normalization,
      optimizer: options.optimizer,
      learningRate: options.learningRate,
      steps: options.steps,
      diagReg: options.diagReg,
      ensemble: options.ensemble,
      corrections: options.corrections,
      noise: options.noise,
      seed: options.seed,
    },
    titleOf(argument),
  );
}

function verifyOptions({
  verify,
  verifyNetworks,
  verifySteps,
}: ForecastCommandOptions): VerifyOptions | undefined {
  if (verify === true) return { networks: verifyNetworks, steps: verifySteps };
  const given =
    verifyNetworks !== undefined ? "--verify-networks" : verifySteps !== undefined ? "--verify-steps" : null;
  if (given === null) return undefined;
  throw new ForetrainError("ERR_USAGE", `${given}: needs --verify`, { argument: given });
}

export async function forecastCommand(
  argument: string,
  options: ForecastCommandOptions,
  { terminal, signal }: CommandContext,
): Promise<CommandResult> {
  const recipe = recipeOf(await readJsonArgument(argument), argument, options);
  const verify = verifyOptions(options);
  if (verify !== undefined) requireVerifiable(recipe, verify);
  const out = options.out ?? join("runs", folderName(recipe.title));
  if (options.dryRun !== true) await checkRunFolder(out);
  const dataset = await loadDataset(recipe.data.source, {
    dataDir: options.dataDir,
    offline: options.offline,
    signal,
    onProgress: terminal.progress,
  });
  if (options.dryRun === true) {
    const inputs = forecastInputs(dataset, recipe);
    const network = resolveNetwork(recipe, inputs);
    const engine = engineOptions(options);
    const cost = planForecast(network, inputs, {
      ...engine,
      networks: recipe.training.ensemble,
      networkTestSamples: BAND_TEST_SAMPLES,
    });
    const stages = forecastStages(network, inputs, recipe, { ...engine, verify });
    return { text: forecastPlanText(cost, stages), json: { plan: { ...cost, stages } } };
  }
  terminal.note(`${dataset.name}: ${dataset.origin}`);
  const command = commandLine();
  const { value } = await withRunFolder(out, { command, seed: recipe.seed, signal }, async (run) => {
    const started = performance.now();
    const result = await runForecast(recipe, dataset, {
      signal,
      onProgress: terminal.progress,
      ...engineOptions(options),
      command,
      nodeVersion: process.version,
      verify,
    });
    const { forecast } = result;
    await run.write("spec.json", `${JSON.stringify(forecast.spec, null, 2)}\n`);
    await run.write("forecast.json", `${JSON.stringify(forecast)}\n`);
    for (const [name, bytes] of Object.entries(runArrays(result))) await run.write(name, bytes);
    const seconds = (performance.now() - started) / 1000;
    const data = { ...forecast, seconds };
    const figures = reportFigures(data);
    for (const [name, svg] of Object.entries(figureFiles(figures))) await run.write(name, svg);
    await run.write("report.html", renderReport(data, figures));
    const diverged = divergenceText(forecast);
    if (diverged !== null) terminal.result(`error: ${diverged}`, "stderr");
    return {
      ...(diverged === null ? {} : { exitCode: EXIT.numerical }),
      text: forecastText(forecast, out, seconds),
      json: { out, seconds, ...forecast },
    };
  });
  return value;
}
