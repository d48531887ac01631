/**
 * Dense linear algebra in float64. This list is the whole surface that the rest of the package uses, so that a faster
 * implementation can replace the inside.
 * @module
 */
// says to this thread how workers are had; what runs in workers imports the files of this folder one by one
import "../../threads/index.js";

export {
  addToDiagonal,
  cholesky,
  choleskySolve,
  choleskyWithJitter,
  type JitteredCholesky,
  logDeterminant,
  solveTriangular,
  type TriangularOptions,
} from "./cholesky.js";
export { gemm, nativeSingleProduct } from "./dispatch.js";
export { type EigenDecomposition, type EigenOptions, eigenSymmetric } from "./eigen.js";
export { type ExtremalOptions, eigenExtremal } from "./eigen-extremal.js";
export type { SingleOperand, SingleProduct } from "./implementation.js";
export {
  type ExtremeEigenvalue,
  type OperatorExtremes,
  type OperatorExtremesOptions,
  operatorExtremes,
} from "./operator-extremes.js";
export { view } from "./plain-gemm.js";
export { gramMatrix, type MatmulOptions, matmul } from "./products.js";
export { setLinearAlgebraThreads, type Threaded } from "./thread-count.js";
