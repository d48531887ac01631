/**
 * The predicted mean and spread of outputs at one gamma, and real networks on it: as series, and as files.
 * @module
 */
import { columnStatistics, type NpzArrays } from "foretrain";
import type { FigureContents, Table } from "../../figures/export.js";
import { type Cut, type GammaReading, networkOutputs } from "./model.js";
import type { SolutionReading } from "./operations.js";

type TestOutputs = NonNullable<GammaReading["trained"]>["test"];

/** Means and errors over networks by what they are of: moving along the axis asks for the same again and again. */
const statisticsOf = new WeakMap<object, ReturnType<typeof columnStatistics>[]>();

function testStatistics(test: NonNullable<TestOutputs>): ReturnType<typeof columnStatistics>[] {
  let found = statisticsOf.get(test);
  if (found === undefined) {
    found = test.map(columnStatistics);
    statisticsOf.set(test, found);
  }
  return found;
}

/** Everything along the cut that is drawn. */
export interface Along {
  readonly x: readonly number[];
  readonly target: readonly number[];
  readonly mean: readonly number[] | null;
  readonly sd: readonly number[] | null;
  readonly networks: readonly (readonly number[])[];
  readonly measured: { readonly mean: readonly number[]; readonly error: readonly number[] } | null;
}

export function along(
  { test, solution }: SolutionReading,
  { point, trained }: Pick<GammaReading, "point" | "trained">,
  cut: Cut,
): Along {
  const variance = point?.test?.variance ?? null;
  const statistics = trained === null ? null : testStatistics(trained.test!);
  return {
    x: cut.values,
    target: cut.pick(solution.times.map(() => test.y)),
    mean: point === null ? null : cut.pick(point.test!.mean),
    sd: variance === null ? null : cut.pick(variance).map((value) => Math.sqrt(Math.max(0, value))),
    networks:
      trained === null
        ? []
        : Array.from({ length: trained.test![0]!.shape[0] }, (_, run) =>
            cut.pick(networkOutputs(trained, run)),
          ),
    measured:
      statistics === null
        ? null
        : {
            mean: cut.pick(statistics.map(({ mean }) => mean.map(({ value }) => value))),
            error: cut.pick(statistics.map(({ mean }) => mean.map(({ error }) => error))),
          },
  };
}

export interface MeanData {
  readonly reading: SolutionReading;
  readonly shown: Pick<GammaReading, "point" | "trained">;
  readonly cut: Cut;
}

/** What is no number, or behind the end of its list, is an empty cell. */
const cell = (list: ArrayLike<number> | null | undefined, i: number) => {
  const value = list?.[i];
  return value === undefined || Number.isNaN(value) ? null : value;
};

/** One row a place of the axis, the training points in columns of their own beside. */
function tableOf({ reading, cut }: MeanData, values: Along, withNetworks: boolean): Table {
  const { x, target, mean, sd, networks, measured } = values;
  // their places lie on the axis where it is x
  const train = cut.kind === "x" ? reading.train : null;
  const single = withNetworks ? networks : [];
  return {
    columns: [
      cut.title,
      "target",
      "predicted mean",
      "predicted standard deviation",
      "mean of networks",
      "standard error",
      ...(train === null ? [] : ["x of training points", "y of training points"]),
      ...single.map((_, run) => `network ${run}`),
    ],
    rows: Array.from({ length: Math.max(x.length, train?.y.length ?? 0) }, (_, i) => [
      ...[x, target, mean, sd, measured?.mean, measured?.error].map((list) => cell(list, i)),
      ...(train === null ? [] : [cell(train.x, i), cell(train.y, i)]),
      ...single.map((outputs) => cell(outputs, i)),
    ]),
  };
}

function arraysOf({ reading, shown }: MeanData): NpzArrays {
  const { solution, train, test } = reading;
  const { point, trained } = shown;
  const [times, points] = [solution.times.length, test.y.length];
  const stacked = (list: readonly ArrayLike<number>[]) => {
    const data = new Float64Array(times * points);
    list.forEach((at, t) => {
      data.set(at, t * points);
    });
    return { data, shape: [times, points] };
  };
  const statistics = trained === null ? null : testStatistics(trained.test!);
  const over = (key: "value" | "error") =>
    stacked(statistics!.map(({ mean }) => mean.map((estimate) => estimate[key])));
  return {
    times: { data: Float64Array.from(solution.times), shape: [times] },
    x: { data: test.x, shape: [points, test.x.length / points] },
    y: { data: test.y, shape: [points] },
    train_x: { data: train.x, shape: [train.y.length, train.x.length / train.y.length] },
    train_y: { data: train.y, shape: [train.y.length] },
    ...(point?.test == null ? {} : { mean: stacked(point.test.mean) }),
    ...(point?.test?.variance == null ? {} : { variance: stacked(point.test.variance) }),
    ...(trained === null
      ? {}
      : {
          networks: {
            data: Float64Array.from(trained.test!.flatMap(({ data }) => Array.from(data))),
            shape: [times, trained.test![0]!.shape[0], points],
          },
          networks_mean: over("value"),
          networks_error: over("error"),
        }),
  };
}

/** All that is drawn along the cut; npz has it at every time and test point. */
export function meanContents(data: MeanData, svg: () => string): FigureContents {
  const values = along(data.reading, data.shown, data.cut);
  return {
    name: "normalization-mean",
    svg,
    csv: () => tableOf(data, values, true),
    table: () => tableOf(data, values, false),
    arrays: () => arraysOf(data),
  };
}
