/**
 * The figure of what noise does to the curvature of the loss.
 * @module
 */
import { type LineStyle, type Mark, panelsFigure } from "../../figures/index.js";
import type { Estimate } from "../../numeric/statistics/index.js";
import type { StudyFigure } from "../study.js";
import type { HessianAt, HessianTheory } from "./hessian-paths.js";
import { errorBars, paddedAxis } from "./plot.js";

type Style = LineStyle & { readonly marker: "circle" | "square" | "triangle" };
const STYLES: readonly Style[] = [
  { colour: 1, marker: "circle" },
  { colour: 2, marker: "square", dash: "dashed" },
  { colour: 3, marker: "triangle", dash: "dotted" },
];

/** All that is drawn. */
export interface HessianFindings {
  readonly times: readonly number[];
  /** strengths on the sine, and its width */
  readonly noises: readonly number[];
  readonly units: number;
  /** [noise][time] on the sine: simulated, and by the expansion */
  readonly over: readonly (readonly HessianAt[])[];
  readonly theory: readonly (readonly HessianTheory[])[];
  readonly traces: readonly (readonly number[])[];
  readonly largest: readonly (readonly number[])[];
  readonly tests: readonly (readonly number[])[];
  /** paths with largest eigenvalues */
  readonly spectra: number;
  /** strength on the four points */
  readonly noise: number;
  /** [4 units, 8 units][time]: simulated, and the leading term */
  readonly hand: readonly (readonly HessianAt[])[];
  readonly leading: readonly (readonly HessianTheory[])[];
  /** of 4 units, leading term and the one after it */
  readonly next: readonly number[];
  /** effect / eps^2 of 8 units at time `end` */
  readonly eps: readonly number[];
  readonly scaled: readonly Estimate[];
  readonly end: number;
  readonly widths: readonly number[];
  /** per width */
  readonly networks: number;
  readonly perWidth: readonly { readonly simulated: number; readonly leading: number }[];
}

export function hessianFigure(findings: HessianFindings): StudyFigure {
  const { times, noises, units, over, theory, traces, largest, tests, spectra, noise, hand } = findings;
  const { leading, next, eps, scaled, end, widths, networks, perWidth } = findings;
  const [rises, flips] = [leading[0]!, leading[1]!];
  const one = times.indexOf(end);
  const x = { title: "time, learning rate × steps", kind: "linear" as const, domain: [0, 2.05] as const };
  const zero: Mark = { kind: "rule", axis: "y", value: 0, dash: "dotted" };
  const line = (y: readonly number[], style: LineStyle): Mark => ({ kind: "line", x: times, y, style });
  const plain = (s: number): LineStyle => ({ colour: STYLES[s % 3]!.colour });
  const ink: LineStyle = { colour: "ink" };
  const log = (values: readonly number[]) => [Math.min(...values) / 1.5, Math.max(...values) * 1.5] as const;
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
    noises.flatMap((_, s) => errorBars(times, y[s]!, errors[s]!, STYLES[s % 3]!));

  return {
    name: "hessian",
    caption: `Simulated (markers with two standard errors) against the expansion. (a, b, c) A sine, width ${units}: expected trace of the loss' Hessian with orders 1 to 3 (coloured lines), mean largest eigenvalue over ${spectra} paths, and expected test error with orders 1 to 3; black: without noise. (d) What noise of s = ${noise} does to the trace of two networks on four points: circles 4 units, squares 8 units; lines: the leading term, dotted: with the next one, 4 units. In the network of 8 units noise lowers the trace from t = 1 on, although the leading term raises it. (e) The same effect over eps^2 in the lazy family of the 8 units at t = ${end}: for small eps it goes to the leading term (line). (f) Size of the effect over the width, root mean square of ${networks} networks (diamonds); line: leading term.`,
    draw: (options) =>
      panelsFigure(
        {
          title: "Noise and the weight Hessian",
          description: `Trace and largest eigenvalue of the Hessian and test error over time for s = ${noises.join(", ")}; the effect of noise on the trace of two networks, over eps and over the width.`,
          columns: 3,
          legend: [
            ...noises.map((strength, s) => ({
              kind: "point" as const,
              label: `(a)-(c) s = ${strength}`,
              style: STYLES[s % 3]!,
            })),
            ...noises.map((strength, s) => ({
              kind: "line" as const,
              label: `(a), (c) orders 1 to 3, s = ${strength}`,
              style: plain(s),
            })),
            { kind: "line", label: "(a)-(c) without noise", style: ink },
            { kind: "point", label: "(d) 4 units", style: STYLES[0]! },
            { kind: "point", label: "(d), (e) 8 units", style: STYLES[1]! },
            { kind: "line", label: "(d) leading term, 4 units", style: plain(0) },
            { kind: "line", label: "(d) with the next one, 4 units", style: { ...plain(0), dash: "dotted" } },
            { kind: "line", label: "(d) leading term, 8 units", style: plain(1) },
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
                  over.map((walk) => walk.map((at) => at.test!.error)),
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
                ...next,
              ]),
              marks: [
                zero,
                ...[rises, flips].map((at, k) =>
                  line(
                    at.map(({ effect }) => effect),
                    plain(k),
                  ),
                ),
                line(next, { ...plain(0), dash: "dotted" }),
                ...hand.flatMap((walk, k) =>
                  errorBars(
                    times,
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
              y: paddedAxis("effect / eps^{2}", [flips[one]!.effect, ...scaled.map(({ value }) => value)]),
              marks: [
                zero,
                { kind: "rule", axis: "y", value: flips[one]!.effect, label: "leading term" },
                ...errorBars(
                  eps,
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
  };
}
