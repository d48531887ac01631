/**
 * What the worker computes for the page Network.
 * @module
 */
import {
  computeKernel,
  ForetrainError,
  type KernelPlan,
  kernelSpectrum,
  type LongWork,
  largestLearningRate,
  type Matrix,
  type NdArray,
  planKernel,
  readIdxImages,
  readIdxLabels,
  type SpectrumSummary,
} from "foretrain";
import { networkOf } from "./spec.js";

export interface SampleInput {
  /** addresses of the images and of their labels */
  readonly images: string;
  readonly labels: string;
  readonly samples: number;
  readonly side: string;
}

export interface KernelInput extends SampleInput {
  readonly spec: string;
}

export interface KernelSide {
  readonly matrix: Matrix;
  readonly spectrum: SpectrumSummary;
  /** for the loss 1/(2n) sum of squares */
  readonly learningRate: number;
}

export interface KernelReading {
  readonly ntk: KernelSide;
  readonly nngp: KernelSide;
  readonly plan: KernelPlan;
  /** of the kernel, without the spectra */
  readonly milliseconds: number;
  /** the inputs [n, side, side, 1], each of unit mean square */
  readonly x: NdArray<Float64Array>;
  readonly y: Int32Array;
  readonly input: KernelInput;
}

interface Sample {
  readonly images: NdArray<Uint8Array>;
  readonly labels: Int32Array;
}

let loaded: Promise<Sample> | null = null;

async function bytesOf(address: string, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const response = await fetch(address, signal === undefined ? {} : { signal });
  if (!response.ok) {
    throw new ForetrainError(
      "ERR_FILE",
      `${address}: the server says ${response.status} ${response.statusText}`,
      {
        argument: address,
      },
    );
  }
  return new Uint8Array(await response.arrayBuffer());
}

/** The images of the site, fetched once. */
function sample({ images, labels }: SampleInput): Promise<Sample> {
  loaded ??= (async () => ({
    images: readIdxImages(await bytesOf(images, undefined), "mnist-images.idx"),
    labels: readIdxLabels(await bytesOf(labels, undefined), "mnist-labels.idx", 10),
  }))().catch((error: unknown) => {
    loaded = null;
    throw error;
  });
  return loaded;
}

/**
 * The first `samples` images, equally many of each class, sorted by class; means over squares down to `side`, then each
 * image scaled to mean square 1.
 */
async function inputs(input: SampleInput): Promise<{ x: NdArray<Float64Array>; y: Int32Array }> {
  const { images, labels } = await sample(input);
  const full = images.shape[1]!;
  const side = Number(input.side);
  const factor = full / side;
  const order = Array.from({ length: input.samples }, (_, i) => i).sort(
    (a, b) => labels[a]! - labels[b]! || a - b,
  );
  const data = new Float64Array(input.samples * side * side);
  order.forEach((image, row) => {
    const out = data.subarray(row * side * side, (row + 1) * side * side);
    for (let i = 0; i < full; i++) {
      for (let j = 0; j < full; j++) {
        const at = Math.floor(i / factor) * side + Math.floor(j / factor);
        out[at]! += images.data[image * full * full + i * full + j]!;
      }
    }
    const scale = Math.sqrt(out.reduce((sum, value) => sum + value * value, 0) / out.length);
    for (let k = 0; k < out.length; k++) out[k]! /= scale;
  });
  return {
    x: { data, shape: [input.samples, side, side, 1] },
    y: Int32Array.from(order, (image) => labels[image]!),
  };
}

async function kernels(input: KernelInput, work: LongWork): Promise<KernelReading> {
  const network = networkOf(input.spec, input.side);
  const { x, y } = await inputs(input);
  const started = performance.now();
  const { ntk, nngp, plan } = await computeKernel(network, x, null, { get: ["ntk", "nngp"], ...work });
  const milliseconds = performance.now() - started;
  const sideOf = async (matrix: Matrix): Promise<KernelSide> => {
    const spectrum = await kernelSpectrum(matrix, work);
    return { matrix, spectrum, learningRate: largestLearningRate(spectrum.lambdaMax, matrix.shape[0]) };
  };
  return { ntk: await sideOf(ntk), nngp: await sideOf(nngp), plan, milliseconds, x, y, input };
}

export interface PlanInput {
  readonly spec: string;
  readonly side: string;
  readonly samples: number;
}

function plan({ spec, side, samples }: PlanInput): KernelPlan {
  return planKernel(networkOf(spec, side), samples, null, { get: ["ntk", "nngp"] });
}

export const networkOperations = {
  "network.plan": plan,
  "network.kernels": kernels,
};

export type NetworkOperations = typeof networkOperations;
