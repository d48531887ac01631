/**
 * Axes as numbers: where a value lies and which ticks are worth a label.
 * @module
 */
import { ticks as linearTicks } from "d3-array";
import { format } from "d3-format";
import { scaleLinear, scaleLog, scaleSymlog } from "d3-scale";
import { numberMarkup } from "./number-text.js";

/**
 * `linear`; `log`: positive values only; `symlog`: logarithmic with a linear piece around 0, for step axes that start
 * at 0, and for differences of both signs.
 */
export type ScaleKind = "linear" | "log" | "symlog";

export interface Tick {
  readonly value: number;
  /** figure markup; empty for a tick without a label */
  readonly label: string;
}

export interface AxisScale {
  readonly kind: ScaleKind;
  readonly domain: readonly [number, number];
  /** Pixels of a value; NaN for values that the axis cannot show (not finite, or <= 0 on a log axis). */
  readonly position: (value: number) => number;
  readonly ticks: readonly Tick[];
}

export interface ScaleOptions {
  readonly kind: ScaleKind;
  /** values to show; ends are widened to make an interval */
  readonly domain: readonly [number, number];
  /** pixels of the ends */
  readonly range: readonly [number, number];
  /** about how many labels fit */
  readonly count: number;
  /** labels at whole numbers only, for layers and counts */
  readonly integer?: boolean;
  /** symlog: where the axis becomes logarithmic; the smallest positive value that occurs */
  readonly threshold?: number;
}

const MINUS = "\u2212";

/** The smallest and largest finite value, positive ones only on request; null when there is none. */
export function extentOf(
  values: Iterable<number | null>,
  options: { readonly positive?: boolean } = {},
): [number, number] | null {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value === null || !Number.isFinite(value)) continue;
    if (options.positive && !(value > 0)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : null;
}

function powerLabel(exponent: number): string {
  return `10^{${exponent < 0 ? MINUS : ""}${Math.abs(exponent)}}`;
}

function decadeTicks(lowest: number, highest: number, count: number): Tick[] {
  const every = Math.max(1, Math.ceil((highest - lowest + 1) / count));
  // powers as soon as one label would be long, so that all labels of an axis look alike
  const asPowers = lowest < -2 || highest > 3;
  return Array.from({ length: highest - lowest + 1 }, (_, i) => {
    const exponent = lowest + i;
    const value = Number(`1e${exponent}`);
    if (exponent % every !== 0) return { value, label: "" };
    return { value, label: asPowers ? powerLabel(exponent) : numberMarkup(value) };
  });
}

function minorTicks(lowest: number, highest: number, inside: (value: number) => boolean): Tick[] {
  const out: Tick[] = [];
  for (let exponent = lowest - 1; exponent <= highest; exponent++) {
    for (let factor = 2; factor <= 9; factor++) {
      const value = Number(`${factor}e${exponent}`);
      if (inside(value)) out.push({ value, label: "" });
    }
  }
  return out;
}

function logTicks([low, high]: readonly [number, number], count: number): Tick[] {
  const inside = (value: number) => value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9);
  const lowest = Math.ceil(Math.log10(low) - 1e-9);
  const highest = Math.floor(Math.log10(high) + 1e-9);
  const decades = highest - lowest + 1;
  const few = [1, 2, 5].flatMap((factor) =>
    Array.from({ length: decades + 2 }, (_, i) => Number(`${factor}e${lowest - 1 + i}`)).filter(inside),
  );
  const useFew = few.length >= 3 && few.length <= count + 2;
  if (decades >= 2 && !(decades < 3 && useFew)) {
    const minor = highest - lowest < count ? minorTicks(lowest, highest, inside) : [];
    return [...decadeTicks(lowest, highest, count), ...minor];
  }
  if (!useFew) {
    return linearTicks(low, high, count).map((value) => ({ value, label: numberMarkup(value) }));
  }
  const minor = minorTicks(lowest, highest, inside).filter(({ value }) => !few.includes(value));
  return [...few.sort((x, y) => x - y).map((value) => ({ value, label: numberMarkup(value) })), ...minor];
}

/** Ticks of [0, high], and their mirror images on an axis that begins below 0. */
function symlogTicks([low, high]: readonly [number, number], threshold: number, count: number): Tick[] {
  if (low >= 0) return upwardSymlogTicks(high, threshold, count);
  const upward = upwardSymlogTicks(Math.max(-low, high), threshold, Math.ceil(count / 2));
  const downward = upward
    .filter(({ value }) => value > 0)
    .map(({ value, label }) => ({ value: -value, label: label === "" ? "" : `${MINUS}${label}` }));
  return [...downward.reverse(), ...upward].filter(({ value }) => value >= low && value <= high);
}

function upwardSymlogTicks(high: number, threshold: number, count: number): Tick[] {
  const lowest = Math.ceil(Math.log10(threshold) - 1e-9);
  const highest = Math.floor(Math.log10(high) + 1e-9);
  if (highest < lowest) {
    return linearTicks(0, high, count).map((value) => ({ value, label: numberMarkup(value) }));
  }
  const decades = decadeTicks(lowest, highest, Math.max(2, count - 1));
  const inside = (value: number) => value > threshold && value <= high;
  const minor = highest - lowest < count ? minorTicks(lowest + 1, highest, inside) : [];
  return [{ value: 0, label: "0" }, ...decades, ...minor];
}

function linearLabels(values: readonly number[]): Tick[] {
  const largest = Math.max(...values.map(Math.abs), 0);
  if (largest >= 1e5 || (largest > 0 && largest < 1e-3)) {
    return values.map((value) => ({ value, label: numberMarkup(value) }));
  }
  const step = values.length > 1 ? Math.abs(values[1]! - values[0]!) : largest || 1;
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const text = format(`,.${decimals}f`);
  return values.map((value) => ({ value, label: text(value) }));
}

function widened([a, b]: readonly [number, number], kind: ScaleKind): [number, number] {
  if (b > a) return [a, b];
  if (kind === "log") return [a / 2, a * 2];
  const pad = a === 0 ? 1 : Math.abs(a) * 0.1;
  return [a - pad, a + pad];
}

/** The axis of a domain over a range of pixels. */
export function axisScale(options: ScaleOptions): AxisScale {
  const { kind, count } = options;
  const domain = widened(options.domain, kind);
  const range = [options.range[0], options.range[1]];
  if (kind === "log") {
    const scale = scaleLog(domain, range);
    return {
      kind,
      domain,
      position: (value) => (value > 0 && Number.isFinite(value) ? scale(value) : Number.NaN),
      ticks: logTicks(domain, count),
    };
  }
  if (kind === "symlog") {
    const threshold = options.threshold ?? 1;
    const scale = scaleSymlog(domain, range).constant(threshold);
    return {
      kind,
      domain,
      position: (value) => (Number.isFinite(value) ? scale(value) : Number.NaN),
      ticks: symlogTicks(domain, threshold, count),
    };
  }
  const scale = scaleLinear(domain, range);
  const values = linearTicks(domain[0], domain[1], count);
  return {
    kind,
    domain,
    position: (value) => (Number.isFinite(value) ? scale(value) : Number.NaN),
    ticks: linearLabels(options.integer ? [...new Set(values.filter(Number.isInteger))] : values),
  };
}
