/**
 * The fast form of [input, (convolution over 3 positions of each axis, `same`, and a piecewise linear activation) x L,
 * global pool or flatten]: kernels instead of deficits, see src/wasm/assembly/planes/chain.ts. Planes in which some pair
 * comes closer than what that form resolves are left to the deficit form, lane by lane.
 * @module
 */
import type { Precision } from "../kernel.js";
import { slopes } from "../kinks.js";
import { alikeIn, type ConvStep, type KernelProgram, readsOf } from "../program.js";
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

/** Constants of a layer. */
const WORDS = 5;

/** The scaled kernels stay within these powers of 10. */
const RANGE = { float64: 100, float32: 12 } as const;

/** The part of a program that has a fast form. */
export interface ChainShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly convs: readonly ConvStep[];
  /** of each activation a min(x, 0) + b max(x, 0): (a^2 + b^2) / 2, (a - b)^2 / (2 pi) and 2 pi a b / (a - b)^2 */
  readonly evens: readonly number[];
  readonly odds: readonly number[];
  readonly slopes: readonly number[];
  /** steps of the global pools or flattens */
  readonly pools: readonly number[];
  /** layers before each of them, ascending, the last one all */
  readonly ends: readonly number[];
  /** all differences of positions, or equal positions only */
  readonly planes: number;
}

/** Plain data. */
export interface PlaneChain {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly layers: number;
  readonly planes: number;
  readonly biased: boolean;
  /** [layer]: pi / 2 + slope, biases of c and M, factor after the layer, 1 where its sums are an end's and 0 elsewhere */
  readonly constants: Float64Array;
  /** of the pixels of the row side */
  readonly inputScale: number;
  /** layers before each end */
  readonly ends: readonly number[];
  /** of the stored sums of K and of N at each end, 1 / scale */
  readonly outputScales: readonly (readonly [number, number])[];
  /** planes with a larger |c| (as stored) are for the deficit form */
  readonly most: number;
  /** factors of 1 / sqrt(q) and sqrt(q) of each layer */
  readonly scales: readonly (readonly [number, number])[];
  readonly evens: readonly number[];
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

/** Taps of the filters of a chain. */
export const tapsOf = ({ convs }: ChainShape) => (convs[0]!.window.length === 1 ? 3 : 9);

/** Null where the program does not begin with such a chain. */
export function chainOf(program: KernelProgram, tangent: boolean): ChainShape | null {
  const { steps, features, readouts } = program;
  const [first] = steps;
  if (first?.op !== "input" || first.positions.length === 0) return null;
  let at = 1;
  const convs: ConvStep[] = [];
  const evens: number[] = [];
  const odds: number[] = [];
  const ratios: number[] = [];
  for (; ; at += 2) {
    const [conv, activation] = [steps[at], steps[at + 1]];
    if (conv?.op !== "conv" || activation?.op !== "activation" || !suits(conv)) break;
    if (tangent && !(conv.tangentK > 0)) return null;
    const sides = slopes(activation.activation);
    if (sides === null || sides[0] === sides[1]) break;
    const [a, b] = sides;
    convs.push(conv);
    evens.push((a * a + b * b) / 2);
    odds.push((a - b) ** 2 / (2 * Math.PI));
    ratios.push((2 * Math.PI * a * b) / (a - b) ** 2);
  }
  const pool = steps[at];
  if (convs.length === 0 || (pool?.op !== "globalPool" && pool?.op !== "flatten")) return null;
  if (readouts !== undefined && readouts.from !== at) return null;
  const pools = alikeIn(program, at);
  // every step up to the first pool reads the one before, pools read activations, and nothing else reads any of them
  const written: number[] = [];
  const ends: number[] = [];
  for (const [s, step] of steps.entries()) {
    for (const slot of readsOf(step)) {
      const source = written[slot]!;
      if (s < at ? source !== s - 1 : pools.includes(s) ? source >= at : source < at) return null;
      if (pools.includes(s)) ends.push(source / 2);
    }
    written[step.to] = s;
  }
  if (
    !ends.every((end, k) => Number.isInteger(end) && end > (ends[k - 1] ?? 0)) ||
    ends.at(-1) !== convs.length
  )
    return null;
  const [height, width] = gridOf(first.positions);
  const channels = features / (height * width);
  const planes = pool.op === "globalPool" ? height * width : 1;
  return { height, width, channels, convs, evens, odds, slopes: ratios, pools, ends, planes };
}

/** @param largest  the largest variance before each activation */
export function scaleChain(
  shape: ChainShape,
  largest: Float64Array,
  tangent: boolean,
  precision: Precision,
): PlaneChain {
  const { height, width, channels, convs, evens, odds, planes, ends } = shape;
  const layers = convs.length;
  const taps = tapsOf(shape);
  const alpha = ALPHA[precision];
  const range = RANGE[precision];
  const ratio = ({ tangentK, weight }: ConvStep) => (tangent ? tangentK / weight : 1);
  // K is stored times kappa, N times nu; kappa = nu tangentK / weight, so that sums of both are those of the next layer
  const growth = (l: number) => taps / (convs[l]!.weight * odds[l]!);
  let nu = powerOf4((growth(0) > 1 ? -0.9 : 0.9) * range) / ratio(convs[0]!);
  const inputScale = (nu * ratio(convs[0]!)) / channels;
  const constants = new Float64Array(WORDS * layers);
  const scales: (readonly [number, number])[] = [];
  const outputScales: (readonly [number, number])[] = [];
  let biased = false;
  for (let l = 0; l < layers; l++) {
    const { weight, bias, tangentOne } = convs[l]!;
    const kappa = nu * ratio(convs[l]!);
    const next = nu * growth(l);
    const last = l === layers - 1;
    const kappaNext = next * (last ? 1 : ratio(convs[l + 1]!));
    const digits = Math.log10(kappaNext * Math.max(largest[l]! * odds[l]!, Number.MIN_VALUE));
    const factor = Math.abs(digits) > range && !last ? powerOf4((digits > 0 ? -1.9 : 1.9) * range) : 1;
    biased ||= bias !== 0 || (tangent && tangentOne !== 0);
    constants.set(
      [
        Math.PI / 2 + shape.slopes[l]!,
        (kappa * taps * bias) / weight,
        tangent ? (nu * taps * tangentOne) / weight : 0,
        factor,
        Number(ends.includes(l + 1)),
      ],
      WORDS * l,
    );
    if (ends.includes(l + 1)) outputScales.push([1 / kappaNext, 1 / next]);
    scales.push([Math.sqrt((alpha * weight) / (taps * kappa)), Math.sqrt((kappaNext * odds[l]!) / alpha)]);
    nu = next * factor;
  }
  return {
    height,
    width,
    channels,
    layers,
    planes,
    biased,
    constants,
    inputScale,
    ends,
    outputScales,
    most: alpha * (1 - CLOSEST[precision]),
    scales,
    evens,
  };
}

/** Values of roots per sample: [layer, cell, 2]. */
export const rootsPerSample = ({ layers, height, width }: PlaneChain) => 2 * layers * height * width;

/** Values of states per sample: [layer, 2, cell], q and theta before each activation. */
const statesPerSample = rootsPerSample;

/** 1 / sqrt(q) and sqrt(q) of one sample, scaled, from its states. */
export function chainRoots(chain: PlaneChain, states: Values, sample: number, out: Float64Array): void {
  const cells = chain.height * chain.width;
  const base = sample * statesPerSample(chain);
  let o = 0;
  for (let l = 0; l < chain.layers; l++) {
    const [inverse, root] = chain.scales[l]!;
    const from = base + 2 * l * cells;
    for (let p = from; p < from + cells; p++) {
      const s = Math.sqrt(states[p]!);
      out[o++] = s > 0 ? inverse / s : 0;
      out[o++] = root * s;
    }
  }
}

/**
 * What the deficit form of a chain needs of one sample: for each layer half of q and theta before the convolution, then
 * sqrt(q / 2), 1 / sqrt(q) and theta / 2 before the activation.
 */
export function chainTables(
  {
    height,
    width,
    channels,
    layers,
    evens,
  }: Pick<PlaneChain, "height" | "width" | "channels" | "layers" | "evens">,
  states: Values,
  pixels: Values,
  sample: number,
  out: Float64Array,
): void {
  const cells = height * width;
  const base = sample * 2 * layers * cells;
  for (let l = 0; l < layers; l++) {
    const to = 5 * l * cells;
    if (l === 0) {
      let x = sample * cells * channels;
      for (let p = 0; p < cells; p++) {
        let sum = 0;
        for (let c = 0; c < channels; c++, x++) sum += pixels[x]! * pixels[x]!;
        out[to + p] = (0.5 * sum) / channels;
        out[to + cells + p] = 0;
      }
    } else {
      const before = base + 2 * (l - 1) * cells;
      const half = 0.5 * evens[l - 1]!;
      for (let v = 0; v < 2 * cells; v++) out[to + v] = half * states[before + v]!;
    }
    const at = base + 2 * l * cells;
    for (let p = 0; p < cells; p++) {
      const q = states[at + p]!;
      out[to + 2 * cells + p] = Math.sqrt(0.5 * q);
      out[to + 3 * cells + p] = q > 0 ? 1 / Math.sqrt(q) : 0;
      out[to + 4 * cells + p] = 0.5 * states[at + cells + p]!;
    }
  }
}
