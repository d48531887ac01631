/**
 * How far single networks lie around the limit by their initialization (paper E, variance).
 * @module
 */
import { type Mark, panelsFigure } from "../../figures/index.js";
import { type ShallowLimit, shallowLimit } from "../../normalization/index.js";
import { averageOf, logLogFit } from "../../numeric/statistics/index.js";
import { absolute, type Check } from "../checks.js";
import { defineStudy } from "../study.js";
import { allPoints, ensembles, linearOutputs, meanVariance, meanVarianceBeyond } from "./ensembles.js";
import { CENTRED, planeProblem } from "./plane-problem.js";
import { spreadAtEps } from "./spread-at-eps.js";
import { GAMMA_STYLES } from "./styles.js";

/**
 * What the fluctuation of the kernel itself adds to the variance, as a share of it times N. Measured at gamma = 1/2, 0.7 and 0.9 with
 * 20,000 to 40,000 networks, after Var K at eps is taken out: 0.31(2) at N = 8, 0.31(3) at 16, 0.38(4) at 32, 0.53(8) at 64.
 */
const SECOND_ORDER = 0.7;
/** Stands for eps = 0: growth goes with its square. */
const NO_EPS = 1e-3;

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
    const limit = await shallowLimit(problem, { timeStep });
    const flow = await shallowLimit(problem);
    const meanOfPoints = ({ trainVariance, testVariance }: ShallowLimit) =>
      averageOf(allPoints(trainVariance[0]!, testVariance![0]!));
    const varK = meanOfPoints(limit);
    const all = await ensembles(
      gammas.flatMap((gamma) =>
        widths.map((units) => ({
          ...{ network: "centred", units, gamma, runs, times: [0, time], batch: "full", timeStep },
          // widths are independent of each other, gammas are not: each slope is of independent points
          seed: context.seed + units,
        })),
      ),
      context,
    );
    const found = gammas.map((gamma) =>
      widths.map((units) => {
        const { outputs } = all.find((set) => set.gamma === gamma && set.units === units)!;
        const scale = units ** (2 * gamma - 1) / varK;
        // what the theory makes of each network's own start: its scatter over the runs is known, and is that of the networks
        const carried = linearOutputs(CENTRED, outputs[0]!, time, timeStep);
        const beyond = meanVarianceBeyond(outputs[1]!, carried);
        return {
          raw: meanVariance(outputs[1]!),
          starts: meanVariance(carried, scale),
          ratio: { value: 1 + scale * beyond.value, error: scale * beyond.error },
        };
      }),
    );
    // Var K at eps = N^(gamma - 1) over that at eps = 0: the next orders of the variance, but for what falls like 1 / N
    const orders: number[][] = [];
    const spread = async (eps: number) =>
      averageOf([...(await spreadAtEps(CENTRED, { eps, time, timeStep }, context.signal))]);
    const leading = await spread(NO_EPS);
    for (const gamma of gammas) {
      const row: number[] = [];
      for (const units of widths) row.push((await spread(units ** (gamma - 1))) / leading);
      orders.push(row);
    }
    const measured = found.map((at) => at.map(({ raw }) => raw));
    const checks: Check[] = [
      ...widths.map((units, w) =>
        absolute(
          {
            id: `starts-${units}`,
            quantity: `N = ${units}: variance of the initial outputs of ${runs} networks, each carried to t = ${time} by the theory, over its expectation`,
            source: "paper E, Gaussian term: holds at every N; 4 standard errors",
          },
          found[0]![w]!.starts.value,
          1,
          4 * found[0]![w]!.starts.error,
        ),
      ),
      ...gammas.flatMap((gamma, g) => {
        const powers = found[g]!.map(({ ratio: { value, error } }, w) => ({
          value: (widths[w]! ** (1 - 2 * gamma) * value) / orders[g]![w]!,
          error: (widths[w]! ** (1 - 2 * gamma) * error) / orders[g]![w]!,
        }));
        const fit = logLogFit([...widths], powers)!;
        const { ratio } = found[g]!.at(-1)!;
        const next = (units: number) => SECOND_ORDER / units;
        return [
          absolute(
            {
              id: `${gamma}.slope`,
              quantity: `gamma = ${gamma}: slope of log (Var / growth of Var K_t with eps) over log N, N = ${widths.join(", ")}`,
              source: `paper E, variance; 4 standard errors of what the trained networks have beyond their carried starts, and ${SECOND_ORDER} / N of the variance at the smallest N, the second order in the fluctuations, over the range of log N`,
            },
            fit.slope,
            1 - 2 * gamma,
            4 * fit.slopeError + next(widths[0]!) / Math.log(widths.at(-1)! / widths[0]!),
          ),
          absolute(
            {
              id: `${gamma}.size`,
              quantity: `gamma = ${gamma}: mean variance at N = ${widths.at(-1)} over N^(1 - 2 gamma) Var K_t, the luck of the starts taken out`,
              source: `paper E, variance, with the growth of Var K_t at eps = N^(gamma - 1) from all further orders in eps; 4 standard errors, and ${SECOND_ORDER} / N for the second order in the fluctuations`,
            },
            ratio.value,
            orders[g]!.at(-1)!,
            4 * ratio.error + next(widths.at(-1)!),
          ),
        ];
      }),
    ];
    const unlucky = found[0]!
      .map(({ starts }, w) => ({ units: widths[w]!, z: (starts.value - 1) / starts.error }))
      .reduce((a, b) => (Math.abs(b.z) > Math.abs(a.z) ? b : a));
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
        ratio: {
          data: Float64Array.from(found.flat(), ({ ratio }) => ratio.value),
          shape: [gammas.length, widths.length],
        },
        ratio_error: {
          data: Float64Array.from(found.flat(), ({ ratio }) => ratio.error),
          shape: [gammas.length, widths.length],
        },
        growth: { data: Float64Array.from(orders.flat()), shape: [gammas.length, widths.length] },
      },
      checks,
      notes: [
        `Full-batch steps that stand for a time of ${timeStep} leave a variance of ${(varK / meanOfPoints(flow)).toFixed(4)} times that of the flow; the theory here takes the same steps.`,
        `The starts are those of ${runs} networks, the same at every gamma: their variance lies up to ${Math.abs(unlucky.z).toFixed(1)} standard errors from its expectation (N = ${unlucky.units}), and so does every point of the figure at that N.`,
        `The trained networks' variance over that of their carried starts at N = ${widths.at(-1)}: ${gammas.map((gamma, g) => `${found[g]!.at(-1)!.ratio.value.toFixed(4)} +- ${found[g]!.at(-1)!.ratio.error.toFixed(4)} at gamma ${gamma}, expected ${orders[g]!.at(-1)!.toFixed(4)}`).join(", ")}.`,
      ],
      figures: [
        {
          name: "variance",
          caption: `Variance of the output over ${runs} initializations at t = ${time}, mean over four training points and a test point: real networks with two standard errors, the same starts at every gamma, and N^(1 - 2 gamma) Var K_t for their steps (lines).`,
          draw: (options) =>
            panelsFigure(
              {
                title: "Variance over the width",
                description: gammas
                  .flatMap((gamma, g) => {
                    const fit = logLogFit([...widths], measured[g]!);
                    return fit === null ? [] : [`Slope ${fit.slope.toFixed(3)} at gamma ${gamma}.`];
                  })
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
