/**
 * Foretrain for Node: everything of the isomorphic entry, and files, data sets by name and run folders.
 * @module
 */
export {
  defaultCacheDir,
  type FetchOptions,
  fetchDataset,
  type LoadOptions,
  type LocatedDataset,
  loadDataset,
  locateDataset,
} from "./data/index-node.js";
export * from "./index.js";
export {
  type NativeLibrary,
  type NativeSearch,
  useNativeLinearAlgebra,
} from "./numeric/linalg/index-node.js";
export {
  checkRunFolder,
  createRunFolder,
  type RunFolder,
  type RunManifest,
  readNpzFile,
  readRunManifest,
  verifyRun,
  withRunFolder,
  writeFileAtomic,
  writeNpzFile,
} from "./runs/index-node.js";
