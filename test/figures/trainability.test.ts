import { describe, expect, test } from "vitest";
import { type TrainabilityFigureData, trainabilityFigure } from "../../src/figures/index.js";
import { overlaps } from "../../src/figures/placement.js";
import { textBoxes } from "./figure-boxes.js";
import { descendants, parseXml, textOf } from "./xml.js";

const depths = [1, 4, 16, 64, 256];
const curves = (label: string, factor: number): TrainabilityFigureData["curves"][number] => {
  const of = (value: (depth: number) => number | null) => depths.map(value);
  return {
    label,
    lambdaMax: of((l) => factor * l),
    lambdaBulk: of((l) => 0.2 * factor * l),
    kappa: of((l) => 7 + factor / l),
    largestLearningRate: of((l) => 2 / l),
    meanPredictor: of((l) => 1 / (l + 3)),
    theory: {
      lambdaMax: of((l) => 1.1 * factor * l),
      lambdaBulk: of((l) => (l < 10 ? null : 0.2 * factor * l)),
      kappa: of(() => 7),
      largestLearningRate: of((l) => 2 / l),
      meanPredictorRate: of((l) => 1 / l),
    },
  };
};
const data: TrainabilityFigureData = { depths, curves: [curves("NTK", 1), curves("NNGP", 3)], limit: 0.01 };
const textsOf = (svg: string) =>
  descendants(parseXml(svg))
    .filter(({ name }) => name === "text")
    .map(textOf);

describe("trainabilityFigure", () => {
  test.each([760, 380])(
    "at %i px: panels with units, legend, scaling lines, and no text covers another",
    (width) => {
      const svg = trainabilityFigure(data, { width });
      const texts = textsOf(svg);
      for (const text of [
        "(a) Conditioning",
        "(d) Generalization",
        "depth l, nonlinear layers",
        "condition number κ",
        "eigenvalues λmax, λbulk",
        "largest stable learning rate",
        "mean predictor max |P Y|",
        "NTK",
        "NNGP",
        "asymptotic theory",
        "limit 0.01",
      ]) {
        expect(texts).toContain(text);
      }
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
      const boxes = textBoxes(parseXml(svg));
      const clashes = boxes.flatMap((a, i) =>
        boxes.slice(i + 1).flatMap((b) => (overlaps(a, b) ? [`${a.text} | ${b.text}`] : [])),
      );
      expect(clashes).toEqual([]);
    },
  );

  test("without predictions it has no legend for them, and without a mean predictor no panel", () => {
    const none = depths.map(() => null);
    const { theory: _, ...rest } = curves("NTK", 1);
    const theory = {
      lambdaMax: none,
      lambdaBulk: none,
      kappa: none,
      largestLearningRate: none,
      meanPredictorRate: none,
    };
    const texts = textsOf(trainabilityFigure({ depths, curves: [{ ...rest, theory, meanPredictor: none }] }));
    expect(texts).not.toContain("asymptotic theory");
    expect(texts).not.toContain("mean predictor max |P Y|");
    expect(texts).toContain("(c) Learning rate");
  });

  test("kappa of 1e170 and depth 0 have their place", () => {
    const one = curves("NTK", 1);
    const svg = trainabilityFigure({
      depths: [0, ...depths.slice(1)],
      curves: [{ ...one, kappa: depths.map((l) => 10 ** (l / 1.5)) }],
    });
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    expect(textsOf(svg)).toContain("0");
  });

  test("refuses series of another length, by name", () => {
    const one = { ...curves("NTK", 1), kappa: [1] };
    expect(() => trainabilityFigure({ depths, curves: [one] })).toThrow(/curves\[0\]\.kappa/);
  });
});
