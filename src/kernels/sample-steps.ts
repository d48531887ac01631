/**
 * What each step does to the states of single samples.
 * @module
 */
import type { PairMap } from "../activations/index.js";
import { inputVariances } from "./gram.js";
import { normalizerVariances } from "./normalizer.js";
import { type InputStep, type KernelStep, positionsOf, type ResumeStep } from "./program.js";
import { byPosition, concatSources, poolInputs, windowMeans } from "./reference/spatial.js";
import type { OwnDeficits, SampleState } from "./sample-state.js";
import type { SampleSet } from "./samples.js";
import { poolTaps, windowTaps } from "./window-taps.js";

/** |x_p|^2 / n_0 at every position, theta = 0. */
export function inputState(step: InputStep, set: SampleSet, tangent: boolean): SampleState {
  const q = inputVariances(step.layout === "one" ? set : byPosition(set, positionsOf(step)));
  return { q, t: tangent ? new Float64Array(q.length) : null };
}

/** What a step needs beside the states that it reads. */
export interface SampleNeeds {
  readonly side: "rows" | "cols";
  readonly map: PairMap | null;
  readonly own: OwnDeficits | null;
}

const mapped = (a: Float64Array | null, f: (value: number, i: number) => number) =>
  a === null ? null : a.map(f);

/** 1 / v, 0 for a sample without variance: its normalized units are 0. */
const inverse = (v: number) => (v > 0 ? 1 / v : 0);

/** Both arrays of a state through the same linear map. */
function both({ q, t }: SampleState, f: (values: Float64Array) => Float64Array): SampleState {
  return { q: f(q), t: t === null ? null : f(t) };
}

function conv(step: KernelStep & { op: "conv" }, from: SampleState): SampleState {
  const { size, outputs, taps } = windowTaps(step);
  const inputs = step.window.reduce((product, axis) => product * axis.inputs, 1);
  const mean = (values: Float64Array): Float64Array => {
    const count = values.length / inputs;
    const means = new Float64Array(count * outputs);
    for (let i = 0; i < count; i++) {
      for (let o = 0; o < outputs; o++) {
        let sum = 0;
        for (let f = 0; f < size; f++) {
          const p = taps[o * size + f]!;
          if (p >= 0) sum += values[i * inputs + p]!;
        }
        means[i * outputs + o] = sum / size;
      }
    }
    return means;
  };
  return weighted(step, both(from, mean));
}

function weighted(step: KernelStep & { op: "dense" | "conv" }, { q, t }: SampleState): SampleState {
  return {
    q: q.map((value) => step.weight * value + step.bias),
    t: mapped(t, (value, i) => step.weight * value + step.tangentK * q[i]! + step.tangentOne),
  };
}

function concat(step: KernelStep & { op: "concat" }, parts: readonly SampleState[]): SampleState {
  const pick = (of: (state: SampleState) => Float64Array): Float64Array => {
    const values = parts.map(of);
    if (step.axis === null) {
      return values[0]!.map((_, i) => values.reduce((sum, part, b) => sum + step.weights[b]! * part[i]!, 0));
    }
    const sources = concatSources(step);
    const samples = values[0]!.length / sources.find(({ part }) => part === 0)!.positions;
    return Float64Array.from({ length: samples * sources.length }, (_, at) => {
      const source = sources[at % sources.length]!;
      return values[source.part]![Math.floor(at / sources.length) * source.positions + source.at]!;
    });
  };
  return { q: pick(({ q }) => q), t: parts[0]!.t === null ? null : pick(({ t }) => t!) };
}

/** q' = W m - 2 e, theta in the same way. */
function pool(
  step: KernelStep & { op: "pool" | "globalPool" },
  { q, t }: SampleState,
  own: OwnDeficits,
): SampleState {
  const taps = poolTaps(step);
  const inputs = poolInputs(step);
  const pooled = (values: Float64Array, deficits: Float64Array) =>
    windowMeans(taps, inputs, values).map((m, at) => taps.mass[at % taps.outputs]! * m - 2 * deficits[at]!);
  return { q: pooled(q, own.d), t: t === null ? null : pooled(t, own.g!) };
}

/** The states of samples after a step, from those that it reads. */
export function advance(
  step: Exclude<KernelStep, InputStep | ResumeStep>,
  reads: readonly SampleState[],
  { side, map, own }: SampleNeeds,
): SampleState {
  const from = reads[0]!;
  switch (step.op) {
    case "dense":
      return weighted(step, from);
    case "conv":
      return conv(step, from);
    case "activation": {
      const second = side === "rows" ? map!.rowSecond : map!.colSecond;
      const slope = side === "rows" ? map!.rowDerivativeSecond : map!.colDerivativeSecond;
      // a zero ntk (no weights yet) stays zero also where phi'^2 has no finite mean
      return { q: second, t: mapped(from.t, (value, i) => (value === 0 ? 0 : value * slope[i]!)) };
    }
    case "normalize": {
      const v = normalizerVariances(step, from.q);
      const single = step.over.length === 0; // exactly 1, not up to rounding
      return {
        q: from.q.map((value, i) => (single ? Number(value > 0) : value * inverse(v[i]!))),
        t: mapped(from.t, (value, i) => value * inverse(v[i]!)),
      };
    }
    case "dropout":
      return both(from, (values) => values.map((value) => value / step.keepRate));
    case "sum": {
      const total = (of: (state: SampleState) => Float64Array) =>
        of(from).map((_, i) => reads.reduce((sum, state) => sum + of(state)[i]!, 0));
      return { q: total(({ q }) => q), t: from.t === null ? null : total(({ t }) => t!) };
    }
    case "product": {
      const others = (i: number, skip: number) =>
        reads.reduce((product, { q }, b) => (b === skip ? product : product * q[i]!), 1);
      return {
        q: from.q.map((_, i) => others(i, -1)),
        t: mapped(from.t, (_, i) => reads.reduce((sum, { t }, b) => sum + t![i]! * others(i, b), 0)),
      };
    }
    case "concat":
      return concat(step, reads);
    case "flatten": {
      const inputs = step.inputPositions.reduce((product, n) => product * n, 1);
      return both(from, (values) =>
        Float64Array.from({ length: values.length / inputs }, (_, i) => {
          let sum = 0;
          for (let p = 0; p < inputs; p++) sum += values[i * inputs + p]!;
          return sum / inputs;
        }),
      );
    }
    case "pool":
    case "globalPool":
      return pool(step, from, own!);
  }
}
