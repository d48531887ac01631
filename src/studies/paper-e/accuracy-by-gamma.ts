/**
 * The figure of accuracies against gamma: at the end and half-way, a curve for each width, and how far seeds differ.
 * @module
 */
import {
  type Colour,
  type LegendItem,
  type Mark,
  type PanelData,
  panelsFigure,
} from "../../figures/index.js";
import { averageOf, type Estimate, meanOf } from "../../numeric/statistics/index.js";
import type { StudyFigure } from "../study.js";
import type { AccuracyRun, RunsByGamma } from "./accuracy-runs.js";

/** One network size on one loss: a curve. */
export interface AccuracyCase {
  /** cases of one group share their panels, e.g. the loss */
  readonly group: string;
  /** of the curve, e.g. "N = 500" */
  readonly label: string;
  readonly runs: RunsByGamma;
}

const STYLES = [
  { colour: 1, marker: "circle" },
  { colour: 2, marker: "square", dash: "dashed" },
  { colour: 3, marker: "triangle", dash: "dash-dot" },
  { colour: 4, marker: "diamond", dash: "dotted" },
] as const;

/** Curves stand this far apart, in units of gamma, so that their bars do not cover each other. */
const APART = 0.006;

/** Mean over runs of the accuracy at one record, with its standard error. */
export const accuracyAt = (runs: readonly AccuracyRun[], side: "train" | "test", record: number): Estimate =>
  meanOf(runs.map((run) => run[side][record]!));

/** The record nearest to half of the epochs. */
export function middleRecord({ epochs }: AccuracyRun): number {
  const half = epochs.at(-1)! / 2;
  return epochs.reduce((best, at, i) => (Math.abs(at - half) < Math.abs(epochs[best]! - half) ? i : best), 0);
}

const bar = (x: number, low: number, high: number, colour: Colour, width: number): Mark => ({
  kind: "line",
  x: [x, x],
  y: [low, high],
  style: { colour, width },
});

/** Means with thick bars of one standard error and thin ones of one standard deviation over seeds. */
function curveMarks(x: readonly number[], values: readonly Estimate[], seeds: number, at: number): Mark[] {
  const { colour, marker, ...line } = STYLES[at % STYLES.length]!;
  const y = values.map(({ value }) => value);
  return [
    { kind: "line", x, y, style: { colour, ...line } },
    ...values.flatMap(({ value, error }, i) => {
      const deviation = error * Math.sqrt(seeds);
      return [
        bar(x[i]!, value - deviation, value + deviation, colour, 1.2),
        bar(x[i]!, value - error, value + error, colour, 4),
      ];
    }),
    { kind: "points", x, y, colour, marker, hollow: true },
  ];
}

function accuracyDomain(values: readonly Estimate[], seeds: number): readonly [number, number] {
  const reach = values.map(({ error }) => error * Math.sqrt(seeds));
  const low = Math.min(...values.map(({ value }, i) => value - reach[i]!));
  const high = Math.max(...values.map(({ value }, i) => value + reach[i]!));
  const room = Math.max(0.08 * (high - low), 0.005);
  return [Math.max(0, low - room), Math.min(1, high + room)];
}

/** Three panels for each group: accuracy at the end, half-way, and the standard deviation over seeds at the end. */
export function accuracyByGamma(
  cases: readonly AccuracyCase[],
  gammas: readonly number[],
  side: "train" | "test",
  what: string,
): StudyFigure {
  const seeds = cases[0]!.runs[0]!.length;
  const groups = [...new Set(cases.map(({ group }) => group))];
  const labels = [...new Set(cases.map(({ label }) => label))];
  const name = side === "test" ? "Test" : "Train";
  const domain = [gammas[0]! - 0.03, gammas.at(-1)! + 0.03] as const;
  const axis = { title: "γ", kind: "linear" as const, domain };
  const shifted = (at: number) => gammas.map((gamma) => gamma + (at - (labels.length - 1) / 2) * APART);
  const panelsOf = (group: string, g: number): PanelData[] => {
    const own = cases.filter((one) => one.group === group);
    const epochsOf = (record: (run: AccuracyRun) => number) => [
      ...new Set(own.map(({ runs }) => runs[0]![0]!.epochs[record(runs[0]![0]!)]!)),
    ];
    const last = (run: AccuracyRun) => run.epochs.length - 1;
    const letter = (k: number) => `(${String.fromCharCode(97 + 3 * g + k)})`;
    const after = (record: (run: AccuracyRun) => number) =>
      `${epochsOf(record)
        .map((epoch) => String(Math.round(epoch)))
        .join(" or ")} epochs`;
    const panel = (k: number, record: (run: AccuracyRun) => number): PanelData => {
      const all = own.map(({ runs }) => runs.map((list) => accuracyAt(list, side, record(list[0]!))));
      return {
        title: `${letter(k)} ${group}, ${after(record)}`,
        x: axis,
        y: { title: `${side} accuracy`, kind: "linear", domain: accuracyDomain(all.flat(), seeds) },
        marks: own.flatMap(({ label }, c) =>
          curveMarks(shifted(labels.indexOf(label)), all[c]!, seeds, labels.indexOf(label)),
        ),
      };
    };
    const deviations = own.map(({ runs }) =>
      runs.map((list) => 100 * accuracyAt(list, side, last(list[0]!)).error * Math.sqrt(seeds)),
    );
    return [
      panel(0, last),
      panel(1, middleRecord),
      {
        title: `${letter(2)} ${group}, spread`,
        x: axis,
        y: {
          title: "deviation over seeds, points",
          kind: "linear",
          domain: [0, 1.08 * Math.max(...deviations.flat(), 1e-3)],
        },
        marks: own.flatMap(({ label }, c): Mark[] => {
          const { colour, marker, ...line } = STYLES[labels.indexOf(label) % STYLES.length]!;
          return [
            { kind: "line", x: gammas, y: deviations[c]!, style: { colour, ...line } },
            { kind: "points", x: gammas, y: deviations[c]!, colour, marker },
          ];
        }),
      },
    ];
  };
  return {
    name: `${side}-accuracy-by-gamma`,
    caption: `${name} accuracy of ${what} against gamma, after all epochs and half-way, one curve for each width: means of ${seeds} networks of different seeds, thick bars one standard error, thin bars one standard deviation over seeds. Right: that standard deviation, itself known to about ${Math.round(100 / Math.sqrt(2 * (seeds - 1)))} % from so few networks. The order by gamma is one of late training: larger gammas learn more slowly at first.`,
    draw: (options) =>
      panelsFigure(
        {
          title: `${name} accuracy against gamma`,
          description: cases
            .map(
              ({ group, label, runs }) =>
                `${label}, ${group}: mean ${runs.map((list, i) => `${averageOf(list.map((run) => run[side].at(-1)!)).toFixed(3)} at gamma ${gammas[i]}`).join(", ")}.`,
            )
            .join(" "),
          columns: 3,
          panelHeight: 260,
          legend: [
            ...labels.map(
              (label, i): LegendItem => ({ kind: "line", label, style: STYLES[i % STYLES.length]! }),
            ),
          ],
          panels: groups.flatMap(panelsOf),
        },
        options,
      ),
  };
}
