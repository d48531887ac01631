import { describe, expect, test } from "vitest";
import type { Matrix } from "../../src/numeric/matrix.js";
import {
  type AsymptoticNetwork,
  kernelSpectrum,
  nngpAsymptotics,
  ntkAsymptotics,
} from "../../src/trainability/index.js";
import {
  deepKernels,
  erfCritical,
  erfFixedPoint,
  type FixedPoint,
  randomCorrelations,
  reluCritical,
} from "./deep-kernels.js";

const SAMPLES = 12;
const data = randomCorrelations(SAMPLES);
const describeNetwork = (
  point: FixedPoint,
  depth: number,
  more: Partial<AsymptoticNetwork> = {},
): AsymptoticNetwork => ({
  ...point,
  samples: SAMPLES,
  depth,
  curvature: Number.isNaN(point.curvature) ? null : point.curvature,
  ...more,
});

describe("the fixed points that these tests start from", () => {
  test.each([
    [1.25, 0.05, 0.435166, 0.961374, 1, 0.961374],
    [1.5, 0.05, 0.601753, 1.0347, 0.82053, 0.969552],
    [2, 0.18, 1.16755, 1.069402, 0.837075, 0.942351],
  ])("erf (%f, %f)", (w, b, q, chi1, c, chiC) => {
    const point = erfFixedPoint(w, b);
    for (const [actual, expected] of [
      [point.qStar, q],
      [point.chi1, chi1],
      [point.cStar, c],
      [point.chiC, chiC],
    ] as const) {
      expect(Math.abs(actual - expected)).toBeLessThan(1e-6);
    }
  });
});

describe("ntkAsymptotics, critical", () => {
  test("erf, depth 4096: kappa 7, lambda_max 14/3 depth q*, bulk 2/3 depth q*, within 1 %", async () => {
    const point = erfCritical(0.05);
    expect(Math.abs(point.weightVariance - 1.375839)).toBeLessThan(1e-6);
    const depth = 4096;
    const { ntk } = deepKernels(data, depth, point);
    const measured = await kernelSpectrum(ntk);
    const theory = ntkAsymptotics(describeNetwork(point, depth));
    expect(theory.kappa!).toBeWithinRelative(7, 1e-14);
    expect(theory.lambdaMax! / (depth * point.qStar)).toBeWithinRelative(14 / 3, 1e-3);
    expect(theory.lambdaBulk! / (depth * point.qStar)).toBeWithinRelative(2 / 3, 1e-3);
    expect(measured.lambdaMax).toBeWithinRelative(theory.lambdaMax!, 0.01);
    expect(measured.lambdaBulk).toBeWithinRelative(theory.lambdaBulk!, 0.01);
    expect(measured.kappa).toBeWithinRelative(theory.kappa!, 0.01);
    expect(theory.largestLearningRate!).toBeWithinRelative((2 * SAMPLES) / measured.lambdaMax, 0.01);
  });

  test("the diagonal is (depth + 1) q* exactly, from depth 1 on, erf and ReLU", () => {
    for (const depth of [1, 2, 10]) {
      const point = erfCritical(0.05);
      const relu = { activation: "relu" } as const;
      for (const [theory, { ntk }] of [
        [ntkAsymptotics(describeNetwork(point, depth)), deepKernels(data, depth, point)],
        [
          ntkAsymptotics(describeNetwork(reluCritical, depth, { activation: "kinked" })),
          deepKernels(data, depth, reluCritical, relu),
        ],
      ] as const) {
        // the trace over n; the fixed point is known to about 1e-10
        const diagonal = (theory.lambdaMax! + (SAMPLES - 1) * theory.lambdaBulk!) / SAMPLES;
        expect(diagonal).toBeWithinRelative(ntk.data[0]!, 1e-9);
      }
    }
  });

  test("ReLU, depth 8192: kappa 5, lambda_max 15/4 depth, bulk 3/4 depth, within 0.5 %", async () => {
    const depth = 8192;
    const { ntk } = deepKernels(data, depth, reluCritical, { activation: "relu" });
    const measured = await kernelSpectrum(ntk);
    const theory = ntkAsymptotics(describeNetwork(reluCritical, depth, { activation: "kinked" }));
    expect(theory.kappa!).toBeWithinRelative(5, 1e-14);
    expect(theory.lambdaMax! / depth).toBeWithinRelative(3.75, 1e-3);
    expect(measured.kappa).toBeWithinRelative(5, 0.005);
    expect(measured.lambdaMax).toBeWithinRelative(theory.lambdaMax!, 0.005);
    expect(measured.lambdaBulk).toBeWithinRelative(theory.lambdaBulk!, 0.005);
  });

  test("pooling over d positions: kappa (n d + 2) / 2 for smooth, (n d + 3) / 3 for kinked activations", () => {
    const network = describeNetwork(erfCritical(0.05), 100, { samples: 6, readout: "pool", positions: 8 });
    expect(ntkAsymptotics(network).kappa).toBeWithinRelative(25, 1e-14);
    expect(ntkAsymptotics({ ...network, activation: "kinked" }).kappa).toBeWithinRelative(17, 1e-14);
    expect(ntkAsymptotics({ ...network, readout: "flatten" }).kappa).toBeWithinRelative(4, 1e-14);
  });
});

describe("ntkAsymptotics, chaotic", () => {
  const point = erfFixedPoint(1.5, 0.05);

  test("kappa = 1 + n p_ab / (p_aa - p_ab) is 1.3815, 1.01184, 1.000013 at depth 100, 200, 400", () => {
    const kappa = [100, 200, 400].map((depth) => ntkAsymptotics(describeNetwork(point, depth)).kappa!);
    expect(kappa[0]!.toFixed(4)).toBe("1.3815");
    expect(kappa[1]!.toFixed(5)).toBe("1.01184");
    expect(kappa[2]!.toFixed(6)).toBe("1.000013");
  });

  test("agrees with the kernel of random inputs: kappa - 1 to 5 % at depth 200, to 0.2 % at 400", async () => {
    for (const [depth, tolerance] of [
      [200, 0.05],
      [400, 0.002],
    ] as const) {
      const measured = await kernelSpectrum(deepKernels(data, depth, point).ntk);
      const theory = ntkAsymptotics(describeNetwork(point, depth));
      expect(measured.kappa - 1).toBeWithinRelative(theory.kappa! - 1, tolerance);
      expect(measured.lambdaMax).toBeWithinRelative(theory.lambdaMax!, 1e-3);
    }
  });

  test("the diagonal is q* (chi_1^{l+1} - 1) / (chi_1 - 1) exactly, the off-diagonal tends to q* c* / (1 - chi_c)", () => {
    const { ntk } = deepKernels(data, 400, point);
    const own = (point.qStar * (point.chi1 ** 401 - 1)) / (point.chi1 - 1);
    expect(ntk.data[0]!).toBeWithinRelative(own, 1e-9);
    expect(ntk.data[1]!).toBeWithinRelative((point.qStar * point.cStar) / (1 - point.chiC), 1e-3);
    expect(((point.qStar * point.cStar) / (1 - point.chiC)).toFixed(6)).toBe("16.216357");
  });

  test("where the diagonal has not outgrown the limit of the off-diagonal, bulk and kappa are null, not negative", () => {
    const shallow = {
      samples: 90,
      depth: 1,
      phase: "chaotic",
      qStar: 1.93,
      chi1: 1.29,
      cStar: 0.477,
      chiC: 0.848,
    } as const;
    const theory = ntkAsymptotics(shallow);
    expect(theory).toMatchObject({ lambdaBulk: null, kappa: null });
    expect(theory.lambdaMax!).toBeGreaterThan(0);
    expect(theory.error).toMatch(/bulk is smaller than the neglected terms/);
    // p_aa / d > p_ab decides, so that pooling needs more depth
    const own = (depth: number) => (1.93 * (1.29 ** (depth + 1) - 1)) / 0.29;
    const pair = (1.93 * 0.477) / (1 - 0.848);
    for (let depth = 1; depth < 20; depth++) {
      for (const d of [1, 8]) {
        const { lambdaBulk, kappa } = ntkAsymptotics({ ...shallow, depth, readout: "pool", positions: d });
        if (own(depth) / d > pair) {
          expect(lambdaBulk!).toBeWithinRelative(own(depth) / d - pair, 1e-12);
          expect(kappa!).toBeWithinRelative(1 + (90 * pair) / (own(depth) / d - pair), 1e-12);
        } else expect([lambdaBulk, kappa]).toEqual([null, null]);
      }
    }
    expect(ntkAsymptotics({ ...shallow, depth: 9999 }).kappa).toBe(1); // the diagonal is beyond float64
    expect(ntkAsymptotics({ ...shallow, depth: 5, readout: "pool", positions: 8 }).kappa).toBeNull();
    expect(ntkAsymptotics({ ...shallow, depth: 5 }).kappa!).toBeGreaterThan(1);
  });

  test("pooling multiplies kappa - 1 by the number of positions at depth", () => {
    const flat = ntkAsymptotics(describeNetwork(point, 600)).kappa! - 1;
    const pooled = ntkAsymptotics(describeNetwork(point, 600, { readout: "pool", positions: 8 })).kappa! - 1;
    expect(pooled / flat).toBeWithinRelative(8, 1e-4);
  });
});

describe("ntkAsymptotics, ordered", () => {
  const point = erfFixedPoint(1.25, 0.05);
  const limit = point.qStar / (1 - point.chi1);

  test("lambda_max tends to n p*, kappa is unknown without the data", async () => {
    const theory = ntkAsymptotics(describeNetwork(point, 400));
    const measured = await kernelSpectrum(deepKernels(data, 400, point).ntk);
    expect(limit.toFixed(6)).toBe("11.266106");
    expect(measured.lambdaMax).toBeWithinRelative(theory.lambdaMax!, 1e-4);
    expect(theory.kappa).toBeNull();
    expect(theory.lambdaBulk).toBeNull();
    expect(theory.largestLearningRate!).toBeWithinRelative((2 * SAMPLES) / measured.lambdaMax, 1e-4);
  });

  test("gap / (depth amplitude chi_1^depth) extrapolates to 3.54894, which the bulk formula contains", () => {
    // two inputs: the small eigenvalue is the gap itself
    const pair = randomCorrelations(2);
    const coefficient = (depth: number) => {
      const { nngp, ntk } = deepKernels(pair, depth, point);
      return (ntk.data[0]! - ntk.data[1]!) / (depth * (1 - nngp.data[1]! / nngp.data[0]!));
    };
    const richardson = 2 * coefficient(500) - coefficient(250);
    expect(richardson).toBeWithinRelative(3.54894, 1e-3);
    const theory = ntkAsymptotics(describeNetwork(point, 500, { samples: 2, gapAmplitude: 1 }));
    expect(theory.lambdaBulk! / (500 * point.chi1 ** 500)).toBeWithinRelative(3.54894, 1e-5);
    expect(theory.kappa!).toBeWithinRelative((2 * limit) / theory.lambdaBulk!, 1e-14);
  });

  test.each([
    [0.9, "109.481"],
    [0.5, "13.0535"],
  ])(
    "dropout with keep rate %f makes kappa %s, as the kernel at depth 300 has it",
    async (keepRate, expected) => {
      const theory = ntkAsymptotics(describeNetwork(point, 300, { keepRate }));
      expect(theory.kappa!.toPrecision(6)).toBe(expected);
      const measured = await kernelSpectrum(deepKernels(data, 300, point, { keepRate }).ntk);
      expect(measured.kappa).toBeWithinRelative(theory.kappa!, 0.002);
    },
  );
});

describe("nngpAsymptotics", () => {
  test("chaotic: kappa tends to (1 + (n - 1) c*) / (1 - c*) = 55.8636", async () => {
    const point = erfFixedPoint(1.5, 0.05);
    const theory = nngpAsymptotics(describeNetwork(point, 400));
    expect(theory.kappa!.toFixed(4)).toBe("55.8636");
    const measured = await kernelSpectrum(deepKernels(data, 400, point).nngp);
    expect(measured.kappa).toBeWithinRelative(theory.kappa!, 1e-3);
  });

  test("critical: kappa n l C''(1) / 2 and bulk 2 q* / (C''(1) l) within 1 % at depth 4096; ReLU within 2 %", async () => {
    const point = erfCritical(0.05);
    const theory = nngpAsymptotics(describeNetwork(point, 4096));
    const measured = await kernelSpectrum(deepKernels(data, 4096, point).nngp);
    expect(theory.kappa!).toBeWithinRelative((SAMPLES * 4096 * point.curvature) / 2, 1e-12);
    expect(measured.kappa).toBeWithinRelative(theory.kappa!, 0.01);
    expect(measured.lambdaBulk).toBeWithinRelative(theory.lambdaBulk!, 0.01);
    const relu = nngpAsymptotics(describeNetwork(reluCritical, 8192, { activation: "kinked" }));
    const measuredRelu = await kernelSpectrum(
      deepKernels(data, 8192, reluCritical, { activation: "relu" }).nngp,
    );
    expect(measuredRelu.lambdaBulk).toBeWithinRelative(relu.lambdaBulk!, 0.02);
  });

  test("ordered: lambda_max n q*, bulk q* amplitude chi_1^l", async () => {
    const point = erfFixedPoint(1.25, 0.05);
    const { nngp } = deepKernels(data, 300, point);
    const measured = await kernelSpectrum(nngp);
    const amplitude = meanGap(nngp) / point.chi1 ** 300;
    const theory = nngpAsymptotics(describeNetwork(point, 300, { gapAmplitude: amplitude }));
    expect(measured.lambdaMax).toBeWithinRelative(theory.lambdaMax!, 1e-4);
    // one amplitude for all pairs: the right size, not the right spread
    expect(measured.lambdaBulk / theory.lambdaBulk!).toBeGreaterThan(0.5);
    expect(measured.lambdaBulk / theory.lambdaBulk!).toBeLessThan(2);
    expect(nngpAsymptotics(describeNetwork(point, 300)).lambdaBulk).toBeNull();
  });
});

function meanGap(nngp: Matrix): number {
  const n = nngp.shape[0];
  let sum = 0;
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) sum += 1 - nngp.data[i * n + j]! / nngp.data[0]!;
  return (2 * sum) / (n * (n - 1));
}

describe("bad input", () => {
  const ordered = describeNetwork(erfFixedPoint(1.25, 0.05), 10);
  test.each<readonly [Partial<AsymptoticNetwork>, RegExp]>([
    [{ samples: 0 }, /samples is 0/],
    [{ depth: Number.NaN }, /depth is NaN/],
    [{ chi1: 1.2 }, /chi1 is 1.2/],
    [{ qStar: Number.NaN }, /qStar is NaN/],
    [{ keepRate: 0 }, /keepRate is 0/],
  ])("%o is refused by name", (change, message) => {
    expect(() => ntkAsymptotics({ ...ordered, ...change })).toThrow(message);
  });

  test("dropout outside the ordered phase has no prediction", () => {
    const network = describeNetwork(erfCritical(0.05), 10, { keepRate: 0.5 });
    expect(() => ntkAsymptotics(network)).toThrow(expect.objectContaining({ code: "ERR_UNAVAILABLE" }));
  });
});
