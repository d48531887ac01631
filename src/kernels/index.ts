export type {
  KernelBackend,
  KernelDiagonals,
  KernelJob,
  OpenJob,
  TileOutput,
  TileRunner,
} from "./backend.js";
export { compileKernel, kernelLayerKinds } from "./compile.js";
export { type ComputeKernelOptions, computeKernel, kernelDiagonal } from "./compute.js";
export type { Tile } from "./gram.js";
export type { KernelMatrices, KernelName, KernelOptions, KernelPlan, Precision } from "./kernel.js";
export { planKernel } from "./plan.js";
export type { KernelProgram, KernelStep } from "./program.js";
export { referenceBackend } from "./reference-backend.js";
export type { SampleSet } from "./samples.js";
