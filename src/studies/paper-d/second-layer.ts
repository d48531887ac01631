/**
 * Units of the second layer: Cauchy for 1/z, and dependent for relu and heaviside (paper D).
 * @module
 */
import { activation } from "../../activations/index.js";
import { type Mark, panelsFigure } from "../../figures/index.js";
import { sampleUnits } from "../../finite/index.js";
import { normalCdf, normalPdf } from "../../numeric/special/index.js";
import {
  cauchyCdf,
  cauchyPdf,
  correlationOf,
  fitCauchy,
  fitGaussian,
  kolmogorovTest,
} from "../../numeric/statistics/index.js";
import { absolute, atLeast, atMost, type Check } from "../checks.js";
import { defineStudy } from "../study.js";

const layerOf = (name: string) => ({ activation: activation(name), weightVariance: 1, biasVariance: 0 });
const BINS = 48;

/** Densities over [-reach, reach] in equal bins; what lies outside is left out of the picture, not of the density. */
function histogram(samples: Float64Array, reach: number) {
  const width = (2 * reach) / BINS;
  const density = new Array<number>(BINS).fill(0);
  for (const x of samples) {
    const bin = Math.floor((x + reach) / width);
    if (bin >= 0 && bin < BINS) density[bin]! += 1 / (samples.length * width);
  }
  return { width, centre: density.map((_, i) => -reach + (i + 0.5) * width), density };
}

const NAMES = ["reciprocal", "relu", "tanh"] as const;
const LABELS: Readonly<Record<(typeof NAMES)[number], string>> = {
  reciprocal: "1/z",
  relu: "relu",
  tanh: "tanh",
};

export const secondLayerStudy = defineStudy({
  id: "D.second-layer",
  papers: ["D"],
  title: "Distribution of a unit of the second layer",
  expected:
    "For phi(z) = 1/z a unit of the second layer is exactly Cauchy(0, sqrt N): a Cauchy fits, a Gaussian does not. For relu and tanh at the same width it is nearly Gaussian.",
  quick: { width: 100, networks: 20_000 },
  full: { width: 1000, networks: 50_000 },
  run: async ({ width, networks }, { seed, threads, signal, arrays }) => {
    const drawn = await arrays(
      {
        name: "activations",
        version: 1,
        compute: async ({
          name,
          seed: s,
        }: {
          name: string;
          seed: number;
          width: number;
          networks: number;
        }) => {
          const layer = layerOf(name);
          const { h } = await sampleUnits([layer, layer], {
            width,
            repetitions: networks,
            seed: s,
            units: 1,
            threads,
            signal,
          });
          return { h: { data: h.data, shape: [networks] } };
        },
      },
      NAMES.map((name) => ({ name, seed, width, networks })),
    );
    const fits = NAMES.map((name, i) => {
      const h = drawn[i]!["h"]!.data as Float64Array;
      const [gaussian, cauchy] = [fitGaussian(h), fitCauchy(h)];
      const pGaussian = kolmogorovTest(h, (x) => normalCdf((x - gaussian.location) / gaussian.scale)).pValue;
      const pCauchy = kolmogorovTest(h, (x) => cauchyCdf(x, cauchy.location, cauchy.scale)).pValue;
      return { name, h, gaussian, cauchy, pGaussian, pCauchy };
    });
    const [reciprocal, relu, tanh] = fits as [(typeof fits)[0], (typeof fits)[0], (typeof fits)[0]];
    const scale = Math.sqrt(width);
    const exact = kolmogorovTest(reciprocal.h, (x) => cauchyCdf(x, 0, scale)).pValue;
    const source = "paper D, 1/z";
    const checks: Check[] = [
      atLeast(
        { id: "1/z.exact", quantity: `1/z: p-value against Cauchy(0, sqrt N), N = ${width}`, source },
        exact,
        0.001,
      ),
      absolute(
        { id: "1/z.scale", quantity: "1/z: scale of the best Cauchy over sqrt N", source },
        reciprocal.cauchy.scale / scale,
        1,
        0.05,
      ),
      atMost(
        { id: "1/z.gaussian", quantity: "1/z: p-value against the best Gaussian", source },
        reciprocal.pGaussian,
        1e-6,
      ),
      ...[relu, tanh].map(({ name, pCauchy }) =>
        atMost(
          {
            id: `${name}.cauchy`,
            quantity: `${name}: p-value against the best Cauchy`,
            source: "paper D: nearly Gaussian at this width",
          },
          pCauchy,
          1e-6,
        ),
      ),
    ];
    return {
      arrays: Object.fromEntries(fits.map(({ name, h }) => [name, { data: h, shape: [networks] }])),
      checks,
      notes: fits.map(
        ({ name, pGaussian, pCauchy }) =>
          `${LABELS[name]}: Kolmogorov-Smirnov p-value ${pGaussian.toPrecision(3)} of the best Gaussian, ${pCauchy.toPrecision(3)} of the best Cauchy.`,
      ),
      figures: [
        {
          name: "second-layer",
          caption: `Histograms of one unit of the second layer over ${networks} random networks of width ${width} (weights N(0, 1 / N), no biases), with the Gaussian (dashed) and the Cauchy (solid) of the greatest likelihood.`,
          draw: (options) =>
            panelsFigure(
              {
                title: "Distribution of a unit of the second layer",
                description: "Histogram with Gaussian and Cauchy fits for 1/z, relu and tanh.",
                columns: 3,
                panelHeight: 280,
                legend: [
                  { kind: "band", label: "networks", colours: [1] },
                  { kind: "line", label: "best Cauchy", style: { colour: 2 } },
                  { kind: "line", label: "best Gaussian", style: { colour: 3, dash: "dashed" } },
                ],
                panels: fits.map(({ name, h, gaussian, cauchy }) => {
                  const reach = name === "reciprocal" ? 8 * scale : 4.2 * gaussian.scale;
                  const { centre, density, width: bin } = histogram(h, reach);
                  const x = Array.from({ length: 241 }, (_, i) => -reach + (2 * reach * i) / 240);
                  const highest = Math.max(...density, cauchyPdf(0, 0, cauchy.scale));
                  return {
                    title: LABELS[name],
                    x: { title: "h_{2,1}", kind: "linear" as const, domain: [-reach, reach] as const },
                    y: { title: "density", kind: "linear" as const, domain: [0, highest * 1.08] as const },
                    marks: [
                      { kind: "bars", x: centre, y: density, colour: 1, width: bin * 0.92 } as Mark,
                      {
                        kind: "line",
                        x,
                        y: x.map((at) => cauchyPdf(at, cauchy.location, cauchy.scale)),
                        style: { colour: 2 },
                      } as Mark,
                      {
                        kind: "line",
                        x,
                        y: x.map(
                          (at) => normalPdf((at - gaussian.location) / gaussian.scale) / gaussian.scale,
                        ),
                        style: { colour: 3, dash: "dashed" },
                      } as Mark,
                    ],
                  };
                }),
              },
              options,
            ),
        },
      ],
    };
  },
});

const LAWS = [
  {
    name: "relu",
    law: (n: number) => 5 / (2 * n + 15),
    formula: "5 / (2 N + 15)",
    style: { colour: 1, marker: "circle" },
  },
  {
    name: "heaviside",
    law: (n: number) => 1 / (2 * n + 3),
    formula: "1 / (2 N + 3)",
    style: { colour: 2, marker: "square" },
  },
] as const;

export const dependenceStudy = defineStudy({
  id: "D.dependence",
  papers: ["D"],
  title: "Units of one layer are not independent",
  expected:
    "Two units of the second layer are uncorrelated, but their squares are correlated at every finite width: by 5 / (2 N + 15) for relu and 1 / (2 N + 3) for heaviside.",
  quick: { widths: [1, 2, 3, 5, 8, 13, 20, 32], networks: 200_000, shown: 1500 },
  full: { widths: [1, 2, 3, 5, 8, 13, 20, 32, 50, 100], networks: 1_000_000, shown: 3000 },
  run: async ({ widths, networks, shown }, { seed, threads, signal, values }) => {
    const rows = await values(
      {
        name: "widths",
        version: 1,
        compute: async ({
          name,
          width,
          seed: s,
        }: {
          name: string;
          width: number;
          seed: number;
          networks: number;
          shown: number;
        }) => {
          const layer = layerOf(name);
          const { h } = await sampleUnits([layer, layer], {
            width,
            repetitions: networks,
            seed: s,
            threads,
            signal,
          });
          const unit = (at: number) => Float64Array.from({ length: networks }, (_, i) => h.data[2 * i + at]!);
          const [a, b] = [unit(0), unit(1)];
          return {
            plain: correlationOf(a, b),
            squares: correlationOf(
              a.map((x) => x * x),
              b.map((x) => x * x),
            ),
            first: Array.from(a.subarray(0, shown)),
            second: Array.from(b.subarray(0, shown)),
          };
        },
      },
      LAWS.flatMap(({ name }) => widths.map((width) => ({ name, width, seed, networks, shown }))),
    );
    const at = (i: number, w: number) => rows[i * widths.length + w]!;
    const checks: Check[] = LAWS.flatMap(({ name, law, formula }, i) =>
      widths.flatMap((width, w) => {
        const { squares, plain } = at(i, w);
        return [
          absolute(
            {
              id: `${name}.${width}`,
              quantity: `${name}, N = ${width}: correlation of the squares`,
              source: `paper D, dependence: ${formula}`,
            },
            squares.value,
            law(width),
            4 * squares.error,
          ),
          absolute(
            {
              id: `${name}.${width}`,
              quantity: `${name}, N = ${width}: correlation of the units themselves`,
              source: "uncorrelated",
            },
            plain.value,
            0,
            4 * plain.error,
          ),
        ];
      }),
    );
    const finest = Array.from(
      { length: 120 },
      (_, i) => widths[0]! * (widths.at(-1)! / widths[0]!) ** (i / 119),
    );
    const scattered = Math.max(0, widths.indexOf(2));
    // of variance 1 / 2 each for both activations: hardly any point is outside
    const reach = 3;
    return {
      arrays: {
        width: { data: Float64Array.from(widths), shape: [widths.length] },
        ...Object.fromEntries(
          LAWS.map(({ name }, i) => [
            name,
            { data: Float64Array.from(widths, (_, w) => at(i, w).squares.value), shape: [widths.length] },
          ]),
        ),
      },
      checks,
      figures: [
        {
          name: "dependence",
          caption: `Two units of the second layer of ${shown} networks of width ${widths[scattered]}, (a) of relu and (b) of heaviside: both are 0 at once in ${Number((100 * 2 ** -widths[scattered]!).toPrecision(2))} % of them, and large ones come together. (c) Correlation of their squares over the width, ${networks} networks each, with the laws 5 / (2 N + 15) and 1 / (2 N + 3).`,
          draw: (options) =>
            panelsFigure(
              {
                title: "Dependence of two units of one layer",
                description: `Scatter of two units of relu and of heaviside networks at width ${widths[scattered]}, and the correlation of their squares over the width.`,
                legend: [
                  ...LAWS.map(({ name, style }) => ({
                    kind: "line" as const,
                    label: `${name}, squares`,
                    style,
                  })),
                  {
                    kind: "line" as const,
                    label: "theory",
                    style: { colour: "ink" as const, dash: "dashed" as const, width: 1.4 },
                  },
                ],
                columns: 3,
                panels: [
                  ...LAWS.map(({ name, style }, i) => ({
                    title: `(${"ab"[i]}) ${name}, N = ${widths[scattered]}`,
                    x: { title: "h_{2,1}", kind: "linear" as const, domain: [-reach, reach] as const },
                    y: { title: "h_{2,2}", kind: "linear" as const, domain: [-reach, reach] as const },
                    marks: [
                      {
                        kind: "dots",
                        x: at(i, scattered).first,
                        y: at(i, scattered).second,
                        colour: style.colour,
                      } as Mark,
                    ],
                  })),
                  {
                    title: "(c) Correlation of the squares",
                    x: { title: "width N", kind: "log", domain: [widths[0]!, widths.at(-1)!] },
                    y: { title: "correlation", kind: "linear", domain: [0, 0.33] },
                    marks: [
                      ...LAWS.map(
                        ({ law }): Mark => ({
                          kind: "line",
                          x: finest,
                          y: finest.map(law),
                          style: { colour: "ink", dash: "dashed", width: 1.4 },
                        }),
                      ),
                      ...LAWS.map(
                        ({ style }, i): Mark => ({
                          kind: "points",
                          x: widths,
                          y: widths.map((_, w) => at(i, w).squares.value),
                          colour: style.colour,
                          marker: style.marker,
                        }),
                      ),
                    ],
                  },
                ],
              },
              options,
            ),
        },
      ],
    };
  },
});
