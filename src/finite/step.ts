/**
 * What one layer of a finite network does, as data: what compilers of other arithmetic read, and its map of jets.
 * @module
 */
import type { Activation } from "../activations/index.js";
import type { Norm, Operation, Site } from "./operation.js";
import { affine } from "./operations/affine.js";
import { batchNorm } from "./operations/batch-norm.js";
import { layerNorm } from "./operations/layer-norm.js";
import { concatenation, dropout, pool, sumOfBranches, unchanged } from "./operations/linear.js";
import { maxPool } from "./operations/max-pool.js";
import { pointwise } from "./operations/pointwise.js";
import { productOfBranches } from "./operations/product.js";
import type { Windows } from "./windows.js";

/** One step of a network; arrays are [samples, positions, channels]. */
export type Step =
  /** dense or convolutional: patches times the weights, plus the bias */
  | { readonly kind: "affine"; readonly site: Site }
  | { readonly kind: "pointwise"; readonly activation: Activation }
  /** the same numbers under another shape: identity and flatten */
  | { readonly kind: "unchanged" }
  /** sums over windows, times `weights` [outputs] */
  | {
      readonly kind: "pool";
      readonly windows: Windows;
      readonly weights: Float64Array;
      readonly channels: number;
    }
  /** largest values over windows */
  | { readonly kind: "maxPool"; readonly windows: Windows; readonly channels: number }
  /** over `axes` of a sample's `shape` */
  | { readonly kind: "layerNorm"; readonly shape: readonly number[]; readonly axes: readonly number[] }
  | { readonly kind: "batchNorm"; readonly norm: Norm }
  | { readonly kind: "dropout"; readonly keepRate: number }
  | { readonly kind: "sum" }
  | { readonly kind: "product" }
  /** of branches with these shapes, along `axis` of a sample's shape */
  | { readonly kind: "concat"; readonly shapes: readonly (readonly number[])[]; readonly axis: number };

/** The step as a map of jets with its transpose. */
export function operationOf(step: Step): Operation {
  switch (step.kind) {
    case "affine":
      return affine(step.site);
    case "pointwise":
      return pointwise(step.activation);
    case "unchanged":
      return unchanged;
    case "pool":
      return pool(step.windows, step.weights, step.channels);
    case "maxPool":
      return maxPool(step.windows, step.channels);
    case "layerNorm":
      return layerNorm(step.shape, step.axes);
    case "batchNorm":
      return batchNorm(step.norm);
    case "dropout":
      return dropout(step.keepRate);
    case "sum":
      return sumOfBranches;
    case "product":
      return productOfBranches;
    case "concat":
      return concatenation(step.shapes, step.axis);
  }
}
