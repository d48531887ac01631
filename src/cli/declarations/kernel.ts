/**
 * `foretrain kernel`: options and help.
 * @module
 */
import { type Command, Option } from "commander";
import {
  backendOption,
  boundThreads,
  defineCommand,
  execute,
  precisionOption,
  seedOption,
} from "../define-command.js";
import { axisList, byteCount, path, positiveInteger } from "../option-values.js";

export function declareKernel(program: Command, signal: AbortSignal): void {
  defineCommand(
    program,
    "kernel <network>",
    "NNGP and NTK matrices of an infinitely wide network, or of finite ones",
    [
      "foretrain kernel network.json --x x.npz --out k.npz",
      'foretrain kernel "preset:fcn?depth=4" --x train.npz --x2 test.npz --get ntk --out k.npz',
      "foretrain kernel network.json --x x.npz --get nngp,nngpGap --precision float32 --threads 4 --out k.npz",
      "foretrain kernel network.json --x big.npz --stream --out big-k.npz   after Ctrl-C or a crash: the same again",
      "foretrain kernel network.json --x x.npz --empirical --seeds 20   finite networks beside infinite width",
      "foretrain kernel network.json --x x.npz --empirical --weights runs/mine/weights-seed-0.npz   a trained network",
      "foretrain kernel network.json --x x.npz --dry-run",
    ],
  )
    .description(
      'NETWORK is a network JSON or "preset:NAME?parameter=value&..."; X.npz holds x [n, ...input]',
    )
    .requiredOption("--x <file>", "npz with x, the rows", path)
    .option("--x2 <file>", "npz with x, the columns (default: the rows again)", path)
    .option(
      "--get <names>",
      "nngp, ntk, and their gaps (q + q')/2 - k, which keep their digits where entries hardly differ: nngpGap, ntkGap",
      "nngp,ntk",
    )
    .addOption(
      new Option("--dtype <type>", "of the written arrays")
        .choices(["float64", "float32"])
        .default("float64"),
    )
    .addOption(new Option("--tile <n>", "side of a tile of pairs").argParser(positiveInteger))
    .addOption(
      new Option("--memory <size>", "memory that the job may use, for example 2GB").argParser(byteCount),
    )
    .addOption(backendOption())
    .addOption(precisionOption())
    .option(
      "--stream",
      "go to disk block by block, and continue where an earlier run stopped (default for what memory does not hold)",
    )
    .option(
      "--empirical",
      "kernels of finite networks at the declared widths: mean and standard deviation over random initializations, and how far they are from infinite width; each thread computes one network at a time",
    )
    .addOption(
      new Option("--seeds <n>", "with --empirical: networks to draw (default: 10)").argParser(
        positiveInteger,
      ),
    )
    .addOption(seedOption())
    .option(
      "--weights <file>",
      "with --empirical: kernels of one trained network, and how far training moved them; weights-seed-N.npz of foretrain train --weights, or a checkpoint",
      path,
    )
    .addOption(
      new Option(
        "--trace-axes <list>",
        "with --empirical: axes of the outputs [n, ...] over whose diagonal the kernel is the mean (default: -1); none: all pairs, [n1, n2, k, k]",
      ).argParser(axisList),
    )
    .addOption(
      new Option(
        "--diagonal-axes <list>",
        "with --empirical: axes of which only equal indices are kept; 0: each sample with its own (default: none)",
      ).argParser(axisList),
    )
    .option("--dry-run", "print tiles, bytes, operations, time, backend and threads, and stop")
    .option(
      "--out <path>",
      "npz to write, [n1, n2] each ([n1, n2, h, h, w, w] where the network keeps positions); a name that ends with / is a folder of blocks",
      path,
    )
    .action(async (network: string, options) => {
      const { kernelCommand } = await import("../commands/kernel.js");
      await boundThreads(options);
      await execute(options, signal, (context) => kernelCommand(network, options, context));
    });
}
