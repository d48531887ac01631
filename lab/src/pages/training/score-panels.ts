/**
 * Differences of trained networks from the prediction over steps, as the figure draws them and as its files.
 * @module
 */
import {
  type LineStyle,
  type PanelsData,
  panelsFigure,
  type ReportVerification,
  type VerifiedQuantity,
} from "foretrain";
import type { FigureContents } from "../../figures/export.js";

export type Compared = ReportVerification & {
  readonly quantities: NonNullable<ReportVerification["quantities"]>;
};

const SERIES: readonly {
  readonly name: VerifiedQuantity;
  readonly label: string;
  readonly style: LineStyle;
}[] = [
  { name: "trainLoss", label: "train loss", style: { colour: 1, marker: "circle" } },
  { name: "testLoss", label: "test loss", style: { colour: 2, marker: "square" } },
  {
    name: "trainAccuracy",
    label: "train accuracy",
    style: { colour: 3, marker: "triangle", dash: "dashed" },
  },
  { name: "testAccuracy", label: "test accuracy", style: { colour: 4, marker: "diamond", dash: "dotted" } },
];

/** Differences beyond this are no accident: 1 in 16,000 for a normal one. */
const PARTED = 4;

/** Beyond this a linear axis would press onto 0 what is small and matters: from -1 to 1 linear, logarithmic outside. */
const LINEAR = 15;

export function scorePanels({ steps, quantities, networks }: Compared, at: number | null): PanelsData {
  const all = SERIES.flatMap(({ name }) => quantities[name].z.filter((z) => z !== null));
  const most = Math.max(PARTED + 1, ...all.map(Math.abs)) * 1.06;
  return {
    title: "Trained networks against the prediction",
    description: `Differences of the means of ${networks} trained networks from the prediction over steps, in standard errors; the largest is ${Math.max(0, ...all.map(Math.abs)).toFixed(1)}.`,
    columns: 1,
    panelHeight: 230,
    legend: SERIES.map(({ label, style }) => ({ kind: "line", label, style })),
    panels: [
      {
        x: {
          title: "step",
          kind: "symlog",
          domain: [0, Math.max(1, steps.at(-1)!)],
          threshold: steps.find((step) => step > 0) ?? 1,
        },
        y: {
          title: "z, standard errors",
          ...(most > LINEAR ? ({ kind: "symlog", threshold: 1 } as const) : ({ kind: "linear" } as const)),
          domain: [-most, most],
        },
        marks: [
          { kind: "rule", axis: "y", value: 0, dash: "solid", colour: "quiet" },
          { kind: "rule", axis: "y", value: PARTED, dash: "dotted", label: `${PARTED}` },
          { kind: "rule", axis: "y", value: -PARTED, dash: "dotted", label: `−${PARTED}` },
          ...(at === null
            ? []
            : [{ kind: "rule", axis: "x", value: at, dash: "solid", colour: "quiet" } as const]),
          ...SERIES.map(({ name, style }) => ({
            kind: "line" as const,
            x: steps,
            y: quantities[name].z,
            style,
          })),
        ],
      },
    ],
  };
}

export function scoreContents(verification: Compared): FigureContents {
  const { steps, quantities } = verification;
  const vector = (values: readonly (number | null)[]) => ({
    data: Float64Array.from(values, (value) => value ?? Number.NaN),
    shape: [values.length],
  });
  return {
    name: "training-z",
    svg: () => panelsFigure(scorePanels(verification, null)),
    csv: () => ({
      columns: ["step", ...SERIES.map(({ label }) => `z of ${label}`)],
      rows: steps.map((step, i) => [step, ...SERIES.map(({ name }) => quantities[name].z[i] ?? null)]),
    }),
    arrays: () => ({
      steps: vector(steps),
      ...Object.fromEntries(SERIES.map(({ name }) => [`z_${name}`, vector(quantities[name].z)])),
    }),
  };
}
