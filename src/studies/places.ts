/**
 * Where a reader finds what is behind a study: the file of its recipe and its formulas in `docs/theory.md`.
 * @module
 */

/** Recipe and formulas of a study; see `studyPlace`. */
export interface StudyPlace {
  /** path in the repository */
  readonly source: string;
  /** sections of docs/theory.md, by their letters and numbers */
  readonly formulas: readonly string[];
  /** place among all studies in lists and pages, from 0; null: it is not among them */
  readonly order: number | null;
}

/** The notes that sections belong to. */
export const THEORY_NOTES = "docs/theory.md";

const place = (file: string, ...formulas: string[]): Omit<StudyPlace, "order"> => ({
  source: `src/studies/${file}.ts`,
  formulas,
});

/** By the id of the study, in the order of the registry, which readers of results have no need to load. */
const PLACES: Readonly<Record<string, Omit<StudyPlace, "order">>> = {
  "A.orders": place("paper-a/orders", "A1", "A3"),
  "A.linear-model": place("paper-a/linear-model", "A1", "A3"),
  "A.linear-noise": place("paper-a/linear-noise", "A1", "A2"),
  "A.hyper-parameters": place("paper-a/hyper-parameters", "A2"),
  "A.noise": place("paper-a/noise", "A3", "A4"),
  "A.hessian": place("paper-a/hessian", "A5"),
  "B.phase-diagram": place("paper-b/phase-diagram", "B2"),
  "B.signal-depth": place("paper-b/signal", "B2"),
  "B.spectra": place("paper-b/spectra", "B1", "B4", "B5"),
  "B.pooling": place("paper-b/pooling", "B4", "B6"),
  "B.pooling-accuracy": place("paper-b/pooling-accuracy", "B4", "B5", "B6"),
  "B.dropout": place("paper-b/dropout", "B6"),
  "B.accuracy-map": place("paper-b/accuracy-map/study", "B2", "B3", "B5"),
  "B.finite-map": place("paper-b/finite/finite-map", "B2", "B3", "B5"),
  "B.learning-rate": place("paper-b/finite/learning-rate", "B1", "B3"),
  "C.mnist": place("paper-c/images", "C1", "C2"),
  "C.cifar": place("paper-c/images", "C1", "C2"),
  "C.first-phase": place("paper-c/first-phase", "C1", "C2", "C5"),
  "C.disk": place("paper-c/disk", "C5"),
  "C.predicted": place("paper-c/predicted", "C1", "C2", "B5"),
  "C.controls": place("paper-c/controls", "C1", "C2", "C5"),
  "C.theorem": place("paper-c/theorem", "C4"),
  "C.increasing": place("paper-c/increasing", "C1", "C2", "C3"),
  "C.products": place("paper-c/products", "C1", "C2", "C3", "C5"),
  "D.convergence": place("paper-d/convergence", "D1", "D2"),
  "D.second-layer": place("paper-d/second-layer", "D3"),
  "D.dependence": place("paper-d/second-layer", "D3"),
  "D.unit-scale": place("paper-d/unit-scale", "D2", "D4"),
  "E.limit": place("paper-e/limit", "E1"),
  "E.expansion": place("paper-e/expansion", "E2"),
  "E.variance": place("paper-e/variance", "E3"),
  "E.sgd-noise": place("paper-e/sgd-noise", "E3"),
  "E.bias-variance": place("paper-e/bias-variance", "E2", "E3"),
  "E.mnist": place("paper-e/mnist", "E4"),
  "E.cifar": place("paper-e/cifar", "E4"),
  "check.bd": place("check-bd/study", "B1", "B2", "B3", "B4", "B5", "B6", "B7", "D1", "D2", "D3", "D4"),
  "check.c": place("check-c/study", "C1", "C2", "C4", "C5"),
  "check.ae": place(
    "check-ae/study",
    ...["A1", "A2", "A3", "A4", "A5", "A6", "E1", "E2", "E3", "O1", "O2", "O3"],
  ),
};

const ORDER = Object.keys(PLACES);

/**
 * The recipe of a study and its formulas, by its id (`B.spectra`): a path in the repository, and sections of the notes on the theory
 * (docs/theory.md), whose formulas are numbered; and its place among all. For a study of a paper that is not listed it is the folder of the paper; null: it is
 * none of this package.
 */
export function studyPlace(id: string): StudyPlace | null {
  const known = PLACES[id];
  if (known !== undefined) return { ...known, order: ORDER.indexOf(id) };
  const paper = /^([A-E])\./.exec(id)?.[1];
  if (paper === undefined) return null;
  return { source: `src/studies/paper-${paper.toLowerCase()}`, formulas: [], order: null };
}
