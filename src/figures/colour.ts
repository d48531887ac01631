/**
 * Colours: the category palette for both themes, and colour maps for values.
 *
 * Categories are of the Okabe-Ito palette, those of each theme that have a contrast of at least 3:1 with its surface; they never stand alone, dashes or markers say the same.
 * @module
 */

/** Red, green, blue, each 0 to 255. */
export type Rgb = readonly [red: number, green: number, blue: number];

/** `#rrggbb` to numbers. */
export function parseHex(hex: string): Rgb {
  const value = Number.parseInt(hex.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

/** sRGB channel 0..255 to linear light 0..1. */
function linear(channel: number): number {
  const c = channel / 255;
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
}

function encoded(light: number): number {
  const c = light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055;
  return Math.round(Math.min(1, Math.max(0, c)) * 255);
}

/** sRGB to OKLab (Ottosson 2020): lightness 0..1 and two opponent axes; equal steps look about equal. */
export function toOklab(rgb: Rgb): [number, number, number] {
  const [r, g, b] = [linear(rgb[0]), linear(rgb[1]), linear(rgb[2])];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

/** OKLab to sRGB, clipped to the gamut. */
export function fromOklab([L, a, b]: readonly [number, number, number]): Rgb {
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    encoded(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    encoded(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    encoded(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

/** A map from [0, 1] to colours; values outside are clamped. */
export type ColourMap = (t: number) => Rgb;

function through(anchors: readonly string[]): ColourMap {
  const labs = anchors.map((hex) => toOklab(parseHex(hex)));
  return (t) => {
    const at = Math.min(1, Math.max(0, t)) * (labs.length - 1);
    const i = Math.min(labs.length - 2, Math.floor(at));
    const w = at - i;
    const [from, to] = [labs[i]!, labs[i + 1]!];
    return fromOklab([
      from[0] + w * (to[0] - from[0]),
      from[1] + w * (to[1] - from[1]),
      from[2] + w * (to[2] - from[2]),
    ]);
  };
}

/** Viridis for magnitudes, through 16 equally spaced colours of matplotlib's table (CC0). */
export const viridis: ColourMap = through([
  "#440154",
  "#481a6c",
  "#472f7d",
  "#414487",
  "#39568c",
  "#31688e",
  "#2a788e",
  "#23888e",
  "#1f988b",
  "#22a884",
  "#35b779",
  "#54c568",
  "#7ad151",
  "#a5db36",
  "#d2e21b",
  "#fde725",
]);

/** Blue through light grey at 0.5 to orange: for values on both sides of a critical one. Lightness falls evenly to both ends. */
export const blueGreyOrange: ColourMap = through([
  "#0b4f8a",
  "#3f83bb",
  "#92b9d8",
  "#e6e6e3",
  "#eeb878",
  "#d67f26",
  "#9a4f00",
]);

/** Colours of figures by name, for one theme. */
export interface ThemeColours {
  readonly surface: string;
  readonly ink: string;
  readonly muted: string;
  readonly axis: string;
  readonly grid: string;
  /** category colours, in the order of use */
  readonly series: readonly [string, string, string, string];
}

/** Colours of figures on a light page. */
export const lightTheme: ThemeColours = {
  surface: "#ffffff",
  ink: "#1c2024",
  muted: "#59616b",
  axis: "#7c8590",
  grid: "#e6e9ed",
  series: ["#0072b2", "#d55e00", "#009e73", "#cc79a7"],
};

/** Colours of figures on a dark page. */
export const darkTheme: ThemeColours = {
  surface: "#15181d",
  ink: "#e9ebee",
  muted: "#a8b0bb",
  axis: "#77808c",
  grid: "#2b3038",
  series: ["#56b4e9", "#e69f00", "#009e73", "#cc79a7"],
};
