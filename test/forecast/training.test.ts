import { describe, expect, test } from "vitest";
import { ensembleOutputs, squaredLoss } from "../../src/dynamics/index.js";
import {
  openForecast,
  parseForecastRecipe,
  predictTraining,
  runForecast,
  verifyTraining,
} from "../../src/forecast/index.js";
import { computeKernel } from "../../src/kernels/index.js";
import { dense, erf, input, network } from "../../src/network/index.js";
import { meanOf } from "../../src/numeric/statistics/index.js";
import { halfCircles } from "./sample-data.js";

const data = halfCircles({ train: 16, test: 20 });
const netOf = (width: number) => network(input([2]), dense(width, { weightVariance: 2 }), erf(), dense(2));
const recipeOf = (training: Record<string, unknown>, width = 32) =>
  parseForecastRecipe({
    foretrain: 1,
    title: "test",
    network: netOf(width),
    data: { source: "half-circles", normalization: "none" },
    training: { ensemble: 8, corrections: 0, steps: 20, ...training },
  });

describe("training alone", () => {
  test("has the bits of the whole forecast, with its verification", async () => {
    const recipe = recipeOf({});
    const { forecast } = await runForecast(recipe, data, { verify: { networks: 2 } });
    const opened = await openForecast(recipe, data);
    const predicted = await predictTraining(opened);
    expect(predicted.curves).toEqual(forecast.curves);
    expect(predicted.learningRate).toEqual(forecast.learningRate);
    expect(predicted.chance).toBe(forecast.data.chance);
    const { stepsPerSecond: _, ...verified } = await verifyTraining(opened, predicted, { networks: 2 });
    const { stepsPerSecond: __, ...expected } = forecast.verification!;
    expect(verified).toEqual(expected);
  });

  test("takes other learning rates and steps from the same kernels", async () => {
    const opened = await openForecast(recipeOf({}), data);
    const learningRate = 0.25 * opened.limit;
    const predicted = await predictTraining(opened, { learningRate, steps: 30 });
    const { forecast } = await runForecast(recipeOf({ learningRate, steps: 30 }), data);
    expect(predicted.curves).toEqual(forecast.curves);
    expect(predicted.learningRate).toEqual({ limit: opened.limit, used: learningRate, stable: true });
    const unstable = await predictTraining(opened, { learningRate: 1.5 * opened.limit });
    expect(unstable.learningRate.stable).toBe(false);
  });

  test("expects the losses of single networks that many draws have, whatever the number of its own", async () => {
    const opened = await openForecast(recipeOf({ steps: 200 }), data);
    const few = await predictTraining(opened, { ensemble: 2 });
    const { spreads, curves, learningRate } = await predictTraining(opened, { ensemble: 400 });
    for (const name of ["trainLoss", "testLoss"] as const) {
      expect(few.spreads[name].mean).toEqual(spreads[name].mean);
    }
    const { inputs, kernels, model } = opened;
    const { nngp } = await computeKernel(opened.network, inputs.test.x, null, { get: ["nngp"] });
    const at = [0, 10, 25, curves.steps.length - 1];
    const drawn = ensembleOutputs(
      model,
      {
        targets: inputs.train.targets,
        nngpTrain: kernels.train.nngp,
        testTrain: kernels.testTrain.ntk,
        nngpTestTrain: kernels.testTrain.nngp,
        nngpTest: nngp,
        ...{ draws: 4000, seed: 77 },
      },
      at.map((i) => ({ kind: "gd", learningRate: learningRate.used, steps: curves.steps[i]! })),
    );
    let which = 0;
    for await (const outputs of drawn) {
      const i = at[which++]!;
      for (const [name, own, { targets }] of [
        ["trainLoss", outputs.train, inputs.train],
        ["testLoss", outputs.test!, inputs.test],
      ] as const) {
        const losses = squaredLoss(own, targets);
        const { value, error } = meanOf(losses);
        const expected = spreads[name].mean[i]!;
        expect(Math.abs(value - expected)).toBeLessThan(4 * error);
        // known well enough to tell the spread's part from none: the mean output alone has a loss smaller by many standard errors
        const alone = curves[name === "trainLoss" ? "train" : "test"].loss.mean[i]!;
        expect(expected - alone).toBeGreaterThan(4 * error);
      }
    }
  });

  test("trains a network of another width, and tells every record of every network", async () => {
    const opened = await openForecast(recipeOf({}), data);
    const predicted = await predictTraining(opened);
    const told: [number, number][] = [];
    const verification = await verifyTraining(opened, predicted, {
      network: netOf(3),
      networks: 3,
      steps: 5,
      onRecord: ({ step }, seed) => told.push([seed, step]),
    });
    expect(verification.sentence).toContain("width 3");
    const steps = predicted.curves.steps.filter((step) => step <= 5);
    expect(told.sort(([a, s], [b, t]) => a - b || s - t)).toEqual(
      [0, 1, 2].flatMap((seed) => steps.map((step) => [seed, step])),
    );
  });

  test("refuses to train what no finite network follows", async () => {
    const opened = await openForecast(recipeOf({ diagReg: 0.1 }), data);
    const predicted = await predictTraining(opened);
    await expect(verifyTraining(opened, predicted)).rejects.toThrow(/training.diagReg is 0.1, expected 0/);
  });
});
