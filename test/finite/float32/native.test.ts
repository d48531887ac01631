import { afterAll, describe, expect, test } from "vitest";
import { openGradientEngine } from "../../../src/finite/gradient-engine.js";
import { finiteModel, initialParameters } from "../../../src/finite/index.js";
import * as n from "../../../src/network/index.js";
import { nativeSingleProduct } from "../../../src/numeric/linalg/index.js";
import { useNativeLinearAlgebra } from "../../../src/numeric/linalg/index-node.js";
import { createRng } from "../../../src/numeric/random.js";

const { library, koffi } = await useNativeLinearAlgebra();
if (library === null) {
  console.log(
    `native training is not tested: ${koffi === null ? "koffi is not installed" : "no BLAS was found"}`,
  );
}

describe.skipIf(library === null)("float32 training with a native library", () => {
  afterAll(async () => {
    await useNativeLinearAlgebra("none");
  });

  test.each([
    ["dense", n.network(n.input([150]), n.dense(90), n.relu(), n.dense(70), n.tanh(), n.dense(3))],
    [
      "convolutional",
      n.network(
        n.input([9, 9, 5]),
        n.conv(20, [3, 3]),
        n.relu(),
        n.conv(30, [3, 3]),
        n.relu(),
        n.flatten(),
        n.dense(3),
      ),
    ],
  ])("has the gradients of the package's own product, %s", async (_, net) => {
    const model = finiteModel(net);
    const batch = 40;
    const size = net.input.reduce((a, b) => a * b, 1);
    const x = createRng(1).normals(new Float32Array(batch * size));
    const y = createRng(2).normals(new Float32Array(batch * 3));
    const gradients = async () => {
      const engine = await openGradientEngine(model, { batch, dtype: "float32" });
      engine.parameters.set(initialParameters(model, { seed: 1 }));
      return { value: engine.lossGradient(x, y, batch), gradient: engine.gradient.slice() };
    };
    expect(nativeSingleProduct()).not.toBeNull();
    const native = await gradients();
    await useNativeLinearAlgebra("none");
    expect(nativeSingleProduct()).toBeNull();
    const own = await gradients();
    await useNativeLinearAlgebra();
    // both round to 24 bits, in other orders
    expect(Math.abs(native.value / own.value - 1)).toBeLessThan(1e-5);
    const norm = Math.hypot(...own.gradient);
    expect(Math.hypot(...own.gradient.map((g, i) => g - native.gradient[i]!)) / norm).toBeLessThan(1e-5);
    expect(own.gradient).not.toEqual(native.gradient);
  });
});
