/**
 * Squared lengths of the gradients of every sample, without Jacobians where that is cheaper.
 * @module
 */
import { addOuter } from "./contractions.js";
import type { Site, SiteVisitor } from "./operation.js";

/** Squared length of the sum over the positions of sample s of patch (x) cotangent, from pairs of positions. */
function normByPairs(
  { fanIn, channels, positions }: Site,
  p: Float64Array,
  d: Float64Array,
  s: number,
): number {
  let sum = 0;
  for (let a = s * positions; a < (s + 1) * positions; a++) {
    for (let b = s * positions; b <= a; b++) {
      let [patches, cotangents] = [0, 0];
      for (let i = 0; i < fanIn; i++) patches += p[a * fanIn + i]! * p[b * fanIn + i]!;
      for (let c = 0; c < channels; c++) cotangents += d[a * channels + c]! * d[b * channels + c]!;
      sum += (a === b ? 1 : 2) * patches * cotangents;
    }
  }
  return sum;
}

/** Adds |gradient|^2 of every sample of a pass of order 0 to `out` [samples]. */
export function gradientNormVisitor(out: Float64Array): SiteVisitor {
  return (site, [p], [d]) => {
    if (d === null || d === undefined) return;
    const { weight, bias, fanIn, channels, positions } = site;
    const pairs = ((positions * (positions + 1)) / 2) * (fanIn + channels);
    const gradient = pairs < (positions + 1) * fanIn * channels ? null : new Float64Array(fanIn * channels);
    for (let s = 0; s < out.length; s++) {
      if (p !== null && p !== undefined) {
        let square = 0;
        if (gradient === null) square = normByPairs(site, p, d, s);
        else {
          gradient.fill(0);
          addOuter(gradient, 0, p, d, s, site, 1);
          for (const g of gradient) square += g * g;
        }
        out[s]! += weight.multiplier ** 2 * square;
      }
      if (bias === null) continue;
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let at = s * positions; at < (s + 1) * positions; at++) sum += d[at * channels + c]!;
        out[s]! += (bias.multiplier * sum) ** 2;
      }
    }
  };
}
