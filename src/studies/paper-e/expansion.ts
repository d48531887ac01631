/**
 * The deterministic corrections Q^1, Q^2 of the limit, in the flow of infinitely many units and in real networks (paper E, full expansion).
 * @module
 */
import { type Mark, panelsFigure } from "../../figures/index.js";
import { meanFieldFlow, shallowExpansion } from "../../normalization/index.js";
import { logLogFit, meanOf } from "../../numeric/statistics/index.js";
import { absolute, type Check } from "../checks.js";
import { defineStudy } from "../study.js";
import { allPoints, ensembles, linearOutputs } from "./ensembles.js";
import { planeProblem, SHIFTED } from "./plane-problem.js";

const TIME = 3;
const GAMMA = 0.75;
// Q^4 is up to 4 times as large as Q^3 here: slopes come near to whole numbers only where eps is small against 1 / 4
const EPS = [0.4, 0.1, 0.025, 0.00625];
const MARKERS = ["circle", "square", "triangle"] as const;

export const expansionStudy = defineStudy({
  id: "E.expansion",
  papers: ["E"],
  title: "Corrections to the limit, one power of N^(gamma - 1) after the other",
  expected:
    "With eps = N^(gamma - 1) the output of infinitely many units is h + eps Q^1 + eps^2 Q^2 + ...: what is left after each term falls by one power of eps more. The mean output of real networks has the same Q^1.",
  quick: { eps: EPS, widths: [250, 1000], runs: 400, timeStep: 0.05 },
  full: { eps: EPS, widths: [250, 1000, 4000, 16_000], runs: 2000, timeStep: 0.05 },
  run: async ({ eps, widths, runs, timeStep }, context) => {
    // errors after three terms are 3e-10 at the smallest eps: the solver must be better
    const problem = { ...planeProblem(SHIFTED, [TIME]), tolerance: 1e-12 };
    const { train, test } = shallowExpansion(problem, 2);
    const terms = train.map((term, j) => allPoints(term[0]!, test![j]![0]!));
    // largest error of the sum of the first 1, 2, 3 terms
    const errors = eps.map((size) => {
      const flow = meanFieldFlow(problem, size);
      const rest = allPoints(flow.train[0]!, flow.test![0]!);
      return terms.map((term, j) => {
        term.forEach((value, i) => {
          rest[i]! -= size ** j * value;
        });
        return Math.max(...rest.map(Math.abs));
      });
    });
    const all = await ensembles(
      widths.map((units) => ({
        ...{ network: "shifted", units, gamma: GAMMA, runs, times: [0, TIME], batch: "full", timeStep },
        seed: context.seed,
      })),
      context,
    );
    // the linear theory carries each network's own start: what is left is free of its noise to leading order
    const rests = all.map(({ outputs: [start, end], units }) => {
      const size = units ** (GAMMA - 1);
      const linear = linearOutputs(SHIFTED, start!, TIME, timeStep);
      return end!.map((values, i) => values.map((value, run) => (value - linear[i]![run]!) / size));
    });
    const measured = rests.map((points) => points.map(meanOf));
    const names = ["h", "h + eps Q^1", "h + eps Q^1 + eps^2 Q^2"];
    const small = eps.slice(-2);
    const q = (j: number, i: number) => terms[j]![i]!;
    const checks: Check[] = [
      ...names.map((name, j) =>
        absolute(
          {
            id: `order-${j}`,
            quantity: `slope in eps of the largest error of ${name}, eps = ${small.join(", ")}`,
            source: "paper E, full expansion; the next term bends slopes by its share, some eps",
          },
          logLogFit(
            [...small],
            errors.slice(-2).map((at) => ({ value: at[j]!, error: 0 })),
          )?.slope ?? Number.NaN,
          j + 1,
          0.1,
        ),
      ),
      ...widths.map((units, w) => {
        // all points together: what multiple of the predicted correction is in the networks, 0 if there were none
        const size = units ** (GAMMA - 1);
        const predicted = terms[1]!.map((value, i) => value + size * terms[2]![i]!);
        const square = predicted.reduce((sum, value) => sum + value ** 2, 0);
        const { value, error } = meanOf(
          Array.from(
            { length: runs },
            (_, run) => rests[w]!.reduce((sum, values, i) => sum + values[run]! * predicted[i]!, 0) / square,
          ),
        );
        return absolute(
          {
            id: `share-${units}`,
            quantity: `(E h^N - h) / eps of ${runs} networks along Q^1 + eps Q^2, in units of it, gamma = ${GAMMA}, N = ${units}`,
            source: "paper E, full expansion; 4 standard errors, and eps for the next order",
          },
          value,
          1,
          4 * error + size,
        );
      }),
    ];
    const slots = [0, 1, 2, 3, 4];
    return {
      arrays: {
        eps: { data: Float64Array.from(eps), shape: [eps.length] },
        errors: { data: Float64Array.from(errors.flat()), shape: [eps.length, 3] },
        terms: { data: Float64Array.from(terms.flat()), shape: [3, 5] },
        measured: {
          data: Float64Array.from(measured.flat(), ({ value }) => value),
          shape: [widths.length, 5],
        },
        measured_error: {
          data: Float64Array.from(measured.flat(), ({ error }) => error),
          shape: [widths.length, 5],
        },
      },
      checks,
      figures: [
        {
          name: "expansion",
          caption: `(a) Largest error at t = ${TIME} of the sum of the first terms against the flow of infinitely many units; dotted are the slopes 1, 2, 3. (b) The first correction at each point, the last one a test point: Q^1 (ink) and (E h^N - h) / eps of ${runs} real networks at gamma = ${GAMMA} with one standard error, beside Q^1 + eps Q^2 (dashes of their colour).`,
          draw: (options) =>
            panelsFigure(
              {
                title: "Corrections to the limit",
                description: `Errors at eps ${eps.at(-1)}: ${errors
                  .at(-1)!
                  .map((value, j) => `${value.toPrecision(2)} after ${j + 1} terms`)
                  .join(", ")}.`,
                legend: [
                  ...([1, 2, 3] as const).map((colour, j) => ({
                    kind: "line" as const,
                    label: ["h", "with Q¹", "with Q¹ and Q²"][j]!,
                    style: { colour, marker: MARKERS[j]! },
                  })),
                  ...widths.slice(0, 4).map((units, w) => ({
                    kind: "point" as const,
                    label: `N = ${units}`,
                    style: {
                      colour: ([2, 3, 1, 4] as const)[w]!,
                      marker: (["triangle", "square", "circle", "diamond"] as const)[w]!,
                    },
                  })),
                ],
                panels: [
                  {
                    title: "(a) Error after each term",
                    x: { title: "ε = N^{γ − 1}", kind: "log", domain: [eps.at(-1)! / 1.2, eps[0]! * 1.2] },
                    y: {
                      title: "largest error",
                      kind: "log",
                      domain: [Math.min(...errors.flat()) / 2, Math.max(...errors.flat()) * 2],
                    },
                    marks: ([1, 2, 3] as const).flatMap((colour, j): Mark[] => [
                      {
                        kind: "line",
                        x: eps,
                        y: eps.map((size) => errors.at(-1)![j]! * (size / eps.at(-1)!) ** (j + 1)),
                        style: { colour: "ink", dash: "dotted", width: 1.4 },
                      },
                      {
                        kind: "line",
                        x: eps,
                        y: errors.map((at) => at[j]!),
                        style: { colour },
                      },
                      { kind: "points", x: eps, y: errors.map((at) => at[j]!), colour, marker: MARKERS[j]! },
                    ]),
                  },
                  {
                    title: "(b) First correction in real networks",
                    x: { title: "point", kind: "linear", domain: [0.5, 5.5], integer: true },
                    y: {
                      title: "Q^{1}",
                      kind: "linear",
                      domain: [
                        Math.min(
                          ...measured.flat().map(({ value, error }) => value - 2 * error),
                          ...terms[1]!,
                        ),
                        Math.max(
                          ...measured.flat().map(({ value, error }) => value + 2 * error),
                          ...terms[1]!,
                        ),
                      ],
                    },
                    marks: [
                      { kind: "rule", axis: "y", value: 0, dash: "dotted" },
                      ...slots.map(
                        (i): Mark => ({
                          kind: "line",
                          x: [i + 0.7, i + 1.3],
                          y: [q(1, i), q(1, i)],
                          style: { colour: "ink", width: 2 },
                        }),
                      ),
                      ...widths.slice(0, 4).flatMap((_, w): Mark[] => {
                        const colour = ([2, 3, 1, 4] as const)[w]!;
                        const at = slots.map((i) => i + 1 + 0.13 * (w - 1));
                        const size = widths[w]! ** (GAMMA - 1);
                        return [
                          ...slots.map(
                            (i): Mark => ({
                              kind: "line",
                              x: [at[i]! - 0.1, at[i]! + 0.1],
                              y: [q(1, i) + size * q(2, i), q(1, i) + size * q(2, i)],
                              style: { colour, width: 1.4 },
                            }),
                          ),
                          ...slots.map((i): Mark => {
                            const { value, error } = measured[w]![i]!;
                            return {
                              kind: "line",
                              x: [at[i]!, at[i]!],
                              y: [value - error, value + error],
                              style: { colour, width: 1.4 },
                            };
                          }),
                          {
                            kind: "points",
                            x: at,
                            y: measured[w]!.map(({ value }) => value),
                            colour,
                            marker: (["triangle", "square", "circle", "diamond"] as const)[w]!,
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
