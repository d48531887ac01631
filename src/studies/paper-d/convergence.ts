/**
 * The length process goes to the length map, and where it does not (paper D).
 * @module
 */
import { activation } from "../../activations/index.js";
import { type Mark, panelsFigure } from "../../figures/index.js";
import { sampleLengths } from "../../finite/index.js";
import { lengthBand } from "../../meanfield/index.js";
import { type Estimate, logLogFit, quantileEstimate } from "../../numeric/statistics/index.js";
import { absolute, type Check } from "../checks.js";
import { defineStudy } from "../study.js";
import { unitScaleStack } from "./unit-scale-stack.js";

const sorted = (values: ArrayLike<number>) => Float64Array.from(values).sort();

const MARKERS = ["circle", "square", "triangle", "diamond"] as const;
const STYLES = [1, 2, 3, 4].map((colour, i) => ({
  colour: colour as 1 | 2 | 3 | 4,
  marker: MARKERS[i]!,
}));

const SHOWN = ["tanh", "relu", "heaviside"] as const;
/** The permissible activations that the paper allows for beside them: smooth, kinked, with jumps, bounded or not. */
const OTHERS = [
  ...["identity", "leakyRelu", "abs", "elu", "selu", "softplus", "silu", "gelu"],
  ...["sigmoid", "erf", "arctan", "softsign", "sin", "cos", "gaussian", "sign"],
] as const;
const LAYER = 3;
/** Median of |z|, z standard normal. */
const MEDIAN = 0.6744897501960817;

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
      /** standard deviation of the length at each width, in theory */
      readonly deviation: readonly number[];
    }
    const rows = await values(
      {
        name: "activations",
        version: 2,
        unit: "activations",
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
            deviation: isReciprocal
              ? []
              : widths.map((n) => lengthBand(layers, new Array(depth).fill(n)).standardDeviation[depth - 1]!),
          };
        },
      },
      // networks of their own for each activation beyond the first four
      [...SHOWN, "reciprocal", ...OTHERS].map((name, i) => ({
        name,
        widths,
        repetitions,
        seed: seed + Math.max(0, i - SHOWN.length),
      })),
    );
    const permissible = [
      ...SHOWN.map((name, i) => ({ name, row: rows[i]! })),
      ...OTHERS.map((name, i) => ({ name, row: rows[SHOWN.length + 1 + i]! })),
    ];
    const medians = (row: Row) => row.median.map(({ value }) => value);
    const sizes = (row: Row) => row.median.map(({ value }, w) => value / (MEDIAN * row.deviation[w]!));
    const slope = (row: Row) => logLogFit(widths, row.median)?.slope ?? Number.NaN;
    const checks: Check[] = [
      ...permissible.map(({ name, row }) =>
        absolute(
          {
            id: name,
            quantity: `${name}: slope of the median |q_${LAYER} - its limit| over N`,
            source: "paper D, theorem; central limit",
          },
          slope(row),
          -0.5,
          0.1,
        ),
      ),
      ...permissible.map(({ name, row }) =>
        absolute(
          {
            id: `${name}.size`,
            quantity: `${name}: median |q_${LAYER} - its limit| over 0.674 standard deviations, N = ${widths.at(-1)}`,
            source:
              "paper D, theorem; N Var(q_l) -> 2 q_l^2 + v_l; 4 standard errors, and 1 / sqrt(N) for skewness",
          },
          sizes(row).at(-1)!,
          1,
          (4 * row.median.at(-1)!.error) / (MEDIAN * row.deviation.at(-1)!) + 1 / Math.sqrt(widths.at(-1)!),
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
          caption: `(a) Distance of the length of layer ${LAYER} from its limit over the width: median and 10 to 90 % of ${repetitions} random networks, at unit scale; dashed is the slope -1/2. The jump of heaviside and the kink of relu do no harm. (b) The medians of ${permissible.length} permissible activations (${permissible.map(({ name }) => name).join(", ")}), one line each, over what the central limit makes of them: all go to 1. (c) phi(z) = 1/z is not permissible: the length of the second layer grows like N, its median is 2.198 N (dashed).`,
          draw: (options) =>
            panelsFigure(
              {
                title: "Convergence of the length process",
                columns: 3,
                description: `Median distance of the length of layer ${LAYER} from its limit over widths ${widths[0]} to ${widths.at(-1)} for ${SHOWN.join(", ")}, and the length of layer 2 for 1/z.`,
                legend: [
                  ...SHOWN.map((name, i) => ({ kind: "line" as const, label: name, style: STYLES[i]! })),
                  {
                    kind: "line",
                    label: "other permissible activations",
                    style: { colour: "quiet", width: 1 },
                  },
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
                    title: `(b) ${permissible.length} activations`,
                    x,
                    y: {
                      title: `median / limit law`,
                      kind: "linear",
                      domain: [
                        Math.min(0.8, ...permissible.flatMap(({ row }) => sizes(row))),
                        Math.max(1.2, ...permissible.flatMap(({ row }) => sizes(row))),
                      ],
                    },
                    marks: [
                      ...permissible.slice(SHOWN.length).map(
                        ({ row }): Mark => ({
                          kind: "line",
                          x: widths,
                          y: sizes(row),
                          style: { colour: "quiet", width: 1 },
                        }),
                      ),
                      { kind: "rule", axis: "y", value: 1, dash: "dashed" },
                      ...shown.map(
                        (row, i): Mark => ({ kind: "line", x: widths, y: sizes(row), style: STYLES[i]! }),
                      ),
                    ],
                  },
                  {
                    title: "(c) 1/z",
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
