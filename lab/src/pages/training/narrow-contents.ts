/**
 * The figures of a narrow network under noise as files: every series that they draw.
 * @module
 */
import { evolutionFigure, evolutionFigureData, type NpzArrays, panelsFigure } from "foretrain";
import type { FigureContents } from "../../figures/export.js";
import type { NarrowReading } from "./narrow-operations.js";
import { outputPanels, outputPoints } from "./output-panels.js";

type Evolved = Pick<NarrowReading, "evolution">;
type Row = NarrowReading["evolution"]["at"][number];

const column = (values: readonly (number | null)[]) => ({
  data: Float64Array.from(values, (value) => value ?? Number.NaN),
  shape: [values.length],
});

/** The outputs at one time. */
export function functionContents(reading: NarrowReading, record: number): FigureContents {
  const points = outputPoints(reading, record);
  return {
    name: "outputs",
    svg: () => panelsFigure(outputPanels(reading, record)),
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
      // 1: a train point
      train: column(points.map(({ isTrain }) => Number(isTrain))),
      x: column(points.map(({ x }) => x)),
      target: column(points.map(({ target }) => target)),
      mean: column(points.map(({ mean }) => mean)),
      std: column(points.map(({ deviation }) => deviation)),
      ...(points.every(({ simulated }) => simulated === null)
        ? {}
        : {
            simulated_mean: column(points.map(({ simulated }) => simulated?.mean ?? null)),
            simulated_error: column(points.map(({ simulated }) => simulated?.error ?? null)),
          }),
    }),
  };
}

/** The lines over time: names of columns and arrays, and their values. */
function seriesOver({ evolution }: Evolved) {
  const { outputs, noiseEffects, hessianTrace, losses } = evolutionFigureData(evolution);
  const list: { readonly name: string; readonly values: readonly number[] }[] = [
    { name: "train loss", values: losses.train },
    ...(losses.test === null ? [] : [{ name: "test loss", values: losses.test }]),
  ];
  const add = (
    name: string,
    { value, spread, simulated }: (typeof outputs)[number] | typeof hessianTrace.noisy,
  ) => {
    list.push({ name, values: value });
    if (spread) list.push({ name: `${name}, two standard deviations`, values: spread });
    if (!simulated) return;
    list.push({ name: `${name}, simulated`, values: simulated.value });
    list.push({ name: `${name}, standard error of simulated`, values: simulated.error });
  };
  add("trace of the Hessian", hessianTrace.noisy);
  list.push({ name: "trace of the Hessian without noise", values: hessianTrace.quiet });
  outputs.forEach((series, i) => {
    add(series.label, series);
    if (noiseEffects !== null) add(`noise in ${series.label}`, noiseEffects[i]!);
  });
  return list;
}

/** Every output of a split over time [times, points]. */
function ofAll(at: readonly Row[], of: (row: Row) => Float64Array): NpzArrays[string] {
  const rows = at.map(of);
  return { data: Float64Array.from(rows.flatMap((row) => [...row])), shape: [rows.length, rows[0]!.length] };
}

function splitArrays(at: readonly Row[], name: "train" | "test"): NpzArrays {
  if (at.some((row) => row[name] === null)) return {};
  return {
    [`${name}_mean`]: ofAll(at, (row) => row[name]!.mean),
    [`${name}_std`]: ofAll(at, (row) => row[name]!.deviation),
    [`${name}_noiseEffect`]: ofAll(at, (row) => row[name]!.noiseEffect),
  };
}

/** The quantities over time; npz has all outputs besides the four that are drawn. */
export function evolutionContents(reading: Evolved): FigureContents {
  const { at } = reading.evolution;
  const times = at.map(({ time }) => time);
  return {
    name: "evolution",
    svg: () => evolutionFigure(evolutionFigureData(reading.evolution)),
    csv: () => {
      const series = seriesOver(reading);
      return {
        columns: ["time", ...series.map(({ name }) => name)],
        rows: times.map((time, i) => [time, ...series.map(({ values }) => finite(values[i]!))]),
      };
    },
    arrays: () => ({
      times: column(times),
      ...splitArrays(at, "train"),
      ...splitArrays(at, "test"),
      ...Object.fromEntries(
        seriesOver(reading).map(({ name, values }) => [name.replaceAll(/\W+/g, "_"), column(values)]),
      ),
    }),
  };
}

const finite = (value: number) => (Number.isNaN(value) ? null : value);
