/** Every choice of axes of an empirical kernel against Jacobians by differences, with the sums written out. */
import { describe, expect, test } from "vitest";
import { applyModel, empiricalKernels, finiteModel, initialParameters } from "../../../src/finite/index.js";
import { parseNetwork } from "../../../src/network/index.js";
import type { NdArray } from "../../../src/numeric/matrix.js";
import { samplesFor } from "../networks.js";

/** Central differences of fourth order: error STEP^4 / 30 times fifth derivatives of order 10, rounding 1e-16 / STEP. */
const STEP = 1e-3;
/** Kernels are sums of some 60 products of slopes of order 1, each off by 1e-12. */
const CLOSE = 1e-9;

const net = parseNetwork({
  foretrain: 1,
  input: [3, 2, 2],
  layers: [
    { kind: "conv", channels: 2, filter: [2, 2], weightVariance: 1.5, biasVariance: 0.2 },
    { kind: "activation", name: "tanh" },
    { kind: "conv", channels: 2, filter: [2, 1], padding: "valid", weightVariance: 1.5, biasVariance: 0.2 },
  ],
});
const model = finiteModel(net);
const theta = initialParameters(model, { seed: 4 });
const SIDES = model.outputShape;
const COUNT = SIDES.reduce((a, b) => a * b, 1);

const outputs = (x: NdArray) => applyModel(model, theta, x).data;
/** [parameter][sample * COUNT + output] */
function slopes(x: NdArray): Float64Array[] {
  return Array.from({ length: model.parameterCount }, (_, p) => {
    const at = (by: number) =>
      applyModel(
        model,
        theta.map((t, i) => (i === p ? t + by : t)),
        x,
      ).data;
    const [a, b, c, d] = [at(2 * STEP), at(STEP), at(-STEP), at(-2 * STEP)];
    return a.map((value, i) => (8 * (b![i]! - c![i]!) - (value - d![i]!)) / (12 * STEP));
  });
}

/** Indices of entry `flat` of an array [n, ...SIDES]. */
function indicesOf(flat: number): number[] {
  let rest = flat;
  const out = [...SIDES].reverse().map((side) => {
    const index = rest % side;
    rest = (rest - index) / side;
    return index;
  });
  return [rest, ...out.reverse()];
}

/** What an axis is: kept twice, its diagonal kept, or traced. */
type Use = "pairs" | "diagonal" | "trace";

/** The kernel from all products of entries of x1 and x2, by the indices of its entries. */
function plain(uses: readonly Use[], n1: number, n2: number, product: (l: number, r: number) => number) {
  const left = [n1, ...SIDES];
  const right = [n2, ...SIDES];
  const shape = uses.flatMap((use, axis) =>
    use === "trace" ? [] : use === "diagonal" ? [left[axis]!] : [left[axis]!, right[axis]!],
  );
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((a, b) => a * b, 1));
  const data = new Float64Array(shape.reduce((a, b) => a * b, 1));
  const traced = uses.reduce((all, use, axis) => (use === "trace" ? all * left[axis]! : all), 1);
  for (let l = 0; l < n1 * COUNT; l++) {
    const at = indicesOf(l);
    for (let r = 0; r < n2 * COUNT; r++) {
      const bt = indicesOf(r);
      if (uses.some((use, axis) => use !== "pairs" && at[axis] !== bt[axis])) continue;
      const place = uses.flatMap((use, axis) =>
        use === "trace" ? [] : use === "diagonal" ? [at[axis]!] : [at[axis]!, bt[axis]!],
      );
      data[place.reduce((sum, index, i) => sum + index * strides[i]!, 0)]! += product(l, r) / traced;
    }
  }
  return { data, shape };
}

const USES: readonly Use[] = ["pairs", "diagonal", "trace"];
const CHOICES = [1, 2, 3, 4].reduce<Use[][]>(
  (lists) => lists.flatMap((list) => USES.map((use) => [...list, use])),
  [[]],
);

describe("empirical kernels of a small convolutional network, all 81 choices of axes", () => {
  const x = samplesFor(net, 3, 1);
  // as many samples where each is paired with its own, another number elsewhere
  const others = { same: samplesFor(net, 3, 2), fewer: samplesFor(net, 2, 3) };
  const known = { x: slopes(x), same: slopes(others.same), fewer: slopes(others.fewer) };
  test.each(USES)("the samples' axis: %s", (samples) => {
    const name = samples === "pairs" ? "fewer" : "same";
    for (const second of [name, null] as const) {
      const x2 = second === null ? null : others[second];
      const n2 = second === "fewer" ? 2 : 3;
      const [a, b] = [known.x, second === null ? known.x : known[second]];
      const tangents = new Float64Array(3 * COUNT * n2 * COUNT);
      for (let p = 0; p < model.parameterCount; p++) {
        for (let l = 0; l < 3 * COUNT; l++)
          for (let r = 0; r < n2 * COUNT; r++) tangents[l * n2 * COUNT + r]! += a[p]![l]! * b[p]![r]!;
      }
      const [f, g] = [outputs(x), outputs(x2 ?? x)];
      for (const uses of CHOICES.filter(([first]) => first === samples)) {
        const axesOf = (use: Use) => uses.flatMap((one, axis) => (one === use ? [axis] : []));
        const axes = { traceAxes: axesOf("trace"), diagonalAxes: axesOf("diagonal") };
        const ntk = plain(uses, 3, n2, (l, r) => tangents[l * n2 * COUNT + r]!);
        const nngp = plain(uses, 3, n2, (l, r) => f[l]! * g[r]!);
        for (const method of ["outer", "jacobian", "products"] as const) {
          const found = empiricalKernels(model, theta, x, x2, { ...axes, method });
          for (const [actual, expected] of [
            [found.ntk!, ntk],
            [found.nngp!, nngp],
          ] as const) {
            expect(actual.shape).toEqual(expected.shape);
            const worst = expected.data.reduce(
              (most, value, i) => Math.max(most, Math.abs(value - actual.data[i]!)),
              0,
            );
            expect(worst, JSON.stringify(axes)).toBeLessThan(CLOSE);
          }
        }
      }
    }
  });
});
