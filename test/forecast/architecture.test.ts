import { describe, expect, test } from "vitest";
import {
  criticalVariant,
  forecastLengths,
  forecastNetworkSignal,
  forecastUnit,
  lengthWarnings,
  permissibilityWarnings,
} from "../../src/forecast/architecture.js";
import { networkCritical, networkMeanField } from "../../src/meanfield/index.js";
import {
  activationLayer,
  conv,
  dense,
  erf,
  globalAvgPool,
  input,
  layerNorm,
  network,
  reciprocal,
  relu,
  repeat,
  residual,
  tanh,
} from "../../src/network/index.js";

const stack = (width: number, depth: number) =>
  network(
    input([5]),
    ...Array.from({ length: depth }, () => [
      dense(width, { weightVariance: 2, biasVariance: 0 }),
      relu(),
    ]).flat(),
    dense(1),
  );

describe("forecastUnit", () => {
  test("residual relu blocks are critical at every weight variance", () => {
    const net = network(
      input([4]),
      dense(8),
      repeat(6, residual(relu(), dense(8, { weightVariance: 1.3 }))),
      dense(1),
    );
    const unit = forecastUnit(net, 1)!;
    expect(unit).toMatchObject({ status: "always critical", times: 6 });
    expect(unit.critical.status).toBe("always");
    expect(criticalVariant(net, unit, 1)).toBeNull();
  });

  test("convolutional blocks have the phase of their hidden layer", () => {
    const variances = { weightVariance: 1.5, biasVariance: 0.05 };
    const net = network(
      input([6, 6, 2]),
      conv(4, [3, 3], { padding: "circular", ...variances }),
      repeat(4, erf(), conv(4, [3, 3], { padding: "circular", ...variances })),
      globalAvgPool(),
      dense(2),
    );
    const unit = forecastUnit(net, 1)!;
    expect(unit.phase).toBe("chaotic");
    expect(unit.chi1).toBeCloseTo(1.0347, 5);
    expect(unit.critical.weightVariance).toBeCloseTo(1.375839, 5);
    const critical = criticalVariant(net, unit, 1)!;
    expect(networkCritical(critical).status).toBe("critical");
    expect(networkMeanField(critical).phase).toBe("critical");
  });

  test("depth scales that are infinite are null: they go into JSON", () => {
    const net = network(input([4]), dense(8), repeat(3, relu(), dense(8, { weightVariance: 2 })), dense(1));
    const unit = forecastUnit(net, 1)!;
    expect(unit.phase).toBe("critical");
    expect(unit.xi1).toBeNull();
    expect(JSON.parse(JSON.stringify(unit))).toEqual(unit);
  });
});

describe("forecastNetworkSignal", () => {
  test("a block of a normalized signal adds 1 to the variance, and gradients grow by what that is of it", () => {
    const net = network(
      input([4]),
      dense(8),
      repeat(3, residual(layerNorm(), relu(), dense(8, { weightVariance: 2 }))),
      dense(1),
    );
    const signal = forecastNetworkSignal(net, { meanSquare: 1, near: 0.9, typical: 0.5, far: 0 })!;
    expect(signal.layer).toEqual([1, 2, 3]);
    [1, 2, 3].forEach((q, l) => {
      expect(signal.q[l]!).toBeCloseTo(q, 12);
      expect(signal.chi[l]!).toBeCloseTo((q + 1) / q, 12);
    });
    const { near, typical, far } = signal.correlation;
    signal.layer.forEach((_, l) => {
      expect(near[l]!).toBeGreaterThan(typical[l]!);
      expect(typical[l]!).toBeGreaterThan(far[l]!);
    });
  });
});

describe("forecastLengths", () => {
  test("relu at sigma_w^2 = 2: N Var(q_l) is 8, 28, 48", () => {
    const lengths = forecastLengths(stack(100, 3), 1)!;
    expect(lengths.width).toEqual([100, 100, 100]);
    expect(lengths.q).toEqual([2, 2, 2]);
    [8, 28, 48].forEach((variance, l) => {
      expect(100 * lengths.standardDeviation[l]! ** 2).toBeCloseTo(variance, 9);
    });
  });

  test("warns where single networks scatter widely, with the width, and not otherwise", () => {
    expect(lengthWarnings(forecastLengths(stack(512, 4), 1))).toEqual([]);
    const [warning, ...others] = lengthWarnings(forecastLengths(stack(10, 12), 1));
    expect(others).toEqual([]);
    // sqrt(228 / 10) / 2
    expect(warning).toMatch(/^At width 10 the variance of hidden layer 12 .* 239 %/);
    expect(lengthWarnings(null)).toEqual([]);
  });

  test("networks that are no plain stack have none", () => {
    expect(
      forecastLengths(network(input([4]), dense(8), residual(relu(), dense(8)), dense(1)), 1),
    ).toBeNull();
  });
});

describe("permissibilityWarnings", () => {
  test("says why an activation is outside of the theory, once, wherever it stands", () => {
    const net = network(
      input([4]),
      dense(8),
      repeat(2, residual(reciprocal(), dense(8))),
      reciprocal(),
      tanh(),
      activationLayer("relu"),
      dense(1),
    );
    const warnings = permissibilityWarnings(net);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/is not permissible: .*bounded/);
  });
});
