/**
 * Interpolation of tabulated functions: through six neighbouring nodes of a uniform grid, as a polynomial of degree 5 in
 * the position inside the stencil. The error is about 0.005 h^6 times the sixth derivative in the middle of a stencil and
 * ten times that at its edges.
 * @module
 */

/** Nodes of a stencil, and coefficients of its polynomial. */
export const STENCIL = 6;
/** Middle of a stencil: polynomials are in powers of position - CENTRE, positions 0 to 5. */
export const CENTRE = 2.5;

/** Coefficients [power, node] of the Lagrange polynomials of the nodes 0..5 in powers of (position - CENTRE). */
const MATRIX = new Float64Array(STENCIL * STENCIL);
for (let node = 0; node < STENCIL; node++) {
  // product over the other nodes of (x - (other - CENTRE)) / (node - other), multiplied out
  let powers = [1];
  for (let other = 0; other < STENCIL; other++) {
    if (other === node) continue;
    const next = new Array<number>(powers.length + 1).fill(0);
    for (const [k, coefficient] of powers.entries()) {
      next[k + 1]! += coefficient / (node - other);
      next[k]! -= (coefficient * (other - CENTRE)) / (node - other);
    }
    powers = next;
  }
  for (const [k, coefficient] of powers.entries()) MATRIX[k * STENCIL + node] = coefficient;
}

/** Writes the coefficients of the polynomial through `values[from .. from + 5]` to `out[to .. to + 5]`. */
export function fitStencil(values: Float64Array, from: number, out: Float64Array, to: number): void {
  const a = values[from]!;
  const b = values[from + 1]!;
  const c = values[from + 2]!;
  const d = values[from + 3]!;
  const e = values[from + 4]!;
  const f = values[from + 5]!;
  for (let k = 0; k < STENCIL; k++) {
    const row = k * STENCIL;
    out[to + k] =
      MATRIX[row]! * a +
      MATRIX[row + 1]! * b +
      MATRIX[row + 2]! * c +
      MATRIX[row + 3]! * d +
      MATRIX[row + 4]! * e +
      MATRIX[row + 5]! * f;
  }
}

/** The polynomial `coefficients[at .. at + 5]` at x = position - CENTRE. */
export function valueAt(coefficients: Float64Array, at: number, x: number): number {
  return (
    coefficients[at]! +
    x *
      (coefficients[at + 1]! +
        x *
          (coefficients[at + 2]! +
            x * (coefficients[at + 3]! + x * (coefficients[at + 4]! + x * coefficients[at + 5]!))))
  );
}

/** Its derivative by the position. */
export function slopeAt(coefficients: Float64Array, at: number, x: number): number {
  return (
    coefficients[at + 1]! +
    x *
      (2 * coefficients[at + 2]! +
        x * (3 * coefficients[at + 3]! + x * (4 * coefficients[at + 4]! + x * 5 * coefficients[at + 5]!)))
  );
}

/** First node of the stencil around cell `cell` (between nodes cell and cell + 1) of `count` nodes. */
export function stencilOf(cell: number, count: number): number {
  return Math.min(count - STENCIL, Math.max(0, cell - 2));
}

/** Weights of the six nodes at x = position - CENTRE. */
export function stencilWeights(x: number, out: Float64Array): void {
  for (let node = 0; node < STENCIL; node++) {
    let sum = MATRIX[5 * STENCIL + node]!;
    for (let k = 4; k >= 0; k--) sum = sum * x + MATRIX[k * STENCIL + node]!;
    out[node] = sum;
  }
}
