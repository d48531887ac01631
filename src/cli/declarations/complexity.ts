/**
 * `foretrain complexity`: options and help.
 * @module
 */
import { type Command, Option } from "commander";
import { dataOptions } from "../data-options.js";
import { defineCommand, execute, plugNativeIn, seedOption } from "../define-command.js";
import {
  nonNegativeNumber,
  path,
  positiveInteger,
  positiveNumber,
  share,
  shareBelowOne,
  stepList,
  wholeNumber,
} from "../option-values.js";

const collect = (value: string, before: readonly string[] = []) => [...before, value];

export function declareComplexity(program: Command, signal: AbortSignal): void {
  const command = defineCommand(
    program,
    "complexity [network]",
    "what simple models explain of a network while it trains",
    [
      'foretrain complexity "preset:fcn?depth=2&width=256" --data sinusoid --learning-rate 0.05 --epochs 40',
      'foretrain complexity "preset:fcn?depth=2&width=256" --data mnist --task first-five --learning-rate 0.05 --label-noise 0.1 --out runs/noisy',
      'foretrain complexity --out runs/noisy --explain "preset:fcn?depth=1&width=16" --explain logistic-sgd   the network is not trained again',
      "foretrain complexity net.json --data cifar10 --task animals-objects --explain logistic --explain cnn2.json --explain cnn4.json@T0",
      "foretrain complexity --predictions run.npz --svg complexity.svg   a training run from anywhere",
    ],
  ).description(
    "Performance correlation mu(F;L) = I(F;Y) - I(F;Y|L) in bits, of a network F at every snapshot of its training and\n" +
      "simple models L, on test samples. Trains NETWORK and keeps what it says at steps spaced evenly in the logarithm, then\n" +
      "makes the simple models; killed or cancelled, the same command goes on. With --seeds several\n" +
      "networks and their mean. The run folder has spec.json, predictions.npz, results.json, complexity.csv, complexity.svg,\n" +
      "report.html, which needs nothing else, and for tasks in the plane boundaries.svg. Called again with --out only, and other simple\n" +
      "models, it explains the same network.\n" +
      "With --predictions it measures a file instead: npz with labels [n], predictions [T, n] (classes) or [T, n, k] (scores),\n" +
      "steps [T], explainer_NAME [n] or [n, k], and if wanted train_labels, train_predictions; CSV with columns label,\n" +
      "step:NUMBER, explainer:NAME.",
  );
  dataOptions(command, {
    required: false,
    more: "sinusoid?d=20&k=2, disk, products, theorem?d=1000&p=0.1, ",
    train: "number of train samples (default: 10000, or all)",
    test: "number of test samples (default: all)",
    normalization: "none",
  })
    .option(
      "--task <name>",
      "classes put into groups: first-five (against last five), animals-objects, or labels such as 3:8 and 0,1,8,9:2,3,5,7",
    )
    .addOption(
      new Option(
        "--label-noise <share>",
        "of the train labels that are made wrong; test labels stay true",
      ).argParser(share),
    )
    .addOption(new Option("--steps <n>", "number of steps").argParser(positiveInteger).conflicts("epochs"))
    .addOption(
      new Option("--epochs <n>", "number of passes over the train samples (default: 20)").argParser(
        positiveInteger,
      ),
    )
    .addOption(new Option("--batch <n>", "samples in a step (default: 32)").argParser(positiveInteger))
    .addOption(
      new Option("--order <kind>", "of the samples in minibatches (default: shuffled)").choices([
        "shuffled",
        "ordered",
        "replacement",
      ]),
    )
    .addOption(
      new Option(
        "--learning-rate <rate>",
        "(default: half of the largest stable one at the start)",
      ).argParser(positiveNumber),
    )
    .addOption(new Option("--momentum <mu>", "in [0, 1) (default: 0)").argParser(nonNegativeNumber))
    .option("--nesterov", "Nesterov's momentum instead of heavy ball")
    .addOption(
      new Option(
        "--loss <kind>",
        "what is minimized (default: crossEntropy, logistic for a network of one output; with logistic presets have one output for two classes)",
      ).choices(["squared", "crossEntropy", "logistic"]),
    )
    .option(
      "--init <scheme>",
      "a scheme's name or file as of foretrain train, but for normalized:GAMMA (default: glorotUniform, as in the paper)",
    )
    .addOption(new Option("--dtype <type>", "arithmetic (default: float32)").choices(["float32", "float64"]))
    .addOption(
      new Option("--records <list>", "steps of the snapshots (default: about 40)").argParser(stepList),
    )
    .addOption(seedOption())
    .addOption(
      new Option(
        "--seeds <n>",
        "networks, trained on the same data from seeds --seed, --seed + 1, ...: their mean, with errors over networks (default: 1, or as many as --out has)",
      ).argParser(positiveInteger),
    )
    .option(
      "--explain <model>",
      "logistic (exact), logistic-sgd, leastSquares, FILE.json or preset:NAME; again for more; @labels, @T0 or @final after it says what it learns (default: logistic)",
      collect,
    )
    .option(
      "--explain-on <target>",
      "what simple models learn to say: labels, T0 (what the network says then) or final (default: labels for linear models, final for networks)",
    )
    .addOption(
      new Option(
        "--explain-epochs <n>",
        "of simple models that are trained (default: as the network)",
      ).argParser(positiveInteger),
    )
    .addOption(
      new Option("--explain-learning-rate <rate>", "of these (default: as the network)").argParser(
        positiveNumber,
      ),
    )
    .addOption(
      new Option(
        "--tolerance <share>",
        "T0 is where the network has all of the simple model's information but this share (default: 0.05)",
      ).argParser(shareBelowOne),
    )
    .addOption(
      new Option("--t0 <step>", "T0 of the first simple model, instead of the one that is found").argParser(
        wholeNumber,
      ),
    )
    .option(
      "--correct-bias",
      "subtract the bias of the estimates (default: for more than two classes; see docs/complexity.md)",
    )
    .option("--no-correct-bias", "print the estimates as they come from counts")
    .addOption(
      new Option("--checkpoint-seconds <s>", "time between two checkpoints (default: 30)").argParser(
        positiveNumber,
      ),
    )
    .addOption(new Option("--out <folder>", "run folder (default: runs/complexity-...)").argParser(path))
    .option("--predictions <file>", "npz or csv of a run to measure, instead of training", path)
    .option("--svg <file>", "with --predictions: picture to write", path)
    .action(async (network: string | undefined, options) => {
      await plugNativeIn(options);
      const { complexityCommand } = await import("../commands/complexity-command.js");
      await execute(options, signal, (context) => complexityCommand(network, options, context));
    });
}
