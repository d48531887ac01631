import { beforeAll, describe, expect, test } from "vitest";
import {
  classify,
  countTable,
  logisticRegression,
  performanceCorrelation,
} from "../../src/complexity/index.js";
import { type Forecast, parseForecastRecipe, runForecast } from "../../src/forecast/index.js";
import { dense, gelu, input, network } from "../../src/network/index.js";
import { matrix } from "../../src/numeric/matrix.js";
import { figureFiles, renderReport, reportFigures } from "../../src/report/index.js";
import { halfCircles } from "./sample-data.js";

const recipe = (training: Record<string, unknown> = {}, layers = [dense(128), gelu(), dense(2)]) =>
  parseForecastRecipe({
    foretrain: 1,
    title: "test",
    network: network(input([2]), ...layers),
    data: { source: "half-circles", normalization: "none" },
    training: { ensemble: 8, corrections: 0, ...training },
  });
const data = halfCircles({ train: 40, test: 300 });

describe("what a linear model explains, in the forecast", () => {
  let forecast: Forecast;
  let page: string;
  beforeAll(async () => {
    const result = await runForecast(recipe({ steps: 500 }), data, {
      verify: { networks: 3, steps: 500 },
      threads: 1,
    });
    forecast = result.forecast;
    page = renderReport(forecast);
    const { inputs } = result;
    const { found } = forecast.complexity!;
    // the linear model again, and the network without hidden layers as least squares would have it
    const flat = (x: { data: Float64Array }) => matrix(x.data.length / 2, 2, x.data);
    const model = logisticRegression(flat(inputs.train.x), inputs.train.labels, {
      classes: 2,
      ridge: found!.ridge,
    });
    const said = classify(model, flat(inputs.test.x));
    const own = performanceCorrelation(countTable(said, said, inputs.test.labels));
    expect(found!.linear.information).toBeCloseTo(own.simple - own.bias.simple, 12);
    const right = said.filter((label, i) => label === inputs.test.labels[i]).length;
    expect(found!.linear.accuracy).toBeCloseTo(right / said.length, 12);
  });

  test("has curves at the steps of training, with the accuracy that the curves have", () => {
    const { reason, found } = forecast.complexity!;
    expect(reason).toBeNull();
    expect(found!.steps).toEqual(forecast.curves.steps);
    expect([found!.testSamples, found!.networkSamples, found!.classes]).toEqual([300, 300, 2]);
    const last = found!.steps.length - 1;
    // half circles are not linear: the network ends with more than the linear model, which does not explain the rest
    expect(forecast.curves.test.accuracy.mean[last]!).toBeGreaterThan(found!.linear.accuracy);
    expect(found!.mean.network.value[last]!).toBeGreaterThan(found!.mean.explained.value[last]!);
    for (const [t, mu] of found!.mean.explained.value.entries()) {
      // mu <= I(L; Y) and <= I(F; Y), but for biases of 1 / n
      expect(mu).toBeLessThan(found!.linear.information + 0.01);
      expect(mu).toBeLessThan(found!.mean.network.value[t]! + 0.01);
    }
    expect(found!.phaseEnd.mean).not.toBeNull();
    expect(found!.sentence).toContain(`At step ${found!.phaseEnd.mean} the mean of many networks knows`);
  });

  test("is in the report, its figure and its files", () => {
    const figures = reportFigures(forecast);
    expect(Object.keys(figureFiles(figures))).toContain("complexity.svg");
    for (const svg of [figures.complexity!.wide, figures.complexity!.narrow]) {
      expect(svg).toMatch(/^<svg/);
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
      expect(svg).toContain("3 trained networks, mean");
    }
    expect(page).toContain('id="complexity"');
    expect(page).toContain("What a linear model explains");
  });

  test("is measured on trained networks too, and they agree with the single networks of the prediction", () => {
    const { measured, single } = forecast.complexity!.found!;
    expect(measured!.networks).toBe(3);
    const last = measured!.steps.length - 1;
    const spread = (single.network.high[last]! - single.network.low[last]!) / 2.56;
    // three networks, and the width of 128
    expect(Math.abs(measured!.network.mean[last]! - single.network.median[last]!)).toBeLessThan(
      4 * spread + 0.1,
    );
    expect(measured!.explained.high[last]!).toBeLessThanOrEqual(measured!.network.high[last]! + 0.01);
  });

  test("of a network without hidden layers all is linear", async () => {
    const linear = await runForecast(recipe({ steps: 2000 }, [dense(2, { biasVariance: 0.1 })]), data, {
      threads: 1,
    });
    const { found } = linear.forecast.complexity!;
    const last = found!.steps.length - 1;
    // least squares and logistic regression draw nearly the same line
    expect(found!.mean.explained.value[last]! / found!.mean.network.value[last]!).toBeGreaterThan(0.9);
  });

  test("says why there is none", async () => {
    const { forecast: diverging } = await runForecast(recipe({ learningRate: 1000, steps: 50 }), data, {
      threads: 1,
    });
    expect(diverging.complexity).toEqual({ reason: "training diverges at this learning rate", found: null });
    const text = renderReport(diverging);
    expect(text).toContain("What a linear model explains is not measured: training diverges");
    expect(reportFigures(diverging).complexity).toBeNull();
  });
});
