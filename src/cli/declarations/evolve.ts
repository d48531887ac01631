/**
 * `foretrain evolve`: options and help.
 * @module
 */
import { type Command, InvalidArgumentError, Option } from "commander";
import { dataOptions } from "../data-options.js";
import { defineCommand, execute, plugNativeIn, seedOption } from "../define-command.js";
import {
  byteCount,
  nonNegativeNumber,
  path,
  positiveInteger,
  positiveNumber,
  wholeNumber,
} from "../option-values.js";

function taylorOrder(text: string): 1 | 2 | 3 {
  const value = Number(text);
  if (value !== 1 && value !== 2 && value !== 3) throw new InvalidArgumentError("expected 1, 2 or 3");
  return value;
}

export function declareEvolve(program: Command, signal: AbortSignal): void {
  const command = defineCommand(
    program,
    "evolve <network>",
    "a finite network under noisy training, order by order",
    [
      'foretrain evolve "preset:fcn?depth=1&width=20&activation=tanh" --data sine --noise 0.1 --order 3',
      "foretrain evolve network.json --data sine --noise 0.1 --order 3 --simulate 2000 --svg evolve.svg",
      'foretrain evolve "preset:fcn?depth=2&width=16&activation=erf" --data mnist --classes 3,8 --train 8 --test 8 --noise 0.02 --order 2',
      "foretrain evolve network.json --data my.npz --noise 0.05 --learning-rate 0.1 --times 1:20:20 --out evolve.npz",
      "foretrain evolve network.json --data sine --batch 2 --learning-rate 0.1 --simulate 400",
    ],
  ).description(
    "Expected outputs, their spread, the loss and the trace of its Hessian while d theta = -grad L dt + s dW, for one network\n" +
      "at its declared widths. Order 1 is the linear model, solved exactly; orders 2 and 3 know the second and third\n" +
      "derivatives of the output, through which noise changes the mean. Needs few samples: costs go with the square of their number.",
  );
  dataOptions(command, {
    source:
      "sine, autoregressive (synthetic, one output), FILE.npz with x and y (targets or labels; x_test, y_test), FILE.csv (real targets or labels), mnist, ...",
    defaults: { train: 8, test: 8 },
    mayLackTest: true,
  })
    .addOption(
      new Option(
        "--noise <s>",
        "weights gain variance s^2 per unit of time (default: 0.1, 0 with --batch)",
      ).argParser(nonNegativeNumber),
    )
    .addOption(
      new Option(
        "--order <k>",
        "Taylor degree of the output: 1, 2 or 3 (default: 2, 1 with --batch)",
      ).argParser(taylorOrder),
    )
    .addOption(
      new Option(
        "--batch <n>",
        "minibatch SGD: samples drawn with replacement for a step; needs --learning-rate, order 1 only",
      ).argParser(positiveInteger),
    )
    .option("--times <list>", "0.5,1,2 or start:stop:count; time is learning rate x steps", "0:4:9")
    .addOption(
      new Option(
        "--learning-rate <rate>",
        "of gradient descent: checks that it is stable, puts times on its steps, simulates with it",
      ).argParser(positiveNumber),
    )
    .option(
      "--classes <list>",
      "labels to keep of a data set, for example 3,8: two are targets -1 and 1 of one output",
    )
    .addOption(
      new Option("--network-seed <n>", "seed of the initial weights").argParser(wholeNumber).default(0),
    )
    .addOption(seedOption())
    .addOption(
      new Option(
        "--simulate <paths>",
        "paths of noisy gradient descent beside the prediction, in pairs with opposite noise; of minibatch SGD with --batch",
      ).argParser(positiveInteger),
    )
    .option("--simulate-trace", "simulate the trace of the Hessian too (slow: a product for every weight)")
    .addOption(
      new Option(
        "--probes <n>",
        "random directions for traces over the weights (default: exact up to 2048 weights, else 64)",
      ).argParser(positiveInteger),
    )
    .addOption(new Option("--memory <size>", "memory for derivatives, default 1GiB").argParser(byteCount))
    .option(
      "--out <file>",
      "npz to write: times, mean, std, noiseEffect [times, n, outputs] by split, hessianTrace",
      path,
    )
    .option("--svg <file>", "picture to write", path)
    .action(async (network: string, options) => {
      await plugNativeIn(options);
      const { evolveCommand } = await import("../commands/evolve.js");
      await execute(options, signal, (context) => evolveCommand(network, options, context));
    });
}
