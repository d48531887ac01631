/**
 * `foretrain kernel`: kernels from npz to npz, in memory or block by block over the disk.
 * @module
 */
import { inputsFromArrays } from "../../data/index.js";
import { ForetrainError, isForetrainError } from "../../errors.js";
import {
  KERNEL_NAMES,
  type KernelName,
  type KernelOptions,
  openKernel,
  planKernel,
  setDiagonals,
} from "../../kernels/index.js";
import type { Network } from "../../network/index.js";
import type { NdArray } from "../../numeric/matrix.js";
import { type KernelDtype, planKernelStream } from "../../runs/index.js";
import {
  assembleKernel,
  checkKernelFolder,
  readNpzFile,
  removeKernelFolder,
  streamKernel,
  writeNpzFile,
} from "../../runs/index-node.js";
import type { CommandContext, CommandResult } from "../command.js";
import { type EngineOptions, engineOptions } from "../engine-options.js";
import { presetInput, readNetworkArgument } from "../network-argument.js";
import { checkOutputs, isFolderPath, isStandardOutput } from "../output-files.js";
import { planText } from "../plan-text.js";
import { byteSize, duration } from "../terminal.js";
import { empiricalCommand } from "./empirical.js";

export interface KernelCommandOptions extends EngineOptions {
  readonly x: string;
  readonly x2?: string;
  readonly get: string;
  readonly dtype: KernelDtype;
  readonly tile?: number;
  readonly stream?: boolean;
  readonly dryRun?: boolean;
  readonly out?: string;
  /** of finite networks at the declared widths */
  readonly empirical?: boolean;
  readonly seeds?: number;
  readonly seed?: number;
  readonly weights?: string;
  readonly traceAxes?: readonly number[];
  readonly diagonalAxes?: readonly number[];
}

/** `nngp,ntk` to names, in the order asked for. */
function parseKernelNames(text: string): KernelName[] {
  const names = text.split(",").map((name) => name.trim());
  for (const name of names) {
    if (!(KERNEL_NAMES as readonly string[]).includes(name)) {
      throw new ForetrainError(
        "ERR_USAGE",
        `--get: got "${name}", expected one or more of ${KERNEL_NAMES.join(", ")}, as in nngp,ntk`,
        { got: name, expected: KERNEL_NAMES },
      );
    }
  }
  return [...new Set(names)] as KernelName[];
}

interface Job {
  readonly network: Network;
  readonly x: NdArray;
  readonly x2: NdArray | null;
  readonly dtype: KernelDtype;
  readonly options: KernelOptions & { readonly get: readonly KernelName[] };
}

/** Computes in memory and writes one npz. */
async function inMemory({ network, x, x2, dtype, options }: Job, out: string) {
  const kernel = await openKernel(network, x, x2, { ...options, dtype });
  try {
    const { plan } = kernel;
    const all = { rowStart: 0, rowEnd: plan.shape[0], colStart: 0, colEnd: plan.shape[1] };
    const arrays = await kernel.area(all);
    if (plan.symmetric) setDiagonals(kernel, all, arrays);
    const shape = [...plan.shape, ...plan.positions.flatMap((side) => [side, side])];
    const entries = options.get.map((name) => [name, { data: arrays[name], shape }]);
    await writeNpzFile(out, Object.fromEntries(entries), { signal: options.signal });
    return plan;
  } finally {
    kernel.close();
  }
}

/** Computes into a folder of blocks, and puts them together where one npz is asked for. */
async function overDisk({ network, x, x2, dtype, options }: Job, out: string) {
  const folder = isFolderPath(out) ? out : `${out}.blocks`;
  const streamed = await streamKernel(network, x, x2, folder, { ...options, dtype });
  if (folder === out) return streamed;
  try {
    await assembleKernel(folder, out, options);
  } catch (error) {
    if (!isForetrainError(error, "ERR_ABORTED")) throw error;
    throw new ForetrainError("ERR_ABORTED", error.message, { kept: folder }, { cause: error });
  }
  await removeKernelFolder(folder);
  return streamed;
}

export async function kernelCommand(
  networkArgument: string,
  options: KernelCommandOptions,
  context: CommandContext,
): Promise<CommandResult> {
  if (options.empirical === true) return await empiricalCommand(networkArgument, options, context);
  for (const flag of ["seeds", "seed"] as const) {
    if (options[flag] === undefined) continue;
    throw new ForetrainError(
      "ERR_USAGE",
      `--${flag}: is of random networks; expected together with --empirical, kernels of infinite width have no seed`,
      { argument: `--${flag}`, got: options[flag] },
    );
  }
  const finite = {
    "--weights": options.weights,
    "--trace-axes": options.traceAxes,
    "--diagonal-axes": options.diagonalAxes,
  };
  for (const [flag, got] of Object.entries(finite)) {
    if (got === undefined) continue;
    throw new ForetrainError(
      "ERR_USAGE",
      `${flag}: is of finite networks; expected together with --empirical`,
      { argument: flag, got },
    );
  }
  const { terminal, signal } = context;
  const get = parseKernelNames(options.get);
  const { out, dtype } = options;
  if (out === undefined && options.dryRun !== true) {
    throw new ForetrainError("ERR_USAGE", "--out: missing; expected the npz file to write (or --dry-run)");
  }
  const toFolder = out !== undefined && isFolderPath(out);
  await checkOutputs({ "--out": toFolder ? undefined : out }, { "--x": options.x, "--x2": options.x2 });
  if (toFolder) await checkKernelFolder(out);
  const rows = await readNpzFile(options.x);
  const columns = options.x2 === undefined ? null : await readNpzFile(options.x2);
  const network = await readNetworkArgument(networkArgument, presetInput(rows));
  const x = inputsFromArrays(rows, options.x, network.input);
  const x2 = columns && inputsFromArrays(columns, options.x2!, network.input);
  const kernelOptions = { get, tile: options.tile, ...engineOptions(options) };
  const n1 = x.shape[0] ?? 0;
  const n2 = x2 === null ? null : (x2.shape[0] ?? 0);
  const whole = planKernel(network, n1, n2, kernelOptions);
  const streams = toFolder || options.stream === true || !whole.fits;
  const stream = streams ? planKernelStream(network, n1, n2, { ...kernelOptions, dtype }) : null;
  const plan = stream?.plan ?? whole;
  if (options.dryRun === true) {
    return { text: planText(plan, stream), json: { plan, ...(stream === null ? {} : { stream }) } };
  }
  if (streams && isStandardOutput(out!)) {
    throw new ForetrainError(
      "ERR_USAGE",
      `--out: ${out} cannot take a kernel that goes over the disk (${byteSize(whole.bytes.total)} do not fit, or --stream); expected a file or folder`,
      { argument: "--out", got: out },
    );
  }

  terminal.note(planText(plan, stream));
  const started = performance.now();
  const job: Job = {
    network,
    x,
    x2,
    dtype,
    options: { ...kernelOptions, signal, onProgress: terminal.progress },
  };
  const done = streams ? await overDisk(job, out!) : null;
  const used = done === null ? await inMemory(job, out!) : done.plan.plan;
  const seconds = (performance.now() - started) / 1000;
  const blocks =
    done === null ? null : { total: done.plan.blocks, computed: done.computed, stored: done.stored };
  const shape = [...used.shape, ...used.positions.flatMap((side) => [side, side])];
  return {
    text:
      `wrote ${out}: ${get.join(", ")} [${shape.join(", ")}] ${dtype}, ${duration(seconds)}` +
      (blocks === null || blocks.stored === 0
        ? ""
        : `; ${blocks.stored} of ${blocks.total} blocks were there`),
    onStderr: isStandardOutput(out!),
    json: { out, arrays: get, dtype, plan: used, seconds, ...(blocks === null ? {} : { blocks }) },
  };
}
