/**
 * How far trained networks are from the prediction, in standard errors, over steps.
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
import { Figure } from "../../figures/figure.js";
import { SvgFigure } from "../../figures/svg-figure.js";

type Compared = ReportVerification & { readonly quantities: NonNullable<ReportVerification["quantities"]> };

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

function panels({ steps, quantities, networks }: Compared, at: number | null): PanelsData {
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
        y: { title: "z, standard errors", kind: "linear", domain: [-most, most] },
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

function contentsOf(verification: Compared): FigureContents {
  const { steps, quantities } = verification;
  const vector = (values: readonly (number | null)[]) => ({
    data: Float64Array.from(values, (value) => value ?? Number.NaN),
    shape: [values.length],
  });
  return {
    name: "training-z",
    svg: () => panelsFigure(panels(verification, null)),
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

export interface ScoreFigureProps {
  readonly verification: ReportVerification | null;
  readonly at: number | null;
}

export function ScoreFigure({ verification, at }: ScoreFigureProps) {
  const compared =
    verification === null || verification.quantities === null ? null : (verification as Compared);
  return (
    <Figure
      id="scores"
      title="Where theory breaks"
      contents={compared === null ? null : contentsOf(compared)}
      caption="Mean of the trained networks minus the predicted mean of single ones, divided by the standard error of that difference. Few networks of a small spread give large z for differences that nobody sees; the sentence beside says what counts."
    >
      <div class="score-room">
        {compared === null ? (
          <p class="muted">
            {verification === null
              ? "Verify the prediction: real networks are trained, and compared step by step."
              : verification.sentence}
          </p>
        ) : (
          <SvgFigure
            least={320}
            most={1100}
            draw={(width) => panelsFigure(panels(compared, at), { width, id: "training-z" })}
          />
        )}
      </div>
    </Figure>
  );
}
