/**
 * The native accelerator of the linear algebra, for Node.
 * @module
 */
export type { NativeLibrary, NativeSearch } from "./native-library-node.js";
export { useNativeLinearAlgebra } from "./native-node.js";
