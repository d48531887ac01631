/**
 * What the kernel engine's inner loop calls: the dual activation prepared for given samples.
 * @module
 */
import type { SingleMoments } from "./expansion/graded-means.js";
import type { GradedTable } from "./expansion/graded-table.js";
import type { HermiteExpansion } from "./expansion/hermite-expansion.js";

/** How the pairs are computed. */
export type DualMethod = "closed" | "mehler" | "table" | "quadrature";

/** A sample's Hermite expansion: the number of a node, or its weights of the first nodes (interpolation in the variance). */
export type ExpansionShare = number | Float64Array;

/** Samples of one side in a table: their weights of its nodes (null outside of it) and their moments. */
export interface GradedSamples {
  readonly mixes: readonly (Float64Array | null)[];
  readonly moments: readonly SingleMoments[];
}

/**
 * The dual of one activation for `qRows.length` x `qCols.length` pairs. `pair` neither allocates nor throws; one
 * `PairMap` serves one thread (it may keep scratch memory).
 */
export interface PairMap {
  readonly method: DualMethod;
  /** bound on the error of T relative to E phi^2 (and of Td relative to E phi'^2 when asked for), rounding aside */
  readonly errorBound: number;
  /** Hermite expansions, where method is mehler: nodes, and what each sample takes of them. */
  readonly expansions?: {
    readonly nodes: readonly HermiteExpansion[];
    readonly rows: readonly ExpansionShare[];
    readonly cols: readonly ExpansionShare[];
  };
  /** The table, where pairs come from one whose coefficients are sums of products of one number per sample. */
  readonly graded?: {
    readonly table: GradedTable;
    readonly rows: GradedSamples;
    readonly cols: GradedSamples;
  };
  /** E phi^2 of each sample */
  readonly rowSecond: Float64Array;
  readonly colSecond: Float64Array;
  /** E phi'^2 of each sample; NaN without `derivative` */
  readonly rowDerivativeSecond: Float64Array;
  readonly colDerivativeSecond: Float64Array;
  /**
   * Writes `[T, Td, D, Dd]` for row i and column j with covariance k and deficit d = (q_i + q_j) / 2 - k. The deficits
   * of the output are D = (E phi(u)^2 + E phi(v)^2) / 2 - T and Dd = (E phi'(u)^2 + E phi'(v)^2) / 2 - Td, both without
   * cancellation for close pairs. Walk j in the inner loop: some methods prepare a row.
   */
  pair(i: number, j: number, k: number, d: number, out: Float64Array): void;
}
