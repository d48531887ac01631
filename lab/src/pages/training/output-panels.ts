/**
 * What a narrow network says of its points at one time, as points and as a picture.
 * @module
 */
import { type EvolutionSplit, type Mark, numberText, type PanelsData } from "foretrain";
import type { NarrowReading } from "./narrow-operations.js";

/** What the network says of one of its points. */
export interface OutputPoint {
  readonly x: number;
  readonly target: number;
  readonly mean: number;
  readonly deviation: number;
  readonly simulated: { readonly mean: number; readonly error: number } | null;
  readonly isTrain: boolean;
}

/** Every point, the train points first. */
export function outputPoints(reading: NarrowReading, record: number): OutputPoint[] {
  const { x, y, testX, testY, evolution } = reading;
  const { train, test } = evolution.at[record]!;
  const split = (
    of: EvolutionSplit,
    inputs: NarrowReading["x"],
    targets: NarrowReading["y"],
    isTrain: boolean,
  ) =>
    Array.from(of.mean, (mean, i) => ({
      x: inputs.data[i * inputs.shape[1]!]!,
      target: targets.data[i]!,
      mean,
      deviation: of.deviation[i]!,
      simulated:
        of.simulated === null ? null : { mean: of.simulated.mean[i]!, error: of.simulated.meanError[i]! },
      isTrain,
    }));
  return [
    ...split(train, x, y, true),
    ...(test === null || testX === null || testY === null ? [] : split(test, testX, testY, false)),
  ];
}

function extent(values: readonly number[]): readonly [number, number] {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return [-1, 1];
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const room = 0.06 * (high - low) || 0.1;
  return [low - room, high + room];
}

/** Ends of the outputs over all times: the axis stands still while time passes. */
const outputRange = (reading: NarrowReading) =>
  extent(
    reading.evolution.at.flatMap((_, record) =>
      outputPoints(reading, record).flatMap(({ mean, deviation, target }) => [
        mean - 2 * deviation,
        mean + 2 * deviation,
        target,
      ]),
    ),
  );

/** Output over input where an input is one number, else output over target. */
export function outputPanels(reading: NarrowReading, record: number): PanelsData {
  const isFunction = reading.x.shape[1] === 1;
  const points = outputPoints(reading, record)
    .map((point) => ({ ...point, at: isFunction ? point.x : point.target }))
    .sort((a, b) => a.at - b.at);
  const { time } = reading.evolution.at[record]!;
  const at = points.map((point) => point.at);
  const of = (isTrain: boolean) => points.filter((point) => point.isTrain === isTrain);
  const ends = extent(at);
  const spread = reading.evolution.noise > 0;
  const simulated = points.filter((point) => point.simulated !== null);
  const marks: Mark[] = isFunction
    ? [
        ...(spread
          ? [
              {
                kind: "band" as const,
                x: at,
                low: points.map(({ mean, deviation }) => mean - 2 * deviation),
                high: points.map(({ mean, deviation }) => mean + 2 * deviation),
                colour: 1 as const,
              },
            ]
          : []),
        { kind: "line", x: at, y: points.map(({ mean }) => mean), style: { colour: 1 } },
        ...simulated.map(
          (point): Mark => ({
            kind: "line",
            x: [point.at, point.at],
            y: [
              point.simulated!.mean - 2 * point.simulated!.error,
              point.simulated!.mean + 2 * point.simulated!.error,
            ],
            style: { colour: "ink", width: 1.2 },
          }),
        ),
        {
          kind: "points",
          x: simulated.map((point) => point.at),
          y: simulated.map((point) => point.simulated!.mean),
          colour: "ink",
          marker: "circle",
          hollow: true,
        },
        {
          kind: "points",
          x: of(true).map((point) => point.at),
          y: of(true).map(({ target }) => target),
          colour: 2,
          marker: "square",
        },
      ]
    : [
        { kind: "line", x: [...ends], y: [...ends], style: { colour: "quiet", dash: "dashed", width: 1.4 } },
        ...points.map(
          (point): Mark => ({
            kind: "line",
            x: [point.at, point.at],
            y: [point.mean - 2 * point.deviation, point.mean + 2 * point.deviation],
            style: { colour: point.isTrain ? 2 : 1, width: 1.2 },
          }),
        ),
        ...([true, false] as const).map(
          (isTrain): Mark => ({
            kind: "points",
            x: of(isTrain).map((point) => point.at),
            y: of(isTrain).map(({ mean }) => mean),
            colour: isTrain ? 2 : 1,
            marker: isTrain ? "square" : "circle",
          }),
        ),
      ];
  return {
    title: "Outputs at one time",
    description: `Expected outputs of the network for ${points.length} samples at time ${numberText(time)}.`,
    columns: 1,
    panelHeight: 330,
    legend: isFunction
      ? [
          { kind: "line", label: "expected output", style: { colour: 1 } },
          ...(spread
            ? [{ kind: "band" as const, label: "± 2 standard deviations", colours: [1] as const }]
            : []),
          { kind: "point", label: "train targets", style: { colour: 2, marker: "square" }, filled: true },
          ...(simulated.length > 0
            ? [
                {
                  kind: "point" as const,
                  label: `mean of ${reading.paths} simulated paths, ± 2 standard errors`,
                  style: { colour: "ink" as const, marker: "circle" as const },
                },
              ]
            : []),
        ]
      : [
          {
            kind: "point",
            label: "train, ± 2 standard deviations",
            style: { colour: 2, marker: "square" },
            filled: true,
          },
          { kind: "point", label: "test", style: { colour: 1, marker: "circle" }, filled: true },
          { kind: "line", label: "output = target", style: { colour: "quiet", dash: "dashed" } },
        ],
    panels: [
      {
        x: { title: isFunction ? "input x" : "target y", kind: "linear", domain: ends },
        y: { title: "output f", kind: "linear", domain: outputRange(reading) },
        marks,
      },
    ],
  };
}
