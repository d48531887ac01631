/**
 * What the worker computes for the page Network.
 * @module
 */
import {
  computeKernel,
  type KernelPlan,
  kernelSpectrum,
  type LongWork,
  largestLearningRate,
  type Matrix,
  type NdArray,
  planKernel,
  type SpectrumSummary,
} from "foretrain";
import { type MnistAddress, mnistSample, summedImages } from "../mnist.js";
import { networkOf } from "./spec.js";

export interface SampleInput extends MnistAddress {
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

/**
 * The first `samples` images, equally many of each class, sorted by class; means over squares down to `side`, then each
 * image scaled to mean square 1.
 */
async function inputs(input: SampleInput): Promise<{ x: NdArray<Float64Array>; y: Int32Array }> {
  const sample = await mnistSample(input);
  const { labels } = sample;
  const order = Array.from({ length: input.samples }, (_, i) => i).sort(
    (a, b) => labels[a]! - labels[b]! || a - b,
  );
  const x = summedImages(sample, order, Number(input.side));
  const size = x.data.length / input.samples;
  for (let row = 0; row < input.samples; row++) {
    const image = x.data.subarray(row * size, (row + 1) * size);
    const scale = Math.sqrt(image.reduce((sum, value) => sum + value * value, 0) / size);
    for (let k = 0; k < size; k++) image[k]! /= scale;
  }
  return { x, y: Int32Array.from(order, (image) => labels[image]!) };
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
