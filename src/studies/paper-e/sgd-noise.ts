/**
 * What the samples that SGD draws add to the variance (paper E, variance).
 * @module
 */
import { type Mark, panelsFigure } from "../../figures/index.js";
import { shallowLimit } from "../../normalization/index.js";
import { planeProblem, SHIFTED } from "../check-ae/shallow.js";
import { absolute, atLeast, type Check } from "../checks.js";
import { defineStudy } from "../study.js";
import {
  allPoints,
  average,
  ensembles,
  linearOutputs,
  meanVariance,
  meanVarianceBeyond,
} from "./ensembles.js";

export const sgdNoiseStudy = defineStudy({
  id: "E.sgd-noise",
  papers: ["E"],
  title: "The samples that SGD draws add a variance Sigma_t / N",
  expected:
    "With one random sample a step the variance is N^(1 - 2 gamma) Var K_t + Sigma_t / N. Full batches have the first part only; the second does not depend on gamma and is as large as the first at gamma = 1.",
  quick: { gammas: [0.6, 0.8, 0.9], widths: [100, 200, 400], runs: 200, time: 3 },
  full: { gammas: [0.6, 0.8, 0.9], widths: [100, 400, 1600, 6400], runs: 400, time: 3 },
  run: async ({ gammas, widths, runs, time }, context) => {
    const limit = await shallowLimit(planeProblem(SHIFTED, [time]), { noise: true });
    const varK = average(allPoints(limit.trainVariance[0]!, limit.testVariance![0]!));
    const sigma = average(allPoints(limit.trainNoise![0]!, limit.testNoise![0]!));
    const all = await ensembles(
      gammas.flatMap((gamma) =>
        widths.map((units) => ({
          ...{ network: "shifted", units, gamma, runs, times: [0, time], batch: "sgd", timeStep: null },
          seed: context.seed + units,
        })),
      ),
      context,
    );
    const of = (gamma: number, units: number) =>
      all.find((set) => set.gamma === gamma && set.units === units)!.outputs;
    const measured = gammas.map((gamma) => widths.map((units) => meanVariance(of(gamma, units)[1]!)));
    const first = (units: number, gamma: number) => units ** (1 - 2 * gamma) * varK;
    const checks: Check[] = gammas.flatMap((gamma, g) => {
      const units = widths.at(-1)!;
      const { value, error } = measured[g]!.at(-1)!;
      const predicted = first(units, gamma) + sigma / units;
      // the same runs' starts carried along by the theory without samples: what the starts bring cancels
      const [start, end] = of(gamma, units);
      const beyond = meanVarianceBeyond(end!, linearOutputs(SHIFTED, start!, time, 1 / units));
      return [
        absolute(
          {
            id: `${gamma}.total`,
            quantity: `gamma = ${gamma}, N = ${units}: variance over ${runs} runs of SGD over N^(1 - 2 gamma) Var K + Sigma / N`,
            source: "paper E, SGD's noise; 4 standard errors, and 10 % for the next order in N",
          },
          value / predicted,
          1,
          0.1 + (4 * error) / predicted,
        ),
        absolute(
          {
            id: `${gamma}.samples`,
            quantity: `gamma = ${gamma}, N = ${units}: what the variance is beyond that of the starts carried along, over Sigma / N`,
            source:
              "paper E, SGD's noise; 4 standard errors, and 10 % of the whole variance for the next order in N",
          },
          (beyond.value * units) / sigma,
          1,
          ((0.1 * predicted + 4 * beyond.error) * units) / sigma,
        ),
        // where Sigma is a small part its scatter hides it
        ...(sigma / units > first(units, gamma) / 2
          ? [
              atLeast(
                {
                  id: `${gamma}.without`,
                  quantity: `gamma = ${gamma}, N = ${units}: the same in standard errors`,
                  source: "paper E: without Sigma it would be 0, up to 4 standard errors",
                },
                beyond.value / beyond.error,
                4,
              ),
            ]
          : []),
      ];
    });
    return {
      arrays: {
        widths: { data: Float64Array.from(widths), shape: [widths.length] },
        variance: {
          data: Float64Array.from(measured.flat(), ({ value }) => value),
          shape: [gammas.length, widths.length],
        },
        error: {
          data: Float64Array.from(measured.flat(), ({ error }) => error),
          shape: [gammas.length, widths.length],
        },
      },
      checks,
      notes: [
        `Mean over the points at t = ${time}: Var K = ${varK.toPrecision(4)}, Sigma = ${sigma.toPrecision(4)}.`,
      ],
      figures: [
        {
          name: "sgd-noise",
          caption: `Variance of the output over ${runs} runs of SGD with one sample a step at t = ${time}, with two standard errors; theory with Sigma_t / N (solid) and without (dotted). The panels share starts and samples at each N, so their deviations go together.`,
          draw: (options) =>
            panelsFigure(
              {
                title: "Variance of SGD",
                description: gammas
                  .map(
                    (gamma, g) =>
                      `Gamma ${gamma}: ${measured[g]!.map(({ value }, w) => `${value.toPrecision(3)} at N ${widths[w]}`).join(", ")}.`,
                  )
                  .join(" "),
                legend: [
                  { kind: "line", label: "with Sigma / N", style: { colour: "ink" } },
                  { kind: "line", label: "initialization alone", style: { colour: "ink", dash: "dotted" } },
                  { kind: "point", label: "trained networks", style: { colour: "ink", marker: "circle" } },
                ],
                panels: gammas.map((gamma, g) => {
                  const colour = ([2, 3, 1] as const)[g % 3]!;
                  const theory = widths.flatMap((units) => [
                    first(units, gamma),
                    first(units, gamma) + sigma / units,
                  ]);
                  const values = measured[g]!.map(({ value }) => value);
                  return {
                    title: `(${String.fromCharCode(97 + g)}) γ = ${gamma}`,
                    x: {
                      title: "N",
                      kind: "log" as const,
                      domain: [widths[0]! / 1.2, widths.at(-1)! * 1.2] as const,
                    },
                    y: {
                      title: "variance",
                      kind: "log" as const,
                      domain: [
                        Math.min(...theory, ...values) / 1.5,
                        Math.max(...theory, ...values) * 1.5,
                      ] as const,
                    },
                    marks: [
                      {
                        kind: "line",
                        x: widths,
                        y: widths.map((units) => first(units, gamma) + sigma / units),
                        style: { colour },
                      },
                      {
                        kind: "line",
                        x: widths,
                        y: widths.map((units) => first(units, gamma)),
                        style: { colour, dash: "dotted" },
                      },
                      ...measured[g]!.map(
                        ({ value, error }, w): Mark => ({
                          kind: "line",
                          x: [widths[w]!, widths[w]!],
                          y: [value - 2 * error, value + 2 * error],
                          style: { colour, width: 1.4 },
                        }),
                      ),
                      { kind: "points", x: widths, y: values, colour, marker: "circle", hollow: true },
                    ] satisfies Mark[],
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
