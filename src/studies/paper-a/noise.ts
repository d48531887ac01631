/**
 * What noise does to the mean output: nothing in the linear model, something that goes with s^2 in a network.
 * @module
 */
import { noiseExpansion } from "../../dynamics/index.js";
import { type LineStyle, type Mark, panelsFigure } from "../../figures/index.js";
import { absolute, atLeast, atMost, type Check, type NotComputed } from "../checks.js";
import { defineStudy } from "../study.js";
import { portableNoiseEffects, secondAndThird } from "./noise-effects.js";
import { errorBars, paddedAxis } from "./plot.js";
import { portableProblem } from "./portable-network.js";
import { tanhPaths } from "./tanh-paths.js";

const STYLES: readonly (LineStyle & { readonly marker: "circle" | "square" | "triangle" })[] = [
  { colour: 1, marker: "circle" },
  { colour: 2, marker: "square" },
  { colour: 3, marker: "triangle" },
];
const TIMES = [0.25, 0.5, 0.75, 1, 1.5, 2];
/** the output on which noise does most */
const POINT = 3;
/** a share of about 1 that is not known better than this is no evidence: 0 or 1.5 would agree as well */
const WIDEST = 0.5;

type Walk = {
  readonly noise: number;
  readonly pairs: number;
  readonly seed: number;
  readonly linear: boolean;
  /** the expected effect early in training */
  readonly along: readonly number[];
};

const hand = () => {
  const { parameters, x, y, testX } = portableProblem();
  return { theta: parameters, x: x.data, y: y.data, testX: testX.data };
};

/** Orders 1 to 3 with and without noise: E f - f without noise, and the variance, [time][point]. */
async function theoryOf(noise: number, times: readonly number[] = TIMES) {
  const problem = portableProblem();
  const noisy = await noiseExpansion({ ...problem, noise, order: 3, times });
  const quiet = await noiseExpansion({ ...problem, noise: 0, order: 3, times });
  return times.map((_, k) => ({
    effect: [1, 2, 3].map((order) =>
      Array.from(noisy[k]!.variance, (_, i) => {
        let sum = 0;
        for (let o = 0; o < order; o++) sum += noisy[k]!.terms[o]![i]! - quiet[k]!.terms[o]![i]!;
        return sum;
      }),
    ),
    mean: Array.from(noisy[k]!.terms[0]!),
    variance: Array.from(noisy[k]!.variance),
  }));
}

export const noiseStudy = defineStudy({
  id: "A.noise",
  papers: ["A"],
  title: "Noise changes the mean of a network, and not of its linear model",
  expected:
    "In the linear model E f does not depend on the noise. In the network it does, like s^2, as orders 2 and 3 predict early in training; later the next orders count.",
  quick: { noises: [0.05, 0.1, 0.2], pairs: 3000 },
  full: { noises: [0.05, 0.1, 0.2], pairs: 100_000 },
  run: async ({ noises, pairs }, { values, seed }) => {
    const early = TIMES.indexOf(0.5);
    const orders = (
      await values(
        {
          name: "orders",
          version: 1,
          unit: "strengths of noise",
          compute: ({ noise }: { noise: number }) =>
            portableNoiseEffects([noise], [TIMES[early]!])[0]![0]!.orders.map((order) => Array.from(order)),
        },
        noises.map((noise) => ({ noise })),
      )
    ).map((all) => all.map((order) => Float64Array.from(order)));
    const along = (s: number) => Array.from(secondAndThird(orders[s]!).along);
    const simulated = await values(
      {
        name: "paths",
        version: 3,
        unit: "noises",
        compute: async ({ linear, along, ...rest }: Walk, { signal }) => {
          const paths = await tanhPaths({
            ...hand(),
            ...rest,
            along: TIMES.map(() => Float64Array.from(along)),
            control: !linear,
            // the linear model is the lazy family at small eps
            eps: linear ? 1e-4 : 1,
            step: 0.0125,
            times: TIMES,
            signal,
          });
          return paths.map(({ effect, effectError, slope }) => ({
            effect: Array.from(effect),
            error: Array.from(effectError),
            slope: slope!,
          }));
        },
      },
      [
        ...noises.map((noise, s) => ({ noise, pairs, seed, linear: false, along: along(s) })),
        {
          ...{ noise: noises.at(-1)!, pairs: Math.ceil(pairs / 5), seed },
          ...{ linear: true, along: along(noises.length - 1) },
        },
      ],
    );
    const theory = await Promise.all(noises.map((noise) => theoryOf(noise)));
    const linear = simulated.at(-1)!;
    const checks: Check[] = [];
    const notComputed: NotComputed[] = [];
    noises.forEach((noise, s) => {
      const { slope } = simulated[s]![early]!;
      const { fourth } = secondAndThird(orders[s]!);
      const tolerance = Math.abs(fourth) + 4 * slope.error;
      const row = {
        id: `effect.${noise}`,
        quantity: `s = ${noise}, t = ${TIMES[early]}: E f - f without noise over that of orders 2 + 3, projected on it, ${pairs} pairs of paths`,
      };
      if (tolerance >= WIDEST) {
        const reason = `its tolerance would be ${tolerance.toPrecision(2)}, which shows nothing: more pairs or less noise`;
        notComputed.push({ ...row, reason });
        return;
      }
      const source = `paper A, orders 2 + 3, and ${fourth.toPrecision(2)} that order 4 adds; as much for those beyond, and 4 standard errors`;
      checks.push(absolute({ ...row, source }, slope.value, 1 + fourth, tolerance));
    });
    const strongest = simulated.at(-2)!;
    if (noises.length > 1) {
      const [low, high] = [simulated.at(-3)!, strongest].map((paths) => paths[early]!);
      const ratio = (noises.at(-1)! / noises.at(-2)!) ** 2;
      checks.push(
        absolute(
          {
            id: "square",
            quantity: `t = 0.5, output ${POINT + 1}: effect at s = ${noises.at(-1)} over that at s = ${noises.at(-2)}`,
            source: "noise effect ~ s^2; 10 % for s^4, and 4 standard errors",
          },
          high!.effect[POINT]! / low!.effect[POINT]!,
          ratio,
          ratio *
            (0.1 +
              4 *
                Math.hypot(
                  high!.error[POINT]! / high!.effect[POINT]!,
                  low!.error[POINT]! / low!.effect[POINT]!,
                )),
        ),
      );
    }
    checks.push(
      atLeast(
        {
          id: "there",
          quantity: `t = 0.5, s = ${noises.at(-1)}, output ${POINT + 1}: |effect| in standard errors`,
          source: "noise changes the mean of a network",
        },
        Math.abs(strongest[early]!.effect[POINT]!) / strongest[early]!.error[POINT]!,
        5,
      ),
      atMost(
        {
          id: "linear",
          quantity: `linear model, s = ${noises.at(-1)}: largest |effect| over all times and outputs, as a share of the network's`,
          source: "paper A, first order: the mean does not know s",
        },
        Math.max(...linear.flatMap(({ effect }) => effect.map(Math.abs))) /
          Math.max(...strongest.flatMap(({ effect }) => effect.map(Math.abs))),
        1e-3,
      ),
    );
    const scaled = (s: number, k: number) => simulated[s]![k]!.effect[POINT]! / noises[s]! ** 2;
    const curve = (s: number, order: number, scale: number): Mark => ({
      kind: "line",
      x: [0, ...TIMES],
      y: [0, ...theory[s]!.map(({ effect }) => scale * effect[order - 1]![POINT]!)],
      style: { colour: STYLES[s % 3]!.colour, dash: order === 2 ? "dotted" : "solid" },
    });
    const x = { title: "time, learning rate × steps", kind: "linear" as const, domain: [0, 2.05] as const };
    return {
      arrays: {
        times: { data: Float64Array.from(TIMES), shape: [TIMES.length] },
        noises: { data: Float64Array.from(noises), shape: [noises.length] },
        simulated: {
          data: Float64Array.from(
            simulated.slice(0, -1).flatMap((paths) => paths.flatMap(({ effect }) => effect)),
          ),
          shape: [noises.length, TIMES.length, 5],
        },
        theory: {
          data: Float64Array.from(theory.flatMap((at) => at.flatMap(({ effect }) => effect[2]!))),
          shape: [noises.length, TIMES.length, 5],
        },
      },
      checks,
      notComputed,
      figures: [
        {
          name: "noise",
          caption: `What noise does to the expected output of a network of 4 tanh units, at its fourth training point: simulated (markers with two standard errors, ${pairs} pairs of opposite paths, the luck of their part quadratic in the noise taken out), order 2 (dotted) and orders 2 + 3 (lines). (a) The shift of the mean; that of the linear model (diamonds) is 0. (b) The same over s^2: one curve early in training. Later the next orders, the strongest noise first, pull the simulation away from order 3.`,
          draw: (options) =>
            panelsFigure(
              {
                title: "What noise does to the mean output",
                description: `Shift of the expected output by noise of s = ${noises.join(", ")} over time 0 to 2.`,
                legend: [
                  ...noises.map((noise, s) => ({
                    kind: "line" as const,
                    label: `s = ${noise}`,
                    style: STYLES[s % 3]!,
                  })),
                  { kind: "line", label: "orders 2 + 3", style: { colour: "ink" } },
                  { kind: "line", label: "order 2", style: { colour: "ink", dash: "dotted" } },
                  {
                    kind: "point",
                    label: "linear model, simulated",
                    style: { colour: "ink", marker: "diamond" },
                  },
                ],
                panels: [
                  {
                    title: "(a) E f − f without noise",
                    x,
                    y: paddedAxis("shift of the mean", [
                      0,
                      ...theory.flatMap((at) => at.map(({ effect }) => effect[2]![POINT]!)),
                      ...simulated.flatMap((paths) => paths.map(({ effect }) => effect[POINT]!)),
                    ]),
                    marks: [
                      { kind: "rule", axis: "y", value: 0, dash: "dotted" },
                      ...noises.flatMap((_, s) => [curve(s, 2, 1), curve(s, 3, 1)]),
                      ...noises.flatMap((_, s) =>
                        errorBars(
                          TIMES,
                          simulated[s]!.map(({ effect }) => effect[POINT]!),
                          simulated[s]!.map(({ error }) => error[POINT]!),
                          STYLES[s % 3]!,
                        ),
                      ),
                      {
                        kind: "points",
                        x: TIMES,
                        y: linear.map(({ effect }) => effect[POINT]!),
                        ...{ colour: "ink", marker: "diamond", hollow: true },
                      },
                    ],
                  },
                  {
                    title: "(b) The same over s^{2}",
                    x,
                    y: paddedAxis("shift / s^{2}", [
                      0,
                      ...TIMES.flatMap((_, k) => noises.map((_, s) => scaled(s, k))),
                      ...theory[0]!.flatMap(({ effect }) => [effect[1]![POINT]! / noises[0]! ** 2]),
                    ]),
                    marks: [
                      { kind: "rule", axis: "y", value: 0, dash: "dotted" },
                      {
                        ...curve(0, 2, 1 / noises[0]! ** 2),
                        style: { colour: "ink", dash: "dotted" },
                      } as Mark,
                      { ...curve(0, 3, 1 / noises[0]! ** 2), style: { colour: "ink" } } as Mark,
                      ...noises.flatMap((noise, s) =>
                        errorBars(
                          TIMES,
                          TIMES.map((_, k) => scaled(s, k)),
                          simulated[s]!.map(({ error }) => error[POINT]! / noise ** 2),
                          STYLES[s % 3]!,
                        ),
                      ),
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
