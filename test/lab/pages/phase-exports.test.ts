import { expect, test } from "vitest";
import { diagramContents } from "../../../lab/src/pages/phase/diagram-contents.js";
import { phaseOperations } from "../../../lab/src/pages/phase/operations.js";

const diagramOf = (points: number, weightTo = 4) =>
  phaseOperations["phase.diagram"](
    {
      choice: { activation: "tanh", expression: "", parameters: "" },
      weightFrom: 0.5,
      weightTo,
      biasFrom: 0,
      biasTo: 0.4,
      points,
    },
    {},
  );

test("the files of the diagram have the critical line that is drawn over it", async () => {
  const reading = await diagramOf(12);
  const { line, diagram } = reading;
  expect(line.length).toBeGreaterThan(12);
  const contents = diagramContents(reading, "chi1", null, async () => "");
  const { columns, rows } = contents.csv!();
  const table = [...rows];
  expect(table).toHaveLength(144);
  const column = (name: string) => table.map((row) => row[columns.indexOf(name)]);
  const rest = Array.from({ length: 144 - line.length }, () => null);
  expect(column("weight variance of the critical line")).toEqual([
    ...line.map(({ weightVariance }) => weightVariance),
    ...rest,
  ]);
  expect(column("bias variance of the critical line")).toEqual([
    ...line.map(({ biasVariance }) => biasVariance),
    ...rest,
  ]);
  expect(column("chi1")).toEqual(Array.from(diagram.chi1.data));
  const { data, shape } = contents.arrays!()["critical_line"]!;
  expect(shape).toEqual([line.length, 2]);
  expect(Array.from(data)).toEqual(line.flatMap((on) => [on.weightVariance, on.biasVariance]));
});

test("a line of more points than the diagram has rows of its own; where there is none its columns are empty", async () => {
  const small = await diagramOf(3);
  expect(small.line.length).toBeGreaterThan(9);
  const { rows } = diagramContents(small, "chi1", null, async () => "").csv!();
  const table = [...rows];
  expect(table).toHaveLength(small.line.length);
  expect(table.at(-1)!.slice(0, 4)).toEqual([null, null, null, null]);
  const ordered = await diagramOf(12, 0.9);
  expect(ordered.line).toEqual([]);
  const without = diagramContents(ordered, "chi1", null, async () => "");
  for (const row of without.csv!().rows) expect(row.slice(4)).toEqual([null, null]);
  expect(without.arrays!()["critical_line"]!.shape).toEqual([0, 2]);
});
