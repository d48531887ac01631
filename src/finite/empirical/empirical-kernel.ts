/**
 * Empirical kernels: nngp and ntk of one finite network at given weights.
 * @module
 */
import { type NdArray, sizeOf } from "../../numeric/matrix.js";
import { breathe, type LongWork } from "../../progress.js";
import { gradientVisitor, unitCotangent, zeroGradients } from "../contractions.js";
import { applyModel, type FiniteModel, passOf, samplesOf } from "../model.js";
import { type FloatArray, parametersOf } from "../parameters.js";
import { ranges, sliceSamples } from "../sample-ranges.js";
import type { Pass } from "../tape.js";
import {
  blockOf,
  type EmpiricalKernelOptions,
  type EmpiricalKernelPlan,
  planEmpiricalKernels,
  requireEmpiricalFits,
} from "./empirical-plan.js";
import { jacobianVectorProduct } from "./jacobian-products.js";
import { type KernelAxes, kernelAxes } from "./kernel-axes.js";
import { addTangents, type PatchProducts, type Shares, shareVisitor } from "./tangent-kernel.js";

/** Kernels of one finite network. */
export interface EmpiricalKernels {
  readonly nngp?: NdArray<Float64Array>;
  readonly ntk?: NdArray<Float64Array>;
}

/** Milliseconds of work between two breaths. */
const BREATH = 30;

type Range = readonly [from: number, to: number];

interface Job {
  readonly model: FiniteModel;
  readonly parameters: Float64Array;
  readonly axes: KernelAxes;
  readonly plan: EmpiricalKernelPlan;
  readonly x1: NdArray;
  /** null: x1 with itself */
  readonly x2: NdArray | null;
  readonly n1: number;
  readonly n2: number;
}

/** Writes kernel entries where the axes have them. */
class Block {
  readonly data: Float64Array;
  readonly #axes: KernelAxes;
  readonly #columns: number;
  readonly #size: number;
  readonly #scale: number;

  constructor({ axes, plan, n1, n2 }: Job) {
    this.data = new Float64Array(sizeOf(plan.shape));
    this.#axes = axes;
    this.#columns = n2;
    this.#size = sizeOf(axes.shape);
    this.#scale = axes.samples === "trace" ? axes.scale / n1 : axes.scale;
  }

  /** Adds the value of output a of sample i with output b of sample j. */
  add(i: number, j: number, a: number, b: number, value: number): void {
    const { samples, left, right } = this.#axes;
    const pair = samples === "pairs" ? i * this.#columns + j : samples === "diagonal" ? i : 0;
    this.data[pair * this.#size + left[a]! + right[b]!]! += this.#scale * value;
  }

  /** Adds `values` of a tile, [rows, columns] or [samples], and what lies across the diagonal of a kernel of x1 with itself. */
  addTile(values: Float64Array, rows: Range, columns: Range, a: number, b: number, symmetric: boolean): void {
    const same = symmetric && rows[0] === columns[0];
    if (this.#axes.samples !== "pairs") {
      values.forEach((value, s) => {
        this.add(rows[0] + s, rows[0] + s, a, b, value);
        if (same && a !== b) this.add(rows[0] + s, rows[0] + s, b, a, value);
      });
      return;
    }
    let at = 0;
    for (let i = rows[0]; i < rows[1]; i++) {
      for (let j = columns[0]; j < columns[1]; j++, at++) {
        // one triangle, so that the kernel is symmetric to the last bit
        if (same && a === b && j < i) continue;
        this.add(i, j, a, b, values[at]!);
        if (symmetric && !(i === j && a === b)) this.add(j, i, b, a, values[at]!);
      }
    }
  }
}

function* nngpSteps(job: Job): Generator<number, Float64Array> {
  const { model, parameters, axes, x1, x2, n1, n2 } = job;
  const f = applyModel(model, parameters, x1).data;
  const g = x2 === null ? f : applyModel(model, parameters, x2).data;
  const out = new Block(job);
  for (const group of axes.groups) {
    for (const a of group) {
      for (const b of group) {
        for (let i = 0; i < n1; i++) {
          const [from, to] = axes.samples === "pairs" ? [0, n2] : [i, i + 1];
          const value = f[i * axes.count + a]!;
          for (let j = from; j < to; j++) out.add(i, j, a, b, value * g[j * axes.count + b]!);
        }
      }
    }
    yield 1 / axes.groups.length;
  }
  return out.data;
}

/** Layer by layer. */
function* layerSteps(job: Job): Generator<number, Float64Array> {
  const { model, parameters, axes, plan, x1, x2, n1, n2 } = job;
  const diagonal = axes.samples !== "pairs";
  const out = new Block(job);
  const left = samplesOf(model, x1, "empiricalKernels", "x1").data;
  const right = x2 === null ? left : samplesOf(model, x2, "empiricalKernels", "x2").data;
  const passAt = (data: Float64Array, samples: number, range: Range) =>
    passOf(model, [parameters], sliceSamples(data, samples, range), range[1] - range[0], { reverse: true });
  const sharesOf = (pass: Pass, samples: number, o: number): Shares => {
    const shares: Shares = model.tape.sites.map(() => null);
    pass.backward(unitCotangent(samples, axes.count, o), shareVisitor(plan.layers!, shares));
    return shares;
  };
  const rowTiles = ranges(n1, plan.tile);
  const across = ranges(n2, plan.tile).length;
  const tilePairs = diagonal
    ? rowTiles.length
    : x2 === null
      ? (across * (across + 1)) / 2
      : rowTiles.length * across;
  for (const rows of rowTiles) {
    const first = passAt(left, n1, rows);
    const height = rows[1] - rows[0];
    const columnTiles = diagonal ? [rows] : ranges(n2, plan.tile);
    for (const columns of columnTiles) {
      if (x2 === null && columns[0] < rows[0]) continue;
      const same = x2 === null && columns[0] === rows[0];
      const second = same ? first : passAt(right, n2, columns);
      const width = columns[1] - columns[0];
      const known: PatchProducts = new Map();
      const { rowOutputs, columnOutputs, pairs } = blockOf(
        axes,
        { rows: height, columns: width, same },
        plan.outputs,
      );
      const step = 1 / (tilePairs * (rowOutputs + columnOutputs + pairs));
      for (const group of axes.groups) {
        const chunks = ranges(group.length, plan.outputs).map(([from, to]) => group.slice(from, to));
        for (const [k, chunkA] of chunks.entries()) {
          const ofRows: Shares[] = [];
          for (const o of chunkA) {
            ofRows.push(sharesOf(first, height, o));
            yield step;
          }
          for (const [l, chunkB] of chunks.entries()) {
            if (same && l < k) continue;
            const ofColumns: Shares[] = same && l === k ? ofRows : [];
            for (const o of ofColumns === ofRows ? [] : chunkB) {
              ofColumns.push(sharesOf(second, width, o));
              yield step;
            }
            for (const [i, a] of chunkA.entries()) {
              for (const [j, b] of chunkB.entries()) {
                if (same && b < a) continue;
                const values = new Float64Array(diagonal ? height : height * width);
                addTangents(values, ofRows[i]!, ofColumns[j]!, known, diagonal);
                out.addTile(values, rows, columns, a, b, x2 === null);
                yield step;
              }
            }
          }
        }
      }
    }
  }
  return out.data;
}

/** Every gradient of x2 forward through the network at x1. */
function* productSteps(job: Job): Generator<number, Float64Array> {
  const { model, parameters, axes, x1, x2, n1, n2 } = job;
  const out = new Block(job);
  const left = samplesOf(model, x1, "empiricalKernels", "x1").data;
  const right = x2 === null ? left : samplesOf(model, x2, "empiricalKernels", "x2").data;
  const part = (data: Float64Array, samples: number, [from, to]: Range): NdArray => ({
    data: sliceSamples(data, samples, [from, to]),
    shape: [to - from, ...model.inputShape],
  });
  for (let j = 0; j < n2; j++) {
    const rows: Range = axes.samples !== "pairs" ? [j, j + 1] : [0, x2 === null ? j + 1 : n1];
    const pass = passOf(model, [parameters], sliceSamples(right, n2, [j, j + 1]), 1, { reverse: true });
    for (const group of axes.groups) {
      for (const b of group) {
        const gradient = zeroGradients(0, model.parameterCount);
        pass.backward(unitCotangent(1, axes.count, b), gradientVisitor(gradient));
        const u = gradient[0]!;
        const product = jacobianVectorProduct(model, parameters, part(left, n1, rows), u).data;
        for (let i = rows[0]; i < rows[1]; i++) {
          for (const a of group) {
            const value = product[(i - rows[0]) * axes.count + a]!;
            // one triangle, so that the kernel is symmetric to the last bit
            if (x2 === null && i === j && a < b) continue;
            out.add(i, j, a, b, value);
            if (x2 === null && !(i === j && a === b)) out.add(j, i, b, a, value);
          }
        }
        yield 1 / (n2 * axes.count);
      }
    }
  }
  return out.data;
}

/** Yields shares of the work that were done. */
function* kernelSteps(
  model: FiniteModel,
  parameters: FloatArray,
  x1: NdArray,
  x2: NdArray | null,
  options: EmpiricalKernelOptions,
): Generator<number, EmpiricalKernels> {
  const where = "empiricalKernels";
  const theta = parametersOf(model, parameters, where);
  const n1 = samplesOf(model, x1, where, "x1").samples;
  const n2 = x2 === null ? n1 : samplesOf(model, x2, where, "x2").samples;
  const plan = planEmpiricalKernels(model, n1, x2 === null ? null : n2, options);
  requireEmpiricalFits(plan);
  const axes = kernelAxes(model.outputShape, options, where);
  const job: Job = { model, parameters: theta, axes, plan, x1, x2, n1, n2 };
  const { get = ["nngp", "ntk"] } = options;
  const out: { nngp?: NdArray<Float64Array>; ntk?: NdArray<Float64Array> } = {};
  if (get.includes("nngp")) out.nngp = { data: yield* nngpSteps(job), shape: plan.shape };
  if (get.includes("ntk")) {
    const data = yield* plan.method === "products" ? productSteps(job) : layerSteps(job);
    out.ntk = { data, shape: plan.shape };
  }
  return out;
}

/**
 * Kernels between the rows of `x1` [n1, ...input] and `x2` (null: x1 itself) of the network with these parameters. With the
 * default axes
 *
 * nngp_ij = mean over output channels of f(x_i) f(x_j), ntk_ij = mean over output channels of grad f(x_i) . grad f(x_j),
 *
 * [n1, n2], or [n1, n2, h, h, w, w] where the network keeps positions, as the kernels of infinite width are. `traceAxes`: []
 * gives all pairs of outputs, [n1, n2, c, c] at the end; `diagonalAxes` keeps equal indices only, and axis 0 each sample with
 * its own.
 *
 * The work is planned ({@link planEmpiricalKernels}) within `memory`: tiles of samples, outputs held together, and for every layer
 * the way with the fewest multiply-adds. Exact to rounding; symmetric to the last bit for x2 = null. As the widths grow the
 * ntk converges to `computeKernel` like 1 / sqrt(width).
 *
 * @throws ERR_MEMORY when nothing fits, with the bytes and the way out; ERR_SHAPE, ERR_SPEC, ERR_DOMAIN for wrong arguments
 * @see the finite-width tangent kernel of paper B; Novak, Sohl-Dickstein and Schoenholz 2022 for the contractions
 */
export function empiricalKernels(
  model: FiniteModel,
  parameters: FloatArray,
  x1: NdArray,
  x2: NdArray | null,
  options: EmpiricalKernelOptions = {},
): EmpiricalKernels {
  const steps = kernelSteps(model, parameters, x1, x2, options);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** {@link empiricalKernels} with progress, and a signal that cancels it. */
export async function computeEmpiricalKernels(
  model: FiniteModel,
  parameters: FloatArray,
  x1: NdArray,
  x2: NdArray | null,
  { signal, onProgress, ...options }: EmpiricalKernelOptions & LongWork = {},
): Promise<EmpiricalKernels> {
  const steps = kernelSteps(model, parameters, x1, x2, options);
  const parts = (options.get ?? ["nngp", "ntk"]).length;
  let [done, last] = [0, 0];
  for (;;) {
    if (performance.now() - last > BREATH) {
      await breathe(signal);
      last = performance.now();
    }
    const step = steps.next();
    if (step.done === true) return step.value;
    done += step.value;
    onProgress?.({ label: "empirical kernels", done: Math.min(parts, done), total: parts, unit: "kernels" });
  }
}
