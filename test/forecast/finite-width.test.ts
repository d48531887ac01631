import { describe, expect, test } from "vitest";
import { finiteWidthCaution, finiteWidthWarnings } from "../../src/forecast/finite-width.js";
import { type Forecast, parseForecastRecipe, runForecast } from "../../src/forecast/index.js";
import { inSpan } from "../../src/forecast/input-span.js";
import { computeKernel } from "../../src/kernels/index.js";
import { activationLayer, dense, erf, flatten, input, network, relu } from "../../src/network/index.js";
import { matrix } from "../../src/numeric/matrix.js";
import { createRng } from "../../src/numeric/random.js";
import { halfCircles } from "./sample-data.js";

const net = (width: number, phi = erf, depth = 1) =>
  network(
    input([2]),
    ...Array.from({ length: depth }, () => [
      dense(width, { weightVariance: 1.8, biasVariance: 0.1 }),
      phi(),
    ]).flat(),
    dense(2),
  );

async function forecast(spec: ReturnType<typeof net>, training: Record<string, unknown> = {}) {
  const recipe = parseForecastRecipe({
    foretrain: 1,
    title: "test",
    network: spec,
    data: { source: "half-circles", normalization: "none" },
    training: { ensemble: 64, ...training },
  });
  return (await runForecast(recipe, halfCircles({ train: 12, test: 60 }))).forecast;
}

type Found = NonNullable<Forecast["finiteWidth"]["found"]>;

describe("corrections of finite width in a forecast", () => {
  test("shrink like 1 / sqrt(width) for one network and like 1 / width for the mean", async () => {
    const at = async (width: number): Promise<Found> => {
      const { finiteWidth } = await forecast(net(width), { corrections: 100 });
      expect(finiteWidth.reason).toBeNull();
      return finiteWidth.found!;
    };
    const [narrow, wide] = [await at(32), await at(512)];
    expect(narrow).toMatchObject({ networks: 8, lossShares: [0.9, 0.75, 0.5, 0.25, 0.1], train: 8, test: 8 });
    expect(narrow.times).toEqual(wide.times); // of the infinite network
    for (const t of [2, 3]) {
      const ratio = (k: number) => narrow.orders[k]!.single[t]! / wide.orders[k]!.single[t]!;
      // a factor 16 in width: 4 and 16, to a factor 2 and 4, since networks that start far from 0 make most of 8 networks' squares
      expect(ratio(0)).toBeGreaterThan(4 / 2);
      expect(ratio(0)).toBeLessThan(4 * 2);
      expect(ratio(1)).toBeGreaterThan(16 / 4);
      expect(ratio(1)).toBeLessThan(16 * 4);
    }
    expect(wide.total[4]!.standardError).toBeLessThan(narrow.total[4]!.standardError / 3);
  });

  test("say why there are none: kinks, too much work, not wanted", async () => {
    const reasonOf = async (...args: Parameters<typeof forecast>) => {
      const { finiteWidth } = await forecast(...args);
      expect(finiteWidth.found).toBeNull();
      return finiteWidth.reason;
    };
    expect(await reasonOf(net(64, relu))).toMatch(/relu has a kink.*smooth activations such as gelu/);
    expect(await reasonOf(net(64), { corrections: 0 })).toMatch(/not asked for/);
    expect(await reasonOf(net(2000, erf, 3))).toMatch(
      /8014002 parameters on 8 samples is about \d+ s of work|MiB/,
    );
    expect(await reasonOf(net(600, erf, 2))).toMatch(
      /parameters on 8 samples is about \d+ s of work, more than the 2 s/,
    );
  });

  test("warn where they change the mean by more than a tenth, and more than three standard errors", () => {
    const found = (size: number, standardError: number) => ({
      reason: null,
      found: {
        networks: 8,
        parameters: 10,
        train: 8,
        test: 8,
        times: [1],
        lossShares: [0.5],
        scale: [1],
        orders: [],
        kernel: [],
        total: [{ size, standardError }],
        caution: null,
      },
    });
    expect(finiteWidthWarnings(found(0.2, 0.05))).toEqual([
      expect.stringMatching(/^Finite width: on 8 samples.*50.0 %.*by 20.0 % \(\+- 5.0 %\)/),
    ]);
    expect(finiteWidthWarnings(found(0.2, 0.1))).toEqual([]);
    expect(finiteWidthWarnings(found(0.05, 0.01))).toEqual([]);
    expect(finiteWidthWarnings({ reason: "relu", found: null })).toEqual([]);
  });
});

test("the expansion is said to have ended from where order 3 is more than half of order 2, as in noisy training", async () => {
  const { finiteWidth, warnings } = await forecast(net(8), { corrections: 100 });
  const { caution, orders, lossShares } = finiteWidth.found!;
  const [two, three] = orders;
  const ended = two!.single.map((size, t) => three!.single[t]! > 0.5 * size);
  // 8 units hardly leave their linear model at first, and wholly in the end
  expect([ended[0], ended.at(-1)]).toEqual([false, true]);
  const share = `${100 * lossShares[ended.indexOf(true)]!}.0 %`;
  expect(caution).toContain(`once the train loss is at ${share}, order 3 of one network is more than half`);
  expect(warnings.filter((text) => text.startsWith("Finite width"))).toEqual([
    `Finite width: on 8 samples, ${caution}.`,
  ]);
  const terms = (second: number, third: number) => [{ single: [second] }, { single: [third] }];
  expect(finiteWidthCaution(terms(0.4, 0.2), [0.5])).toBeNull();
  expect(finiteWidthCaution(terms(0.4, 0.21), [0.5])).toMatch(/^at every loss looked at, order 3/);
  expect((await forecast(net(512), { corrections: 100 })).finiteWidth.found!.caution).toBeNull();
});

test("a network in the span of its samples has the same kernels and fewer weights", async () => {
  const wide = network(
    input([6, 6, 1]),
    flatten(),
    dense(8, { weightVariance: 1.3, biasVariance: 0.2 }),
    erf(),
    dense(8, { weightVariance: 2 }),
    erf(),
    dense(2),
  );
  for (const parameterization of ["ntk", "standard"] as const) {
    const spec = { ...wide, parameterization };
    const x = { data: createRng(1).normals(new Float64Array(5 * 36)), shape: [5, 6, 6, 1] };
    const testX = { data: createRng(2).normals(new Float64Array(4 * 36)), shape: [4, 6, 6, 1] };
    const split = (of: typeof x) => ({ x: of, labels: new Int32Array(0), targets: matrix(0, 2) });
    const spanned = await inSpan(spec, { train: split(x), test: split(testX) });
    expect(spanned.network.input).toEqual([9]);
    for (const backend of ["reference", "simd"] as const) {
      const few = await computeKernel(spanned.network, spanned.testX, spanned.x, { backend });
      const all = await computeKernel(spec, testX, x, { backend });
      // inner products of 36 terms by another basis
      expect(few.nngp.data).toAllBeWithinRelative(all.nngp.data, 1e-12);
      expect(few.ntk.data).toAllBeWithinRelative(all.ntk.data, 1e-12);
    }
  }
});

describe("gamma in a forecast", () => {
  test("scales the variance of one hidden layer of N units by N^(1 - 2 gamma), and leaves the mean", async () => {
    const { normalization, curves } = await forecast(net(256));
    const { units, gammas, networks, test: samples, bias } = normalization.found!;
    expect([units, networks, samples]).toEqual([256, 64, 60]);
    const [declared] = gammas;
    expect(declared).toMatchObject({ gamma: 0.5, outputScale: 1, corrections: 0 });
    for (const { gamma, variance, outputScale } of gammas) {
      expect(variance).toBeWithinRelative(declared!.variance * 256 ** (1 - 2 * gamma), 1e-12);
      expect(outputScale).toBeWithinRelative(256 ** (0.5 - gamma), 1e-12);
    }
    expect(gammas.map(({ corrections }) => corrections)).toEqual([0, 0, 0, 1, 1, 4, null]);
    // loss 1/(2n) sum over samples and the two outputs: the squared error per output is the loss
    expect(bias).toBeWithinRelative(curves.test.loss.mean.at(-1)!, 1e-12);
    // single networks: bias and variance make their expected loss
    expect(declared!.testAccuracy).toBeWithinRelative(curves.test.accuracy.median.at(-1)!, 1e-12);
  });

  test("is advice where the random start costs accuracy, once", async () => {
    const noisy = network(
      input([2]),
      dense(256, { weightVariance: 1.8, biasVariance: 0.1 }),
      erf(),
      dense(2, { weightVariance: 30 }),
    );
    const { advice } = await forecast(noisy, { steps: 20 });
    const lines = advice.filter(({ text }) => /N\^-0\.[67]/.test(text));
    expect(lines).toHaveLength(1);
    expect(lines[0]!.gain).toBeGreaterThan(0.02);
    expect(advice.some(({ text }) => text.startsWith("The random outputs"))).toBe(false);
  });

  test.each([
    ["two hidden layers", net(32, erf, 2), /2 hidden layers, not one/],
    [
      "a bias of the output",
      network(input([2]), dense(32), erf(), dense(2, { biasVariance: 1 })),
      /output has a bias/,
    ],
    [
      "the standard parameterization",
      network({ ...input([2]), parameterization: "standard" }, dense(32), erf(), dense(2)),
      /standard parameterization/,
    ],
    [
      "no plain stack",
      network(input([2]), dense(2), activationLayer("erf"), dense(4), dense(2)),
      /no plain stack/,
    ],
  ] as const)("is not looked at for %s", async (_, spec, reason) => {
    const { normalization } = await forecast(spec as ReturnType<typeof net>, { corrections: 0 });
    expect(normalization.found).toBeNull();
    expect(normalization.reason).toMatch(reason);
  });
});
