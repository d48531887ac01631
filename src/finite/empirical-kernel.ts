/**
 * Empirical kernels: nngp and ntk of one finite network at given weights.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { type NdArray, sizeOf } from "../numeric/matrix.js";
import { gradientVisitor, unitCotangent, zeroGradients } from "./contractions.js";
import { type FiniteModel, passOf, requireParameters, samplesOf } from "./model.js";
import {
  addTangents,
  type PatchProducts,
  type Shares,
  shareVisitor,
  tangentMethod,
} from "./tangent-kernel.js";

export type EmpiricalKernelName = "nngp" | "ntk";

export interface EmpiricalKernelOptions {
  /** default both */
  readonly get?: readonly EmpiricalKernelName[] | undefined;
  /**
   * `trace` (default): the mean over the channels of the output, [n1, n2], or [n1, n2, P, P] where the network keeps P
   * positions; it converges to the infinite kernel. `full`: all pairs of outputs, [n1, n2, O, O].
   */
  readonly outputs?: "trace" | "full" | undefined;
}

export interface EmpiricalKernels {
  readonly nngp?: NdArray<Float64Array>;
  readonly ntk?: NdArray<Float64Array>;
}

/** Coordinates of the output: `count` of them, in groups whose pairs are wanted together. */
interface Coordinates {
  readonly count: number;
  /** coordinates of one block of the result, by which pairs are indexed */
  readonly block: number;
  /** lists of coordinates; the result is the sum over the lists of all pairs in each, times `scale` */
  readonly groups: readonly (readonly number[])[];
  readonly scale: number;
}

function coordinatesOf(model: FiniteModel, outputs: "trace" | "full"): Coordinates {
  const count = sizeOf(model.outputShape);
  if (outputs === "full") {
    return { count, block: count, groups: [Array.from({ length: count }, (_, o) => o)], scale: 1 };
  }
  const channels = model.outputShape.at(-1)!;
  const positions = count / channels;
  const groups = Array.from({ length: channels }, (_, c) =>
    Array.from({ length: positions }, (_, p) => p * channels + c),
  );
  return { count, block: positions, groups, scale: 1 / channels };
}

/** out[i, j, a, b] += scale values[i, j] */
function place(
  out: Float64Array,
  values: Float64Array,
  block: number,
  a: number,
  b: number,
  scale: number,
): void {
  for (let i = 0; i < values.length; i++) out[(i * block + a) * block + b]! += scale * values[i]!;
}

function requireNames(get: readonly EmpiricalKernelName[]): void {
  for (const name of get) {
    if (name !== "nngp" && name !== "ntk") {
      throw new ForetrainError(
        "ERR_SPEC",
        `empiricalKernels: get has ${JSON.stringify(name)}, expected "nngp" or "ntk"`,
        { argument: "get", got: name, expected: ["nngp", "ntk"] },
      );
    }
  }
}

/**
 * Kernels between the rows of `x1` [n1, ...input] and `x2` (null: x1 itself) of the network with these parameters:
 *
 * nngp_ij = mean over output channels of f(x_i) f(x_j), ntk_ij = mean over output channels of grad f(x_i) . grad f(x_j).
 *
 * Every layer's part of the ntk comes without forming gradients where that is cheaper ({@link tangentMethod}); the cost is one
 * backward pass for each output and O(n1 n2) inner products per layer. Exact to rounding; symmetric to the last bit for
 * x2 = null only up to rounding of sums. As the widths grow it converges to `computeKernel` like 1 / sqrt(width).
 *
 * Source: the finite-width tangent kernel of paper B; fast contractions in Novak, Sohl-Dickstein and Schoenholz 2022.
 */
export function empiricalKernels(
  model: FiniteModel,
  parameters: Float64Array,
  x1: NdArray,
  x2: NdArray | null,
  { get = ["nngp", "ntk"], outputs = "trace" }: EmpiricalKernelOptions = {},
): EmpiricalKernels {
  requireNames(get);
  requireParameters(model, parameters, "empiricalKernels");
  const left = samplesOf(model, x1, "empiricalKernels", "x1");
  const right = x2 === null ? left : samplesOf(model, x2, "empiricalKernels", "x2");
  const coordinates = coordinatesOf(model, outputs);
  const { block, groups, scale, count } = coordinates;
  const reverse = get.includes("ntk");
  const shape = [left.samples, right.samples, ...(block === 1 && outputs === "trace" ? [] : [block, block])];
  const passes = [left, ...(x2 === null ? [] : [right])].map(({ data, samples }) =>
    passOf(model, [parameters], data, samples, { reverse }),
  );
  const [first, second = first] = passes as [(typeof passes)[number], (typeof passes)[number]?];
  const size = sizeOf(shape);
  const result: { nngp?: NdArray<Float64Array>; ntk?: NdArray<Float64Array> } = {};
  if (get.includes("nngp")) {
    const [f, g] = [first.output[0], second.output[0]];
    const out = new Float64Array(size);
    const products = new Float64Array(left.samples * right.samples);
    for (const group of groups) {
      group.forEach((o, a) => {
        group.forEach((p, b) => {
          for (let i = 0; i < left.samples; i++) {
            for (let j = 0; j < right.samples; j++) {
              products[i * right.samples + j] = (f?.[i * count + o] ?? 0) * (g?.[j * count + p] ?? 0);
            }
          }
          place(out, products, block, a, b, scale);
        });
      });
    }
    result.nngp = { data: out, shape };
  }
  if (reverse) {
    const methods = model.tape.sites.map((site) => tangentMethod(site, left.samples, right.samples));
    const sharesOf = (pass: typeof first, samples: number, o: number): Shares => {
      const shares: Shares = model.tape.sites.map(() => null);
      pass.backward(unitCotangent(samples, count, o), shareVisitor(methods, shares));
      return shares;
    };
    const out = new Float64Array(size);
    const patchProducts: PatchProducts = new Map();
    for (const group of groups) {
      const ofLeft = group.map((o) => sharesOf(first, left.samples, o));
      const ofRight = x2 === null ? ofLeft : group.map((o) => sharesOf(second, right.samples, o));
      ofLeft.forEach((a, i) => {
        ofRight.forEach((b, j) => {
          const products = new Float64Array(left.samples * right.samples);
          addTangents(products, a, b, patchProducts);
          place(out, products, block, i, j, scale);
        });
      });
    }
    result.ntk = { data: out, shape };
  }
  return result;
}

/**
 * Theta(x1, x2) v without forming Theta: J(x1) (J(x2)^T v), one pass back and one pass forward, in O(parameters) memory.
 * `v` [n2, ...output]; gives [n1, ...output]. All outputs are coupled, nothing is averaged: with one output channel it is the
 * `trace` kernel times v.
 */
export function tangentKernelProduct(
  model: FiniteModel,
  parameters: Float64Array,
  x1: NdArray,
  x2: NdArray | null,
  v: NdArray,
): NdArray<Float64Array> {
  requireParameters(model, parameters, "tangentKernelProduct");
  const left = samplesOf(model, x1, "tangentKernelProduct", "x1");
  const right = x2 === null ? left : samplesOf(model, x2, "tangentKernelProduct", "x2");
  const expected = [right.samples, ...model.outputShape];
  if (v.shape.length !== expected.length || expected.some((side, i) => side !== v.shape[i])) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `tangentKernelProduct: v has shape [${v.shape.join(", ")}], expected [${expected.join(", ")}]`,
      { argument: "v", got: v.shape, expected },
    );
  }
  const direction = zeroGradients(0, model.parameterCount);
  const back = passOf(model, [parameters], right.data, right.samples, { reverse: true });
  back.backward([Float64Array.from(v.data)], gradientVisitor(direction));
  const forward = passOf(model, [parameters, direction[0]!], left.data, left.samples);
  const shape = [left.samples, ...model.outputShape];
  return { data: forward.output[1] ?? new Float64Array(sizeOf(shape)), shape };
}
