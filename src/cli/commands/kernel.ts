/**
 * `foretrain kernel`: NNGP and NTK matrices from npz to npz.
 * @module
 */

import { inputsFromArrays } from "../../data/index.js";
import { ForetrainError } from "../../errors.js";
import { computeKernel, type KernelName, planKernel } from "../../kernels/index.js";
import type { Matrix, NdArray } from "../../numeric/matrix.js";
import { readNpzFile, writeNpzFile } from "../../runs/index-node.js";
import type { CommandContext, CommandResult } from "../command.js";
import { presetInput, readNetworkArgument } from "../network-argument.js";
import { checkOutputs, isStandardOutput } from "../output-files.js";
import { planText } from "../plan-text.js";
import { duration } from "../terminal.js";

export interface KernelCommandOptions {
  readonly x: string;
  readonly x2?: string;
  readonly get: string;
  readonly dtype: "float64" | "float32";
  readonly tile?: number;
  readonly memory?: number;
  readonly dryRun?: boolean;
  readonly out?: string;
}

/** `nngp,ntk` to names, in the order asked for. */
function parseKernelNames(text: string): KernelName[] {
  const names = text.split(",").map((name) => name.trim());
  for (const name of names) {
    if (name !== "nngp" && name !== "ntk") {
      throw new ForetrainError("ERR_USAGE", `--get: got "${name}", expected nngp, ntk or nngp,ntk`, {
        got: name,
      });
    }
  }
  return [...new Set(names)] as KernelName[];
}

/** Float64 values in the element type of the file to be written. */
function asType(values: Float64Array, dtype: "float64" | "float32"): Float64Array | Float32Array {
  return dtype === "float32" ? Float32Array.from(values) : values;
}

export async function kernelCommand(
  networkArgument: string,
  options: KernelCommandOptions,
  { terminal, signal }: CommandContext,
): Promise<CommandResult> {
  const get = parseKernelNames(options.get);
  if (options.out === undefined && options.dryRun !== true) {
    throw new ForetrainError("ERR_USAGE", "--out: missing; expected the npz file to write (or --dry-run)");
  }
  await checkOutputs({ "--out": options.out }, { "--x": options.x, "--x2": options.x2 });
  const rows = await readNpzFile(options.x);
  const columns = options.x2 === undefined ? null : await readNpzFile(options.x2);
  const network = await readNetworkArgument(networkArgument, presetInput(rows));
  const x = inputsFromArrays(rows, options.x, network.input);
  const x2 = columns && inputsFromArrays(columns, options.x2!, network.input);
  const kernelOptions = { get, tile: options.tile, memoryLimit: options.memory };
  const n1 = x.shape[0] ?? 0;
  const n2 = x2 === null ? null : (x2.shape[0] ?? 0);
  const plan = planKernel(network, n1, n2, kernelOptions);
  if (options.dryRun === true) return { text: planText(plan), json: { plan } };

  terminal.note(planText(plan));
  const started = performance.now();
  const result = await computeKernel(network, x, x2, {
    ...kernelOptions,
    signal,
    onProgress: terminal.progress,
  });
  const seconds = (performance.now() - started) / 1000;
  const entries: Record<string, NdArray> = {};
  for (const name of get) {
    const values = result[name] as Matrix;
    entries[name] = { data: asType(values.data, options.dtype), shape: values.shape };
  }
  await writeNpzFile(options.out!, entries, { signal });
  return {
    text: `wrote ${options.out}: ${get.join(", ")} [${plan.shape.join(", ")}] ${options.dtype}, ${duration(seconds)}`,
    onStderr: isStandardOutput(options.out!),
    json: { out: options.out, arrays: get, dtype: options.dtype, plan, seconds },
  };
}
