import { describe, expect, test } from "vitest";
import {
  type CurvesData,
  curvesFigure,
  type EvolutionFigureData,
  evolutionFigure,
} from "../../src/figures/index.js";

const rulesOf = (svg: string) => svg.match(/ft-rule/g)?.length ?? 0;

const values = [1, 0.5, 0.25];
const band = { mean: values, median: values, low: values, high: values };
const curves: CurvesData = {
  steps: [0, 1, 10],
  train: { loss: band, accuracy: band },
  test: { loss: band, accuracy: band },
  chance: 0.1,
};
const evolution: EvolutionFigureData = {
  times: [0, 1, 2],
  outputs: [{ label: "output", value: values }],
  noiseEffects: null,
  hessianTrace: { noisy: { value: values }, quiet: values },
  losses: { train: values, test: null },
};

describe("a step or time that is looked at", () => {
  test("is a line in every panel", () => {
    expect(rulesOf(curvesFigure({ ...curves, at: 1 })) - rulesOf(curvesFigure(curves))).toBe(2);
    expect(rulesOf(evolutionFigure({ ...evolution, at: 1 })) - rulesOf(evolutionFigure(evolution))).toBe(3);
  });

  test("is not drawn where none is, or outside the plot", () => {
    expect(curvesFigure({ ...curves, at: null })).toBe(curvesFigure(curves));
    expect(rulesOf(curvesFigure({ ...curves, at: 1000 }))).toBe(rulesOf(curvesFigure(curves)));
    expect(evolutionFigure({ ...evolution, at: null })).toBe(evolutionFigure(evolution));
  });
});
