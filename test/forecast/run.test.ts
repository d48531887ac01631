import { describe, expect, test } from "vitest";
import { isForetrainError } from "../../src/errors.js";
import { type Forecast, parseForecastRecipe, runForecast } from "../../src/forecast/index.js";
import {
  activationLayer,
  dense,
  erf,
  input,
  network,
  relu,
  residual,
  tanh,
} from "../../src/network/index.js";
import { halfCircles } from "./sample-data.js";

const erfStack = (weightVariance = 1.8, depth = 2) =>
  network(
    input([2]),
    ...Array.from({ length: depth }, () => [dense(64, { weightVariance, biasVariance: 0.1 }), erf()]).flat(),
    dense(2, { weightVariance: 1 }),
  );

/** Without the corrections of finite width, which take most of the time and have tests of their own. */
const recipe = (changes: Record<string, unknown> = {}, training: Record<string, unknown> = {}) =>
  parseForecastRecipe({
    foretrain: 1,
    title: "test",
    network: erfStack(),
    data: { source: "half-circles", normalization: "none" },
    training: { ensemble: 8, corrections: 0, ...training },
    ...changes,
  });

const compute = async (...args: Parameters<typeof recipe>): Promise<Forecast> =>
  (await runForecast(recipe(...args), halfCircles())).forecast;

const known = new Map<string, Promise<Forecast>>();
/** The forecast of several tests, computed once. */
function forecast(...args: Parameters<typeof recipe>): Promise<Forecast> {
  const key = JSON.stringify(args);
  const found = known.get(key) ?? compute(...args);
  known.set(key, found);
  return found;
}

function everyNumber(value: unknown, visit: (x: number, path: string) => void, path = ""): void {
  if (typeof value === "number") visit(value, path);
  else if (value !== null && typeof value === "object") {
    for (const [key, item] of Object.entries(value)) everyNumber(item, visit, `${path}.${key}`);
  }
}

describe("runForecast", () => {
  test("predicts that a small erf network fits two half circles and generalizes", async () => {
    const result = await forecast();
    expect(result.verdict.kind).toBe("trains-and-generalizes");
    expect(result.curves.train.accuracy.mean.at(-1)).toBe(1);
    expect(result.curves.test.accuracy.mean.at(-1)!).toBeGreaterThan(0.85);
    expect(result.network.depth).toBe(2);
    expect(result.meanField!.phase).toBe("chaotic");
    expect(result.learningRate.used).toBeCloseTo(result.learningRate.limit / 2, 12);
  });

  test("is plain JSON without a NaN or an Infinity anywhere", async () => {
    const result = await forecast({}, { corrections: 2 });
    everyNumber(result, (x, path) => expect(Number.isFinite(x), path).toBe(true));
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
  });

  test("gives the same numbers for the same seed and others for another", async () => {
    const all = { corrections: 2 };
    const [a, b] = [await forecast({}, all), await compute({}, all)];
    const c = await forecast({ seed: 1 });
    expect(a).toEqual(b);
    expect(c.curves.test.loss.median).not.toEqual(a.curves.test.loss.median);
  });

  test("starts at the loss that the initial functions have on average", async () => {
    const { curves, spectrum } = await forecast({}, { ensemble: 150 });
    // E |f_0 - y|^2 / 2 = k mean K(x, x) / 2 + |y|^2 / 2 with centred one-hot y: |y|^2 = 1/2 for two classes
    const meanVariance =
      spectrum.nngp.eigenvalues.reduce((sum, x) => sum + x, 0) / spectrum.nngp.eigenvalues.length;
    const expected = (2 * meanVariance + 0.5) / 2;
    // the median of a skewed distribution is below its mean, by less than 15 % here
    expect(curves.train.loss.median[0]! / expected).toBeGreaterThan(0.75);
    expect(curves.train.loss.median[0]! / expected).toBeLessThan(1.05);
    expect(curves.train.loss.mean[0]).toBeCloseTo(0.25, 12);
  });

  test("ends, after long training, at the limit without a clock", async () => {
    const result = await forecast({}, { optimizer: "flow", steps: 1e14 });
    expect(result.curves.test.loss.mean.at(-1)!).toBeWithinRelative(result.limits.ntk!.testLoss, 1e-3);
    expect(result.curves.train.loss.mean.at(-1)!).toBeLessThan(1e-6);
  });

  test("reaches a tenth of the expected train loss at the step that it names", async () => {
    const { curves } = await forecast({}, { ensemble: 150, steps: 20_000 });
    const at = curves.stepsTo.loss10!;
    const ratio = curves.steps.map((_, i) => curves.train.loss.median[i]! / curves.train.loss.median[0]!);
    const before = ratio[curves.steps.findLastIndex((step) => step < at / 1.5)]!;
    const after = ratio[curves.steps.findIndex((step) => step > at * 1.5)]!;
    expect(before).toBeGreaterThan(0.1);
    expect(after).toBeLessThan(0.1);
  });

  test("the step to 90 % of the train labels lies between the points of the curve around it", async () => {
    const { curves } = await forecast({}, { steps: 20_000 });
    const at = curves.stepsTo.accuracy90!;
    const reached = curves.train.accuracy.median.findIndex((value) => value >= 0.9);
    expect(at).toBeGreaterThan(curves.steps[reached - 1]!);
    expect(at).toBeLessThanOrEqual(curves.steps[reached]!);
    const there = await forecast({}, { steps: at });
    expect(there.curves.train.accuracy.median.at(-1)!).toBeGreaterThanOrEqual(0.9);
  });

  test("says nothing of depth scales where the variance has no fixed point or dies out", async () => {
    for (const variances of [{ weightVariance: 1 }, { weightVariance: 3 }]) {
      const net = network(input([2]), dense(64, variances), relu(), dense(64, variances), relu(), dense(2));
      const { advice } = await compute({ network: net });
      expect(advice.map(({ text }) => text).join(" ")).not.toMatch(/phase: /);
    }
  });

  test("says that training diverges above the learning-rate limit, and cuts the curves there", async () => {
    const stable = await forecast();
    const result = await forecast({}, { learningRate: stable.learningRate.limit * 1.1, steps: 100_000 });
    expect(result.verdict.kind).toBe("diverges");
    expect(result.learningRate.stable).toBe(false);
    expect(result.curves.steps.at(-1)!).toBeLessThan(100_000);
    expect(result.curves.train.loss.median.at(-1)!).toBeGreaterThan(result.curves.train.loss.median[0]!);
  });

  test("says that one step does not train", async () => {
    expect((await forecast({}, { steps: 1 })).verdict.kind).toBe("will-not-train");
  });

  test("says memorizes where labels are random", async () => {
    const data = halfCircles({ shuffled: true });
    const { forecast: result } = await runForecast(recipe({}, { optimizer: "flow", steps: 1e14 }), data);
    expect(result.curves.train.accuracy.mean.at(-1)).toBe(1);
    expect(result.verdict.kind).toBe("memorizes-only");
  });

  test("refuses equal inputs with different labels and names a ridge that works", async () => {
    const data = halfCircles({ contradiction: true });
    const error = await runForecast(recipe(), data).catch((thrown: unknown) => thrown);
    expect(isForetrainError(error, "ERR_SINGULAR")).toBe(true);
    const ridge = (error as { details: { suggestedDiagReg: number } }).details.suggestedDiagReg;
    const { forecast: result } = await runForecast(recipe({}, { diagReg: ridge }), data);
    expect(result.spectrum.ntk.ridge).toBeGreaterThan(0);
    expect(result.limits.ntk!.trainAccuracy).toBeCloseTo(59 / 60, 12);
  });

  test("forecasts networks that are no plain stack by the part that repeats, without a phase diagram", async () => {
    const plain = network(input([2]), dense(64), residual(relu(), dense(64)), tanh(), dense(2));
    const { forecast: result } = await runForecast(recipe({ network: plain }), halfCircles());
    expect(result.meanField).toBeNull();
    expect(result.phaseDiagram).toBeNull();
    expect(result.unit).not.toBeNull();
    expect(result.signal!.q.every((q) => q > 0)).toBe(true);
    expect(result.lengths).toBeNull();
    expect(result.limits.ntk!.testAccuracy).toBeGreaterThan(0.8);
  });

  test.each([
    ["exp", {}],
    ["monomial", { degree: 3 }],
    ["polynomial", { coefficients: [0, 1, 0, 0.1] }],
  ])("forecasts one hidden layer of %s, although deeper ones overflow", async (name, parameters) => {
    const net = network(
      input([2]),
      dense(64, { weightVariance: 1.5, biasVariance: 0.05 }),
      activationLayer(name, parameters),
      dense(2),
    );
    const { forecast: result } = await runForecast(
      recipe({ network: net }, { diagReg: 1e-6 }),
      halfCircles(),
    );
    expect(result.curves.train.accuracy.mean.at(-1)!).toBeGreaterThan(0.8);
    expect(result.depthSweep!.kappa.includes(null)).toBe(true);
  });

  test("a deep ordered network gets a verdict, though its kernel is singular in float64", async () => {
    const net = erfStack(0.5, 60);
    const { forecast: result } = await runForecast(recipe({ network: net }, { steps: 1000 }), halfCircles());
    expect(result.verdict.kind).toBe("will-not-train");
    expect(result.meanField!.phase).toBe("ordered");
    expect(result.limits.ntk).toBeNull();
    expect(result.warnings.join(" ")).toMatch(/effective rank/);
  });

  test("the asymptotic kappa is shown where it means something", async () => {
    const { depthSweep } = await forecast();
    for (const kappa of depthSweep!.kappaTheory) if (kappa !== null) expect(kappa).toBeGreaterThanOrEqual(1);
    // far above criticality, and without samples that nearly coincide, the asymptotics hold within the sweep's depths
    const data = { source: "half-circles", normalization: "unit" };
    const chaotic = await runForecast(recipe({ network: erfStack(6), data }), halfCircles({ train: 8 }));
    const { kappa, kappaTheory } = chaotic.forecast.depthSweep!;
    const shown = kappaTheory.findLastIndex((value) => value !== null);
    expect(shown).toBeGreaterThan(0);
    expect(kappa[shown]!).toBeWithinRelative(kappaTheory[shown]!, 0.05);
  });

  test("refuses more networks than memory holds, before it works", async () => {
    const error = await runForecast(recipe({}, { ensemble: 1e9 }), halfCircles()).catch(
      (thrown: unknown) => thrown,
    );
    expect(isForetrainError(error, "ERR_MEMORY")).toBe(true);
    expect((error as Error).message).toMatch(/--ensemble/);
  });

  test("trains to the limit that a ridge leaves, not for ever", async () => {
    const result = await forecast({}, { diagReg: 0.5, optimizer: "flow" });
    expect(result.curves.steps.at(-1)!).toBeLessThan(1e4);
    expect(result.curves.test.loss.mean.at(-1)!).toBeWithinRelative(result.limits.ntk!.testLoss, 0.02);
  });

  test("the readout's advice holds: the scaled network is as good as predicted", async () => {
    const few = halfCircles({ train: 8 });
    const noisy = network(
      input([2]),
      dense(64, { weightVariance: 300, biasVariance: 300 }),
      erf(),
      dense(2, { weightVariance: 30, biasVariance: 1e-9 }), // with a bias, gamma has nothing to say
    );
    const { forecast: before } = await runForecast(recipe({ network: noisy }, { ensemble: 32 }), few);
    const advice = before.advice.find(({ text }) => text.includes("last layer"));
    expect(advice).toBeDefined();
    const scale = Number(/learning rate times (\d+)/.exec(advice!.text)![1]);
    const quiet = network(
      input([2]),
      dense(64, { weightVariance: 300, biasVariance: 300 }),
      erf(),
      dense(2, { weightVariance: 30 / scale, biasVariance: 1e-9 / scale }),
    );
    const { forecast: after } = await runForecast(
      recipe({ network: quiet }, { ensemble: 32, steps: before.curves.steps.at(-1) }),
      few,
    );
    const gained = after.curves.test.accuracy.median.at(-1)! - before.curves.test.accuracy.median.at(-1)!;
    expect(gained).toBeCloseTo(advice!.gain!, 10);
    expect(after.learningRate.limit).toBeWithinRelative(before.learningRate.limit * scale, 1e-9);
  });

  test("cancels", async () => {
    const cancel = new AbortController();
    const running = runForecast(recipe(), halfCircles(), { signal: cancel.signal });
    cancel.abort();
    await expect(running).rejects.toSatisfy((error) => isForetrainError(error, "ERR_ABORTED"));
  });
});
