/**
 * What expansions around the linear model cost, counted before they run.
 * @module
 */
import { addWork, type JetWork, jetWork } from "../finite/jet-work.js";
import type { FiniteModel } from "../finite/model.js";
import { sizeOf } from "../numeric/matrix.js";
import { tracesFor } from "./noise/noise-low-rank.js";
import type { TraceMethod } from "./noise/noise-tensors.js";

export type { JetWork } from "../finite/jet-work.js";

const NONE: JetWork = { products: 0, loops: 0, series: 0 };
const DIRECTION = [true, true];
const unit = (order: number) => Array.from({ length: order + 1 }, (_, k) => k === 0);
/** Multiply-adds of the solver's own sums for each number of the state and slope, on average over the stages of a step. */
const SOLVER = 5;

/**
 * Slopes that the solver takes at a tolerance of 1e-4 up to `decays` = t a, with a the largest rate of a system: those of the
 * first steps, and those for every decay once stability limits the steps.
 */
const slopesOf = (decays: number, first: number, rate: number) => first + rate * decays;
const FIRST = 60;
const EACH = 2.4;

/**
 * Work of `lazyExpansion` at a tolerance of 1e-4 up to `decays` = t lambda_max / n: for every slope a pass of jets forward and back
 * over the train samples, and the solver's sums. The number of slopes is an estimate, what each costs is counted.
 */
export function lazyExpansionWork(
  model: FiniteModel,
  samples: number,
  order: number,
  decays: number,
): JetWork {
  return addWork(NONE, lazySlopeWork(model, samples, order), slopesOf(decays, FIRST + 12, EACH));
}

/** Of one slope. */
export function lazySlopeWork(model: FiniteModel, samples: number, order: number): JetWork {
  const whole = new Array<boolean>(order + 1).fill(true);
  const pass = jetWork(model, {
    samples,
    parameters: whole,
    backward: { count: 1, cotangent: whole.map((_, k) => k < order), visit: { gradients: order } },
  });
  return addWork(pass, { products: 0, loops: (SOLVER + 1) * order * model.parameterCount, series: 0 });
}

/** A problem of {@link noiseExpansion} at order 2, by the low-rank path. */
export interface NoiseWorkInput {
  readonly model: FiniteModel;
  readonly trainSamples: number;
  readonly testSamples: number;
  readonly traces?: TraceMethod | undefined;
  /** times at which it is looked at, times the strengths of noise */
  readonly looks: number;
  /** the last time in units of n / lambda_max */
  readonly decays: number;
}

/**
 * Work of `noiseExpansions` at order 2 by the low-rank path, for R = all outputs: gradients and their basis, one pass for every
 * direction of it and its R^2 P / 2 coordinates, one for every probe, and the moment systems at a tolerance of 1e-4, whose slopes
 * are an estimate. The few R^3 of one small eigenproblem are not in it.
 */
export function noiseExpansionWork(input: NoiseWorkInput): JetWork {
  const { model, trainSamples, testSamples, looks, decays } = input;
  const p = model.parameterCount;
  const outputs = sizeOf(model.outputShape);
  const samples = trainSamples + testSamples;
  const n = trainSamples * outputs;
  const rows = samples * outputs;
  const r = Math.min(rows, p);
  const seen = Math.min(n, p);
  const traces = tracesFor(p, input.traces);
  const [probes, groups] = traces === "exact" ? [p, 1] : [traces.probes, Math.min(16, traces.probes)];
  const along = (order: number) =>
    jetWork(model, {
      samples,
      parameters: order === 0 ? [true] : DIRECTION,
      backward: { count: outputs, cotangent: unit(order), visit: { rows: [order] } },
    });
  const probe = jetWork(model, { samples, parameters: [true, true, false], backward: null });
  let work = addWork(along(0), jetWork(model, { samples, parameters: [true], backward: null }));
  // every row loses its parts along the basis so far, twice, by a product and a sum
  let pairs = 0;
  for (let i = 0; i < rows; i++) pairs += Math.min(i, r);
  const basis = {
    products: rows * r * p + n * seen * p + seen * n * seen + seen * seen * p,
    loops: (4 * pairs + 2 * rows) * p,
    series: 0,
  };
  const coordinates = { products: (rows * p * r * (r + 1)) / 2, loops: looks * n * r * p, series: 0 };
  work = addWork(addWork(addWork(work, basis), along(1), r), coordinates);
  work = addWork(addWork(work, probe, probes), { products: 0, loops: 4 * r * p, series: 0 }, probes);
  // quiet, noise and flat, all of which contract every Hessian of a train output with the mean, and the paths of the flat weights
  const quiet = 4 * n * r + n * r * r;
  const noise = n * (5 * r + 6 * r * r) + r * r + SOLVER * (r + r * r);
  const flat = quiet + groups * (n * r + SOLVER * r);
  const paths = (4 + SOLVER) * n * r;
  // the covariance of two modes decays with the sum of their rates
  const slow = slopesOf(decays, FIRST, EACH);
  const fast = slopesOf(2 * decays, FIRST, EACH);
  const system = slow * (quiet + flat) + fast * noise + looks * FIRST * paths;
  return addWork(work, { products: 0, loops: system, series: 0 });
}
