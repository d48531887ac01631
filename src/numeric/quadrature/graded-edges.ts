/**
 * Panels for integrands that turn near given points on a scale far below the range of integration.
 * @module
 */

const RATIO = 4; // 16 points a panel resolve a function that is analytic in a sector around the point

/**
 * Edges at centre +- scale RATIO^j out to `reach`: however narrow a peak at a centre is, some panels are as narrow, so
 * that an adaptive rule that starts from them cannot step over it.
 * @param scale  distance from the centres within which the integrand is smooth, > 0
 */
export function gradedEdges(centres: readonly number[], scale: number, reach: number): number[] {
  const edges: number[] = [];
  for (const centre of centres) {
    edges.push(centre);
    for (let h = scale; h < reach; h *= RATIO) edges.push(centre - h, centre + h);
  }
  return edges;
}
