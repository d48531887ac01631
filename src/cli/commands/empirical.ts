/**
 * `foretrain kernel --empirical`: kernels of finite networks at their declared widths, beside those of infinite width.
 * @module
 */
import { inputsFromArrays } from "../../data/index.js";
import { ForetrainError, isForetrainError } from "../../errors.js";
import { numberText } from "../../figures/index.js";
import {
  type EmpiricalKernelName,
  type EmpiricalKernelPlan,
  finiteModel,
  type KernelSample,
  planEmpiricalKernels,
  relativeDistance,
  requireEmpiricalFits,
  sampleEmpiricalKernels,
} from "../../finite/index.js";
import { computeKernelArrays } from "../../kernels/index.js";
import type { Network } from "../../network/index.js";
import type { NdArray } from "../../numeric/matrix.js";
import { meanOf, varianceOf } from "../../numeric/statistics/index.js";
import { readNpzFile, writeNpzFile } from "../../runs/index-node.js";
import { alignedColumns } from "../columns.js";
import type { CommandContext, CommandResult } from "../command.js";
import { presetInput, readNetworkArgument } from "../network-argument.js";
import { checkOutputs, isFolderPath, isStandardOutput } from "../output-files.js";
import { byteSize, duration } from "../terminal.js";
import { loadWeights, trainedKernels } from "./empirical-weights.js";
import type { KernelCommandOptions } from "./kernel.js";

/** Networks when --seeds is not given: standard deviations are good to a quarter. */
const NETWORKS = 10;

function requireOptions(options: KernelCommandOptions): readonly EmpiricalKernelName[] {
  const names = [...new Set(options.get.split(",").map((name) => name.trim()))];
  for (const name of names) {
    if (name === "nngp" || name === "ntk") continue;
    throw new ForetrainError(
      "ERR_USAGE",
      `--get: got "${name}", expected nngp, ntk or both for kernels of finite networks`,
      { got: name, expected: ["nngp", "ntk"] },
    );
  }
  const refused = {
    "--stream": options.stream === true,
    "--tile": options.tile !== undefined,
    "--dtype float32": options.dtype === "float32",
    "--precision float32": options.precision === "float32",
    "--out FOLDER/": options.out !== undefined && isFolderPath(options.out),
  };
  for (const [flag, given] of Object.entries(refused)) {
    if (!given) continue;
    throw new ForetrainError(
      "ERR_USAGE",
      `${flag}: kernels of finite networks are computed in memory, in float64, with tiles of their own; leave it out with --empirical`,
      { argument: flag },
    );
  }
  for (const flag of ["seeds", "seed"] as const) {
    if (options.weights === undefined || options[flag] === undefined) continue;
    throw new ForetrainError(
      "ERR_USAGE",
      `--${flag}: is of random networks; --weights has one trained network, with a seed of its own: leave one of the two out`,
      { argument: `--${flag}`, got: options[flag] },
    );
  }
  return names as EmpiricalKernelName[];
}

/** The kernels of infinite width, or why there are none. */
async function limitOf(
  network: Network,
  x: NdArray,
  x2: NdArray | null,
  get: readonly EmpiricalKernelName[],
  { memory, threads, backend }: KernelCommandOptions,
  signal: AbortSignal,
): Promise<Partial<Record<EmpiricalKernelName, NdArray>> | string> {
  try {
    return await computeKernelArrays(network, x, x2, { get, memoryLimit: memory, threads, backend, signal });
  } catch (error) {
    if (isForetrainError(error, "ERR_UNAVAILABLE")) return error.message;
    throw error;
  }
}

function planLines(plan: EmpiricalKernelPlan, networks: number, parameters: number): string[] {
  const { bytes } = plan;
  const ways = (plan.layers ?? []).filter((way) => way === "outer").length;
  const how =
    plan.layers === null
      ? "products with vectors"
      : `${plan.layers.length} layers, ${ways} without forming gradients`;
  return [
    `empirical kernels [${plan.shape.join(", ")}] of ${networks} network${networks === 1 ? "" : "s"} of ${parameters} parameters`,
    `  ${((networks * plan.multiplyAdds) / 1e9).toPrecision(3)} G multiply-adds, ${how}, tiles of ${plan.tile}`,
    `  memory ${byteSize(bytes.total)} (result ${byteSize(bytes.result)}, work ${byteSize(bytes.work)}) of ${byteSize(plan.memoryLimit)}`,
    ...(plan.fits ? [] : [`  does not fit: ${plan.advice}`]),
  ];
}

/** What one kernel comes to, beside the limit. */
interface KernelSummary {
  /** mean and standard deviation over networks of |K - limit| / |limit|; null without a limit */
  readonly distance: { readonly mean: number; readonly deviation: number } | null;
  /** of the mean kernel from the limit */
  readonly distanceOfMean: number | null;
  /** what of it the finite number of networks explains: root mean square of the mean's standard errors, relative */
  readonly noiseOfMean: number;
  /** relative standard deviation of single networks */
  readonly spread: number;
}

function summaryOf(sample: KernelSample, limit: NdArray | undefined, networks: number): KernelSummary {
  const norm = (values: ArrayLike<number>) =>
    Math.sqrt(Array.from(values).reduce((sum, v) => sum + v * v, 0));
  const spread = norm(sample.deviation.data) / norm(limit?.data ?? sample.mean.data);
  const { distances } = sample;
  return {
    distance:
      distances === null
        ? null
        : { mean: meanOf(distances).value, deviation: Math.sqrt(varianceOf(distances).value) },
    distanceOfMean: limit === undefined ? null : relativeDistance(sample.mean.data, limit.data),
    noiseOfMean: spread / Math.sqrt(networks),
    spread,
  };
}

function summaryLines(summaries: Readonly<Record<string, KernelSummary>>, networks: number): string[] {
  const text = (value: number | null) =>
    value === null || !Number.isFinite(value) ? "-" : numberText(value, 3);
  const rows = Object.entries(summaries).map(([name, { spread, distance, distanceOfMean, noiseOfMean }]) => [
    name,
    text(spread),
    distance === null || networks === 1
      ? text(distance?.mean ?? null)
      : `${text(distance.mean)} +- ${text(distance.deviation)}`,
    text(distanceOfMean),
    text(noiseOfMean),
  ]);
  const head = ["", "spread", "distance of one network", "of the mean", "noise of the mean"];
  return alignedColumns([head, ...rows], "left");
}

export async function empiricalCommand(
  networkArgument: string,
  options: KernelCommandOptions,
  context: CommandContext,
): Promise<CommandResult> {
  const { terminal, signal } = context;
  const get = requireOptions(options);
  const { out, memory, seed } = options;
  await checkOutputs(
    { "--out": out },
    {
      "--x": options.x,
      "--x2": options.x2,
      "--weights": options.weights,
    },
  );
  const rows = await readNpzFile(options.x);
  const columns = options.x2 === undefined ? null : await readNpzFile(options.x2);
  const network = await readNetworkArgument(networkArgument, presetInput(rows));
  const x = inputsFromArrays(rows, options.x, network.input);
  const x2 = columns && inputsFromArrays(columns, options.x2!, network.input);
  const weights = options.weights === undefined ? null : await loadWeights(options.weights, network);
  const model = weights?.model ?? finiteModel(network);
  const axes = { traceAxes: options.traceAxes, diagonalAxes: options.diagonalAxes };
  const plan = planEmpiricalKernels(model, x.shape[0]!, x2?.shape[0] ?? null, { get, memory, ...axes });
  const networks = weights === null ? (options.seeds ?? NETWORKS) : 2;
  const lines = planLines(plan, networks, model.parameterCount);
  if (options.dryRun === true) {
    return { text: lines.join("\n"), json: { networks, parameters: model.parameterCount, plan } };
  }
  requireEmpiricalFits(plan);
  terminal.note(lines.join("\n"));
  const started = performance.now();
  const ownAxes = axes.traceAxes !== undefined || axes.diagonalAxes !== undefined;
  const limit = ownAxes
    ? "it is the mean over the output channels, which --trace-axes and --diagonal-axes change"
    : weights !== null && weights.initialization !== "declared"
      ? "it is that of the declared parameterization, and the weights were trained in another"
      : await limitOf(network, x, x2, get, options, signal);
  const reference = typeof limit === "string" ? {} : limit;
  if (typeof limit === "string") terminal.note(`no kernel of infinite width to compare with: ${limit}`);
  if (weights !== null) {
    const job = { weights, x, x2, get, axes, memory, out, reference };
    return await trainedKernels(job, context);
  }
  const sample = await sampleEmpiricalKernels(network, x, x2, {
    get,
    ...axes,
    networks,
    seed,
    memory,
    threads: options.threads,
    reference,
    signal,
    onProgress: terminal.progress,
  });
  const summaries = Object.fromEntries(
    get.map((name) => [name, summaryOf(sample[name]!, reference[name], networks)]),
  );
  if (out !== undefined) {
    const entries = get.flatMap((name) => [
      [name, sample[name]!.mean] as const,
      ...(networks > 1 ? [[`${name}Deviation`, sample[name]!.deviation] as const] : []),
      ...(sample[name]!.distances === null
        ? []
        : [[`${name}Distances`, { data: sample[name]!.distances!, shape: [networks] }] as const]),
    ]);
    await writeNpzFile(out, Object.fromEntries(entries), { signal });
  }
  const seconds = (performance.now() - started) / 1000;
  const text = [
    `${networks} network${networks === 1 ? "" : "s"} of ${sample.parameterCount} parameters beside infinite width (relative Frobenius norms), ${duration(seconds)}`,
    ...summaryLines(summaries, networks),
    ...(out === undefined
      ? []
      : [`wrote ${out}: ${get.join(", ")} [${plan.shape.join(", ")}]: means over networks`]),
  ].join("\n");
  return {
    text,
    onStderr: out !== undefined && isStandardOutput(out),
    json: {
      out: out ?? null,
      networks,
      seed: seed ?? 0,
      parameters: sample.parameterCount,
      plan,
      kernels: summaries,
      seconds,
    },
  };
}
