/**
 * The terms of the expansion at one gamma and N along a cut, and as files.
 * @module
 */
import { termRounding } from "foretrain";
import type { FigureContents } from "../../figures/export.js";
import type { Cut } from "./model.js";
import type { SolutionReading } from "./operations.js";

export interface Terms {
  readonly x: readonly number[];
  /** h, eps Q^1, ... */
  readonly terms: readonly (readonly number[])[];
  /** sizes of the corrections eps Q^1, ... below which they are rounding */
  readonly rounding: readonly number[];
  /** standard deviation of the random term */
  readonly random: readonly number[];
}

/** Every term along the cut; null: there is no expansion. */
export function termsOf(
  { solution }: Pick<SolutionReading, "solution">,
  cut: Cut,
  gamma: number,
  units: number,
): Terms | null {
  const { expansion, limit } = solution;
  if (expansion?.test == null || limit?.testVariance == null) return null;
  const eps = units ** (gamma - 1);
  const size = units ** (0.5 - gamma);
  return {
    x: cut.values,
    terms: expansion.test.map((term, j) => cut.pick(term).map((value) => eps ** j * value)),
    rounding: termRounding(expansion, eps),
    random: cut.pick(limit.testVariance).map((value) => size * Math.sqrt(Math.max(0, value))),
  };
}

/** The terms that are drawn; npz has besides h, Q^1, ... and the variance of the random term at every time and test point. */
export function termsContents(
  { reading, cut }: { readonly reading: Pick<SolutionReading, "solution" | "test">; readonly cut: Cut },
  { x, terms, random }: Terms,
  svg: () => string,
): FigureContents {
  const { solution, test } = reading;
  const { expansion, limit, times } = solution;
  const points = test.y.length;
  const vector = (values: readonly number[]) => ({ data: Float64Array.from(values), shape: [values.length] });
  return {
    name: "normalization-terms",
    svg,
    csv: () => ({
      columns: [cut.title, ...terms.map((_, j) => (j === 0 ? "h" : `eps^${j} Q^${j}`)), "random term"],
      rows: x.map((at, i) => [at, ...terms.map((term) => term[i]!), random[i]!]),
    }),
    arrays: () => ({
      cut: vector(x),
      drawn_terms: { data: Float64Array.from(terms.flat()), shape: [terms.length, x.length] },
      drawn_random: vector(random),
      times: vector(times),
      x: { data: test.x, shape: [points, test.x.length / points] },
      terms: {
        data: Float64Array.from(expansion!.test!.flatMap((term) => term.flatMap((at) => Array.from(at)))),
        shape: [expansion!.test!.length, times.length, points],
      },
      variance_initial: {
        data: Float64Array.from(limit!.testVariance!.flatMap((at) => Array.from(at))),
        shape: [times.length, points],
      },
    }),
  };
}
