import { describe, expect, test } from "vitest";
import { openGradientEngine } from "../../src/finite/gradient-engine.js";
import { applyModel, empiricalKernels, finiteModel, jacobian, taylorExpand } from "../../src/finite/index.js";
import { maxPool } from "../../src/finite/operations/max-pool.js";
import { windowsOver } from "../../src/finite/windows.js";
import * as n from "../../src/network/index.js";
import { createRng } from "../../src/numeric/random.js";

/** A network whose output is its input after one layer: read-out by the identity matrix. */
const through = async (shape: number[], layer: n.Layer, x: number[], dtype: "float32" | "float64") => {
  const model = finiteModel(n.network(n.input(shape), layer, n.flatten()));
  const engine = await openGradientEngine(model, { batch: 1, dtype });
  return Array.from(engine.outputs(Float64Array.from(x), 1));
};

describe.each(["float64", "float32"] as const)("maxPool in %s", (dtype) => {
  test("takes the largest value of every window and channel", async () => {
    // 2 x 4 positions, 1 channel
    const x = [1, -2, 3, 0, -5, 4, 2, 7];
    expect(await through([2, 4, 1], n.maxPool([2, 2], { strides: [2, 2] }), x, dtype)).toEqual([4, 7]);
    expect(await through([2, 4, 1], n.maxPool([1, 2]), x, dtype)).toEqual([1, 3, 3, 4, 4, 7]);
    expect(await through([8, 1], n.maxPool([3], { padding: "circular" }), x, dtype)).toEqual([
      7, 3, 3, 3, 4, 4, 7, 7,
    ]);
  });

  test("added positions never win, not even over negative values", async () => {
    const x = [-1, -2, -3, -4];
    expect(await through([4, 1], n.maxPool([3], { padding: "same" }), x, dtype)).toEqual([-1, -1, -2, -3]);
  });

  test("keeps channels apart: four at a time and the rest", async () => {
    // 2 positions of 6 channels
    const x = [1, 2, 3, 4, 5, 6, 6, 5, 4, 3, 2, 1];
    expect(await through([2, 6], n.maxPool([2]), x, dtype)).toEqual([6, 5, 4, 4, 5, 6]);
  });

  test("NaN shows, wherever it stands in the window", async () => {
    const nan = Number.NaN;
    const x = [1, nan, 2, 3, 3, 2, nan, 1];
    expect(await through([8, 1], n.maxPool([2], { strides: [2] }), x, dtype)).toEqual([nan, 3, 3, nan]);
    const wide = [nan, 1, 1, 1, 1, 0, nan, 2, 2, 2];
    expect(await through([2, 5], n.maxPool([2]), wide, dtype)).toEqual([nan, nan, 2, 2, 2]);
  });
});

describe("maxPool", () => {
  const windows = windowsOver([4], [2], [2], "valid");
  const run = { samples: 1, order: 1, parameters: [], reverse: true, masks: null, statistics: null };

  test("sends a cotangent to the first of equal maxima", () => {
    const { pullback } = maxPool(windows, 1)([[Float64Array.of(2, 2, 0, 1), null]], run, [true]);
    const [back] = pullback!([Float64Array.of(3, 5), null], () => {});
    expect(Array.from(back![0]!)).toEqual([3, 0, 0, 5]);
  });

  test("derivatives in the input are those of the unit that is largest", () => {
    const x = [Float64Array.of(2, 1, 0, 1), Float64Array.of(10, 20, 30, 40)];
    const { output } = maxPool(windows, 1)([x], run, [true]);
    expect(output.map((a) => Array.from(a!))).toEqual([
      [2, 1],
      [10, 40],
    ]);
  });

  const net = n.network(
    n.input([4, 4, 1]),
    n.conv(3, [3, 3]),
    n.maxPool([2, 2], { strides: [2, 2] }),
    n.flatten(),
    n.dense(2),
  );
  const model = finiteModel(net);
  const theta = createRng(3).normals(new Float64Array(model.parameterCount));
  const x = { data: createRng(4).normals(new Float64Array(5 * 16)), shape: [5, 4, 4, 1] };

  test("empirical kernels are the products of the rows of the Jacobian", () => {
    const { ntk } = empiricalKernels(model, theta, x, null);
    const { data, shape } = jacobian(model, theta, x);
    const p = shape[1];
    for (const [i, j] of [
      [0, 0],
      [1, 4],
      [2, 3],
    ] as const) {
      let sum = 0;
      for (let o = 0; o < 2; o++) {
        for (let k = 0; k < p; k++) sum += data[(2 * i + o) * p + k]! * data[(2 * j + o) * p + k]!;
      }
      expect(ntk!.data[5 * i + j]).toBeCloseTo(sum / 2, 12);
    }
  });

  test("is linear in its weights on its piece: the expansion of order 2 is exact near by", () => {
    // the network is a polynomial of degree 2 in its weights as long as no maximum moves
    const moved = theta.map((value, i) => value + 1e-4 * Math.cos(i));
    const near = taylorExpand(model, theta, 2)(moved, x);
    const exact = applyModel(model, moved, x);
    near.data.forEach((value, i) => {
      expect(value).toBeCloseTo(exact.data[i]!, 12);
    });
  });
});

describe("zeroPad", () => {
  test.each(["float64", "float32"] as const)("puts zeros around, %s", async (dtype) => {
    expect(await through([2, 2, 1], n.zeroPad([1, 2]), [1, 2, 3, 4], dtype)).toEqual(
      [
        [0, 0, 0, 0, 0, 0],
        [0, 0, 1, 2, 0, 0],
        [0, 0, 3, 4, 0, 0],
        [0, 0, 0, 0, 0, 0],
      ].flat(),
    );
  });

  test("before a valid convolution it is the same padding of odd filters", () => {
    const around = finiteModel(
      n.network(n.input([4, 5, 2]), n.zeroPad([1, 2]), n.conv(3, [3, 5], { padding: "valid" })),
    );
    const same = finiteModel(n.network(n.input([4, 5, 2]), n.conv(3, [3, 5])));
    const theta = createRng(5).normals(new Float64Array(same.parameterCount));
    const x = { data: createRng(6).normals(new Float64Array(80)), shape: [2, 4, 5, 2] };
    expect(applyModel(around, theta, x)).toEqual(applyModel(same, theta, x));
  });
});
