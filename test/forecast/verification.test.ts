import { describe, expect, test } from "vitest";
import { percentText } from "../../src/figures/index.js";
import { type Forecast, parseForecastRecipe, runForecast } from "../../src/forecast/index.js";
import { compareSpreads, VERIFIED_QUANTITIES, verifyForecast } from "../../src/forecast/verification.js";
import { dense, erf, input, type Layer, network } from "../../src/network/index.js";
import { matrix } from "../../src/numeric/matrix.js";
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
      /^8 trained networks of .* follow the prediction up to step 40: test accuracy/,
    );
    for (const name of VERIFIED_QUANTITIES) {
      const { z, partsAt, together, inside } = verification!.quantities![name];
      expect([partsAt, together]).toEqual([null, 1]);
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
    for (const { kind, sentence, kernel } of [middle.verification!, wide.verification!]) {
      expect(kernel!.moved).toBeGreaterThan(0);
      expect(/training moved the tangent kernel/.test(sentence)).toBe(kind === "width-too-small");
    }
    const narrow = await verified(layers(2), { steps: 100 });
    // the first network of width 2 stands a smaller rate than theory says, which is what is told then
    expect(narrow.verification!.kind).toBe("rate-too-large");
    expect(narrow.verification!.sentence).toMatch(
      /networks of width 2 part from the prediction \(.* from step .*\): the learning rate/,
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
    const { forecast, inputs } = await runForecast(recipe, halfCircles({ train: 10, test: 10 }));
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
        ntk: matrix(10, 10),
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

describe("comparison of one quantity", () => {
  const measured = {
    mean: [1, 2, 3, 9],
    deviation: [0.3, 0.3, 0.3, 0.3],
    low: [0, 0, 0, 0],
    high: [9, 9, 9, 9],
  };
  const predicted = { mean: [1, 4, 3, 3], deviation: [0.4, 0.4, 0, 0.4] };

  test("z is the difference over the standard error of the means, of which that of a loss is exact; parted is what stays two predicted deviations apart", () => {
    const compare = (kind: "loss" | "accuracy") =>
      compareSpreads([0, 1, 2, 3], measured, predicted, { networks: 4, draws: 16 }, kind);
    const zOf = (error: number) => [0, expect.closeTo(-2 / error, 12), null, expect.closeTo(6 / error, 12)];
    expect(compare("accuracy").z).toEqual(zOf(0.4 * Math.sqrt(1 / 4 + 1 / 16)));
    const { z, partsAt, together, inside } = compare("loss");
    expect(z).toEqual(zOf(0.4 * Math.sqrt(1 / 4)));
    expect(partsAt).toBe(3); // step 1 is apart, too, but step 2 is together again
    expect(together).toBe(0.5);
    // means 0, 2, 0 and 6 from the band's middle, its half widths 0.8, 0.8, 0 and 0.8
    expect(inside).toEqual({ mean: 2, all: 0 });
  });

  test("half a point of accuracy and 2 % of a loss count as nothing", () => {
    const exact = { mean: [0.5, 0.5], deviation: [0, 0] };
    const near = { ...measured, mean: [0.5, 0.504] };
    const counts = { networks: 4, draws: 16 };
    expect(compareSpreads([0, 1], near, exact, counts, "accuracy").partsAt).toBeNull();
    expect(compareSpreads([0, 1], near, exact, counts, "loss").partsAt).toBeNull();
    expect(compareSpreads([0, 1], { ...near, mean: [0.5, 0.506] }, exact, counts, "accuracy").partsAt).toBe(
      1,
    );
    expect(compareSpreads([0, 1], { ...near, mean: [0.5, 0.511] }, exact, counts, "loss").partsAt).toBe(1);
  });

  test("what is together at the end has not parted", () => {
    const { partsAt } = compareSpreads(
      [0, 5],
      { ...measured, mean: [8, 3] },
      { mean: [1, 3], deviation: [0.1, 0.1] },
      { networks: 4, draws: 16 },
      "loss",
    );
    expect(partsAt).toBeNull();
  });
});
