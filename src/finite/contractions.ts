/**
 * What a backward pass tells at the sites, contracted to gradients.
 * @module
 */
import { gemm } from "../numeric/linalg/dispatch.js";
import { view } from "../numeric/linalg/plain-gemm.js";
import type { Jet } from "./jet.js";
import type { Site, SiteVisitor } from "./operation.js";

/** out_k += multiplier sum over i + j = k of patches_i^T cotangent_j, and the bias' sums, into flat gradients; for as many k as there are. */
export function gradientVisitor(gradient: readonly Float64Array[]): SiteVisitor {
  return ({ weight, bias, fanIn, channels }, patches, cotangent) => {
    cotangent.forEach((d, j) => {
      if (d === null) return;
      const rows = d.length / channels;
      patches.forEach((p, i) => {
        const out = gradient[i + j];
        if (p === null || out === undefined) return;
        gemm(
          fanIn,
          channels,
          rows,
          weight.multiplier,
          view(p, 0, fanIn, true),
          view(d, 0, channels),
          out,
          weight.offset,
          channels,
        );
      });
      const out = gradient[j];
      if (bias === null || out === undefined) return;
      for (let r = 0; r < rows; r++) {
        for (let c = 0; c < channels; c++) out[bias.offset + c]! += bias.multiplier * d[r * channels + c]!;
      }
    });
  };
}

/**
 * Coefficient `coefficient` of the gradients of every sample, into rows of `jacobian` [.., stride]: row firstRow + s rowStep for
 * sample s. Coefficient 0 is the Jacobian, 1 the Hessians times the direction of the jet, 2 half the third derivatives.
 */
export function jacobianVisitor(
  jacobian: Float64Array,
  stride: number,
  firstRow: number,
  rowStep: number,
  coefficient = 0,
): SiteVisitor {
  return ({ weight, bias, fanIn, channels, positions }, patches, cotangent) => {
    const sizes = { fanIn, channels, positions };
    for (let j = 0; j <= coefficient; j++) {
      const [p, d] = [patches[coefficient - j]!, cotangent[j]!];
      if (d === null) continue;
      const samples = d.length / (channels * positions);
      for (let s = 0; s < samples; s++) {
        const row = (firstRow + s * rowStep) * stride;
        if (p !== null) addOuter(jacobian, row + weight.offset, p, d, s, sizes, weight.multiplier);
        if (bias === null || j !== coefficient) continue;
        for (let at = s * positions; at < (s + 1) * positions; at++) {
          for (let c = 0; c < channels; c++) {
            jacobian[row + bias.offset + c]! += bias.multiplier * d[at * channels + c]!;
          }
        }
      }
    }
  };
}

/** The sizes of a site that its contractions need. */
export type SiteSizes = Pick<Site, "fanIn" | "channels" | "positions">;

/** out[fan-in, channels] += scale sum over the positions of sample s of patch (x) cotangent. */
export function addOuter(
  out: Float64Array,
  offset: number,
  patches: Float64Array,
  cotangent: Float64Array,
  s: number,
  { fanIn, channels, positions }: SiteSizes,
  scale: number,
): void {
  if (positions > 1) {
    const left = view(patches, s * positions * fanIn, fanIn, true);
    gemm(
      fanIn,
      channels,
      positions,
      scale,
      left,
      view(cotangent, s * positions * channels, channels),
      out,
      offset,
      channels,
    );
    return;
  }
  for (let a = 0; a < fanIn; a++) {
    const x = scale * patches[s * fanIn + a]!;
    if (x === 0) continue;
    const row = offset + a * channels;
    for (let c = 0; c < channels; c++) out[row + c]! += x * cotangent[s * channels + c]!;
  }
}

/** A jet of zeros that can be written to. */
export function zeroGradients(order: number, parameters: number): Float64Array[] {
  return Array.from({ length: order + 1 }, () => new Float64Array(parameters));
}

/** Cotangent that picks one coordinate of every sample's output. */
export function unitCotangent(samples: number, outputs: number, coordinate: number, order = 0): Jet {
  const data = new Float64Array(samples * outputs);
  for (let s = 0; s < samples; s++) data[s * outputs + coordinate] = 1;
  return [data, ...new Array<null>(order).fill(null)];
}
