import { describe, expect, test } from "vitest";
import { pathsOf } from "../../../lab/src/pages/network/layer-edits.js";
import { type Direction, moved } from "../../../lab/src/pages/network/moves.js";
import type { Layer } from "../../../src/network/index.js";

const dense = (units: number): Layer => ({ kind: "dense", units });
const LAYERS: readonly Layer[] = [
  dense(1),
  { kind: "residual", layers: [dense(2), dense(3)], shortcut: [dense(4)] },
  { kind: "parallel", branches: [[dense(5)], [], [dense(6)]], merge: "sum" },
  { kind: "repeat", times: 2, layers: [dense(7)] },
  dense(8),
];

/** Where the dense layer of so many units is. */
const at = (layers: readonly Layer[], units: number) =>
  pathsOf(layers).find(([, layer]) => layer.kind === "dense" && layer.units === units)?.[0];
const units = (layers: readonly Layer[]) =>
  pathsOf(layers)
    .flatMap(([, layer]) => (layer.kind === "dense" ? [layer.units] : []))
    .sort();

describe("moved", () => {
  test.each<[number, Direction, string]>([
    // along a list
    [2, "down", "layers[1].layers[1]"],
    [3, "up", "layers[1].layers[0]"],
    [8, "up", "layers[3]"],
    // across the end of a list: the next list of the same block, then out of it
    [3, "down", "layers[1].shortcut[0]"],
    [2, "up", "layers[1]"],
    [4, "down", "layers[2]"],
    [4, "up", "layers[1].layers[2]"],
    [5, "up", "layers[2]"],
    [5, "down", "layers[2].branches[1][0]"],
    [6, "down", "layers[3]"],
    [6, "up", "layers[2].branches[1][0]"],
    // into what stands beside: below first, at its beginning, else above, at its end
    [1, "in", "layers[0].layers[0]"],
    [8, "in", "layers[3].layers[1]"],
    // out, behind
    [2, "out", "layers[2]"],
    [6, "out", "layers[3]"],
  ])("takes the layer of %d units %s to %s", (which, direction, path) => {
    const result = moved(LAYERS, at(LAYERS, which)!, direction);
    if (typeof result === "string") throw new Error(result);
    expect(result.path).toBe(path);
    expect(at(result.layers, which)).toBe(path);
    // nothing is lost and nothing is there twice
    expect(units(result.layers)).toEqual(units(LAYERS));
    expect(Number(/\[(\d+)\]$/.exec(path)![1]) + 1).toBe(result.position);
  });

  test.each<[string, Direction, RegExp]>([
    ["layers[0]", "up", /first block/],
    ["layers[4]", "down", /last block/],
    ["layers[0]", "out", /inside no other block/],
    ["layers[1].layers[0]", "in", /no block beside it/],
    ["layers[3].layers[0]", "out", /a layer must stay/],
    ["layers[3].layers[0]", "down", /a layer must stay/],
  ])("says why %s cannot go %s", (path, direction, reason) => {
    expect(moved(LAYERS, path, direction)).toMatch(reason);
  });

  test("knows layers apart that are one object", () => {
    const same = dense(3);
    const layers: readonly Layer[] = [same, { kind: "serial", layers: [same] }, same];
    expect(moved(layers, "layers[2]", "in")).toMatchObject({
      path: "layers[1].layers[1]",
      position: 2,
      count: 2,
    });
  });
});
