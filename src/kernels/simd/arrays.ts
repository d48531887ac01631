/**
 * Arrays that several threads may read.
 * @module
 */

/** Zeros; in shared memory where the runtime has it, so that sending them to a worker does not copy. */
export function sharedFloat64(length: number): Float64Array {
  if (typeof SharedArrayBuffer === "undefined") return new Float64Array(length);
  return new Float64Array(new SharedArrayBuffer(8 * length));
}
