/**
 * The figure of what a linear model explains of predicted networks.
 * @module
 */
import { type LineStyle, type Mark, panelsFigure } from "../../figures/index.js";
import type { StudyFigure } from "../study.js";
import type { PredictedOutcome } from "./predicted-results.js";

const NETWORK: LineStyle = { colour: "ink", marker: "circle" };
const EXPLAINED: LineStyle = { colour: 1, marker: "square" };
const SIMPLE: LineStyle = { colour: 2, dash: "dash-dot", width: 1.4 };
const dashed = ({ colour }: LineStyle): LineStyle => ({ colour, dash: "dashed", width: 1.6 });

export function predictedFigures(
  outcomes: readonly PredictedOutcome[],
  { samples }: { readonly samples: number },
): StudyFigure[] {
  const widest = outcomes.flatMap(({ trained }) => trained.slice(-1))[0];
  const top = Math.max(
    ...outcomes.flatMap(({ predicted: { mean, single, information } }) => [
      information,
      ...mean.network.value,
      ...single.network.high,
    ]),
  );
  const low = Math.min(
    0,
    ...outcomes.flatMap(({ predicted: { mean, single } }) => [
      ...mean.explained.value,
      ...single.explained.low,
    ]),
  );
  const panel = ({ task, phase, predicted, trained: all }: PredictedOutcome, i: number) => {
    const trained = all.at(-1);
    const { steps, mean, single, information, end } = predicted;
    const marks: Mark[] = [
      { kind: "band", x: steps, low: single.network.low, high: single.network.high, colour: "ink" },
      { kind: "band", x: steps, low: single.explained.low, high: single.explained.high, colour: 1 },
      { kind: "rule", axis: "y", value: information, colour: 2, dash: "dash-dot" },
      ...(end === null
        ? []
        : [
            {
              kind: "rule" as const,
              axis: "x" as const,
              value: steps[end]!,
              label: "T_{0}",
              dash: "dotted" as const,
            },
          ]),
      { kind: "line", x: steps, y: mean.network.value, style: dashed(NETWORK) },
      { kind: "line", x: steps, y: mean.explained.value, style: dashed(EXPLAINED) },
      { kind: "line", x: steps, y: single.network.median, style: { ...NETWORK, width: 1.6 } },
      { kind: "line", x: steps, y: single.explained.median, style: { ...EXPLAINED, width: 1.6 } },
      ...(trained === undefined
        ? []
        : ([
            {
              kind: "points",
              x: trained.steps,
              y: trained.network.mean,
              colour: 3,
              marker: "triangle",
              hollow: true,
            },
            {
              kind: "points",
              x: trained.steps,
              y: trained.explained.mean,
              colour: 4,
              marker: "diamond",
              hollow: true,
            },
          ] as const)),
    ];
    return {
      title: `(${"abcdef"[i]}) ${task.split(",")[0]}, ${phase}`,
      x: { title: "step", kind: "log" as const, domain: [steps[0]!, steps.at(-1)!] as const },
      y: { title: "bits", kind: "linear" as const, domain: [low, top * 1.06] as const },
      marks,
    };
  };
  return [
    {
      name: "predicted",
      caption: `Nothing was trained for the lines: I(F_t; Y) (black) and mu(F_t; L), the part that logistic regression L knows too (blue), of infinitely wide erf networks in three phases, on ${samples} test samples of the sinusoid task (top) and of ${outcomes.at(-1)!.task} (bottom). Solid: the median of single networks with the band of 80 % of them; dashed: the mean output of many. The horizontal line is I(L; Y), T0 where the mean has 95 % of it. ${widest === undefined ? "" : `Open triangles and diamonds: means of I and mu of ${widest.networks} trained networks of ${widest.width} units. `}Until T0 the network is mostly the linear model, and keeps what that knows while it learns more; on the sinusoid, interpolating every label in the end costs some of it.`,
      draw: (options) =>
        panelsFigure(
          {
            title: "What a linear model explains of predicted networks",
            description: `Information about the labels and the part that logistic regression explains, over steps, for ${outcomes.map(({ task, phase }) => `${task} (${phase})`).join(", ")}.`,
            columns: 3,
            panelHeight: 250,
            legend: [
              { kind: "line", label: "I(F_{t}; Y), predicted", style: NETWORK },
              { kind: "line", label: "μ(F_{t}; L), predicted", style: EXPLAINED },
              { kind: "line", label: "mean of many networks", style: dashed(NETWORK) },
              { kind: "line", label: "I(L; Y)", style: SIMPLE },
              { kind: "point", label: "I, trained", style: { colour: 3, marker: "triangle" } },
              { kind: "point", label: "μ, trained", style: { colour: 4, marker: "diamond" } },
            ],
            panels: outcomes.map(panel),
          },
          options,
        ),
    },
  ];
}
