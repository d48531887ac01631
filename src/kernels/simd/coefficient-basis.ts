/**
 * Few coordinates in which coefficient vectors keep their distances.
 * @module
 */

/**
 * Coordinates of vectors in an orthonormal basis of their span, up to `tolerance` of the longest vector. Coefficients
 * are analytic in the variance, so that a handful of basis vectors does for any number of samples.
 *
 * Gram-Schmidt that takes the vector with the largest remainder next.
 * @param vectors  of one length
 * @returns one array of coordinates for each vector, all of one length; null where `limit` coordinates do not do
 */
export function basisCoordinates(
  vectors: readonly Float64Array[],
  tolerance: number,
  limit: number,
): readonly Float64Array[] | null {
  const rest = vectors.map((vector) => vector.slice());
  const squares = rest.map((vector) => dot(vector, vector));
  const enough = tolerance * tolerance * squares.reduce((most, value) => Math.max(most, value), 0);
  const found: number[][] = vectors.map(() => []);
  for (;;) {
    let next = 0;
    for (let i = 1; i < squares.length; i++) if (squares[i]! > squares[next]!) next = i;
    if (!(squares[next]! > enough)) return found.map((coordinates) => Float64Array.from(coordinates));
    if (found[0]!.length === limit) return null;
    const norm = Math.sqrt(squares[next]!);
    const direction = rest[next]!.map((value) => value / norm);
    for (const [i, vector] of rest.entries()) {
      const along = dot(vector, direction);
      found[i]!.push(along);
      for (let k = 0; k < vector.length; k++) vector[k]! -= along * direction[k]!;
      squares[i] = dot(vector, vector);
    }
    squares[next] = 0;
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}
