import { describe, expect, test } from "vitest";
import {
  blueGreyOrange,
  darkTheme,
  fromOklab,
  lightTheme,
  parseHex,
  type Rgb,
  type ThemeColours,
  toOklab,
  viridis,
} from "../../src/figures/colour.js";
import { FIGURE_CSS, themeProperties } from "../../src/figures/style.js";

const toLinear = (channel: number) => {
  const c = channel / 255;
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
};
const toEncoded = (light: number) =>
  255 * (light <= 0.0031308 ? 12.92 * light : 1.055 * Math.min(1, light) ** (1 / 2.4) - 0.055);

/** Machado, Oliveira, Fernandes 2009, severity 1.0, on linear RGB. */
const DEFICIENCIES = {
  none: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
} as const;

function seen(rgb: Rgb, m: readonly number[]): Rgb {
  const [r, g, b] = rgb.map(toLinear) as [number, number, number];
  const row = (i: number) => toEncoded(Math.max(0, m[i]! * r + m[i + 1]! * g + m[i + 2]! * b));
  return [row(0), row(3), row(6)];
}

/** CIE 1976 colour difference, D65 white. */
function deltaE(a: Rgb, b: Rgb): number {
  const lab = (rgb: Rgb) => {
    const [r, g, bl] = rgb.map(toLinear) as [number, number, number];
    const f = (t: number) => (t > 216 / 24389 ? Math.cbrt(t) : (24389 / 27) * (t / 116) + 16 / 116);
    const x = f((0.4124564 * r + 0.3575761 * g + 0.1804375 * bl) / 0.95047);
    const y = f(0.2126729 * r + 0.7151522 * g + 0.072175 * bl);
    const z = f((0.0193339 * r + 0.119192 * g + 0.9503041 * bl) / 1.08883);
    return [116 * y - 16, 500 * (x - y), 200 * (y - z)] as const;
  };
  const [p, q] = [lab(a), lab(b)];
  return Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
}

function contrast(a: Rgb, b: Rgb): number {
  const luminance = (rgb: Rgb) => {
    const [r, g, bl] = rgb.map(toLinear) as [number, number, number];
    return 0.2126 * r + 0.7152 * g + 0.0722 * bl;
  };
  const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p) as [number, number];
  return (x + 0.05) / (y + 0.05);
}

describe.each<[string, ThemeColours]>([
  ["light", lightTheme],
  ["dark", darkTheme],
])("%s theme", (_, theme) => {
  // about 2.3 is just noticeable side by side; thin lines and small markers want several times that
  test.each(Object.entries(DEFICIENCIES))("categories stay apart under %s", (name, matrix) => {
    const colours = theme.series.map((hex) => seen(parseHex(hex), matrix));
    const closest = (some: readonly Rgb[]) =>
      Math.min(...some.flatMap((a, i) => some.slice(i + 1).map((b) => deltaE(a, b))));
    expect(closest(colours)).toBeGreaterThan(15);
    // the first three, which the figures of a forecast use, under the two common deficiencies
    if (name !== "tritanopia") expect(closest(colours.slice(0, 3))).toBeGreaterThan(35);
  });

  test("categories have a contrast of 3:1 with the surface, texts of 4.5:1 (WCAG 2.2)", () => {
    const surface = parseHex(theme.surface);
    for (const colour of theme.series) expect(contrast(parseHex(colour), surface)).toBeGreaterThan(3);
    for (const colour of [theme.ink, theme.muted])
      expect(contrast(parseHex(colour), surface)).toBeGreaterThan(4.5);
    expect(contrast(parseHex(theme.axis), surface)).toBeGreaterThan(3);
  });

  test("every colour is a property that the style sheet of figures reads", () => {
    const names = [...themeProperties(theme).matchAll(/(--ft-[\w-]+):#[0-9a-f]{6};/g)].map(
      (match) => match[1]!,
    );
    expect(names).toHaveLength(5 + theme.series.length);
    for (const name of names) expect(FIGURE_CSS).toContain(`var(${name},`);
  });
});

describe("colour maps", () => {
  test("OKLab and back is the identity within rounding", () => {
    for (const hex of ["#000000", "#ffffff", "#d55e00", "#0072b2", "#123456"]) {
      expect(fromOklab(toOklab(parseHex(hex)))).toEqual(parseHex(hex));
    }
  });

  test("the diverging map is neutral in the middle, equally light at both ends, lightest in the middle", () => {
    const [l0, a0, b0] = toOklab(blueGreyOrange(0.5));
    expect(Math.hypot(a0, b0)).toBeLessThan(0.01);
    const lightness = Array.from({ length: 51 }, (_, i) => toOklab(blueGreyOrange(i / 50))[0]);
    expect(Math.max(...lightness)).toBe(l0);
    for (let i = 0; i < 25; i++) {
      expect(lightness[i + 1]!).toBeGreaterThan(lightness[i]! - 1e-3);
      expect(lightness[50 - i - 1]!).toBeGreaterThan(lightness[50 - i]! - 1e-3);
    }
    expect(Math.abs(lightness[0]! - lightness[50]!)).toBeLessThan(0.12);
    expect(blueGreyOrange(0.2)[2]).toBeGreaterThan(blueGreyOrange(0.2)[0]);
    expect(blueGreyOrange(0.8)[0]).toBeGreaterThan(blueGreyOrange(0.8)[2]);
  });

  test("both sides of the diverging map stay apart under deuteranopia", () => {
    for (const t of [0.1, 0.25, 0.4]) {
      const [below, above] = [blueGreyOrange(t), blueGreyOrange(1 - t)];
      expect(
        deltaE(seen(below, DEFICIENCIES.deuteranopia), seen(above, DEFICIENCIES.deuteranopia)),
      ).toBeGreaterThan(15);
    }
  });

  test("viridis grows lighter all the way and has the ends of the published table", () => {
    expect(viridis(0)).toEqual([68, 1, 84]);
    expect(viridis(1)).toEqual([253, 231, 37]);
    // entry 128 of the 256 of matplotlib, #21918c
    const middle = viridis(128 / 255);
    for (const [i, channel] of [33, 145, 140].entries()) {
      expect(Math.abs(middle[i]! - channel)).toBeLessThanOrEqual(2);
    }
    const lightness = Array.from({ length: 64 }, (_, i) => toOklab(viridis(i / 63))[0]);
    for (let i = 1; i < 64; i++) expect(lightness[i]!).toBeGreaterThan(lightness[i - 1]!);
  });

  test("values outside are clamped", () => {
    expect(viridis(-3)).toEqual(viridis(0));
    expect(viridis(7)).toEqual(viridis(1));
  });
});
