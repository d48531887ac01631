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
  assembleKernel,
  checkRunFolder,
  createRunFolder,
  type KernelBlock,
  type KernelManifest,
  type RunFolder,
  type RunManifest,
  readNpzFile,
  readRunManifest,
  type StreamedKernel,
  type StreamKernelOptions,
  streamKernel,
  verifyRun,
  withRunFolder,
  writeFileAtomic,
  writeNpzFile,
} from "./runs/index-node.js";
export { type RunStudiesOptions, runStudies, type StudiesRun } from "./studies/index-node.js";
