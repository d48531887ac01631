/**
 * Data sets from CSV text: numbers in all columns but one, which holds the class.
 * @module
 */
import { csvParseRows } from "d3-dsv";
import { ForetrainError } from "../errors.js";
import type { NdArray } from "../numeric/matrix.js";
import type { SplitOptions } from "./arrays.js";
import { checkDataset, type Dataset, type Split } from "./dataset.js";
import { indexLabels } from "./labels.js";
import { failData } from "./problem.js";
import { splitSamples } from "./subset.js";

export interface CsvOptions extends SplitOptions {
  /**
   * the column with the class: a name of the header, or an index (negative: from the end). Default: a column called
   * `label`, `class`, `target` or `y`, else the only column of texts, else the last
   */
  readonly label?: string | number | undefined;
  /** whether the first row names the columns; default: found from the content, see {@link readCsv} */
  readonly header?: boolean | undefined;
}

/** Samples, classes and names of features read from a CSV file. */
export interface CsvTable {
  /** features [n, d] and labels */
  readonly samples: Split;
  readonly classNames: readonly string[];
  /** names of the feature columns: of the header, or `x0`, `x1`, ... */
  readonly columns: readonly string[];
}

const LABEL_NAMES = ["label", "class", "target", "y"];
/** Rows that are looked at to tell names from numbers. */
const SAMPLE_ROWS = 1000;
/** NaN and infinities count as numbers here, so that they are reported as bad values and not taken for names. */
const NUMBER = /^\s*[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|nan|inf(?:inity)?)\s*$/i;

function isNumber(cell: string): boolean {
  return NUMBER.test(cell) || cell.trim() === "";
}

/** The first row names columns when one of its cells is a text above numbers, or when none of its cells is a number. */
function looksLikeHeader(rows: readonly (readonly string[])[]): boolean {
  const [first, ...rest] = rows;
  if (first!.every((cell) => !isNumber(cell))) return true;
  return first!.some((cell, j) => !isNumber(cell) && rest.every((row) => isNumber(row[j] ?? "")));
}

/** The form of scikit-learn's bundled files: the first row is `n, d, class names...`. */
function bundledClassNames(rows: readonly (readonly string[])[]): readonly string[] | null {
  const first = rows[0]!;
  const width = rows[1]?.length ?? 0;
  const fits =
    first.length > 2 && Number(first[0]) === rows.length - 1 && Number(first[1]) === width - 1 && width > 1;
  return fits && first.slice(2).every((name) => !NUMBER.test(name)) ? first.slice(2) : null;
}

function labelColumn(
  file: string,
  header: readonly string[] | null,
  width: number,
  label: string | number | undefined,
  sample: readonly (readonly string[])[],
): number {
  if (label === undefined) {
    const named = header?.findIndex((name) => LABEL_NAMES.includes(name.trim().toLowerCase())) ?? -1;
    if (named >= 0) return named;
    const texts = Array.from({ length: width }, (_, j) => j).filter((j) =>
      sample.every((row) => !isNumber(row[j] ?? "")),
    );
    return texts.length === 1 ? texts[0]! : width - 1;
  }
  const named = header?.findIndex((name) => name.trim() === String(label).trim()) ?? -1;
  if (typeof label === "string" && named >= 0) return named;
  const index = typeof label === "number" ? label : /^-?\d+$/.test(label) ? Number(label) : Number.NaN;
  const column = index < 0 ? width + index : index;
  if (!(Number.isInteger(column) && column >= 0 && column < width)) {
    const names = header === null ? "it has no header" : `its columns are ${header.join(", ")}`;
    throw new ForetrainError(
      "ERR_SPEC",
      `${file}: there is no column ${JSON.stringify(label)}; expected a name, or an index from ${-width} to ${width - 1}; ${names}`,
      { argument: "label", got: label, expected: header ?? width },
    );
  }
  return column;
}

interface Columns {
  readonly x: NdArray<Float64Array>;
  /** texts of the label column, and the line and column they are in */
  readonly labels: readonly string[];
  readonly lines: readonly number[];
  readonly target: number;
  readonly bundled: readonly string[] | null;
  readonly columns: readonly string[];
}

/** Features as numbers, and the label column as texts. */
function readColumns(text: string, file: string, options: CsvOptions): Columns {
  // rows keep their line for messages; a cell with a line break would shift it, features are numbers and have none
  const lines = csvParseRows(text.replace(/^\uFEFF/, "")).map((cells, i) => ({ cells, line: i + 1 }));
  const filled = lines.filter(({ cells }) => cells.some((cell) => cell.trim() !== ""));
  const rows = filled.map(({ cells }) => cells);
  if (rows.length < 2) {
    failData(file, `has ${rows.length} filled lines`, "expected a sample per line, comma-separated", {
      got: rows.length,
    });
  }
  const bundled = options.header === undefined ? bundledClassNames(rows) : null;
  const hasHeader = bundled === null && (options.header ?? looksLikeHeader(rows.slice(0, SAMPLE_ROWS)));
  const header = hasHeader ? rows[0]! : null;
  const body = filled.slice(hasHeader || bundled !== null ? 1 : 0);
  const width = header?.length ?? body[0]!.cells.length;
  if (width < 2) {
    failData(
      file,
      `line ${body[0]!.line} has ${width} column`,
      "expected features and a label, separated by commas",
      {
        got: width,
      },
    );
  }
  const target = labelColumn(
    file,
    header,
    width,
    options.label,
    body.slice(0, SAMPLE_ROWS).map(({ cells }) => cells),
  );
  const columns = Array.from({ length: width }, (_, j) => header?.[j]?.trim() ?? `x${j}`).filter(
    (_, j) => j !== target,
  );
  const n = body.length;
  const d = width - 1;
  const x = new Float64Array(n * d);
  const labels: string[] = [];
  body.forEach(({ cells, line }, i) => {
    if (cells.length !== width) {
      failData(
        file,
        `line ${line} has ${cells.length} columns, expected ${width}`,
        "the line is cut, or a text with commas lacks quotes",
        {
          index: line,
          got: cells.length,
          expected: width,
        },
      );
    }
    let to = i * d;
    cells.forEach((cell, j) => {
      if (j === target) return;
      const value = cell.trim() === "" ? Number.NaN : Number(cell);
      if (!Number.isFinite(value)) {
        failData(
          file,
          `line ${line}, column ${j + 1}${header === null ? "" : ` (${header[j]!.trim()})`} is ${JSON.stringify(cell)}`,
          "expected a finite number: remove or fill in missing values, and encode categories as numbers",
          { index: [line, j + 1], got: cell },
        );
      }
      x[to++] = value;
    });
    const label = cells[target]!.trim();
    if (label === "") {
      failData(file, `line ${line} has no label in column ${target + 1}`, "remove it or fill it in", {
        index: [line, target + 1],
      });
    }
    labels.push(label);
  });
  return {
    x: { data: x, shape: [n, d] },
    labels,
    lines: body.map(({ line }) => line),
    target,
    bundled,
    columns,
  };
}

/**
 * Reads CSV (RFC 4180, comma-separated, quotes allowed) with one sample per row.
 *
 * The first row is taken for a header when one of its cells is a text above a column of numbers, or when none of its
 * cells is a number. A first row `n, d, class names...`, as scikit-learn's bundled tables have it, names the classes.
 * Classes are the different labels, sorted.
 *
 * @param file  name for error messages
 * @throws ForetrainError `ERR_DATA` with line and column for missing values, texts, NaN, rows of another length;
 *         `ERR_SPEC` for a label column that does not exist
 */
export function readCsv(text: string, file: string, options: CsvOptions = {}): CsvTable {
  return classesOfColumns(readColumns(text, file, options), file);
}

function classesOfColumns({ x, labels, lines, target, bundled, columns }: Columns, file: string): CsvTable {
  const source = `${file}: column ${target + 1}`;
  const numeric = labels.every((label) => NUMBER.test(label));
  const badLabel = numeric ? labels.findIndex((label) => !Number.isSafeInteger(Number(label))) : -1;
  if (badLabel >= 0) {
    failData(
      source,
      `the label of line ${lines[badLabel]!} is ${labels[badLabel]}`,
      "expected integers or names of classes; give the label column when it is another",
      { index: lines[badLabel]!, got: labels[badLabel] },
    );
  }
  const indexed = indexLabels([numeric ? labels.map(Number) : labels], source);
  const names =
    bundled !== null && indexed.classNames.every((name) => bundled[Number(name)] !== undefined)
      ? indexed.classNames.map((name) => bundled[Number(name)]!)
      : indexed.classNames;
  return {
    samples: { x, y: indexed.labels[0]! },
    classNames: names,
    columns,
  };
}

/** A data set from CSV text, split into train and test by seed; see {@link readCsv}. */
export function datasetFromCsv(
  text: string,
  file: string,
  options: CsvOptions & { readonly origin?: string } = {},
): Dataset {
  const { samples, classNames } = readCsv(text, file, options);
  return checkDataset({
    name: file,
    origin: options.origin ?? file,
    inputShape: samples.x.shape.slice(1),
    classNames,
    valueScale: 1,
    warnings: [],
    ...splitSamples(samples, { testFraction: options.testFraction, seed: options.splitSeed }),
  });
}

/** Real targets of a CSV file, split into train and test. */
export interface CsvRegression {
  /** inputs [n, d] and targets [n, 1] */
  readonly train: { readonly x: NdArray; readonly y: NdArray<Float64Array> };
  readonly test: { readonly x: NdArray; readonly y: NdArray<Float64Array> };
}

/**
 * Inputs and real targets from CSV text, or null where the label column holds classes: texts, or integers alone, as in
 * npz files. Train and test are the rows that {@link datasetFromCsv} would take.
 * @throws ForetrainError as {@link readCsv}; `ERR_DATA` for a target that is NaN or infinite among numbers
 */
export function regressionFromCsv(
  text: string,
  file: string,
  options: CsvOptions = {},
): CsvRegression | null {
  const { x, labels, lines, target } = readColumns(text, file, options);
  if (!labels.every((label) => NUMBER.test(label))) return null;
  const values = Float64Array.from(labels, Number);
  if (values.every((value) => Number.isSafeInteger(value))) return null;
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    failData(
      `${file}: column ${target + 1}`,
      `the target of line ${lines[bad]} is ${labels[bad]}`,
      "expected a finite number: remove or fill in missing values",
      { index: lines[bad], got: labels[bad] },
    );
  }
  const parts = splitSamples(
    { x, y: Int32Array.from(labels, (_, i) => i) },
    { testFraction: options.testFraction, seed: options.splitSeed },
  );
  const targets = ({ x: inputs, y: rows }: Split) => ({
    x: inputs,
    y: { data: Float64Array.from(rows, (row) => values[row]!), shape: [rows.length, 1] },
  });
  return { train: targets(parts.train), test: targets(parts.test) };
}
