import { describe, expect, test } from "vitest";
import {
  applyModel,
  finiteModel,
  initialParameters,
  lossGradient,
  openGradientEngine,
} from "../../src/finite/index.js";
import { dense, dropout, input, network, relu } from "../../src/network/index.js";
import { createRng } from "../../src/numeric/random.js";
import { NETWORKS, samplesFor } from "./networks.js";

describe.each(Object.keys(NETWORKS))("gradient engine in float64: %s", (name) => {
  test.each(["squared", "crossEntropy", "logistic"] as const)(
    "agrees with lossGradient and applyModel, %s",
    async (loss) => {
      const model = finiteModel(NETWORKS[name]!);
      const theta = initialParameters(model, { seed: 3 });
      const x = samplesFor(model.network, 3, 4);
      const classes = model.outputShape.at(-1)!;
      const size = model.outputShape.reduce((a, b) => a * b, 1);
      const y = { data: new Float64Array(3 * size).fill(1 / classes), shape: [3, ...model.outputShape] };
      const engine = await openGradientEngine(model, { batch: 4, loss, dtype: "float64" });
      engine.parameters.set(theta);
      const expected = lossGradient(model, theta, x, y, { loss });
      expect(engine.lossGradient(x.data, y.data, 3)).toBe(expected.value);
      expect(engine.gradient).toEqual(expected.gradient);
      expect(engine.outputs(x.data, 3)).toEqual(applyModel(model, theta, x).data);
      engine.close();
    },
  );
});

describe("gradient engine", () => {
  test("dropout's masks come from the given stream, and are gone without it", async () => {
    const model = finiteModel(network(input([5]), dense(64), relu(), dropout(0.5), dense(2)));
    const engine = await openGradientEngine(model, { batch: 8 });
    engine.parameters.set(initialParameters(model, { seed: 0 }));
    const x = createRng(1).normals(new Float64Array(40));
    const y = new Float64Array(16);
    const losses = [0, 1, 1].map((seed) => engine.lossGradient(x, y, 8, createRng(seed)));
    const plain = engine.lossGradient(x, y, 8);
    expect(losses[1]).toBe(losses[2]);
    expect(losses[0]).not.toBe(losses[1]);
    expect(engine.lossGradient(x, y, 8)).toBe(plain);
    expect(losses).not.toContain(plain);
  });

  test("wrong options are refused by name", async () => {
    const model = finiteModel(network(input([5]), dense(2)));
    await expect(openGradientEngine(model, { batch: 0 })).rejects.toThrow(/batch is 0/);
    await expect(openGradientEngine(model, { batch: 1, dtype: "int8" as never })).rejects.toThrow(
      /dtype is "int8"/,
    );
    await expect(openGradientEngine(model, { batch: 1, loss: "hinge" as never })).rejects.toThrow(
      /loss is "hinge"/,
    );
  });
});
