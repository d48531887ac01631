/**
 * One weight variance of the accuracy maps: all depths and times.
 * @module
 */

import { argmax } from "../../../dynamics/index.js";
import { kernelsAtDepths } from "../../../kernels/index.js";
import { type Matrix, matrix, type NdArray } from "../../../numeric/matrix.js";
import { createRng } from "../../../numeric/random.js";
import { breathe, type LongWork } from "../../../progress.js";
import type { PieceArrays } from "../../study.js";
import { deepNetwork } from "../deep-network.js";
import { networkVariance, outputsAt, type Trained, trainExactly } from "./training.js";

/** Inputs of equal norm, flattened, with labels. */
export interface MapData {
  readonly train: NdArray<Float64Array>;
  readonly trainLabels: Int32Array;
  /** one-hot minus the column means, [n, k] */
  readonly targets: Matrix;
  readonly test: NdArray<Float64Array>;
  readonly testLabels: Int32Array;
}

export interface ColumnInput {
  readonly weightVariance: number;
  readonly biasVariance: number;
  /** ascending */
  readonly depths: readonly number[];
  /** t of eta = 2 / lambda_max, ascending */
  readonly times: readonly number[];
  /** test samples on which single networks are drawn */
  readonly networkSamples: number;
  readonly seed: number;
}

export interface ColumnWork extends Pick<LongWork, "signal"> {
  readonly threads: number | undefined;
  /** seconds spent in kernels and in training, added up */
  readonly seconds: { kernels: number; training: number };
}

/** Networks drawn at each test sample: together with the samples that makes an accuracy good to 1 %. */
const DRAWS = 4;
/** Test samples in memory at a time, at all depths at most: 30 x 4 x 4 MB. */
const BLOCK = 2000;

/** Number of rows whose largest of the k outputs from `offset` on is that of the label. */
function countRight(outputs: Matrix, offset: number, k: number, labels: Int32Array, first: number): number {
  const [rows, cols] = outputs.shape;
  let right = 0;
  for (let i = 0; i < rows; i++) {
    if (argmax(outputs.data, i * cols + offset, k) === labels[first + i]) right++;
  }
  return right;
}

/** Same noise at every depth and weight variance, so that maps differ by the networks only. */
function drawRight(
  outputs: Matrix,
  offset: number,
  k: number,
  variance: Float64Array,
  labels: Int32Array,
  seed: number,
): number {
  const [rows, cols] = outputs.shape;
  const noise = createRng(seed)
    .fork("networks")
    .normals(new Float64Array(rows * DRAWS * k));
  const drawn = new Float64Array(k);
  let right = 0;
  for (let i = 0; i < rows; i++) {
    const deviation = Math.sqrt(variance[i]!);
    for (let d = 0; d < DRAWS; d++) {
      for (let c = 0; c < k; c++) {
        drawn[c] = outputs.data[i * cols + offset + c]! + deviation * noise[(i * DRAWS + d) * k + c]!;
      }
      if (argmax(drawn, 0, k) === labels[i]) right++;
    }
  }
  return right / DRAWS;
}

const rowsOf = (x: NdArray<Float64Array>, from: number, to: number): NdArray<Float64Array> => {
  const width = x.shape[1]!;
  return { data: x.data.subarray(from * width, to * width), shape: [to - from, width] };
};

const GAPS = ["nngp", "ntk", "nngpGap", "ntkGap"] as const;

/**
 * Train and test accuracy [times, depths] of the mean output, test accuracy of single networks [depths] at the last time,
 * lambda_max, the share of the bulk and the norm of the mean output at the last time over that of the targets.
 */
export async function accuracyColumn(
  input: ColumnInput,
  data: MapData,
  work: ColumnWork,
): Promise<PieceArrays> {
  const { depths, times, networkSamples, seed } = input;
  const { signal, threads, seconds } = work;
  const n = data.trainLabels.length;
  const m = data.testLabels.length;
  const k = data.targets.shape[1];
  const net = deepNetwork({ ...input, activation: "erf" }, data.train.shape[1]!);
  const [T, D] = [times.length, depths.length];
  const grid = () => ({ data: new Float64Array(T * D), shape: [T, D] });
  const line = () => ({ data: new Float64Array(D), shape: [D] });
  const out = {
    trainAccuracy: grid(),
    testAccuracy: grid(),
    networkAccuracy: line(),
    lambdaMax: line(),
    bulkShare: line(),
    predictorNorm: line(),
  };
  const timed = async <R>(what: "kernels" | "training", body: () => Promise<R> | R): Promise<R> => {
    const started = performance.now();
    const result = await body();
    seconds[what] += (performance.now() - started) / 1000;
    return result;
  };

  interface AtDepth {
    readonly trained: Trained;
    readonly train: { readonly nngp: Matrix; readonly nngpGap: Matrix; readonly ntkGap: Matrix };
  }
  const models: AtDepth[] = [];
  const forTrain = kernelsAtDepths(net, depths, data.train, null, { get: GAPS, threads, signal });
  for (;;) {
    const next = await timed("kernels", () => forTrain.next());
    if (next.done === true) break;
    const { ntk, ntkGap, nngp, nngpGap } = next.value;
    await timed("training", async () => {
      const trained = await trainExactly({ kernel: ntk, gap: ntkGap }, data.targets, times);
      const d = models.length;
      times.forEach((_, t) => {
        out.trainAccuracy.data[t * D + d] = countRight(trained.train, t * k, k, data.trainLabels, 0) / n;
      });
      out.lambdaMax.data[d] = trained.lambdaMax;
      out.bulkShare.data[d] = trained.bulkShare;
      models.push({ trained, train: { nngp, nngpGap, ntkGap } });
    });
    await breathe(signal);
  }

  const needsGap = models.some(({ trained }) => trained.onGap);
  const drawn = Math.min(networkSamples, m);
  const squares = new Float64Array(D);
  for (let first = 0; first < m; ) {
    const isFirst = first === 0; // it holds the samples of single networks
    const last = Math.min(m, first + (isFirst ? drawn : BLOCK));
    const x = rowsOf(data.test, first, last);
    const get = isFirst ? GAPS : needsGap ? (["ntk", "ntkGap"] as const) : (["ntk"] as const);
    const blocks = kernelsAtDepths<(typeof GAPS)[number]>(net, depths, x, data.train, {
      get,
      threads,
      signal,
    });
    for (let d = 0; ; d++) {
      const next = await timed("kernels", () => blocks.next());
      if (next.done === true) break;
      const cross = next.value;
      const { trained, train } = models[d]!;
      await timed("training", () => {
        const outputs = outputsAt(trained, cross.ntk, cross.ntkGap);
        times.forEach((_, t) => {
          out.testAccuracy.data[t * D + d]! += countRight(outputs, t * k, k, data.testLabels, first) / m;
        });
        for (let i = 0; i < last - first; i++) {
          for (let c = 0; c < k; c++) squares[d]! += outputs.data[(i * T + T - 1) * k + c]! ** 2;
        }
        if (isFirst) {
          const variance = networkVariance(trained, train, cross, train.nngp.data[0]!);
          const right = drawRight(outputs, (T - 1) * k, k, variance, data.testLabels, seed);
          out.networkAccuracy.data[d] = right / drawn;
        }
      });
      await breathe(signal);
    }
    first = last;
  }
  // one-hot minus 1 / k has the squared norm 1 - 1 / k
  squares.forEach((sum, d) => {
    out.predictorNorm.data[d] = Math.sqrt(sum / (m * (1 - 1 / k)));
  });
  // accuracies are counts
  for (const counts of [out.testAccuracy.data]) {
    for (let at = 0; at < counts.length; at++) counts[at] = Math.round(counts[at]! * m) / m;
  }
  return out;
}

/** Matrix from the rows of an array of images, one row each. */
export function flattened({ data, shape }: NdArray<Float64Array>): NdArray<Float64Array> {
  const rows = shape[0]!;
  return matrix(rows, data.length / rows, data);
}
