import { describe, expect, test } from "vitest";
import { percentText } from "../../src/figures/index.js";
import { type Forecast, openForecast, parseForecastRecipe, runForecast } from "../../src/forecast/index.js";
import { verifyForecast } from "../../src/forecast/verification.js";
import { VERIFIED_QUANTITIES } from "../../src/forecast/verification-verdict.js";
import { dense, erf, input, type Layer, network } from "../../src/network/index.js";
import { renderReport, reportFigures } from "../../src/report/index.js";
import { halfCircles } from "./sample-data.js";

async function verified(
  hidden: readonly Layer[],
  training: Record<string, unknown>,
  verify: { networks?: number; steps?: number } = {},
): Promise<Forecast> {
  const recipe = parseForecastRecipe({
    foretrain: 1,
    title: "test",
    network: network(input([2]), ...hidden, dense(2)),
    data: { source: "half-circles", normalization: "none" },
    training: { ensemble: 64, corrections: 0, ...training },
  });
  return (
    await runForecast(recipe, halfCircles({ train: 24, test: 30 }), { verify: { networks: 8, ...verify } })
  ).forecast;
}

describe("real networks beside the forecast", () => {
  test("without hidden layers theory is exact: means are together at every step, z-scores are those of chance", async () => {
    const { verification } = await verified([], { steps: 40 });
    expect(verification!.kind).toBe("agrees");
    expect(verification!.sentence).toMatch(
      /^8 trained networks of .* agree with the prediction up to step 40, as far as so many can tell: test accuracy/,
    );
    for (const name of VERIFIED_QUANTITIES) {
      const { z, differs, leavesAt, inside, matched } = verification!.quantities![name];
      expect([differs, leavesAt]).toEqual([null, null]);
      // the same start, the same linear model: what is left is float32
      for (const difference of matched!.difference) expect(Math.abs(difference)).toBeLessThan(1e-5);
      expect(inside.all).toBeLessThanOrEqual(inside.mean);
      for (const score of z) expect(Math.abs(score ?? 0)).toBeLessThan(4); // 4 standard errors, fixed seeds
    }
    const { theory, networks } = verification!.learningRate;
    expect(networks / theory).toBeCloseTo(1, 2); // power iteration to 1e-3
    // a model linear in its weights has one tangent kernel, whatever they are
    expect(verification!.kernel!.start).toBeLessThan(1e-12);
    expect(verification!.kernel!.moved).toBe(0);
  });

  test("a wide network follows the prediction, a narrow one parts from it, and why is said", async () => {
    const layers = (width: number) => [dense(width, { weightVariance: 2 }), erf()];
    const wide = await verified(layers(1024), { steps: 100 });
    expect(wide.verification!.kind).toBe("agrees");
    const middle = await verified(layers(32), { steps: 100 });
    // 32 times the width: 1 / 32 as far by training, 1 / sqrt(32) by the random weights; single networks differ by some factors of 2
    const [far, near] = [middle.verification!.kernel!, wide.verification!.kernel!];
    expect(near.samples).toBe(16);
    expect(far.moved / near.moved).toBeGreaterThan(4);
    expect(far.start / near.start).toBeGreaterThan(Math.sqrt(32) / 2);
    for (const { kind, details, kernel } of [middle.verification!, wide.verification!]) {
      expect(kernel!.moved).toBeGreaterThan(0);
      expect(/Training moved the tangent kernel/.test(details.join(" "))).toBe(kind !== "agrees");
    }
    const narrow = await verified(layers(2), { steps: 100 });
    // the first network of width 2 stands a smaller rate than theory says, which is what is told then
    expect(narrow.verification!.kind).toBe("rate-too-large");
    expect(narrow.verification!.sentence).toMatch(
      /networks of width 2 part from the prediction from step .* on, since the learning rate .*, the largest/,
    );
    const { details, quantities } = narrow.verification!;
    expect(details.join(" ")).toMatch(/Means leave the band of single networks: /);
    // each curve that differs has its line, which begins with the first step and its own difference there
    const { first } = quantities!.trainLoss.differs!;
    const side = first.difference < 0 ? "lower" : "higher";
    expect(details).toContainEqual(
      expect.stringContaining(
        `Train loss differs from step ${first.step} on: ${percentText(Math.abs(first.difference))} ${side} at step ${first.step}`,
      ),
    );
  });

  test("predicted divergence is followed as far as curves go", async () => {
    const { verification, learningRate, verdict } = await verified([dense(256), erf()], {
      steps: 600,
      learningRate: 30,
    });
    expect(learningRate.used).toBeGreaterThan(learningRate.limit);
    expect(verdict.kind).toBe("diverges");
    expect(verification!.kind).toBe("agrees");
    expect(verification!.of).toBeLessThan(600);
  });

  test("networks that diverge where theory is not told to are named, with their largest stable rate", async () => {
    const recipe = parseForecastRecipe({
      foretrain: 1,
      network: network(input([2]), dense(2)),
      data: { source: "x", normalization: "none" },
      training: { corrections: 0 },
    });
    const dataset = halfCircles({ train: 10, test: 10 });
    const { forecast, inputs, kernels } = await runForecast(recipe, dataset);
    const { model } = await openForecast(recipe, dataset);
    const net = network(input([2]), dense(2));
    const { limit } = forecast.learningRate;
    const flat = { mean: [1, 1], deviation: [1, 1] };
    const { verification: result, complexity } = await verifyForecast(
      {
        network: net,
        recipe,
        inputs,
        learningRate: { limit: 10 * limit, used: 5 * limit },
        steps: [0, 400],
        predicted: { trainLoss: flat, testLoss: flat, trainAccuracy: flat, testAccuracy: flat },
        model,
        kernels,
        testSamples: 10,
        complexity: null,
      },
      { networks: 2 },
    );
    expect(complexity).toBeNull();
    expect(result.kind).toBe("diverges");
    expect(result.sentence).toMatch(/diverge: training diverged at step \d+.* above the largest stable one/);
    expect([result.quantities, result.steps]).toEqual([null, []]);
    expect(result.learningRate.networks / limit).toBeCloseTo(1, 2);
  });

  test("training stops at the steps asked for; report and figure say so", async () => {
    const forecast = await verified([dense(64), erf()], { steps: 200 }, { networks: 2, steps: 20 });
    const { verification } = forecast;
    expect([verification!.horizon, verification!.of]).toEqual([verification!.steps.at(-1), 200]);
    expect(verification!.horizon).toBeLessThanOrEqual(20);
    expect(JSON.parse(JSON.stringify(forecast))).toEqual(forecast);
    const figures = reportFigures(forecast);
    expect(figures.verification!.wide).toContain("2 trained networks: mean, smallest to largest");
    expect(figures.verification!.wide).toContain("theory from the starts of these networks");
    expect(figures.verification!.wide).toContain("single networks, mean ± 2 standard deviations");
    expect(figures.curves.wide).toContain("10–90 % of networks");
    const page = renderReport(forecast, figures);
    expect(page).toMatch(/id="verification"[\s\S]*They were trained to step \d+ of 200/);
    const percent = (value: number) => percentText(value).replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    const { samples, start, moved } = verification!.kernel!;
    expect(page).toMatch(
      new RegExp(
        `Tangent kernel of the first trained network on ${samples} train samples[\\s\\S]*${percent(start)}[\\s\\S]*${percent(moved)}`,
      ),
    );
    expect(verification!.engine).toMatch(/^float32 by /);
    expect(page).toContain(`<dt>Trained in</dt><dd>${verification!.engine}</dd>`);
    // forecasts that were written before they said so, or whose networks diverged, have neither
    const bare = { ...forecast, verification: { ...verification!, engine: null, kernel: null } };
    const without = renderReport(bare, reportFigures(bare));
    expect(without).not.toMatch(/Trained in|Tangent kernel of the first/);
  });

  test("a forecast without it has none", async () => {
    const recipe = parseForecastRecipe({
      foretrain: 1,
      network: network(input([2]), dense(2)),
      data: { source: "x", normalization: "none" },
      training: { corrections: 0 },
    });
    const { forecast } = await runForecast(recipe, halfCircles({ train: 10, test: 10 }));
    expect(forecast.verification).toBeNull();
    expect(reportFigures(forecast).verification).toBeNull();
  });

  test.each([
    [{ optimizer: "flow", steps: 5 }, {}, /optimizer is "flow", expected "gd"/],
    [{ diagReg: 0.1, steps: 5 }, {}, /diagReg is 0.1, expected 0/],
    [{ steps: 5 }, { networks: 1 }, /networks is 1, expected a whole number >= 2/],
    [{ steps: 5 }, { steps: 0 }, /steps is 0, expected a whole number >= 1/],
  ])("%o with %o is refused", async (training, verify, message) => {
    await expect(verified([], training, verify)).rejects.toThrow(message);
  });
});

describe("noise beside the forecast", () => {
  test("without hidden layers the prediction with noise is exact: networks trained with it agree, matched or not", async () => {
    const { verification } = await verified([], { steps: 40, noise: 0.1, ensemble: 256 }, { networks: 16 });
    expect(verification!.noise).toEqual({ size: 0.1, missing: null });
    expect(verification!.kind).toBe("agrees");
    expect(verification!.details.join(" ")).toMatch(
      /trained with the noise s = 0\.1; the prediction has the spread/,
    );
    const still = await verified([], { steps: 40, ensemble: 256 }, { networks: 2 });
    for (const name of VERIFIED_QUANTITIES) {
      const { z, differs, leavesAt, predicted } = verification!.quantities![name];
      expect([differs, leavesAt]).toEqual([null, null]);
      for (const score of z) expect(Math.abs(score ?? 0)).toBeLessThan(4);
      const without = still.verification!.quantities![name].predicted;
      // noise adds to losses; at the start there is none
      expect(predicted.mean[0]).toBe(without.mean[0]);
      if (name.endsWith("Loss")) expect(predicted.mean.at(-1)!).toBeGreaterThan(1.05 * without.mean.at(-1)!);
    }
  });

  test("where theory has no noise, sentence, figure and report say that the prediction is without it", async () => {
    // just above the limit of infinite width, a few steps are no divergence yet
    const { limit } = (await verified([], { steps: 3 }, { networks: 2 })).learningRate;
    const forecast = await verified([], { steps: 3, noise: 0.3, learningRate: 1.1 * limit }, { networks: 2 });
    const { verification } = forecast;
    expect(verification!.noise!.missing).toMatch(/diverges/);
    expect(verification!.details.join(" ")).toMatch(/the prediction is without noise: training diverges/);
    expect(renderReport(forecast, reportFigures(forecast))).toMatch(
      /predictions beside them are without it:<\/b> training diverges/,
    );
  });
});
