import { describe, expect, test } from "vitest";
import { drawLegend, LEGEND_ROW } from "../../src/figures/legend.js";
import { type Plot, runsOf, thinned } from "../../src/figures/marks.js";
import { drawPanel, type PanelSpec } from "../../src/figures/panel.js";
import { overlaps } from "../../src/figures/placement.js";
import { axisScale } from "../../src/figures/scale.js";
import { element } from "../../src/figures/svg.js";
import { textBoxes } from "./figure-boxes.js";
import { descendants, parseXml, textOf } from "./xml.js";

const base: PanelSpec = {
  id: "test",
  frame: { x: 0, y: 0, width: 300, height: 240 },
  x: { title: "x", kind: "linear", domain: [0, 10] },
  y: { title: "y", kind: "linear", domain: [0, 1] },
  marks: [],
};

function drawn(spec: Partial<PanelSpec>) {
  return parseXml(element("svg", {}, drawPanel({ ...base, ...spec })));
}

const plot: Plot = {
  area: { x: 0, y: 0, width: 100, height: 100 },
  x: axisScale({ kind: "linear", domain: [0, 100], range: [0, 100], count: 5 }),
  y: axisScale({ kind: "linear", domain: [0, 100], range: [100, 0], count: 5 }),
};

describe("panels", () => {
  test("drop tick labels that would touch", () => {
    // 0 and 1 lie some 5 px apart on this axis
    const svg = drawn({
      frame: { x: 0, y: 0, width: 170, height: 200 },
      x: { title: "step", kind: "symlog", domain: [0, 1e6], threshold: 1, count: 8 },
    });
    const ticks = textBoxes(svg);
    const clashes = ticks.flatMap((a, i) => ticks.slice(i + 1).filter((b) => overlaps(a, b)));
    expect(clashes).toEqual([]);
    expect(ticks.map((box) => box.text)).toContain("0");
    expect(ticks.map((box) => box.text)).not.toContain("100");
    expect(ticks.filter((box) => /^10\d$/.test(box.text)).length).toBeGreaterThanOrEqual(3);
  });

  test("put the label of a reference line where the data are not", () => {
    const top = { kind: "line", x: [0, 10], y: [0.55, 0.55], style: { colour: 1 } } as const;
    const spec = (marks: PanelSpec["marks"]) =>
      textBoxes(drawn({ marks })).find((box) => box.text === "chance")!;
    const rule = { kind: "rule", axis: "y", value: 0.5, label: "chance" } as const;
    const free = spec([rule]);
    const crowded = spec([rule, top]);
    expect(crowded.y).toBeGreaterThan(free.y + 10);
  });

  test("leave out a reference line beyond its axis", () => {
    const svg = drawn({ marks: [{ kind: "rule", axis: "y", value: 3, label: "far" }] });
    expect(descendants(svg).some((e) => textOf(e) === "far")).toBe(false);
    expect(descendants(svg).some((e) => e.attributes["class"]?.includes("ft-rule"))).toBe(false);
  });

  test("keep end labels apart and make room for them", () => {
    const line = (name: string, y: number) =>
      ({ kind: "line", x: [0, 10], y: [0, y], style: { colour: 1 }, endLabel: name }) as const;
    const marks = [line("first", 0.5), line("second", 0.51), line("third", 0.52)];
    const boxes = textBoxes(drawn({ marks }));
    const labels = boxes.filter((box) => ["first", "second", "third"].includes(box.text));
    expect(labels).toHaveLength(3);
    expect(boxes.flatMap((a, i) => boxes.slice(i + 1).filter((b) => overlaps(a, b)))).toEqual([]);
    for (const label of labels) expect(label.x + label.width).toBeLessThanOrEqual(300);
  });

  test("draw bars from zero and bands through missing values as pieces", () => {
    const svg = drawn({
      marks: [
        { kind: "bars", x: [1, 2, 3], y: [0.5, null, 1], colour: 1, width: 0.8 },
        {
          kind: "band",
          x: [0, 1, 2, 3, 4, 5],
          low: [0, 0, 0, null, 0, 0],
          high: [1, 1, 1, 1, 1, 1],
          colour: 2,
        },
      ],
    });
    const group = descendants(svg).find((e) => e.name === "g" && e.attributes["class"] === "ft-fill-1")!;
    const bars = group.children.filter((child) => typeof child !== "string");
    expect(bars).toHaveLength(2);
    const [half, whole] = bars.map((bar) => Number(bar.attributes["height"])) as [number, number];
    expect(whole).toBeCloseTo(2 * half, 1);
    const band = descendants(svg).find((e) => e.attributes["class"] === "ft-band ft-fill-2")!;
    expect(band.attributes["d"]!.match(/Z/g)).toHaveLength(2);
  });

  test("a note stands beside its point", () => {
    const box = textBoxes(drawn({ marks: [{ kind: "note", x: 5, y: 0.5, text: "here" }] })).find(
      (b) => b.text === "here",
    )!;
    expect(box.x).toBeGreaterThan(150);
    expect(box.x).toBeLessThan(190);
  });

  test("a note in a corner where lines meet is clear of them", () => {
    const line = (from: number) =>
      ({ kind: "line", x: [0, 10], y: [from, 1], style: { colour: 1 } }) as const;
    const note = { kind: "note", x: 10, y: 1, text: "c = 1" } as const;
    const box = textBoxes(drawn({ marks: [line(0), line(0.1), note] })).find(({ text }) => text === "c = 1")!;
    // the plot's own scale: both lines run from the left edge to its upper right corner
    const ends = textBoxes(drawn({})).filter(({ text }) => text === "0.0" || text === "1.0");
    const top = Math.min(...ends.map(({ y }) => y));
    // below the corner by more than the lines fall over its width
    expect(box.y - top).toBeGreaterThan(18);
    const free = textBoxes(drawn({ marks: [note] })).find(({ text }) => text === "c = 1")!;
    expect(box.y).toBeGreaterThan(free.y + 10);
  });
});

describe("series", () => {
  test("are broken at missing values and kept near the plot", () => {
    const runs = runsOf(plot, [0, 1, 2, 3, 4], [1, null, Number.NaN, 5, 1e300]);
    expect(runs.map((run) => run.length)).toEqual([1, 2]);
    expect(Math.abs(runs[1]![1]!.y)).toBeLessThanOrEqual(500);
  });

  test("of many points are thinned to the extremes of each pixel", () => {
    const xs = Array.from({ length: 10_000 }, (_, i) => i / 100);
    const ys = xs.map((x, i) => (i === 5050 ? 99 : 50 + 10 * Math.sin(x)));
    const [run] = runsOf(plot, xs, ys) as [{ x: number; y: number }[]];
    const few = thinned(run);
    expect(few.length).toBeLessThanOrEqual(404);
    expect(few).toContainEqual(run[5050]);
    expect(few[0]).toEqual(run[0]);
    expect(few.at(-1)).toEqual(run.at(-1));
    for (let i = 1; i < few.length; i++) expect(few[i]!.x).toBeGreaterThanOrEqual(few[i - 1]!.x);
  });
});

describe("legends", () => {
  test("wrap into rows inside their width and say how high they are", () => {
    const items = ["one", "two", "three", "four", "five"].map((label) => ({
      kind: "line" as const,
      label: `the series called ${label}`,
      style: { colour: 1 as const },
    }));
    const { svg, height } = drawLegend(items, 0, 0, 400);
    const boxes = textBoxes(parseXml(element("svg", {}, svg)));
    expect(height % LEGEND_ROW).toBe(0);
    expect(height).toBeGreaterThan(LEGEND_ROW);
    for (const box of boxes) {
      expect(box.x + box.width).toBeLessThanOrEqual(400);
      expect(box.y + box.height).toBeLessThanOrEqual(height);
    }
    expect(drawLegend([], 0, 0, 400)).toEqual({ svg: "", height: 0 });
  });

  test("show points as they are drawn: hollow, or filled", () => {
    const style = { colour: 2, marker: "square" } as const;
    const item = { kind: "point", label: "targets", style } as const;
    expect(drawLegend([item], 0, 0, 400).svg).toContain("ft-hollow");
    expect(drawLegend([{ ...item, filled: true }], 0, 0, 400).svg).not.toContain("ft-hollow");
  });
});
