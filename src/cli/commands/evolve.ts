/**
 * `foretrain evolve`: a finite network under noisy training, predicted order by order, with simulated paths beside it.
 * @module
 */
import { writeNpz } from "../../data/index.js";
import {
  linearStabilityLimit,
  minibatchEvolution,
  noisyEvolution,
  requireExpandable,
} from "../../dynamics/index.js";
import { ForetrainError } from "../../errors.js";
import { numberText } from "../../figures/index.js";
import { finiteModel, initialParameters } from "../../finite/index.js";
import { evolutionNotes } from "../../forecast/index.js";
import { describeNetwork } from "../../network/index.js";
import { writeFileAtomic } from "../../runs/index-node.js";
import type { CommandContext, CommandResult } from "../command.js";
import { checkOutputs, isStandardOutput } from "../output-files.js";
import { duration } from "../terminal.js";
import { type EvolveData, type EvolveDataOptions, evolveData } from "./evolve-data.js";
import { arraysOf, pictureOf } from "./evolve-files.js";
import { simulatedTable, tableOf } from "./evolve-table.js";

export interface EvolveCommandOptions extends EvolveDataOptions {
  /** default 0.1; 0 with batches */
  readonly noise?: number;
  /** default 2; 1 with batches */
  readonly order?: 1 | 2 | 3;
  readonly batch?: number;
  readonly times: string;
  readonly learningRate?: number;
  readonly networkSeed: number;
  readonly simulate?: number;
  readonly simulateTrace?: boolean;
  readonly probes?: number;
  readonly memory?: number;
  readonly out?: string;
  readonly svg?: string;
}

const MOST_TIMES = 10_000;
/** Euler steps of simulations without a learning rate, as a share of the stable one: their own error is about as large. */
const STEP_SHARE = 0.02;

/**
 * Times of `0.5,1,2` or `start:stop:count`, both ends included.
 * @throws ForetrainError `ERR_USAGE`
 */
export function parseTimes(text: string): number[] {
  const wrong = (what: string) =>
    new ForetrainError(
      "ERR_USAGE",
      `--times: got "${text}": ${what}; expected ascending numbers such as 0.5,1,2 or start:stop:count such as 0:4:17`,
      { argument: "--times", got: text },
    );
  const number = (part: string) => (part.trim() === "" ? Number.NaN : Number(part));
  const good = (value: number) => value >= 0 && Number.isFinite(value);
  if (!text.includes(":")) {
    const times = text.split(",").map(number);
    if (!times.every(good)) throw wrong("times are finite numbers >= 0");
    if (times.some((time, i) => i > 0 && time <= times[i - 1]!)) throw wrong("they do not ascend");
    return times;
  }
  const [start, stop, count, ...more] = text.split(":").map(number) as [number, number, number, ...number[]];
  if (!(good(start) && good(stop) && start < stop && more.length === 0))
    throw wrong("there must be three parts with 0 <= start < stop");
  if (!(Number.isSafeInteger(count) && count >= 2 && count <= MOST_TIMES))
    throw wrong(`the count must be a whole number from 2 to ${MOST_TIMES}`);
  return Array.from({ length: count }, (_, i) => start + ((stop - start) * i) / (count - 1));
}

/** Times as whole numbers of steps, each once. */
function onSteps(times: readonly number[], step: number): number[] {
  const steps = [...new Set(times.map((time) => Math.round(time / step)))];
  return steps.map((count) => count * step);
}

/** The step of simulations: the learning rate, or a small one of which the first time is a whole number. */
function stepOf(times: readonly number[], learningRate: number | undefined, limit: number): number {
  if (learningRate !== undefined) return learningRate;
  const gaps = times.map((time, i) => time - (i === 0 ? 0 : times[i - 1]!)).filter((gap) => gap > 0);
  const gap = Math.min(...gaps, STEP_SHARE * limit * 1e9);
  return Number.isFinite(gap) && gap > 0
    ? gap / Math.max(1, Math.ceil(gap / (STEP_SHARE * limit)))
    : STEP_SHARE * limit;
}

function requireStable(learningRate: number | undefined, limit: number): void {
  if (learningRate === undefined || learningRate < limit) return;
  throw new ForetrainError(
    "ERR_NUMERICAL",
    `--learning-rate: got ${learningRate}, but gradient descent on 1/(2 n) sum (f - y)^2 diverges from ${numberText(limit, 6)} on ` +
      `(2 n / lambda_max of the tangent kernel at the start); take a smaller learning rate`,
    { argument: "--learning-rate", got: learningRate, limit },
  );
}

/** Noise of the weights and Taylor degree: batches alone are noise enough, and known for the linear model only. */
function noiseOf({ batch, learningRate, noise, order }: EvolveCommandOptions): {
  readonly noise: number;
  readonly order: 1 | 2 | 3;
} {
  if (batch === undefined) return { noise: noise ?? 0.1, order: order ?? 2 };
  if (learningRate === undefined) {
    throw new ForetrainError(
      "ERR_USAGE",
      `--batch: got ${batch} without --learning-rate, expected both: the noise of minibatches goes with the step that they are taken with`,
      { argument: "--learning-rate", got: undefined, expected: "a number > 0" },
    );
  }
  if (order !== undefined && order !== 1) {
    throw new ForetrainError(
      "ERR_USAGE",
      `--order: got ${order} with --batch, expected 1: the noise of minibatches is known for the linear model; leave --order out, or --batch for the orders 2 and 3 of constant noise (--noise)`,
      { argument: "--order", got: order, expected: 1 },
    );
  }
  return { noise: noise ?? 0, order: 1 };
}

function requireBatch(batch: number | undefined, samples: number): void {
  if (batch === undefined || batch <= samples) return;
  throw new ForetrainError(
    "ERR_USAGE",
    `--batch: got ${batch} samples in a step, but there are ${samples} to train on; expected at most ${samples}, or more samples (--train)`,
    { argument: "--batch", got: batch, expected: `<= ${samples}` },
  );
}

/** Plain numbers instead of typed arrays. */
const plain = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_key, item: unknown) => (item instanceof Float64Array ? Array.from(item) : item)),
  );

/** What order 1 says of the mean. */
function linearLines(batch: number | undefined, noise: number, order: number): string[] {
  if (batch !== undefined) {
    return [
      "the linear model, exact for every step: draws spread its outputs by their residuals and leave their mean at that of full batches",
    ];
  }
  return noise > 0 && order === 1
    ? [
        "order 1 is the linear model: noise spreads its outputs and leaves their mean; --order 2 shows what it does to the mean",
      ]
    : [];
}

export async function evolveCommand(
  networkArgument: string,
  options: EvolveCommandOptions,
  context: CommandContext,
): Promise<CommandResult> {
  const { learningRate, simulate, batch } = options;
  const { noise, order } = noiseOf(options);
  const asked = parseTimes(options.times);
  if (simulate !== undefined && (simulate < 4 || simulate % 2 === 1)) {
    throw new ForetrainError(
      "ERR_USAGE",
      `--simulate: got ${simulate}, expected an even number of paths >= 4: they run in pairs with opposite noise`,
      { argument: "--simulate", got: simulate },
    );
  }
  if (options.simulateTrace === true && simulate === undefined) {
    throw new ForetrainError("ERR_USAGE", "--simulate-trace: needs --simulate with a number of paths", {
      argument: "--simulate-trace",
    });
  }
  await checkOutputs(
    { "--out": options.out, "--svg": options.svg },
    { "--data": /\.npz$/i.test(options.data) ? options.data : undefined },
  );
  const data = await evolveData(networkArgument, options, context);
  requireBatch(batch, data.x.shape[0]!);
  const { terminal, signal } = context;
  const started = performance.now();
  const model = finiteModel(data.network);
  const parameters = initialParameters(model, { seed: options.networkSeed });
  const outputs = model.outputShape.reduce((product, side) => product * side, 1);
  if (outputs !== data.y.shape[1]) {
    throw new ForetrainError(
      "ERR_SPEC",
      `network: gives ${outputs} outputs, the targets of ${options.data} have ${data.y.shape[1]}; end it with { "kind": "dense", "units": ${data.y.shape[1]} }` +
        (data.y.shape[1] === 1 ? " (two classes are the targets -1 and 1 of one output)" : ""),
      { argument: "network", got: outputs, expected: data.y.shape[1] },
    );
  }
  const shape = (a: EvolveData["y"]) => ({ data: a.data, shape: [a.shape[0]!, ...model.outputShape] });
  const seed = options.seed ?? 0;
  const traces = options.probes === undefined ? undefined : { probes: options.probes, seed };
  const given = { model, parameters, x: data.x, y: shape(data.y), testX: data.testX, noise };
  const expansion = { order, memory: options.memory, traces };
  // what does not fit is refused before the limit is looked for
  if (batch === undefined) requireExpandable({ ...given, ...expansion, times: asked });
  const limit = await linearStabilityLimit(model, parameters, data.x, { signal });
  requireStable(learningRate, limit);
  const step = stepOf(asked, learningRate, limit);
  const times = simulate === undefined && learningRate === undefined ? asked : onSteps(asked, step);
  terminal.note(
    `${data.title}: ${data.x.shape[0]} train and ${data.testX?.shape[0] ?? 0} test samples, ${model.parameterCount} parameters`,
  );
  const problem = {
    ...given,
    testY: data.testY === undefined ? undefined : shape(data.testY),
    ...{ times, signal, onProgress: terminal.progress },
  };
  const trace = options.simulateTrace === true;
  const evolution =
    batch !== undefined
      ? await minibatchEvolution({
          ...problem,
          ...{ batch, learningRate: step },
          simulate: simulate === undefined ? null : { paths: simulate, seed, hessianTrace: trace },
        })
      : await noisyEvolution({
          ...problem,
          ...expansion,
          simulate: simulate === undefined ? null : { pairs: simulate / 2, step, seed, hessianTrace: trace },
        });
  const seconds = (performance.now() - started) / 1000;
  const written: string[] = [];
  if (options.out !== undefined) {
    await writeFileAtomic(options.out, writeNpz(arraysOf(evolution, data, outputs)), { signal });
    written.push(options.out);
  }
  if (options.svg !== undefined) {
    await writeFileAtomic(options.svg, pictureOf(evolution, data), { signal });
    written.push(options.svg);
  }
  const end = written.length === 0 ? duration(seconds) : `wrote ${written.join(", ")}, ${duration(seconds)}`;
  return {
    text: [
      `${describeNetwork(data.network).join(", ")}; order ${order}, ${
        batch === undefined ? "" : `batches of ${batch} of ${data.x.shape[0]} with replacement, `
      }noise s = ${numberText(noise)} (variance s^2 of every weight per unit of time)`,
      `time = learning rate x steps of the loss 1/(2 n) sum (f - y)^2; gradient descent is stable below ${numberText(limit, 4)}`,
      "",
      ...tableOf(evolution, learningRate),
      "",
      ...(batch === undefined || simulate === undefined ? [] : [...simulatedTable(evolution), ""]),
      ...linearLines(batch, noise, order),
      ...(simulate === undefined
        ? []
        : [
            `simulated: ${simulate} paths of ${batch === undefined ? "" : "minibatch "}steps of ${numberText(step, 4)}; z in standard errors, root mean square over the outputs`,
          ]),
      ...evolutionNotes(evolution),
      end,
    ].join("\n"),
    onStderr: [options.out, options.svg].some((path) => path !== undefined && isStandardOutput(path)),
    json: {
      data: data.title,
      parameters: model.parameterCount,
      networkSeed: options.networkSeed,
      notes: evolutionNotes(evolution),
      largestLearningRate: limit,
      learningRate: learningRate ?? null,
      step: simulate === undefined ? null : step,
      paths: simulate ?? null,
      seconds,
      out: options.out ?? null,
      svg: options.svg ?? null,
      ...(plain(evolution) as object),
    },
  };
}
