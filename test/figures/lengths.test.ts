import { describe, expect, test } from "vitest";
import {
  type DependenceData,
  dependenceFigure,
  type LengthsData,
  lengthsFigure,
  secondLayerFigure,
} from "../../src/figures/index.js";
import { createRng } from "../../src/numeric/random.js";

const lengths: LengthsData = {
  activation: "tanh",
  widths: [10, 100, 1000].map((width) => ({
    width,
    median: [1.6, 0.82, 0.64],
    low: [1.6, 0.82, 0.64].map((q) => q - 3 / Math.sqrt(width) / 3),
    high: [1.6, 0.82, 0.64].map((q) => q + 3 / Math.sqrt(width) / 3),
  })),
  limit: [1.6, 0.82, 0.64],
  convergence: {
    quantity: "|q_{3} − limit|",
    width: [10, 100, 1000],
    series: [{ label: "50 %", values: [0.3, 0.1, 0.03] }],
    slope: -0.5,
    slopeLabel: "slope −1/2",
  },
};

const dependence: DependenceData = {
  pairs: createRng(0).normals(new Float64Array(400)),
  title: "(a) relu, N = 2",
  series: [
    { label: "relu", width: [1, 2], measured: [0.3, 0.26], error: [0.02, 0.01], theory: [5 / 17, 5 / 19] },
  ],
};

describe("lengthsFigure", () => {
  test("shows the map, a band per width and the reference slope", () => {
    const svg = lengthsFigure(lengths);
    expect(svg.match(/class="ft-band ft-fill-\d"/g)!.length).toBe(6); // three bands, and their samples in the legend
    for (const text of ["length map", "N = 1,000", "slope −1/2", "width N", "hidden layer l"])
      expect(svg).toContain(text);
    expect(svg).toMatch(/Length map 1\.6 to 0\.64/);
  });

  test("has a heading above everything where one is asked for", () => {
    const plain = lengthsFigure(lengths);
    const svg = lengthsFigure(lengths, { heading: "relu, σ_{w}^{2} = 2" });
    const heightOf = (text: string) => Number(/ height="([\d.]+)"/.exec(text)![1]);
    expect(heightOf(svg) - heightOf(plain)).toBe(24);
    expect(svg).toMatch(/<text[^>]*class="ft-muted"[^>]*>relu, σ/);
  });

  test("draws lengths without a limit, and values beyond float64 as gaps", () => {
    const svg = lengthsFigure({
      ...lengths,
      limit: null,
      widths: [{ width: 10, median: [1, 40, null], low: [0.5, 2, null], high: [2, 9000, null] }],
      convergence: {
        ...lengths.convergence,
        slope: 1,
        slopeLabel: "slope 1",
        series: [{ label: "50 %", values: [20, null, 2000] }],
      },
    });
    expect(svg).toContain("There is no length map");
    expect(svg).not.toMatch(/NaN|Infinity/);
  });

  test("refuses arrays that do not fit", () => {
    expect(() => lengthsFigure({ ...lengths, limit: [1] })).toThrow(/limit has 1 values, expected 3/);
    expect(() => lengthsFigure({ ...lengths, widths: [] })).toThrow(/widths has 0 values/);
  });
});

describe("secondLayerFigure", () => {
  test("has a histogram of unit area with both curves", () => {
    const samples = createRng(1).normals(new Float64Array(2000));
    const fit = { location: 0, scale: 1 };
    const svg = secondLayerFigure({
      panels: [{ title: "tanh, N = 100", samples, gaussian: fit, cauchy: fit }],
    });
    expect(svg).toContain("tanh, N = 100");
    expect(svg).toMatch(/2000 networks, Gaussian of standard deviation 1, Cauchy of scale 1/);
    expect(svg.match(/ft-band/g)!.length).toBeGreaterThanOrEqual(2);
    expect(svg).not.toMatch(/NaN|Infinity/);
  });

  test("refuses a handful of samples", () => {
    const fit = { location: 0, scale: 1 };
    expect(() =>
      secondLayerFigure({ panels: [{ title: "", samples: [1, 2], gaussian: fit, cauchy: fit }] }),
    ).toThrow(/samples has 2 values, expected at least 10/);
  });
});

describe("dependenceFigure", () => {
  test("has a point per network inside the plot, and correlations with theory", () => {
    const svg = dependenceFigure(dependence);
    const points = svg.match(/<circle /g)!.length;
    expect(points).toBeGreaterThan(190);
    expect(points).toBeLessThanOrEqual(200);
    expect(svg).toMatch(/0\.3 \(theory 0\.294\) at N = 1/);
    expect(svg).not.toMatch(/NaN|Infinity/);
  });

  test("refuses series that do not fit", () => {
    const series = [{ ...dependence.series[0]!, error: [0.1] }];
    expect(() => dependenceFigure({ ...dependence, series })).toThrow(/error has 1 values, expected 2/);
  });
});
