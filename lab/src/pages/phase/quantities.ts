/**
 * The quantities of the diagram: their names, and how their values become colours.
 * @module
 */
import { ticks as linearTicks } from "d3-array";
import { blueGreyOrange, type ColourMap, numberText, viridis } from "foretrain";
import type { Quantity } from "./fields.js";

export interface QuantityName {
  readonly name: string;
  /** as long as a list of choices shows */
  readonly brief: string;
  /** base, subscript, superscript */
  readonly symbol: readonly [base: string, sub: string, sup: string];
  readonly unit?: "layers";
}

export const QUANTITY_NAMES: Readonly<Record<Quantity, QuantityName>> = {
  chi1: {
    name: "Slope of the correlation map at 1",
    brief: "χ₁, slope at correlation 1",
    symbol: ["χ", "1", ""],
  },
  qStar: { name: "Fixed point of the variance", brief: "q*, fixed variance", symbol: ["q", "", "*"] },
  cStar: { name: "Fixed point of the correlation", brief: "c*, fixed correlation", symbol: ["c", "", "*"] },
  chiC: {
    name: "Slope of the correlation map at its fixed point",
    brief: "χ at c*, slope there",
    symbol: ["χ", "c*", ""],
  },
  xi1: {
    name: "Depth scale of gradients",
    brief: "ξ₁, scale of gradients",
    symbol: ["ξ", "1", ""],
    unit: "layers",
  },
  xiC: {
    name: "Depth scale of signals",
    brief: "ξ at c*, scale of signals",
    symbol: ["ξ", "c*", ""],
    unit: "layers",
  },
  xiStar: {
    name: "Depth scale of generalization",
    brief: "ξ*, of generalization",
    symbol: ["ξ", "*", ""],
    unit: "layers",
  },
};

/** How the values of a map become colours. */
export interface Shading {
  readonly colours: ColourMap;
  /** [0, 1]; NaN: no colour */
  readonly shade: (value: number) => number;
  readonly ticks: readonly { readonly at: number; readonly label: string }[];
}

/** From this ratio of the largest to the least value on the colours are those of the logarithm. */
const LOGARITHMIC = 30;
/** About so many numbers at a linear colour bar. */
const BAR_TICKS = 5;
/** Depth scales beyond this many layers have the last colour: they are infinite on the critical line. */
const MOST_LAYERS = 1000;

function extent(values: Float64Array): { low: number; high: number; leastPositive: number } {
  let [low, high, leastPositive] = [
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.POSITIVE_INFINITY,
  ];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
    if (value > 0 && value < leastPositive) leastPositive = value;
  }
  return low <= high ? { low, high, leastPositive } : { low: 0, high: 1, leastPositive: 1 };
}

const label = (value: number) => numberText(value);

/** Blue below 1, orange above, grey at the critical value; the ends are what the chaotic side reaches, 2 to 4. */
function slopeShading(values: Float64Array): Shading {
  const { high } = extent(values);
  const span = Math.min(Math.log(4), Math.max(Math.log(2), Math.log(Math.max(high, 1))));
  const shade = (chi: number) => (chi <= 0 ? 0 : 0.5 + Math.log(chi) / (2 * span));
  const ticks = [0.25, 0.5, 0.8, 1, 1.25, 2, 4]
    .map((chi) => ({ at: shade(chi), label: label(chi) }))
    .filter(({ at }) => at > -1e-9 && at < 1 + 1e-9);
  return { colours: blueGreyOrange, shade, ticks };
}

export function shadingOf(quantity: Quantity, values: Float64Array): Shading {
  if (quantity === "chi1" || quantity === "chiC") return slopeShading(values);
  const { low, high, leastPositive } = extent(values);
  const top = QUANTITY_NAMES[quantity].unit === "layers" ? Math.min(MOST_LAYERS, high) : high;
  if (low >= 0 && top > 1 && top / leastPositive >= LOGARITHMIC) {
    const bottom = Math.max(leastPositive, top * 1e-4);
    const span = Math.log(top / bottom);
    const shade = (value: number) => (value <= 0 ? 0 : Math.log(value / bottom) / span);
    const decades = [1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100, 1000, 1e4];
    return {
      colours: viridis,
      shade,
      ticks: decades
        .filter((value) => value >= bottom * (1 - 1e-9) && value <= top * (1 + 1e-9))
        .map((value) => ({ at: shade(value), label: label(value) })),
    };
  }
  const span = top > low ? top - low : 1;
  const shade = (value: number) => (value - low) / span;
  const ticks = top > low ? linearTicks(low, top, BAR_TICKS) : [low];
  return {
    colours: viridis,
    shade,
    ticks: ticks.map((value) => ({ at: shade(value), label: label(value) })),
  };
}
