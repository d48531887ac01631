/**
 * Data sets: reading, checking, choosing, normalizing. Isomorphic: bytes in, arrays out; files are in `index-node.ts`.
 * @module
 */
export {
  type ArrayTargets,
  datasetFromArrays,
  inputsFromArrays,
  type SplitOptions,
  targetsFromArrays,
} from "./arrays.js";
export {
  CIFAR_TEST_BATCH,
  CIFAR_TRAIN_BATCHES,
  type LabelledImages,
  readCifarArchive,
  readCifarBatches,
} from "./cifar.js";
export {
  BINARY_TASKS,
  type BinaryTask,
  binaryTaskGroups,
  type ClassGroup,
  groupClasses,
  withLabelNoise,
} from "./class-tasks.js";
export {
  type CsvOptions,
  type CsvRegression,
  type CsvTable,
  datasetFromCsv,
  readCsv,
  regressionFromCsv,
} from "./csv.js";
export {
  checkDataset,
  classCounts,
  type Dataset,
  requireFinite,
  requireTwoClasses,
  type Split,
  takeSamples,
} from "./dataset.js";
export { readDigits } from "./digits.js";
export { gunzip, isGzip } from "./gzip.js";
export { readIdx, readIdxImages, readIdxLabels } from "./idx.js";
export { type Normalization, type NormalizedInputs, normalizeInputs } from "./normalize.js";
export { writeNpyHeader } from "./npy-header.js";
export { type NpzArrays, npzPieces, readNpy, readNpz, writeNpy, writeNpz } from "./npz.js";
export {
  REGRESSION_NAMES,
  type RegressionName,
  type RegressionOptions,
  type RegressionProblem,
  regressionProblem,
} from "./regression.js";
export { chooseSubset, DEFAULT_TEST_FRACTION, type SubsetOptions, splitSamples } from "./subset.js";
export {
  type DiskOptions,
  diskDataset,
  type ProductsOptions,
  productsDataset,
  type SinusoidOptions,
  type SyntheticOptions,
  sinusoidDataset,
  type TheoremOptions,
  theoremDataset,
} from "./synthetic.js";
export { isSyntheticSource, syntheticDataset } from "./synthetic-source.js";
export { classesOf, classFrequencies, oneHotCentred, signTargets } from "./targets.js";
export {
  WAVE_KINDS,
  type WaveKind,
  type WaveOptions,
  type WaveProblem,
  type WaveSamples,
  waveProblem,
} from "./waves.js";
export { STORED_CRC_OFFSET, type StoredEntry, storedEnd, storedHeader } from "./zip.js";
