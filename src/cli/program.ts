/**
 * The commands in the order in which help lists them. Their bodies are imported when a command runs, so that `--help` answers at once.
 * @module
 */
import { Command } from "commander";
import { VERSION } from "../version.js";
import { declareComplexity } from "./declarations/complexity.js";
import { declareData } from "./declarations/data.js";
import { declareDoctor } from "./declarations/doctor.js";
import { declareEvolve } from "./declarations/evolve.js";
import { declareForecast } from "./declarations/forecast.js";
import { declareKernel } from "./declarations/kernel.js";
import { declareLab } from "./declarations/lab.js";
import { declareLengths } from "./declarations/lengths.js";
import { declareNormalize } from "./declarations/normalize.js";
import { declarePhase } from "./declarations/phase.js";
import { declarePredict } from "./declarations/predict.js";
import { declareStudy } from "./declarations/study.js";
import { declareTrain } from "./declarations/train.js";
import { declareTrainability } from "./declarations/trainability.js";

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

  for (const declare of [
    declareForecast,
    declareKernel,
    declarePredict,
    declarePhase,
    declareTrainability,
    declareTrain,
    declareLengths,
    declareEvolve,
    declareComplexity,
    declareNormalize,
    declareLab,
    declareDoctor,
    declareStudy,
    declareData,
  ]) {
    declare(program, signal);
  }
  return program;
}
