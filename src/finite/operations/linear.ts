/**
 * Layers without parameters that are linear in their input: pools, dropout, flatten, sums and joints of branches.
 * @module
 */
import { sizeOf } from "../../numeric/matrix.js";
import { addJets, type Jet, mapJet } from "../jet.js";
import type { Applied, Operation } from "../operation.js";
import type { Windows } from "../windows.js";

function linear(
  input: Jet,
  reverse: boolean,
  map: (a: Float64Array) => Float64Array,
  transpose: (a: Float64Array) => Float64Array,
): Applied {
  return {
    output: mapJet(input, map),
    pullback: reverse ? (cotangent) => [mapJet(cotangent, transpose)] : null,
  };
}

/** The same numbers under another shape: identity and flatten. */
export const unchanged: Operation = ([x], run) => ({
  output: x!,
  pullback: run.reverse ? (cotangent) => [cotangent] : null,
});

/** Weighted sums over windows; `weights` [outputs], one for each window. */
export function pool(windows: Windows, weights: Float64Array, channels: number): Operation {
  const { inputs, outputs, size, taps } = windows;
  /** calls `add` with the places of every element of an input and of the output that it adds to */
  const walk = (samples: number, add: (input: number, output: number, weight: number) => void) => {
    for (let s = 0; s < samples; s++) {
      for (let o = 0; o < outputs; o++) {
        for (let t = o * size; t < (o + 1) * size; t++) {
          const place = taps[t]!;
          if (place < 0) continue;
          add((s * inputs + place) * channels, (s * outputs + o) * channels, weights[o]!);
        }
      }
    }
  };
  const forward = (x: Float64Array) => {
    const samples = x.length / (inputs * channels);
    const out = new Float64Array(samples * outputs * channels);
    walk(samples, (from, to, weight) => {
      for (let c = 0; c < channels; c++) out[to + c]! += weight * x[from + c]!;
    });
    return out;
  };
  const backward = (y: Float64Array) => {
    const samples = y.length / (outputs * channels);
    const out = new Float64Array(samples * inputs * channels);
    walk(samples, (to, from, weight) => {
      for (let c = 0; c < channels; c++) out[to + c]! += weight * y[from + c]!;
    });
    return out;
  };
  return ([x], run) => linear(x!, run.reverse, forward, backward);
}

/** Keeps every unit with probability `keepRate`, divided by it; one mask per sample and pass. Identity without masks. */
export function dropout(keepRate: number): Operation {
  return (inputs, run, wanted) => {
    const [x] = inputs;
    if (run.masks === null || keepRate === 1) return unchanged(inputs, run, wanted);
    const { masks } = run;
    const mask = new Float64Array(x!.find((a) => a !== null)!.length);
    for (let i = 0; i < mask.length; i++) mask[i] = masks.uniform() < keepRate ? 1 / keepRate : 0;
    const apply = (a: Float64Array) => a.map((value, i) => value * mask[i]!);
    return linear(x!, run.reverse, apply, apply);
  };
}

/** The sum of branches of one shape. */
export const sumOfBranches: Operation = (inputs, run) => ({
  output: inputs.reduce(addJets),
  pullback: run.reverse ? (cotangent) => inputs.map(() => cotangent) : null,
});

/** Branches put side by side along `axis` of a sample's shape. */
export function concatenation(shapes: readonly (readonly number[])[], axis: number): Operation {
  const outer = sizeOf(shapes[0]!.slice(0, axis));
  const widths = shapes.map((shape) => sizeOf(shape.slice(axis)));
  const total = widths.reduce((a, b) => a + b, 0);
  const starts = widths.map((_, b) => widths.slice(0, b).reduce((a, w) => a + w, 0));
  return (inputs, run) => {
    const rows = run.samples * outer;
    const output = Array.from({ length: run.order + 1 }, (_, k) => {
      if (inputs.every((jet) => jet[k] === null)) return null;
      const out = new Float64Array(rows * total);
      inputs.forEach((jet, b) => {
        const from = jet[k];
        if (from === null || from === undefined) return;
        const width = widths[b]!;
        for (let r = 0; r < rows; r++)
          out.set(from.subarray(r * width, (r + 1) * width), r * total + starts[b]!);
      });
      return out;
    });
    const part = (a: Float64Array, b: number) => {
      const width = widths[b]!;
      const out = new Float64Array(rows * width);
      for (let r = 0; r < rows; r++) {
        const at = r * total + starts[b]!;
        out.set(a.subarray(at, at + width), r * width);
      }
      return out;
    };
    return {
      output,
      pullback: run.reverse
        ? (cotangent) => inputs.map((_, b) => mapJet(cotangent, (a) => part(a, b)))
        : null,
    };
  };
}
