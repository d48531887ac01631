import { describe, expect, test } from "vitest";
import { activation } from "../../src/activations/index.js";
import { computeKernel } from "../../src/kernels/index.js";
import * as n from "../../src/network/index.js";
import { eigenSymmetric } from "../../src/numeric/linalg/index.js";
import type { Matrix, NdArray } from "../../src/numeric/matrix.js";
import { createRng } from "../../src/numeric/random.js";
import { erfCritical, erfFixedPoint, type FixedPoint } from "../trainability/deep-kernels.js";

const { dense, relu, erf, network, input, repeat, residual } = n;

/** `count` random inputs with |x|^2 = features * q. */
function sphere(count: number, features: number, q: number, seed: number): NdArray<Float64Array> {
  const data = createRng(seed).normals(new Float64Array(count * features));
  for (let i = 0; i < count; i++) {
    const x = data.subarray(i * features, (i + 1) * features);
    const scale = Math.sqrt((features * q) / x.reduce((sum, v) => sum + v * v, 0));
    for (let f = 0; f < features; f++) x[f]! *= scale;
  }
  return { data, shape: [count, features] };
}

async function conditionNumber(a: Matrix): Promise<number> {
  const { values } = await eigenSymmetric(a);
  return Math.max(...values) / Math.min(...values);
}

describe("the ntk of one hidden layer is the kernel A of shallow networks (paper E)", () => {
  // A(x, x') = E[phi(w.x) phi(w.x') + phi'(w.x) phi'(w.x') x.x'], w ~ N(0, I) in two dimensions; the trapezoidal sum of
  // a function analytic in a strip converges exponentially: e^-60 with this step
  const h = 1 / 12;
  const nodes = Array.from({ length: 2 * 9 * 12 + 1 }, (_, i) => (i - 9 * 12) * h);
  const weight = (z: number) => (h * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI);

  // closed forms to rounding; tanh has none, and its expansion for two different variances leaves 1e-11 of Td at the
  // correlation -0.9997 of the first and the last point
  test.each([
    ["erf", 1e-13],
    ["sin", 1e-13],
    ["tanh", 2e-11],
  ] as const)("%s", async (name, tolerance) => {
    const { value, derivative } = activation(name);
    const x = [
      [0.3, -0.4],
      [0.9, 0.2],
      [-0.5, 0.7],
    ];
    // sigma_w^2 = 2 = n_0 in the first layer undoes the 1 / n_0 of the input's inner products
    const net = network(input([2]), dense(1, { weightVariance: 2 }), n.activationLayer(name), dense(1));
    const { ntk } = await computeKernel(net, { data: Float64Array.from(x.flat()), shape: [3, 2] });
    for (const [i, a] of x.entries()) {
      for (const [j, b] of x.entries()) {
        let expected = 0;
        for (const w0 of nodes) {
          for (const w1 of nodes) {
            const u = w0 * a[0]! + w1 * a[1]!;
            const v = w0 * b[0]! + w1 * b[1]!;
            const dot = a[0]! * b[0]! + a[1]! * b[1]!;
            expected +=
              weight(w0) * weight(w1) * (value(u) * value(v) + derivative!(u) * derivative!(v) * dot);
          }
        }
        expect(Math.abs(ntk.data[3 * i + j]! - expected)).toBeLessThan(tolerance);
      }
    }
  });
});

describe("residual networks (paper B, extension to skip connections)", () => {
  const blocks = (phi: n.Layer, depth: number, weightVariance: number, biasVariance: number) =>
    network(input([20]), dense(1), repeat(depth, residual(phi, dense(1, { weightVariance, biasVariance }))));

  test("relu: q grows by 1 + a per block and Theta(x, x) is (1 + a)^l (1 + l a / (1 + a)) q, a = sigma_w^2 / 2", async () => {
    const x = sphere(2, 20, 1, 3);
    for (const [depth, w] of [
      [1, 1],
      [7, 2],
      [64, 0.5],
      [700, 1],
    ] as const) {
      const a = w / 2;
      const { nngp, ntk } = await computeKernel(blocks(relu(), depth, w, 0), x);
      const q = (1 + a) ** depth;
      expect(nngp.data[0]!).toBeWithinRelative(q, 1e-12);
      expect(ntk.data[0]!).toBeWithinRelative(q * (1 + (depth * a) / (1 + a)), 1e-12);
    }
  });

  test("relu: correlations approach 1 as (9 pi^2 / 2) ((1 + a) / a)^2 / l^2 and kappa (m + 3) / 3", async () => {
    const x = sphere(12, 20, 1, 4);
    // reported for m = 12, sigma_w^2 = 1: 6.14, 5.43, 5.18 at these depths. The way to the limit 5 depends on the inputs
    // through their correlations, by a twentieth at l = 64 and less below
    const reported = [
      [64, 6.14, 0.06],
      [256, 5.43, 0.02],
      [700, 5.18, 0.01],
    ] as const;
    for (const [depth, kappa, tolerance] of reported) {
      const { nngp, ntk } = await computeKernel(blocks(relu(), depth, 1, 0), x);
      expect(await conditionNumber(ntk)).toBeWithinRelative(kappa, tolerance);
      if (depth === 700) {
        const delta = 1 - nngp.data[1]! / nngp.data[0]!;
        // corrections to both laws are of order log l / l
        expect(delta * depth ** 2).toBeWithinRelative(((9 * Math.PI ** 2) / 2) * 9, 0.1);
        expect(ntk.data[1]! / ntk.data[0]!).toBeWithinRelative(0.25, 0.05);
      }
    }
  });

  test.each([
    ["relu", 1, 0],
    ["erf", 1.5, 0.05],
  ] as const)(
    "%s: every entry follows K' = K + sigma_w^2 T + sigma_b^2, Theta' = Theta + sigma_w^2 T + sigma_b^2 + sigma_w^2 Td Theta",
    async (name, w, b) => {
      const depth = 12;
      const x = sphere(4, 20, 1, 5);
      const { nngp, ntk } = await computeKernel(blocks(n.activationLayer(name), depth, w, b), x);
      const duals = {
        relu: (q: number, k: number) => {
          const angle = Math.acos(k / q);
          const slope = (Math.PI - angle) / (2 * Math.PI);
          return [(q * Math.sin(angle)) / (2 * Math.PI) + slope * k, slope] as const;
        },
        erf: (q: number, k: number) =>
          [
            (2 / Math.PI) * Math.asin((2 * k) / (1 + 2 * q)),
            4 / Math.PI / Math.sqrt((1 + 2 * q) ** 2 - 4 * k * k),
          ] as const,
      };
      for (let i = 0; i < 4; i++) {
        for (let j = 0; j < i; j++) {
          let q = 1;
          let k = 0;
          for (let f = 0; f < 20; f++) k += (x.data[20 * i + f]! * x.data[20 * j + f]!) / 20;
          let t = k;
          for (let block = 0; block < depth; block++) {
            const [T, Td] = duals[name](q, k);
            const [own] = duals[name](q, q);
            t += w * T + b + w * Td * t;
            k += w * T + b;
            q += w * own + b;
          }
          expect(nngp.data[4 * i + j]!).toBeWithinRelative(k, 1e-13, q);
          expect(ntk.data[4 * i + j]!).toBeWithinRelative(t, 1e-13, q);
        }
      }
    },
  );

  test("erf: the kernel becomes diagonal quickly", async () => {
    const x = sphere(12, 20, 1, 5);
    const excess = async (depth: number) =>
      (await conditionNumber((await computeKernel(blocks(erf(), depth, 1.5, 0.05), x)).ntk)) - 1;
    // reported for other random inputs: 0.16 and 0.0014; the excess is proportional to their largest correlations
    const [at16, at64] = [await excess(16), await excess(64)];
    expect(at16).toBeWithinRelative(0.16, 1);
    expect(at64).toBeWithinRelative(0.0014, 1);
    expect(at64 / at16).toBeWithinRelative(0.0014 / 0.16, 0.3);
  });
});

describe("dropout before the readout acts as a ridge (paper B)", () => {
  // fixed point of (sigma_w^2, sigma_b^2) = (1.25, 0.05) and Theta's limit p* there
  const [w, b, qStar, pStar] = [1.25, 0.05, 0.435166, 11.266106];
  const hidden = (depth: number, ...last: n.Layer[]) =>
    network(
      input([20]),
      dense(1),
      erf(),
      repeat(depth - 1, dense(1, { weightVariance: w, biasVariance: b }), erf()),
      ...last,
      dense(1, { weightVariance: w, biasVariance: b }),
    );

  test.each([
    [0.9, 109.352],
    [0.5, 13.0504],
  ])("keep rate %d: kappa of the ordered phase is finite", async (keep, reported) => {
    const m = 12;
    const { ntk } = await computeKernel(hidden(300, n.dropout(keep)), sphere(m, 20, qStar, 6));
    const kappa = await conditionNumber(ntk);
    // the limit, up to chi_1^300 corrections; six digits of p* are given
    expect(kappa).toBeWithinRelative(1 + (m * pStar) / ((1 / keep - 1) * (pStar - b)), 3e-3);
    expect(kappa).toBeWithinRelative(reported, 2e-3);
  });

  test("divides the same sample's share before the bias by the keep rate, and nothing else", async () => {
    const x = sphere(5, 20, 1, 8);
    const without = await computeKernel(hidden(3), x);
    const withIt = await computeKernel(hidden(3, n.dropout(0.8)), x);
    for (const name of ["nngp", "ntk"] as const) {
      for (let e = 0; e < 25; e++) {
        const before = without[name].data[e]!;
        const expected = e % 6 === 0 ? (before - b) / 0.8 + b : before;
        expect(withIt[name].data[e]!).toBeWithinRelative(expected, 1e-14);
      }
    }
  });
});

describe("one-dimensional circular convolutional networks (paper B, table 1)", () => {
  const [positions, m] = [8, 6];
  const cnn = (depth: number, { weightVariance, biasVariance }: FixedPoint, last: n.Layer) => {
    const conv = n.conv(1, [3], { weightVariance, biasVariance, padding: "circular" });
    return network(input([positions, 5]), repeat(depth, conv, erf()), conv, last);
  };
  // every position of one length, so that the ntk diagonals are equal
  const x = { ...sphere(m * positions, 5, 0.5, 9), shape: [m, positions, 5] };
  const spectrum = async (net: n.Network) => {
    const { ntk } = await computeKernel(net, x);
    const { values } = await eigenSymmetric(ntk);
    return { max: values[0]!, min: values.at(-1)!, kappa: values[0]! / values.at(-1)! };
  };

  test("on the critical line kappa is (m + 2) / 2 after flatten and (m d + 2) / 2 after global pooling", async () => {
    const critical = erfCritical(0.05);
    const depth = 1024;
    const flat = await spectrum(cnn(depth, critical, n.flatten()));
    const pooled = await spectrum(cnn(depth, critical, n.globalAvgPool()));
    // corrections are of order m / depth and d m / depth: 1 % here
    expect(flat.kappa).toBeWithinRelative((m + 2) / 2, 0.02);
    expect(pooled.kappa).toBeWithinRelative((m * positions + 2) / 2, 0.02);
    const unit = depth * critical.qStar;
    expect(pooled.max / unit).toBeWithinRelative((m * positions + 2) / (3 * positions), 0.02);
    expect(pooled.min / unit).toBeWithinRelative(2 / (3 * positions), 0.03);
  });

  test("in the chaotic phase pooling makes kappa - 1 larger by the number of positions", async () => {
    const chaotic = erfFixedPoint(1.5, 0.05);
    const flat = await spectrum(cnn(500, chaotic, n.flatten()));
    const pooled = await spectrum(cnn(500, chaotic, n.globalAvgPool()));
    expect((pooled.kappa - 1) / (flat.kappa - 1)).toBeWithinRelative(positions, 5e-3);
  });
});
