/**
 * Kernels against estimates by random finite networks: right ones must agree, wrong ones must be refuted.
 */
import { expect } from "vitest";
import { computeKernelArrays, type KernelArray } from "../../src/kernels/index.js";
import type * as n from "../../src/network/index.js";
import type { NdArray } from "../../src/numeric/matrix.js";
import { createRng } from "../../src/numeric/random.js";
import { type Estimate, estimateKernels, type FiniteOptions } from "./finite-network.js";
import { BACKENDS } from "./kernel-values.js";

/** Estimates of entries that are all within this many standard errors (and the allowance for the width) agree. */
const AGREES = 5;
/** A wrong kernel must be this far off, so that the comparison is seen to have power. */
const DIFFERS = 8;

export interface Case {
  readonly name: string;
  readonly net: n.Network;
  /** networks with one feature of the layer under test changed, whose kernels the estimate must refute */
  readonly wrong: readonly n.Network[];
  readonly draws: number;
  readonly tangent?: boolean;
  /** allowance for the finite width, relative to the size of an entry: 0 where the estimate has no bias */
  readonly bias?: number;
}

/** Two samples, one of which is correlated with the other, as close pairs in data are. */
function samples(shape: readonly number[], count = 2): NdArray<Float64Array> {
  const size = shape.reduce((a, b) => a * b, 1);
  const data = createRng(17).normals(new Float64Array(count * size));
  for (let i = size; i < 2 * size; i++) data[i] = 0.6 * data[i - size]! + 0.8 * data[i]!;
  return { data, shape: [count, ...shape] };
}

/** Size of entry [i, j, h, h', w, w']: the geometric mean of the kernels of its two sides with themselves. */
function sizes({ data, shape }: { data: Float64Array; shape: readonly number[] }): Float64Array {
  const count = shape[0]!;
  const sides = shape.slice(2).filter((_, axis) => axis % 2 === 0);
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  return data.map((_, at) => {
    const of = shape.map((side, axis) => Math.floor(at / strides[axis]!) % side);
    const own = (sample: number, half: 0 | 1) =>
      sides.reduce(
        (index, _side, axis) =>
          (index * shape[2 + 2 * axis]! + of[2 + 2 * axis + half]!) * shape[2 + 2 * axis]! +
          of[2 + 2 * axis + half]!,
        sample * count + sample,
      );
    return Math.sqrt(Math.abs(data[own(of[0]!, 0)]! * data[own(of[1]!, 1)]!));
  });
}

/** Largest distance of the estimate from the kernel beyond the allowance for the width, in standard errors. */
function distance(estimate: Estimate, kernel: KernelArray, bias: number): number {
  const size = sizes(kernel);
  return estimate.mean.reduce((worst, mean, i) => {
    const away = Math.abs(mean - kernel.data[i]!) - bias * size[i]!;
    // entries that are exactly 0 in every draw (positions in different branches) have no standard error
    return Math.max(worst, away / Math.max(estimate.stderr[i]!, 1e-12 * size[i]! + Number.MIN_VALUE));
  }, 0);
}

export async function check({ net, wrong, bias = 0, ...options }: Omit<Case, "name">): Promise<void> {
  const x = samples(net.input);
  const get = options.tangent === true ? (["nngp", "ntk"] as const) : (["nngp"] as const);
  const estimates = estimateKernels(net, x, { seed: 3, ...options } satisfies FiniteOptions);
  for (const backend of BACKENDS) {
    const kernels = await computeKernelArrays(net, x, null, { get, backend, threads: 1 });
    for (const name of get) {
      expect(kernels[name].shape).toEqual(estimates[name]!.shape);
      expect(distance(estimates[name]!, kernels[name], bias), `${name}, ${backend}`).toBeLessThan(AGREES);
    }
  }
  for (const [i, other] of wrong.entries()) {
    const worst = Math.max(
      ...(await Promise.all(
        get.map(async (name) =>
          distance(
            estimates[name]!,
            (
              await computeKernelArrays(other, x, null, { get: [name] })
            )[name],
            bias,
          ),
        ),
      )),
    );
    expect(worst, `the estimate refutes wrong network ${i + 1}`).toBeGreaterThan(DIFFERS);
  }
}
