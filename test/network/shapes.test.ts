import { describe, expect, test } from "vitest";
import {
  avgPool,
  conv,
  dense,
  describeNetwork,
  dropout,
  flatten,
  globalAvgPool,
  hiddenDepth,
  identity,
  input,
  type Layer,
  layerNorm,
  layerShapes,
  maxPool,
  network,
  parallel,
  parameterCount,
  relu,
  repeat,
  residual,
  residualWithShortcut,
  serial,
  sumPool,
  windowGeometry,
  zeroPad,
} from "../../src/network/index.js";

const outputOf = (shape: number[], ...layers: Layer[]) =>
  layerShapes(network(input(shape), ...layers))
    .filter(({ level }) => level === 0)
    .at(-1)!.output;

describe("layerShapes", () => {
  test.each<[string, number[], Layer[], number[]]>([
    ["dense", [8], [dense(3)], [3]],
    ["dense on images, over channels", [4, 5, 3], [dense(7)], [4, 5, 7]],
    ["flatten", [4, 5, 3], [flatten()], [60]],
    ["conv, same", [7, 6, 3], [conv(2, [3, 3])], [7, 6, 2]],
    ["conv, same, strides", [7, 6, 3], [conv(2, [3, 3], { strides: [2, 4] })], [4, 2, 2]],
    ["conv, valid, strides", [7, 6, 3], [conv(2, [3, 2], { strides: [2, 3], padding: "valid" })], [3, 2, 2]],
    ["conv, circular", [7, 6, 3], [conv(2, [3, 3], { strides: [2, 1], padding: "circular" })], [4, 6, 2]],
    ["conv, 1-D", [9, 3], [conv(2, [4], { padding: "valid" })], [6, 2]],
    ["avgPool, valid by default", [7, 6, 3], [avgPool([2, 2], { strides: [2, 2] })], [3, 3, 3]],
    ["sumPool, same", [7, 6, 3], [sumPool([2, 2], { strides: [2, 2], padding: "same" })], [4, 3, 3]],
    ["globalAvgPool", [7, 6, 3], [globalAvgPool()], [3]],
    ["repeat with shrinking copies", [9, 2], [repeat(3, conv(2, [3], { padding: "valid" }))], [3, 2]],
    ["concat of channels", [7, 6, 3], [parallel("concat", [[], [conv(4, [1, 1])]])], [7, 6, 7]],
    ["concat of rows", [7, 6, 3], [parallel("concat", [[], []], { axis: 1 })], [14, 6, 3]],
    ["product", [8], [parallel("product", [[dense(3)], [dense(3)]])], [3]],
    ["norm, dropout, identity, activation", [8], [layerNorm(), dropout(0.5), identity(), relu()], [8]],
    ["a residual whose shortcut changes the width", [8], [residualWithShortcut([dense(3)], [dense(3)])], [3]],
  ])("%s", (_name, shape, layers, expected) => {
    expect(outputOf(shape, ...layers)).toEqual(expected);
  });

  test.each<[string, number[], Layer[], string]>([
    ["conv on vectors", [8], [conv(2, [3, 3])], "layers[0]"],
    ["a 1-D filter on images", [7, 6, 3], [conv(2, [3])], "layers[0].filter"],
    ["strides of another rank", [7, 6, 3], [conv(2, [3, 3], { strides: [2] })], "layers[0].strides"],
    [
      "a valid filter longer than the image",
      [7, 2, 3],
      [relu(), conv(2, [3, 3], { padding: "valid" })],
      "layers[1].filter",
    ],
    ["a valid pool longer than the image", [7, 1, 3], [avgPool([2, 2])], "layers[0].window"],
    ["a maxPool longer than the image", [7, 1, 3], [maxPool([2, 2])], "layers[0].window"],
    ["a maxPool of vectors", [8], [maxPool([2])], "layers[0]"],
    ["zeros around another number of sides", [7, 6, 3], [zeroPad([1])], "layers[0].margin"],
    ["zeros around vectors", [8], [zeroPad([1])], "layers[0].margin"],
    ["global pooling of vectors", [8], [globalAvgPool()], "layers[0]"],
    ["a residual that changes the width", [8], [residual(dense(3))], "layers[0]"],
    ["a sum of different widths", [8], [parallel("sum", [[dense(3)], [dense(4)]])], "layers[0].branches[1]"],
    [
      "a product with a pooled branch",
      [7, 6, 3],
      [parallel("product", [[], [globalAvgPool()]])],
      "layers[0].branches[1]",
    ],
    [
      "a concat that differs beside its axis",
      [7, 6, 3],
      [parallel("concat", [[], [avgPool([2, 2])]])],
      "layers[0].branches[1]",
    ],
    ["a concat of samples", [8], [parallel("concat", [[], []], { axis: 0 })], "layers[0].axis"],
    ["layerNorm over samples", [8], [layerNorm([0])], "layers[0].axes"],
    ["layerNorm over an axis too far", [8], [layerNorm([2])], "layers[0].axes"],
    [
      "a second copy that does not fit",
      [4, 2],
      [repeat(3, conv(2, [3], { padding: "valid" }))],
      "layers[0].layers[0].filter",
    ],
  ])("refuses %s and says where", (_name, shape, layers, path) => {
    expect(() => network(input(shape), ...layers)).toThrow(
      expect.objectContaining({ code: "ERR_SPEC", details: expect.objectContaining({ path }) }),
    );
  });

  test("counts copies, with one row per distinct shape", () => {
    const rows = layerShapes(network(input([8]), repeat(5, dense(16), serial(relu()))));
    const dense16 = rows.filter(({ layer }) => layer.kind === "dense");
    expect(dense16.map(({ input: from, copies }) => [from[0], copies])).toEqual([
      [8, 1],
      [16, 4],
    ]);
  });

  test("is quick for a million copies", () => {
    expect(parameterCount(network(input([8]), repeat(1_000_000, dense(8))))).toBe(64_000_000);
  });
});

describe("windowGeometry", () => {
  test("agrees with counting windows by hand", () => {
    for (let side = 1; side <= 9; side++) {
      for (let window = 1; window <= 5; window++) {
        for (let stride = 1; stride <= 4; stride++) {
          let valid = 0;
          for (let start = 0; start + window <= side; start += stride) valid++;
          expect(windowGeometry(side, window, stride, "valid")?.outputs ?? 0).toBe(valid);
          const same = windowGeometry(side, window, stride, "same")!;
          let starts = 0;
          for (let start = 0; start < side; start += stride) starts++;
          expect(same.outputs).toBe(starts);
          // the last window ends exactly at the last added position when any was added
          if (same.before + same.after > 0) {
            expect((same.outputs - 1) * stride + window).toBe(side + same.before + same.after);
          }
          expect(same.after - same.before).toBeGreaterThanOrEqual(0);
          expect(same.after - same.before).toBeLessThanOrEqual(1);
        }
      }
    }
  });
});

describe("counts and descriptions", () => {
  test("parameterCount counts weights, biases where they have variance, and copies", () => {
    const net = network(
      input([28, 28, 1]),
      conv(8, [3, 3], { biasVariance: 0.1 }),
      relu(),
      flatten(),
      repeat(3, dense(10), relu()),
      dense(2, { biasVariance: 1 }),
    );
    expect(parameterCount(net)).toBe(8 * 9 + 8 + 28 * 28 * 8 * 10 + 2 * 100 + 10 * 2 + 2);
  });

  test("hiddenDepth is the number of nonlinear layers on the longest path", () => {
    const net = network(
      input([8]),
      dense(4),
      { kind: "activation", name: "identity" },
      repeat(3, residual(relu(), dense(4), relu(), dense(4))),
      parallel("sum", [
        [relu(), dense(4)],
        [relu(), dense(4), relu(), dense(4), relu()],
      ]),
      dense(1),
    );
    expect(hiddenDepth(net)).toBe(3 * 2 + 3);
  });

  test("describeNetwork writes one line per layer, nested ones indented", () => {
    const net = network(
      input([8], { parameterization: "standard" }),
      dense(4, { weightVariance: 2 }),
      repeat(2, residualWithShortcut([relu(), dense(4)], [dense(4)])),
      parallel("sum", [[], [dense(4)]]),
    );
    expect(describeNetwork(net)).toEqual([
      "input [8], standard parameterization",
      "dense 4 (sigma_w^2 = 2, sigma_b^2 = 0) -> [4]",
      "repeat 2 times -> [4]",
      "  residual -> [4]",
      "    relu -> [4]",
      "    dense 4 (sigma_w^2 = 1, sigma_b^2 = 0) -> [4]",
      "    shortcut:",
      "      dense 4 (sigma_w^2 = 1, sigma_b^2 = 0) -> [4]",
      "parallel, sum -> [4]",
      "  branch 1: identity",
      "  branch 2:",
      "    dense 4 (sigma_w^2 = 1, sigma_b^2 = 0) -> [4]",
    ]);
  });
});
