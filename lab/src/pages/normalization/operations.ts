/**
 * What the worker computes for the page Normalization.
 * @module
 */
import {
  activationOf,
  centredProblem,
  type GammaFlow,
  gammaFlow,
  isCentred,
  type LongWork,
  matrix,
  normalizationWarnings,
  parseLaw,
  requireStableSteps,
  type ShallowEnsemble,
  type ShallowProblem,
  type ShallowSolution,
  shallowFromLaws,
  shallowLimit,
  shallowSetup,
  shallowSolution,
  trainShallowEnsemble,
  type UnitsError,
  unitsError,
  type WaveProblem,
  waveProblem,
} from "foretrain";
import type { OperationWork } from "../../engine/protocol.js";
import type { ProblemChoice } from "./fields.js";
import { CORRECTIONS, layerOf, particlesOf, TEST_POINTS, timesOf } from "./specification.js";

interface Prepared {
  readonly problem: ShallowProblem;
  readonly wave: WaveProblem;
  readonly description: readonly string[];
}

/** Of the solver, as the command has it. */
const TOLERANCE = 1e-8;

async function prepare(choice: ProblemChoice): Promise<Prepared> {
  const { data, train, seed, alpha, bias, center } = choice;
  const wave = waveProblem({ kind: data, train, test: TEST_POINTS[data], seed });
  const { network, inputs, description } = shallowFromLaws({
    activation: layerOf(choice),
    outer: parseLaw("law of C", choice.outer),
    inner: parseLaw("law of W", choice.inner),
    bias: bias === "" ? undefined : parseLaw("law of the biases", bias),
    columns: wave.train.x.shape[1],
  });
  const setup = await shallowSetup(
    network,
    { x: inputs(wave.train.x), testX: inputs(wave.test.x), y: wave.train.y },
    { particles: particlesOf(choice), seed },
  );
  const given = { ...setup.problem, alpha, times: timesOf(choice), tolerance: TOLERANCE };
  return {
    wave,
    problem: center ? centredProblem(given) : given,
    description: [description, wave.description, ...setup.description],
  };
}

/** The last problem: requests of one kind follow each other. */
let known: { readonly key: string; readonly prepared: Promise<Prepared> } | null = null;

function prepared(choice: ProblemChoice): Promise<Prepared> {
  const key = JSON.stringify(choice);
  if (known?.key !== key) known = { key, prepared: prepare(choice) };
  return known.prepared;
}

export interface CheckInput {
  readonly choice: ProblemChoice;
  readonly units: number;
}

export interface CheckReading {
  readonly input: CheckInput;
  readonly warnings: readonly string[];
}

/** Whether the problem can be read and its training is stable: milliseconds, before anything long. */
async function check(input: CheckInput): Promise<CheckReading> {
  const { problem } = await prepared(input.choice);
  const settings = { units: input.units, batch: input.choice.batch };
  requireStableSteps(problem, settings);
  return { input, warnings: normalizationWarnings(problem, settings) };
}

/** Points and their targets. */
export interface PointsReading {
  /** [points, features] */
  readonly x: Float64Array;
  readonly y: Float64Array;
}

export interface SolutionReading {
  readonly choice: ProblemChoice;
  /** false: only the limit is there yet */
  readonly finished: boolean;
  readonly solution: ShallowSolution;
  readonly train: PointsReading;
  readonly test: PointsReading;
  /** through kinks: what the units that stand for infinitely many add to the error of means; null: not measured, or without kinks */
  readonly unitsError: UnitsError | null;
  readonly description: readonly string[];
}

/** Results move to the page: what the worker keeps is copied. */
const copyOf = ({ x, y }: WaveProblem["train"]): PointsReading => ({ x: x.data.slice(), y: y.slice() });

async function solve(choice: ProblemChoice, work: OperationWork): Promise<SolutionReading> {
  const { problem, wave, description } = await prepared(choice);
  const { signal, onProgress } = work;
  const noise = choice.batch === "sgd";
  const kinked = activationOf(problem.network.activation).breakPoints.length > 0;
  const ofUnits = kinked ? await unitsError(problem, { signal }) : null;
  const told = (solution: ShallowSolution, finished: boolean): SolutionReading => ({
    choice,
    finished,
    solution,
    train: copyOf(wave.train),
    test: copyOf(wave.test),
    unitsError: ofUnits,
    description,
  });
  if (isCentred(problem.network)) {
    const limit = await shallowLimit(problem, { noise, signal });
    // h alone, until its corrections are there; the arrays move to the page
    const { times, train, test } = structuredClone(limit);
    const expansion = { times, train: [train], test: test === null ? null : [test] };
    work.onPart?.(told({ times, centred: true, limit, expansion, refusal: null }, false));
  }
  return told(await shallowSolution(problem, { corrections: CORRECTIONS, noise, signal, onProgress }), true);
}

export interface FlowInput {
  readonly choice: ProblemChoice;
  readonly units: number;
  /** those that need a flow */
  readonly gammas: readonly number[];
}

export interface FlowReading {
  readonly input: FlowInput;
  readonly flows: readonly { readonly gamma: number; readonly flow: GammaFlow }[];
}

async function flows(input: FlowInput, { signal, onProgress }: LongWork): Promise<FlowReading> {
  const { choice, units, gammas } = input;
  const { problem } = await prepared(choice);
  const found: FlowReading["flows"][number][] = [];
  for (const gamma of gammas) {
    onProgress?.({ label: "mean field", done: found.length, total: gammas.length, unit: "flows" });
    found.push({ gamma, flow: await gammaFlow(problem, units, gamma, { signal }) });
  }
  return { input, flows: found };
}

export interface TrainInput {
  readonly choice: ProblemChoice;
  readonly units: number;
  readonly gammas: readonly number[];
  readonly runs: number;
}

/** Real networks, as many of each gamma as are trained so far. */
export interface TrainedReading {
  readonly input: TrainInput;
  readonly runs: number;
  readonly sets: readonly ShallowEnsemble[];
}

/** Networks of each gamma between two pictures. */
const ROUND = 4;

/** Two parts of one ensemble after each other. */
function joined(first: ShallowEnsemble, second: ShallowEnsemble): ShallowEnsemble {
  const join = (side: "train" | "test") =>
    first[side]!.map(({ data, shape: [rows, columns] }, t) => {
      const more = second[side]![t]!;
      const out = matrix(rows + more.shape[0], columns);
      out.data.set(data);
      out.data.set(more.data, data.length);
      return out;
    });
  return { ...first, train: join("train"), test: join("test") };
}

const copied = (set: ShallowEnsemble): ShallowEnsemble => {
  const copy = (side: "train" | "test") =>
    set[side]!.map(({ data, shape }) => matrix(shape[0], shape[1], data.slice()));
  return { ...set, train: copy("train"), test: copy("test") };
};

async function train(input: TrainInput, work: OperationWork): Promise<TrainedReading> {
  const { choice, units, gammas, runs } = input;
  const { problem } = await prepared(choice);
  const { network, x, y, testX, alpha, times } = problem;
  let sets: readonly ShallowEnsemble[] | null = null;
  for (let first = 0; first < runs; first += ROUND) {
    const count = Math.min(ROUND, runs - first);
    const round = await trainShallowEnsemble({
      network,
      x,
      y,
      testX,
      times,
      alpha,
      cases: gammas.map((gamma) => ({ units, gamma })),
      runs: count,
      firstRun: first,
      seed: choice.seed,
      batch: choice.batch,
      signal: work.signal,
      onProgress: ({ done, total }) =>
        work.onProgress?.({
          label: "networks",
          done: gammas.length * (first + (count * done) / total),
          total: gammas.length * runs,
          unit: "networks",
        }),
    });
    sets = sets === null ? round : sets.map((set, i) => joined(set, round[i]!));
    if (first + count < runs) {
      work.onPart?.({ input, runs: first + count, sets: sets.map(copied) } satisfies TrainedReading);
    }
  }
  return { input, runs, sets: sets ?? [] };
}

export const normalizationOperations = {
  "normalization.check": check,
  "normalization.solve": solve,
  "normalization.flows": flows,
  "normalization.train": train,
};

export type NormalizationOperations = typeof normalizationOperations;
