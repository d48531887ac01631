/**
 * Noisy training of large networks: the moment system in the few directions that the outputs' gradients span.
 * @module
 */
import { ForetrainError } from "../../errors.js";
import { gemm, view } from "../../numeric/linalg/index.js";
import { odeSteps, toEndInPieces } from "../../numeric/ode.js";
import { gradientsAlong, outputsAt, rowsOf } from "../gradients-along.js";
import type { ModeProblem } from "./noise-mode-contractions.js";
import { modeOutputs } from "./noise-mode-outputs.js";
import { flatSystem, type ModeSystem, noiseSystem, quietSystem } from "./noise-mode-system.js";
import { addScaled, dot, linearState, type ModeBasis, modeBasis } from "./noise-modes.js";
import { type NoiseProblem, type NoisyOutputs, tooLarge } from "./noise-problem.js";
import { bytesOfTensors, modeTensors, type TraceMethod } from "./noise-tensors.js";

/** Networks up to this many parameters have their traces taken exactly unless told otherwise. */
const MOST_EXACT = 2048;
const PROBES = 64;

/** How traces are taken unless told otherwise. */
export function tracesFor(parameters: number, traces?: TraceMethod): TraceMethod {
  return traces ?? (parameters <= MOST_EXACT ? "exact" : { probes: PROBES, seed: 0 });
}

/** Refuses what does not fit, before anything is computed; `noises`: how many. */
export function requireLowRankMemory(problem: NoiseProblem, noises: number): void {
  const { point, targets, order, times, memory } = problem;
  const count = point.model.parameterCount;
  const rows = rowsOf(point);
  const bytesOf = (of: 1 | 2 | 3) =>
    (of === 1 ? 8 * 3 * rows * count : bytesOfTensors(of, rows, targets.length, count)) +
    8 * of * times.length * noises * count;
  const bytes = bytesOf(order);
  if (bytes <= memory) return;
  const fits = ([2, 1] as const).find((lower) => lower < order && bytesOf(lower) <= memory);
  const less = fits === undefined ? "use" : `use order ${fits}, which fits,`;
  throw tooLarge(problem, rows, count, bytes, `${less} fewer samples, ${order === 1 ? "times" : "units"}`);
}

/** For every one of `noises`: all that costs much does not know the noise. */
export async function lowRankExpansion(
  problem: NoiseProblem,
  noises: readonly number[],
  traces: TraceMethod | undefined,
): Promise<NoisyOutputs[][]> {
  const { point, targets, trainSamples, order, times, work } = problem;
  const count = point.model.parameterCount;
  const rows = rowsOf(point);
  const n = targets.length;
  requireLowRankMemory(problem, noises.length);
  const gradients = new Float64Array(rows * count);
  gradientsAlong(point, null, [gradients]);
  const value = outputsAt(point);
  const residual = Float64Array.from(targets, (target, i) => value[i]! - target);
  if (!gradients.every(Number.isFinite)) {
    throw new ForetrainError(
      "ERR_NUMERICAL",
      "noise corrections: the gradients of the outputs are not finite at these parameters",
      { argument: "parameters" },
    );
  }
  const basis = await modeBasis(gradients, count, residual, trainSamples);
  const means = times.map((time) => {
    const w = new Float64Array(count);
    if (basis.size === 0) return w;
    const { mean } = linearState(basis, residual, time);
    gemm(1, count, basis.size, 1, view(mean, 0, basis.size), view(basis.directions, 0, count), w, 0, count);
    return w;
  });
  if (order === 1) return noises.map((noise) => firstOrder(problem, noise, basis, value, residual, means));

  const paths: Float64Array[][] = [];
  for (const noise of noises) paths.push(await flatPaths(problem, noise, basis, residual));
  const firsts = noises.map(() => times.map(() => new Float64Array(count)));
  const r = basis.size;
  const tensors = await modeTensors(
    point,
    basis,
    {
      order,
      trainRows: n,
      traces: tracesFor(count, traces),
      onDirection(e, flat) {
        for (const [s, ofNoise] of paths.entries()) {
          for (const [k, w] of ofNoise.entries()) {
            for (let i = 0; i < n; i++) {
              addScaled(-w[i * r + e]!, flat.subarray(i * count, (i + 1) * count), firsts[s]![k]!);
            }
          }
        }
      },
    },
    work,
  );
  const modes: ModeProblem = { basis, tensors, residual, rows, samples: trainSamples, order };
  const quiet = await solve(problem, quietSystem(modes));
  const along = await solve(problem, noiseSystem(modes));
  const flat = await solve(problem, flatSystem(modes));
  const outputsAtTime = (noise: number, flatFirst: readonly Float64Array[], time: number, k: number) => {
    const states = { quiet: quiet[k]!, noise: along[k]!, flat: flat[k]! };
    const out = modeOutputs(modes, value, time, noise, states);
    const first = flatFirst[k]!;
    const groups = states.flat.groups;
    for (let e = 0; e < r; e++) {
      let x = states.quiet.x[e]! + noise ** 2 * states.noise.x[e]!;
      for (const group of groups) x += (noise ** 2 * group.x[e]!) / groups.length;
      // the flat sums still have parts in the basis, which belong to x
      const direction = basis.directions.subarray(e * count, (e + 1) * count);
      addScaled(x - dot(direction, first), direction, first);
    }
    return {
      time,
      method: "lowRank" as const,
      terms: out.terms,
      variance: out.variance,
      varianceCorrection: out.varianceCorrection,
      weights: [means[k]!, first],
      hessianTrace: out.hessianTrace,
      traceErrors:
        out.errors === null || out.hessianTraceErrors === null
          ? null
          : { terms: out.errors, hessianTrace: out.hessianTraceErrors },
    };
  };
  return noises.map((noise, s) => times.map((time, k) => outputsAtTime(noise, firsts[s]!, time, k)));
}

async function solve<Parts>(
  { times, tolerance, work }: NoiseProblem,
  system: ModeSystem<Parts>,
): Promise<Parts[]> {
  const steps = odeSteps(system.slope, new Float64Array(system.size), times, { tolerance });
  return (await toEndInPieces(steps, work.signal)).map(system.parts);
}

/** W_ie [n, R] at every time, with the noise's part: the flat part of mu_1 is -sum_ie W_ie P_0 H_i e. */
function flatPaths(
  problem: NoiseProblem,
  noise: number,
  basis: ModeBasis,
  residual: Float64Array,
): Promise<Float64Array[]> {
  const { trainSamples } = problem;
  const r = basis.size;
  return solve(problem, {
    size: residual.length * r,
    parts: (state) => state,
    slope(t, _, out) {
      const { mean, spread, residual: rest } = linearState(basis, residual, t);
      for (let i = 0; i < rest.length; i++) {
        for (let e = 0; e < r; e++) {
          const ie = i * r + e;
          out[ie] = (rest[i]! * mean[e]! + noise ** 2 * spread[e]! * basis.gradients[ie]!) / trainSamples;
        }
      }
    },
  });
}

function firstOrder(
  { times, trainSamples }: NoiseProblem,
  noise: number,
  basis: ModeBasis,
  value: Float64Array,
  residual: Float64Array,
  means: readonly Float64Array[],
): NoisyOutputs[] {
  const { size: r, gradients: g } = basis;
  let trace = 0;
  for (let ie = 0; ie < residual.length * r; ie++) trace += g[ie]! ** 2 / trainSamples;
  return times.map((time, k) => {
    const { mean, spread } = linearState(basis, residual, time);
    const output = Float64Array.from(value);
    const variance = new Float64Array(value.length);
    for (let i = 0; i < value.length; i++) {
      for (let e = 0; e < r; e++) {
        output[i]! += g[i * r + e]! * mean[e]!;
        variance[i]! += noise ** 2 * spread[e]! * g[i * r + e]! ** 2;
      }
    }
    return {
      time,
      method: "lowRank",
      terms: [output],
      variance,
      varianceCorrection: null,
      weights: [means[k]!],
      hessianTrace: [trace],
      traceErrors: null,
    };
  });
}
