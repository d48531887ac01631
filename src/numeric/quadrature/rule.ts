/**
 * Quadrature rules as plain arrays.
 * @module
 */

/** sum_i weights[i] f(nodes[i]) approximates an integral; nodes ascend. */
export interface QuadratureRule {
  readonly nodes: Float64Array;
  readonly weights: Float64Array;
}
