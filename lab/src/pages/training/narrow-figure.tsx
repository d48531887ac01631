/**
 * A narrow network under noise: what it says of its points at one time, and four quantities over time.
 * @module
 */
import {
  type EvolutionSplit,
  evolutionFigure,
  evolutionFigureData,
  type Mark,
  numberText,
  type PanelsData,
  panelsFigure,
} from "foretrain";
import { Player } from "../../controls/player.js";
import type { TaskState } from "../../engine/task.js";
import type { FigureContents } from "../../figures/export.js";
import { Figure } from "../../figures/figure.js";
import { SvgFigure } from "../../figures/svg-figure.js";
import type { NarrowReading } from "./narrow-operations.js";

interface Point {
  readonly x: number;
  readonly target: number;
  readonly mean: number;
  readonly deviation: number;
  readonly simulated: { readonly mean: number; readonly error: number } | null;
  readonly isTrain: boolean;
}

function pointsOf(reading: NarrowReading, record: number): Point[] {
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
      pointsOf(reading, record).flatMap(({ mean, deviation, target }) => [
        mean - 2 * deviation,
        mean + 2 * deviation,
        target,
      ]),
    ),
  );

/** Output over input where an input is one number, else output over target. */
function panels(reading: NarrowReading, record: number): PanelsData {
  const isFunction = reading.x.shape[1] === 1;
  const points = pointsOf(reading, record)
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
          { kind: "point", label: "train targets", style: { colour: 2, marker: "square" } },
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
          { kind: "point", label: "train, ± 2 standard deviations", style: { colour: 2, marker: "square" } },
          { kind: "point", label: "test", style: { colour: 1, marker: "circle" } },
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

const column = (values: readonly number[]) => ({ data: Float64Array.from(values), shape: [values.length] });

function functionContents(reading: NarrowReading, record: number): FigureContents {
  const points = pointsOf(reading, record);
  return {
    name: "outputs",
    svg: () => panelsFigure(panels(reading, record)),
    csv: () => ({
      columns: ["split", "x", "target", "mean", "standard deviation", "simulated mean", "its standard error"],
      rows: points.map(({ isTrain, x, target, mean, deviation, simulated }) => [
        isTrain ? "train" : "test",
        x,
        target,
        mean,
        deviation,
        simulated?.mean ?? null,
        simulated?.error ?? null,
      ]),
    }),
    arrays: () => ({
      x: column(points.map(({ x }) => x)),
      target: column(points.map(({ target }) => target)),
      mean: column(points.map(({ mean }) => mean)),
      std: column(points.map(({ deviation }) => deviation)),
    }),
  };
}

function evolutionContents({ evolution }: NarrowReading): FigureContents {
  const data = evolutionFigureData(evolution);
  const { at } = evolution;
  return {
    name: "evolution",
    svg: () => evolutionFigure(data),
    csv: () => ({
      columns: ["time", "train loss", "test loss", "trace of the Hessian", "noise in it"],
      rows: at.map(({ time, train, test, hessianTrace }) => [
        time,
        train.loss,
        test?.loss ?? null,
        hessianTrace.value,
        hessianTrace.noiseEffect,
      ]),
    }),
    arrays: () => ({
      times: column(data.times),
      train_mean: split(({ train }) => train.mean),
      train_std: split(({ train }) => train.deviation),
      train_noiseEffect: split(({ train }) => train.noiseEffect),
      hessianTrace: column(at.map(({ hessianTrace }) => hessianTrace.value)),
    }),
  };

  function split(of: (row: (typeof at)[number]) => Float64Array) {
    const rows = at.map(of);
    return {
      data: Float64Array.from(rows.flatMap((row) => [...row])),
      shape: [rows.length, rows[0]!.length],
    };
  }
}

export interface NarrowFiguresProps {
  readonly state: TaskState<NarrowReading>;
  readonly cancel: () => void;
  /** with simulated paths, where there are any */
  readonly reading: NarrowReading | null;
  readonly record: number;
  readonly show: (record: number, gesture: string) => void;
}

export function FunctionFigure({ state, cancel, reading, record, show }: NarrowFiguresProps) {
  return (
    <Figure
      id="outputs"
      title="What the network says"
      contents={reading === null ? null : functionContents(reading, record)}
      task={{ state, cancel }}
      caption="Expected output of one network over the noise of its training, at the time below."
    >
      <div class="training-room">
        {reading !== null && (
          <>
            <SvgFigure
              least={320}
              most={900}
              draw={(width) => panelsFigure(panels(reading, record), { width, id: "outputs" })}
            />
            <Player
              unit="time"
              steps={reading.evolution.at.map(({ time }) => time)}
              record={record}
              show={show}
            />
          </>
        )}
      </div>
    </Figure>
  );
}

export function EvolutionFigure({ reading, record }: Pick<NarrowFiguresProps, "reading" | "record">) {
  return (
    <Figure
      id="evolution"
      title="Over time"
      contents={reading === null ? null : evolutionContents(reading)}
      caption="The four outputs on which the noise does most. Order 1 is the linear model: noise spreads its outputs and leaves their means; orders 2 and 3 know the curvature, through which noise moves them."
    >
      <div class="evolution-room">
        {reading !== null && (
          <SvgFigure
            least={320}
            most={1100}
            draw={(width) =>
              evolutionFigure(
                { ...evolutionFigureData(reading.evolution), at: reading.evolution.at[record]!.time },
                { width, id: "evolution" },
              )
            }
          />
        )}
      </div>
    </Figure>
  );
}
