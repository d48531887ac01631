import { describe, expect, test } from "vitest";
import { activation } from "../../src/activations/index.js";
import {
  criticalPointAt,
  criticalWeightVariance,
  type HiddenLayer,
  meanField,
  type SignalPropagation,
  signalPropagation,
} from "../../src/meanfield/index.js";
import * as n from "../../src/network/index.js";

const layer = (name: string, weightVariance: number, biasVariance: number): HiddenLayer => ({
  activation: activation(name),
  weightVariance,
  biasVariance,
});

/** Condition number of the ntk of m inputs of one length and one correlation: diagonal a, the rest a - gap. */
function kappa({ tangent }: SignalPropagation, m: number, entry = -1): number {
  const own = tangent!.own.at(entry)!;
  const gap = tangent!.gaps[0]!.at(entry)!;
  return 1 + (m * (own - gap)) / gap;
}

const follow = (hidden: HiddenLayer, depth: number, correlation: number, meanSquare: number) =>
  signalPropagation(hidden, { depth, meanSquare, correlations: [correlation], tangent: true });

describe("the tangent kernel of two inputs with depth (paper B, table 1)", () => {
  const { value: weightVariance, qStar } = criticalWeightVariance(activation("erf"), 0.05);
  const critical = layer("erf", weightVariance, 0.05);

  test("critical: the diagonal is (l + 1) q*, the rest a third of it, up to a million layers", () => {
    const depth = 1_000_000;
    const { tangent, deficits } = follow(critical, depth, 0.3, qStar!);
    const { own, pairs } = tangent!;
    expect(own.at(-1)!).toBeWithinRelative((depth + 1) * qStar!, 1e-8);
    // tabulated for c_0 = 0.3
    const reported = [
      [1e3, 0.330806],
      [1e4, 0.332858],
      [1e5, 0.333263],
      [1e6, 0.333324],
    ] as const;
    for (const [l, share] of reported) {
      expect(Math.abs(pairs[0]![l]! / (l * qStar!) - share)).toBeLessThan(1e-6);
    }
    expect(Math.abs(pairs[0]![depth]! / (depth * qStar!) - 1 / 3)).toBeLessThan(2e-5);
    // delta_l = 2 / (C''(1) l), C''(1) = 4 q*^2 / (1 + 4 q*) at chi_1 = 1
    const curvature = (4 * qStar! ** 2) / (1 + 4 * qStar!);
    expect((deficits[0]![1000]! * 1000 * curvature) / 2).toBeWithinRelative(1.00628, 1e-5);
    expect((deficits[0]![depth]! * depth * curvature) / 2).toBeWithinRelative(1.00003, 1e-5);
  });

  test("critical: m like pairs have kappa = (m + 2) / 2", () => {
    const read = follow(critical, 4096, 0.3, qStar!);
    expect(kappa(read, 12)).toBeWithinRelative(7, 0.01);
  });

  test("chaotic: the diagonal is q* (chi_1^(l + 1) - 1) / (chi_1 - 1), the rest goes to q* c* / (1 - chi_c*)", () => {
    const chaotic = layer("erf", 1.5, 0.05);
    const field = meanField(chaotic);
    const { tangent } = follow(chaotic, 400, 0.3, field.qStar!);
    const { own, pairs } = tangent!;
    for (const l of [0, 1, 10, 100, 400]) {
      const sum = (field.qStar! * (field.chi1! ** (l + 1) - 1)) / (field.chi1! - 1);
      expect(own[l]!).toBeWithinRelative(sum, 1e-10);
    }
    const limit = (field.qStar! * field.cStar!) / (1 - field.chiC!);
    expect(limit).toBeWithinRelative(16.216357, 1e-7);
    expect(pairs[0]!.at(-1)!).toBeWithinRelative(limit, 1e-3);
    // tabulated condition numbers, whose inputs differ
    for (const [l, reported] of [
      [200, 1.01159],
      [400, 1.000013],
    ] as const) {
      const excess = (12 * pairs[0]![l]!) / (own[l]! - pairs[0]![l]!);
      expect(excess).toBeWithinRelative(reported - 1, 0.04);
    }
  });

  test("ordered: both go to p* = q* / (1 - chi_1), their gap over l delta_l to q* + C''(1) p* / chi_1", () => {
    const ordered = layer("erf", 1.25, 0.05);
    const field = meanField(ordered);
    const q = field.qStar!;
    const chi = field.chi1!;
    const { tangent, deficits } = follow(ordered, 500, 0.3, q);
    const p = q / (1 - chi);
    expect(p).toBeWithinRelative(11.266106, 1e-6);
    expect(tangent!.own.at(-1)!).toBeWithinRelative(p, 1e-7);
    expect(tangent!.pairs[0]!.at(-1)!).toBeWithinRelative(p, 1e-5);
    const ratio = (l: number) => tangent!.gaps[0]![l]! / (l * deficits[0]![l]!);
    const curvature = (chi * 4 * q * q) / (1 + 4 * q);
    const expected = q + (curvature * p) / chi;
    expect(expected).toBeWithinRelative(3.54894, 1e-5);
    // corrections are of order 1 / l
    expect(2 * ratio(500) - ratio(250)).toBeWithinRelative(expected, 1e-3);
  });

  test("ordered: gaps keep their digits where kernels no longer differ, at any depth", () => {
    const ordered = layer("erf", 1.25, 0.05);
    const { chi1, qStar: q } = meanField(ordered);
    const { tangent, deficits } = follow(ordered, 10_000, 0.3, q!);
    expect(deficits[0]![10_000]! / deficits[0]![9_999]!).toBeWithinRelative(chi1!, 1e-11);
    expect(tangent!.pairs[0]!.at(-1)!).toBeWithinRelative(tangent!.own.at(-1)!, 1e-13);
    expect(tangent!.gaps[0]!.at(-1)!).toBeGreaterThan(1e-170);
    expect(tangent!.gaps[0]!.at(-1)!).toBeLessThan(1e-160);
  });

  test("relu: kappa of m inputs goes to (m + 3) / 3 and delta_l to 9 pi^2 / (2 l^2)", () => {
    const depth = 8192;
    const { tangent, deficits, ...rest } = follow(layer("relu", 2, 0), depth, 0, 1);
    expect(kappa({ tangent, deficits, ...rest }, 12)).toBeWithinRelative(5, 5e-3);
    expect((deficits[0]!.at(-1)! * depth ** 2 * 2) / (9 * Math.PI ** 2)).toBeWithinRelative(1, 0.01);
    expect(tangent!.pairs[0]!.at(-1)! / depth).toBeWithinRelative(0.25, 5e-3);
  });

  test("residual relu: kappa goes to (m + 3) / 3, theta to q_l l a / (1 + a)", () => {
    const dense = n.dense(1, { weightVariance: 1 });
    const net = n.network(n.input([8]), n.dense(1), n.repeat(700, n.residual(n.relu(), dense)));
    const read = signalPropagation(net, { correlations: [0], tangent: true });
    expect(kappa(read, 12)).toBeWithinRelative(5, 0.05);
    const a = 0.5;
    const scale = ((1 + a) ** 700 * 700 * a) / (1 + a);
    expect(read.tangent!.own.at(-1)! / scale).toBeWithinRelative(1.0043, 1e-4);
  });

  test.each([
    [0.9, 109.352],
    [0.5, 13.0504],
  ])("dropout of rate %d before the readout makes kappa of the ordered phase finite", (keep, reported) => {
    const variances = { weightVariance: 1.25, biasVariance: 0.05 };
    const { qStar: q, chi1 } = meanField(layer("erf", 1.25, 0.05));
    const net = n.network(
      n.input([8]),
      n.dense(1),
      n.erf(),
      n.repeat(299, n.dense(1, variances), n.erf()),
      n.dropout(keep),
      n.dense(1, variances),
    );
    const read = signalPropagation(net, { meanSquare: q!, correlations: [0], tangent: true });
    const p = q! / (1 - chi1!);
    const limit = 1 + (12 * p) / ((1 / keep - 1) * (p - 0.05));
    expect(kappa(read, 12)).toBeWithinRelative(limit, 2e-3);
    expect(kappa(read, 12)).toBeWithinRelative(reported, 2e-3);
  });

  test("pooled positions weaken the diagonal to (d + 2) / (3 d) of l q* at criticality", () => {
    const { qStar: q, weightVariance: w, biasVariance } = criticalPointAt(activation("erf"), 0.517177);
    const [d, depth, m] = [8, 4096, 6];
    const conv = n.conv(1, [3], { weightVariance: w, biasVariance, padding: "circular" });
    const net = (last: n.Layer) => n.network(n.input([d, 8]), n.repeat(depth, conv, n.erf()), conv, last);
    const start = { meanSquare: q!, correlations: [0], tangent: true };
    const pooled = signalPropagation(net(n.globalAvgPool()), start);
    const flat = signalPropagation(net(n.flatten()), start);
    expect(kappa(flat, m)).toBeWithinRelative((m + 2) / 2, 0.01);
    expect(kappa(pooled, m)).toBeWithinRelative((m * d + 2) / 2, 0.01);
    expect(pooled.tangent!.own.at(-1)! / (depth * q!)).toBeWithinRelative((d + 2) / (3 * d), 0.01);
  });
});
