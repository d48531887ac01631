/**
 * Largest values over windows. Like a kink, the place of the maximum decides on which linear piece the layer stands.
 * @module
 */
import { mapJet } from "../jet.js";
import type { Applied, Operation } from "../operation.js";
import type { Windows } from "../windows.js";

/** Where the maximum of every output lies in x [samples, inputs, channels]: the first place of several, NaN before all. */
function maximaOf(x: Float64Array, { inputs, outputs, size, taps }: Windows, channels: number): Int32Array {
  const samples = x.length / (inputs * channels);
  const places = new Int32Array(samples * outputs * channels).fill(-1);
  for (let s = 0, to = 0; s < samples; s++) {
    for (let o = 0; o < outputs; o++, to += channels) {
      for (let t = o * size; t < (o + 1) * size; t++) {
        const place = taps[t]!;
        if (place < 0) continue;
        const from = (s * inputs + place) * channels;
        for (let c = 0; c < channels; c++) {
          const known = places[to + c]!;
          const value = x[from + c]!;
          if (known < 0 || value > x[known]! || (Number.isNaN(value) && !Number.isNaN(x[known]!))) {
            places[to + c] = from + c;
          }
        }
      }
    }
  }
  return places;
}

/**
 * The maximum over every window. Derivatives are those of the unit that has it, which is the truth wherever it is the only one;
 * of several the first is taken.
 */
export function maxPool(windows: Windows, channels: number): Operation {
  return ([x], run): Applied => {
    const size = run.samples * windows.inputs * channels;
    const places = maximaOf(x![0] ?? new Float64Array(size), windows, channels);
    const pick = (a: Float64Array) => Float64Array.from(places, (place) => a[place]!);
    const putBack = (a: Float64Array) => {
      const out = new Float64Array(size);
      places.forEach((place, i) => {
        out[place]! += a[i]!;
      });
      return out;
    };
    return {
      output: mapJet(x!, pick),
      pullback: run.reverse ? (cotangent) => [mapJet(cotangent, putBack)] : null,
    };
  };
}
