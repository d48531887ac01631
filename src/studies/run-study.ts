/**
 * Running one study: its pieces through an executor, its outcome into a record.
 * @module
 */
import { type Dataset, type NpzArrays, readNpz, writeNpz } from "../data/index.js";
import { ForetrainError } from "../errors.js";
import type { LongWork } from "../progress.js";
import { type Json, localExecutor, type ShardExecutor, type ShardTask } from "../runs/index.js";
import { VERSION } from "../version.js";
import { checkCounts } from "./check-verdicts.js";
import type { Check, NotComputed } from "./checks.js";
import type {
  Paper,
  Piece,
  PieceArrays,
  Study,
  StudyContext,
  StudyFigure,
  StudyParameters,
  StudySize,
} from "./study.js";
import { studyParameters } from "./study-parameters.js";

/** What a finished study says. Plain JSON data. */
export interface StudyRecord {
  readonly foretrain: 1;
  readonly kind: "study";
  readonly version: string;
  readonly id: string;
  readonly title: string;
  readonly papers: readonly Paper[];
  readonly expected: string;
  readonly size: StudySize;
  readonly parameters: StudyParameters;
  readonly seed: number;
  /** name and origin of the data set; null: the study reads none */
  readonly data: { readonly name: string; readonly origin: string } | null;
  readonly checks: readonly Check[];
  readonly notComputed: readonly NotComputed[];
  readonly notes: readonly string[];
  /** names of the figures, in order, with their captions */
  readonly figures: readonly { readonly name: string; readonly caption: string }[];
  /** how many checks disagree */
  readonly disagreeing: number;
  /** how many checks have a number that is none, and so no verdict */
  readonly undecided: number;
  /** pieces of the work that were computed now, and that an earlier run had left */
  readonly pieces: { readonly computed: number; readonly stored: number };
  readonly seconds: number;
  /** keys of `references`, or paper letters */
  readonly references: readonly string[];
  /** the command that makes it again; empty: not known */
  readonly command: string;
}

/** A finished study with what does not go into JSON. */
export interface StudyRun {
  readonly record: StudyRecord;
  readonly arrays: NpzArrays | null;
  readonly figures: readonly StudyFigure[];
}

export interface StudyOptions extends LongWork {
  /** default quick */
  readonly size?: StudySize | undefined;
  /** other values of the study's parameters; the rest stay those of the size */
  readonly parameters?: StudyParameters | undefined;
  /** default: the study's own */
  readonly seed?: number | undefined;
  readonly threads?: number | undefined;
  /** where pieces are computed and kept; default: here, in memory */
  readonly executor?: ShardExecutor | undefined;
  /** gives the data set of a name */
  readonly loadData?: ((source: string) => Promise<Dataset>) | undefined;
  /** another data set instead of the study's own; studies without data do not look at it */
  readonly data?: string | undefined;
  readonly command?: string | undefined;
}

/** JSON has no NaN and no Infinity: they travel as `{ "nonFinite": "NaN" }`. */
const isNonFinite = (value: unknown): value is { nonFinite: string } =>
  typeof value === "object" && value !== null && "nonFinite" in value;

function valueBytes(value: unknown): Uint8Array {
  const text = JSON.stringify(value, (_key, item: unknown) =>
    typeof item === "number" && !Number.isFinite(item) ? { nonFinite: String(item) } : item,
  );
  return new TextEncoder().encode(text);
}

function parseValue<O>(bytes: Uint8Array): O {
  try {
    return JSON.parse(new TextDecoder().decode(bytes), (_key, item: unknown) =>
      isNonFinite(item) ? Number(item.nonFinite) : item,
    ) as O;
  } catch (cause) {
    throw new ForetrainError("ERR_DATA", "a kept piece of the work is damaged", {}, { cause });
  }
}

/**
 * Runs a study.
 *
 * The same study, size, seed, data and version give the same outcome, on any number of threads. Pieces that the executor's
 * store holds are not computed again.
 *
 * @throws ForetrainError `ERR_USAGE` for parameters that the study has not; `ERR_SPEC` when the study reads data and there is no `loadData`; `ERR_ABORTED`; what the study throws
 */
export async function runStudy(study: Study, options: StudyOptions = {}): Promise<StudyRun> {
  const { size = "quick", seed = study.seed, executor = localExecutor(), signal, onProgress } = options;
  const parameters = studyParameters(study, size, options.parameters);
  const pieces = { computed: 0, stored: 0 };
  let data: Dataset | null = null;

  async function execute<I extends Json, O>(
    piece: Piece<I, O>,
    inputs: readonly I[],
    codec: Pick<ShardTask<I, O>, "encode" | "decode">,
  ): Promise<O[]> {
    const { unit = "pieces", amount } = piece;
    const amounts = inputs.map((input) => amount?.of(input) ?? 1);
    const total = amounts.reduce((sum, one) => sum + one, 0);
    /** of the finished pieces, and what of it earlier runs left */
    const ready = { pieces: 0, amount: 0, stored: 0 };
    const report = (within = 0, left = 0) =>
      onProgress?.({
        label: `${study.id}: ${piece.name}`,
        done: ready.amount + within,
        total,
        unit: amount === undefined ? unit : `${amount.unit}, ${ready.pieces}/${inputs.length} ${unit}`,
        stored: ready.stored + left,
      });
    /** what the draft of the piece that was computed last had left */
    let left = 0;
    const task: ShardTask<I, O> = {
      name: `${study.id}/${piece.name}/${VERSION}`,
      version: piece.version,
      compute: (input, work) => {
        if (amount === undefined) return piece.compute(input, work);
        let first: number | null = null;
        return piece.compute(input, {
          ...work,
          onProgress: ({ done }) => {
            first ??= done;
            left = first;
            report(done, first);
          },
        });
      },
      ...codec,
    };
    const outputs: O[] = new Array(inputs.length);
    report();
    for await (const { index, output, stored } of executor.execute(task, inputs, { signal })) {
      outputs[index] = output;
      pieces[stored ? "stored" : "computed"]++;
      ready.pieces++;
      ready.amount += amounts[index]!;
      ready.stored += stored ? amounts[index]! : left;
      left = 0;
      report();
    }
    return outputs;
  }

  const context: StudyContext = {
    size,
    seed,
    threads: options.threads,
    signal,
    onProgress: onProgress && ((p) => onProgress({ ...p, label: `${study.id}: ${p.label}` })),
    arrays: (piece, inputs) =>
      execute(piece, inputs, {
        encode: (arrays) => writeNpz(arrays),
        decode: (bytes): PieceArrays => readNpz(bytes, "a kept piece"),
      }),
    values: <I extends Json, O>(piece: Piece<I, O>, inputs: readonly I[]) =>
      execute(piece, inputs, { encode: valueBytes, decode: parseValue<O> }),
    dataset: async () => {
      data ??= await datasetOf(study, options);
      return data;
    },
  };
  const started = performance.now();
  const outcome = await study.run(size, context, parameters);
  const { checks = [], notComputed = [], notes = [], figures = [], arrays = null } = outcome;
  const used = data as Dataset | null;
  const other = used !== null && options.data !== undefined && options.data !== study.data ? used.name : null;
  const { disagreeing, undecided } = checkCounts(checks);
  const record: StudyRecord = {
    foretrain: 1,
    kind: "study",
    version: VERSION,
    id: study.id,
    title: other === null ? study.title : (study.titleOn?.(other) ?? study.title),
    papers: study.papers,
    expected: study.expected,
    size,
    parameters,
    seed,
    data: used === null ? null : { name: used.name, origin: used.origin },
    checks,
    notComputed,
    notes: [
      ...(other === null
        ? []
        : [`On ${other}; the expectation is about ${study.data}, which is this study's own data set.`]),
      ...notes,
    ],
    figures: figures.map(({ name, caption }) => ({ name, caption })),
    disagreeing,
    undecided,
    pieces,
    seconds: (performance.now() - started) / 1000,
    references: [...new Set([...study.papers, ...study.references])],
    command: options.command ?? "",
  };
  return { record, arrays, figures };
}

async function datasetOf(study: Study, { loadData, data }: StudyOptions): Promise<Dataset> {
  if (study.data === null) {
    throw new ForetrainError("ERR_SPEC", `${study.id} names no data set`, { argument: "data" });
  }
  const source = data ?? study.data;
  if (loadData === undefined) {
    throw new ForetrainError(
      "ERR_SPEC",
      `${study.id} reads the data set ${source}, expected the option loadData: (name) => Promise<Dataset>`,
      { argument: "loadData", got: undefined },
    );
  }
  return loadData(source);
}
