/**
 * What every stage of a forecast costs, counted before anything is computed.
 * @module
 */
import { isForetrainError } from "../errors.js";
import { type FiniteModel, finiteModel } from "../finite/index.js";
import { jetWork } from "../finite/jet-work.js";
import { planKernel } from "../kernels/index.js";
import type { Network } from "../network/index.js";
import type { LongWork } from "../progress.js";
import { hardwareThreads } from "../threads/index.js";
import { ADVICE_SAMPLES } from "./advice.js";
import { logisticWork } from "./complexity.js";
import { BAND_TEST_SAMPLES, CURVE_POINTS } from "./curves.js";
import { secondsOf, TRAINING_RATES } from "./effort.js";
import { finiteWidthCost } from "./finite-width.js";
import { forecastStack } from "./hidden-stack.js";
import type { ForecastInputs } from "./inputs.js";
import { DENSE_COPIES, engineOf, type KernelWork, planForecast, planKernelPair } from "./kernels.js";
import { shiftCost } from "./noise.js";
import type { ForecastRecipe } from "./spec.js";
import { planSweep } from "./sweep-plan.js";
import { DEFAULT_NETWORKS, DEFAULT_STEPS, type VerifyOptions } from "./verification.js";

/** A phase diagram of an activation with closed moments; others take several times as long. */
const PHASE_SECONDS = 0.5;

/** One stage of a forecast. */
export interface ForecastStage {
  readonly name:
    | "kernel, train"
    | "kernel, test"
    | "spectra"
    | "linear model"
    | "curves"
    | "phase diagram"
    | "depth sweep"
    | "finite width"
    | "noise"
    | "advice"
    | "verification";
  /** labels that its progress is reported with */
  readonly labels: readonly string[];
  /** what is computed; for a stage that is left out, why */
  readonly what: string;
  /** false: it is left out, and costs nothing */
  readonly runs: boolean;
  /** counted floating-point operations; null where the stage is held to a time instead */
  readonly flops: number | null;
  /** rough seconds on a calm machine: kernels with the threads of the plan, the rest at the nominal rates of one core */
  readonly seconds: number;
  /** `seconds` is the most that it may take, not an estimate */
  readonly atMost: boolean;
  /** that it holds beside the kernels */
  readonly bytes: number;
}

export interface ForecastStagesOptions extends Omit<KernelWork, keyof LongWork> {
  /** real networks beside the forecast; missing: none */
  readonly verify?: VerifyOptions | undefined;
}

type Cost = Pick<ForecastStage, "flops" | "seconds" | "bytes"> & { readonly atMost?: boolean };

const stage = (
  name: ForecastStage["name"],
  labels: readonly string[],
  what: string,
  cost: Cost,
): ForecastStage => ({ name, labels, what, runs: true, atMost: false, ...cost });

const leftOut = (name: ForecastStage["name"], labels: readonly string[], why: string): ForecastStage => ({
  ...{ name, labels, what: why, runs: false, flops: 0, seconds: 0, atMost: false, bytes: 0 },
});

interface KernelCost {
  readonly flops: { readonly gram: number; readonly layers: number };
  readonly seconds: number;
  readonly bytes: { readonly total: number };
}

const kernelFlops = ({ flops }: Pick<KernelCost, "flops">) => flops.gram + flops.layers;

const kernelCost = (...plans: readonly KernelCost[]): Cost => ({
  flops: plans.reduce((sum, plan) => sum + kernelFlops(plan), 0),
  seconds: plans.reduce((sum, { seconds }) => sum + seconds, 0),
  bytes: Math.max(...plans.map(({ bytes }) => bytes.total)),
});

/** Matrix products of one core, at the nominal rate. */
const productCost = (multiplyAdds: number, bytes: number): Cost => ({
  ...{ flops: 2 * multiplyAdds, seconds: secondsOf({ products: multiplyAdds, loops: 0, series: 0 }), bytes },
});

function sum(...costs: readonly Cost[]): Cost {
  return costs.reduce((a, b) => ({
    flops: a.flops === null || b.flops === null ? null : a.flops + b.flops,
    seconds: a.seconds + b.seconds,
    bytes: a.bytes + b.bytes,
  }));
}

/** Steps of all networks: a pass forward and back over the train samples each. */
function verificationStage(
  network: Network,
  recipe: ForecastRecipe,
  [n, m]: readonly [number, number],
  { networks = DEFAULT_NETWORKS, steps = DEFAULT_STEPS }: VerifyOptions,
  threads: number,
): ForecastStage {
  const labels = ["training", `training ${networks} networks`];
  let model: FiniteModel;
  try {
    model = finiteModel(network);
  } catch (error) {
    if (!isForetrainError(error, "ERR_UNAVAILABLE")) throw error;
    return leftOut("verification", labels, error.message);
  }
  const horizon = Math.min(steps, recipe.training.steps ?? steps);
  const step = jetWork(model, {
    samples: n,
    parameters: [true],
    backward: { count: 1, cotangent: [true], visit: { gradients: 1 } },
  });
  const look = jetWork(model, { samples: n + m, parameters: [true], backward: null });
  const times = { steps: networks * horizon, looks: networks * Math.min(CURVE_POINTS, horizon + 1) };
  const each = (kind: "products" | "loops" | "series") => times.steps * step[kind] + times.looks * look[kind];
  const work = { products: each("products"), loops: each("loops"), series: each("series") };
  const atOnce = Math.max(1, Math.min(networks, threads));
  // weights, gradients and momentum in float32, and the activations of a pass there and back
  const bytes = atOnce * 4 * (3 * model.parameterCount + 2 * n * activationsOf(model));
  return stage(
    "verification",
    labels,
    `${networks} networks of ${model.parameterCount} parameters, ${horizon} steps${recipe.training.steps === null ? " at most" : ""}`,
    {
      flops: 2 * (work.products + work.loops),
      seconds: secondsOf(work, TRAINING_RATES) / atOnce,
      bytes,
      atMost: recipe.training.steps === null,
    },
  );
}

/** Numbers that a pass holds for one sample. */
const activationsOf = ({ tape }: FiniteModel) =>
  tape.values.reduce((all, { shape }) => all + shape.reduce((product, side) => product * side, 1), 0);

/**
 * All stages of `runForecast`, in its order, with their counted work. What is not in it, such as the report, takes about a second. Seconds are estimates on a calm machine, good to a factor of 2 or so.
 */
export function forecastStages(
  network: Network,
  inputs: ForecastInputs,
  recipe: ForecastRecipe,
  options: ForecastStagesOptions = {},
): ForecastStage[] {
  const engine = engineOf(options);
  const [n, m] = [inputs.train.labels.length, inputs.test.labels.length];
  const k = inputs.classNames.length;
  const { ensemble: draws, corrections, noise } = recipe.training;
  const main = planForecast(network, inputs, {
    ...engine,
    networks: draws,
    networkTestSamples: BAND_TEST_SAMPLES,
  });
  const bands = Math.min(m, BAND_TEST_SAMPLES);
  const joint = n + bands;
  const stackOrReason = forecastStack(network);
  const stack = typeof stackOrReason === "string" ? null : stackOrReason;
  const sweep = planSweep(network, stack, { train: n, test: m }, engine);
  const few = { train: Math.min(n, ADVICE_SAMPLES.train), test: Math.min(m, ADVICE_SAMPLES.test) };
  const variant = planKernelPair(network, few, engine);
  const fit = logisticWork(inputs);
  const widths = finiteWidthCost(network, corrections);
  const shift = noise === 0 ? null : shiftCost(network, corrections);
  const held = (name: "finite width" | "noise", what: string, cost: { seconds: number; bytes: number }) =>
    stage(name, [name], what, { flops: null, ...cost, atMost: true });
  return [
    stage("kernel, train", ["kernel, train"], `${n} x ${n}, symmetric`, kernelCost(main.train)),
    stage("kernel, test", ["kernel, test"], `${m} x ${n}`, kernelCost(main.testTrain)),
    stage(
      "spectra",
      ["spectrum of the ntk", "spectrum of the nngp"],
      `two eigen-decompositions, ${n} x ${n}`,
      // about 6 n^3 operations each
      productCost(6 * n ** 3, DENSE_COPIES * n * n * 8),
    ),
    typeof fit === "string"
      ? leftOut("linear model", ["logistic regression"], fit)
      : stage("linear model", ["logistic regression"], `logistic regression of the ${n} train samples`, {
          ...productCost(fit, 8 * n * (inputs.train.x.data.length / n + 4 * k)),
        }),
    stage(
      "curves",
      ["ensemble"],
      `kernel of ${bands} test samples, ${draws} networks drawn, about ${CURVE_POINTS} times`,
      sum(
        kernelCost(planKernel(network, bands, null, { ...engine, get: ["nngp"] })),
        productCost(joint ** 3 / 6 + CURVE_POINTS * joint * n * draws * k, main.ensembleBytes),
      ),
    ),
    stack === null
      ? leftOut("phase diagram", ["phase diagram"], "the network is no stack of equal hidden layers")
      : stage(
          "phase diagram",
          [`phase diagram of ${stack.repeated.activation.label}`],
          "moments on a plane of variances",
          {
            ...{ flops: null, seconds: PHASE_SECONDS, bytes: 0 },
          },
        ),
    sweep === null
      ? leftOut(
          "depth sweep",
          ["depths"],
          "left out: nothing repeats in the network, or it would take too long",
        )
      : stage(
          "depth sweep",
          ["depths"],
          `${sweep.depths.length} depths up to ${sweep.depths.at(-1)}, ${sweep.train} train and ${sweep.test} test samples` +
            (sweep.reduced ? " (fewer than usual, for their cost)" : "") +
            ", on one core",
          {
            flops: kernelFlops(sweep.kernels.train) + kernelFlops(sweep.kernels.testTrain),
            seconds: sweep.seconds,
            bytes: sweep.kernels.train.bytes.total + sweep.kernels.testTrain.bytes.total,
          },
        ),
    "reason" in widths
      ? leftOut("finite width", ["finite width"], widths.reason)
      : held("finite width", "expansions around the linear model, to order 3", widths),
    ...(shift === null
      ? []
      : [
          "reason" in shift
            ? leftOut("noise", ["noise"], shift.reason)
            : held("noise", "shift of the outputs by noise, to order 2", shift),
        ]),
    stage(
      "advice",
      ["advice"],
      `at most one other network, ${few.train} train and ${few.test} test samples`,
      { ...kernelCost(variant.train, variant.testTrain), atMost: true },
    ),
    ...(options.verify === undefined
      ? []
      : [
          verificationStage(
            network,
            recipe,
            [n, bands],
            options.verify,
            options.threads ?? hardwareThreads(),
          ),
        ]),
  ];
}
