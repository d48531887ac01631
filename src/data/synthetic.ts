/**
 * Data sets that are drawn from a law (paper C): a sinusoid over a linear function in d dimensions, a disk cut by a wave, and sums of products.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { createRng, type Rng } from "../numeric/random.js";
import { withLabelNoise } from "./class-tasks.js";
import type { Dataset, Split } from "./dataset.js";

/** Size and seed of generated samples. */
export interface SyntheticOptions {
  /** numbers of samples */
  readonly train: number;
  readonly test: number;
  readonly seed: number;
  /** share of train labels that are wrong; test labels stay true. Default 0 */
  readonly labelNoise?: number | undefined;
}

/** Dimension, frequency, size and seed of the sinusoid task (paper C). */
export interface SinusoidOptions extends SyntheticOptions {
  /** d, at least 2 */
  readonly dimensions: number;
  /** k, how often the wave swings; default 2. At 1 the best plane is right for 97 % of samples, at 2 for 85 % (that of logistic regression for 80 %), for fast waves 77 % */
  readonly frequency?: number | undefined;
}

/** Features of all samples together: 8 GiB. */
const MOST_NUMBERS = 2 ** 30;

function requireCounts({ train, test }: SyntheticOptions, where: string): void {
  for (const [argument, got] of Object.entries({ train, test })) {
    if (Number.isSafeInteger(got) && got >= 1) continue;
    throw new ForetrainError("ERR_DOMAIN", `${where}: ${argument} is ${got}, expected a whole number >= 1`, {
      argument,
      got,
    });
  }
}

function drawn(
  name: string,
  { train, test, seed, labelNoise = 0 }: SyntheticOptions,
  dimensions: number,
  sample: (rng: Rng, out: Float64Array) => number,
): Dataset {
  const numbers = (train + test) * dimensions;
  if (numbers > MOST_NUMBERS) {
    throw new ForetrainError(
      "ERR_MEMORY",
      `${name}: ${train} + ${test} samples of ${dimensions} features are ${numbers} numbers, expected at most ${MOST_NUMBERS}, 8 GiB; draw fewer samples`,
      { argument: "train", got: numbers, expected: MOST_NUMBERS },
    );
  }
  const rng = createRng(seed).fork(name);
  const split = (part: string, n: number): Split => {
    const stream = rng.fork(part);
    const data = new Float64Array(n * dimensions);
    const y = Int32Array.from({ length: n }, (_, i) =>
      sample(stream, data.subarray(i * dimensions, (i + 1) * dimensions)),
    );
    return { x: { data, shape: [n, dimensions] }, y };
  };
  const clean = split("train", train);
  return {
    name,
    origin: `drawn with seed ${seed}`,
    inputShape: [dimensions],
    classNames: ["-1", "1"],
    valueScale: 1,
    train: { x: clean.x, y: withLabelNoise(clean.y, { share: labelNoise, classes: 2, seed }) },
    test: split("test", test),
    warnings: [],
  };
}

/**
 * x ~ N(0, I_d), y = sign(<w, x> + sin(k <w', x>)) with w and w' the first two axes: the law does not depend on which orthogonal
 * directions they are. sign(<w, x>) is right for 79 % of samples at k = 1, 77 % for k >= 2.
 * Theory notes C5.1.
 * @throws ERR_DOMAIN for fewer than 2 dimensions or no samples
 */
export function sinusoidDataset(options: SinusoidOptions): Dataset {
  const { dimensions, frequency = 2 } = options;
  requireCounts(options, "sinusoidDataset");
  if (!(Number.isSafeInteger(dimensions) && dimensions >= 2)) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `sinusoidDataset: dimensions is ${dimensions}, expected a whole number >= 2`,
      { argument: "dimensions", got: dimensions },
    );
  }
  if (!Number.isFinite(frequency)) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `sinusoidDataset: frequency is ${frequency}, expected a finite number`,
      {
        argument: "frequency",
        got: frequency,
      },
    );
  }
  return drawn("sinusoid", options, dimensions, (rng, x) => {
    rng.normals(x);
    return x[0]! + Math.sin(frequency * x[1]!) > 0 ? 1 : 0;
  });
}

/** Dimension, weights, size and seed of the task of products. */
export interface ProductsOptions extends SyntheticOptions {
  /** d, at least 6 */
  readonly dimensions: number;
  /** what the product of two and that of three coordinates weigh beside a single one; default 0.9 and 0.8 */
  readonly pair?: number | undefined;
  readonly triple?: number | undefined;
}

/**
 * x ~ N(0, I_d), y = sign(x_1 + pair x_2 x_3 + triple x_4 x_5 x_6): one part is linear, one wants a nonlinearity, and one a second.
 * @throws ERR_DOMAIN for fewer than 6 dimensions, weights that are not finite or no samples
 */
export function productsDataset(options: ProductsOptions): Dataset {
  const { dimensions, pair = 0.9, triple = 0.8 } = options;
  requireCounts(options, "productsDataset");
  if (!(Number.isSafeInteger(dimensions) && dimensions >= 6)) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `productsDataset: dimensions is ${dimensions}, expected a whole number >= 6`,
      { argument: "dimensions", got: dimensions },
    );
  }
  for (const [argument, got] of Object.entries({ pair, triple })) {
    if (Number.isFinite(got)) continue;
    throw new ForetrainError(
      "ERR_DOMAIN",
      `productsDataset: ${argument} is ${got}, expected a finite number`,
      {
        argument,
        got,
      },
    );
  }
  return drawn("products", options, dimensions, (rng, x) => {
    rng.normals(x);
    const [a, b, c, d, e, f] = x as unknown as [number, number, number, number, number, number];
    return a + pair * b * c + triple * d * e * f > 0 ? 1 : 0;
  });
}

/** Size, noise and seed of the task of the theorem on overfitting (paper C). */
export interface TheoremOptions extends SyntheticOptions {
  /** d, at least 2 */
  readonly dimensions: number;
  /** p, the probability that the first feature is wrong, from 0 to 1/2; default 0.1 */
  readonly flip?: number | undefined;
}

/**
 * x in {-1, 1}^d: the first feature is the label with probability 1 - p, the others are fair coins. The law of the theorem that overfitting need
 * not hurt; nothing predicts the label better than the first feature, 1 - p.
 * @throws ERR_DOMAIN for fewer than 2 dimensions, p outside [0, 1/2] or no samples
 */
export function theoremDataset(options: TheoremOptions): Dataset {
  const { dimensions, flip = 0.1 } = options;
  requireCounts(options, "theoremDataset");
  const bad = Number.isSafeInteger(dimensions) && dimensions >= 2 ? null : "dimensions";
  if (bad !== null || !(flip >= 0 && flip <= 0.5)) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `theoremDataset: dimensions is ${dimensions} and flip ${flip}, expected a whole number >= 2 and a probability from 0 to 1/2`,
      { argument: bad ?? "flip", got: bad === null ? flip : dimensions },
    );
  }
  return drawn("theorem", options, dimensions, (rng, x) => {
    for (let i = 0; i < x.length; i++) x[i] = rng.uniform() < 0.5 ? -1 : 1;
    const label = rng.uniform() < 0.5 ? 0 : 1;
    x[0] = (rng.uniform() < flip ? -1 : 1) * (label === 1 ? 1 : -1);
    return label;
  });
}

/** Size, noise and seed of the task on the disk (paper C). */
export interface DiskOptions extends SyntheticOptions {
  /** swings of the wave across the disk, in radians per unit; default 6 */
  readonly frequency?: number | undefined;
  /** height of the wave; default 0.3 */
  readonly amplitude?: number | undefined;
}

/**
 * x uniform in the unit disk of the plane; the label is the side of the curve x_2 = amplitude sin(frequency x_1) on which it lies.
 * Theory notes C5.4.
 * @throws ERR_DOMAIN for no samples, or a wave that is not finite
 */
export function diskDataset(options: DiskOptions): Dataset {
  const { frequency = 6, amplitude = 0.3 } = options;
  requireCounts(options, "diskDataset");
  for (const [argument, got] of Object.entries({ frequency, amplitude })) {
    if (Number.isFinite(got)) continue;
    throw new ForetrainError("ERR_DOMAIN", `diskDataset: ${argument} is ${got}, expected a finite number`, {
      argument,
      got,
    });
  }
  return drawn("disk", options, 2, (rng, x) => {
    do {
      x[0] = 2 * rng.uniform() - 1;
      x[1] = 2 * rng.uniform() - 1;
    } while (x[0] ** 2 + x[1] ** 2 > 1);
    return x[1] > amplitude * Math.sin(frequency * x[0]) ? 1 : 0;
  });
}
