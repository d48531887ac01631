/**
 * The native accelerator of the linear algebra, for Node, and its number of threads for the command line.
 * @module
 */
export type { NativeLibrary, NativeSearch } from "./native-library-node.js";
export { useNativeLinearAlgebra } from "./native-node.js";
export { setLinearAlgebraThreads } from "./team.js";
