/**
 * What the samples that SGD draws add to the variance (paper E, variance).
 * @module
 */
import { type Mark, panelsFigure } from "../../figures/index.js";
import { shallowLimit } from "../../normalization/index.js";
import { averageOf, type Estimate } from "../../numeric/statistics/index.js";
import { absolute, atLeast, type Check } from "../checks.js";
import { defineStudy } from "../study.js";
import { allPoints, ensembles, linearOutputs, meanVariance, meanVarianceBeyond } from "./ensembles.js";
import { planeProblem, SHIFTED } from "./plane-problem.js";
import { growthWithEps } from "./spread-at-eps.js";

/** Full batches for the growth of Var K with eps. */
const GROWTH_STEP = 0.1;
/** Share of Sigma that units in motion may change: with 4,800 networks at N = 100, gamma = 0.8, the whole variance was 1.1(1.3) % above the prediction, 14 % above that at eps = 0. */
const MOVED = 0.1;

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
    const varKs = allPoints(limit.trainVariance[0]!, limit.testVariance![0]!);
    const varK = averageOf(varKs);
    const sigma = averageOf(allPoints(limit.trainNoise![0]!, limit.testNoise![0]!));
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
    // Var K at eps = N^(gamma - 1) to all orders in eps: at N = 400 and gamma = 0.9 a third more than at eps = 0
    const starts: number[][] = [];
    for (const gamma of gammas) {
      const sizes = widths.map((units) => units ** (gamma - 1));
      const growth = await growthWithEps(SHIFTED, sizes, { time, timeStep: GROWTH_STEP }, context.signal);
      starts.push(
        widths.map(
          (units, w) => units ** (1 - 2 * gamma) * averageOf(varKs.map((value, i) => value * growth[w]![i]!)),
        ),
      );
    }
    const checks: Check[] = gammas.flatMap((gamma, g) => {
      const units = widths.at(-1)!;
      const { value, error } = measured[g]!.at(-1)!;
      const [first, second] = [starts[g]!.at(-1)!, sigma / units];
      const predicted = first + second;
      const total = absolute(
        {
          id: `${gamma}.total`,
          quantity: `gamma = ${gamma}, N = ${units}: variance over ${runs} runs of SGD over N^(1 - 2 gamma) Var K + Sigma / N`,
          source: `paper E, SGD's noise, with Var K at eps = N^(gamma - 1) to all orders in eps; 4 standard errors, and ${100 * MOVED} % of Sigma for what the motion of the units changes of it`,
        },
        value / predicted,
        1,
        (4 * error + MOVED * second) / predicted,
      );
      // where Sigma is a small part the scatter of the starts hides it
      if (second < first / 2) return [total];
      const of = samplesAlone(g);
      return [
        total,
        absolute(
          {
            id: `${gamma}.samples`,
            quantity: `gamma = ${gamma}, N = ${widths.join(", ")}: what the variance is beyond that of the starts carried along, over Sigma / N`,
            source: `paper E, SGD's noise, the growth of Var K with eps taken out; 4 standard errors, and ${100 * MOVED} % for what the motion of the units changes of Sigma`,
          },
          of.value,
          1,
          4 * of.error + MOVED,
        ),
        atLeast(
          {
            id: `${gamma}.without`,
            quantity: `gamma = ${gamma}, N = ${widths.join(", ")}: the same in standard errors`,
            source: "paper E: without Sigma it would be 0, up to 4 standard errors",
          },
          of.value / of.error,
          4,
        ),
      ];
    });
    /** Mean over the widths, weighted by their errors. The same runs' starts carried along by the theory: what they bring cancels. */
    function samplesAlone(g: number): Estimate {
      let [sum, weights] = [0, 0];
      widths.forEach((units, w) => {
        const [start, end] = of(gammas[g]!, units);
        const beyond = meanVarianceBeyond(end!, linearOutputs(SHIFTED, start!, time, 1 / units));
        const grown = starts[g]![w]! - units ** (1 - 2 * gammas[g]!) * varK;
        const [value, error] = [((beyond.value - grown) * units) / sigma, (beyond.error * units) / sigma];
        sum += value / error ** 2;
        weights += 1 / error ** 2;
      });
      return { value: sum / weights, error: Math.sqrt(1 / weights) };
    }
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
          caption: `Variance of the output over ${runs} runs of SGD with one sample a step at t = ${time}, with two standard errors; theory with Sigma_t / N (solid) and without (dotted), Var K_t at eps = N^(gamma - 1). The panels share starts and samples at each N, so their deviations go together.`,
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
                  const theory = widths.flatMap((units, w) => [
                    starts[g]![w]!,
                    starts[g]![w]! + sigma / units,
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
                        y: widths.map((units, w) => starts[g]![w]! + sigma / units),
                        style: { colour },
                      },
                      {
                        kind: "line",
                        x: widths,
                        y: starts[g]!,
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
