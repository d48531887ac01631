import { describe, expect, test } from "vitest";
import { activation } from "../../src/activations/index.js";
import {
  chi1,
  criticalWeightVariance,
  lengthMap,
  meanField,
  networkCritical,
  networkCriticalLine,
  networkMeanField,
  networkPhaseDiagram,
  signalPropagation,
} from "../../src/meanfield/index.js";
import * as n from "../../src/network/index.js";

const { dense, erf, relu, network, input, repeat, residual, preset } = n;
const w = { weightVariance: 1.5, biasVariance: 0.05 };
const blocks = (times: number, body: readonly n.Layer[], variances = w) =>
  network(input([5]), dense(8, variances), repeat(times, ...body), dense(1));

describe("networkMeanField", () => {
  test("reads a plain stack as its hidden layer, however it is written", () => {
    const layer = { activation: activation("erf"), ...w };
    const expected = meanField(layer);
    const written: Record<string, n.Network> = {
      preset: preset("fcn", { depth: 5, activation: "erf", ...w }),
      "in a row": network(
        input([5]),
        dense(8, { weightVariance: 1 }),
        erf(),
        dense(16, w),
        erf(),
        dense(32, w),
        erf(),
        dense(8, w),
        erf(),
        dense(1, { weightVariance: 3 }),
      ),
      serial: network(input([5]), n.serial(repeat(3, n.serial(dense(8, w), erf()))), dense(1)),
      "of convolutions": preset("cnn-pool", { depth: 4, activation: "erf", ...w }),
      "of more layers than are written out": preset("fcn", { depth: 10_000, activation: "erf", ...w }),
    };
    for (const [name, net] of Object.entries(written)) {
      const field = networkMeanField(net);
      expect(field.unit?.hidden, name).toMatchObject(w);
      expect(field.phase, name).toBe("chaotic");
      expect(field.status, name).toBe("chaotic");
      for (const key of ["qStar", "cStar", "chi1", "chiC", "xi1", "xiC", "xiStar"] as const) {
        expect(field[key]!, `${name} ${key}`).toBeWithinRelative(expected[key]!, 1e-9);
      }
    }
    expect(networkMeanField(written["in a row"]!).unit!.times).toBe(3);
    expect(networkMeanField(written["of more layers than are written out"]!).unit!.times).toBeGreaterThan(
      9997,
    );
  });

  test("a unit of several layers has the numbers of the composed map", () => {
    // erf, then identity layers of slope 2 and 3 / 4: one layer of sigma_w^2 = 1.5 and the same bias
    const net = blocks(6, [
      erf(),
      dense(8, { weightVariance: 2 }),
      dense(8, { weightVariance: 0.75, biasVariance: 0.05 }),
    ]);
    const field = networkMeanField(net);
    expect(field.unit!.layers).toHaveLength(3);
    const plain = meanField({ activation: activation("erf"), ...w });
    for (const key of ["qStar", "qSlope", "cStar", "chi1", "chiC", "xi1", "xiC", "xiStar"] as const) {
      expect(field[key]!, key).toBeWithinRelative(plain[key]!, 1e-9);
    }
  });

  test("layerNorm before every activation makes q = 1: chi_1 is the share of differences at q = 1", () => {
    const net = network(input([5]), repeat(7, dense(8, w), n.layerNorm(), erf()), dense(1));
    const field = networkMeanField(net);
    // E_1[erf^2] = (2 / pi) asin(2 / 3), E_1[erf'^2] = (4 / pi) / sqrt(5)
    const second = (2 / Math.PI) * Math.asin(2 / 3);
    const slope = 4 / Math.PI / Math.sqrt(5);
    expect(field.qStar).toBe(1);
    expect(field.chi1!).toBeWithinRelative((1.5 * slope) / (1.5 * second + 0.05), 1e-13);
    const critical = networkCritical(net);
    expect(critical.status).toBe("found");
    expect(critical.weightVariance!).toBeWithinRelative(0.05 / (slope - second), 1e-9);
  });

  test("relu residual blocks are critical at every weight variance, with q growing by 1 + a", () => {
    for (const weightVariance of [0.1, 1, 7]) {
      const net = preset("residual-fcn", { depth: 20, weightVariance });
      const field = networkMeanField(net);
      expect(field.status).toBe("always critical");
      expect(field.growth).toMatchObject({ law: "exponential" });
      expect(field.growth!.rate).toBeWithinRelative(1 + weightVariance / 2, 1e-13);
      expect([field.phase, field.qStar, field.cStar]).toEqual(["critical", null, 1]);
      expect(networkCritical(net).status).toBe("always");
    }
  });

  test.each(["gelu", "silu", "softplus", "elu"])(
    "residual blocks of %s are critical like those of relu, once q has grown",
    (name) => {
      const field = networkMeanField(blocks(4, [residual(n.activationLayer(name), dense(8, w))]));
      expect(field.status).toBe("always critical");
      expect(field.growth!.rate).toBeWithinRelative(1.75, 1e-4);
    },
  );

  test.each(["erf", "tanh", "sigmoid", "softsign"])(
    "residual blocks of the bounded %s are sub-exponentially chaotic",
    (name) => {
      const net = blocks(4, [residual(n.activationLayer(name), dense(8, w))]);
      const field = networkMeanField(net);
      expect(field.status).toBe("sub-exponentially chaotic");
      expect([field.phase, field.pace, field.chi1, field.qStar]).toEqual([
        "chaotic",
        "sub-exponential",
        null,
        null,
      ]);
      // sigma_w^2 (limits squared, in the mean) + sigma_b^2
      expect(field.growth!.law).toBe("linear");
      expect(field.growth!.rate).toBeWithinRelative(name === "sigmoid" ? 0.8 : 1.55, 1e-9);
      expect(networkCritical(net)).toMatchObject({ status: "none", weightVariance: null });
      expect(networkCritical(net).note).toContain("chi_1 > 1 at every sigma_w^2");
    },
  );

  test("the growth laws of erf residual blocks are those of their trajectories", () => {
    const field = networkMeanField(blocks(4, [residual(erf(), dense(8, w))]));
    const depth = 100_000;
    const net = blocks(depth, [residual(erf(), dense(8, w))]);
    const { q, chi, correlations } = signalPropagation(net, { correlations: [0.9] });
    // corrections are of relative order 1 / sqrt(l)
    expect((q.at(-1)! - q[depth / 2]!) / (depth / 2)).toBeWithinRelative(field.growth!.rate, 0.01);
    const log = (from: number, to: number) => chi.slice(from, to).reduce((sum, x) => sum + Math.log(x), 0);
    const { coefficient, exponent } = field.slowGain!;
    expect(exponent).toBe(0.5);
    const steps = coefficient * (Math.sqrt(depth) - Math.sqrt(depth / 4));
    expect(log(depth / 4, depth)).toBeWithinRelative(steps, 0.01);
    // the fixed point of c (w + b) = w (2 / pi) asin c + b, which is come up to like l^(slope - 1)
    const c = field.cStar!;
    expect(c * 1.55).toBeWithinRelative(1.5 * (2 / Math.PI) * Math.asin(c) + 0.05, 1e-10);
    const slope = (1.5 * (2 / Math.PI)) / Math.sqrt(1 - c * c) / 1.55;
    const apart = (l: number) => correlations[0]![l]! - c;
    expect(apart(depth) / apart(depth / 4)).toBeWithinRelative(4 ** (slope - 1), 0.02);
  });

  test("without biases odd residual blocks drive any two inputs apart to c = 0", () => {
    const variances = { weightVariance: 1.5, biasVariance: 0 };
    const field = networkMeanField(blocks(4, [residual(erf(), dense(8, variances))], variances));
    expect(Math.abs(field.cStar!)).toBeLessThan(1e-12);
  });

  test("blocks that normalize their input follow powers of the depth", () => {
    const second = (2 / Math.PI) * Math.asin(2 / 3);
    const slope = 4 / Math.PI / Math.sqrt(5);
    const net = blocks(4, [residual(n.layerNorm(), erf(), dense(8, w))]);
    const field = networkMeanField(net);
    expect(field.growth!.rate).toBeWithinRelative(1.5 * second + 0.05, 1e-10);
    expect(field.slowGain).toMatchObject({ law: "power" });
    expect(field.slowGain!.exponent).toBeWithinRelative((1.5 * slope) / (1.5 * second + 0.05), 1e-10);
    expect(field.status).toBe("chaotic by a power of the depth");
    expect(networkCritical(net).weightVariance!).toBeWithinRelative(0.05 / (slope - second), 1e-8);
    const even = blocks(4, [residual(n.layerNorm(), relu(), dense(8))], {
      weightVariance: 1,
      biasVariance: 0,
    });
    expect(networkMeanField(even).status).toBe("always critical");
  });

  test("residual blocks of sin keep their slope: exponentially chaotic though q grows linearly", () => {
    const field = networkMeanField(blocks(4, [residual(n.sin(), dense(8, w))]));
    // E sin^2 and E cos^2 go to 1 / 2
    expect(field).toMatchObject({ phase: "chaotic", pace: "exponential", growth: { law: "linear" } });
    expect(field.chi1!).toBeWithinRelative(1.75, 1e-6);
    expect(field.growth!.rate).toBeWithinRelative(0.8, 1e-6);
  });

  test("dropout keeps any two inputs apart at every weight variance", () => {
    const net = network(input([5]), repeat(9, dense(8, w), erf(), n.dropout(0.9)), dense(1));
    const field = networkMeanField(net);
    expect(field.cStar!).toBeLessThan(0.9);
    // the trajectory ends there, from equal inputs (with other masks) too
    const deep = network(input([5]), repeat(300, dense(8, w), erf(), n.dropout(0.9)), dense(1, w));
    for (const start of [1, 0.2]) {
      const { correlations, q } = signalPropagation(deep, { correlations: [start] });
      expect(correlations[0]!.at(-2)!).toBeWithinRelative(field.cStar!, 1e-9);
      expect(q.at(-2)!).toBeWithinRelative(field.qStar!, 1e-9);
    }
    expect(networkCritical(net).note).toContain("no critical point");
  });

  test("says that q grows by sigma_w^2 / 2 per layer for relu above 2", () => {
    const field = networkMeanField(preset("fcn", { depth: 5, weightVariance: 3 }));
    expect(field).toMatchObject({
      status: "no fixed point",
      qStar: null,
      growth: { law: "exponential", rate: 1.5 },
    });
    expect(field.note).toContain("grows by a factor 1.50000 per layer");
    expect(networkCritical(preset("fcn", { depth: 5, weightVariance: 3 })).weightVariance).toBe(2);
  });

  test("a network without repetition has trajectories and no fixed point, and says why", () => {
    const net = network(input([5]), dense(8, w), residual(erf(), dense(8, w)), dense(1));
    const field = networkMeanField(net);
    expect(field).toMatchObject({ unit: null, phase: null, qStar: null, status: "no part repeats" });
    expect(field.note).toContain("no layers of the network repeat");
    expect(networkCritical(net)).toMatchObject({ status: "none", path: null });
    expect(signalPropagation(net, { correlations: [0.5] }).q).toHaveLength(2);
  });

  test("one hidden layer is read as if it repeated; of stacks that differ, the last hidden layer", () => {
    const one = networkMeanField(preset("shallow", { activation: "erf", ...w }));
    expect(one.unit).toMatchObject({ times: 1, path: "layers[0]" });
    expect(one.qStar!).toBeWithinRelative(0.601753167, 1e-8);
    const differ = network(
      input([5]),
      dense(8, { weightVariance: 9 }),
      n.tanh(),
      dense(8, w),
      erf(),
      dense(1),
    );
    expect(networkMeanField(differ).qStar!).toBeWithinRelative(0.601753167, 1e-8);
  });

  test("pools end a part: the repeated layers are found between them", () => {
    const field = networkMeanField(preset("myrtle5", { activation: "erf", ...w }));
    expect(field.unit).toMatchObject({ times: 2, hidden: w });
  });

  test("starts where the network's own signal does", () => {
    // exp has two fixed points: small inputs run into the lower one, large ones diverge
    const net = network(input([5]), repeat(5, dense(8, { weightVariance: 0.1 }), n.exp()), dense(1));
    expect(networkMeanField(net, { meanSquare: 0.1 }).qStar!).toBeGreaterThan(0);
    expect(networkMeanField(net, { meanSquare: 40 })).toMatchObject({ qStar: null, qStatus: "diverges" });
  });

  test("refuses what the infinite-width reading has no rule for, with the layer's path", () => {
    expect(() => networkMeanField(network(input([5]), dense(3), relu(), relu(), dense(1)))).toThrow(
      /layers\[2\]: relu needs Gaussian units/,
    );
    expect(() => networkMeanField(network(input([5]), dense(3), n.reciprocal(), dense(1)))).toThrow(
      /layers\[1\]: .*no length map/,
    );
    expect(() => networkMeanField(preset("fcn"), { meanSquare: -1 })).toThrow(/meanSquare is -1/);
    expect(() => signalPropagation(preset("fcn"), { depth: 4 })).toThrow(/depth is for hidden layers/);
    const side = n.parallel("concat", [[n.conv(2, [1])], [n.conv(2, [1])]], { axis: 1 });
    expect(() => signalPropagation(network(input([4, 3]), side, n.flatten(), dense(1)))).toThrow(
      /side by side along positions/,
    );
  });
});

describe("networkCritical", () => {
  test("of a plain network says which variance to change to what, either way", () => {
    const net = preset("fcn", { depth: 5, activation: "tanh", weightVariance: 2.5, biasVariance: 0.05 });
    const advice = networkCritical(net);
    expect(advice.status).toBe("found");
    expect(advice.weightVariance!).toBeWithinRelative(1.760955, 1e-6);
    expect(advice.factor!).toBeWithinRelative(1.760955 / 2.5, 1e-6);
    expect(criticalWeightVariance(activation("tanh"), advice.biasVariance!).value).toBeWithinRelative(
      2.5,
      1e-9,
    );
    const there = preset("fcn", {
      depth: 5,
      activation: "tanh",
      weightVariance: advice.weightVariance!,
      biasVariance: 0.05,
    });
    expect(networkCritical(there).status).toBe("critical");
    expect(networkMeanField(there).phase).toBe("critical");
  });

  test("of a unit with different weight variances gives the factor for all of them", () => {
    const net = blocks(6, [
      erf(),
      dense(8, { weightVariance: 2 }),
      dense(8, { weightVariance: 0.75, biasVariance: 0.05 }),
    ]);
    const { factor, weightVariance } = networkCritical(net);
    expect(weightVariance).toBeNull();
    const scaled = blocks(6, [
      erf(),
      dense(8, { weightVariance: 2 * factor! }),
      dense(8, { weightVariance: 0.75 * factor!, biasVariance: 0.05 }),
    ]);
    expect(networkMeanField(scaled).chi1!).toBeWithinRelative(1, 1e-9);
    // sigma_w^2 = 1.3758 of one layer is the product of the two
    expect(1.5 * factor! ** 2).toBeWithinRelative(1.375839, 1e-6);
  });

  test("of activations that jump says that chi_1 is infinite", () => {
    const net = preset("fcn", { depth: 5, activation: "sign" });
    expect(networkCritical(net)).toMatchObject({
      status: "none",
      note: expect.stringContaining("chi_1 is infinite"),
    });
  });
});

describe("networkPhaseDiagram", () => {
  test("of a unit of several layers agrees with its reading, with the line where chi_1 = 1", async () => {
    const net = network(input([5]), repeat(7, dense(8, w), n.layerNorm(), erf()), dense(1));
    const diagram = await networkPhaseDiagram(net, {
      weightVariance: [0.2, 0.4, 0.6, 1.5],
      biasVariance: [0.02, 0.05],
    });
    expect(diagram.statuses).toEqual({ ordered: 2, chaotic: 6 });
    expect(diagram.qStar.data[7]).toBe(1);
    expect(diagram.chi1.data[7]!).toBeWithinRelative(networkMeanField(net).chi1!, 1e-12);
    const critical = networkCritical(net).weightVariance!;
    expect(diagram.criticalLine.at(-1)!.weightVariance).toBeWithinRelative(critical, 1e-7);
  });

  test("its critical line has points between the rows of a diagram, each with chi_1 = 1", () => {
    const net = network(
      input([5]),
      dense(8, w),
      repeat(4, n.tanh(), dense(8, w), relu(), dense(8, w)),
      n.tanh(),
      dense(8, w),
      dense(1),
    );
    const line = networkCriticalLine(net, { biasVariance: [0.01, 0.02, 0.05], weightVariance: [1.2, 2.5] });
    expect(line.map(({ biasVariance }) => biasVariance)).toEqual([0.01, 0.02, 0.05]);
    for (const { weightVariance, biasVariance, qStar } of line) {
      // tanh and relu in turn: with relu, q -> w q / 2 + b and the slope is w / 2 at any q
      const step = { activation: activation("tanh"), weightVariance, biasVariance };
      const back = (weightVariance / 2) * lengthMap(step, qStar!) + biasVariance;
      expect(back).toBeWithinRelative(qStar!, 1e-6);
      expect((weightVariance / 2) * chi1(step, qStar!)).toBeWithinRelative(1, 1e-6);
    }
    expect(networkCriticalLine(net, { biasVariance: [0.05], weightVariance: [3, 4] })).toEqual([]);
    const plain = blocks(3, [erf(), dense(8, w)]);
    const [point] = networkCriticalLine(plain, { biasVariance: [0.05], weightVariance: [0, 3] });
    expect(point!.weightVariance).toBeWithinRelative(1.375839, 1e-6);
  });

  test("refuses a network in which nothing repeats, with the reason", async () => {
    const net = network(input([5]), dense(8, w), residual(erf(), dense(8, w)), dense(1));
    await expect(networkPhaseDiagram(net, { weightVariance: [1], biasVariance: [0] })).rejects.toThrow(
      /no layers of the network repeat/,
    );
  });
});
