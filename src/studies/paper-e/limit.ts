/**
 * Networks of growing width go to the limit h_t, at the rate that gamma sets (paper E, law of large numbers).
 * @module
 */
import { type Mark, panelsFigure } from "../../figures/index.js";
import { gammaForecast, shallowLimit } from "../../normalization/index.js";
import { meanOf } from "../../numeric/statistics/index.js";
import { absolute, atMost, type Check } from "../checks.js";
import { defineStudy } from "../study.js";
import { allPoints, ensembles } from "./ensembles.js";
import { planeProblem, SHIFTED } from "./plane-problem.js";
import { GAMMA_STYLES } from "./styles.js";

const TIMES = [0, 0.5, 1, 1.5, 2, 2.5, 3];

export const limitStudy = defineStudy({
  id: "E.limit",
  papers: ["E"],
  title: "Wide normalized networks train along one deterministic curve",
  expected:
    "For gamma > 1/2 the output h^N_t goes to h_t as N grows, and h_t does not depend on gamma; at gamma = 1/2 the random initial output stays.",
  quick: { gammas: [0.5, 0.6, 0.75, 0.9], widths: [50, 150, 450], runs: 80 },
  full: { gammas: [0.5, 0.6, 0.75, 0.9], widths: [64, 256, 1024, 4096], runs: 100 },
  run: async ({ gammas, widths, runs }, context) => {
    const { seed } = context;
    const problem = planeProblem(SHIFTED, TIMES);
    const limit = await shallowLimit(problem, { noise: true });
    const last = TIMES.length - 1;
    const h = TIMES.map((_, t) => allPoints(limit.train[t]!, limit.test![t]!));
    const all = await ensembles(
      gammas.flatMap((gamma) =>
        widths.map((units) => ({
          ...{ network: "shifted", units, gamma, runs, times: TIMES, batch: "sgd", timeStep: null, seed },
        })),
      ),
      context,
    );
    // root mean square distance from h at the last time, measured and expected
    const forecasts = new Map(
      await Promise.all(
        widths.map(
          async (units) => [units, (await gammaForecast({ problem, units, gammas })).gammas] as const,
        ),
      ),
    );
    const rows = all.map(({ outputs, units, gamma }) => {
      const { train, test } = forecasts.get(units)!.find((point) => point.gamma === gamma)!;
      const mean = allPoints(train.mean[last]!, test!.mean[last]!);
      const variance = allPoints(train.variance![last]!, test!.variance![last]!);
      const expected = mean.reduce(
        (sum, value, i) => sum + ((value - h[last]![i]!) ** 2 + variance[i]!) / 5,
        0,
      );
      const squares = Array.from({ length: runs }, (_, run) =>
        outputs[last]!.reduce((sum, values, i) => sum + (values[run]! - h[last]![i]!) ** 2 / 5, 0),
      );
      const { value, error } = meanOf(squares);
      return { gamma, units, expected, value, error };
    });
    const of = (gamma: number) => rows.filter((row) => row.gamma === gamma);
    const checks: Check[] = gammas.flatMap((gamma) => {
      const own = of(gamma);
      const widest = own.at(-1)!;
      return [
        absolute(
          {
            id: `${gamma}.distance`,
            quantity: `gamma = ${gamma}, N = ${widest.units}: mean of |h^N_t - h_t|^2 over ${runs} networks at t = 3, over its prediction`,
            source: "paper E, expansion and spread; 4 standard errors, and 15 % for the next order in N",
          },
          widest.value / widest.expected,
          1,
          0.15 + (4 * widest.error) / widest.expected,
        ),
        ...(gamma === 0.5
          ? []
          : [
              atMost(
                {
                  id: `${gamma}.shrinks`,
                  quantity: `gamma = ${gamma}: |h^N_t - h_t| at N = ${widest.units} over that at N = ${widths[0]}`,
                  source: "paper E, law of large numbers",
                },
                Math.sqrt(widest.value / own[0]!.value),
                0.9,
              ),
            ]),
      ];
    });
    const shownGamma = gammas.length - 1;
    const one = (units: number) =>
      all.find((set) => set.gamma === gammas[shownGamma] && set.units === units)!;
    const [narrow, wide] = [one(widths[0]!), one(widths.at(-1)!)];
    const range = h.flat();
    const colours = [1, 2, 3, 4] as const;
    return {
      arrays: {
        times: { data: Float64Array.from(TIMES), shape: [TIMES.length] },
        limit: { data: Float64Array.from(h.flat()), shape: [TIMES.length, 5] },
        distance: {
          data: Float64Array.from(rows, ({ value }) => Math.sqrt(value)),
          shape: [gammas.length, widths.length],
        },
        expected: {
          data: Float64Array.from(rows, ({ expected }) => Math.sqrt(expected)),
          shape: [gammas.length, widths.length],
        },
      },
      checks,
      figures: [
        {
          name: "limit",
          caption: `(a) h_t on the four training points (lines) and one network of N = ${narrow.units} (squares) and of N = ${wide.units} (circles) at gamma = ${gammas[shownGamma]}, trained by SGD with one sample a step. (b) Root mean square distance from h_t at t = 3 over ${runs} networks (circles) beside theory (lines): it falls faster for larger gamma, and stays at gamma = 1/2.`,
          draw: (options) =>
            panelsFigure(
              {
                title: "Convergence to the limit",
                description: `Distance from the limit at t = 3: ${rows.map(({ gamma, units, value }) => `gamma ${gamma}, N ${units}: ${Math.sqrt(value).toPrecision(2)}`).join("; ")}.`,
                legend: [
                  { kind: "line", label: "theory", style: { colour: "ink" } },
                  {
                    kind: "point",
                    label: `trained networks, in (a) N = ${wide.units}`,
                    style: { colour: "ink", marker: "circle" },
                  },
                  {
                    kind: "point",
                    label: `(a) N = ${narrow.units}`,
                    style: { colour: "ink", marker: "square" },
                  },
                ],
                panels: [
                  {
                    title: "(a) Outputs over time",
                    x: { title: "t = steps / N", kind: "linear", domain: [0, 3] },
                    y: {
                      title: "output",
                      kind: "linear",
                      domain: [Math.min(...range) - 0.25, Math.max(...range) + 0.25],
                    },
                    marks: colours.flatMap((colour, i): Mark[] => [
                      {
                        kind: "line",
                        x: TIMES,
                        y: h.map((at) => at[i]!),
                        style: { colour },
                        endLabel: `x_{${i + 1}}`,
                      },
                      {
                        kind: "points",
                        x: TIMES,
                        y: narrow.outputs.map((at) => at[i]![0]!),
                        colour,
                        marker: "square",
                        hollow: true,
                      },
                      {
                        kind: "points",
                        x: TIMES,
                        y: wide.outputs.map((at) => at[i]![0]!),
                        colour,
                        marker: "circle",
                        hollow: true,
                      },
                    ]),
                  },
                  {
                    title: "(b) Distance from the limit, t = 3",
                    x: { title: "N", kind: "log", domain: [widths[0]! / 1.2, widths.at(-1)! * 1.2] },
                    y: {
                      title: "root mean square",
                      kind: "log",
                      domain: [
                        Math.sqrt(Math.min(...rows.map(({ value, expected }) => Math.min(value, expected)))) /
                          1.3,
                        Math.sqrt(Math.max(...rows.map(({ value }) => value))) * 1.3,
                      ],
                    },
                    marks: gammas.flatMap((gamma, g): Mark[] => {
                      const { colour, ...look } = GAMMA_STYLES[g % GAMMA_STYLES.length]!;
                      const dash = "dash" in look ? look.dash : "solid";
                      return [
                        {
                          kind: "line",
                          x: widths,
                          y: of(gamma).map(({ expected }) => Math.sqrt(expected)),
                          style: { colour, dash },
                          endLabel: `γ = ${gamma}`,
                        },
                        {
                          kind: "points",
                          x: widths,
                          y: of(gamma).map(({ value }) => Math.sqrt(value)),
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
