import { curvesFigure, type EvolutionSplit, evolutionFigureData } from "foretrain";
import { describe, expect, test } from "vitest";
import type { Table } from "../../../lab/src/figures/export.js";
import { evolutionContents, functionContents } from "../../../lab/src/pages/training/narrow-contents.js";
import { narrowOperations } from "../../../lab/src/pages/training/narrow-operations.js";
import { curvesData, wideContents } from "../../../lab/src/pages/training/wide-data.js";
import type { VerifyReading, WideReading } from "../../../lab/src/pages/training/wide-operations.js";

const reader = ({ columns, rows }: Table) => {
  const table = [...rows];
  expect(new Set(columns).size).toBe(columns.length);
  for (const row of table) expect(row).toHaveLength(columns.length);
  return (name: string) => {
    expect(columns).toContain(name);
    return table.map((row) => row[columns.indexOf(name)]);
  };
};

/** Numbers by which every series can be told from every other. */
const band = (first: number) => ({
  mean: [first, first + 1, first + 2],
  median: [first + 10, first + 11, first + 12],
  low: [first + 20, first + 21, first + 22],
  high: [first + 30, first + 31, first + 32],
});
const reading = {
  curves: {
    steps: [0, 4, 9],
    train: { loss: band(100), accuracy: band(200) },
    test: { loss: band(300), accuracy: band(400) },
  },
  spreads: {
    trainLoss: { mean: [5, 6, 7], deviation: [0.5, 1, 4] },
    testLoss: { mean: [8, 9, 10], deviation: [0.5, 1, 1] },
    trainAccuracy: { mean: [0.5, 0.6, 0.7], deviation: [0.125, 0.125, 0.25] },
    testAccuracy: { mean: [0.2, 0.3, 0.4], deviation: [0.125, 0.125, 0.125] },
  },
  chance: 0.5,
} as unknown as WideReading;

const record = (step: number, value: number) => ({
  step,
  trainLoss: value,
  testLoss: value + 0.1,
  trainAccuracy: value + 0.2,
  testAccuracy: value + 0.3,
});
const matched = (first: number) => ({ matched: { mean: [first, first + 0.5] } });
const measured = {
  records: [
    [record(0, 1), record(4, 2)],
    [record(0, 3), record(4, 6)],
  ],
  verification: {
    steps: [0, 4],
    quantities: {
      trainLoss: matched(11),
      testLoss: matched(12),
      trainAccuracy: matched(13),
      testAccuracy: matched(14),
    },
  },
} as unknown as VerifyReading;

describe("files of the predicted training", () => {
  test("CSV has a column for everything that is drawn", () => {
    const column = reader(wideContents(reading, measured).csv!());
    for (const split of ["train", "test"] as const) {
      for (const [quantity, name] of [
        ["loss", `${split}Loss`],
        ["accuracy", `${split}Accuracy`],
      ] as const) {
        expect(column(`${split} ${quantity}, ensemble mean`)).toEqual(reading.curves[split][quantity].mean);
        expect(column(`${split} ${quantity}, mean of single networks`)).toEqual(reading.spreads[name].mean);
      }
    }
    // two deviations, and no loss below 0 nor an accuracy outside [0, 1]
    expect(column("train loss, mean less 2 standard deviations")).toEqual([4, 4, 0]);
    expect(column("train loss, mean plus 2 standard deviations")).toEqual([6, 8, 15]);
    expect(column("train accuracy, mean plus 2 standard deviations")).toEqual([0.75, 0.85, 1]);
    expect(column("test accuracy, mean less 2 standard deviations")[0]).toBe(0);
    expect(column("step")).toEqual([0, 4, 9]);
    expect(column("accuracy by chance")).toEqual([0.5, 0.5, 0.5]);
    // they are trained to step 4
    expect(column("train loss, trained")).toEqual([2, 4, null]);
    expect(column("train loss, smallest trained")).toEqual([1, 2, null]);
    expect(column("test accuracy, largest trained")).toEqual([3.3, 6.3, null]);
    expect(column("train loss, theory from the same starts")).toEqual([11, 11.5, null]);
    expect(column("test loss, theory from the same starts")).toEqual([12, 12.5, null]);
    expect(column("train accuracy, theory from the same starts")).toEqual([13, 13.5, null]);
    expect(column("test accuracy, theory from the same starts")).toEqual([14, 14.5, null]);
  });

  test("npz has an array for everything that is drawn", () => {
    const made = wideContents(reading, measured).arrays!();
    const numbers = (name: string) => Array.from(made[name]!.data as Float64Array);
    expect(numbers("test_loss_ensemble")).toEqual([300, 301, 302]);
    expect(numbers("test_loss_mean")).toEqual([8, 9, 10]);
    expect(numbers("test_loss_low")).toEqual([7, 7, 8]);
    expect(numbers("test_loss_high")).toEqual([9, 11, 12]);
    expect(numbers("trained_steps")).toEqual([0, 4]);
    expect(numbers("trained_train_loss_mean")).toEqual([2, 4]);
    expect(numbers("trained_train_loss_high")).toEqual([3, 6]);
    expect(numbers("same_starts_test_loss")).toEqual([12, 12.5]);
    expect(numbers("chance")).toEqual([0.5]);
  });

  test("single networks are drawn by the mean and deviation that trained ones are compared with", () => {
    for (const networks of [measured, null]) {
      const svg = curvesFigure(curvesData(reading, networks, null));
      expect(svg).toContain("mean of single networks");
      expect(svg).toContain("single networks, mean ± 2 standard deviations");
      expect(svg).not.toContain("median network");
    }
  });

  test("theory from the same starts is drawn and named once the networks are trained, not before", () => {
    const before = { ...measured, verification: null };
    const name = "theory from the starts of these networks";
    expect(curvesFigure(curvesData(reading, measured, null))).toContain(name);
    expect(curvesFigure(curvesData(reading, before, null))).not.toContain(name);
    for (const networks of [before, null]) {
      const { columns } = wideContents(reading, networks).csv!();
      expect(columns.filter((column) => column.includes("same starts"))).toEqual([]);
    }
    // networks that diverge are compared with nothing
    const diverged = { ...measured, verification: { ...measured.verification!, quantities: null } };
    expect(curvesData(reading, diverged, null).measured!.matched).toBeNull();
  });
});

describe("files of a narrow network under noise", async () => {
  const choice = {
    problem: "sine",
    network: "preset:fcn?depth=1&width=4&activation=tanh",
    points: 3,
    testPoints: 2,
    noise: 0.2,
    order: 2,
    end: 0.5,
    rate: 0.1,
    networkSeed: 0,
    seed: 0,
  } as const;
  const narrow = await narrowOperations["training.simulate"]({ choice, paths: 8 }, {});
  const last = narrow.evolution.at.length - 1;
  const { train, test: tested } = narrow.evolution.at[last]!;
  const both = (of: (split: EvolutionSplit) => ArrayLike<number>) => [
    ...Array.from(of(train)),
    ...Array.from(of(tested!)),
  ];

  test("have every output at the chosen time, with what was simulated", () => {
    const contents = functionContents(narrow, last);
    const column = reader(contents.csv!());
    const made = contents.arrays!();
    const series = {
      x: ["x", [...narrow.x.data, ...narrow.testX!.data]],
      target: ["target", [...narrow.y.data, ...narrow.testY!.data]],
      mean: ["mean", both(({ mean }) => mean)],
      std: ["standard deviation", both(({ deviation }) => deviation)],
      simulated_mean: ["simulated mean", both(({ simulated }) => simulated!.mean)],
      simulated_error: ["its standard error", both(({ simulated }) => simulated!.meanError)],
    } as const;
    for (const [name, [title, values]] of Object.entries(series)) {
      expect(values).toHaveLength(5);
      expect(column(title), title).toEqual(values);
      expect(Array.from(made[name]!.data), name).toEqual(values);
    }
    expect(column("split")).toEqual(["train", "train", "train", "test", "test"]);
    expect(Array.from(made["train"]!.data)).toEqual([1, 1, 1, 0, 0]);
  });

  test("have every line of the figure over time", () => {
    const { outputs, noiseEffects, hessianTrace, losses, times } = evolutionFigureData(narrow.evolution);
    const column = reader(evolutionContents(narrow).csv!());
    const made = evolutionContents(narrow).arrays!();
    const has = (name: string, values: readonly number[]) => {
      expect(column(name), name).toEqual(values);
      expect(Array.from(made[name.replaceAll(/\W+/g, "_")]!.data), name).toEqual(values);
    };
    expect(column("time")).toEqual(times);
    has("train loss", losses.train);
    has("test loss", losses.test!);
    has("trace of the Hessian", hessianTrace.noisy.value);
    has("trace of the Hessian without noise", hessianTrace.quiet);
    expect(outputs).toHaveLength(4);
    outputs.forEach(({ label, value, spread, simulated }, i) => {
      has(label, value);
      has(`${label}, two standard deviations`, spread!);
      has(`${label}, simulated`, simulated!.value);
      has(`${label}, standard error of simulated`, simulated!.error);
      const noise = noiseEffects![i]!;
      has(`noise in ${label}`, noise.value);
      has(`noise in ${label}, simulated`, noise.simulated!.value);
      has(`noise in ${label}, standard error of simulated`, noise.simulated!.error);
    });
    // and of all outputs, also those that are not drawn
    expect(made["test_mean"]!.shape).toEqual([times.length, 2]);
  });
});
