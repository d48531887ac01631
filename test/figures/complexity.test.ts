import { describe, expect, test } from "vitest";
import { binaryEntropy, planeGrid } from "../../src/complexity/index.js";
import {
  type ComplexityData,
  complexityFigure,
  decisionBoundariesFigure,
  explainedShares,
} from "../../src/figures/index.js";
import { descendants, parseXml, textOf } from "./xml.js";

const curve = (value: readonly number[]) => ({ value, error: value.map(() => 0.01) });
const data: ComplexityData = {
  steps: [0, 1, 10, 100, 1000],
  network: curve([0, 0.2, 0.3, 0.5, 0.9]),
  train: [0, 0.2, 0.3, 0.6, 1],
  explainers: [
    { name: "logistic", information: 0.31, explained: curve([0, 0.19, 0.29, 0.3, 0.3]), phaseEnd: 10 },
  ],
};
const named = (svg: string, name: string) => descendants(parseXml(svg)).filter((node) => node.name === name);
const texts = (svg: string) => named(svg, "text").map(textOf);

describe("complexityFigure", () => {
  test("reads bits as accuracies at the right for two classes only", () => {
    expect(texts(complexityFigure(data)).some((text) => text.startsWith("accuracy"))).toBe(false);
    const svg = complexityFigure({ ...data, classes: 2 });
    expect(texts(svg)).toContain("accuracy with as many bits");
    // labels at the right stand where their bits are on the axis at the left
    const y = (label: string) => {
      const at = named(svg, "text").find((node) => textOf(node) === label)!;
      return Number(at.attributes["y"]);
    };
    const [low, high] = [y("0.2"), y("0.8")];
    const expected = low + ((high - low) * (1 - binaryEntropy(0.9) - 0.2)) / 0.6;
    // px, coordinates are written with two digits
    expect(Math.abs(y("90.0 %") - expected)).toBeLessThan(0.05);
  });

  test("simple models that have no colour are named below the panels", () => {
    const model = (name: string) => ({
      name,
      information: 0.2,
      explained: { value: [0.1, 0.2], error: [0.01, 0.01] },
      phaseEnd: null,
    });
    const drawn = (count: number) =>
      complexityFigure({
        steps: [1, 10],
        network: { value: [0.1, 0.3], error: [0.01, 0.01] },
        train: null,
        explainers: Array.from({ length: count }, (_, i) => model(`model${i + 1}`)),
      });
    expect(drawn(4)).not.toMatch(/not drawn/i);
    const six = drawn(6);
    expect(six).toMatch(/Not drawn: model5, model6\./);
    expect(six.replace(/<[^>]*>/g, "")).toMatch(/not drawn, more than 4: model5, model6/);
  });
});

describe("explainedShares", () => {
  test("are ratios where the information is more than four standard errors, null elsewhere", () => {
    const network = { value: [0, 0.04, 0.05, 0.5], error: [0.01, 0.01, 0.01, 0.01] };
    expect(explainedShares(network, [0, 0.04, 0.04, 0.25])).toEqual([
      null,
      null,
      expect.closeTo(0.8, 12),
      0.5,
    ]);
  });

  test("asks for as many values of each", () => {
    expect(() => explainedShares(curve([0.1, 0.2]), [0.1])).toThrow(
      /explainedShares: .* has 2 values, expected 1/,
    );
  });
});

describe("decisionBoundariesFigure", () => {
  const grid = planeGrid([-1, 1], [-1, 1], 21);
  /** the half plane above y = 0.05 */
  const classes = Uint8Array.from({ length: 21 * 21 }, (_, i) =>
    grid.y[Math.floor(i / 21)]! > 0.04 ? 1 : 0,
  );
  const base = {
    x: { title: "x", values: grid.x },
    y: { title: "y", values: grid.y },
    maps: [
      { title: "step 1", classes },
      { title: "step 10", classes: classes.map((c) => 1 - c) },
    ],
    samples: { x: [0, 0.5], y: [0.5, -0.5], labels: [1, 1], wrong: [false, true] },
    classNames: ["below", "above <b>"],
  };

  test("draws the boundary where the classes change, and rings the labels that are wrong", () => {
    const svg = decisionBoundariesFigure(base);
    expect(texts(svg)).toEqual(expect.arrayContaining(["step 1", "step 10", "says above <b>"]));
    expect(named(svg, "image")).toHaveLength(2);
    const hollow = named(svg, "path").filter((node) => node.attributes["class"]?.includes("ft-hollow"));
    // one in the legend, one in each map
    expect(hollow).toHaveLength(3);
    const lines = named(svg, "path").filter(
      (node) => node.attributes["class"] === "ft-line ft-ink" && node.attributes["d"]!.includes("L"),
    );
    expect(lines.length).toBeGreaterThanOrEqual(2);
    // a level line halfway between two rows of the grid
    const heights = new Set(lines[0]!.attributes["d"]!.match(/,[\d.]+/g));
    expect(heights.size).toBe(1);
  });

  test("refuses maps that do not fit the grid", () => {
    expect(() =>
      decisionBoundariesFigure({ ...base, maps: [{ title: "step 1", classes: classes.slice(1) }] }),
    ).toThrow(/maps.classes has 440 values, expected 441/);
  });
});
