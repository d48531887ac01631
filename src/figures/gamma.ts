/**
 * What the exponent of normalization does to a shallow network: the parts of its expected squared error.
 * @module
 */
import type { FigureOptions } from "./figure.js";
import type { LegendItem } from "./legend.js";
import type { LineStyle, Mark, Marker } from "./marks.js";
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
  /** standard errors of these over the networks, NaN where there is none; null or missing: none are drawn */
  readonly trainedErrors?: readonly (readonly number[])[] | null | undefined;
  /** what the errors are over: `training points`, `test points` */
  readonly points: string;
  /** which time the first panel shows, default the last */
  readonly at?: number | undefined;
  /** a gamma that is marked, default none */
  readonly chosen?: number | undefined;
}

/** Gammas, by colour and marker. */
const STYLES = [
  { colour: 1, marker: "circle" },
  { colour: 2, dash: "dashed", marker: "square" },
  { colour: 3, dash: "dash-dot", marker: "triangle" },
  { colour: 4, dash: "dotted", marker: "diamond" },
] as const satisfies readonly LineStyle[];

/** Parts of the error, in black and grey by dash: colours belong to gammas. */
const PARTS = [
  { key: "total", label: "expected squared error", style: { colour: "ink", width: 2.6 } },
  { key: "bias", label: "bias squared", style: { colour: "quiet", dash: "dashed" } },
  { key: "initialization", label: "variance by initialization", style: { colour: "ink", dash: "dash-dot" } },
  { key: "samples", label: "variance by SGD's samples", style: { colour: "quiet", dash: "dotted" } },
] as const satisfies readonly { key: keyof GammaErrors; label: string; style: LineStyle }[];

/** Markers are those of trained networks. */
const lineOf = ({ marker: _, ...style }: LineStyle): LineStyle => style;

/** Decades that the error axis shows at most. */
const DECADES = 5;
/** Values within this factor are told apart on a linear axis. */
const CLOSE = 5;

function errorAxis(values: readonly (number | null)[]): AxisSpec {
  const title = "mean square";
  const extent = extentOf(values, { positive: true }) ?? [0.1, 1];
  const low = Math.max(extent[0], extent[1] * 10 ** -DECADES);
  if (extent[1] / low >= CLOSE) return { title, kind: "log", domain: [low / 1.3, extent[1] * 1.3] };
  const room = 0.12 * (extent[1] - low) || 0.1 * low;
  return { title, kind: "linear", domain: [Math.max(0, low - room), extent[1] + room] };
}

/** Which of `count` gammas the second panel shows: both ends and what lies between, four at most. */
function shownGammas(count: number): number[] {
  const most = Math.min(count, STYLES.length);
  return [
    ...new Set(Array.from({ length: most }, (_, i) => Math.round((i * (count - 1)) / Math.max(1, most - 1)))),
  ];
}

/** (a) Expected squared error and squared bias over gamma at one time; (b) the variances, where theory has them; (c) the error over time. */
export function gammaFigure(data: GammaFigureData, options: FigureOptions = {}): string {
  const { gammas, times, errors, trained, points, chosen } = data;
  const last = data.at ?? times.length - 1;
  const parts = PARTS.filter(({ key }) => errors.some((at) => at[last]![key] !== null));
  const part = (key: keyof GammaErrors) => errors.map((at) => at[last]![key]);
  const shown = shownGammas(gammas.length);
  /** Means of trained networks with bars of two standard errors. */
  const measured = (
    x: readonly number[],
    y: readonly number[],
    errors: readonly number[] | null,
    { colour, marker }: { readonly colour: LineStyle["colour"]; readonly marker: Marker },
  ): Mark[] => [
    ...x.flatMap((at, i): Mark[] => {
      const reach = 2 * (errors?.[i] ?? Number.NaN);
      // logarithmic axes have no place for what reaches 0
      const low = Math.max(y[i]! - reach, y[i]! / 20);
      return reach > 0
        ? [{ kind: "line", x: [at, at], y: [low, y[i]! + reach], style: { colour, width: 1.4 } }]
        : [];
    }),
    { kind: "points", x, y, colour, marker, hollow: true },
  ];
  const errorsOf = (g: number) => data.trainedErrors?.[g] ?? null;
  const lastErrors = data.trainedErrors?.map((at) => at[last]!) ?? null;
  const isVariance = (key: keyof GammaErrors) => key === "initialization" || key === "samples";
  const variances = parts.filter(({ key }) => isVariance(key));
  const overTimeLetter = variances.length === 0 ? "(b)" : "(c)";
  const atEnd = trained?.map((at) => at[last]!) ?? [];
  const withReach = (value: number, g: number) => {
    const reach = 2 * (lastErrors?.[g] ?? 0);
    return reach > 0 ? [value - reach, value + reach] : [value];
  };
  const legend: LegendItem[] = [
    ...parts.map(({ label, style }): LegendItem => ({ kind: "line", label, style })),
    ...(trained === null
      ? []
      : [
          {
            kind: "point",
            label: lastErrors === null ? "trained networks" : "trained networks, ± 2 standard errors",
            style: { colour: "ink", marker: "circle" },
          } as const,
        ]),
    ...shown.map(
      (g, i): LegendItem => ({
        kind: "line",
        label: `${overTimeLetter} γ = ${gammas[g]}`,
        style: STYLES[i]!,
      }),
    ),
  ];
  const only = gammas.length === 1;
  const gammaDomain = only ? ([0.5, 1] as const) : ([gammas[0]!, gammas.at(-1)!] as const);
  const gammaAxis: AxisSpec = { title: "γ", kind: "linear", domain: gammaDomain };
  const marked: Mark[] =
    chosen === undefined ? [] : [{ kind: "rule", axis: "x", value: chosen, dash: "dash-dot" }];
  const partMark = ({ key, style }: (typeof PARTS)[number]): Mark =>
    only
      ? { kind: "points", x: gammas, y: part(key), colour: style.colour, marker: "square" }
      : { kind: "line", x: gammas, y: part(key), style };
  const overTime = shown.flatMap((g) => errors[g]!.map(({ total }) => total));
  return panelsFigure(
    {
      title: "Bias and variance over gamma",
      description: `Expected squared error on the ${points} at t = ${numberText(times[last]!)}: ${gammas.map((gamma, g) => `${numberText(errors[g]![last]!.total)} at gamma ${numberText(gamma)}`).join(", ")}.`,
      legend,
      columns: variances.length === 0 ? 2 : 3,
      panels: [
        {
          title: `(a) ${points.charAt(0).toUpperCase()}${points.slice(1)}, t = ${numberMarkup(times[last]!)}`,
          x: gammaAxis,
          y: errorAxis([...part("total"), ...part("bias"), ...atEnd.flatMap(withReach)]),
          marks: [
            ...marked,
            ...parts.filter(({ key }) => !isVariance(key)).map(partMark),
            ...measured(gammas, atEnd, lastErrors, { colour: "ink", marker: "circle" }),
          ],
        },
        ...(variances.length === 0
          ? []
          : [
              {
                title: "(b) Variances",
                x: gammaAxis,
                y: errorAxis(variances.flatMap(({ key }) => part(key))),
                marks: [...marked, ...variances.map(partMark)],
              },
            ]),
        {
          title: `${overTimeLetter} Expected squared error over time`,
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
                style: lineOf(STYLES[i]!),
                endLabel: `γ = ${numberMarkup(gammas[g]!)}`,
              },
              ...(trained === null ? [] : measured(times, trained[g]!, errorsOf(g), STYLES[i]!)),
            ]),
          ],
        },
      ],
    },
    { id: "gamma", ...options },
  );
}
