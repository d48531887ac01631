/**
 * What a study is: an experiment or a figure of a paper as a recipe without files, whose long work goes in pieces that can be
 * kept and resumed. The recipe says what is expected to be seen; its checks hold the outcome against numbers.
 * @module
 */
import type { Dataset, NpzArrays } from "../data/index.js";
import type { FigureOptions } from "../figures/index.js";
import type { NdArray } from "../numeric/matrix.js";
import type { LongWork } from "../progress.js";
import type { Json, PieceWork } from "../runs/index.js";
import type { Check, NotComputed } from "./checks.js";
import type { ParameterLimits } from "./parameter-limits.js";

/** A paper by its letter in `references`. */
export type Paper = "A" | "B" | "C" | "D" | "E";

/** quick: a minute or so; full: the sizes of the paper. */
export type StudySize = "quick" | "full";

/** Numbers of samples, grids, depths: whatever sets how much a study computes. Shown with its results. */
export type StudyParameters = { readonly [name: string]: Json };

/** Named arrays: the result of a piece of work. */
export type PieceArrays = Readonly<Record<string, NdArray>>;

/** A piece of the work of a study; see `ShardTask`. Inputs and `version` make its key, so it must depend on nothing else. */
export interface Piece<I extends Json, O> {
  /** unique within the study */
  readonly name: string;
  /** raised whenever the same input gives another result */
  readonly version: number;
  /** what pieces are called in progress lines, plural; default `pieces` */
  readonly unit?: string;
  /**
   * how much work an input is, in units of what `compute` reports as its progress: for instance the steps of a
   * training. Progress then goes on within pieces. Default: each is one, counted when it is there
   */
  readonly amount?: {
    /** of the units, for people */
    readonly unit: string;
    /** how many units an input is */
    readonly of: (input: I) => number;
  };
  /** its result from its input; what it reports first is what a draft of it had left */
  readonly compute: (input: I, work: PieceWork) => O | Promise<O>;
}

/** What a running study is given. */
export interface StudyContext extends LongWork {
  readonly size: StudySize;
  readonly seed: number;
  /** threads that computations may use; undefined: all cores */
  readonly threads: number | undefined;
  /** Results of pieces in the order of `inputs`; finished ones survive a crash, and are not computed again. */
  readonly arrays: <I extends Json>(
    piece: Piece<I, PieceArrays>,
    inputs: readonly I[],
  ) => Promise<PieceArrays[]>;
  /** As `arrays`, for results that are plain JSON data; NaN and Infinity are kept. */
  readonly values: <I extends Json, O>(piece: Piece<I, O>, inputs: readonly I[]) => Promise<O[]>;
  /** The data set of this run. @throws ERR_SPEC for a study that names none */
  readonly dataset: () => Promise<Dataset>;
}

/** A figure of a study. */
export interface StudyFigure {
  /** file name without ending */
  readonly name: string;
  /** what it shows and how it is read; symbols as in `chi_1`, `sigma_w^2` */
  readonly caption: string;
  /** the figure as SVG */
  readonly draw: (options: FigureOptions) => string;
}

/** What a study finds. */
export interface StudyOutcome {
  /** written as data.npz */
  readonly arrays?: NpzArrays;
  readonly figures?: readonly StudyFigure[];
  readonly checks?: readonly Check[];
  readonly notComputed?: readonly NotComputed[];
  /** sentences with numbers that are no checks: times, what dominates, what falls short */
  readonly notes?: readonly string[];
}

/** A study as the registry holds it. */
export interface Study {
  /** paper or `check`, a dot, a name: `B.phase-diagram` */
  readonly id: string;
  readonly papers: readonly Paper[];
  readonly title: string;
  /** the title on another data set, by its name; null: the same */
  readonly titleOn: ((data: string) => string) | null;
  /** what the reader should see, as the paper says it */
  readonly expected: string;
  /** name of the data set that it reads; null: none */
  readonly data: string | null;
  readonly parameters: Readonly<Record<StudySize, StudyParameters>>;
  /** what values they may have, by name; of values within others by their path (`cases.units`) */
  readonly limits: ParameterLimits;
  readonly seed: number;
  /** keys of `references` beside the papers' own */
  readonly references: readonly string[];
  /** `parameters`: other ones than those of the size, each of the same type; see `studyParameters` */
  readonly run: (
    size: StudySize,
    context: StudyContext,
    parameters?: StudyParameters,
  ) => Promise<StudyOutcome>;
}

/** A study in the making: `run` sees the parameters of its size. */
export interface StudyDefinition<P extends StudyParameters> {
  readonly id: string;
  readonly papers: readonly Paper[];
  readonly title: string;
  /** the title on another data set, by its name; default: the same */
  readonly titleOn?: (data: string) => string;
  readonly expected: string;
  readonly data?: string;
  readonly quick: P;
  readonly full: P;
  /** what values parameters may have; default: any of the type */
  readonly limits?: ParameterLimits;
  readonly seed?: number;
  readonly references?: readonly string[];
  /** computes it with the parameters of a size */
  readonly run: (parameters: P, context: StudyContext) => Promise<StudyOutcome>;
}

/** Makes a study; the registry lists it. */
export function defineStudy<P extends StudyParameters>(definition: StudyDefinition<P>): Study {
  const { id, papers, title, expected, quick, full, run } = definition;
  const { data = null, seed = 0, references = [], limits = {}, titleOn = null } = definition;
  const parameters: Record<StudySize, P> = { quick, full };
  return {
    id,
    papers,
    title,
    titleOn,
    expected,
    data,
    parameters,
    limits,
    seed,
    references,
    // of P's type: `studyParameters` has compared them with those of the size
    run: (size, context, changed) => run((changed ?? parameters[size]) as P, context),
  };
}
