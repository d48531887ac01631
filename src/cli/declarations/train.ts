/**
 * `foretrain train`: options and help.
 * @module
 */
import { type Command, Option } from "commander";
import { dataOptions } from "../data-options.js";
import { defineCommand, execute, plugNativeIn, seedOption } from "../define-command.js";
import { nonNegativeNumber, path, positiveInteger, positiveNumber, stepList } from "../option-values.js";

export function declareTrain(program: Command, signal: AbortSignal): void {
  const command = defineCommand(
    program,
    "train <network>",
    "train finite networks at their declared widths",
    [
      "foretrain train network.json --data mnist --steps 1000 --seeds 3 --out runs/mine",
      "foretrain train network.json --data mnist --epochs 20 --batch 64 --learning-rate 0.1 --momentum 0.9 --loss crossEntropy --seeds 5",
      "foretrain train network.json --data cifar10 --epochs 50 --batch 32 --checkpoint ckpt   after Ctrl-C or a crash: the same again",
      "foretrain train network.json --data my.npz --steps 500 --init scheme.json --noise 0.01 --dtype float64 --json",
    ],
  ).description(
    "Losses are 1/(2n) sum over samples and outputs of (f - y)^2 with targets one-hot minus 1/k, or the mean cross entropy, or\n" +
      "that of log(1 + e^{-y f}) with targets y of 1 and -1 (logistic; one output for two classes); a step is\n" +
      "v <- mu v + gradient, theta <- theta - rate v, then theta <- theta + noise sqrt(rate) xi with xi ~ N(0, 1).",
  );
  dataOptions(command, {
    train: "number of train samples (default: 1000, or all)",
    test: "number of test samples (default: 1000, or all)",
  })
    .addOption(new Option("--steps <n>", "number of steps").argParser(positiveInteger).conflicts("epochs"))
    .addOption(
      new Option("--epochs <n>", "number of passes over the train samples").argParser(positiveInteger),
    )
    .addOption(new Option("--batch <n>", "samples in a step (default: all)").argParser(positiveInteger))
    .addOption(
      new Option(
        "--order <kind>",
        "of the samples in minibatches: shuffled epochs, epochs in the data's order, or draws with replacement",
      )
        .choices(["shuffled", "ordered", "replacement"])
        .default("shuffled"),
    )
    .addOption(
      new Option(
        "--learning-rate <rate>",
        "(default: half of the largest stable one at the start)",
      ).argParser(positiveNumber),
    )
    .addOption(new Option("--momentum <mu>", "in [0, 1)").argParser(nonNegativeNumber).default(0))
    .option("--nesterov", "Nesterov's momentum instead of heavy ball")
    .addOption(
      new Option(
        "--cooldown <share>",
        "share of the steps, at the end, over which the learning rate falls linearly to 0",
      )
        .argParser(nonNegativeNumber)
        .default(0),
    )
    .addOption(
      new Option("--noise <s>", "additive noise of the weights").argParser(nonNegativeNumber).default(0),
    )
    .addOption(
      new Option("--loss <kind>", "what is minimized")
        .choices(["squared", "crossEntropy", "logistic"])
        .default("squared"),
    )
    .option(
      "--init <scheme>",
      "declared, ntk, standard, glorotNormal, glorotUniform, heNormal, heUniform, lecunNormal, lecunUniform, pytorch, normal, uniform, zeros, normalized:GAMMA (N^-gamma after each hidden layer with paper E's learning rates; normalized:0.6,0.7,0.8 by layer; hidden weights ~ N(0, 1), outer ~ U(0, 1), or U(-1/2, 1/2) as theory assumes with normalized:0.7:mean-zero), or FILE.json with laws, multipliers, gamma and rates by layer",
      "declared",
    )
    .addOption(new Option("--dtype <type>", "arithmetic").choices(["float32", "float64"]).default("float32"))
    .addOption(
      new Option("--seeds <n>", "networks to train, from --seed on").argParser(positiveInteger).default(1),
    )
    .addOption(
      new Option(
        "--records <list>",
        "steps at which loss and accuracy are measured (default: about 40)",
      ).argParser(stepList),
    )
    .addOption(seedOption())
    .addOption(
      new Option(
        "--checkpoint <folder>",
        "keep a checkpoint of every network there, now and then and at the end; goes on from those that are there, to the bit as if never stopped",
      ).argParser(path),
    )
    .addOption(
      new Option("--checkpoint-seconds <s>", "time between two checkpoints")
        .argParser(positiveNumber)
        .default(30),
    )
    .option("--weights", "with --out: weights-seed-N.npz, every tensor under its name")
    .option("--outputs", "with --out: outputs-seed-N.npz, outputs on train and test at every record")
    .addOption(new Option("--out <folder>", "run folder: train.json, curves.npz, curves.svg").argParser(path))
    .action(async (network: string, options) => {
      await plugNativeIn(options);
      const { trainCommand } = await import("../commands/train.js");
      await execute(options, signal, (context) => trainCommand(network, options, context));
    });
}
