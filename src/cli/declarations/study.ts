/**
 * `foretrain study list` and `study run`: options and help.
 * @module
 */
import { type Command, Option } from "commander";
import {
  dataDirOption,
  defineCommand,
  execute,
  offlineOption,
  plugNativeIn,
  seedOption,
} from "../define-command.js";
import { path } from "../option-values.js";

export function declareStudy(program: Command, signal: AbortSignal): void {
  const study = program
    .command("study")
    .summary("the papers' experiments and figures, computed again and held against their numbers")
    .description("Recipes of the papers' experiments: figures, data, and a table of checks each")
    .exitOverride();
  defineCommand(study, "list", "the studies that there are", ["foretrain study list"]).action(
    async (options) => {
      const { studyList } = await import("../commands/study.js");
      await execute(options, signal, () => studyList());
    },
  );
  defineCommand(study, "run <names...>", "run studies, all of a paper, or all", [
    "foretrain study run B.phase-diagram",
    "foretrain study run check.bd B.spectra",
    "foretrain study run B.accuracy-map --full --data-dir ~/cifar-10-batches-bin",
    "foretrain study run B.pooling --set samples=12 --set positions=4",
    "foretrain study run B.spectra --data mnist",
    "foretrain study run all --out runs/studies   after Ctrl-C or a crash: the same again",
  ])
    .description(
      "NAMES are ids of `foretrain study list`, letters of papers, or all. Exit code 1: a check disagrees or could not be decided, or a study of several could not be run",
    )
    .option("--full", "the sizes of the paper (default: quick ones)")
    .addOption(
      new Option(
        "--set <name=value>",
        "another value of a parameter (repeatable); `study list --json` shows names and values",
      ).argParser((text: string, before: readonly string[] | undefined) => [...(before ?? []), text]),
    )
    .option("--data <source>", "another data set for studies that read one: mnist, cifar10, FILE.npz, ...")
    .addOption(dataDirOption())
    .addOption(offlineOption())
    .addOption(seedOption())
    .addOption(new Option("--out <folder>", "run folder (default: runs/study-NAMES)").argParser(path))
    .action(async (names: string[], options) => {
      await plugNativeIn(options);
      const { studyRun } = await import("../commands/study.js");
      await execute(options, signal, (context) => studyRun(names, options, context));
    });
}
