/**
 * How well finitely many units stand for infinitely many: their kernels, and the limit h with them, beside exact ones.
 * @module
 */
import { meanOutputs, spectralModel } from "../dynamics/index.js";
import { isForetrainError } from "../errors.js";
import { computeKernel } from "../kernels/index.js";
import { dense, input, network as networkOf } from "../network/index.js";
import { lawMoment } from "../numeric/law.js";
import { type Matrix, matrix } from "../numeric/matrix.js";
import type { LongWork } from "../progress.js";
import { shallowKernels } from "./kernels.js";
import type { ShallowProblem } from "./particle-expansion.js";
import { activationOfShallow, type ShallowNetwork, standInParticles } from "./shallow.js";

/** Errors that the units of a problem make. */
export interface UnitsError {
  /** |A of the units - A| / |A|, Frobenius, over the training points */
  readonly kernel: number;
  /** largest distance of h over all points and times; to leading order that of all means at any gamma */
  readonly outputs: number;
  /** what they are compared with: A in closed form, or `FINER` times as many units */
  readonly against: "closed form" | "finer units";
}

/** Units of the comparison where there is no closed form, in units of those there are. */
const FINER = 8;
/** Numbers in the features of the finer units, beyond which nothing is measured: 100 MB each. */
const MOST_FEATURES = 1.2e7;

/**
 * A of paper E between rows of `x1` and `x2` (null: x1) in closed form: E[sigma sigma] + E C^2 E[sigma' sigma'] x.x' is what the NTK of
 * one hidden layer is made of. Null unless W ~ N(0, v I), or where the activation has no such form.
 */
export async function closedTrainingKernel(
  shallow: ShallowNetwork,
  x1: Matrix,
  x2: Matrix | null,
  work: LongWork = {},
): Promise<Matrix | null> {
  const { activation, outer, inner } = shallow;
  const first = inner[0];
  if (first?.kind !== "normal" || !(first.variance > 0)) return null;
  const { variance } = first;
  const isSame = inner.every(
    (law) => law.kind === "normal" && (law.mean ?? 0) === 0 && law.variance === variance,
  );
  if (!isSame) return null;
  const dim = inner.length;
  const layers = networkOf(input([dim]), dense(8, { weightVariance: dim * variance }), activation, dense(1));
  try {
    const { ntk, nngp } = await computeKernel(layers, x1, x2, { get: ["ntk", "nngp"], signal: work.signal });
    // the first layer's weights are sqrt(v) times those that the NTK is taken of
    const factor = lawMoment(outer, 2) / variance;
    const [rows, columns] = [x1.shape[0], (x2 ?? x1).shape[0]];
    return matrix(
      rows,
      columns,
      Float64Array.from(nngp.data, (k, i) => k + factor * (ntk.data[i]! - k)),
    );
  } catch (error) {
    if (isForetrainError(error) && error.code !== "ERR_ABORTED") return null;
    throw error;
  }
}

interface Reference {
  readonly train: Matrix;
  readonly testTrain: Matrix | null;
  readonly against: UnitsError["against"];
}

type Units = Pick<ShallowProblem, "network" | "particles" | "x" | "testX">;

async function referenceOf(
  { network, particles, x, testX }: Units,
  work: LongWork,
): Promise<Reference | null> {
  const train = await closedTrainingKernel(network, x, null, work);
  const testTrain = testX === undefined ? null : await closedTrainingKernel(network, testX, x, work);
  if (train !== null && (testX === undefined || testTrain !== null)) {
    return { train, testTrain, against: "closed form" };
  }
  const count = FINER * particles.weights.length;
  if (count * (x.shape[0] + (testX?.shape[0] ?? 0)) > MOST_FEATURES) return null;
  const samples = testX === undefined ? [x] : [x, testX];
  const finer = standInParticles(network, { count, seed: 1, samples });
  if (finer.particles.weights.length < 2 * particles.weights.length) return null;
  const activation = activationOfShallow(network, "unitsError");
  return {
    train: shallowKernels(activation, finer.particles, x, null).training,
    testTrain: testX === undefined ? null : shallowKernels(activation, finer.particles, testX, x).training,
    against: "finer units",
  };
}

/**
 * Measures the units: kernels, and h at the problem's times, beside those in closed form, or of more units where there is none.
 * Null where neither is at hand: a product of Gauss rules is as fine as it gets, or points are too many for a finer rule.
 */
export async function unitsError(problem: ShallowProblem, work: LongWork = {}): Promise<UnitsError | null> {
  const reference = await referenceOf(problem, work);
  if (reference === null) return null;
  const { network, particles, x, testX, y, times, alpha = 1 } = problem;
  const activation = activationOfShallow(network, "unitsError");
  const { training } = shallowKernels(activation, particles, x, null);
  const between = testX === undefined ? null : shallowKernels(activation, particles, testX, x).training;
  const limit = async (train: Matrix, testTrain: Matrix | null) => {
    const targets = matrix(y.length, 1, y);
    const clocks = times.map((t) => ({ kind: "flow" as const, time: alpha * t }));
    const outputs = [...meanOutputs(await spectralModel(train, work), { targets, testTrain }, clocks)];
    return outputs.flatMap((at) => [...at.train.data, ...(at.test?.data ?? [])]);
  };
  const [own, exact] = [await limit(training, between), await limit(reference.train, reference.testTrain)];
  return {
    kernel: kernelDistance(training, reference.train),
    outputs: own.reduce((most, value, i) => Math.max(most, Math.abs(value - exact[i]!)), 0),
    against: reference.against,
  };
}

/** |a - b| / |b|, Frobenius. */
function kernelDistance(a: Matrix, b: Matrix): number {
  let [off, all] = [0, 0];
  b.data.forEach((value, i) => {
    off += (a.data[i]! - value) ** 2;
    all += value ** 2;
  });
  return all === 0 ? 0 : Math.sqrt(off / all);
}

/** Distance of the units' A from its closed form, as `unitsError`; null where there is none. */
export async function closedKernelDistance({ network, particles, x }: Units): Promise<number | null> {
  const closed = await closedTrainingKernel(network, x, null);
  if (closed === null) return null;
  const activation = activationOfShallow(network, "closedKernelDistance");
  return kernelDistance(shallowKernels(activation, particles, x, null).training, closed);
}
