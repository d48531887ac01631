import { describe, expect, test } from "vitest";
import { isForetrainError } from "../../src/errors.js";
import {
  curvesFigure,
  depthFigure,
  type FigureOptions,
  phaseDiagramFigure,
  signalFigure,
  spectrumFigure,
} from "../../src/figures/index.js";
import { overlaps } from "../../src/figures/placement.js";
import { type SampleOptions, sampleForecast } from "../report/sample-forecast.js";
import { textBoxes } from "./figure-boxes.js";
import { descendants, parseXml, textOf } from "./xml.js";

const CASES: Readonly<Record<string, SampleOptions>> = {
  critical: {},
  chaotic: { weightVariance: 2.6, layers: 24, horizon: 300_000 },
  ordered: { weightVariance: 1.1, layers: 60, horizon: 30, biasVariance: 0.05 },
  shallow: { weightVariance: 0.4, layers: 1, horizon: 1_000_000, samples: 60 },
  outside: { weightVariance: 5, biasVariance: 0.9, layers: 3 },
};

/** A value that JavaScript wrote where a number or text was meant. */
function leaks(svg: string): string[] {
  const text = svg.replace(/data:image\/png;base64,[A-Za-z0-9+/=]*/g, "");
  return [...text.matchAll(/.{0,30}(?:NaN|undefined|Infinity|null|\[object).{0,30}/g)].map(
    (match) => match[0],
  );
}

function figuresOf(sample: SampleOptions, options: FigureOptions = {}): Record<string, string> {
  const forecast = sampleForecast(sample);
  const { meanField, curves, data, limits, network } = forecast;
  return {
    "phase-diagram": phaseDiagramFigure(
      { ...forecast.phaseDiagram!, activation: "erf", network: meanField },
      options,
    ),
    signal: signalFigure(forecast.signal!, options),
    spectrum: spectrumFigure(forecast.spectrum, options),
    curves: curvesFigure({ ...curves, chance: data.chance, limit: limits.ntk, horizon: 25 }, options),
    depth: depthFigure({ ...forecast.depthSweep!, ownDepth: network.depth, chance: data.chance }, options),
  };
}

const AXES: Readonly<Record<string, readonly string[]>> = {
  "phase-diagram": ["weight variance σw2", "bias variance σb2"],
  signal: ["layer", "pre-activation variance q", "correlation c", "slope χ"],
  spectrum: ["rank of the eigenvalue", "eigenvalue λ"],
  curves: ["step", "loss, half squared error", "share of labels right"],
  depth: ["hidden layers", "condition number κ", "norm, accuracy"],
};

describe.each(Object.entries(CASES))("figures of the %s sample", (_, sample) => {
  describe.each([760, 380])("at %i px", (width) => {
    const figures = figuresOf(sample, { width });

    test.each(Object.keys(figures))(
      "%s is well-formed, titled, with axis titles and no leaked value",
      (name) => {
        const svg = parseXml(figures[name]!);
        expect(svg.name).toBe("svg");
        expect(svg.attributes["role"]).toBe("img");
        const all = descendants(svg);
        const ids = all.flatMap((element) => element.attributes["id"] ?? []);
        expect(new Set(ids).size).toBe(ids.length);
        for (const id of svg.attributes["aria-labelledby"]!.split(" ")) expect(ids).toContain(id);
        expect(textOf(all.find((element) => element.name === "title")!)).not.toBe("");
        expect(textOf(all.find((element) => element.name === "desc")!).length).toBeGreaterThan(40);
        const texts = all.filter((element) => element.name === "text").map(textOf);
        for (const title of AXES[name]!) expect(texts).toContain(title);
        expect(leaks(figures[name]!)).toEqual([]);
        for (const reference of figures[name]!.matchAll(/url\(#([^)]+)\)/g))
          expect(ids).toContain(reference[1]);
      },
    );

    test.each(Object.keys(figures))("no text of %s covers another or leaves the figure", (name) => {
      const svg = parseXml(figures[name]!);
      const [, , right, bottom] = svg.attributes["viewBox"]!.split(" ").map(Number);
      const boxes = textBoxes(svg);
      const inside = { x: -0.5, y: -0.5, width: right! + 1, height: bottom! + 1 };
      const leaving = boxes.filter(
        (box) =>
          box.x < inside.x ||
          box.y < inside.y ||
          box.x + box.width > inside.x + inside.width ||
          box.y + box.height > inside.y + inside.height,
      );
      expect(leaving.map((box) => box.text)).toEqual([]);
      const clashes = boxes.flatMap((a, i) =>
        boxes.slice(i + 1).flatMap((b) => (overlaps(a, b) ? [`${a.text} | ${b.text}`] : [])),
      );
      expect(clashes).toEqual([]);
    });
  });
});

describe("figures", () => {
  test("have the same bytes for the same data", () => {
    expect(figuresOf({ resolution: 9, samples: 40 })).toEqual(figuresOf({ resolution: 9, samples: 40 }));
  });

  test.each(["phase-diagram", "signal", "spectrum", "curves", "depth"])(
    "%s has the form of its golden file",
    async (name) => {
      const small = figuresOf({ resolution: 9, samples: 40, layers: 3, horizon: 64 });
      await expect(`${small[name]!.replaceAll("><", ">\n<")}\n`).toMatchFileSnapshot(
        `../fixtures/figures/${name}.svg`,
      );
    },
  );

  test("escape what users call their activation", () => {
    const { phaseDiagram } = sampleForecast({ resolution: 5 });
    const svg = phaseDiagramFigure({ ...phaseDiagram!, activation: `<script>"a" & 'b'</script>\u0007` });
    expect(svg).not.toContain("<script>");
    const title = descendants(parseXml(svg)).find((element) => element.name === "title")!;
    expect(textOf(title)).toBe(`Phase diagram of <script>"a" & 'b'</script>\ufffd`);
  });

  test("show a gap where a value is missing and a lone marker between two gaps", () => {
    const base = { depth: [1, 2, 3, 4, 5], kappaTheory: [null, null, null, null, null] };
    const svg = depthFigure({
      ...base,
      kappa: [10, 20, null, 80, null],
      meanPredictorNorm: [1, 0.9, null, null, 0.2],
      testAccuracy: [0.8, 0.7, 0.6, null, null],
    });
    const lines = descendants(parseXml(svg)).filter(
      (element) => element.attributes["class"] === "ft-line ft-stroke-1",
    );
    const kappa = lines.map((element) => element.attributes["d"]).filter((d) => d !== undefined);
    expect(kappa).toHaveLength(1);
    expect(kappa[0]!.match(/M/g)).toHaveLength(1);
    expect(kappa[0]!.match(/L/g)).toHaveLength(1);
    expect(svg).toContain("beyond float64");
    expect(svg).not.toContain("asymptotic theory");
  });

  test("end a diverging run where it has diverged instead of flattening the rest", () => {
    const { curves, data, limits } = sampleForecast({ horizon: 256 });
    const explode = (values: readonly number[]) =>
      values.map((value, i) => (i > 80 ? Number.POSITIVE_INFINITY : i > 20 ? value * 10 ** (i - 20) : value));
    const { loss } = curves.train;
    const band = {
      mean: explode(loss.mean),
      median: explode(loss.median),
      low: explode(loss.low),
      high: explode(loss.high),
    };
    const train = { ...curves.train, loss: band };
    const svg = curvesFigure({ ...curves, train, chance: data.chance, limit: limits.ntk, horizon: 9000 });
    expect(leaks(svg)).toEqual([]);
    const all = descendants(parseXml(svg));
    const texts = all.filter((element) => element.name === "text").map(textOf);
    expect(texts.filter((text) => text === "diverged")).toHaveLength(2);
    expect(texts).not.toContain("ensemble after infinite training, test");
    const end = curves.steps[band.median.findIndex((value) => value > 1e4 * band.median[0]!)]!;
    expect(textOf(all.find((element) => element.name === "desc")!)).toContain(`at step ${end};`);
    const exponents = texts.flatMap((text) => /^10(\d+)$/.exec(text)?.[1] ?? []).map(Number);
    expect(Math.max(...exponents)).toBeLessThanOrEqual(4);
  });

  test("show a run that overflows in its first step", () => {
    const { curves, data } = sampleForecast({ horizon: 256 });
    const { loss } = curves.train;
    const burst = (values: readonly number[]) =>
      values.map((v, i) => (i === 0 ? v : Number.POSITIVE_INFINITY));
    const band = {
      mean: burst(loss.mean),
      median: burst(loss.median),
      low: burst(loss.low),
      high: burst(loss.high),
    };
    const svg = curvesFigure({ ...curves, train: { ...curves.train, loss: band }, chance: data.chance });
    expect(leaks(svg)).toEqual([]);
    expect(svg).toContain("diverged");
  });

  test("draw the noise floor only when eigenvalues come near it, and leave out those that rounding made negative", () => {
    const healthy = spectrumFigure(sampleForecast().spectrum);
    expect(healthy).not.toContain("noise floor n ε");
    const values = Array.from({ length: 200 }, (_, i) => 1e3 * 10 ** (-i / 8)).map((x, i) =>
      i > 190 ? -x : x,
    );
    const deep = { eigenvalues: values, lambdaMax: 1e3, lambdaBulk: values[100]! };
    const svg = spectrumFigure({ ntk: deep, nngp: deep });
    expect(svg).toContain("noise floor n ε");
    expect(svg).toContain("18 eigenvalues that rounding made zero or negative are not shown");
  });

  test("mark a network outside of the map at its edge, and none when there is none", () => {
    const { phaseDiagram } = sampleForecast({ resolution: 9 });
    const far = { weightVariance: 9, biasVariance: 0.1, chi1: 1.9 };
    expect(phaseDiagramFigure({ ...phaseDiagram!, activation: "erf", network: far })).toContain("outside");
    expect(phaseDiagramFigure({ ...phaseDiagram!, activation: "erf" })).not.toContain("this network");
  });

  test("leave cells without a fixed point empty", () => {
    const { phaseDiagram } = sampleForecast({ resolution: 9 });
    const chi1 = phaseDiagram!.chi1.map((row) => row.map((value, i) => (i > 4 ? null : value)));
    const svg = phaseDiagramFigure({ ...phaseDiagram!, chi1, activation: "exp", network: null });
    expect(leaks(svg)).toEqual([]);
    expect(descendants(parseXml(svg)).some((element) => textOf(element) === "ordered")).toBe(true);
    expect(descendants(parseXml(svg)).filter((element) => textOf(element) === "chaotic")).toEqual([]);
    expect(svg).toContain("no fixed point</text>");
  });

  test.each([
    ["signalFigure: chi has 1 values", () => signalFigure({ ...sampleForecast().signal!, chi: [1] })],
    [
      "spectrumFigure: ntk.eigenvalues has 0 values",
      () =>
        spectrumFigure({
          ntk: { eigenvalues: [], lambdaMax: 1, lambdaBulk: 1 },
          nngp: sampleForecast().spectrum.nngp,
        }),
    ],
    [
      "phaseDiagramFigure: chi1[0] has 1 values",
      () =>
        phaseDiagramFigure({
          activation: "erf",
          weightVariance: [1, 2],
          biasVariance: [0, 1],
          chi1: [[1], [1, 2]],
          criticalLine: [],
        }),
    ],
    ["figure width is NaN", () => signalFigure(sampleForecast().signal!, { width: Number.NaN })],
  ])("say what is wrong with their input: %s", (message, draw) => {
    let thrown: unknown;
    try {
      draw();
    } catch (error) {
      thrown = error;
    }
    expect(isForetrainError(thrown)).toBe(true);
    expect((thrown as Error).message).toContain(message);
  });
});
