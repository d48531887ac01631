/**
 * `foretrain data list`, `fetch` and `path`: options and help.
 * @module
 */
import type { Command } from "commander";
import { dataDirOption, defineCommand, execute, offlineOption } from "../define-command.js";

export function declareData(program: Command, signal: AbortSignal): void {
  const data = program
    .command("data")
    .summary("data sets: where they are, fetch them")
    .description("mnist, fashion-mnist, cifar10, digits")
    .exitOverride();
  defineCommand(data, "list", "the data sets and where each would be read from", ["foretrain data list"])
    .addOption(dataDirOption())
    .action(async (options) => {
      const { dataList } = await import("../commands/data.js");
      await execute(options, signal, () => dataList(options));
    });
  defineCommand(data, "fetch <name>", "download a data set to the cache folder, with check sums", [
    "foretrain data fetch mnist",
  ])
    .addOption(offlineOption())
    .action(async (name: string, options) => {
      const { dataFetch } = await import("../commands/data.js");
      await execute(options, signal, (context) =>
        dataFetch(name, { ...options, signal, onProgress: context.terminal.progress }),
      );
    });
  defineCommand(data, "path <name>", "the files that would be read", ["foretrain data path mnist"])
    .addOption(dataDirOption())
    .action(async (name: string, options) => {
      const { dataPath } = await import("../commands/data.js");
      await execute(options, signal, () => dataPath(name, options));
    });
}
