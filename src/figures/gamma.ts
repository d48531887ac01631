/**
 * What the exponent of normalization does to a shallow network: the parts of its expected squared error.
 * @module
 */
import type { FigureOptions } from "./figure.js";
import type { LegendItem } from "./legend.js";
import type { LineStyle, Mark } from "./marks.js";
import { numberMarkup, numberText } from "./number-text.js";
import type { AxisSpec } from "./panel.js";
import { panelsFigure } from "./panels.js";
import { extentOf } from "./scale.js";

/** The parts at one gamma and time; null where theory has none. */
export interface GammaErrors {
  readonly bias: number;
  readonly initialization: number | null;
  readonly samples: number | null;
  readonly total: number;
}

/** Expected errors over gamma and time, and those of trained networks. */
export interface GammaFigureData {
  /** ascending */
  readonly gammas: readonly number[];
  /** ascending */
  readonly times: readonly number[];
  /** [gamma][time] */
  readonly errors: readonly (readonly GammaErrors[])[];
  /** mean squared errors of trained networks, [gamma][time]; null: none were trained */
  readonly trained: readonly (readonly number[])[] | null;
  /** what the errors are over: `training points`, `test points` */
  readonly points: string;
  /** which time the first panel shows, default the last */
  readonly at?: number | undefined;
  /** a gamma that is marked, default none */
  readonly chosen?: number | undefined;
}

const STYLES: readonly LineStyle[] = [
  { colour: 1 },
  { colour: 2, dash: "dashed" },
  { colour: 3, dash: "dash-dot" },
  { colour: 4, dash: "dotted" },
];

const PARTS = [
  { key: "total", label: "expected squared error", style: { colour: 1, width: 2.6 } },
  { key: "bias", label: "bias squared", style: { colour: 2, dash: "dashed" } },
  { key: "initialization", label: "variance by initialization", style: { colour: 3, dash: "dash-dot" } },
  { key: "samples", label: "variance by SGD's samples", style: { colour: 4, dash: "dotted" } },
] as const satisfies readonly { key: keyof GammaErrors; label: string; style: LineStyle }[];

/** Decades that the error axis shows at most. */
const DECADES = 5;

function errorAxis(values: readonly (number | null)[]): AxisSpec {
  const extent = extentOf(values, { positive: true }) ?? [0.1, 1];
  const low = Math.max(extent[0], extent[1] * 10 ** -DECADES);
  return { title: "mean square", kind: "log", domain: [low / 1.3, extent[1] * 1.3] };
}

/** Which of `count` gammas the second panel shows: both ends and what lies between, four at most. */
function shownGammas(count: number): number[] {
  const most = Math.min(count, STYLES.length);
  return [
    ...new Set(Array.from({ length: most }, (_, i) => Math.round((i * (count - 1)) / Math.max(1, most - 1)))),
  ];
}

/** (a) The parts of the expected squared error over gamma at one time; (b) the error over time. */
export function gammaFigure(data: GammaFigureData, options: FigureOptions = {}): string {
  const { gammas, times, errors, trained, points, chosen } = data;
  const last = data.at ?? times.length - 1;
  const parts = PARTS.filter(({ key }) => errors.some((at) => at[last]![key] !== null));
  const part = (key: keyof GammaErrors) => errors.map((at) => at[last]![key]);
  const shown = shownGammas(gammas.length);
  const measured = (x: readonly number[], y: readonly number[], style: LineStyle): Mark => ({
    kind: "points",
    x,
    y,
    colour: style.colour,
    marker: "circle",
    hollow: true,
  });
  const legend: LegendItem[] = [
    ...parts.map(({ label, style }): LegendItem => ({ kind: "line", label, style })),
    ...(trained === null
      ? []
      : [{ kind: "point", label: "trained networks", style: { colour: 1, marker: "circle" } } as const]),
  ];
  const only = gammas.length === 1;
  const gammaDomain = only ? ([0.5, 1] as const) : ([gammas[0]!, gammas.at(-1)!] as const);
  const overTime = shown.flatMap((g) => errors[g]!.map(({ total }) => total));
  return panelsFigure(
    {
      title: "Bias and variance over gamma",
      description: `Expected squared error on the ${points} at t = ${numberText(times[last]!)}: ${gammas.map((gamma, g) => `${numberText(errors[g]![last]!.total)} at gamma ${numberText(gamma)}`).join(", ")}.`,
      legend,
      panels: [
        {
          title: `(a) ${points.charAt(0).toUpperCase()}${points.slice(1)}, t = ${numberMarkup(times[last]!)}`,
          x: { title: "γ", kind: "linear", domain: gammaDomain },
          y: errorAxis([
            ...parts.flatMap(({ key }) => part(key)),
            ...(trained?.map((at) => at[last]!) ?? []),
          ]),
          marks: [
            ...(chosen === undefined
              ? []
              : [{ kind: "rule", axis: "x", value: chosen, dash: "dash-dot" } as const]),
            ...parts.map(
              ({ key, style }): Mark =>
                only
                  ? { kind: "points", x: gammas, y: part(key), colour: style.colour, marker: "square" }
                  : { kind: "line", x: gammas, y: part(key), style },
            ),
            ...(trained === null
              ? []
              : [
                  measured(
                    gammas,
                    trained.map((at) => at[last]!),
                    STYLES[0]!,
                  ),
                ]),
          ],
        },
        {
          title: "(b) Expected squared error over time",
          x: { title: "t = steps / N", kind: "linear", domain: [times[0]!, times[last]!] },
          y: errorAxis([...overTime, ...(trained === null ? [] : shown.flatMap((g) => trained[g]!))]),
          marks: [
            ...(data.at === undefined
              ? []
              : [{ kind: "rule", axis: "x", value: times[last]!, dash: "dash-dot" } as const]),
            ...shown.flatMap((g, i): Mark[] => [
              {
                kind: "line",
                x: times,
                y: errors[g]!.map(({ total }) => total),
                style: STYLES[i]!,
                endLabel: `γ = ${numberMarkup(gammas[g]!)}`,
              },
              ...(trained === null ? [] : [measured(times, trained[g]!, STYLES[i]!)]),
            ]),
          ],
        },
      ],
    },
    { id: "gamma", ...options },
  );
}
