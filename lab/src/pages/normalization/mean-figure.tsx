/**
 * The predicted mean and spread of outputs at one gamma, and real networks on it.
 * @module
 */
import { type Mark, numberText, type PanelsData, panelsFigure } from "foretrain";
import { SegmentControl } from "../../controls/choice-control.js";
import { Figure } from "../../figures/figure.js";
import { SvgFigure } from "../../figures/svg-figure.js";
import { normalizationFields } from "./fields.js";
import { type Along, along, meanContents } from "./mean-data.js";
import type { Cut, GammaReading } from "./model.js";
import type { SolutionReading } from "./operations.js";

export interface MeanFigureProps {
  readonly reading: SolutionReading | null;
  readonly shown: GammaReading | null;
  readonly cut: Cut | null;
  readonly record: number;
  readonly changeCut: (cut: "x" | "time") => void;
}

/** Single networks that are drawn; more would be a grey band. */
const MOST_NETWORKS = 12;
/** Points of the measured mean along the axis. */
const MOST_POINTS = 16;

/** Round ends around all values, so that the axis stands still while little moves. */
export function roundRange(values: readonly number[]): readonly [number, number] {
  const finite = values.filter(Number.isFinite);
  const [low, high] = [Math.min(...finite, 0), Math.max(...finite, 0)];
  const step = 10 ** Math.floor(Math.log10(Math.max(high - low, 1e-9))) / 2;
  return [Math.floor(low / step - 0.02) * step, Math.ceil(high / step + 0.02) * step];
}

const spread = (count: number, most: number) => {
  const shown = Math.min(count, most);
  const at = (i: number) => Math.round((i * (count - 1)) / Math.max(1, shown - 1));
  return [...new Set(Array.from({ length: shown }, (_, i) => at(i)))];
};

function panels(props: MeanFigureProps, values: Along): PanelsData {
  const { reading, shown, cut, record } = props;
  const { x, target, mean, sd, networks, measured } = values;
  const { train, solution } = reading!;
  const time = solution.times[record]!;
  const overX = cut!.kind === "x";
  const edge = (sign: number) => mean!.map((value, i) => value + sign * 2 * (sd?.[i] ?? 0));
  const drawn = networks.slice(0, MOST_NETWORKS);
  const band = mean !== null && sd !== null;
  const at = spread(x.length, MOST_POINTS);
  const marks: Mark[] = [
    ...(band ? [{ kind: "band", x, low: edge(-1), high: edge(1), colour: 1 } as const] : []),
    ...drawn.map((y): Mark => ({ kind: "line", x, y, style: { colour: "quiet", width: 0.6 } })),
    { kind: "line", x, y: target, style: { colour: "ink", dash: "dotted", width: 1.6 } },
    ...(mean === null ? [] : [{ kind: "line", x, y: mean, style: { colour: 1, width: 2.6 } } as const]),
    ...(measured === null
      ? []
      : [
          ...at
            .filter((i) => Number.isFinite(measured.error[i]!))
            .map(
              (i): Mark => ({
                kind: "line",
                x: [x[i]!, x[i]!],
                y: [measured.mean[i]! - 2 * measured.error[i]!, measured.mean[i]! + 2 * measured.error[i]!],
                style: { colour: 2, width: 1.5 },
              }),
            ),
          {
            kind: "points",
            x: at.map((i) => x[i]!),
            y: at.map((i) => measured.mean[i]!),
            colour: 2,
            marker: "square",
            hollow: true,
          } as const,
        ]),
    ...(overX
      ? [
          {
            kind: "points",
            x: Array.from(train.x),
            y: Array.from(train.y),
            colour: "ink",
            marker: "circle",
          } as const,
        ]
      : [{ kind: "rule", axis: "x", value: time, dash: "dash-dot" } as const]),
  ];
  const all = [
    ...target,
    ...(mean === null ? [] : [...edge(-1), ...edge(1)]),
    ...drawn.flat(),
    ...(overX ? train.y : []),
  ];
  const networkCount = networks.length;
  return {
    title: "Predicted mean and spread of the output",
    description: `At gamma ${shown!.gamma} and ${cut!.text}${mean === null ? "" : `: mean ${numberText(mean[0]!)} at the left end, ${numberText(mean.at(-1)!)} at the right`}${networkCount === 0 ? "" : `; ${networkCount} trained networks beside it`}.`,
    legend: [
      { kind: "line", label: "predicted mean", style: { colour: 1, width: 2.6 } },
      ...(band ? [{ kind: "band", label: "± 2 standard deviations", colours: [1] } as const] : []),
      { kind: "line", label: "target", style: { colour: "ink", dash: "dotted", width: 1.6 } },
      ...(overX
        ? [
            {
              kind: "point",
              label: "training points",
              style: { colour: "ink", marker: "circle" },
              filled: true,
            } as const,
          ]
        : []),
      ...(networkCount === 0
        ? []
        : [
            {
              kind: "point",
              label: `mean of ${networkCount} networks ± 2 errors`,
              style: { colour: 2, marker: "square" },
            } as const,
            { kind: "line", label: "single networks", style: { colour: "quiet", width: 0.8 } } as const,
          ]),
    ],
    columns: 1,
    panelHeight: 330,
    panels: [
      {
        x: {
          title: cut!.title,
          kind: "linear",
          domain: overX ? [-1, 1] : [0, Math.max(solution.times.at(-1)!, 1e-9)],
        },
        y: {
          title: overX ? `g(x) at ${cut!.text}` : `g at ${cut!.text}`,
          kind: "linear",
          domain: roundRange(all),
        },
        marks,
      },
    ],
  };
}

export function MeanFigure(props: MeanFigureProps) {
  const { reading, shown, cut, changeCut } = props;
  const ready = reading !== null && shown !== null && cut !== null;
  const values = ready ? along(reading, shown, cut) : null;
  return (
    <Figure
      id="mean"
      title="Mean, spread, and real networks"
      contents={
        ready ? meanContents({ reading, shown, cut }, () => panelsFigure(panels(props, values!))) : null
      }
      controls={
        reading?.choice.data === "line" && cut !== null ? (
          <SegmentControl
            field={normalizationFields.cut}
            value={cut.kind}
            change={changeCut}
            name={(option) => (option === "x" ? "over x" : "over time")}
            label={<span class="visually-hidden">the axis</span>}
          />
        ) : undefined
      }
      caption={
        shown !== null && shown.point === null
          ? "The mean at this gamma is a flow of all units, which is being computed."
          : "Every network begins elsewhere and sees its samples in another order: theory says where their mean runs, and how far they lie from it."
      }
    >
      <div class="normalization-room mean-room">
        {values !== null && (
          <SvgFigure
            least={300}
            most={1000}
            draw={(width) => panelsFigure(panels(props, values), { width, id: "normalization-mean" })}
          />
        )}
      </div>
    </Figure>
  );
}
