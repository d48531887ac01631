import { describe, expect, test } from "vitest";
import { lazyFlow } from "../../src/dynamics/index.js";
import { finiteModel } from "../../src/finite/index.js";
import { activationLayer, dense, input, network, tanh } from "../../src/network/index.js";
import { meanFieldFlow, shallowReading } from "../../src/normalization/index.js";
import { matrix } from "../../src/numeric/matrix.js";
import { createRng } from "../../src/numeric/random.js";
import { expectClose } from "../support/expect-close.js";

describe("a network with one hidden layer, read as a shallow one", () => {
  const build = (units = 6) =>
    network(
      input([3]),
      dense(units, { weightVariance: 1.7, biasVariance: 0.3 }),
      tanh(),
      dense(1, { weightVariance: 2.5 }),
    );

  test("trains as the network itself: the same outputs under gradient flow", () => {
    const net = build();
    const model = finiteModel(net);
    const rng = createRng(3);
    const theta = rng.fork("theta").normals(new Float64Array(model.parameterCount));
    const x = { data: rng.fork("x").normals(new Float64Array(15)), shape: [5, 3] };
    const y = { data: rng.fork("y").normals(new Float64Array(5)), shape: [5, 1] };
    const whole = lazyFlow({ model, parameters: theta, x, y, times: [0, 2] });
    const reading = shallowReading(net);
    expect(reading.units).toBe(6);
    // the same units: weights of 1 / N, the bias as the weight of the constant input
    expect(model.parameterCount).toBe(18 + 6 + 6);
    const inner = new Float64Array(24);
    for (let i = 0; i < 6; i++) {
      for (let a = 0; a < 3; a++) inner[i * 4 + a] = theta[a * 6 + i]!;
      inner[i * 4 + 3] = theta[18 + i]!;
    }
    const outer = theta.slice(24);
    const start = whole.train[0]!;
    const { outputScale } = reading;
    const shallow = meanFieldFlow(
      {
        network: reading.network,
        particles: { weights: new Float64Array(6).fill(1 / 6), outer, inner },
        x: reading.inputs(matrix(5, 3, x.data)),
        // centred units start at 0: the network's own start moves to the targets
        y: y.data.map((value, i) => (value - start[i]!) / outputScale),
        alpha: outputScale ** 2,
        times: [0, 2],
      },
      6 ** -0.5,
    );
    expectClose(
      [...shallow.train[1]!].map((value, i) => outputScale * value + start[i]!),
      [...whole.train[1]!],
      1e-8,
    );
  });

  test("other networks are refused with the reason", () => {
    const bad = [
      [network(input([3]), dense(4), tanh(), dense(4), tanh(), dense(1)), /2 hidden layers/],
      [network(input([3]), dense(4), tanh(), dense(2)), /2 outputs/],
      [network(input([3]), dense(4), tanh(), dense(1, { biasVariance: 1 })), /output has a bias/],
      [network(input([3], { parameterization: "standard" }), dense(4), tanh(), dense(1)), /standard/],
      [network(input([3]), dense(4, { weightVariance: 0 }), activationLayer("tanh"), dense(1)), /is 0/],
    ] as const;
    for (const [net, words] of bad) expect(() => shallowReading(net)).toThrow(words);
    expect(() => shallowReading(build()).inputs(matrix(2, 2))).toThrow(/2 columns/);
  });
});
