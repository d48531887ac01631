/**
 * How far single networks lie around the limit by their initialization (paper E, variance).
 * @module
 */
import { type Mark, panelsFigure } from "../../figures/index.js";
import { shallowLimit } from "../../normalization/index.js";
import { logLogFit } from "../../numeric/statistics/index.js";
import { CENTRED, planeProblem } from "../check-ae/shallow.js";
import { absolute, type Check } from "../checks.js";
import { defineStudy } from "../study.js";
import { allPoints, average, ensembles, meanVariance } from "./ensembles.js";
import { GAMMA_STYLES } from "./styles.js";

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
