/**
 * The commands, their options and help. Bodies are imported when a command runs, so that `--help` answers at once.
 * @module
 */
import { Command, Option } from "commander";
import { VERSION } from "../version.js";
import {
  backendOption,
  boundThreads,
  dataDirOption,
  defineCommand,
  execute,
  offlineOption,
  plugNativeIn,
  precisionOption,
  seedOption,
} from "./define-command.js";
import {
  byteCount,
  nonNegativeNumber,
  numberList,
  path,
  positiveInteger,
  positiveNumber,
  stepList,
  widthList,
} from "./option-values.js";

/** The whole command line; `signal` cancels whichever command runs. */
export function buildProgram(signal: AbortSignal): Command {
  const program = new Command("foretrain")
    .description("Forecasts how a neural network will train and generalize, before anyone trains it.")
    .version(VERSION)
    .configureHelp({ showGlobalOptions: false })
    .showHelpAfterError("(--help shows the options with examples)")
    .exitOverride()
    .addHelpText(
      "before",
      "Examples:\n" +
        '  $ foretrain forecast "preset:fcn?depth=4" --data mnist   forecast with report on real MNIST\n' +
        "  $ foretrain phase --activation tanh --svg phase.svg --out phase.npz\n" +
        "  $ foretrain kernel network.json --x x.npz --out k.npz\n",
    );

  defineCommand(program, "forecast <spec>", "forecast training and generalization, and write a report", [
    "foretrain forecast examples/mnist-erf.json",
    'foretrain forecast "preset:fcn?depth=4&activation=relu&weightVariance=2" --data mnist --train 500',
    "foretrain forecast network.json --data my.npz --learning-rate 0.5 --steps 1000 --out runs/mine",
  ])
    .description(
      'SPEC is a forecast spec, a network JSON, or "preset:NAME?parameter=value&..." (quoted for the shell)',
    )
    .option("--data <source>", "mnist, fashion-mnist, cifar10, digits, FILE.npz or FILE.csv")
    .addOption(new Option("--train <n>", "number of train samples").argParser(positiveInteger))
    .addOption(new Option("--test <n>", "number of test samples").argParser(positiveInteger))
    .option("--classes <list>", "labels to keep, for example 0,1")
    .addOption(new Option("--normalization <kind>", "of the inputs").choices(["unit", "standardize", "none"]))
    .addOption(new Option("--optimizer <kind>", "training dynamics").choices(["gd", "flow"]))
    .addOption(new Option("--learning-rate <rate>", "of full-batch steps").argParser(positiveNumber))
    .addOption(new Option("--steps <n>", "number of steps").argParser(positiveInteger))
    .addOption(
      new Option("--diag-reg <ridge>", "ridge, relative to the mean diagonal of the train kernel").argParser(
        nonNegativeNumber,
      ),
    )
    .addOption(new Option("--ensemble <n>", "networks drawn for the bands").argParser(positiveInteger))
    .addOption(seedOption())
    .addOption(dataDirOption())
    .addOption(offlineOption())
    .addOption(
      new Option("--memory <size>", "memory that the kernels may use, for example 2GB").argParser(byteCount),
    )
    .addOption(backendOption())
    .addOption(precisionOption())
    .option("--dry-run", "print what it would cost and stop")
    .addOption(new Option("--out <folder>", "run folder (default: runs/TITLE)").argParser(path))
    .action(async (spec: string, options) => {
      await plugNativeIn(options);
      const { forecastCommand } = await import("./commands/forecast.js");
      await execute(options, signal, (context) => forecastCommand(spec, options, context));
    });

  defineCommand(program, "kernel <network>", "NNGP and NTK matrices of an infinitely wide network", [
    "foretrain kernel network.json --x x.npz --out k.npz",
    'foretrain kernel "preset:fcn?depth=4" --x train.npz --x2 test.npz --get ntk --out k.npz',
    "foretrain kernel network.json --x x.npz --get nngp,nngpGap --precision float32 --threads 4 --out k.npz",
    "foretrain kernel network.json --x big.npz --stream --out big-k.npz   after Ctrl-C or a crash: the same again",
    "foretrain kernel network.json --x x.npz --dry-run",
  ])
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
    .option("--dry-run", "print tiles, bytes, operations, time, backend and threads, and stop")
    .option(
      "--out <path>",
      "npz to write, [n1, n2] each ([n1, n2, h, h, w, w] where the network keeps positions); a name that ends with / is a folder of blocks",
      path,
    )
    .action(async (network: string, options) => {
      const { kernelCommand } = await import("./commands/kernel.js");
      await execute(options, signal, (context) => kernelCommand(network, options, context));
    });

  defineCommand(
    program,
    "predict <network>",
    "outputs of infinitely wide trained networks, with covariance",
    [
      "foretrain predict network.json --train train.npz --test test.npz --out p.npz",
      "foretrain predict network.json --train train.npz --test test.npz --time 1,10,100,inf --std --out p.npz",
      "foretrain predict network.json --train train.npz --test test.npz --learning-rate 0.5 --steps 10,1000 --out p.npz",
    ],
  )
    .description("train.npz holds x [n, ...input] and y [n] labels or [n, k] targets; test.npz holds x")
    .requiredOption("--train <file>", "npz with x and y", path)
    .requiredOption("--test <file>", "npz with x, and optionally y for accuracy and loss", path)
    .addOption(
      new Option("--get <name>", "ntk: all layers trained; nngp: only the last")
        .choices(["ntk", "nngp"])
        .default("ntk"),
    )
    .addOption(
      new Option("--time <list>", "training times, learning rate x steps, of gradient flow; inf is the limit")
        .argParser(numberList)
        .conflicts(["learningRate", "steps"]),
    )
    .addOption(
      new Option("--learning-rate <rate>", "of full-batch gradient descent").argParser(positiveNumber),
    )
    .addOption(new Option("--steps <list>", "numbers of steps of gradient descent").argParser(stepList))
    .addOption(
      new Option("--diag-reg <ridge>", "ridge, relative to the mean diagonal of the train kernel")
        .argParser(nonNegativeNumber)
        .default(0),
    )
    .option("--std", "write std [times, n, 1] instead of covariance [times, n, n]")
    .addOption(
      new Option("--memory <size>", "memory that the job may use, for example 2GB").argParser(byteCount),
    )
    .addOption(backendOption())
    .addOption(precisionOption())
    .requiredOption("--out <file>", "npz to write: mean [times, n, k], covariance or std, times", path)
    .action(async (network: string, options) => {
      await plugNativeIn(options);
      const { predictCommand } = await import("./commands/predict.js");
      await execute(options, signal, (context) => predictCommand(network, options, context));
    });

  defineCommand(
    program,
    "phase",
    "order/chaos phase diagram of an activation, or of what a network repeats",
    [
      "foretrain phase --activation tanh --svg phase.svg",
      "foretrain phase --activation erf --weight-variance 0.1:3:200 --bias-variance 0:0.25:100 --out phase.npz",
      "foretrain phase --network network.json --quantity cStar --out phase.npz --svg correlation.svg",
    ],
  )
    .description(
      "Ranges are start:stop:count, both ends included. With a network, every dense and conv layer of the part that it\n" +
        "repeats takes the variances of the point.",
    )
    .option(
      "--activation <name>",
      'with parameters as "name?key=value&...", for example "leakyRelu?slope=0.1"',
    )
    .option("--network <network>", 'network JSON, or "preset:NAME?parameter=value&..."')
    .option("--weight-variance <range>", "sigma_w^2", "0.05:5:100")
    .option("--bias-variance <range>", "sigma_b^2", "0:0.5:51")
    .option(
      "--out <file>",
      "npz to write: qStar, cStar, chi1, chiC, xi1, xiC, xiStar, phase (-1 ordered, 0 critical, 1 chaotic), each [bias, weight]",
      path,
    )
    .option("--svg <file>", "picture to write", path)
    .addOption(
      new Option("--quantity <name>", "what the picture shows")
        .choices(["chi1", "qStar", "cStar", "chiC", "xi1", "xiC", "xiStar"])
        .default("chi1"),
    )
    .action(async (options) => {
      const { phaseCommand } = await import("./commands/phase.js");
      await execute(options, signal, (context) => phaseCommand(options, context));
    });

  defineCommand(
    program,
    "trainability <network>",
    "spectra, learning rates and mean predictor against depth",
    [
      "foretrain trainability network.json --data mnist --depths 1,2,4,8,16,32,64",
      'foretrain trainability "preset:fcn?activation=erf&weightVariance=1.25&biasVariance=0.05" --data mnist --depths 1:400:40 --svg t.svg',
      "foretrain trainability network.json --data my.npz --get ntk --out t.npz --json",
    ],
  )
    .description(
      "NETWORK repeats a block: a hidden layer, a convolution or a residual block; depth counts its nonlinear layers.\n" +
        "Prints for each depth the eigenvalues of the train kernel, its condition number beside the one that theory\n" +
        "predicts, the largest stable learning rate for the loss 1/(2n) sum (f - y)^2, and the size of the mean predictor.",
    )
    .requiredOption("--data <source>", "mnist, fashion-mnist, cifar10, digits, FILE.npz or FILE.csv")
    .option(
      "--depths <list>",
      "1,2,4,... or start:stop:count, rounded to whole numbers (default: 1 to 256, about two for each doubling)",
    )
    .addOption(new Option("--train <n>", "number of train samples").argParser(positiveInteger).default(64))
    .addOption(new Option("--test <n>", "number of test samples").argParser(positiveInteger).default(32))
    .addOption(
      new Option("--normalization <kind>", "of the inputs")
        .choices(["unit", "standardize", "none"])
        .default("unit"),
    )
    .option("--get <names>", "ntk (all layers trained), nngp (the last layer only)", "ntk,nngp")
    .addOption(seedOption())
    .addOption(dataDirOption())
    .addOption(offlineOption())
    .addOption(
      new Option("--memory <size>", "memory that the kernels may use, for example 2GB").argParser(byteCount),
    )
    .addOption(backendOption())
    .option("--dry-run", "print what it would cost and stop")
    .option(
      "--out <file>",
      "npz to write: depths, and for each kernel its numbers [depths], NaN where there is none",
      path,
    )
    .option("--svg <file>", "picture to write", path)
    .action(async (network: string, options) => {
      await plugNativeIn(options);
      const { trainabilityCommand } = await import("./commands/trainability.js");
      await execute(options, signal, (context) => trainabilityCommand(network, options, context));
    });

  defineCommand(program, "lengths [network]", "lengths of layers at infinite and at finite widths", [
    "foretrain lengths --activation tanh --weight-variance 1.5 --bias-variance 0.1 --depth 5",
    "foretrain lengths --activation relu --weight-variance 2 --widths 10,100,1000 --repetitions 5000 --svg lengths.svg",
    "foretrain lengths network.json --out lengths.npz          at the widths of the network",
    "foretrain lengths --activation reciprocal                 has no length map: shows how lengths diverge",
  ])
    .description(
      "Length map, simulated networks beside it, N Var of the lengths, and how fast they approach their limit.\n" +
        'NETWORK is a plain stack of dense and activation layers: a JSON file or "preset:NAME?parameter=value&..."',
    )
    .option("--activation <name>", 'instead of a network; with parameters as "name?key=value&..."')
    .addOption(
      new Option("--weight-variance <number>", "sigma_w^2 of all layers (default: 1)").argParser(
        nonNegativeNumber,
      ),
    )
    .addOption(
      new Option("--bias-variance <number>", "sigma_b^2 of all layers (default: 0)").argParser(
        nonNegativeNumber,
      ),
    )
    .addOption(new Option("--depth <n>", "hidden layers (default: 5)").argParser(positiveInteger))
    .addOption(
      new Option(
        "--widths <list>",
        "units of every layer (default: 10,100,1000, or the network's own)",
      ).argParser(widthList),
    )
    .addOption(
      new Option(
        "--input-mean-square <number>",
        "|x|^2 / n of the input, 1 for inputs of -1 and 1",
      ).argParser(nonNegativeNumber),
    )
    .addOption(
      new Option("--repetitions <n>", "networks drawn for each width")
        .argParser(positiveInteger)
        .default(1000),
    )
    .addOption(seedOption())
    .addOption(
      new Option(
        "--out <file>",
        "npz to write: lengths of every network [repetitions, depth] and the table",
      ).argParser(path),
    )
    .addOption(new Option("--svg <file>", "picture to write").argParser(path))
    .action(async (network: string | undefined, options) => {
      const { lengthsCommand } = await import("./commands/lengths.js");
      await execute(options, signal, (context) => lengthsCommand(network, options, context));
    });

  defineCommand(program, "doctor", "what this machine offers and how fast it is", [
    "foretrain doctor",
    "FORETRAIN_BLAS=none foretrain doctor --json",
  ])
    .description(
      "Looks for WebAssembly SIMD and a native BLAS (OpenBLAS, MKL, Accelerate), measures both and says what would help.\n" +
        "FORETRAIN_BLAS=PATH names a library, FORETRAIN_BLAS=none takes none; the library's own variables set its threads.",
    )
    .action(async (options) => {
      await boundThreads(options);
      const { doctorCommand } = await import("./commands/doctor.js");
      await execute(options, signal, (context) => doctorCommand(options, context));
    });

  const study = program
    .command("study")
    .summary("the papers' experiments and figures, computed again and held against their numbers")
    .description("Recipes of the papers' experiments: figures, data, and a table of checks each")
    .exitOverride();
  defineCommand(study, "list", "the studies that there are", ["foretrain study list"]).action(
    async (options) => {
      const { studyList } = await import("./commands/study.js");
      await execute(options, signal, () => studyList());
    },
  );
  defineCommand(study, "run <name>", "run a study, all of a paper, or all", [
    "foretrain study run B.phase-diagram",
    "foretrain study run check.bd",
    "foretrain study run B.accuracy-map --full --data-dir ~/cifar-10-batches-bin",
    "foretrain study run all --data mnist --out runs/studies   after Ctrl-C or a crash: the same again",
  ])
    .description(
      "NAME is an id of `foretrain study list`, the letter of a paper, or all. Exit code 1: a check disagrees",
    )
    .option("--full", "the sizes of the paper (default: quick ones)")
    .option("--data <source>", "another data set for studies that read one: mnist, cifar10, FILE.npz, ...")
    .addOption(dataDirOption())
    .addOption(offlineOption())
    .addOption(seedOption())
    .addOption(new Option("--out <folder>", "run folder (default: runs/study-NAME)").argParser(path))
    .action(async (name: string, options) => {
      await plugNativeIn(options);
      const { studyRun } = await import("./commands/study.js");
      await execute(options, signal, (context) => studyRun(name, options, context));
    });

  const data = program
    .command("data")
    .summary("data sets: where they are, fetch them")
    .description("mnist, fashion-mnist, cifar10, digits")
    .exitOverride();
  defineCommand(data, "list", "the data sets and where each would be read from", ["foretrain data list"])
    .addOption(dataDirOption())
    .action(async (options) => {
      const { dataList } = await import("./commands/data.js");
      await execute(options, signal, () => dataList(options));
    });
  defineCommand(data, "fetch <name>", "download a data set to the cache folder, with check sums", [
    "foretrain data fetch mnist",
  ])
    .addOption(offlineOption())
    .action(async (name: string, options) => {
      const { dataFetch } = await import("./commands/data.js");
      await execute(options, signal, (context) =>
        dataFetch(name, { ...options, signal, onProgress: context.terminal.progress }),
      );
    });
  defineCommand(data, "path <name>", "the files that would be read", ["foretrain data path mnist"])
    .addOption(dataDirOption())
    .action(async (name: string, options) => {
      const { dataPath } = await import("./commands/data.js");
      await execute(options, signal, () => dataPath(name, options));
    });
  return program;
}
