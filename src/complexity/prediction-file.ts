/**
 * Predictions of a training run from any framework: snapshots of a network and simple models beside it, on the same samples.
 *
 * npz: `labels` [n]; `predictions` [T, n] classes, or [T, n, k] scores of which the largest counts; `steps` [T], missing:
 * 0, 1, 2, ...; `explainer_NAME` [n] classes or [n, k] scores for every simple model; optionally `train_labels` [m] and
 * `train_predictions` [T, m] or [T, m, k]. Classes are numbers from 0, or texts in all of these arrays.
 *
 * CSV: one sample per line under a header with the columns `label`, `step:NUMBER` for every snapshot and `explainer:NAME` for every
 * simple model. Classes are numbers from 0, or names. At most 464 classes.
 * @module
 */
import { csvParseRows } from "d3-dsv";
import { classesOf, type NpzArrays, requireFinite } from "../data/index.js";
import { ForetrainError } from "../errors.js";
import { matrix, type NdArray } from "../numeric/matrix.js";
import { MOST_CLASSES } from "./count-table.js";
import type { Explainer } from "./learning-curve.js";

/** A training run as its predictions. */
export interface PredictionRun {
  /** [n], classes from 0 */
  readonly labels: Int32Array;
  /** number of classes among labels and predictions, or of the scores */
  readonly classes: number;
  /** what the classes are called; null: their numbers */
  readonly classNames: readonly string[] | null;
  /** ascending */
  readonly steps: readonly number[];
  /** [n] for every step */
  readonly predictions: readonly Int32Array[];
  readonly explainers: readonly Explainer[];
  /** the same for the samples that the network was trained on */
  readonly train: { readonly labels: Int32Array; readonly predictions: readonly Int32Array[] } | null;
}

const EXPLAINER = "explainer_";
const CLASS_ARRAYS = ["labels", "predictions", "train_labels", "train_predictions"];

function fail(source: string, message: string, details: Readonly<Record<string, unknown>> = {}): never {
  throw new ForetrainError("ERR_DATA", `${source}: ${message}`, { argument: source, ...details });
}

/**
 * The arrays with numbers for classes that are texts: the different ones in sorted order. Numbers and scores beside texts are
 * refused, since nothing says which number is which text.
 */
function numberedTexts(
  arrays: NpzArrays,
  file: string,
): { readonly arrays: NpzArrays; readonly names: readonly string[] | null } {
  const own = Object.entries(arrays).filter(
    ([name]) => CLASS_ARRAYS.includes(name) || name.startsWith(EXPLAINER),
  );
  const texts = own.flatMap(([, array]) => array.texts ?? []);
  if (own.every(([, array]) => array.texts === undefined)) return { arrays, names: null };
  const numbers = own.find(([, array]) => array.texts === undefined);
  if (numbers !== undefined) {
    const named = own.find(([, array]) => array.texts !== undefined)!;
    fail(
      `${file}: ${numbers[0]}`,
      `has numbers, ${named[0]} has texts, and which number is which text is not said; expected texts in both (names[scores.argmax(-1)]), or numbers from 0 in both`,
    );
  }
  const { index, names } = indexCells(texts.map((text) => text.trim()));
  if (index.size > MOST_CLASSES) {
    fail(file, `has ${index.size} classes; expected at most ${MOST_CLASSES}: put them into groups`, {
      got: index.size,
      expected: MOST_CLASSES,
    });
  }
  const numbered = own.map(([name, { data, shape, texts: words }]): [string, NdArray] => [
    name,
    { data: Int32Array.from(data as ArrayLike<number>, (code) => index.get(words![code]!.trim())!), shape },
  ]);
  return { arrays: { ...arrays, ...Object.fromEntries(numbered) }, names };
}

/** Classes from numbers: whole, from 0, and small enough to be classes. */
function classesFrom(data: ArrayLike<number>, from: number, count: number, source: string): Int32Array {
  const out = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const value = data[from + i]!;
    if (!(Number.isInteger(value) && value >= 0 && value < MOST_CLASSES)) {
      fail(
        source,
        `element ${from + i} is ${value}; expected classes, whole numbers from 0 to ${MOST_CLASSES - 1}`,
        { index: from + i, got: value },
      );
    }
    out[i] = value;
  }
  return out;
}

/** The class of the largest score of every row; the first of equal ones. */
function largestOf(
  data: ArrayLike<number>,
  from: number,
  rows: number,
  classes: number,
  source: string,
): Int32Array {
  const scores = Float64Array.from({ length: rows * classes }, (_, i) => data[from + i]!);
  const bad = scores.findIndex(Number.isNaN);
  if (bad >= 0) {
    const row = Math.floor(bad / classes);
    fail(
      source,
      `row ${row} has a score that is NaN; expected numbers (has the training diverged? leave these snapshots out)`,
      { index: row },
    );
  }
  return classesOf(matrix(rows, classes, scores));
}

/** One list of classes for every snapshot; a missing first axis counts as one snapshot. */
function listsOf(
  { data, shape }: NdArray,
  snapshots: number,
  samples: number,
  source: string,
): { readonly lists: Int32Array[]; readonly classes: number } {
  const lead = snapshots === 0 ? [] : [snapshots];
  const expected = [...lead, samples];
  const scores = shape.length === expected.length + 1;
  if (!(shape.length === expected.length || scores) || expected.some((side, i) => side !== shape[i])) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `${source}: has shape [${shape.join(", ")}], expected [${expected.join(", ")}] classes or [${expected.join(", ")}, k] scores`,
      { argument: source, got: shape, expected },
    );
  }
  const k = scores ? shape.at(-1)! : 0;
  if (k > MOST_CLASSES) {
    fail(source, `has scores of ${k} classes; expected at most ${MOST_CLASSES}: put them into groups`, {
      got: k,
      expected: MOST_CLASSES,
    });
  }
  const lists = Array.from({ length: Math.max(1, snapshots) }, (_, t) =>
    scores
      ? largestOf(data, t * samples * k, samples, k, source)
      : classesFrom(data, t * samples, samples, source),
  );
  return { lists, classes: k };
}

const classCount = (lists: readonly ArrayLike<number>[]) =>
  lists.reduce((most, list) => {
    let top = most;
    for (let i = 0; i < list.length; i++) top = Math.max(top, list[i]! + 1);
    return top;
  }, 2);

function requireSteps(steps: readonly number[], source: string): void {
  const at = steps.findIndex((step, i) => !Number.isFinite(step) || (i > 0 && !(step > steps[i - 1]!)));
  if (at >= 0) {
    fail(
      source,
      `step ${at} is ${steps[at]}${at > 0 ? ` after ${steps[at - 1]}` : ""}; expected ascending finite numbers`,
      {
        index: at,
        got: steps[at],
      },
    );
  }
}

/**
 * A run from the arrays of an npz file, see the module's text for their names.
 * @throws ForetrainError `ERR_DATA` or `ERR_SHAPE` naming the array, what it is and what was expected
 */
export function predictionRunFromArrays(given: NpzArrays, file: string): PredictionRun {
  const { arrays, names } = numberedTexts(given, file);
  const need = (name: string): NdArray => {
    const found = arrays[name];
    if (found !== undefined) return found;
    return fail(
      file,
      `has no array "${name}"; expected labels [n] and predictions [T, n], and explainer_NAME [n] for every simple model; it has ${Object.keys(arrays).join(", ") || "none"}`,
      { got: Object.keys(arrays), expected: name },
    );
  };
  const labelsArray = need("labels");
  const samples = labelsArray.shape[0] ?? 0;
  if (labelsArray.shape.length !== 1 || samples === 0) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `${file}: labels has shape [${labelsArray.shape.join(", ")}], expected [n], one class for each sample`,
      { argument: "labels", got: labelsArray.shape, expected: ["n"] },
    );
  }
  const labels = classesFrom(labelsArray.data, 0, samples, `${file}: labels`);
  const predictionsArray = need("predictions");
  const snapshots = predictionsArray.shape[0] ?? 0;
  if (snapshots === 0) fail(`${file}: predictions`, "has no snapshots; expected [T, n] with T >= 1");
  if (arrays.steps !== undefined) requireFinite(`${file}: steps`, arrays.steps);
  const steps =
    arrays.steps === undefined
      ? Array.from({ length: snapshots }, (_, t) => t)
      : Array.from(arrays.steps.data as ArrayLike<number>);
  if (steps.length !== snapshots) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `${file}: steps has ${steps.length} numbers, expected ${snapshots}, one for each snapshot of predictions`,
      { argument: "steps", got: steps.length, expected: snapshots },
    );
  }
  requireSteps(steps, `${file}: steps`);
  const network = listsOf(predictionsArray, snapshots, samples, `${file}: predictions`);
  const simple = Object.keys(arrays)
    .filter((name) => name.startsWith(EXPLAINER) && name.length > EXPLAINER.length)
    .map((name) => ({
      name: name.slice(EXPLAINER.length),
      ...listsOf(arrays[name]!, 0, samples, `${file}: ${name}`),
    }));
  let train: PredictionRun["train"] = null;
  if (arrays.train_labels !== undefined || arrays.train_predictions !== undefined) {
    const trainLabels = need("train_labels");
    const m = trainLabels.shape[0] ?? 0;
    train = {
      labels: classesFrom(trainLabels.data, 0, m, `${file}: train_labels`),
      predictions: listsOf(need("train_predictions"), snapshots, m, `${file}: train_predictions`).lists,
    };
  }
  return {
    labels,
    classes: Math.max(
      network.classes,
      names?.length ?? 0,
      ...simple.map(({ classes }) => classes),
      classCount([labels, ...network.lists, ...simple.flatMap(({ lists }) => lists)]),
    ),
    classNames: names,
    steps,
    predictions: network.lists,
    explainers: simple.map(({ name, lists }) => ({ name, predictions: lists[0]! })),
    train,
  };
}

/** Classes of all cells: their numbers where every one is a whole number from 0, else names in sorted order. */
function indexCells(cells: Iterable<string>): {
  readonly index: ReadonlyMap<string, number>;
  readonly names: string[] | null;
} {
  const distinct = [...new Set(cells)];
  if (distinct.every((cell) => /^\d{1,4}$/.test(cell))) {
    return { index: new Map(distinct.map((cell) => [cell, Number(cell)])), names: null };
  }
  const names = distinct.sort();
  return { index: new Map(names.map((name, i) => [name, i])), names };
}

/**
 * A run from CSV text, see the module's text for its columns. Columns of other names are not read.
 * @throws ForetrainError `ERR_DATA` naming file, line and column
 */
export function predictionRunFromCsv(text: string, file: string): PredictionRun {
  const rows = csvParseRows(text.replace(/^\uFEFF/, ""))
    .map((cells, i) => ({ cells: cells.map((cell) => cell.trim()), line: i + 1 }))
    .filter(({ cells }) => cells.some((cell) => cell !== ""));
  const header = rows[0]?.cells ?? [];
  const label = header.findIndex((name) => /^labels?$/i.test(name));
  const stepColumns = header.flatMap((name, column) => {
    const match = /^step:(.+)$/i.exec(name);
    return match === null ? [] : [{ column, step: Number(match[1]) }];
  });
  const simpleColumns = header.flatMap((name, column) => {
    const match = /^explainer:(.+)$/i.exec(name);
    return match === null ? [] : [{ column, name: match[1]!.trim() }];
  });
  if (label < 0 || stepColumns.length === 0) {
    fail(
      file,
      `has no column ${label < 0 ? '"label"' : '"step:NUMBER"'}; expected a header with label, step:NUMBER for every snapshot and explainer:NAME for every simple model; it has ${header.slice(0, 8).join(", ") || "nothing"}`,
      { got: header },
    );
  }
  stepColumns.sort((a, b) => a.step - b.step);
  const steps = stepColumns.map(({ step }) => step);
  requireSteps(steps, `${file}: header`);
  const body = rows.slice(1);
  if (body.length === 0) fail(file, "has a header and no samples; expected one sample per line");
  const columns = [
    label,
    ...stepColumns.map(({ column }) => column),
    ...simpleColumns.map(({ column }) => column),
  ];
  for (const { cells, line } of body) {
    const empty = columns.find((column) => (cells[column] ?? "") === "");
    if (empty !== undefined) {
      fail(file, `line ${line} has nothing in column ${empty + 1} (${header[empty]}); expected a class`, {
        index: [line, empty + 1],
      });
    }
  }
  const { index, names } = indexCells(body.flatMap(({ cells }) => columns.map((column) => cells[column]!)));
  const classes = Math.max(2, names === null ? 1 + Math.max(...index.values()) : names.length);
  if (classes > MOST_CLASSES) {
    fail(
      file,
      `has ${classes} classes among ${columns.map((column) => header[column]).join(", ")}; expected at most ${MOST_CLASSES}: put them into groups`,
      { got: classes, expected: MOST_CLASSES },
    );
  }
  const list = (column: number) => Int32Array.from(body, ({ cells }) => index.get(cells[column]!)!);
  return {
    labels: list(label),
    classes,
    classNames: names,
    steps,
    predictions: stepColumns.map(({ column }) => list(column)),
    explainers: simpleColumns.map(({ column, name }) => ({ name, predictions: list(column) })),
    train: null,
  };
}
