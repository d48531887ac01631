/**
 * How much of a network's performance a simple model explains (paper C).
 *
 *   mu_Y(F; L) = I(F; Y) - I(F; Y | L) = I(F; Y) + I(L; Y) - I((F, L); Y)
 *
 * in bits, for the network's predictions F, the simple model's L and the labels Y. mu = I(F; Y): all is explained;
 * 0: nothing; it is symmetric in F and L, at most each of I(F; Y), I(L; Y), I(F; L), and may be negative.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { createRng } from "../numeric/random.js";
import { type CountTable, countTable, type Labels, marginal } from "./count-table.js";
import { combine, entropy, informationOf, LEAST_BITS } from "./information.js";

const [F, L, Y] = [0, 1, 2];

/** Informations of two predictors and mu, in bits, with standard errors and bias (paper C). */
export interface PerformanceCorrelation {
  readonly samples: number;
  /** I(F; Y) */
  readonly network: number;
  /** I(L; Y) */
  readonly simple: number;
  /** I((F, L); Y) */
  readonly both: number;
  /** mu */
  readonly explained: number;
  /** I(F; Y | L) = I(F; Y) - mu */
  readonly unexplained: number;
  /**
   * standard errors by the delta method: of mu, I(F; Y), I(L; Y) and I(F; Y | L), and of ratios of estimates from the same samples: `share`
   * mu / I(F; Y), `retained` mu / I(L; Y), `learned` I(F; Y) / I(L; Y). NaN for a ratio to at most 1e-9 bits
   */
  readonly errors: {
    readonly explained: number;
    readonly network: number;
    readonly simple: number;
    readonly unexplained: number;
    readonly share: number;
    readonly retained: number;
    readonly learned: number;
  };
  /** biases of the plug-in estimates, as `informationOf` takes them off: subtract them to correct; that of I(F; Y | L) is `network` less `explained` */
  readonly bias: { readonly explained: number; readonly network: number; readonly simple: number };
}

const TERMS = {
  network: [
    [1, [F]],
    [1, [Y]],
    [-1, [F, Y]],
  ],
  simple: [
    [1, [L]],
    [1, [Y]],
    [-1, [L, Y]],
  ],
  both: [
    [1, [F, L]],
    [1, [Y]],
    [-1, [F, L, Y]],
  ],
  explained: [
    [1, [F]],
    [1, [L]],
    [1, [Y]],
    [-1, [F, Y]],
    [-1, [L, Y]],
    [-1, [F, L]],
    [1, [F, L, Y]],
  ],
  unexplained: [
    [1, [F, L]],
    [1, [L, Y]],
    [-1, [L]],
    [-1, [F, L, Y]],
  ],
} as const satisfies Readonly<Record<string, readonly Term[]>>;

type Term = readonly [factor: number, axes: readonly number[]];

/** Terms of a / b to first order around its value: (a's - (a / b) b's) / b. */
const ratioTerms = (a: readonly Term[], b: readonly Term[], ratio: number, below: number): Term[] => [
  ...a.map(([factor, axes]): Term => [factor / below, axes]),
  ...b.map(([factor, axes]): Term => [(-factor * ratio) / below, axes]),
];

/**
 * Standard deviation over sqrt(n) of the sum of logarithms that the estimate is the mean of: its influence function,
 * sum over terms of -factor log2 p(marginal cell).
 */
function deltaError(table: CountTable, terms: readonly Term[]): number {
  const { classes, counts, total } = table;
  const [, l, y] = classes;
  const marginals = terms.map(([factor, axes]) => ({ factor, axes, sums: marginal(table, axes) }));
  let [mean, square] = [0, 0];
  for (let cell = 0; cell < counts.length; cell++) {
    const p = counts[cell]! / total;
    if (p === 0) continue;
    const at = [Math.floor(cell / (l * y)), Math.floor(cell / y) % l, cell % y];
    let value = 0;
    for (const { factor, axes, sums } of marginals) {
      let index = 0;
      for (const axis of axes) index = index * classes[axis]! + at[axis]!;
      value -= factor * Math.log2(sums[index]! / total);
    }
    mean += p * value;
    square += p * value * value;
  }
  return Math.sqrt(Math.max(0, square - mean * mean) / total);
}

/**
 * The plug-in estimates from a table of counts, any number of classes. Biases are O(1 / n), errors O(1 / sqrt(n)); where the
 * true mu is 0 or F = L the delta method's error is too small, use {@link bootstrapError} or {@link permutationNull}.
 * Theory notes C1.1, C1.2.
 */
export function performanceCorrelation(table: CountTable): PerformanceCorrelation {
  const value = (name: keyof typeof TERMS) => combine(table, TERMS[name], entropy);
  const [plain, corrected] = [informationOf(table), informationOf(table, { correctBias: true })];
  const bias = (name: keyof typeof plain) => plain[name] - corrected[name];
  const error = (name: keyof typeof TERMS) => deltaError(table, TERMS[name]);
  const [network, explained, simple] = [value("network"), value("explained"), value("simple")];
  const ratioError = (a: keyof typeof TERMS, above: number, b: keyof typeof TERMS, below: number) =>
    below > LEAST_BITS ? deltaError(table, ratioTerms(TERMS[a], TERMS[b], above / below, below)) : Number.NaN;
  return {
    samples: table.total,
    network,
    simple,
    both: value("both"),
    explained,
    unexplained: network - explained,
    errors: {
      explained: error("explained"),
      network: error("network"),
      simple: error("simple"),
      unexplained: error("unexplained"),
      share: ratioError("explained", explained, "network", network),
      retained: ratioError("explained", explained, "simple", simple),
      learned: ratioError("network", network, "simple", simple),
    },
    bias: { explained: bias("explained"), network: bias("network"), simple: bias("simple") },
  };
}

/**
 * Whether I(L; Y) less its bias is more than 4 of its standard errors, so that a ratio to it is known to a quarter. A simple model that
 * knows next to nothing makes ratios of any size.
 */
export function isSimpleKnown({ simple, bias, errors }: PerformanceCorrelation): boolean {
  return simple - bias.simple > Math.max(LEAST_BITS, 4 * errors.simple);
}

/** I(F; Y | L) from its definition, the mean over l of the information within the samples that have it. */
export function conditionalInformation({ classes, counts, total }: CountTable): number {
  const [f, l, y] = classes;
  let sum = 0;
  for (let at = 0; at < l; at++) {
    const slice = new Float64Array(f * y);
    for (let i = 0; i < f; i++) {
      for (let k = 0; k < y; k++) slice[i * y + k] = counts[(i * l + at) * y + k]!;
    }
    const within: CountTable = { classes: [f, 1, y], counts: slice, total: slice.reduce((a, b) => a + b, 0) };
    if (within.total === 0) continue;
    sum += (within.total / total) * combine(within, TERMS.network, entropy);
  }
  return sum;
}

/** How often to resample, and from which seed. */
export interface Resampling {
  readonly seed: number;
  /** default 200 */
  readonly repetitions?: number | undefined;
}

/** Throws `ERR_DOMAIN` unless a standard deviation over so many repetitions exists. */
export function requireRepetitions(repetitions: number, where: string): void {
  if (Number.isInteger(repetitions) && repetitions >= 2) return;
  throw new ForetrainError(
    "ERR_DOMAIN",
    `${where}: repetitions is ${repetitions}, expected a whole number >= 2`,
    {
      argument: "repetitions",
      got: repetitions,
    },
  );
}

/** Standard error of mu by drawing the samples again with replacement. Counts must be whole numbers. */
export function bootstrapError(table: CountTable, { seed, repetitions = 200 }: Resampling): number {
  requireRepetitions(repetitions, "bootstrapError");
  const { classes, counts, total } = table;
  const upTo = new Float64Array(counts.length);
  counts.reduce((sum, c, i) => {
    upTo[i] = sum + c;
    return sum + c;
  }, 0);
  const rng = createRng(seed);
  let [sum, square] = [0, 0];
  for (let r = 0; r < repetitions; r++) {
    const stream = rng.fork("repetition", r);
    const again = new Float64Array(counts.length);
    for (let i = 0; i < total; i++) {
      const at = stream.uniform() * total;
      let [low, high] = [0, counts.length - 1];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (upTo[middle]! > at) high = middle;
        else low = middle + 1;
      }
      again[low]!++;
    }
    const mu = combine({ classes, counts: again, total }, TERMS.explained, entropy);
    sum += mu;
    square += mu * mu;
  }
  const mean = sum / repetitions;
  return Math.sqrt(Math.max(0, square / repetitions - mean * mean) * (repetitions / (repetitions - 1)));
}

/** How often to shuffle, and what is measured then. */
export interface PermutationOptions extends Resampling {
  /** subtract the bias of every estimate (see `informationOf`), as from the mu that it is held against; default false */
  readonly correctBias?: boolean | undefined;
}

/**
 * mu where the simple model's predictions are shuffled over the samples, so that they explain nothing: its mean (the bias that is left) and
 * standard deviation. A measured mu beyond some deviations of this is no accident.
 */
export function permutationNull(
  network: Labels,
  simple: Labels,
  labels: Labels,
  { seed, repetitions = 200, correctBias = false }: PermutationOptions,
): { readonly mean: number; readonly deviation: number } {
  requireRepetitions(repetitions, "permutationNull");
  const { classes } = countTable(network, simple, labels);
  const rng = createRng(seed);
  let [sum, square] = [0, 0];
  for (let r = 0; r < repetitions; r++) {
    const shuffled = rng.fork("repetition", r).shuffle(Float64Array.from(simple));
    const table = countTable(network, shuffled, labels, classes);
    const mu = informationOf(table, { correctBias }).explained;
    sum += mu;
    square += mu * mu;
  }
  const mean = sum / repetitions;
  const variance = Math.max(0, square / repetitions - mean * mean) * (repetitions / (repetitions - 1));
  return { mean, deviation: Math.sqrt(variance) };
}
