/**
 * Subsets of a data set by seed and by class.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { createRng, type Rng } from "../numeric/random.js";
import { type Dataset, requireTwoClasses, type Split, takeSamples } from "./dataset.js";
import { count, failData } from "./problem.js";

/** How many samples of each split, and of which classes. */
export interface SubsetOptions {
  /** number of train samples; default all. Fewer of the same seed are the first of more. */
  readonly train?: number | undefined;
  /** number of test samples; default all */
  readonly test?: number | undefined;
  /** >= 0, default 0 */
  readonly seed?: number | undefined;
  /** classes to keep, as indices into `classNames`; they become 0, 1, ... in this order. Default or null: all */
  readonly classes?: readonly number[] | null | undefined;
  /**
   * true: classes get numbers of samples as equal as possible. Default false: plain random draws, so that frequencies
   * are those of the data set within chance, as in the experiments that this package reproduces
   */
  readonly stratified?: boolean | undefined;
}

function checkClasses(set: Dataset, classes: readonly number[]): void {
  const k = set.classNames.length;
  const good =
    classes.length >= 2 &&
    new Set(classes).size === classes.length &&
    classes.every((label) => Number.isInteger(label) && label >= 0 && label < k);
  if (good) return;
  throw new ForetrainError(
    "ERR_SPEC",
    `classes: got [${classes.join(", ")}], expected at least two different labels of ${set.name}, each from 0 to ${k - 1} (${set.classNames.map((name, i) => `${i} ${name}`).join(", ")})`,
    { argument: "classes", got: classes, expected: k },
  );
}

/** One sample of each class in turn, in the order of `shuffled`, until a class runs out; then the rest in turn. */
function interleave(shuffled: Uint32Array, y: Int32Array, classes: readonly number[]): Uint32Array {
  const queues = classes.map((label) => shuffled.filter((i) => y[i] === label));
  const out = new Uint32Array(shuffled.length);
  let filled = 0;
  for (let round = 0; filled < out.length; round++) {
    for (const queue of queues) if (round < queue.length) out[filled++] = queue[round]!;
  }
  return out;
}

function draw(
  what: string,
  split: Split,
  wanted: number | undefined,
  classes: readonly number[],
  remap: Int32Array,
  rng: Rng,
  stratified: boolean,
): Split {
  const kept: number[] = [];
  for (let i = 0; i < split.y.length; i++) if (remap[split.y[i]!]! >= 0) kept.push(i);
  const n = wanted ?? kept.length;
  if (!(Number.isSafeInteger(n) && n >= 0)) {
    throw new ForetrainError("ERR_DOMAIN", `${what}: got ${n} samples, expected a whole number >= 0`, {
      argument: what,
      got: n,
    });
  }
  if (n > kept.length) {
    failData(
      what,
      `${count(n)} samples asked for, there are ${count(kept.length)}${kept.length < split.y.length ? ` of these classes (${count(split.y.length)} of all)` : ""}`,
      `ask for at most ${count(kept.length)}`,
      { got: n, expected: `<= ${kept.length}` },
    );
  }
  // the whole list is shuffled whatever n is: so the first 100 of 1000 are the 100 of a smaller draw
  const shuffled = rng.shuffle(Uint32Array.from(kept));
  const order = stratified ? interleave(shuffled, split.y, classes) : shuffled;
  const taken = takeSamples(split, order.subarray(0, n));
  return { x: taken.x, y: taken.y.map((label) => remap[label]!) };
}

/**
 * Draws train and test samples without replacement, in random order. The draw depends on the seed, the classes and the
 * size of the data set; train and test draws do not depend on each other, and a smaller draw is the beginning of a
 * larger one.
 *
 * @throws ForetrainError `ERR_DATA` when more samples are asked for than there are, or the drawn train labels are of
 *         one class; `ERR_SPEC` for classes that do not exist
 */
export function chooseSubset(set: Dataset, options: SubsetOptions = {}): Dataset {
  const { seed = 0, stratified = false } = options;
  const classes = options.classes ?? set.classNames.map((_, i) => i);
  checkClasses(set, classes);
  const remap = new Int32Array(set.classNames.length).fill(-1);
  classes.forEach((label, i) => {
    remap[label] = i;
  });
  const rng = createRng(seed).fork("subset");
  const classNames = classes.map((label) => set.classNames[label]!);
  const train = draw(
    `${set.name} train`,
    set.train,
    options.train,
    classes,
    remap,
    rng.fork("train"),
    stratified,
  );
  const test = draw(`${set.name} test`, set.test, options.test, classes, remap, rng.fork("test"), stratified);
  requireTwoClasses(`${set.name} train`, train.y, classNames);
  return { ...set, classNames, train, test };
}

/** Share of test samples where a file has no split of its own: the usual one fifth. */
export const DEFAULT_TEST_FRACTION = 0.2;

/**
 * Splits samples into train and test at random by seed. The default seed does not follow the seed of subsets: a sample
 * that is for testing stays so in every draw.
 */
export function splitSamples(
  samples: Split,
  {
    testFraction = DEFAULT_TEST_FRACTION,
    seed = 0,
  }: { testFraction?: number | undefined; seed?: number | undefined } = {},
): { readonly train: Split; readonly test: Split } {
  const n = samples.y.length;
  if (!(testFraction > 0 && testFraction < 1)) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `testFraction is ${testFraction}, expected a number between 0 and 1`,
      {
        argument: "testFraction",
        got: testFraction,
      },
    );
  }
  const testCount = Math.min(n - 1, Math.max(1, Math.round(n * testFraction)));
  if (!(n >= 2)) failData("samples", `there are ${n}`, "expected at least 2 to split into train and test");
  const order = createRng(seed)
    .fork("split")
    .shuffle(Uint32Array.from({ length: n }, (_, i) => i));
  // within each part the file's order is kept: the draw decides membership only
  const test = order.slice(0, testCount).sort();
  const train = order.slice(testCount).sort();
  return { train: takeSamples(samples, train), test: takeSamples(samples, test) };
}
