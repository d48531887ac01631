/**
 * The native accelerator of the linear algebra, for Node.
 * @module
 */
export type { NativeLibrary, NativeSearch } from "./native-library-node.js";
export { searchNativeLibrary } from "./native-library-node.js";
export { threadHolds, useNativeLinearAlgebra } from "./native-node.js";
