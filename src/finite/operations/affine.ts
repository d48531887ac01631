/**
 * Dense and convolutional layers: patches of the input times the weights.
 * @module
 */
import { gemm } from "../../numeric/linalg/dispatch.js";
import { view } from "../../numeric/linalg/plain-gemm.js";
import { type Jet, mapJet } from "../jet.js";
import type { Applied, Operation, Run, Site } from "../operation.js";
import type { ParameterTensor } from "../parameters.js";
import type { Windows } from "../windows.js";

/** [samples, inputs, channels] to [samples outputs, size channels]; zeros where a window leaves the input. */
function gather(x: Float64Array, { inputs, outputs, size, taps }: Windows, channels: number): Float64Array {
  const samples = x.length / (inputs * channels);
  const out = new Float64Array(samples * outputs * size * channels);
  for (let s = 0, to = 0; s < samples; s++) {
    const from = s * inputs;
    for (let t = 0; t < outputs * size; t++, to += channels) {
      const place = taps[t]!;
      if (place < 0) continue;
      const at = (from + place) * channels;
      for (let c = 0; c < channels; c++) out[to + c] = x[at + c]!;
    }
  }
  return out;
}

/** The transpose of {@link gather}: every element goes back, added up, to where it came from. */
function scatter(
  patches: Float64Array,
  { inputs, outputs, size, taps }: Windows,
  channels: number,
): Float64Array {
  const samples = patches.length / (outputs * size * channels);
  const out = new Float64Array(samples * inputs * channels);
  for (let s = 0, from = 0; s < samples; s++) {
    const to = s * inputs;
    for (let t = 0; t < outputs * size; t++, from += channels) {
      const place = taps[t]!;
      if (place < 0) continue;
      const at = (to + place) * channels;
      for (let c = 0; c < channels; c++) out[at + c]! += patches[from + c]!;
    }
  }
  return out;
}

/** The tensor's part of every coefficient of the parameters. */
function tensorJet(parameters: Jet, { offset, size }: ParameterTensor): Jet {
  return mapJet(parameters, (all) => all.subarray(offset, offset + size));
}

/** sum over i + j = k of left_i right_j, [rows, inner] x [inner, cols], times alpha; right transposed where asked for. */
function product(
  left: Jet,
  right: Jet,
  rows: number,
  inner: number,
  cols: number,
  alpha: number,
  rightTransposed: boolean,
): (Float64Array | null)[] {
  const out = new Array<Float64Array | null>(left.length).fill(null);
  left.forEach((a, i) => {
    if (a === null) return;
    for (let j = 0; i + j < out.length; j++) {
      const b = right[j]!;
      if (b === null) continue;
      const c = out[i + j] ?? new Float64Array(rows * cols);
      out[i + j] = c;
      const second = rightTransposed ? view(b, 0, inner, true) : view(b, 0, cols);
      gemm(rows, cols, inner, alpha, view(a, 0, inner), second, c, 0, cols);
    }
  });
  return out;
}

function addBias(
  out: (Float64Array | null)[],
  rows: number,
  { multiplier }: ParameterTensor,
  bias: Jet,
): void {
  bias.forEach((b, k) => {
    if (b === null) return;
    const c = out[k] ?? new Float64Array(rows * b.length);
    out[k] = c;
    for (let r = 0; r < rows; r++) {
      for (let i = 0; i < b.length; i++) c[r * b.length + i]! += multiplier * b[i]!;
    }
  });
}

/** out = multiplier patches W + bias multiplier b. Cost 2 rows fan-in channels flops for every pair of coefficients. */
export function affine(site: Site): Operation {
  const { weight, bias, windows, fanIn, channelsIn, channels, positions } = site;
  return ([x], run: Run, [wanted]): Applied => {
    const rows = run.samples * positions;
    const patches = windows === null ? x! : mapJet(x!, (a) => gather(a, windows, channelsIn));
    const weights = tensorJet(run.parameters, weight);
    const output = product(patches, weights, rows, fanIn, channels, weight.multiplier, false);
    if (bias !== null) addBias(output, rows, bias, tensorJet(run.parameters, bias));
    if (!run.reverse) return { output, pullback: null };
    return {
      output,
      pullback: (cotangent, visit) => {
        visit(site, patches, cotangent);
        if (wanted !== true) return [null];
        const back = product(cotangent, weights, rows, channels, fanIn, weight.multiplier, true);
        return [windows === null ? back : mapJet(back, (a) => scatter(a, windows, channelsIn))];
      },
    };
  };
}
