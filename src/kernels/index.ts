export {
  type DepthKernels,
  type DepthsPlan,
  kernelsAtDepths,
  type OwnKernels,
  planKernelsAtDepths,
} from "./at-depths.js";
export type {
  BackendCost,
  KernelBackend,
  KernelDiagonals,
  KernelJob,
  OpenJob,
  TileOutput,
  TileRunner,
} from "./backend.js";
export { compileKernel, kernelLayerKinds } from "./compile.js";
export { computeKernel, computeKernelArrays, kernelDiagonal, setDiagonals } from "./compute.js";
export type { Tile } from "./gram.js";
export type {
  KernelArray,
  KernelBytes,
  KernelMatrices,
  KernelName,
  KernelOptions,
  KernelPlan,
  Precision,
} from "./kernel.js";
export { KERNEL_NAMES } from "./kernel.js";
export { type OpenKernel, type OpenKernelOptions, openKernel } from "./open-kernel.js";
export { kernelNames, planKernel } from "./plan.js";
export type { KernelProgram, KernelStep } from "./program.js";
export { referenceBackend } from "./reference-backend.js";
export type { SampleSet } from "./samples.js";
export { exchangedPlaces, pairSize, type SheetArray } from "./sheet.js";
export { type Area, type TileGrid, tileAt, tileCount } from "./tiles.js";
