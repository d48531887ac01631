/**
 * `foretrain normalize`: what the factor N^-gamma does to a network with one hidden layer, predicted, and trained beside it.
 * @module
 */
import { type NpzArrays, writeNpz } from "../../data/index.js";
import { ForetrainError } from "../../errors.js";
import { gammaFigure, numberText, sizeText } from "../../figures/index.js";
import { normalizationWarnings, requireStableSteps } from "../../forecast/index.js";
import { activationOf } from "../../network/index.js";
import {
  centredProblem,
  columnStatistics,
  compareShallow,
  type ErrorParts,
  type GammaForecast,
  type GammaPoint,
  gammaForecast,
  type ShallowComparison,
  type ShallowEnsemble,
  termRounding,
  trainShallowEnsemble,
  type UnitsError,
  unitsError,
} from "../../normalization/index.js";
import { writeFileAtomic } from "../../runs/index-node.js";
import { alignedColumns } from "../columns.js";
import type { CommandContext, CommandResult } from "../command.js";
import { checkOutputs, isStandardOutput } from "../output-files.js";
import { byteSize } from "../terminal.js";
import {
  type NormalizeProblem,
  type NormalizeProblemOptions,
  normalizeProblem,
} from "./normalize-problem.js";
import { parseRange } from "./phase.js";

export interface NormalizeCommandOptions extends NormalizeProblemOptions {
  readonly gamma: string;
  readonly alpha: number;
  readonly time: readonly number[];
  readonly corrections: number;
  readonly batch: "sgd" | "full";
  readonly center?: boolean;
  readonly runs?: number;
  readonly threads?: number;
  readonly out?: string;
  readonly svg?: string;
}

/** gamma as a list or a range; whether each is allowed is said by what reads it. */
function parseGammas(text: string): number[] {
  const gammas = text.includes(":") ? Array.from(parseRange("--gamma", text)) : text.split(",").map(Number);
  for (const gamma of gammas) {
    if (gamma >= 0.5 && gamma <= 1) continue;
    throw new ForetrainError(
      "ERR_DOMAIN",
      `--gamma: got ${Number.isNaN(gamma) ? `"${text}"` : gamma}, expected numbers from 0.5 (NTK scaling) to 1 (mean field), as 0.5,0.7,1 or 0.5:1:6; below 1/2 outputs grow without bound with N, above 1 they vanish`,
      { argument: "--gamma", got: text },
    );
  }
  return gammas;
}

const cell = (value: number | null, digits = 3) =>
  value === null || !Number.isFinite(value) ? "-" : numberText(value, digits);

function tableLines(forecast: GammaForecast, comparisons: readonly ShallowComparison[] | null): string[] {
  const { gammas, times, expansion } = forecast;
  const last = times.length - 1;
  const term = ({ termSizes, eps }: GammaPoint, j: number) =>
    expansion === null || termSizes[j] === undefined
      ? "-"
      : sizeText(termSizes[j], termRounding(expansion, eps)[j]!, 2);
  const terms = Math.max(0, ...gammas.map(({ termSizes }) => termSizes.length));
  const head = [
    "gamma",
    "nu",
    "Q counted",
    ...Array.from({ length: terms }, (_, j) => `eps^${j + 1}|Q^${j + 1}|`),
    "bias^2",
    "var init",
    "var SGD",
    "error",
    "test error",
    ...(comparisons === null ? [] : ["trained", "test", "rms z", "max |z|", "var ratio"]),
  ];
  const rows = gammas.map((point, i) => {
    const parts = point.train.errors![last]!;
    const trained = comparisons?.[i];
    const { nu } = point.order;
    return [
      numberText(point.gamma),
      Number.isFinite(nu) ? String(nu) : "inf",
      Number.isFinite(point.counted) ? String(point.counted) : "all",
      ...Array.from({ length: terms }, (_, j) => term(point, j)),
      cell(parts.bias),
      cell(parts.initialization),
      cell(parts.samples),
      cell(parts.total),
      cell(point.test?.errors?.[last]?.total ?? null),
      ...(trained === undefined
        ? []
        : [
            cell(trained.trainError[last]!),
            cell(trained.testError[last]!),
            cell(trained.z.rms, 2),
            cell(trained.z.largest, 2),
            cell(trained.varianceRatio, 2),
          ]),
    ];
  });
  return alignedColumns([head, ...rows], "right");
}

/** How well means through kinks are known: the steps of the flows, and the units that stand for infinitely many. */
function kinkLines({ gammas }: GammaForecast, units: UnitsError | null, scale: number): string[] {
  const flows = gammas.flatMap(({ gamma, evenSteps }) =>
    evenSteps === null ? [] : [{ gamma, ...evenSteps }],
  );
  const text = (value: number) => numberText(scale * value, 2);
  const beside = units?.against === "closed form" ? "kernels in closed form" : "more units";
  const ofUnits =
    units === null
      ? "the error of the units that stand for infinitely many comes on top, not measured"
      : `${text(units.outputs)} by the units that stand for infinitely many, measured on h beside ${beside}`;
  if (flows.length === 0) return units === null ? [] : [`means through kinks off by about ${ofUnits}`];
  const step = numberText(Math.min(...flows.map((flow) => flow.step)), 2);
  const steps = Math.max(...flows.map((flow) => flow.error));
  return [
    `flows through kinks at gamma ${flows.map(({ gamma }) => numberText(gamma)).join(", ")}: even steps of ${step} or more; means off by about ${text(steps + (units?.outputs ?? 0))} at most: ${text(steps)} by the steps, measured with steps twice as long, and ${ofUnits}`,
  ];
}

/** [gamma, time, points] of what `of` gives for a gamma and a time. */
function stacked(forecast: GammaForecast, points: number, of: (g: number, t: number) => ArrayLike<number>) {
  const { gammas, times } = forecast;
  const data = new Float64Array(gammas.length * times.length * points);
  gammas.forEach((_, g) => {
    times.forEach((_, t) => {
      data.set(of(g, t), (g * times.length + t) * points);
    });
  });
  return { data, shape: [gammas.length, times.length, points] };
}

function arraysOf(
  { problem, testY, outputScale }: NormalizeProblem,
  forecast: GammaForecast,
  trained: readonly ShallowEnsemble[] | null,
): NpzArrays {
  const { gammas, times } = forecast;
  const [m, more] = [problem.y.length, testY.length];
  const out: Record<string, NpzArrays[string]> = {
    gamma: { data: Float64Array.from(gammas, ({ gamma }) => gamma), shape: [gammas.length] },
    times: { data: Float64Array.from(times), shape: [times.length] },
    y: { data: problem.y.map((value) => outputScale * value), shape: [m] },
    y_test: { data: testY.map((value) => outputScale * value), shape: [more] },
  };
  for (const [side, points] of [
    ["train", m],
    ["test", more],
  ] as const) {
    const scaled = (values: ArrayLike<number>, factor: number) =>
      Float64Array.from(values, (v) => factor * v);
    out[`mean_${side}`] = stacked(forecast, points, (g, t) =>
      scaled(gammas[g]![side]!.mean[t]!, outputScale),
    );
    if (forecast.limit !== null) {
      out[`variance_${side}`] = stacked(forecast, points, (g, t) =>
        scaled(gammas[g]![side]!.variance![t]!, outputScale ** 2),
      );
    }
    const terms = forecast.expansion?.[side] ?? [];
    if (terms.length > 0) {
      out[`terms_${side}`] = {
        data: Float64Array.from(terms.flatMap((term) => term.flatMap((at) => [...scaled(at, outputScale)]))),
        shape: [terms.length, times.length, points],
      };
    }
    if (trained !== null) {
      const statistics = trained.map((set) => set[side]!.map(columnStatistics));
      out[`trained_mean_${side}`] = stacked(forecast, points, (g, t) =>
        statistics[g]![t]!.mean.map(({ value }) => outputScale * value),
      );
      out[`trained_variance_${side}`] = stacked(forecast, points, (g, t) =>
        statistics[g]![t]!.variance.map(({ value }) => outputScale ** 2 * value),
      );
    }
  }
  return out;
}

export async function normalizeCommand(
  argument: string | undefined,
  options: NormalizeCommandOptions,
  context: CommandContext,
): Promise<CommandResult> {
  const { terminal, signal } = context;
  const gammas = parseGammas(options.gamma);
  await checkOutputs(
    { "--out": options.out, "--svg": options.svg },
    /\.(npz|csv)$/i.test(options.data) ? { "--data": options.data } : {},
  );
  if (options.time.some((time) => !Number.isFinite(time)) || options.time.length === 0) {
    throw new ForetrainError("ERR_USAGE", "--time: expected finite times such as 0,1,3", {
      argument: "--time",
      got: options.time,
    });
  }
  const times = [...new Set(options.time)].sort((a, b) => a - b);
  const started = performance.now();
  const read = await normalizeProblem(argument, options, context);
  const { units, outputScale, testY } = read;
  const alpha = options.alpha * outputScale ** 2;
  const given = { ...read.problem, alpha, times, tolerance: 1e-8 };
  const problem = options.center === true ? centredProblem(given) : given;
  const { network } = problem;
  const steps = { units, batch: options.batch, alpha: options.alpha, prefix: "--" };
  requireStableSteps(problem, steps);
  const warnings = normalizationWarnings(problem, steps);
  for (const warning of warnings) terminal.note(`warning: ${warning}`);
  const forecast = await gammaForecast({
    problem,
    units,
    gammas,
    testY,
    corrections: options.corrections,
    noise: options.batch === "sgd",
    signal,
    onProgress: terminal.progress,
  });
  if (forecast.refusal !== null) terminal.note(`note: ${forecast.refusal}; means follow the flow instead`);
  const kinked = activationOf(network.activation).breakPoints.length > 0;
  const byUnits = kinked ? await unitsError(problem, { signal }) : null;
  const trained =
    options.runs === undefined
      ? null
      : await trainShallowEnsemble({
          network,
          x: problem.x,
          y: problem.y,
          testX: problem.testX,
          times,
          alpha,
          cases: gammas.map((gamma) => ({ units, gamma })),
          runs: options.runs,
          seed: options.seed ?? 0,
          batch: options.batch,
          threads: options.threads,
          signal,
          onProgress: terminal.progress,
        });
  const targets = { train: problem.y, test: testY };
  const comparisons = trained?.map((set, i) => compareShallow(set, forecast.gammas[i]!, targets)) ?? null;
  const squared = outputScale ** 2;
  const shownParts = (parts: ErrorParts): ErrorParts => ({
    bias: squared * parts.bias,
    initialization: parts.initialization === null ? null : squared * parts.initialization,
    samples: parts.samples === null ? null : squared * parts.samples,
    total: squared * parts.total,
  });
  const written: string[] = [];
  if (options.out !== undefined) {
    const bytes = writeNpz(arraysOf(read, forecast, trained));
    await writeFileAtomic(options.out, bytes, { signal });
    written.push(`${options.out} (${byteSize(bytes.length)})`);
  }
  if (options.svg !== undefined) {
    const order = gammas.map((_, i) => i).sort((a, b) => gammas[a]! - gammas[b]!);
    const figure = gammaFigure(
      {
        gammas: order.map((i) => gammas[i]!),
        times,
        errors: order.map((i) => forecast.gammas[i]!.train.errors!.map(shownParts)),
        trained:
          comparisons === null ? null : order.map((i) => comparisons[i]!.trainError.map((e) => squared * e)),
        trainedErrors:
          comparisons === null || options.runs! < 2
            ? null
            : order.map((i) => comparisons[i]!.trainErrorError.map((e) => squared * e)),
        points: "training points",
      },
      { heading: `${network.activation.name}, N = ${units}` },
    );
    await writeFileAtomic(options.svg, figure, { signal });
    written.push(options.svg);
  }
  const last = times.at(-1)!;
  const seconds = (performance.now() - started) / 1000;
  const how = `${options.batch === "sgd" ? "SGD, one sample a step" : "full batches"}, learning rate ${numberText(options.alpha)} / N^(2 - 2 gamma)`;
  return {
    text: [
      ...read.description,
      `N = ${units}, t = ${numberText(last)}, ${Math.round(last * units)} steps of ${how}`,
      "",
      ...tableLines(forecast, comparisons),
      "",
      ...kinkLines(forecast, byUnits, outputScale),
      "error: expected mean square of y - g over the training points, bias^2 + variances; nu - 1 corrections Q stand above the random term, eps = N^(gamma - 1)",
      ...(outputScale === 1 ? [] : [`errors are in units of the readout's variance, ${numberText(squared)}`]),
      ...(comparisons === null
        ? []
        : [
            `trained: ${options.runs} networks at each gamma; z of their mean outputs (few networks: as rare in N(0, 1) as in Student's law), measured over predicted variance (${options.runs! > 1 ? `+- ${numberText(Math.sqrt(2 / (options.runs! - 1)), 2)}` : "needs 2 or more"} for one point); points share networks, so that a whole column may lie off together: another --seed tells chance from error; what stays is what the mean leaves out, the next term and a share of order 1 / N`,
          ]),
      ...(written.length > 0 ? [`wrote ${written.join(", ")}`] : []),
    ].join("\n"),
    onStderr: [options.out ?? "", options.svg ?? ""].some(isStandardOutput),
    json: {
      network,
      description: read.description,
      units,
      alpha: options.alpha,
      batch: options.batch,
      times,
      centred: forecast.centred,
      warnings,
      refusal: forecast.refusal,
      unitsError: byUnits === null ? null : { ...byUnits, outputs: outputScale * byUnits.outputs },
      gammas: forecast.gammas.map(({ gamma, eps, order, counted, evenSteps, termSizes, train, test }, i) => ({
        gamma,
        eps,
        nu: Number.isFinite(order.nu) ? order.nu : "infinity",
        atThreshold: order.atThreshold,
        counted: Number.isFinite(counted) ? counted : "all",
        evenSteps: evenSteps === null ? null : { step: evenSteps.step, error: outputScale * evenSteps.error },
        termSizes: termSizes.map((size) => outputScale * size),
        train: train.errors!.map(shownParts),
        test: test!.errors!.map(shownParts),
        trained:
          comparisons === null
            ? null
            : {
                ...comparisons[i]!,
                trainError: comparisons[i]!.trainError.map((error) => squared * error),
                testError: comparisons[i]!.testError.map((error) => squared * error),
                trainErrorError: comparisons[i]!.trainErrorError.map((error) => squared * error),
                testErrorError: comparisons[i]!.testErrorError.map((error) => squared * error),
              },
      })),
      runs: options.runs ?? 0,
      out: options.out ?? null,
      svg: options.svg ?? null,
      seconds,
    },
  };
}
