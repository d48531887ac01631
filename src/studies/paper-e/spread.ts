/**
 * How far single networks lie around the limit: by their initialization, and by the samples that SGD draws (paper E, variance).
 * @module
 */
import { gammaFigure, type Mark, panelsFigure } from "../../figures/index.js";
import { gammaForecast, shallowLimit } from "../../normalization/index.js";
import { logLogFit, meanOf } from "../../numeric/statistics/index.js";
import { CENTRED, planeProblem, SHIFTED } from "../check-ae/shallow.js";
import { absolute, atLeast, atMost, type Check } from "../checks.js";
import { defineStudy } from "../study.js";
import { allPoints, ensembles, meanVariance } from "./ensembles.js";
import { GAMMA_STYLES } from "./styles.js";

const average = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

export const varianceStudy = defineStudy({
  id: "E.variance",
  papers: ["E"],
  title: "The variance over initializations falls like N^(1 - 2 gamma)",
  expected:
    "Over random initializations Var(h^N_t) ~ N^(1 - 2 gamma) Var K_t: a power law in N for each gamma, steeper for larger ones.",
  quick: { gammas: [0.5, 0.6, 0.7, 0.8, 0.9], widths: [125, 400, 1250], runs: 300, time: 1, timeStep: 0.1 },
  full: {
    gammas: [0.5, 0.6, 0.7, 0.8, 0.9],
    widths: [250, 500, 1000, 2000, 4000],
    runs: 1000,
    time: 1,
    timeStep: 0.05,
  },
  run: async ({ gammas, widths, runs, time, timeStep }, context) => {
    const problem = planeProblem(CENTRED, [time]);
    const limit = await shallowLimit(problem);
    const varK = average(allPoints(limit.trainVariance[0]!, limit.testVariance![0]!));
    const all = await ensembles(
      gammas.flatMap((gamma) =>
        widths.map((units) => ({
          ...{ network: "centred", units, gamma, runs, times: [time], batch: "full", timeStep },
          // widths are independent of each other, gammas are not: each slope is of independent points
          seed: context.seed + units,
        })),
      ),
      context,
    );
    const measured = gammas.map((gamma) =>
      widths.map((units) =>
        meanVariance(all.find((set) => set.gamma === gamma && set.units === units)!.outputs[0]!),
      ),
    );
    const checks: Check[] = gammas.flatMap((gamma, g) => {
      const fit = logLogFit([...widths], measured[g]!)!;
      const widest = measured[g]!.at(-1)!;
      const predicted = widths.at(-1)! ** (1 - 2 * gamma) * varK;
      return [
        absolute(
          {
            id: `${gamma}.slope`,
            quantity: `gamma = ${gamma}: slope of log Var over log N, N = ${widths.join(", ")}`,
            source: "paper E, variance; 4 standard errors of the slope",
          },
          fit.slope,
          1 - 2 * gamma,
          4 * fit.slopeError,
        ),
        absolute(
          {
            id: `${gamma}.size`,
            quantity: `gamma = ${gamma}: mean variance at N = ${widths.at(-1)} over N^(1 - 2 gamma) Var K_t`,
            source: "paper E, variance; 4 standard errors, 5 % for steps of finite size",
          },
          widest.value / predicted,
          1,
          0.05 + (4 * widest.error) / predicted,
        ),
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
      figures: [
        {
          name: "variance",
          caption: `Variance of the output over ${runs} initializations at t = ${time}, mean over four training points and a test point: real networks with two standard errors, and N^(1 - 2 gamma) Var K_t (lines).`,
          draw: (options) =>
            panelsFigure(
              {
                title: "Variance over the width",
                description: gammas
                  .map(
                    (gamma, g) =>
                      `Slope ${logLogFit([...widths], measured[g]!)!.slope.toFixed(3)} at gamma ${gamma}.`,
                  )
                  .join(" "),
                legend: [
                  { kind: "line", label: "theory", style: { colour: "ink" } },
                  { kind: "point", label: "trained networks", style: { colour: "ink", marker: "circle" } },
                ],
                panels: [
                  {
                    x: { title: "N", kind: "log", domain: [widths[0]! / 1.2, widths.at(-1)! * 1.2] },
                    y: {
                      title: "variance",
                      kind: "log",
                      domain: [
                        Math.min(...measured.flat().map(({ value }) => value)) / 2,
                        Math.max(...measured.flat().map(({ value }) => value)) * 2,
                      ],
                    },
                    marks: gammas.flatMap((gamma, g): Mark[] => {
                      const { colour, ...look } = GAMMA_STYLES[g % GAMMA_STYLES.length]!;
                      return [
                        {
                          kind: "line",
                          x: widths,
                          y: widths.map((units) => units ** (1 - 2 * gamma) * varK),
                          style: { colour, dash: "dash" in look ? look.dash : "solid" },
                          endLabel: `γ = ${gamma}`,
                        },
                        ...widths.map((units, w): Mark => {
                          const { value, error } = measured[g]![w]!;
                          return {
                            kind: "line",
                            x: [units, units],
                            y: [value - 2 * error, value + 2 * error],
                            style: { colour, width: 1.4 },
                          };
                        }),
                        {
                          kind: "points",
                          x: widths,
                          y: measured[g]!.map(({ value }) => value),
                          colour,
                          marker: "circle",
                          hollow: true,
                        },
                      ];
                    }),
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

export const sgdNoiseStudy = defineStudy({
  id: "E.sgd-noise",
  papers: ["E"],
  title: "The samples that SGD draws add a variance Sigma_t / N",
  expected:
    "With one random sample a step the variance is N^(1 - 2 gamma) Var K_t + Sigma_t / N. Full batches have the first part only; the second does not depend on gamma and is as large as the first at gamma = 1.",
  quick: { gammas: [0.6, 0.8], widths: [100, 250, 600], runs: 100, time: 3 },
  full: { gammas: [0.6, 0.8, 0.9], widths: [100, 400, 1600, 6400], runs: 400, time: 3 },
  run: async ({ gammas, widths, runs, time }, context) => {
    const limit = await shallowLimit(planeProblem(SHIFTED, [time]), { noise: true });
    const varK = average(allPoints(limit.trainVariance[0]!, limit.testVariance![0]!));
    const sigma = average(allPoints(limit.trainNoise![0]!, limit.testNoise![0]!));
    const all = await ensembles(
      gammas.flatMap((gamma) =>
        widths.map((units) => ({
          ...{ network: "shifted", units, gamma, runs, times: [time], batch: "sgd", timeStep: null },
          seed: context.seed + units,
        })),
      ),
      context,
    );
    const measured = gammas.map((gamma) =>
      widths.map((units) =>
        meanVariance(all.find((set) => set.gamma === gamma && set.units === units)!.outputs[0]!),
      ),
    );
    const first = (units: number, gamma: number) => units ** (1 - 2 * gamma) * varK;
    const checks: Check[] = gammas.flatMap((gamma, g) => {
      const units = widths.at(-1)!;
      const { value, error } = measured[g]!.at(-1)!;
      const predicted = first(units, gamma) + sigma / units;
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
        ...(sigma / units > first(units, gamma)
          ? [
              atLeast(
                {
                  id: `${gamma}.without`,
                  quantity: `gamma = ${gamma}, N = ${units}: the same over N^(1 - 2 gamma) Var K alone`,
                  source: "paper E: without Sigma the variance would be far too small",
                },
                value / first(units, gamma),
                1.5,
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
          caption: `Variance of the output over ${runs} runs of SGD with one sample a step at t = ${time}, with two standard errors; theory with Sigma_t / N (solid) and without (dotted).`,
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

const TIMES = [0, 0.5, 1, 2, 3, 4, 6];

export const biasVarianceStudy = defineStudy({
  id: "E.bias-variance",
  papers: ["E"],
  title: "No trade-off: the variance falls with gamma, the bias does not rise",
  expected:
    "To leading order the bias y - h_t is the same for every gamma and falls exponentially in time; the variance falls with gamma. The expected squared error falls with gamma at every time.",
  quick: { gammas: [0.5, 0.6, 0.7, 0.8, 0.9], units: 200, runs: 50 },
  full: { gammas: [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95], units: 1000, runs: 200 },
  run: async ({ gammas, units, runs }, context) => {
    const problem = planeProblem(CENTRED, TIMES);
    const { y } = problem;
    const forecast = await gammaForecast({ problem, units, gammas });
    const all = await ensembles(
      gammas.map((gamma) => ({
        ...{
          network: "centred",
          units,
          gamma,
          runs,
          times: TIMES,
          batch: "sgd",
          timeStep: null,
          seed: context.seed,
        },
      })),
      context,
    );
    const errors = forecast.gammas.map(({ train }) => train.errors!);
    const measured = all.map(({ outputs }) =>
      outputs.map((points) =>
        meanOf(
          Array.from({ length: runs }, (_, run) =>
            average(points.slice(0, 4).map((values, i) => (values[run]! - y[i]!) ** 2)),
          ),
        ),
      ),
    );
    const last = TIMES.length - 1;
    const bias = all.map(({ outputs }) =>
      average(outputs[last]!.slice(0, 4).map((values, i) => (average(values) - y[i]!) ** 2)),
    );
    const biases = errors.map((at) => at[last]!.bias);
    const rises = (values: readonly number[]) =>
      Math.max(...values.slice(1).map((value, g) => value / values[g]!));
    const source = "paper E: no bias-variance trade-off to leading order";
    const checks: Check[] = [
      ...TIMES.slice(1).map((time, t) =>
        atMost(
          {
            id: `total-${time}`,
            quantity: `largest ratio of the predicted error from a gamma to the next, t = ${time}`,
            source,
          },
          rises(errors.map((at) => at[t + 1]!.total)),
          1,
        ),
      ),
      atMost(
        {
          id: "trained",
          quantity: `the same of the measured errors of ${runs} networks, t = ${TIMES[last]}`,
          source,
        },
        rises(measured.map((at) => at[last]!.value)),
        1,
      ),
      absolute(
        {
          id: "bias",
          quantity: `squared bias at the largest gamma over that at the smallest, t = ${TIMES[last]}, theory with its corrections`,
          source,
        },
        biases.at(-1)! / biases[0]!,
        1,
        0.1,
      ),
      ...gammas.map((gamma, g) => {
        const { value, error } = measured[g]![last]!;
        const expected = errors[g]![last]!.total;
        return absolute(
          {
            id: `${gamma}.error`,
            quantity: `gamma = ${gamma}: mean squared error of ${runs} networks over the predicted one, t = ${TIMES[last]}`,
            source: "paper E, expansion and variance; 4 standard errors, and 10 % for the next order in N",
          },
          value / expected,
          1,
          0.1 + (4 * error) / expected,
        );
      }),
    ];
    return {
      arrays: {
        gamma: { data: Float64Array.from(gammas), shape: [gammas.length] },
        times: { data: Float64Array.from(TIMES), shape: [TIMES.length] },
        error: {
          data: Float64Array.from(measured.flat(), ({ value }) => value),
          shape: [gammas.length, TIMES.length],
        },
        predicted: {
          data: Float64Array.from(errors.flat(), ({ total }) => total),
          shape: [gammas.length, TIMES.length],
        },
      },
      checks,
      notes: [
        `Squared bias of the mean of ${runs} networks at t = ${TIMES[last]}: ${gammas.map((gamma, g) => `${bias[g]!.toPrecision(3)} at gamma ${gamma}`).join(", ")}; theory ${biases.map((value) => value.toPrecision(3)).join(", ")}.`,
      ],
      figures: [
        {
          name: "bias-variance",
          caption: `N = ${units}, SGD with one sample a step. (a) The parts of the expected squared error on the training points at t = ${TIMES[last]} over gamma; (b) the error over time. Lines are theory, circles the mean of ${runs} trained networks.`,
          draw: (options) =>
            gammaFigure(
              {
                gammas,
                times: TIMES,
                errors,
                trained: measured.map((at) => at.map(({ value }) => value)),
                points: "training points",
              },
              options,
            ),
        },
      ],
    };
  },
});
