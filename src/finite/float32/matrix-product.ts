/**
 * Matrix products of float32 arrays in the training module's memory: by the module itself, or by a native library that was
 * plugged into the linear algebra.
 * @module
 */
import { nativeSingleProduct } from "../../numeric/linalg/dispatch.js";
import type { SingleOperand } from "../../numeric/linalg/implementation.js";
import type { TrainingMemory } from "./training-memory.js";

const FLOAT = 4;
/** Products with fewer multiplications cost less than a call of a library. */
const FEWEST = 32 ** 3;

/** C[m, n] += alpha A[m, k] B[k, n]; addresses and strides in bytes, C by rows. */
export type MatrixProduct = (
  m: number,
  n: number,
  k: number,
  alpha: number,
  a: number,
  aRowStride: number,
  aColStride: number,
  b: number,
  bRowStride: number,
  bColStride: number,
  c: number,
  cRowStride: number,
) => void;

/** The product of a memory. A native library takes its own number of threads, on which its last bits may depend. */
export function matrixProduct({ exports, scratch }: TrainingMemory): MatrixProduct {
  const embedded: MatrixProduct = (...args) => exports.sgemm(...args, scratch);
  const native = nativeSingleProduct();
  if (native === null) return embedded;
  const { buffer } = exports.memory;
  const arrays = new Map<number, Float32Array>();
  /** what starts at an address; a program has only so many of them */
  const arrayAt = (address: number): Float32Array => {
    let array = arrays.get(address);
    if (array === undefined) {
      array = new Float32Array(buffer, address);
      arrays.set(address, array);
    }
    return array;
  };
  const operand = (address: number, rowStride: number, colStride: number): SingleOperand => ({
    data: arrayAt(address),
    stride: (colStride === FLOAT ? rowStride : colStride) / FLOAT,
    transposed: colStride !== FLOAT,
  });
  return (m, n, k, alpha, a, ars, acs, b, brs, bcs, c, ldc) => {
    if (m * n * k < FEWEST) embedded(m, n, k, alpha, a, ars, acs, b, brs, bcs, c, ldc);
    else native(m, n, k, alpha, operand(a, ars, acs), operand(b, brs, bcs), arrayAt(c), ldc / FLOAT);
  };
}
