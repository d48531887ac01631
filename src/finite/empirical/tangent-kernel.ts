/**
 * Tangent kernels as sums over layers: every layer adds the inner products of its samples' gradients.
 *
 * A layer's gradient for one output of one sample is the sum over positions of patch (x) cotangent. Its inner products
 * come in two ways. `outer`: sum over pairs of positions of (patch . patch') (cotangent . cotangent'), which never forms
 * a gradient; the products of patches serve all outputs. `gradient`: the gradients themselves, and their products. One
 * position and many units make the first one better; many positions with few channels, or few samples with many outputs,
 * the second.
 * @module
 */
import { gemm } from "../../numeric/linalg/dispatch.js";
import { view } from "../../numeric/linalg/plain-gemm.js";
import { addOuter } from "../contractions.js";
import type { Site, SiteVisitor } from "../operation.js";

export type TangentMethod = "outer" | "gradient";

/** A block of a kernel: samples of two sides, all pairs or only each with its own, and pairs of outputs. */
export interface TangentBlock {
  readonly rows: number;
  readonly columns: number;
  /** only sample i of x1 with sample i of x2 */
  readonly diagonal: boolean;
  /** backward passes: outputs of the rows and of the columns, those shared by both counted once */
  readonly rowOutputs: number;
  readonly columnOutputs: number;
  /** pairs of outputs */
  readonly pairs: number;
}

/** Multiply-adds of the matrix products of both ways for one layer. */
export function tangentCost(
  { fanIn, channels, positions, bias }: Pick<Site, "fanIn" | "channels" | "positions" | "bias">,
  { rows, columns, diagonal, rowOutputs, columnOutputs, pairs }: TangentBlock,
): Readonly<Record<TangentMethod, number>> {
  const samplePairs = diagonal ? rows : rows * columns;
  const biases = bias === null ? 0 : pairs * samplePairs * channels;
  return {
    outer: samplePairs * positions ** 2 * (fanIn + pairs * channels) + biases,
    gradient:
      (rows * rowOutputs + columns * columnOutputs) * positions * fanIn * channels +
      pairs * samplePairs * fanIn * channels +
      biases,
  };
}

/** The cheaper way for a layer. */
export function tangentMethod(
  site: Pick<Site, "fanIn" | "channels" | "positions" | "bias">,
  block: TangentBlock,
): TangentMethod {
  const { outer, gradient } = tangentCost(site, block);
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

/**
 * Inner products of rows of `size` numbers, of which every sample has `each`: of all pairs [rows each, columns each], or of each
 * sample with its own [samples, each, each].
 */
function inner(
  a: Float64Array,
  b: Float64Array,
  size: number,
  each: number,
  diagonal: boolean,
): Float64Array {
  const [rows, columns] = [a.length / size, b.length / size];
  if (!diagonal) {
    const out = new Float64Array(rows * columns);
    gemm(rows, columns, size, 1, view(a, 0, size), view(b, 0, size, true), out, 0, columns);
    return out;
  }
  const samples = rows / each;
  const out = new Float64Array(samples * each * each);
  for (let s = 0; s < samples; s++) {
    const at = s * each * size;
    gemm(each, each, size, 1, view(a, at, size), view(b, at, size, true), out, s * each * each, each);
  }
  return out;
}

/** Inner products of the patches of two passes by number of site: the same for all outputs. */
export type PatchProducts = Map<number, Float64Array>;

/** out[sample pair] += scale sum over pairs of positions of patches cotangents. */
function addPairs(
  out: Float64Array,
  patches: Float64Array,
  cotangents: Float64Array,
  scale: number,
  positions: number,
  columns: number,
): void {
  if (positions === 1) {
    for (let i = 0; i < out.length; i++) out[i]! += scale * patches[i]! * cotangents[i]!;
    return;
  }
  let at = 0;
  for (let row = 0; row < out.length; row += columns) {
    for (let p = 0; p < positions; p++) {
      for (let j = row; j < row + columns; j++) {
        let sum = 0;
        for (let q = 0; q < positions; q++, at++) sum += patches[at]! * cotangents[at]!;
        out[j]! += scale * sum;
      }
    }
  }
}

/**
 * Adds the inner products of the samples of `left` and `right` to `out`: [rows, columns], or [samples] where only each with its own
 * is wanted.
 * @param known  kept between the outputs of the same two passes
 */
export function addTangents(
  out: Float64Array,
  left: Shares,
  right: Shares,
  known: PatchProducts = new Map(),
  diagonal = false,
): void {
  left.forEach((a, index) => {
    const b = right[index];
    if (a === null || b === null || b === undefined) return;
    const { weight, bias, fanIn, channels, positions } = a.site;
    const columns = diagonal ? 1 : b.samples;
    const square = weight.multiplier ** 2;
    if (a.patches === null || b.patches === null) {
      const products = inner(a.data, b.data, fanIn * channels, 1, diagonal);
      for (let i = 0; i < products.length; i++) out[i]! += square * products[i]!;
    } else {
      const patches = known.get(index) ?? inner(a.patches, b.patches, fanIn, positions, diagonal);
      known.set(index, patches);
      const cotangents = inner(a.data, b.data, channels, positions, diagonal);
      addPairs(out, patches, cotangents, square, positions, columns);
    }
    if (bias !== null && a.bias !== null && b.bias !== null) {
      const products = inner(a.bias, b.bias, channels, 1, diagonal);
      for (let i = 0; i < products.length; i++) out[i]! += bias.multiplier ** 2 * products[i]!;
    }
  });
}
