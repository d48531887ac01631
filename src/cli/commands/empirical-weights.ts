/**
 * `foretrain kernel --empirical --weights FILE`: kernels of a trained network, beside those of its start.
 * @module
 */
import { readFileBytes } from "../../data/index-node.js";
import { ForetrainError } from "../../errors.js";
import { numberText } from "../../figures/index.js";
import {
  type AxesOptions,
  computeEmpiricalKernels,
  decodeWeights,
  type EmpiricalKernelName,
  type FiniteModel,
  finiteModel,
  initialParameters,
  type NetworkWeights,
  relativeDistance,
} from "../../finite/index.js";
import { describeNetwork, type Network, parseNetwork } from "../../network/index.js";
import type { NdArray } from "../../numeric/matrix.js";
import { writeNpzFile } from "../../runs/index-node.js";
import { alignedColumns } from "../columns.js";
import type { CommandContext, CommandResult } from "../command.js";
import { isStandardOutput } from "../output-files.js";
import { duration } from "../terminal.js";

/** A trained network, and the model that reads its parameters. */
export interface LoadedWeights extends NetworkWeights {
  readonly file: string;
  readonly model: FiniteModel;
}

/** @throws ERR_USAGE for weights of another network; ERR_FILE, ERR_DATA, ERR_SHAPE for other files */
export async function loadWeights(file: string, network: Network): Promise<LoadedWeights> {
  const weights = decodeWeights(await readFileBytes(file), file);
  const text = (of: Network) => JSON.stringify(parseNetwork(of));
  if (text(weights.network) !== text(network)) {
    throw new ForetrainError(
      "ERR_USAGE",
      `--weights: ${file} holds weights of another network, ${describeNetwork(weights.network).join("; ")}; expected those of NETWORK, ${describeNetwork(network).join("; ")}`,
      { argument: "--weights", got: file },
    );
  }
  return { ...weights, file, model: finiteModel(network, { scheme: weights.initialization }) };
}

/** What the kernels of one trained network are asked. */
export interface WeightsJob {
  readonly weights: LoadedWeights;
  readonly x: NdArray;
  readonly x2: NdArray | null;
  readonly get: readonly EmpiricalKernelName[];
  readonly axes: AxesOptions;
  readonly memory: number | undefined;
  readonly out: string | undefined;
  /** kernels of infinite width, where there are any of this shape */
  readonly reference: Partial<Readonly<Record<EmpiricalKernelName, NdArray>>>;
}

/** Relative Frobenius norms: |K_T - K_0| / |K_0| and |K_T - K| / |K|. */
interface TrainedKernel {
  readonly moved: number;
  readonly distance: number | null;
}

export async function trainedKernels(
  { weights, x, x2, get, axes, memory, out, reference }: WeightsJob,
  { terminal, signal }: CommandContext,
): Promise<CommandResult> {
  const { model, parameters, seed, file } = weights;
  const started = performance.now();
  const options = { get, memory, ...axes, signal, onProgress: terminal.progress };
  const start = await computeEmpiricalKernels(model, initialParameters(model, { seed }), x, x2, options);
  const trained = await computeEmpiricalKernels(model, parameters, x, x2, options);
  const kernels: Record<string, TrainedKernel> = {};
  for (const name of get) {
    const limit = reference[name];
    kernels[name] = {
      moved: relativeDistance(trained[name]!.data, start[name]!.data),
      distance: limit === undefined ? null : relativeDistance(trained[name]!.data, limit.data),
    };
  }
  if (out !== undefined) {
    const entries = get.flatMap((name) => [
      [name, trained[name]!] as const,
      [`${name}Start`, start[name]!] as const,
    ]);
    await writeNpzFile(out, Object.fromEntries(entries), { signal });
  }
  const seconds = (performance.now() - started) / 1000;
  const { shape } = trained[get[0]!]!;
  const rows = Object.entries(kernels).map(([name, { moved, distance }]) => [
    name,
    numberText(moved, 3),
    distance === null ? "-" : numberText(distance, 3),
  ]);
  const text = [
    `trained network of ${model.parameterCount} parameters in ${file}, from seed ${seed} (relative Frobenius norms), ${duration(seconds)}`,
    ...alignedColumns([["", "moved from its start", "distance from infinite width"], ...rows], "left"),
    ...(out === undefined
      ? []
      : [
          `wrote ${out}: ${get.join(", ")} [${shape.join(", ")}], and at the start ${get.map((name) => `${name}Start`).join(", ")}`,
        ]),
  ].join("\n");
  return {
    text,
    onStderr: out !== undefined && isStandardOutput(out),
    json: {
      out: out ?? null,
      weights: file,
      seed,
      parameters: model.parameterCount,
      shape,
      kernels,
      seconds,
    },
  };
}
