/**
 * Where an expansion in the Taylor degree of the output has ended.
 * @module
 */

/** Order 3 beyond this share of order 2: the orders that follow are no longer small either. */
const ENDED = 0.5;

/**
 * The first of several states of an expansion to order 3 at which order 3 is more than half of order 2, so that the sum no longer
 * describes the network; -1: none is.
 *
 * @param sizes - those of order 2 and order 3 in any one unit, at each state
 * @see paper A
 */
export function expansionEnd(sizes: readonly (readonly [two: number, three: number])[]): number {
  return sizes.findIndex(([two, three]) => three > ENDED * two);
}
