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
export { computeKernel, computeKernelArrays, kernelDiagonal } from "./compute.js";
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
export { planKernel } from "./plan.js";
export type { KernelProgram, KernelStep } from "./program.js";
export { referenceBackend } from "./reference-backend.js";
export type { SampleSet } from "./samples.js";
