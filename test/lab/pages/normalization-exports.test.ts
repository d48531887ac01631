import { gammaFigure } from "foretrain";
import { beforeAll, describe, expect, test } from "vitest";
import type { FigureContents } from "../../../lab/src/figures/export.js";
import { normalizationFields, problemChoice } from "../../../lab/src/pages/normalization/fields.js";
import { gammaContents, gammaData } from "../../../lab/src/pages/normalization/gamma-contents.js";
import { along, type MeanData, meanContents } from "../../../lab/src/pages/normalization/mean-data.js";
import { cutOf, type GammaReading, gammaReadings } from "../../../lab/src/pages/normalization/model.js";
import {
  normalizationOperations,
  type SolutionReading,
} from "../../../lab/src/pages/normalization/operations.js";
import { gammasWith } from "../../../lab/src/pages/normalization/specification.js";
import { termsContents, termsOf } from "../../../lab/src/pages/normalization/terms-data.js";
import { initialState } from "../../../lab/src/state/field.js";

const UNITS = 20;
const RUNS = 3;
const GAMMA = 0.7;
const svg = () => "";

/** Columns and arrays of a figure by name. */
function files(contents: FigureContents) {
  const { columns, rows } = contents.csv!();
  const table = [...rows];
  expect(new Set(columns).size).toBe(columns.length);
  for (const row of table) expect(row).toHaveLength(columns.length);
  const made = contents.arrays!();
  return {
    columns,
    column: (name: string) => {
      expect(columns).toContain(name);
      return table.map((row) => row[columns.indexOf(name)]);
    },
    array: (name: string) => Array.from(made[name]!.data),
    shape: (name: string) => made[name]!.shape,
  };
}

describe("files of the figures of Normalization", () => {
  let reading: SolutionReading;
  let readings: readonly GammaReading[];
  let shown: GammaReading;

  beforeAll(async () => {
    const state = initialState(normalizationFields);
    const choice = problemChoice({ ...state, train: 3, end: 1 });
    reading = await normalizationOperations["normalization.solve"](choice, {});
    const input = { choice, units: UNITS, gammas: gammasWith(GAMMA), runs: RUNS };
    const trained = await normalizationOperations["normalization.train"](input, {});
    const parts = { units: UNITS, flows: [], trained: [trained] };
    readings = gammaReadings(reading, parts, GAMMA, 40);
    shown = readings.find(({ gamma }) => gamma === GAMMA)!;
  });

  const data = (cut: "x" | "time"): MeanData => ({
    reading,
    shown,
    cut: cutOf(reading, { cut, point: 5, record: 40 }),
  });

  test.each(["x", "time"] as const)("mean and spread over %s, networks and targets", (cut) => {
    const of = data(cut);
    const { x, target, mean, sd, networks, measured } = along(reading, shown, of.cut);
    const { column, columns } = files(meanContents(of, svg));
    expect(column(of.cut.title)).toEqual(x);
    expect(column("target")).toEqual(target);
    expect(column("predicted mean")).toEqual(mean);
    expect(column("predicted standard deviation")).toEqual(sd);
    expect(column("mean of networks")).toEqual(measured!.mean);
    expect(column("standard error")).toEqual(measured!.error);
    expect(networks).toHaveLength(RUNS);
    networks.forEach((outputs, run) => {
      expect(column(`network ${run}`)).toEqual(outputs);
    });
    // over time the training points are not drawn
    const name = ["x of training points", "y of training points"];
    expect(name.map((own) => columns.includes(own))).toEqual([cut === "x", cut === "x"]);
    if (cut === "time") return;
    const rest = Array.from({ length: x.length - 3 }, () => null);
    expect(column(name[0]!)).toEqual([...reading.train.x, ...rest]);
    expect(column(name[1]!)).toEqual([...reading.train.y, ...rest]);
  });

  test("npz has mean, spread and networks at every time and point, and the training points", () => {
    const of = data("x");
    const { mean, sd, measured } = along(reading, shown, of.cut);
    const { array, shape } = files(meanContents(of, svg));
    // the last time is the one that is drawn
    const drawn = (name: string) => array(name).slice(-61);
    expect(shape("mean")).toEqual([41, 61]);
    expect(drawn("mean")).toEqual(mean);
    expect(drawn("variance").map((value) => Math.sqrt(Math.max(0, value)))).toEqual(sd);
    expect(drawn("networks_mean")).toEqual(measured!.mean);
    expect(drawn("networks_error")).toEqual(measured!.error);
    expect(shape("networks")).toEqual([41, RUNS, 61]);
    expect(array("train_x")).toEqual(Array.from(reading.train.x));
    expect(array("train_y")).toEqual(Array.from(reading.train.y));
    expect(array("y")).toEqual(Array.from(reading.test.y));
  });

  test("terms of the expansion with the random one", () => {
    const { cut } = data("x");
    const values = termsOf(reading, cut, GAMMA, UNITS)!;
    const { column, array } = files(termsContents({ reading, cut }, values, svg));
    expect(values.terms).toHaveLength(4);
    expect(column(cut.title)).toEqual(values.x);
    values.terms.forEach((term, j) => {
      expect(column(j === 0 ? "h" : `eps^${j} Q^${j}`)).toEqual(term);
    });
    expect(column("random term")).toEqual(values.random);
    expect(array("cut")).toEqual(values.x);
    expect(array("drawn_terms")).toEqual(values.terms.flat());
    expect(array("drawn_random")).toEqual(values.random);
  });

  test("every part of the error over gamma and time, networks with their errors", () => {
    const { times } = reading.solution;
    const drawn = gammaData({ readings, times, record: 40, gamma: GAMMA, side: "test" })!;
    // those above 0.875 wait for their flow
    expect(drawn.gammas).toEqual([0.5, 0.6, 0.7, 0.75, 0.8, 0.875]);
    const { column, array } = files(gammaContents(drawn, ""));
    const parts = (key: keyof (typeof drawn.errors)[number][number]) =>
      drawn.errors.flatMap((at) => at.map((one) => one[key]));
    expect(column("gamma")).toEqual(drawn.gammas.flatMap((gamma) => times.map(() => gamma)));
    expect(column("t")).toEqual(drawn.gammas.flatMap(() => times));
    for (const [name, key, own] of [
      ["bias^2", "bias", "bias"],
      ["variance by initialization", "initialization", "variance_initialization"],
      ["variance by SGD", "samples", "variance_samples"],
      ["error", "total", "error"],
    ] as const) {
      expect(column(name), name).toEqual(parts(key));
      expect(array(own), name).toEqual(parts(key));
    }
    expect(column("trained")).toEqual(drawn.trained!.flat());
    expect(column("standard error of trained")).toEqual(drawn.trainedErrors!.flat());
    expect(array("trained")).toEqual(drawn.trained!.flat());
    expect(array("trained_error")).toEqual(drawn.trainedErrors!.flat());
    expect(gammaFigure(drawn)).toContain("trained networks, ± 2 standard errors");
  });
});
