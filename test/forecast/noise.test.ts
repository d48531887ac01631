import { describe, expect, test } from "vitest";
import { parseForecastRecipe, runForecast } from "../../src/forecast/index.js";
import { dense, erf, input, network, relu } from "../../src/network/index.js";
import { renderReport, reportFigures } from "../../src/report/index.js";
import { halfCircles } from "./sample-data.js";

const net = (width: number, phi = erf, outputs = 2) =>
  network(input([2]), dense(width, { weightVariance: 1.8, biasVariance: 0.1 }), phi(), dense(outputs));

async function forecast(spec: ReturnType<typeof net>, training: Record<string, unknown> = {}) {
  const recipe = parseForecastRecipe({
    foretrain: 1,
    title: "test",
    network: spec,
    data: { source: "half-circles", normalization: "none" },
    training: { ensemble: 4, optimizer: "flow", steps: 1000, noise: 0.1, corrections: 0, ...training },
  });
  return (await runForecast(recipe, halfCircles({ train: 12, test: 60 }))).forecast;
}

describe("noise in a forecast", () => {
  test("is not there unless asked for", async () => {
    expect((await forecast(net(16), { noise: 0 })).noise).toBeNull();
  });

  test("spreads train outputs up to s^2 n / 2, and test outputs on and on", async () => {
    const { found } = (await forecast(net(16), { steps: 1_000_000 })).noise!.spread;
    const { floorVariance, trainVariance, testVariance, steps } = found!;
    // all 12 modes have rank: s^2 n / 2
    expect(floorVariance).toBeCloseTo((0.01 * 12) / 2, 12);
    for (const [t] of steps.entries()) {
      expect(trainVariance[t]!).toBeLessThan(floorVariance);
      if (t > 0) expect(trainVariance[t]!).toBeGreaterThan(trainVariance[t - 1]!);
      if (t > 0) expect(testVariance[t]!).toBeGreaterThan(testVariance[t - 1]!);
    }
  });

  test("goes with s^2 in the spread and in the shift", async () => {
    const at = async (noise: number) => (await forecast(net(16), { noise, corrections: 100 })).noise!;
    const [small, large] = [await at(0.1), await at(0.3)];
    const ratio = (of: (noise: typeof small) => number) => of(large) / of(small);
    expect(ratio(({ spread }) => spread.found!.testVariance.at(-1)!)).toBeCloseTo(9, 9);
    // what is left of two solutions of relative error 1e-4
    expect(ratio(({ shift }) => shift.found!.size.at(-1)!.size)).toBeCloseTo(9, 4);
    expect(ratio(({ shift }) => shift.found!.spread.at(-1)!)).toBeCloseTo(3, 6);
  });

  test("says why a part is missing", async () => {
    const kinked = (await forecast(net(16, relu), { corrections: 5 })).noise!;
    expect(kinked.shift.reason).toMatch(/relu has a kink/);
    expect(kinked.spread.found).not.toBeNull();
    expect((await forecast(net(16))).noise!.shift.reason).toMatch(/not asked for/);
    expect((await forecast(net(16), { corrections: 1e-6 })).noise!.shift.reason).toMatch(/--corrections/);
    expect((await forecast(net(16), { diagReg: 0.1 })).noise!.spread.reason).toMatch(/no ridge/);
    const diverging = await forecast(net(16), { optimizer: "gd", learningRate: 1000, steps: 10 });
    expect(diverging.noise!.spread.reason).toMatch(/diverges/);
  });

  test("that is not small by the end of training is warned of, with how far off the numbers are then", async () => {
    const warned = async (training: Record<string, unknown>) =>
      (await forecast(net(16), training)).advice.flatMap(({ text }) =>
        /s sqrt\(t\)/.test(text) ? [text] : [],
      );
    // s sqrt(t): 0.05 sqrt(16) = 0.2 is small, 0.1 sqrt(16) = 0.4 is not
    expect(await warned({ noise: 0.05, steps: 16 })).toEqual([]);
    const [flow] = await warned({ noise: 0.1, steps: 16 });
    expect(flow).toMatch(/s sqrt\(t\) = 0\.4 .*t = learning rate x steps = 16\).*1\.3 to 1\.4 times/);
    expect(flow).toMatch(/holds up to about t = 9;/); // 0.1 sqrt(9) = 0.3
    // steps of descent are learning rate x steps of time
    const [gd] = await warned({ noise: 0.4, optimizer: "gd", learningRate: 0.25, steps: 100 });
    expect(gd).toMatch(/s sqrt\(t\) = 2 .*3 to 4 times/);
    expect(await warned({ noise: 0, steps: 1000 })).toEqual([]);
    // no numbers, no warning
    expect(await warned({ noise: 1, steps: 16, diagReg: 0.1 })).toEqual([]);
  });

  test("stands in the report", async () => {
    const data = await forecast(net(16), { corrections: 100 });
    const page = renderReport(data, reportFigures(data));
    expect(page).toContain("Noise in the weights");
    expect(page).toContain("What the spread by noise adds to the expected loss");
    expect(page).toContain("spread and shift together add");
    expect(page).toContain("What noise does to single networks of the declared widths");
  });
});
