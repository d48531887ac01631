/**
 * Run folders and files that are never half-written (Node).
 * @module
 */

export { folderStore } from "./folder-store-node.js";
export { checkKernelFolder, type KernelBlock, type KernelManifest } from "./kernel-folder-node.js";
export {
  assembleKernel,
  removeKernelFolder,
  type StreamedKernel,
  type StreamKernelOptions,
  streamKernel,
} from "./kernel-stream-node.js";
export {
  MANIFEST_NAME,
  type RunDifference,
  type RunFile,
  type RunManifest,
  readRunManifest,
  verifyRun,
} from "./manifest-node.js";
export { readNpzFile, writeNpzFile } from "./npz-file-node.js";
export {
  checkRunFolder,
  createRunFolder,
  type RunFolder,
  type RunOptions,
  withRunFolder,
} from "./run-folder-node.js";
export { checkWritable, type FileContent, writeFileAtomic } from "./write-node.js";
