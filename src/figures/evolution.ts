/**
 * A network under noisy training: outputs with their spread, what the noise does to their means, and the Hessian's trace.
 * @module
 */
import { requireSameLength, requireValues } from "./check.js";
import type { FigureOptions } from "./figure.js";
import type { LegendItem } from "./legend.js";
import type { LineStyle, Mark } from "./marks.js";
import { type PanelData, panelsFigure } from "./panels.js";
import { extentOf } from "./scale.js";

/** A quantity over the times, with simulated values beside it. */
export interface EvolutionSeries {
  readonly value: readonly number[];
  /** half width of a band around it */
  readonly spread?: readonly number[] | null;
  readonly simulated?: { readonly value: readonly number[]; readonly error: readonly number[] } | null;
}

/** What `evolutionFigure` draws: outputs under noisy training, order by order. */
export interface EvolutionFigureData {
  readonly times: readonly number[];
  /** at most four outputs */
  readonly outputs: readonly (EvolutionSeries & { readonly label: string })[];
  /** what the noise does to the same outputs; null where the order knows nothing of it */
  readonly noiseEffects: readonly EvolutionSeries[] | null;
  /** E tr hess L with noise, and without */
  readonly hessianTrace: { readonly noisy: EvolutionSeries; readonly quiet: readonly number[] };
  /** losses by split */
  readonly losses: { readonly train: readonly number[]; readonly test: readonly number[] | null };
  /** a time that is looked at, a thin line; null or missing: none */
  readonly at?: number | null;
}

const STYLES = [
  { colour: 1, marker: "circle" },
  { colour: 2, marker: "square" },
  { colour: 3, marker: "triangle" },
  { colour: 4, marker: "diamond" },
] as const satisfies readonly LineStyle[];

const QUIET: LineStyle = { colour: "quiet", dash: "dashed", width: 1.6 };

/** Simulated values as hollow markers with bars of two standard errors. */
function simulatedMarks(times: readonly number[], series: EvolutionSeries, style: LineStyle): Mark[] {
  const { simulated } = series;
  if (simulated === undefined || simulated === null) return [];
  const bars = times.map((t, i): Mark => {
    const [value, error] = [simulated.value[i]!, 2 * simulated.error[i]!];
    return {
      kind: "line",
      x: [t, t],
      y: [value - error, value + error],
      style: { colour: style.colour, width: 1.2 },
    };
  });
  const points: Mark = {
    kind: "points",
    x: times,
    y: simulated.value,
    colour: style.colour,
    marker: style.marker ?? "circle",
    hollow: true,
  };
  return [...bars, points];
}

function valuesOf({ value, spread, simulated }: EvolutionSeries): number[] {
  return [
    ...value,
    ...(spread ? value.flatMap((v, i) => [v - spread[i]!, v + spread[i]!]) : []),
    ...(simulated
      ? simulated.value.flatMap((v, i) => [v - 2 * simulated.error[i]!, v + 2 * simulated.error[i]!])
      : []),
  ];
}

/** A linear axis with some room around the values. */
function axis(title: string, values: readonly number[]) {
  const [low, high] = extentOf(values) ?? [0, 1];
  const room = 0.06 * (high - low) || Math.max(1e-12, Math.abs(high)) * 0.1;
  return { title, kind: "linear" as const, domain: [low - room, high + room] as const };
}

/** Line without markers: markers are those of simulated values. */
const plain = ({ colour }: LineStyle, i: number): LineStyle => ({
  colour,
  dash: (["solid", "dashed", "dotted", "dash-dot"] as const)[i % 4]!,
});

/**
 * Four panels over training time: outputs with two standard deviations, what the noise does to their means, the expected loss, and the
 * expected trace of the Hessian with and without noise.
 * @throws ERR_SHAPE when the arrays differ in length
 */
export function evolutionFigure(data: EvolutionFigureData, options: FigureOptions = {}): string {
  const { times, outputs, noiseEffects, hessianTrace, losses } = data;
  requireValues("evolutionFigure", "times", times);
  requireSameLength("evolutionFigure", {
    times,
    ...Object.fromEntries(outputs.map(({ label, value }) => [label, value])),
    "hessianTrace.quiet": hessianTrace.quiet,
    "losses.train": losses.train,
  });
  const x = {
    title: "time, learning rate × steps",
    kind: "linear" as const,
    domain: [times[0]!, Math.max(times.at(-1)!, times[0]! + 1e-9)] as const,
  };
  const shown = outputs.slice(0, STYLES.length);
  const simulates = shown.some(({ simulated }) => simulated);
  const lineOf = (series: EvolutionSeries, i: number): Mark => ({
    kind: "line",
    x: times,
    y: series.value,
    style: plain(STYLES[i]!, i),
  });
  const panels: PanelData[] = [
    {
      title: "(a) Outputs",
      x,
      y: axis("expected output", shown.flatMap(valuesOf)),
      marks: [
        ...shown.flatMap(({ value, spread }, i): Mark[] =>
          spread
            ? [
                {
                  kind: "band",
                  x: times,
                  low: value.map((v, k) => v - spread[k]!),
                  high: value.map((v, k) => v + spread[k]!),
                  colour: STYLES[i]!.colour,
                },
              ]
            : [],
        ),
        ...shown.map(lineOf),
        ...shown.flatMap((series, i) => simulatedMarks(times, series, STYLES[i]!)),
      ],
    },
  ];
  if (noiseEffects !== null) {
    const effects = noiseEffects.slice(0, STYLES.length);
    panels.push({
      title: "(b) What the noise does to the mean",
      x,
      y: axis("E f − f without noise", [0, ...effects.flatMap(valuesOf)]),
      marks: [
        { kind: "rule", axis: "y", value: 0, dash: "dotted" },
        ...effects.map(lineOf),
        ...effects.flatMap((series, i) => simulatedMarks(times, series, STYLES[i]!)),
      ],
    });
  }
  const letter = (k: number) => "abcd"[k]!;
  const lossValues = [...losses.train, ...(losses.test ?? [])];
  panels.push(
    {
      title: `(${letter(panels.length)}) Expected loss`,
      x,
      y: axis("E |f − y|^{2} / (2n)", [0, ...lossValues]),
      marks: [
        { kind: "line", x: times, y: losses.train, style: { colour: "ink" }, endLabel: "train" },
        ...(losses.test === null
          ? []
          : [
              {
                kind: "line" as const,
                x: times,
                y: losses.test,
                style: { colour: "ink" as const, dash: "dashed" as const },
                endLabel: "test",
              },
            ]),
      ],
    },
    {
      title: `(${letter(panels.length + 1)}) Trace of the loss' Hessian`,
      x,
      y: axis("E tr ∇^{2}L", [...valuesOf(hessianTrace.noisy), ...hessianTrace.quiet]),
      marks: [
        { kind: "line", x: times, y: hessianTrace.quiet, style: QUIET },
        { kind: "line", x: times, y: hessianTrace.noisy.value, style: { colour: "ink" } },
        ...simulatedMarks(times, hessianTrace.noisy, { colour: "ink", marker: "circle" }),
      ],
    },
  );
  const { at } = data;
  const drawn =
    at === undefined || at === null
      ? panels
      : panels.map((panel) => ({
          ...panel,
          marks: [
            {
              kind: "rule" as const,
              axis: "x" as const,
              value: at,
              dash: "solid" as const,
              colour: "quiet" as const,
            },
            ...panel.marks,
          ],
        }));
  const legend: LegendItem[] = [
    ...shown.map(({ label }, i): LegendItem => ({ kind: "line", label, style: plain(STYLES[i]!, i) })),
    ...(shown.some(({ spread }) => spread)
      ? [{ kind: "band" as const, label: "± 2 standard deviations", colours: [1 as const] }]
      : []),
    ...(simulates
      ? [
          {
            kind: "point" as const,
            label: "simulated, ± 2 standard errors",
            style: { colour: "ink" as const, marker: "circle" as const },
          },
        ]
      : []),
    { kind: "line", label: "without noise", style: QUIET },
  ];
  return panelsFigure(
    {
      title: "A network under noisy training",
      description: `Outputs of ${shown.map(({ label }) => label).join(", ")} from time ${times[0]} to ${times.at(-1)}, what the noise does to their means, the expected loss and the expected trace of the Hessian of the loss.`,
      panelHeight: 270,
      legend,
      panels: drawn,
    },
    { id: "evolution", ...options },
  );
}
