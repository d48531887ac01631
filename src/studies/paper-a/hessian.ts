/**
 * What noise does to the curvature of the loss, and to the test error: with the leading order, and against it.
 * @module
 */
import { momentHierarchy } from "../../dynamics/index.js";
import { type LineStyle, type Mark, panelsFigure } from "../../figures/index.js";
import { absolute, atLeast, atMost, type Check } from "../checks.js";
import { defineStudy } from "../study.js";
import {
  type HessianCase,
  type HessianWalk,
  hessianProblem,
  hessianTheory,
  hessianWalk,
} from "./hessian-paths.js";
import { errorBars, paddedAxis } from "./plot.js";

type Style = LineStyle & { readonly marker: "circle" | "square" | "triangle" };
const STYLES: readonly Style[] = [
  { colour: 1, marker: "circle" },
  { colour: 2, marker: "square", dash: "dashed" },
  { colour: 3, marker: "triangle", dash: "dotted" },
];
const TIMES = [0.25, 0.5, 1, 1.5, 2];
const END = 1;
/** on 4 points written by hand: noise raises tr hess L of one, and lowers that of the other against its leading order */
const RISES: HessianCase = { data: "hand", units: 4, weights: null };
const FLIPS: HessianCase = { data: "hand", units: 8, weights: 3 };
const NOISE = 0.15;
const EPS = [0.125, 0.25, 0.5, 1];

const meanOver = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

export const hessianStudy = defineStudy({
  id: "A.hessian",
  papers: ["A"],
  title: "Noise and the weight Hessian: trace, largest eigenvalue, test error",
  expected:
    "Noise changes E tr hess L only from eps^2 s^2 on, as order 3 says for small eps. In the network itself (eps = 1) later orders can turn the sign: measure before believing one. The effect shrinks with the width.",
  quick: { noises: [0.1, 0.2, 0.3], widths: [4, 16, 64], networks: 4, pairs: 1500 },
  full: { noises: [0.1, 0.2, 0.3], widths: [4, 8, 16, 32, 64, 128], networks: 20, pairs: 20_000 },
  run: async ({ noises, widths, networks, pairs }, { values, seed }) => {
    const middle: HessianCase = { data: "sine", units: 16, weights: 0 };
    const few = Math.ceil(pairs / 5);
    const base = { seed, pairs, eps: 1, spectra: 0 };
    const spectra = Math.min(40, Math.ceil(pairs / 30));
    const wide = widths.flatMap((units) =>
      Array.from({ length: networks }, (_, weights): HessianCase => ({ data: "sine", units, weights })),
    );
    const inputs: HessianWalk[] = [
      // its effect is the smaller one against the scatter
      { ...base, of: RISES, noise: NOISE, times: TIMES, pairs: 4 * pairs },
      { ...base, of: FLIPS, noise: NOISE, times: TIMES },
      ...EPS.map((eps) => ({ ...base, of: FLIPS, noise: NOISE, eps, times: [END], pairs: 2 * pairs })),
      ...noises.map((noise) => ({ ...base, of: middle, noise, times: TIMES, pairs: few, spectra })),
      ...wide.map((of) => ({ ...base, of, noise: noises[0]!, times: [END], pairs: few })),
    ];
    const found = await values(
      {
        name: "walks",
        version: 1,
        unit: "walks",
        compute: (input: HessianWalk, { signal }) => hessianWalk(input, signal),
      },
      inputs,
    );
    const hand = found.slice(0, 2);
    const sweep = found.slice(2, 2 + EPS.length).map((walk) => walk[0]!);
    const over = found.slice(2 + EPS.length, 2 + EPS.length + noises.length);
    const wideWalks = found.slice(2 + EPS.length + noises.length).map((walk) => walk[0]!);
    const [rises, flips] = [
      await hessianTheory(RISES, NOISE, TIMES),
      await hessianTheory(FLIPS, NOISE, TIMES),
    ];
    const theory = await Promise.all(noises.map((noise) => hessianTheory(middle, noise, TIMES)));
    const quietTheory = await hessianTheory(middle, 0, TIMES);
    const wideTheory = await Promise.all(wide.map((of) => hessianTheory(of, noises[0]!, [END])));
    const { testY: _, ...small } = hessianProblem(RISES);
    const hierarchy = [NOISE, 0].map((noise) => momentHierarchy({ ...small, noise, order: 4, times: TIMES }));
    /** the noise's part of the coefficient of eps^k */
    const term = (at: number, k: number) =>
      hierarchy[0]![at]!.hessianTrace[k]! - hierarchy[1]![at]!.hessianTrace[k]!;

    const [early, one] = [TIMES.indexOf(0.25), TIMES.indexOf(END)];
    const scaled = sweep.map(({ trace, traceError }, k) => ({
      value: trace / EPS[k]! ** 2,
      error: traceError / EPS[k]! ** 2,
    }));
    const perWidth = widths.map((units) => {
      const own = wide.flatMap((of, at) => (of.units === units ? [at] : []));
      const rms = (list: readonly number[]) => Math.sqrt(meanOver(list.map((value) => value ** 2)));
      const misses = rms(own.map((at) => wideWalks[at]!.traceError));
      const raw = rms(own.map((at) => wideWalks[at]!.trace));
      return {
        // without what the errors of the simulation add
        simulated: Math.sqrt(Math.max(raw ** 2 - misses ** 2, misses ** 2 / 10)),
        error: misses / Math.sqrt(own.length),
        leading: rms(own.map((at) => wideTheory[at]![0]!.effect)),
      };
    });
    const [narrow, widest] = [perWidth[0]!, perWidth.at(-1)!];
    const checks: Check[] = [
      atMost(
        {
          id: "below",
          quantity: "4 units, all times: largest part of the noise in the coefficients of eps^0 and eps^1",
          source: "paper A: the leading effect of noise on the Hessian's trace is of order eps^2; rounding",
        },
        Math.max(...TIMES.flatMap((_, at) => [Math.abs(term(at, 0)), Math.abs(term(at, 1))])),
        1e-12,
      ),
      absolute(
        {
          id: "paths",
          quantity: "4 units, t = 1: leading effect, moment hierarchy",
          source: "order 3 of the noise expansion, another path to the same; 1e-8",
        },
        term(one, 2),
        rises[one]!.effect,
        1e-8,
      ),
      absolute(
        {
          id: "extrapolated",
          quantity: `8 units, s = ${NOISE}, t = ${END}: effect / eps^2 at eps -> 0, from eps = ${EPS[0]} and ${EPS[1]}, ${2 * pairs} pairs`,
          source:
            "order 3; 4 standard errors of 2 a - b, the same noise in both; what is left of eps^2, from the same with eps twice as large",
        },
        2 * scaled[0]!.value - scaled[1]!.value,
        flips[one]!.effect,
        4 * Math.max(scaled[0]!.error, scaled[1]!.error) +
          Math.abs(2 * scaled[1]!.value - scaled[2]!.value - (2 * scaled[0]!.value - scaled[1]!.value)) / 2,
      ),
      atLeast(
        {
          id: "sign.leading",
          quantity: `8 units, s = ${NOISE}, t = ${END}: leading effect of the noise on tr hess L`,
          source: "this network: its leading term raises the trace",
        },
        flips[one]!.effect,
        1e-3,
      ),
      atMost(
        {
          id: "sign.simulated",
          quantity: `the same network itself, ${2 * pairs} pairs of paths: effect in standard errors`,
          source: "later orders turn the sign: below 0 by 4 standard errors",
        },
        sweep.at(-1)!.trace / sweep.at(-1)!.traceError,
        -4,
      ),
      atLeast(
        {
          id: "sign.other",
          quantity: `4 units, t = 1, ${4 * pairs} pairs of paths: simulated effect in standard errors`,
          source: "here noise raises the trace, as its leading term says: above 0 by 4 standard errors",
        },
        hand[0]![one]!.trace / hand[0]![one]!.traceError,
        4,
      ),
      atMost(
        {
          id: "width",
          quantity: `sine, s = ${noises[0]}, t = ${END}: |effect|, root mean square of ${networks} networks, width ${widths.at(-1)} over width ${widths[0]}`,
          source: `order 3: as 1 / width, ${(widths[0]! / widths.at(-1)!).toPrecision(3)}; four times that for the spread of few networks, and 4 standard errors`,
        },
        widest.simulated / narrow.simulated,
        (4 * widths[0]!) / widths.at(-1)! + (4 * widest.error) / narrow.simulated,
      ),
    ];
    noises.forEach((noise, s) => {
      const at = over[s]![early]!;
      const name = `sine, width ${middle.units}, s = ${noise}, t = ${TIMES[early]}`;
      const { trace, test } = theory[s]![early]!;
      // the trace's own truncation is that of training without noise; the noise may add half its leading effect again
      const truncation =
        Math.abs(at.quietTrace - quietTheory[early]!.trace) +
        Math.abs(theory[s]![early]!.effect) / 2 +
        0.01 * trace;
      checks.push(
        absolute(
          {
            id: `trace.${noise}`,
            quantity: `${name}: E tr hess L, ${few} pairs`,
            source:
              "orders 1 to 3; their miss without noise, half the leading effect, 1 % and 4 standard errors",
          },
          at.quietTrace + at.trace,
          trace,
          truncation + 4 * at.traceError,
        ),
        absolute(
          {
            id: `largest.${noise}`,
            quantity: `${name}: E lambda_max over that without noise, ${spectra} paths`,
            source: "noise moves it by the order of s^2 only; 4 standard errors and s^2",
          },
          at.largest! / at.quietLargest!,
          1,
          (4 * at.largestError!) / at.quietLargest! + noise ** 2,
        ),
        absolute(
          {
            id: `test.${noise}`,
            quantity: `${name}: what noise adds to the test error`,
            source: "orders 1 to 3, variance to eps; 15 % of it and 4 standard errors",
          },
          at.test! - at.quietTest!,
          test! - quietTheory[early]!.test!,
          0.15 * Math.abs(test! - quietTheory[early]!.test!) + 4 * at.testError!,
        ),
      );
    });
    const x = { title: "time, learning rate × steps", kind: "linear" as const, domain: [0, 2.05] as const };
    const zero: Mark = { kind: "rule", axis: "y", value: 0, dash: "dotted" };
    const line = (y: readonly number[], style: LineStyle): Mark => ({ kind: "line", x: TIMES, y, style });
    const plain = (s: number): LineStyle => ({ colour: STYLES[s % 3]!.colour });
    const ink: LineStyle = { colour: "ink" };
    const traces = over.map((walk) => walk.map(({ quietTrace, trace }) => quietTrace + trace));
    const fourth = TIMES.map((_, at) => term(at, 2) + term(at, 3));
    const log = (values: readonly number[]) =>
      [Math.min(...values) / 1.5, Math.max(...values) * 1.5] as const;
    const timePanel = (
      title: string,
      y: string,
      quiet: readonly number[],
      marks: Mark[],
      all: readonly number[],
    ) => ({
      title,
      x,
      y: paddedAxis(y, [...quiet, ...all]),
      marks: [line(quiet, ink), ...marks],
    });
    const bars = (y: readonly (readonly number[])[], errors: readonly (readonly number[])[]) =>
      noises.flatMap((_, s) => errorBars(TIMES, y[s]!, errors[s]!, STYLES[s % 3]!));
    const largest = over.map((walk) => walk.map((at) => at.largest!));
    const tests = over.map((walk) => walk.map((at) => at.test!));
    return {
      arrays: {
        times: { data: Float64Array.from(TIMES), shape: [TIMES.length] },
        trace: { data: Float64Array.from(traces.flat()), shape: [noises.length, TIMES.length] },
        largest: { data: Float64Array.from(largest.flat()), shape: [noises.length, TIMES.length] },
        test: { data: Float64Array.from(tests.flat()), shape: [noises.length, TIMES.length] },
        handEffect: {
          data: Float64Array.from(hand.flatMap((walk) => walk.map(({ trace }) => trace))),
          shape: [2, TIMES.length],
        },
        handLeading: {
          data: Float64Array.from([...rises, ...flips].map(({ effect }) => effect)),
          shape: [2, TIMES.length],
        },
        sweep: { data: Float64Array.from(scaled.map(({ value }) => value)), shape: [EPS.length] },
        widthEffect: {
          data: Float64Array.from(perWidth.map(({ simulated }) => simulated)),
          shape: [widths.length],
        },
        widthLeading: {
          data: Float64Array.from(perWidth.map(({ leading }) => leading)),
          shape: [widths.length],
        },
      },
      checks,
      figures: [
        {
          name: "hessian",
          caption: `Simulated (markers with two standard errors) against the expansion. (a, b, c) A sine, width ${middle.units}: expected trace of the loss' Hessian with orders 1 to 3 (coloured lines), mean largest eigenvalue over ${spectra} paths, and expected test error with orders 1 to 3; black: without noise. (d) What noise of s = ${NOISE} does to the trace of two networks on four points: circles 4 units, squares 8 units; lines: the leading term, dotted: with the next one, 4 units. In the network of 8 units noise lowers the trace, although the leading term raises it. (e) The same effect over eps^2 in the lazy family of the 8 units at t = ${END}: for small eps it goes to the leading term (line). (f) Size of the effect over the width, root mean square of ${networks} networks (diamonds); line: leading term.`,
          draw: (options) =>
            panelsFigure(
              {
                title: "Noise and the weight Hessian",
                description: `Trace and largest eigenvalue of the Hessian and test error over time for s = ${noises.join(", ")}; the effect of noise on the trace of two networks, over eps and over the width.`,
                columns: 3,
                legend: [
                  ...noises.map((noise, s) => ({
                    kind: "point" as const,
                    label: `(a)-(c) s = ${noise}`,
                    style: STYLES[s % 3]!,
                  })),
                  { kind: "line", label: "(a)-(c) without noise", style: ink },
                  { kind: "point", label: "(d) 4 units", style: STYLES[0]! },
                  { kind: "point", label: "(d), (e) 8 units", style: STYLES[1]! },
                ],
                panels: [
                  timePanel(
                    "(a) Trace of the Hessian",
                    "E tr hess L",
                    over[0]!.map(({ quietTrace }) => quietTrace),
                    [
                      ...theory.map((at, s) =>
                        line(
                          at.map(({ trace }) => trace),
                          plain(s),
                        ),
                      ),
                      ...bars(
                        traces,
                        over.map((walk) => walk.map(({ traceError }) => traceError)),
                      ),
                    ],
                    [...traces.flat(), ...theory.flatMap((at) => at.map(({ trace }) => trace))],
                  ),
                  timePanel(
                    "(b) Its largest eigenvalue",
                    "E λ_{max}",
                    over[0]!.map(({ quietLargest }) => quietLargest!),
                    bars(
                      largest,
                      over.map((walk) => walk.map(({ largestError }) => largestError!)),
                    ),
                    over.flatMap((walk) =>
                      walk.flatMap((at) => [-2, 2].map((k) => at.largest! + k * at.largestError!)),
                    ),
                  ),
                  timePanel(
                    "(c) Test error",
                    "mean square error",
                    over[0]!.map(({ quietTest }) => quietTest!),
                    [
                      ...theory.map((at, s) =>
                        line(
                          at.map(({ test }) => test!),
                          plain(s),
                        ),
                      ),
                      ...bars(
                        tests,
                        over.map((walk) => walk.map(({ testError }) => testError!)),
                      ),
                    ],
                    [...tests.flat(), ...theory.flatMap((at) => at.map(({ test }) => test!))],
                  ),
                  {
                    title: "(d) Effect of noise on the trace",
                    x,
                    y: paddedAxis("E tr hess L − without noise", [
                      ...hand.flatMap((walk) => walk.map(({ trace }) => trace)),
                      ...[...rises, ...flips].map(({ effect }) => effect),
                      ...fourth,
                    ]),
                    marks: [
                      zero,
                      ...[rises, flips].map((at, k) =>
                        line(
                          at.map(({ effect }) => effect),
                          plain(k),
                        ),
                      ),
                      line(fourth, { ...plain(0), dash: "dotted" }),
                      ...hand.flatMap((walk, k) =>
                        errorBars(
                          TIMES,
                          walk.map(({ trace }) => trace),
                          walk.map(({ traceError }) => traceError),
                          STYLES[k]!,
                        ),
                      ),
                    ],
                  },
                  {
                    title: "(e) 8 units, over eps",
                    x: { title: "eps", kind: "linear", domain: [0, 1.05] },
                    y: paddedAxis("effect / eps^{2}", [
                      flips[one]!.effect,
                      ...scaled.map(({ value }) => value),
                    ]),
                    marks: [
                      zero,
                      { kind: "rule", axis: "y", value: flips[one]!.effect, label: "leading term" },
                      ...errorBars(
                        EPS,
                        scaled.map(({ value }) => value),
                        scaled.map(({ error }) => error),
                        STYLES[1]!,
                      ),
                    ],
                  },
                  {
                    title: `(f) Size over the width, s = ${noises[0]}`,
                    x: { title: "width", kind: "log", domain: [widths[0]! / 1.2, widths.at(-1)! * 1.2] },
                    y: {
                      title: "|effect|",
                      kind: "log",
                      domain: log(perWidth.flatMap(({ simulated, leading }) => [simulated, leading])),
                    },
                    marks: [
                      {
                        kind: "line",
                        x: widths,
                        y: perWidth.map(({ leading }) => leading),
                        style: { colour: "ink" },
                      },
                      {
                        kind: "points",
                        x: widths,
                        y: perWidth.map(({ simulated }) => simulated),
                        ...{ colour: "ink", marker: "diamond", hollow: true },
                      },
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
