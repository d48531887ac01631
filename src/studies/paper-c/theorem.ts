/**
 * Overfitting need not hurt: least squares from a simple good classifier (paper C, theorem).
 * @module
 */
import { type OverfittingProblem, overfittingAccuracy, simulateOverfitting } from "../../complexity/index.js";
import { type Mark, panelsFigure } from "../../figures/index.js";
import { type Estimate, meanOf } from "../../numeric/statistics/index.js";
import { breathe, type LongWork } from "../../progress.js";
import { absolute, atLeast, type Check, same } from "../checks.js";
import { defineStudy, type StudyContext } from "../study.js";

// a type, not an interface: plain JSON for the keys of pieces
export type SimulationInput = {
  readonly samples: number;
  readonly dimensions: number;
  readonly flip: number;
  readonly start: number;
  readonly runs: number;
  readonly seed: number;
};

export interface Simulation {
  /** population accuracy of what training ends at, over the runs */
  readonly accuracy: Estimate;
  /** the least share of fitted labels over the runs */
  readonly trainAccuracy: number;
}

/** Mean accuracy over training sets. */
export async function simulate(
  { runs, seed, ...problem }: SimulationInput,
  { signal }: Pick<LongWork, "signal">,
): Promise<Simulation> {
  const accuracies: number[] = [];
  let trainAccuracy = 1;
  for (let run = 0; run < runs; run++) {
    await breathe(signal);
    const drawn = simulateOverfitting(problem, { seed: seed + run });
    accuracies.push(drawn.accuracy);
    trainAccuracy = Math.min(trainAccuracy, drawn.trainAccuracy);
  }
  return { accuracy: meanOf(accuracies), trainAccuracy };
}

const STYLES = [
  { colour: 1, marker: "circle", dash: "solid" },
  { colour: 2, marker: "square", dash: "dashed" },
  { colour: 3, marker: "triangle", dash: "dash-dot" },
] as const;

const nameOf = ({ samples, dimensions, start }: OverfittingProblem) =>
  `n = ${samples}, d = ${dimensions}, alpha = ${start}`;

/** What the limit of large n and d at their ratio leaves out: r / ((1 - r) n), r = n / d, the relative change of tr (X X^T)^-1 and more. */
const finiteSize = (samples: number, dimensions: number) => 1 / (dimensions - samples);

type TheoremParameters = {
  readonly samples: number;
  readonly dimensions: readonly number[];
  readonly starts: readonly number[];
  readonly flip: number;
  readonly runs: number;
};

async function simulations(
  { samples, dimensions, starts, flip, runs }: TheoremParameters,
  { values, seed }: StudyContext,
) {
  const inputs = starts.flatMap((start, s) =>
    dimensions.map((d, i) => ({
      ...{ samples, dimensions: d, flip, start, runs },
      // each point of the figure has draws of its own
      seed: seed + runs * (s * dimensions.length + i),
    })),
  );
  const found = await values({ name: "draws", version: 1, unit: "points", compute: simulate }, inputs);
  return inputs.map((input, i) => ({ ...input, ...found[i]!, predicted: overfittingAccuracy(input) }));
}

export const theoremStudy = defineStudy<TheoremParameters>({
  id: "C.theorem",
  papers: ["C"],
  title: "Overfitting need not hurt",
  expected:
    "Least squares that fits every label, a tenth of them wrong, generalizes as well as the simple classifier it starts from when d >> n (alpha = 1), and hardly better than chance when it starts from 0. Both have zero train error.",
  quick: {
    samples: 100,
    dimensions: [150, 200, 400, 1000, 3000, 10_000],
    starts: [0, 0.5, 1],
    flip: 0.1,
    runs: 40,
  },
  full: {
    samples: 100,
    dimensions: [110, 150, 200, 400, 1000, 3000, 10_000, 30_000],
    starts: [0, 0.25, 0.5, 0.75, 1],
    flip: 0.1,
    runs: 400,
  },
  run: async (parameters, context) => {
    const { samples, dimensions, starts, flip, runs } = parameters;
    const points = await simulations(parameters, context);
    const at = (start: number, d: number) =>
      points.find((point) => point.start === start && point.dimensions === d)!;
    const largest = Math.max(...dimensions);
    const checks: Check[] = points.flatMap((point) => [
      absolute(
        {
          id: `${point.start}.${point.dimensions}`,
          quantity: `${nameOf(point)}: accuracy, mean of ${runs} training sets`,
          source: "paper C, theorem, for n and d of any ratio; 4 standard errors and 1 / (d - n)",
        },
        point.accuracy.value,
        point.predicted.proportional,
        4 * point.accuracy.error + finiteSize(samples, point.dimensions),
      ),
      same(
        {
          id: `${point.start}.${point.dimensions}`,
          quantity: `${nameOf(point)}: least train accuracy`,
          source: "paper C, theorem: every label is fitted",
        },
        point.trainAccuracy,
        1,
      ),
    ]);
    for (const start of starts) {
      const { accuracy, predicted } = at(start, largest);
      checks.push(
        absolute(
          {
            id: `${start}.leading`,
            quantity: `${nameOf(at(start, largest))}: accuracy`,
            source: "paper C, theorem, leading order for n << d; 4 standard errors and n / d",
          },
          accuracy.value,
          predicted.leading,
          4 * accuracy.error + samples / largest,
        ),
      );
    }
    const [cold, warm] = [at(Math.min(...starts), largest), at(Math.max(...starts), largest)];
    const gap = warm.accuracy.value - cold.accuracy.value;
    const gapError = Math.hypot(warm.accuracy.error, cold.accuracy.error);
    checks.push(
      atLeast(
        {
          id: "gap",
          quantity: `d = ${largest}: what the start is worth, alpha = ${warm.start} over ${cold.start}, less 4 standard errors`,
          source: "paper C, theorem: half of what it is when d -> infinity, 1 / 2 - p",
        },
        gap - 4 * gapError,
        (0.5 - flip) / 2,
      ),
    );
    const ratios = dimensions.map((d) => samples / d);
    const [from, to] = [Math.min(...ratios) / 1.3, Math.max(...ratios)];
    const grid = Array.from({ length: 81 }, (_, i) => from * (0.97 / from) ** (i / 80));
    const style = (s: number) => STYLES[s % STYLES.length]!;
    const curve = (start: number, kind: "leading" | "proportional") =>
      grid.map(
        (r) =>
          overfittingAccuracy({
            samples,
            dimensions: Math.max(samples + 1, Math.round(samples / r)),
            flip,
            start,
          })[kind],
      );
    const shown = [starts[0]!, starts[Math.floor(starts.length / 2)]!, starts.at(-1)!].filter(
      (start, i, all) => all.indexOf(start) === i,
    );
    return {
      arrays: {
        dimensions: { data: Float64Array.from(dimensions), shape: [dimensions.length] },
        starts: { data: Float64Array.from(starts), shape: [starts.length] },
        ...Object.fromEntries(
          (
            [
              ["accuracy", (point) => point.accuracy.value],
              ["error", (point) => point.accuracy.error],
              ["leading", (point) => point.predicted.leading],
              ["proportional", (point) => point.predicted.proportional],
            ] as const satisfies readonly (readonly [string, (point: (typeof points)[0]) => number])[]
          ).map(([name, of]) => [
            name,
            { data: Float64Array.from(points, of), shape: [starts.length, dimensions.length] },
          ]),
        ),
      },
      checks,
      notes: [
        `At d = ${largest} training fits all labels from every start; the accuracy is ${starts
          .map((start) => `${at(start, largest).accuracy.value.toFixed(4)} from alpha = ${start}`)
          .join(", ")}. The largest possible is ${1 - flip}.`,
        `At d = ${dimensions[0]} the leading order is off by up to ${Math.max(
          ...starts.map((start) => {
            const { accuracy, predicted } = at(start, dimensions[0]!);
            return Math.abs(accuracy.value - predicted.leading);
          }),
        ).toFixed(3)}, the formula for any ratio by ${Math.max(
          ...starts.map((start) => {
            const { accuracy, predicted } = at(start, dimensions[0]!);
            return Math.abs(accuracy.value - predicted.proportional);
          }),
        ).toFixed(3)} with standard errors of ${at(starts[0]!, dimensions[0]!).accuracy.error.toFixed(3)}.`,
      ],
      figures: [
        {
          name: "theorem",
          caption: `Accuracy on new samples of least squares that fits all n = ${samples} labels, ${100 * flip} % of them wrong, over n / d, from w_0 = alpha e_1: means of ${runs} training sets with two standard errors, the formula for any n / d (lines) and its leading order for n << d (thin dotted). Train error is 0 everywhere.`,
          draw: (options) =>
            panelsFigure(
              {
                title: "Overfitting need not hurt",
                description: shown
                  .map(
                    (start) =>
                      `From alpha = ${start}: ${dimensions.map((d) => `${at(start, d).accuracy.value.toFixed(3)} at d = ${d}`).join(", ")}.`,
                  )
                  .join(" "),
                legend: [
                  ...shown.map((start, s) => ({
                    kind: "line" as const,
                    label: `α = ${start}`,
                    style: style(s),
                  })),
                  {
                    kind: "line",
                    label: "leading order",
                    style: { colour: "quiet", dash: "dotted", width: 1.2 },
                  },
                ],
                panelHeight: 330,
                panels: [
                  {
                    x: { title: "n / d", kind: "log", domain: [from, Math.max(1, to)] },
                    y: { title: "accuracy on new samples", kind: "linear", domain: [0.48, 0.94] },
                    marks: [
                      {
                        kind: "rule",
                        axis: "y",
                        value: 1 - flip,
                        label: "simple classifier, 1 - p",
                        dash: "dotted",
                      },
                      { kind: "rule", axis: "y", value: 0.5, label: "chance", dash: "dotted" },
                      ...shown.flatMap((start, s): Mark[] => {
                        const { colour, marker, dash } = style(s);
                        return [
                          {
                            kind: "line",
                            x: grid,
                            y: curve(start, "leading"),
                            style: { colour: "quiet", dash: "dotted", width: 1.2 },
                          },
                          { kind: "line", x: grid, y: curve(start, "proportional"), style: { colour, dash } },
                          ...dimensions.map((d): Mark => {
                            const { value, error } = at(start, d).accuracy;
                            return {
                              kind: "line",
                              x: [samples / d, samples / d],
                              y: [value - 2 * error, value + 2 * error],
                              style: { colour, width: 1.4 },
                            };
                          }),
                          {
                            kind: "points",
                            x: ratios,
                            y: dimensions.map((d) => at(start, d).accuracy.value),
                            colour,
                            marker,
                            hollow: true,
                          },
                        ];
                      }),
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
