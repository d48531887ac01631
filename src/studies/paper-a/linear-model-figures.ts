/**
 * The figures of study A.linear-model.
 * @module
 */
import {
  type AxisSpec,
  type LegendItem,
  type LineStyle,
  type Mark,
  type PanelData,
  panelsFigure,
} from "../../figures/index.js";
import type { StudyFigure } from "../study.js";
import { ACTIVATIONS, type Activation, DEPTHS, type Found, SHOWN, typical } from "./linear-model-found.js";
import { TIMES } from "./linear-model-paths.js";

/** one for each width */
const STYLES: readonly LineStyle[] = [
  { colour: 1, marker: "circle" },
  { colour: 2, marker: "square", dash: "dashed" },
  { colour: 3, marker: "triangle", dash: "dotted" },
  { colour: 4, marker: "diamond", dash: "dash-dot" },
  { colour: "ink", marker: "circle", dash: "dashed" },
  { colour: "ink", marker: "square" },
];
const styleOf = (i: number) => STYLES[i % STYLES.length]!;
const LAW: LineStyle = { colour: "quiet", width: 1.2 };

interface FigureInput {
  readonly found: Found;
  readonly widths: readonly number[];
  readonly noisyWidths: readonly number[];
  readonly orderWidths: readonly number[];
  readonly noises: readonly number[];
}

const logAxis = (title: string, values: readonly number[]): AxisSpec => ({
  ...{ title, kind: "log" },
  domain: [
    10 ** Math.floor(Math.log10(Math.min(...values))),
    10 ** Math.ceil(Math.log10(Math.max(...values))),
  ],
});
const TIME: AxisSpec = {
  ...{ title: "time, learning rate × steps", kind: "log" },
  domain: [TIMES[0]!, TIMES.at(-1)!],
};
const layers = (depth: number) => `${depth} hidden layer${depth > 1 ? "s" : ""}`;
const letter = (i: number) => `(${"abcdef"[i]})`;
const ERROR = "|network − model|";

/** Rows of activations, columns of depths; all panels of a row share their axes. */
function overTime(curves: (activation: Activation, depth: number) => Mark[]): PanelData[] {
  return ACTIVATIONS.flatMap((activation, row) => {
    const marks = DEPTHS.map((depth) => curves(activation, depth));
    const all = marks.flat().flatMap((mark) => (mark.kind === "line" ? mark.y.map(Number) : []));
    return DEPTHS.map((depth, i) => ({
      title: `${letter(3 * row + i)} ${activation}, ${layers(depth)}`,
      ...{ x: TIME, y: logAxis(ERROR, all), marks: marks[i]! },
    }));
  });
}

export function linearModelFigures(input: FigureInput): StudyFigure[] {
  const { found, widths, noisyWidths, orderWidths, noises } = input;
  const error = (activation: Activation, depth: number, width: number, noise: number, time: number) =>
    typical(found.errors(activation, depth, width, noise, time)).value;
  const order = (depth: number, width: number, k: number) => typical(found.orders(depth, width, k)).value;
  const strengths = [0, ...noises];
  const [narrow, wide] = [noisyWidths[Math.min(1, noisyWidths.length - 1)]!, noisyWidths.at(-1)!];
  const widest = widths.at(-1)!;

  const overWidth = (depth: number): PanelData => {
    const curves: [readonly number[], number[], LineStyle][] = [
      [widths, widths.map((width) => error("tanh", depth, width, 0, SHOWN)), STYLES[0]!],
      [orderWidths, orderWidths.map((width) => order(depth, width, 2)), STYLES[1]!],
      [orderWidths, orderWidths.map((width) => order(depth, width, 3)), STYLES[2]!],
      [widths, widths.map((width) => error("relu", depth, width, 0, SHOWN)), STYLES[3]!],
    ];
    const end = curves[0]![1].at(-1)!;
    return {
      title: `${letter(depth - 1)} ${layers(depth)}`,
      x: { title: "width", kind: "log", domain: [widths[0]!, widest] },
      y: logAxis(
        ERROR,
        curves.flatMap(([, y]) => y),
      ),
      marks: [
        { kind: "line", x: [widest / 30, widest], y: [30 * end, end], style: LAW },
        ...curves.map(([x, y, style]): Mark => ({ kind: "line", x, y, style })),
      ],
    };
  };
  return [
    {
      name: "linear-model",
      caption: `Distance of the linear model from the network that it is the model of, over training time, for networks of ${widths.join(", ")} units in every hidden layer: gradient descent in steps of ${TIMES[0]} on 8 points of a sine, root mean square over 8 train and 5 test points, geometric mean over networks. Above tanh, below relu; 1 to 3 hidden layers. Early in training both are one; they part later, and the later the wider the network.`,
      draw: (options) =>
        panelsFigure(
          {
            title: "The linear model parts from the network",
            description: `Error of the linear model over time for the widths ${widths.join(", ")}.`,
            legend: widths.map(
              (width, i): LegendItem => ({ kind: "line", label: `width ${width}`, style: styleOf(i) }),
            ),
            ...{ columns: 3, panelHeight: 240 },
            panels: overTime((activation, depth) =>
              widths.map(
                (width, i): Mark => ({
                  ...{ kind: "line", x: TIMES, style: styleOf(i) },
                  y: TIMES.map((_, k) => error(activation, depth, width, 0, k)),
                }),
              ),
            ),
          },
          options,
        ),
    },
    {
      name: "linear-model-width",
      caption: `The same distance at t = ${TIMES[SHOWN]} over the width, and, for tanh, that of the expansion to orders 2 and 3 in gradient flow (relu has no second derivative). Grey: 1 / width, the law of the root mean square of order 1; the geometric means shown here come to it from below, since the errors of narrow networks spread over more decades.`,
      draw: (options) =>
        panelsFigure(
          {
            title: "The linear model and higher orders over the width",
            description: `Error at time ${TIMES[SHOWN]} over the widths ${widths.join(", ")}.`,
            legend: [
              { kind: "line", label: "tanh, linear model", style: STYLES[0]! },
              { kind: "line", label: "tanh, order 2", style: STYLES[1]! },
              { kind: "line", label: "tanh, order 3", style: STYLES[2]! },
              { kind: "line", label: "relu, linear model", style: STYLES[3]! },
              { kind: "line", label: "1 / width", style: LAW },
            ],
            columns: 3,
            panels: DEPTHS.map(overWidth),
          },
          options,
        ),
    },
    {
      name: "linear-model-noise",
      caption: `Distance of the linear model from the network when every weight of both is shaken by the same noise of strength s at each step; colours: width ${wide}; grey: width ${narrow}. With noise both part from the first step on, like s^2 t, and wide networks as much as narrow ones.`,
      draw: (options) =>
        panelsFigure(
          {
            title: "Noise makes the linear model part earlier",
            description: `Error of the linear model over time for s = ${strengths.join(", ")}.`,
            legend: [
              ...strengths.map(
                (noise, s): LegendItem => ({
                  ...{ kind: "line", label: `s = ${noise}, width ${wide}`, style: styleOf(s) },
                }),
              ),
              { kind: "line", label: `s = 0, width ${narrow}`, style: { colour: "quiet", dash: "dashed" } },
              { kind: "line", label: `s = ${noises.at(-1)}, width ${narrow}`, style: { colour: "quiet" } },
            ],
            ...{ columns: 3, panelHeight: 240 },
            panels: overTime((activation, depth) => {
              const curve = (width: number, s: number, style: LineStyle): Mark => ({
                ...{ kind: "line", x: TIMES, style },
                y: TIMES.map((_, k) => error(activation, depth, width, s, k)),
              });
              return [
                curve(narrow, 0, { colour: "quiet", dash: "dashed" }),
                curve(narrow, noises.length, { colour: "quiet" }),
                ...strengths.map((_, s) => curve(wide, s, styleOf(s))),
              ];
            }),
          },
          options,
        ),
    },
  ];
}
