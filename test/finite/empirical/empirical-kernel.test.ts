import { describe, expect, test } from "vitest";
import {
  type AxesOptions,
  applyModel,
  empiricalKernels,
  finiteModel,
  hessianVectorProduct,
  initialParameters,
  jacobian,
  tangentKernelProduct,
} from "../../../src/finite/index.js";
import { computeKernelArrays } from "../../../src/kernels/index.js";
import { type Network, parseNetwork } from "../../../src/network/index.js";
import { eigenSymmetric } from "../../../src/numeric/linalg/index.js";
import { matrix, type NdArray } from "../../../src/numeric/matrix.js";
import { portableNetwork } from "../../dynamics/portable-network.js";
import { NETWORKS, samplesFor } from "../networks.js";

const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

describe.each(Object.keys(NETWORKS))("empirical kernels of a network: %s", (name) => {
  const net = NETWORKS[name]!;
  const model = finiteModel(net);
  const theta = initialParameters(model, { seed: 8 });
  const x = samplesFor(net, 3, 1);
  const x2 = samplesFor(net, 2, 2);
  const outputs = sizeOf(model.outputShape);
  const left = jacobian(model, theta, x);
  const right = jacobian(model, theta, x2);
  const count = model.parameterCount;

  /** gradient of output a of sample i of x times that of output b of sample j of x2 */
  const dot = (i: number, a: number, j: number, b: number) => {
    let sum = 0;
    for (let p = 0; p < count; p++) {
      sum += left.data[(i * outputs + a) * count + p]! * right.data[(j * outputs + b) * count + p]!;
    }
    return sum;
  };

  /** The kernel with these axes from Jacobians and outputs, entry by entry. */
  const plain = (axes: AxesOptions, pair: (i: number, a: number, j: number, b: number) => number, n2 = 2) => {
    const rank = model.outputShape.length + 1;
    const places = (list: readonly number[] = []) => list.map((axis) => (axis + rank) % rank);
    const [traced, diagonal] = [places(axes.traceAxes), places(axes.diagonalAxes)];
    const sides = [3, ...model.outputShape];
    const indices = (flat: number, shape: readonly number[]) => {
      const out: number[] = [];
      let rest = flat;
      for (const side of [...shape].reverse()) {
        out.unshift(rest % side);
        rest = Math.floor(rest / side);
      }
      return out;
    };
    const shape: number[] = [];
    sides.forEach((side, axis) => {
      if (traced.includes(axis)) return;
      shape.push(side, ...(diagonal.includes(axis) ? [] : [axis === 0 ? n2 : side]));
    });
    const data = new Float64Array(sizeOf(shape));
    const count = traced.reduce((product, axis) => product * sides[axis]!, 1);
    for (let l = 0; l < 3 * outputs; l++) {
      for (let r = 0; r < n2 * outputs; r++) {
        const [at, bt] = [indices(l, sides), indices(r, [n2, ...model.outputShape])];
        if (![...traced, ...diagonal].every((axis) => at[axis] === bt[axis])) continue;
        let place = 0;
        sides.forEach((side, axis) => {
          if (traced.includes(axis)) return;
          place = place * side + at[axis]!;
          if (!diagonal.includes(axis)) place = place * (axis === 0 ? n2 : side) + bt[axis]!;
        });
        data[place]! +=
          pair(Math.floor(l / outputs), l % outputs, Math.floor(r / outputs), r % outputs) / count;
      }
    }
    return { data, shape };
  };

  const f = applyModel(model, theta, x).data;
  const g = applyModel(model, theta, x2).data;
  const expectClose = (actual: NdArray | undefined, expected: NdArray) => {
    expect(actual!.shape).toEqual(expected.shape);
    const size = Math.max(...expected.data.map(Math.abs), 1);
    let worst = 0;
    expected.data.forEach((value, i) => {
      worst = Math.max(worst, Math.abs(value - actual!.data[i]!));
    });
    // sums of some hundred terms in another order
    expect(worst).toBeLessThan(1e-13 * size);
  };

  const spatial = model.outputShape.length > 1;
  const AXES: readonly AxesOptions[] = [
    {},
    { traceAxes: [] },
    { traceAxes: [], diagonalAxes: [-1] },
    ...(spatial
      ? [
          { traceAxes: [1, -1] },
          { traceAxes: [-1], diagonalAxes: [1] },
          { traceAxes: [2], diagonalAxes: [1, 3] },
          { traceAxes: [1, 2, 3] },
        ]
      : []),
  ];

  test.each(AXES)("pairs of outputs are products of Jacobians and of outputs, axes %j", (axes) => {
    for (const method of ["auto", "outer", "jacobian", "products"] as const) {
      const { ntk, nngp } = empiricalKernels(model, theta, x, x2, { ...axes, method });
      expectClose(ntk, plain({ traceAxes: [-1], ...axes }, dot));
      expectClose(
        nngp,
        plain({ traceAxes: [-1], ...axes }, (i, a, j, b) => f[i * outputs + a]! * g[j * outputs + b]!),
      );
    }
  });

  test.each([
    { traceAxes: [-1], diagonalAxes: [0] },
    { traceAxes: [], diagonalAxes: [0] },
    { traceAxes: [0, -1] },
    { traceAxes: [0], diagonalAxes: [-1] },
  ])("every sample with its own alone, axes %j", (axes) => {
    const own = (i: number, a: number, j: number, b: number) => {
      let sum = 0;
      for (let p = 0; p < count; p++) {
        sum += left.data[(i * outputs + a) * count + p]! * left.data[(j * outputs + b) * count + p]!;
      }
      return sum;
    };
    for (const method of ["auto", "outer", "jacobian", "products"] as const) {
      for (const second of [null, x]) {
        const { ntk } = empiricalKernels(model, theta, x, second, { ...axes, method });
        expectClose(ntk, plain(axes, own, 3));
      }
    }
  });

  test("x2 = null is x1 with itself", () => {
    for (const method of ["auto", "outer", "jacobian", "products"] as const) {
      const options = { method, traceAxes: [] };
      const same = empiricalKernels(model, theta, x, null, options);
      const both = empiricalKernels(model, theta, x, x, options);
      expectClose(same.ntk, both.ntk!);
      expectClose(same.nngp, both.nngp!);
    }
  });

  test("is symmetric to the last bit, whatever the tiles", () => {
    const { data } = empiricalKernels(model, theta, x, null, { get: ["ntk"] }).ntk!;
    const block = data.length / 9;
    const sides = model.outputShape.slice(0, -1);
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 3; j++) {
        for (let e = 0; e < block; e++) {
          // [h, h', w, w'] to [h', h, w', w]
          let [rest, place, stride] = [e, 0, 1];
          for (const side of [...sides].reverse()) {
            const [q, p] = [rest % side, Math.floor(rest / side) % side];
            place += (q * side + p) * stride;
            stride *= side * side;
            rest = Math.floor(rest / (side * side));
          }
          expect(data[(i * 3 + j) * block + e]).toBe(data[(j * 3 + i) * block + place]);
        }
      }
    }
  });

  test("the product with a vector needs no kernel", () => {
    const v = {
      data: Float64Array.from({ length: 2 * outputs }, (_, i) => Math.cos(i)),
      shape: [2, ...model.outputShape],
    };
    const product = tangentKernelProduct(model, theta, x, x2, v);
    for (let i = 0; i < 3; i++) {
      for (let a = 0; a < outputs; a++) {
        let sum = 0;
        for (let j = 0; j < 2; j++)
          for (let b = 0; b < outputs; b++) sum += dot(i, a, j, b) * v.data[j * outputs + b]!;
        expect(product.data[i * outputs + a]).toBeCloseTo(sum, 10);
      }
    }
  });
});

describe("a small network that is known to ten digits", () => {
  const { model, theta, x, y } = portableNetwork();

  test("has these outputs, this tangent spectrum and this trace of the Hessian", async () => {
    const f = applyModel(model, theta, x).data;
    [-0.24937538, -0.16324481, 0.02043427, 0.21220827].forEach((value, i) => {
      expect(f[i]).toBeCloseTo(value, 8);
    });
    const { ntk } = empiricalKernels(model, theta, x, null);
    const { values } = await eigenSymmetric(matrix(4, 4, ntk!.data));
    [0.00682909, 0.04280827, 1.39969948, 1.77602779].forEach((value, i) => {
      expect([...values].sort((a, b) => a - b)[i]).toBeCloseTo(value, 8);
    });
    let trace = 0;
    for (let p = 0; p < model.parameterCount; p++) {
      const e = new Float64Array(model.parameterCount);
      e[p] = 1;
      trace += hessianVectorProduct(model, theta, x, y, e)[p]!;
    }
    expect(trace).toBeCloseTo(0.7428542126, 9);
  });
});

describe("the limit of wide networks", () => {
  const erfNet = (width: number): Network =>
    parseNetwork({
      foretrain: 1,
      input: [6],
      layers: [
        ...Array.from({ length: 4 }, () => [
          { kind: "dense", units: width, weightVariance: 1.5, biasVariance: 0.05 },
          { kind: "activation", name: "erf" },
        ]).flat(),
        { kind: "dense", units: 1, weightVariance: 1.5, biasVariance: 0.05 },
      ],
    });

  test("the error of the tangent kernel falls like 1 / sqrt(width)", async () => {
    const x = samplesFor(erfNet(1), 6, 9);
    const limit = (await computeKernelArrays(erfNet(1), x, null, { get: ["ntk"] })).ntk!.data;
    const size = Math.hypot(...limit);
    const widths = [32, 64, 128, 256];
    const errors = widths.map((width) => {
      const model = finiteModel(erfNet(width));
      let squares = 0;
      const draws = 12;
      for (let seed = 0; seed < draws; seed++) {
        const theta = initialParameters(model, { seed });
        const { ntk } = empiricalKernels(model, theta, x, null, { get: ["ntk"] });
        squares += ntk!.data.reduce((sum, value, i) => sum + (value - limit[i]!) ** 2, 0) / draws;
      }
      return Math.sqrt(squares) / size;
    });
    const logs = widths.map(Math.log2);
    const mean = (list: readonly number[]) => list.reduce((a, b) => a + b) / list.length;
    const ys = errors.map(Math.log2);
    const slope =
      logs.reduce((sum, l, i) => sum + (l - mean(logs)) * (ys[i]! - mean(ys)), 0) /
      logs.reduce((sum, l) => sum + (l - mean(logs)) ** 2, 0);
    expect(Math.abs(slope + 0.5)).toBeLessThan(0.1);
  });
});
