/**
 * The fast form of [input, (convolution over 3 positions of each axis, `same`, and a piecewise linear activation) x L,
 * global pool or flatten]: kernels instead of deficits, see src/wasm/assembly/planes/chain.ts. Planes in which some pair
 * comes closer than what that form resolves are left to the deficit form, lane by lane.
 * @module
 */
import type { Precision } from "../kernel.js";
import { type ConvStep, type KernelProgram, readsOf } from "../program.js";
import type { PreparedStep } from "../sample-state.js";
import { lowerActivation } from "./lower-activation.js";
import { gridOf } from "./planes-code.js";
import type { Values } from "./sample-store.js";

/**
 * Smallest 1 - |c| for which the angle is good enough: c is rounded to eps, the angle sqrt(2 (1 - |c|)) then to
 * eps / sqrt(2 (1 - |c|)), which is 1e-5 in float32 and 2e-12 in float64 for the worst entry of a plane, in an average
 * over many.
 */
const CLOSEST = { float64: 1e-8, float32: 1e-4 } as const;

/** 1 as src/wasm/assembly/planes/chain.ts stores it. */
const ALPHA = { float64: 0.6552494427995788, float32: 0.649631048735616 } as const;

/** The scaled kernels stay within these powers of 10. */
const RANGE = { float64: 100, float32: 12 } as const;

/** Plain data. */
export interface PlaneChain {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly layers: number;
  /** all differences of positions, or equal positions only */
  readonly planes: number;
  readonly biased: boolean;
  /** [layer]: pi / 2 + slope, biases of c and M, factor after the layer */
  readonly constants: Float64Array;
  /** of the pixels of the row side */
  readonly inputScale: number;
  /** 1 / scale of the stored sums at the end */
  readonly outputScale: number;
  /** planes with a larger |c| (as stored) are for the deficit form */
  readonly most: number;
  /** factors of 1 / sqrt(q) and sqrt(q) of each layer */
  readonly scales: readonly (readonly [number, number])[];
  /** step of each activation, and the pool's */
  readonly activations: readonly number[];
  readonly pool: number;
}

/** Power of 4 next to 10^digits: scaling by it rounds nothing, roots included. */
const powerOf4 = (digits: number) => 4 ** Math.round((digits * Math.LN10) / Math.log(4));

function suits({ window, padding, weight }: ConvStep): boolean {
  return (
    padding === "same" &&
    weight > 0 &&
    window.every(
      ({ size, stride, before, inputs, outputs }) =>
        size === 3 && stride === 1 && before === 1 && inputs === outputs,
    )
  );
}

/** Null where the program does not begin with such a chain. */
export function chainOf(
  { steps, features }: KernelProgram,
  prepared: readonly PreparedStep[],
  tangent: boolean,
  precision: Precision,
): PlaneChain | null {
  const [first] = steps;
  if (first?.op !== "input" || first.positions.length === 0) return null;
  // every step up to the pool reads the one before, and nothing else does
  let at = 1;
  const convs: ConvStep[] = [];
  const activations: number[] = [];
  const odds: number[] = [];
  const slopes: number[] = [];
  for (; ; at += 2) {
    const [conv, activation] = [steps[at], steps[at + 1]];
    if (conv?.op !== "conv" || activation?.op !== "activation" || !suits(conv)) break;
    if (tangent && !(conv.tangentK > 0)) return null;
    const map = prepared[at + 1]!.map!;
    const states = prepared[at + 1]!.reads[0]!;
    const form = lowerActivation(activation.activation, map, states, { weight: 1, tangentK: 0 }, precision);
    if (form?.operation !== "piecewiseLinear") break;
    // (a^2 + b^2) / 2 and (a - b)^2 / (2 pi)
    const [even, , odd] = form.constants as [number, number, number];
    if (odd === 0) break;
    convs.push(conv);
    activations.push(at + 1);
    odds.push(odd);
    slopes.push((even - Math.PI * odd) / odd);
  }
  const pool = steps[at];
  if (convs.length === 0 || (pool?.op !== "globalPool" && pool?.op !== "flatten")) return null;
  const written: number[] = [];
  for (const [s, step] of steps.entries()) {
    for (const slot of readsOf(step)) {
      const source = written[slot]!;
      if (s <= at ? source !== s - 1 : source < at) return null;
    }
    written[step.to] = s;
  }

  const [height, width] = gridOf(first.positions);
  const channels = features / (height * width);
  const layers = convs.length;
  const taps = convs[0]!.window.length === 1 ? 3 : 9;
  const alpha = ALPHA[precision];
  const range = RANGE[precision];
  const ratio = ({ tangentK, weight }: ConvStep) => (tangent ? tangentK / weight : 1);
  const largest = (s: number) => {
    const { rows, cols } = prepared[s]!.reads[0]!;
    return cols.q.reduce(
      (most, q) => Math.max(most, q),
      rows.q.reduce((most, q) => Math.max(most, q), 0),
    );
  };
  // K is stored times kappa, N times nu; kappa = nu tangentK / weight, so that sums of both are those of the next layer
  const growth = (l: number) => taps / (convs[l]!.weight * odds[l]!);
  let nu = powerOf4((growth(0) > 1 ? -0.9 : 0.9) * range) / ratio(convs[0]!);
  const inputScale = (nu * ratio(convs[0]!)) / channels;
  const constants = new Float64Array(4 * layers);
  const scales: (readonly [number, number])[] = [];
  let biased = false;
  for (let l = 0; l < layers; l++) {
    const { weight, bias, tangentOne } = convs[l]!;
    const kappa = nu * ratio(convs[l]!);
    const next = nu * growth(l);
    const last = l === layers - 1;
    const kappaNext = next * (last ? 1 : ratio(convs[l + 1]!));
    const digits = Math.log10(kappaNext * Math.max(largest(activations[l]!) * odds[l]!, Number.MIN_VALUE));
    const factor = Math.abs(digits) > range && !last ? powerOf4((digits > 0 ? -1.9 : 1.9) * range) : 1;
    biased ||= bias !== 0 || (tangent && tangentOne !== 0);
    constants.set(
      [
        Math.PI / 2 + slopes[l]!,
        (kappa * taps * bias) / weight,
        tangent ? (nu * taps * tangentOne) / weight : 0,
        factor,
      ],
      4 * l,
    );
    scales.push([Math.sqrt((alpha * weight) / (taps * kappa)), Math.sqrt((kappaNext * odds[l]!) / alpha)]);
    nu = next * factor;
  }
  return {
    height,
    width,
    channels,
    layers,
    planes: pool.op === "globalPool" ? height * width : 1,
    biased,
    constants,
    inputScale,
    outputScale: 1 / nu,
    most: alpha * (1 - CLOSEST[precision]),
    scales,
    activations,
    pool: at,
  };
}

/** What the chain needs of a side's samples: roots [count, layer, cell, 2], and half the sums of q and of theta. */
export interface ChainSamples {
  readonly roots: Values;
  readonly halfQ: Float64Array;
  readonly halfT: Float64Array;
}

export function chainSamples(
  chain: PlaneChain,
  prepared: readonly PreparedStep[],
  side: "rows" | "cols",
  count: number,
  roots: Values,
): ChainSamples {
  const cells = chain.height * chain.width;
  chain.activations.forEach((s, l) => {
    const { q } = prepared[s]!.reads[0]![side];
    const [inverse, root] = chain.scales[l]!;
    for (let i = 0; i < count; i++) {
      let o = (i * chain.layers + l) * cells * 2;
      for (let p = i * cells; p < (i + 1) * cells; p++) {
        const s1 = Math.sqrt(q[p]!);
        roots[o++] = s1 > 0 ? inverse / s1 : 0;
        roots[o++] = root * s1;
      }
    }
  });
  const state = prepared[chain.pool]!.reads[0]![side];
  const halves = (values: Float64Array | null) =>
    Float64Array.from({ length: count }, (_, i) => {
      let sum = 0;
      if (values !== null) for (let p = i * cells; p < (i + 1) * cells; p++) sum += values[p]!;
      return 0.5 * sum;
    });
  return { roots, halfQ: halves(state.q), halfT: halves(state.t) };
}

export const rootsPerSample = ({ layers, height, width }: PlaneChain) => 2 * layers * height * width;
