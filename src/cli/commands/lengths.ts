/**
 * `foretrain lengths`: the length map, and the lengths of simulated networks of finite width beside it.
 * @module
 */
import { type Activation, type PermissibilityReport, permissibilityReport } from "../../activations/index.js";
import { type NpzArrays, writeNpz } from "../../data/index.js";
import { ForetrainError, isForetrainError } from "../../errors.js";
import { type LengthsData, lengthsFigure, numberMarkup, numberText } from "../../figures/index.js";
import {
  type LengthSamples,
  type LengthSummary,
  lengthSummary,
  reciprocalLengthQuantile,
  repeatedLayer,
  sampleLengths,
} from "../../finite/index.js";
import { type LengthLayer, lengthStack, unitScaleWeightVariance } from "../../meanfield/index.js";
import { sortedQuantile } from "../../numeric/statistics/index.js";
import { writeFileAtomic } from "../../runs/index-node.js";
import { alignedColumns } from "../columns.js";
import type { CommandContext, CommandResult } from "../command.js";
import { readNetworkArgument } from "../network-argument.js";
import { checkOutputs, isStandardOutput } from "../output-files.js";
import { byteSize, duration } from "../terminal.js";
import { parseActivation } from "./phase.js";

export interface LengthsCommandOptions {
  /** name, name?key=value&..., or a formula of x */
  readonly activation?: string;
  readonly weightVariance?: number;
  readonly biasVariance?: number;
  readonly depth?: number;
  readonly widths?: readonly number[];
  readonly inputMeanSquare?: number;
  readonly repetitions: number;
  readonly seed?: number;
  readonly threads?: number;
  readonly out?: string;
  readonly svg?: string;
}

const DEFAULT_DEPTH = 5;
const DEFAULT_WIDTHS = [10, 100, 1000];
/** Longer tables show the last layer only. */
const MOST_ROWS = 40;
const QUANTILES = [0.5, 0.9, 0.99] as const;

interface Stack {
  readonly layers: readonly LengthLayer[];
  readonly widths: readonly (readonly number[])[];
}

async function readStack(argument: string | undefined, options: LengthsCommandOptions): Promise<Stack> {
  const { activation, weightVariance, biasVariance, depth } = options;
  const own = {
    "--activation": activation,
    "--weight-variance": weightVariance,
    "--bias-variance": biasVariance,
    "--depth": depth,
  };
  if (argument !== undefined) {
    const both = Object.entries(own).find(([, value]) => value !== undefined);
    if (both !== undefined) {
      throw new ForetrainError(
        "ERR_USAGE",
        `${both[0]}: given together with the network ${argument}, which says it already; expected one of them`,
        { argument: both[0], got: both[1] },
      );
    }
    const { layers, widths } = lengthStack(await readNetworkArgument(argument));
    return {
      layers,
      widths: options.widths?.map((n) => new Array<number>(layers.length).fill(n)) ?? [widths],
    };
  }
  if (activation === undefined) {
    throw new ForetrainError(
      "ERR_USAGE",
      "lengths: there is neither a network nor --activation, expected one of them, for example --activation tanh",
      { argument: "--activation" },
    );
  }
  const layer = {
    activation: parseActivation(activation),
    weightVariance: weightVariance ?? 1,
    biasVariance: biasVariance ?? 0,
  };
  const layers = repeatedLayer(layer, depth ?? DEFAULT_DEPTH);
  return {
    layers,
    widths: (options.widths ?? DEFAULT_WIDTHS).map((n) => new Array<number>(layers.length).fill(n)),
  };
}

/** Every activation once. */
function activationsOf(layers: readonly LengthLayer[]): Activation[] {
  const byLabel = new Map(layers.map(({ activation }) => [activation.label, activation]));
  return [...byLabel.values()];
}

const VERDICTS = {
  permissible: "permissible",
  "not-permissible": "NOT permissible",
  undecided: "not decided",
} as const;

function verdictLines({
  activation,
  verdict,
  bounded,
  growth,
  measurable,
  consequence,
}: PermissibilityReport) {
  const failed = [bounded, growth, measurable].filter(({ holds }) => holds !== true);
  const why = failed.length === 0 ? growth.reason : failed.map(({ reason }) => reason).join("; ");
  return [`${activation}: ${VERDICTS[verdict]} (${why})`, `  ${consequence}`];
}

const cell = (value: number | null) => (value === null || Number.isNaN(value) ? "-" : numberText(value));

function tableLines(summary: LengthSummary): string[] {
  const depth = summary.sets[0]!.layers.length;
  const lastOnly = depth * summary.sets.length > MOST_ROWS;
  const limited = summary.reason === null;
  const head = limited
    ? ["layer", "N", "limit", "mean q", "+-", "median", "|q - limit| 50 %", "99 %", "N Var theory", "N Var"]
    : ["layer", "N", "median q", "+-", "90 %", "99 %"];
  const rows = summary.sets.flatMap(({ layers }) =>
    layers
      .filter(({ layer }) => !lastOnly || layer === depth)
      .map(({ layer, width, limit, mean, median, deviation, scaledVariance, expectedScaledVariance }) =>
        limited
          ? [
              String(layer),
              String(width),
              cell(limit),
              cell(mean.value),
              cell(mean.error),
              cell(median.value),
              cell(deviation[0]!.value),
              cell(deviation[2]!.value),
              cell(expectedScaledVariance),
              cell(scaledVariance.value),
            ]
          : [
              String(layer),
              String(width),
              cell(median.value),
              cell(median.error),
              cell(deviation[1]!.value),
              cell(deviation[2]!.value),
            ],
      ),
  );
  return [
    ...alignedColumns([head, ...rows], "right"),
    ...(lastOnly ? [`(only layer ${depth} of ${depth} is shown; --json and --out have all)`] : []),
  ];
}

/** Where the leading order in 1 / N is no longer a description: fluctuations as large as the lengths. */
function leadingOrderLine(summary: LengthSummary): string[] {
  const beyond = summary.sets.filter(({ layers }) =>
    layers.some(
      ({ limit, width, expectedScaledVariance: variance }) =>
        limit !== null && variance !== null && Math.sqrt(variance / width) > 0.5 * limit,
    ),
  );
  if (beyond.length === 0) return [];
  return [
    `N Var theory is the leading order in 1 / N: at N = ${beyond.map(({ widths }) => Math.min(...widths)).join(", ")} lengths scatter by half of their limit or more somewhere, and it does not hold there`,
  ];
}

const slopeText = (fit: { readonly slope: number; readonly slopeError: number } | null) =>
  // lengths beyond float64, or medians that no power of the width describes
  fit === null || !(fit.slopeError < 100) ? "-" : `${fit.slope.toFixed(3)} +- ${fit.slopeError.toFixed(3)}`;

function slopeLines(
  summary: LengthSummary,
  layers: readonly LengthLayer[],
  inputMeanSquare: number,
): string[] {
  if (summary.sets.length < 2) return [];
  const last = layers.length;
  if (summary.reason === null) {
    const fits = summary.slopes.map((bySlope, l) => `layer ${l + 1}: ${slopeText(bySlope[0]!)}`);
    return [
      `median |q - limit| over the width goes like N^slope, -1/2 in theory: ${(last > 6 ? fits.slice(-1) : fits).join(", ")}`,
    ];
  }
  const lines = [
    `median q over the width goes like N^slope: ${summary.growth
      .slice(0, 6)
      .map((fit, l) => `layer ${l + 1}: ${slopeText(fit)}`)
      .join(", ")}`,
  ];
  const second = summary.sets.at(-1)!.layers[1];
  if (
    second !== undefined &&
    layers.slice(0, 2).every(({ activation }) => activation.name === "reciprocal")
  ) {
    const limit =
      reciprocalLengthQuantile(layers[0]!, 0.5, inputMeanSquare) *
      (layers[1]!.weightVariance / layers[0]!.weightVariance);
    lines.push(
      `median q_2 / N at N = ${second.width}: ${numberText(second.median.value / second.width)}, theory ${numberText(limit)} (Levy law)`,
    );
  }
  return lines;
}

/** Which weight variance keeps the length at 1, for one activation. */
function unitScaleLine(layers: readonly LengthLayer[]): string[] {
  const [only, ...others] = activationsOf(layers);
  const bias = layers.at(-1)!.biasVariance;
  if (only === undefined || others.length > 0 || bias > 1) return [];
  try {
    const { weightVariance, slope, stable } = unitScaleWeightVariance(only, bias);
    return [
      `unit scale: sigma_w^2 = ${numberText(weightVariance, 8)} keeps lengths at 1 (first layer ${numberText(1 - bias)} for inputs of unit mean square); deviations shrink by ${numberText(Math.abs(slope))} per layer${stable ? "" : ": they do not die out"}`,
    ];
  } catch (error) {
    if (isForetrainError(error)) return [];
    throw error;
  }
}

const column = (samples: LengthSamples, set: number, l: number) => {
  const { data, shape } = samples.q[set]!;
  return Float64Array.from({ length: shape[0] }, (_, draw) => data[draw * shape[1] + l]!).sort();
};

/** What the picture shows. */
function picture(
  samples: LengthSamples,
  summary: LengthSummary,
  name: string,
  expected: number | null,
): LengthsData {
  const depth = samples.layers.length;
  const finite = (value: number) => (Number.isFinite(value) ? value : null);
  const order = samples.widths
    .map((_, set) => set)
    .sort((a, b) => samples.widths[a]![0]! - samples.widths[b]![0]!);
  const limited = summary.reason === null && summary.sets[0]!.layers.every(({ limit }) => limit !== null);
  // lengths without a limit are followed where they first diverge
  const at = limited ? depth - 1 : Math.min(1, depth - 1);
  const estimates = (i: number) =>
    order.map((set) => finite(summary.sets[set]!.layers[at]!.deviation[i]!.value));
  return {
    activation: name,
    widths: order.map((set) => {
      const quantile = (p: number) =>
        Array.from({ length: depth }, (_, l) => finite(sortedQuantile(column(samples, set, l), p)));
      return {
        width: samples.widths[set]![0]!,
        median: quantile(0.5),
        low: quantile(0.05),
        high: quantile(0.95),
      };
    }),
    limit: limited ? summary.sets[0]!.layers.map(({ limit }) => limit!) : null,
    convergence: {
      quantity: limited ? `|q_{${depth}} − limit|` : `q_{${at + 1}}`,
      width: order.map((set) => samples.widths[set]![at]!),
      series: QUANTILES.map((p, i) => ({ label: `${100 * p} %`, values: estimates(i) })),
      slope: limited ? -0.5 : expected,
      slopeLabel: limited ? "slope −1/2" : `slope ${numberText(expected ?? 0)}`,
    },
  };
}

/** What the networks are, above the picture. */
function headingOf(layers: readonly LengthLayer[]): string {
  const names = activationsOf(layers).map(({ label }) => label);
  const same = (of: (layer: LengthLayer) => number) => new Set(layers.map(of)).size === 1;
  const variances = [
    same((layer) => layer.weightVariance) ? `σ_{w}^{2} = ${numberMarkup(layers[0]!.weightVariance)}` : "",
    same((layer) => layer.biasVariance) ? `σ_{b}^{2} = ${numberMarkup(layers[0]!.biasVariance)}` : "",
  ];
  return [names.join(" and "), ...variances, `${layers.length} layers`]
    .filter((part) => part !== "")
    .join(", ");
}

function arraysOf(samples: LengthSamples, summary: LengthSummary): NpzArrays {
  const depth = samples.layers.length;
  const table = (value: (layer: LengthSummary["sets"][number]["layers"][number]) => number | null) => ({
    data: Float64Array.from(
      summary.sets.flatMap(({ layers }) => layers.map((layer) => value(layer) ?? Number.NaN)),
    ),
    shape: [summary.sets.length, depth],
  });
  const draws: Record<string, NpzArrays[string]> = {};
  samples.widths.forEach((_, set) => {
    draws[`q_${set}`] = samples.q[set]!;
    draws[`r_${set}`] = samples.activationLength[set]!;
  });
  return {
    widths: {
      data: Int32Array.from(samples.widths.flat()),
      shape: [samples.widths.length, depth],
    },
    limit: table(({ limit }) => limit),
    mean: table(({ mean }) => mean.value),
    median: table(({ median }) => median.value),
    scaledVariance: table(({ scaledVariance }) => scaledVariance.value),
    scaledVarianceTheory: table(({ expectedScaledVariance }) => expectedScaledVariance),
    ...draws,
  };
}

export async function lengthsCommand(
  networkArgument: string | undefined,
  options: LengthsCommandOptions,
  { terminal, signal }: CommandContext,
): Promise<CommandResult> {
  await checkOutputs({ "--out": options.out, "--svg": options.svg });
  const { layers, widths } = await readStack(networkArgument, options);
  const reports = activationsOf(layers).map(permissibilityReport);
  const started = performance.now();
  const samples = await sampleLengths(layers, {
    widths,
    repetitions: options.repetitions,
    seed: options.seed,
    inputMeanSquare: options.inputMeanSquare,
    threads: options.threads,
    signal,
    onProgress: terminal.progress,
  });
  const seconds = (performance.now() - started) / 1000;
  const summary = lengthSummary(samples, QUANTILES);

  const written: string[] = [];
  if (options.out !== undefined) {
    const bytes = writeNpz(arraysOf(samples, summary));
    await writeFileAtomic(options.out, bytes, { signal });
    written.push(`${options.out} (${byteSize(bytes.length)})`);
  }
  if (options.svg !== undefined) {
    const power = reports[0]!.pole?.power ?? null;
    const expected = power === null || power <= 0.5 ? null : 2 * power - 1;
    const name = activationsOf(layers)
      .map(({ label }) => label)
      .join(", ");
    await writeFileAtomic(
      options.svg,
      lengthsFigure(picture(samples, summary, name, expected), { heading: headingOf(layers) }),
      { signal },
    );
    written.push(options.svg);
  }
  const units = samples.widths.map((set) => (new Set(set).size === 1 ? set[0]! : `[${set.join(", ")}]`));
  return {
    text: [
      ...reports.flatMap(verdictLines),
      ...unitScaleLine(layers),
      `${options.repetitions} ${options.repetitions === 1 ? "network" : "networks"} of ${layers.length} ${layers.length === 1 ? "layer" : "layers"} at ${units.length > 1 ? "widths" : "width"} ${units.join(", ")}, ${duration(seconds)}:`,
      ...tableLines(summary),
      ...leadingOrderLine(summary),
      ...slopeLines(summary, layers, samples.inputMeanSquare),
      ...(written.length > 0 ? [`wrote ${written.join(", ")}`] : []),
    ].join("\n"),
    onStderr: [options.out ?? "", options.svg ?? ""].some(isStandardOutput),
    json: {
      permissibility: reports,
      layers: layers.map(({ activation, weightVariance, biasVariance }) => ({
        activation: activation.label,
        weightVariance,
        biasVariance,
      })),
      inputMeanSquare: samples.inputMeanSquare,
      repetitions: samples.repetitions,
      seed: samples.seed,
      ...summary,
      out: options.out ?? null,
      svg: options.svg ?? null,
      seconds,
    },
  };
}
