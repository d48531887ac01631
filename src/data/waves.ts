/**
 * Waves over a line and over a square, by seed: regression problems of one and two inputs that can be looked at.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { type Matrix, matrix } from "../numeric/matrix.js";
import { createRng } from "../numeric/random.js";

/** Every name of a wave: what the points lie on. */
export const WAVE_KINDS = ["line", "plane"] as const;
/** Names of the waves. */
export type WaveKind = (typeof WAVE_KINDS)[number];

/** Inputs [n, d] and targets [n]. */
export interface WaveSamples {
  readonly x: Matrix;
  readonly y: Float64Array;
}

/** Training and test points of a wave. */
export interface WaveProblem {
  readonly train: WaveSamples;
  readonly test: WaveSamples;
  /** for people */
  readonly description: string;
}

/** Numbers of points, and the seed of those that are random. */
export interface WaveOptions {
  readonly kind: WaveKind;
  /** >= 1 */
  readonly train: number;
  /** >= 1 */
  readonly test: number;
  readonly seed: number;
}

const lineTarget = (x: number) => Math.sin(3 * x) + Math.cos(2 * x) / 2;
const planeTarget = (x1: number, x2: number) => Math.sin(3 * x1) * Math.cos(2 * x2);

const targetsOf = ({ data, shape }: Matrix): Float64Array =>
  Float64Array.from({ length: shape[0] }, (_, i) =>
    shape[1] === 1 ? lineTarget(data[i]!) : planeTarget(data[2 * i]!, data[2 * i + 1]!),
  );

/**
 * `line`: y = sin(3 x) + cos(2 x) / 2 on [-1, 1], training points at random, test points evenly from end to end. `plane`:
 * y = sin(3 x_1) cos(2 x_2) on the square [-1, 1]^2, all points at random. Targets have no noise.
 * @throws ERR_DOMAIN for numbers of points that are not whole and >= 1
 */
export function waveProblem({ kind, train, test, seed }: WaveOptions): WaveProblem {
  for (const [argument, got] of Object.entries({ train, test })) {
    if (Number.isInteger(got) && got >= 1) continue;
    throw new ForetrainError(
      "ERR_DOMAIN",
      `waveProblem: ${argument} is ${got}, expected a whole number >= 1 of points`,
      { argument, got },
    );
  }
  const rng = createRng(seed).fork(kind);
  const columns = kind === "line" ? 1 : 2;
  const drawn = (name: string, count: number): WaveSamples => {
    const stream = rng.fork(name);
    const x = matrix(count, columns);
    for (let i = 0; i < x.data.length; i++) x.data[i] = 2 * stream.uniform() - 1;
    return { x, y: targetsOf(x) };
  };
  const even = (count: number): WaveSamples => {
    const x = matrix(count, 1);
    for (let i = 0; i < count; i++) x.data[i] = count === 1 ? 0 : (2 * i) / (count - 1) - 1;
    return { x, y: targetsOf(x) };
  };
  return {
    train: drawn("train", train),
    test: kind === "line" ? even(test) : drawn("test", test),
    description:
      kind === "line"
        ? `${train} training and ${test} test points of the line, y = sin(3 x) + cos(2 x) / 2`
        : `${train} training and ${test} test points of the square, y = sin(3 x_1) cos(2 x_2)`,
  };
}
