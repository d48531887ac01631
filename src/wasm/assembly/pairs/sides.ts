/**
 * Compile-time choices of the operations on pairs. All have the same shape:
 *
 *   op<T, R, N>(bytes, from, to, field, rows, rowStride, cols, colStride, constants)
 *
 * on `bytes` (a multiple of 16) of entries of type T. A state holds the deficits d and, `field` bytes after, g; states
 * may overlap only when they are equal. The features of the column side lie in tables `colStride` bytes apart, one
 * value for each entry; those of the row side in tables `rowStride` apart, one value for all entries when R is
 * OneSample, one for each entry when it is Entries, one for each vector of entries when it is Spread. Constants are
 * f64. Which features and constants, is said at each operation. Reads and writes reach up to the next multiple of 16 bytes.
 * @module
 */

/** R: the row side is one sample. */
export type OneSample = u8;
/** R: the row side has a value for each entry. */
export type Entries = v128;

/** R: the row side has a value for each vector of entries, in all its lanes. */
export type Spread = f32;

/** N: the state has g. */
export type Tangent = u16;
/** N: only d. */
export type NoTangent = u8;

/** Feature of the row side for the entries at offset `o`. */
// @ts-ignore: decorator
@inline
export function rowFeature<T, R>(table: usize, o: usize): v128 {
  if (sizeof<R>() == 16) return v128.load(table + o);
  if (sizeof<R>() == 4) return sizeof<T>() == 8 ? v128.load64_splat(table + (o >> 1)) : v128.load32_splat(table + (o >> 2));
  return sizeof<T>() == 8 ? v128.load64_splat(table) : v128.load32_splat(table);
}

/** The i-th constant in all lanes. */
// @ts-ignore: decorator
@inline
export function constant<T>(constants: usize, i: usize): v128 {
  return v128.splat<T>(<T>load<f64>(constants + 8 * i));
}

// @ts-ignore: decorator
@inline
export function hasTangent<N>(): bool {
  return sizeof<N>() == 2;
}
