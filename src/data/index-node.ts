/**
 * Data sets from files, packages and servers (Node).
 * @module
 */
export { type DownloadOptions, type DownloadTask, download } from "./download-node.js";
export {
  type FetchOptions,
  fetchDataset,
  type LoadOptions,
  loadCsvRegression,
  loadDataset,
} from "./load-node.js";
export { readFileBytes } from "./read-file-node.js";
export {
  defaultCacheDir,
  type LocatedDataset,
  locateDataset,
  type SourceKind,
  type SourceOptions,
} from "./sources-node.js";
