import { describe, expect, test } from "vitest";
import { isForetrainError } from "../../src/errors.js";
import * as n from "../../src/network/index.js";
import { trainability } from "../../src/trainability/index.js";
import { erfCritical, erfFixedPoint, type FixedPoint } from "./deep-kernels.js";
import { dataOf, end, FEATURES, sphere, stack, targetsOf } from "./networks.js";

const { network, input, dense, conv, erf, repeat } = n;

describe("one-dimensional circular convolutions, 8 positions, filter 3, 6 samples", () => {
  const [positions, m] = [8, 6];
  const net = ({ weightVariance, biasVariance }: FixedPoint, last: n.Layer) => {
    const filter = conv(1, [3], { weightVariance, biasVariance, padding: "circular" });
    return network(input([positions, 5]), repeat(3, filter, erf()), filter, last);
  };
  const data = (q: number) => ({ x: sphere(m, [positions, 5], q, 3) });

  test("critical, depth 4096: kappa 4 after flatten and 25 after pooling, bulks apart by the number of positions", async () => {
    const point = erfCritical(0.05);
    const depths = [4096];
    const flat = await trainability(net(point, n.flatten()), data(point.qStar), { depths });
    const pooled = await trainability(net(point, n.globalAvgPool()), data(point.qStar), { depths });
    expect(end(flat.ntk!.kappa)).toBeWithinRelative(4, 0.01);
    expect(end(pooled.ntk!.kappa)).toBeWithinRelative(25, 0.01);
    const unit = 4096 * point.qStar;
    expect(end(pooled.ntk!.lambdaMax) / unit).toBeWithinRelative(50 / 24, 0.01);
    expect(end(pooled.ntk!.lambdaBulk) / unit).toBeWithinRelative(1 / 12, 0.01);
    for (const { ntk, nngp } of [flat, pooled]) {
      expect(end(ntk!.kappa)).toBeWithinRelative(end(ntk!.theory.kappa), 0.01);
      expect(end(nngp!.kappa)).toBeWithinRelative(end(nngp!.theory.kappa), 0.02);
    }
  });

  test("chaotic: pooling makes kappa - 1 larger by the number of positions", async () => {
    const point = erfFixedPoint(1.5, 0.05);
    const depths = [200, 400];
    const flat = await trainability(net(point, n.flatten()), data(point.qStar), { depths });
    const pooled = await trainability(net(point, n.globalAvgPool()), data(point.qStar), { depths });
    for (const [i] of depths.entries()) {
      const ratio = (pooled.ntk!.kappa[i]! - 1) / (flat.ntk!.kappa[i]! - 1);
      expect(ratio).toBeWithinRelative(positions, 5e-3);
    }
    for (const { ntk, nngp } of [flat, pooled]) {
      // l chi_c^l, with a larger constant than without positions
      expect(end(ntk!.kappa) - 1).toBeWithinRelative(end(ntk!.theory.kappa) - 1, 0.02);
      expect(end(nngp!.kappa)).toBeWithinRelative(end(nngp!.theory.kappa), 2e-3);
      expect(end(nngp!.lambdaMax)).toBeWithinRelative(end(nngp!.theory.lambdaMax), 2e-3);
    }
  });

  test("zero padding has no table, and the reason says so", async () => {
    const filter = conv(1, [3], { weightVariance: 1.5, biasVariance: 0.05 });
    const same = network(input([positions, 5]), repeat(3, filter, erf()), filter, n.flatten());
    const { ntk, noTheory } = await trainability(same, data(1), { depths: [3], get: ["ntk"] });
    expect(noTheory).toMatch(/circular convolutions/);
    expect(ntk!.kappa[0]!).toBeGreaterThan(1);
  });
});

describe("trainability refuses", () => {
  const point = erfFixedPoint(1.25, 0.05);
  const net = stack(point, erf());
  const data = dataOf(1);
  test.each([
    [
      "one sample",
      net,
      { x: sphere(1, [FEATURES], 1, 1) },
      {},
      "ERR_SHAPE",
      /1 train sample, expected at least 2/,
    ],
    [
      "targets of other samples",
      net,
      { ...data, targets: targetsOf(3, 1) },
      {},
      "ERR_SHAPE",
      /targets are \[3, 3\]/,
    ],
    ["test inputs without targets", net, { x: data.x, test: data.test }, {}, "ERR_USAGE", /no targets/],
    [
      "a kernel that does not exist",
      net,
      data,
      { get: ["foo" as "ntk"] },
      "ERR_USAGE",
      /expected names of ntk, nngp/,
    ],
    ["depth 1.5", net, data, { depths: [1.5] }, "ERR_DOMAIN", /depth is 1.5/],
    ["the ntk of sign", stack(point, n.sign()), data, {}, "ERR_UNAVAILABLE", /sign jumps/],
    [
      "networks without a block",
      network(input([FEATURES]), dense(1)),
      data,
      {},
      "ERR_UNAVAILABLE",
      /no hidden block/,
    ],
  ] as const)("%s", async (_, given, samples, options, code, message) => {
    const error = await trainability(given, samples, options).then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(isForetrainError(error) && [error.code, message.test(error.message)]).toEqual([code, true]);
  });

  test("the nngp of sign is there", async () => {
    const { nngp, ntk, noTheory } = await trainability(stack(point, n.sign()), data, {
      get: ["nngp"],
      depths: [1, 8],
    });
    expect(ntk).toBeNull();
    expect(nngp!.kappa[1]!).toBeGreaterThan(1);
    expect(noTheory).not.toBeNull();
  });
});
