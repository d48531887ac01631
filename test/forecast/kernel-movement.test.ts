import { describe, expect, test } from "vitest";
import { empiricalKernels, finiteModel, initialParameters } from "../../src/finite/index.js";
import { kernelMovement } from "../../src/forecast/kernel-movement.js";
import { dense, input, network, relu } from "../../src/network/index.js";
import { matrix } from "../../src/numeric/matrix.js";
import { createRng } from "../../src/numeric/random.js";

describe("kernelMovement", () => {
  test("twice the weights of a relu network of two layers are four times its kernel", async () => {
    const model = finiteModel(network(input([3]), dense(40), relu(), dense(2)));
    const theta = initialParameters(model, { seed: 1 });
    // more samples than are looked at, so that a block of the larger kernel has to be found
    const x = matrix(20, 3, createRng(2).normals(new Float64Array(60)));
    const { ntk } = empiricalKernels(model, theta, x, null, { get: ["ntk"] });
    const half = matrix(
      20,
      20,
      ntk!.data.map((value) => value / 2),
    );
    const twice = Float32Array.from(theta, (value) => 2 * Math.fround(value));
    const found = await kernelMovement(model, theta.map(Math.fround), twice, x, half, {});
    expect(found!.samples).toBe(16);
    expect(found!.moved).toBeWithinRelative(3, 1e-13);
    // |K - K / 2| over |K / 2|; the weights were rounded to float32
    expect(found!.start).toBeWithinRelative(1, 1e-6);
  });
});
