import { describe, expect, test } from "vitest";
import {
  applyModel,
  finiteModel,
  initialParameters,
  jacobian,
  linearize,
  taylorExpand,
} from "../../src/finite/index.js";
import { parseNetwork } from "../../src/network/index.js";
import { createRng } from "../../src/numeric/random.js";
import { NETWORKS, samplesFor } from "./networks.js";

/** A network that is a polynomial of degree `layers` in its parameters. */
const linearLayers = (layers: number) =>
  finiteModel(
    parseNetwork({
      foretrain: 1,
      input: [3],
      layers: Array.from({ length: layers }, (_, l) => ({
        kind: "dense",
        units: l === layers - 1 ? 2 : 4,
        biasVariance: 0.5,
      })),
    }),
  );

const distance = (a: Float64Array, b: Float64Array) => Math.hypot(...a.map((value, i) => value - b[i]!));

describe("taylorExpand", () => {
  test.each([1, 2, 3])(
    "of order %i is exact for as many linear layers, and one order less is not",
    (order) => {
      const model = linearLayers(order);
      const origin = initialParameters(model, { seed: 1 });
      const far = createRng(2).normals(new Float64Array(model.parameterCount));
      const x = samplesFor(model.network, 4, 3);
      const exact = applyModel(model, far, x);
      const full = taylorExpand(model, origin, order)(far, x);
      expect(full.shape).toEqual([4, 2]);
      // sums of some tens of terms of order 1
      expect(distance(full.data, exact.data)).toBeLessThan(1e-13 * Math.hypot(...exact.data));
      expect(distance(taylorExpand(model, origin, order - 1)(far, x).data, exact.data)).toBeGreaterThan(0.1);
    },
  );

  test("has the network's value at its origin, at every order", () => {
    const model = finiteModel(NETWORKS["branches: product, concat, sum"]!);
    const origin = initialParameters(model, { seed: 4 });
    const x = samplesFor(model.network, 3, 5);
    for (const order of [0, 1, 3]) {
      expect(taylorExpand(model, origin, order)(origin, x).data).toEqual(applyModel(model, origin, x).data);
    }
  });

  test("keeps its origin when the caller's vector changes", () => {
    const model = linearLayers(2);
    const origin = initialParameters(model, { seed: 1 });
    const expansion = taylorExpand(model, origin, 1);
    const x = samplesFor(model.network, 2, 3);
    const at = initialParameters(model, { seed: 9 });
    const before = expansion(at, x);
    origin.fill(0);
    expect(expansion(at, x)).toEqual(before);
  });

  test("refuses what is no order and no vector of parameters", () => {
    const model = linearLayers(1);
    const origin = initialParameters(model, { seed: 1 });
    expect(() => taylorExpand(model, origin, 1.5)).toThrow(/order is 1.5, expected a whole number >= 0/);
    expect(() => linearize(model, new Float64Array(2))).toThrow(/parameters is Float64Array of 2 numbers/);
    const x = samplesFor(model.network, 1, 1);
    expect(() => linearize(model, origin)(new Float64Array(2), x)).toThrow(
      /parameters is Float64Array of 2 numbers/,
    );
  });
});

describe("linearize", () => {
  test.each(Object.keys(NETWORKS))("is the value and the Jacobian times the step: %s", (name) => {
    const model = finiteModel(NETWORKS[name]!);
    const origin = initialParameters(model, { seed: 6 });
    const at = initialParameters(model, { seed: 7 });
    const x = samplesFor(model.network, 2, 8);
    const value = applyModel(model, origin, x).data;
    const j = jacobian(model, origin, x);
    const [rows, count] = j.shape;
    const linear = linearize(model, origin)(at, x).data;
    for (let r = 0; r < rows; r++) {
      let sum = value[r]!;
      let size = Math.abs(sum);
      for (let p = 0; p < count; p++) {
        const term = j.data[r * count + p]! * (at[p]! - origin[p]!);
        sum += term;
        size += Math.abs(term);
      }
      // rounding of the sums only
      expect(Math.abs(linear[r]! - sum)).toBeLessThan(1e-14 * size);
    }
  });
});
