/**
 * Tangent kernels as sums over layers: every layer adds the inner products of its samples' gradients.
 *
 * A layer's gradient for one output of one sample is the sum over positions of patch (x) cotangent. Its inner products
 * come in two ways. `outer`: sum over pairs of positions of (patch . patch') (cotangent . cotangent'), which never forms
 * a gradient, n^2 p^2 (f + c) multiplications for n samples, p positions, fan-in f and c channels. `gradient`: the
 * gradients themselves, n p f c, and their products, n^2 f c. One position makes the first one better always; many
 * positions and few channels the second.
 * @module
 */
import { gemm, view } from "../numeric/linalg/index.js";
import { addOuter } from "./contractions.js";
import type { Site, SiteVisitor } from "./operation.js";

export type TangentMethod = "outer" | "gradient";

/** Multiplications of both ways for one pair of output coordinates. */
export function tangentCost(
  { fanIn, channels, positions }: Pick<Site, "fanIn" | "channels" | "positions">,
  rows: number,
  columns: number,
): Readonly<Record<TangentMethod, number>> {
  return {
    outer: rows * columns * positions ** 2 * (fanIn + channels + 1),
    gradient: (rows + columns) * positions * fanIn * channels + rows * columns * fanIn * channels,
  };
}

/** The cheaper way for a layer. */
export function tangentMethod(site: Site, rows: number, columns: number): TangentMethod {
  const { outer, gradient } = tangentCost(site, rows, columns);
  return outer <= gradient ? "outer" : "gradient";
}

/** What one layer keeps of a batch for one output coordinate. */
interface Share {
  readonly site: Site;
  readonly samples: number;
  /** null for gradients */
  readonly patches: Float64Array | null;
  /** cotangents [samples positions, channels], or gradients [samples, fan-in channels] without the multiplier */
  readonly data: Float64Array;
  /** sums of the cotangents over positions, [samples, channels]; null without bias */
  readonly bias: Float64Array | null;
}

/** Shares by number of site; null for sites that the output does not depend on. */
export type Shares = (Share | null)[];

function sumOverPositions(d: Float64Array, positions: number, channels: number): Float64Array {
  if (positions === 1) return d;
  const samples = d.length / (positions * channels);
  const out = new Float64Array(samples * channels);
  for (let s = 0; s < samples; s++) {
    for (let p = 0; p < positions; p++) {
      for (let c = 0; c < channels; c++) out[s * channels + c]! += d[(s * positions + p) * channels + c]!;
    }
  }
  return out;
}

/** Collects the shares of one backward pass of order 0; `methods` by number of site. */
export function shareVisitor(methods: readonly TangentMethod[], shares: Shares): SiteVisitor {
  return (site, patches, cotangent) => {
    const [p, d] = [patches[0]!, cotangent[0]!];
    if (p === null || d === null) return;
    const { fanIn, channels, positions } = site;
    const samples = d.length / (positions * channels);
    const bias = site.bias === null ? null : sumOverPositions(d, positions, channels);
    if (methods[site.index] === "outer") {
      shares[site.index] = { site, samples, patches: p, data: d, bias };
      return;
    }
    const data = new Float64Array(samples * fanIn * channels);
    for (let s = 0; s < samples; s++) addOuter(data, s * fanIn * channels, p, d, s, site, 1);
    shares[site.index] = { site, samples, patches: null, data, bias };
  };
}

/** a b^T for rows of `inner` numbers. */
function inner(a: Float64Array, b: Float64Array, size: number): Float64Array {
  const [rows, cols] = [a.length / size, b.length / size];
  const out = new Float64Array(rows * cols);
  gemm(rows, cols, size, 1, view(a, 0, size), view(b, 0, size, true), out, 0, cols);
  return out;
}

/** Inner products of the patches of two passes by number of site: the same for all outputs. */
export type PatchProducts = Map<number, Float64Array>;

/**
 * Adds the inner products of all samples of `left` with all of `right` to `out` [rows, columns].
 * @param known  kept between the outputs of the same two passes
 */
export function addTangents(
  out: Float64Array,
  left: Shares,
  right: Shares,
  known: PatchProducts = new Map(),
): void {
  left.forEach((a, index) => {
    const b = right[index];
    if (a === null || b === null || b === undefined) return;
    const { weight, bias, fanIn, channels, positions } = a.site;
    const columns = b.samples;
    const square = weight.multiplier ** 2;
    if (a.patches === null || b.patches === null) {
      const products = inner(a.data, b.data, fanIn * channels);
      for (let i = 0; i < products.length; i++) out[i]! += square * products[i]!;
    } else {
      const patches = known.get(index) ?? inner(a.patches, b.patches, fanIn);
      known.set(index, patches);
      const cotangents = inner(a.data, b.data, channels);
      const wide = columns * positions;
      for (let i = 0; i < patches.length; i++) {
        const row = Math.floor(Math.floor(i / wide) / positions);
        const column = Math.floor((i % wide) / positions);
        out[row * columns + column]! += square * patches[i]! * cotangents[i]!;
      }
    }
    if (bias !== null && a.bias !== null && b.bias !== null) {
      const products = inner(a.bias, b.bias, channels);
      for (let i = 0; i < products.length; i++) out[i]! += bias.multiplier ** 2 * products[i]!;
    }
  });
}
