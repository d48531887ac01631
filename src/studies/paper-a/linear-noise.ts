/**
 * Noise in the linear model: a floor of the train error, a spread that grows elsewhere, and the same mean.
 * @module
 */
import { type LineStyle, type Mark, panelsFigure } from "../../figures/index.js";
import { absolute, atLeast, atMost, type Check, relative } from "../checks.js";
import { defineStudy } from "../study.js";
import { type LinearWalk, linearTheory, linearWalk, STEPS, TEST, TIMES, TRAIN } from "./linear-paths.js";
import { errorBars, paddedAxis } from "./plot.js";

const STYLES: readonly (LineStyle & { readonly marker: "circle" | "square" | "triangle" })[] = [
  { colour: 1, marker: "circle" },
  { colour: 2, marker: "square" },
  { colour: 3, marker: "triangle" },
];
export const linearNoiseStudy = defineStudy({
  id: "A.linear-noise",
  papers: ["A"],
  title: "Noise in the linear model: a floor of the train error, no regularization",
  expected:
    "The train error ends at s^2 n / 2 (s^2 n / (2 eta) for noise s in each step), whatever the network. Where training sees only a part of a test point's gradient its variance grows linearly in t. The mean output is the same for all s.",
  quick: { noises: [0.05, 0.1, 0.2], width: 24, paths: 500 },
  full: { noises: [0.05, 0.1, 0.2], width: 64, paths: 10_000 },
  run: async ({ noises, width, paths }, { values, seed }) => {
    const simulated = await values(
      {
        name: "linear paths",
        version: 1,
        unit: "noises",
        compute: (inputs: LinearWalk, { signal }) => linearWalk(inputs, signal),
      },
      noises.map((noise) => ({ noise, width, paths, seed })),
    );
    const theory = await Promise.all(noises.map((noise) => linearTheory(noise, width, seed)));
    const quiet = await linearTheory(0, width, seed);
    const last = STEPS.length - 1;
    const half = STEPS.indexOf(64);
    const checks: Check[] = [];
    const rows = Array.from({ length: TRAIN + TEST }, (_, i) => i);
    noises.forEach((noise, s) => {
      const found = simulated[s]!;
      const expected = theory[s]!;
      const name = `s = ${noise}`;
      const worst = Math.max(
        ...found.flatMap(({ mean, meanError }, at) =>
          rows.map((i) => Math.abs(mean[i]! - quiet.steps[at]!.mean[i]!) / meanError[i]!),
        ),
      );
      checks.push(
        atMost(
          {
            id: `mean.${noise}`,
            quantity: `${name}: largest distance of a simulated mean output to the mean without noise, in standard errors, ${STEPS.length} times x ${rows.length} points`,
            source: `paper A, first order: the mean does not know s; 4.5 has probability below 5e-4 for ${STEPS.length * rows.length} normals`,
          },
          worst,
          4.5,
        ),
        atMost(
          {
            id: `mean-theory.${noise}`,
            quantity: `${name}: largest difference of the mean in closed form to that for s = 0`,
            source: "paper A, first order; exactly the same",
          },
          Math.max(
            ...expected.flow.flatMap(({ mean }, k) =>
              mean.map((f, i) => Math.abs(f - quiet.flow[k]!.mean[i]!)),
            ),
          ),
          0,
        ),
        absolute(
          {
            id: `floor-theory.${noise}`,
            quantity: `${name}: train error 1/n |f - y|^2 after long training, closed form`,
            source: "paper A: s^2 n / 2 in time t = eta steps, whatever the kernel; 1e-9 of it for rounding",
          },
          expected.floor,
          (noise ** 2 * TRAIN) / 2,
          1e-9 * ((noise ** 2 * TRAIN) / 2),
        ),
        absolute(
          {
            id: `floor.${noise}`,
            quantity: `${name}: train error at t = ${TIMES[last]}, ${paths} simulated paths`,
            source: "closed form for these steps; 4 standard errors",
          },
          found[last]!.loss[0],
          expected.steps[last]!.train,
          4 * found[last]!.lossError[0],
        ),
      );
      for (let i = TRAIN; i < rows.length; i++) {
        for (const at of [half, last]) {
          checks.push(
            absolute(
              {
                id: `variance.${noise}.${i - TRAIN + 1}.${TIMES[at]}`,
                quantity: `${name}, t = ${TIMES[at]}: variance of test point ${i - TRAIN + 1} over s^2`,
                source: "closed form for these steps; 4 standard errors",
              },
              found[at]!.variance[i]! / noise ** 2,
              expected.steps[at]!.variance[i]! / noise ** 2,
              (4 * found[at]!.varianceError[i]!) / noise ** 2,
            ),
          );
        }
      }
    });
    // once training is over equal times add equal variances
    const [first, second] = [theory.at(-1)!.late[0]!, theory.at(-1)!.late[1]!];
    for (let i = TRAIN; i < rows.length; i++) {
      const growth = second[i]! - first[i]!;
      checks.push(
        relative(
          {
            id: `straight.${i - TRAIN + 1}`,
            quantity: `test point ${i - TRAIN + 1}: growth of the variance from t = 4000 to 6000 over that from 2000 to 4000, closed form`,
            source:
              "paper A: linear in t where training does not reach; 2 % for modes that training has not finished",
          },
          (theory.at(-1)!.late[2]![i]! - second[i]!) / growth,
          1,
          0.02,
        ),
        atLeast(
          {
            id: `grows.${i - TRAIN + 1}`,
            quantity: `test point ${i - TRAIN + 1}: that growth over the variance at which a train point stops`,
            source: "it does not stop: above 1",
          },
          growth / ((noises.at(-1)! ** 2 * TRAIN) / 2),
          1,
        ),
      );
    }
    const flow = theory.at(-1)!.flow;
    const time = {
      title: "time, learning rate × steps",
      kind: "log" as const,
      domain: [TIMES[0]! / 1.1, TIMES[last]! * 1.1] as const,
    };
    const linear = {
      title: "time, learning rate × steps",
      kind: "linear" as const,
      domain: [0, TIMES[last]! * 1.03] as const,
    };
    const losses = [
      ...theory.flatMap(({ flow: at }) => at.map(({ train }) => train)),
      ...simulated.flatMap((at) => at.map(({ loss }) => loss[0])),
    ];
    const shown = TRAIN; // the first test point
    const scaled = simulated.flatMap((at, s) => at.map(({ variance }) => variance[shown]! / noises[s]! ** 2));
    const most = noises.length - 1;
    return {
      arrays: {
        times: { data: Float64Array.from(TIMES), shape: [TIMES.length] },
        noises: { data: Float64Array.from(noises), shape: [noises.length] },
        trainError: {
          data: Float64Array.from(simulated.flatMap((at) => at.map(({ loss }) => loss[0]))),
          shape: [noises.length, TIMES.length],
        },
        variance: {
          data: Float64Array.from(simulated.flatMap((at) => at.flatMap(({ variance }) => variance))),
          shape: [noises.length, TIMES.length, rows.length],
        },
        theoryVariance: {
          data: Float64Array.from(theory.flatMap((at) => at.steps.flatMap(({ variance }) => variance))),
          shape: [noises.length, TIMES.length, rows.length],
        },
      },
      checks,
      figures: [
        {
          name: "linear-noise",
          caption: `Noisy gradient descent on the linear model of a tanh network of width ${width}, ${TRAIN} train points: ${paths} simulated paths (markers with two standard errors) and the closed form (lines). (a) The train error ends at s^2 n / 2 (dotted). (b) The variance over s^2: that of a test point grows without end, that of a train point stops at n / 2 (dotted). (c) The mean output at the test point: one line for all s.`,
          draw: (options) =>
            panelsFigure(
              {
                title: "Noise in the linear model",
                description: `Train error, variance of outputs and mean output over time for s = ${noises.join(", ")}.`,
                columns: 3,
                legend: [
                  ...noises.map((noise, s) => ({
                    kind: "line" as const,
                    label: `s = ${noise}`,
                    style: STYLES[s % 3]!,
                  })),
                  { kind: "line", label: "closed form", style: { colour: "ink" } },
                  { kind: "line", label: "limits", style: { colour: "ink", dash: "dotted" } },
                ],
                panels: [
                  {
                    title: "(a) Train error",
                    x: time,
                    y: {
                      title: "mean square error",
                      kind: "log",
                      domain: [Math.min(...losses) / 1.5, Math.max(...losses) * 1.5],
                    },
                    marks: noises.flatMap((noise, s): Mark[] => [
                      { kind: "rule", axis: "y", value: (noise ** 2 * TRAIN) / 2, dash: "dotted" },
                      {
                        kind: "line",
                        x: TIMES,
                        y: theory[s]!.flow.map(({ train }) => train),
                        style: { colour: STYLES[s % 3]!.colour },
                      },
                      ...errorBars(
                        TIMES,
                        simulated[s]!.map(({ loss }) => loss[0]),
                        simulated[s]!.map(({ lossError }) => lossError[0]),
                        STYLES[s % 3]!,
                      ),
                    ]),
                  },
                  {
                    title: "(b) Variance / s^{2}",
                    x: linear,
                    y: paddedAxis("variance / s^{2}", [0, ...scaled]),
                    marks: [
                      { kind: "rule", axis: "y", value: TRAIN / 2, dash: "dotted" },
                      ...[shown, 0].map(
                        (i): Mark => ({
                          kind: "line",
                          x: [0, ...TIMES],
                          y: [0, ...flow.map(({ variance }) => variance[i]! / noises[most]! ** 2)],
                          style: { colour: "ink" },
                          endLabel: i === 0 ? "train" : "test",
                        }),
                      ),
                      ...noises.flatMap((noise, s) =>
                        [shown, 0].flatMap((i) =>
                          errorBars(
                            TIMES,
                            simulated[s]!.map(({ variance }) => variance[i]! / noise ** 2),
                            simulated[s]!.map(({ varianceError }) => varianceError[i]! / noise ** 2),
                            STYLES[s % 3]!,
                          ),
                        ),
                      ),
                    ],
                  },
                  {
                    title: "(c) Mean output at the test point",
                    x: linear,
                    y: paddedAxis("mean output", [
                      ...quiet.flow.map(({ mean }) => mean[shown]!),
                      ...simulated.flatMap((at) =>
                        at.flatMap(({ mean, meanError }) => [
                          mean[shown]! - 2 * meanError[shown]!,
                          mean[shown]! + 2 * meanError[shown]!,
                        ]),
                      ),
                    ]),
                    marks: [
                      {
                        kind: "line",
                        x: TIMES,
                        y: quiet.flow.map(({ mean }) => mean[shown]!),
                        style: { colour: "ink" },
                      },
                      ...noises.flatMap((_, s) =>
                        errorBars(
                          TIMES,
                          simulated[s]!.map(({ mean }) => mean[shown]!),
                          simulated[s]!.map(({ meanError }) => meanError[shown]!),
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
