/**
 * The length process goes to the length map, and where it does not; unit scale over many layers (paper D).
 * @module
 */
import { activation } from "../../activations/index.js";
import { type Mark, panelsFigure } from "../../figures/index.js";
import { sampleLengths } from "../../finite/index.js";
import { type LengthLayer, lengthBand, unitScaleWeightVariance } from "../../meanfield/index.js";
import { type Estimate, logLogFit, quantileEstimate } from "../../numeric/statistics/index.js";
import { absolute, atMost, type Check } from "../checks.js";
import { defineStudy } from "../study.js";

const sorted = (values: ArrayLike<number>) => Float64Array.from(values).sort();

const MARKERS = ["circle", "square", "triangle", "diamond"] as const;
const STYLES = [1, 2, 3, 4].map((colour, i) => ({
  colour: colour as 1 | 2 | 3 | 4,
  marker: MARKERS[i]!,
}));

/** A stack that keeps unit scale; the first layer reads an input of unit mean square. */
function unitScaleStack(name: string, depth: number): readonly LengthLayer[] {
  const phi = activation(name);
  const { weightVariance } = unitScaleWeightVariance(phi);
  return Array.from({ length: depth }, (_, l) => ({
    activation: phi,
    weightVariance: l === 0 ? 1 : weightVariance,
    biasVariance: 0,
  }));
}

const SHOWN = ["tanh", "relu", "heaviside"] as const;
const LAYER = 3;

export const convergenceStudy = defineStudy({
  id: "D.convergence",
  papers: ["D"],
  title: "The length process goes to the length map, if the activation is permissible",
  expected:
    "For permissible activations, jumps and kinks included, |q_l - its limit| falls like 1 / sqrt(N). For 1/z, which is not bounded near 0, the second length grows like N.",
  quick: { widths: [16, 32, 64, 128, 256, 512, 1024], repetitions: 2000 },
  full: { widths: [16, 32, 64, 128, 256, 512, 1024, 2048, 4096], repetitions: 10_000 },
  run: async ({ widths, repetitions }, { seed, threads, signal, values }) => {
    interface Row {
      readonly low: readonly number[];
      readonly median: readonly Estimate[];
      readonly high: readonly number[];
    }
    const rows = await values(
      {
        name: "activations",
        version: 1,
        compute: async ({
          name,
          seed: s,
        }: {
          name: string;
          widths: readonly number[];
          repetitions: number;
          seed: number;
        }): Promise<Row> => {
          const isReciprocal = name === "reciprocal";
          const phi = activation(name);
          const layers = isReciprocal
            ? [0, 1].map(() => ({ activation: phi, weightVariance: 1, biasVariance: 0 }))
            : unitScaleStack(name, LAYER);
          const depth = layers.length;
          const limit = isReciprocal ? 0 : lengthBand(layers, new Array(depth).fill(1)).q[depth - 1]!;
          const { q } = await sampleLengths(layers, { widths, repetitions, seed: s, threads, signal });
          const lists = q.map(({ data }) =>
            sorted(
              Array.from({ length: repetitions }, (_, r) => Math.abs(data[r * depth + depth - 1]! - limit)),
            ),
          );
          return {
            low: lists.map((list) => quantileEstimate(list, 0.1).value),
            median: lists.map((list) => quantileEstimate(list, 0.5)),
            high: lists.map((list) => quantileEstimate(list, 0.9).value),
          };
        },
      },
      [...SHOWN, "reciprocal"].map((name) => ({ name, widths, repetitions, seed })),
    );
    const medians = (row: Row) => row.median.map(({ value }) => value);
    const slope = (row: Row) => logLogFit(widths, row.median)!.slope;
    const checks: Check[] = [
      ...SHOWN.map((name, i) =>
        absolute(
          {
            id: name,
            quantity: `${name}: slope of the median |q_${LAYER} - its limit| over N`,
            source: "paper D, theorem; central limit",
          },
          slope(rows[i]!),
          -0.5,
          0.1,
        ),
      ),
      absolute(
        {
          id: "1/z",
          quantity: "1/z: slope of the median q_2 over N",
          source: "paper D, 1/z: q_2 / N has a limit law",
        },
        slope(rows[SHOWN.length]!),
        1,
        0.1,
      ),
      absolute(
        {
          id: "levy",
          quantity: `1/z: median q_2 / N at N = ${widths.at(-1)}`,
          source: "median of Levy(0, 1)",
        },
        medians(rows[SHOWN.length]!).at(-1)! / widths.at(-1)!,
        2.19811,
        0.25,
      ),
    ];
    const x = { title: "width N", kind: "log" as const, domain: [widths[0]!, widths.at(-1)!] as const };
    const shown = SHOWN.map((_, i) => rows[i]!);
    const reciprocal = rows[SHOWN.length]!;
    const extent = (list: readonly Row[]) =>
      [
        Math.min(...list.flatMap(({ low }) => low)) / 1.3,
        Math.max(...list.flatMap(({ high }) => high)) * 1.3,
      ] as const;
    const band = (row: Row, colour: 1 | 2 | 3 | 4): Mark => ({
      kind: "band",
      x: widths,
      low: row.low,
      high: row.high,
      colour,
    });
    const first = medians(shown[0]!)[0]!;
    return {
      arrays: {
        width: { data: Float64Array.from(widths), shape: [widths.length] },
        median: { data: Float64Array.from(rows.flatMap(medians)), shape: [rows.length, widths.length] },
      },
      checks,
      figures: [
        {
          name: "convergence",
          caption: `(a) Distance of the length of layer ${LAYER} from its limit over the width: median and 10 to 90 % of ${repetitions} random networks, at unit scale; dashed is the slope -1/2. The jump of heaviside and the kink of relu do no harm. (b) phi(z) = 1/z is not permissible: the length of the second layer grows like N, its median is 2.198 N (dashed).`,
          draw: (options) =>
            panelsFigure(
              {
                title: "Convergence of the length process",
                description: `Median distance of the length of layer ${LAYER} from its limit over widths ${widths[0]} to ${widths.at(-1)} for ${SHOWN.join(", ")}, and the length of layer 2 for 1/z.`,
                legend: [
                  ...SHOWN.map((name, i) => ({ kind: "line" as const, label: name, style: STYLES[i]! })),
                  { kind: "line", label: "1/z", style: STYLES[3]! },
                  { kind: "line", label: "theory", style: { colour: "ink", dash: "dashed", width: 1.4 } },
                ],
                panels: [
                  {
                    title: "(a) Permissible activations",
                    x,
                    y: { title: `|q_{${LAYER}} − limit|`, kind: "log", domain: extent(shown) },
                    marks: [
                      ...shown.map((row, i) => band(row, STYLES[i]!.colour)),
                      {
                        kind: "line",
                        x: widths,
                        y: widths.map((n) => 0.6 * first * Math.sqrt(widths[0]! / n)),
                        style: { colour: "ink", dash: "dashed", width: 1.4 },
                      },
                      ...shown.map(
                        (row, i): Mark => ({ kind: "line", x: widths, y: medians(row), style: STYLES[i]! }),
                      ),
                    ],
                  },
                  {
                    title: "(b) 1/z",
                    x,
                    y: { title: "q_{2}", kind: "log", domain: extent([reciprocal]) },
                    marks: [
                      band(reciprocal, 4),
                      {
                        kind: "line",
                        x: widths,
                        y: widths.map((n) => 2.19811 * n),
                        style: { colour: "ink", dash: "dashed", width: 1.4 },
                      },
                      { kind: "line", x: widths, y: medians(reciprocal), style: STYLES[3]! },
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

const KEPT = ["tanh", "relu", "sigmoid", "heaviside"] as const;

export const unitScaleStudy = defineStudy({
  id: "D.unit-scale",
  papers: ["D"],
  title: "Initialization that keeps unit scale over 50 layers",
  expected:
    "With sigma_w^2 = 1 / E[phi(z)^2] the length stays at 1 over all layers. Saturating activations pull deviations back; relu is neutral, so that single networks drift like a random walk.",
  quick: { depth: 50, width: 1000, networks: 40 },
  full: { depth: 50, width: 4000, networks: 100 },
  run: async ({ depth, width, networks }, { seed, threads, signal, values }) => {
    const rows = await values(
      {
        name: "activations",
        version: 1,
        compute: async ({
          name,
          seed: s,
        }: {
          name: string;
          seed: number;
          depth: number;
          width: number;
          networks: number;
        }) => {
          const layers = unitScaleStack(name, depth);
          const { q, standardDeviation } = lengthBand(layers, new Array(depth).fill(width));
          const samples = await sampleLengths(layers, {
            widths: [width],
            repetitions: networks,
            seed: s,
            threads,
            signal,
          });
          const all = samples.q[0]!.data;
          const at = (p: number) =>
            Array.from(
              { length: depth },
              (_, l) =>
                quantileEstimate(sorted(Array.from({ length: networks }, (_, r) => all[r * depth + l]!)), p)
                  .value,
            );
          let worst = 0;
          for (let l = 0; l < Math.min(20, depth); l++) {
            worst = Math.max(worst, Math.abs(all[l]! - 1) / standardDeviation[l]!);
          }
          return {
            limit: Array.from(q),
            deviation: Array.from(standardDeviation),
            low: at(0.1),
            median: at(0.5),
            high: at(0.9),
            one: Array.from(all.subarray(0, depth)),
            worst,
          };
        },
      },
      // networks of their own: with one seed all would begin with the same weights, and the panels look alike
      KEPT.map((name, i) => ({ name, seed: seed + i, depth, width, networks })),
    );
    const layer = Array.from({ length: depth }, (_, l) => l + 1);
    const source = "paper D, unit scale";
    const checks: Check[] = KEPT.flatMap((name, i) => [
      absolute(
        { id: `${name}.limit`, quantity: `${name}: largest distance of the length map from 1`, source },
        Math.max(...rows[i]!.limit.map((q) => Math.abs(q - 1))),
        0,
        1e-9,
      ),
      atMost(
        {
          id: `${name}.network`,
          quantity: `${name}: largest |q_l - 1| of the first network in standard deviations, 20 layers`,
          source: `${source}; N Var(q_l) -> 2 q_l^2 + v_l`,
        },
        rows[i]!.worst,
        4,
      ),
    ]);
    return {
      arrays: {
        layer: { data: Float64Array.from(layer), shape: [depth] },
        ...Object.fromEntries(
          KEPT.map((name, i) => [name, { data: Float64Array.from(rows[i]!.one), shape: [depth] }]),
        ),
      },
      checks,
      figures: [
        {
          name: "unit-scale",
          caption: `Mean squared pre-activation of each of ${depth} layers at width ${width}, with sigma_w^2 = 1 / E[phi(z)^2]: one network (line), 10 to 90 % of ${networks} networks (band), and two standard deviations in theory (dashed). tanh, sigmoid and heaviside return to 1; relu keeps every deviation, so that they add up.`,
          draw: (options) =>
            panelsFigure(
              {
                title: "Unit scale over many layers",
                description: `Length of ${depth} layers for ${KEPT.join(", ")} at width ${width}.`,
                panelHeight: 240,
                legend: [
                  { kind: "line", label: "one network", style: { colour: 1 } },
                  { kind: "band", label: "10–90 % of networks", colours: [1] },
                  {
                    kind: "line",
                    label: "± 2 standard deviations, theory",
                    style: { colour: "ink", dash: "dashed", width: 1.4 },
                  },
                ],
                panels: KEPT.map((name, i) => {
                  const { one, low, high, deviation } = rows[i]!;
                  const reach =
                    1.1 *
                    Math.max(
                      ...deviation.map((s) => 2 * s),
                      ...[one, low, high].flat().map((q) => Math.abs(q - 1)),
                    );
                  const edge = (sign: number): Mark => ({
                    kind: "line",
                    x: layer,
                    y: deviation.map((s) => Math.max(0, 1 + sign * 2 * s)),
                    style: { colour: "ink", dash: "dashed", width: 1.4 },
                  });
                  return {
                    title: name,
                    x: {
                      title: "layer",
                      kind: "linear" as const,
                      domain: [1, depth] as const,
                      integer: true,
                    },
                    y: {
                      title: "q_{l}",
                      kind: "linear" as const, // lengths are no less than 0
                      domain: [Math.max(0, 1 - reach), 1 + reach] as const,
                    },
                    marks: [
                      { kind: "band", x: layer, low, high, colour: 1 } as Mark,
                      edge(1),
                      edge(-1),
                      { kind: "rule", axis: "y", value: 1, dash: "dotted" } as Mark,
                      { kind: "line", x: layer, y: one, style: { colour: 1 } } as Mark,
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
