import { describe, expect, test } from "vitest";
import { oneHotCentred } from "../../src/data/index.js";
import { finiteModel, initialParameters } from "../../src/finite/index.js";
import { parseForecastRecipe, runForecast } from "../../src/forecast/index.js";
import { dense, input, network, tanh } from "../../src/network/index.js";
import { createRng } from "../../src/numeric/random.js";
import { plainNoisyTraining } from "./plain-noisy-training.js";
import { halfCircles } from "./sample-data.js";

const SAMPLES = 8;
const OUTPUTS = 2;
const NOISE = 0.1;
const data = halfCircles({ train: SAMPLES, test: SAMPLES });
const x = Float64Array.from(data.train.x.data);
const testX = Float64Array.from(data.test.x.data);
const y = oneHotCentred(data.train.y, OUTPUTS).data;
const testY = oneHotCentred(data.test.y, OUTPUTS).data;

const tanhNetwork = (width: number) =>
  network(input([2]), dense(width, { weightVariance: 1.8, biasVariance: 0.1 }), tanh(), dense(OUTPUTS));
const plainNetwork = (width: number) => ({
  inputs: 2,
  width,
  outputs: OUTPUTS,
  weightVariance: 1.8,
  biasVariance: 0.1,
});

async function forecast(width: number, corrections: number) {
  const recipe = parseForecastRecipe({
    foretrain: 1,
    title: "test",
    network: tanhNetwork(width),
    data: { source: "half-circles", normalization: "none" },
    training: { ensemble: 4, optimizer: "flow", steps: 8, noise: NOISE, corrections },
  });
  const { noise } = (await runForecast(recipe, data)).forecast;
  return { recipe, noise: noise! };
}

const average = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const errorOf = (values: readonly number[]) => {
  const mean = average(values);
  const count = values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count * (count - 1)));
};

/** The forecast's rule: within 4 standard errors of a simulation whose error is at most a share of the value. */
function agrees(forecast: number, simulated: readonly number[], most: number, bias: number): void {
  const error = errorOf(simulated);
  expect(error).toBeLessThan(most * Math.abs(forecast));
  expect(Math.abs(average(simulated) - forecast)).toBeLessThan(4 * error + bias * Math.abs(forecast));
}

describe("noise of a forecast against training in plain loops", () => {
  test("shift, spread and what the shift adds to the loss, of the networks that the forecast draws", async () => {
    const width = 16;
    const { recipe, noise } = await forecast(width, 1000);
    const { times, size, spread, shiftLoss, networks } = noise.shift.found!;
    const model = finiteModel(tanhNetwork(width));
    const seeds = createRng(recipe.seed).fork("noise");
    // the lazy family: its noise changes the mean by eps times the forecast's order, and by the next one at eps^2
    const [eps, steps, blocks, pairsOfBlock] = [0.05, 40, 10, 20];
    const found = Array.from({ length: blocks }, () => ({ squares: 0, variance: 0, loss: 0 }));
    for (let i = 0; i < networks; i++) {
      const start = initialParameters(model, { seed: seeds.fork(`${i}`) });
      const training = {
        network: plainNetwork(width),
        ...{ start, x, y, testX, noise: NOISE, eps },
        step: times[0]! / steps,
        steps: [steps],
      };
      const { quiet, pairs } = plainNoisyTraining(training, blocks * pairsOfBlock, createRng(3).fork(`${i}`));
      const still = quiet[0]!;
      found.forEach((block, b) => {
        const mine = pairs.slice(b * pairsOfBlock, (b + 1) * pairsOfBlock);
        still.forEach((value, o) => {
          const shifts = mine.map(([up, down]) => ((up![0]![o]! + down![0]![o]!) / 2 - value) / eps);
          const share = 1 / (still.length * networks);
          // what the error of a mean adds to its square
          block.squares += share * (average(shifts) ** 2 - errorOf(shifts) ** 2);
          block.variance +=
            share * average(mine.map(([up, down]) => ((up![0]![o]! - down![0]![o]!) / 2) ** 2));
          block.loss += share * OUTPUTS * (value - testY[o]!) * average(shifts);
        });
      });
    }
    // Euler's steps: half a step of each mode's rate, 1 / 40 of some units; the next order: eps = 1 / 20
    const bias = 0.05;
    const squares = found.map((block) => block.squares);
    agrees(size[0]!.size ** 2, squares, 0.2, 2 * bias);
    const variances = found.map((block) => block.variance);
    agrees(spread[0]! ** 2, variances, 0.05, bias);
    const losses = found.map((block) => block.loss);
    agrees(shiftLoss![0]!.size, losses, 0.3, bias);
  }, 60_000);

  test("all that small noise adds to the loss of the networks themselves is spread and shift together", async () => {
    const width = 64;
    const { recipe, noise } = await forecast(width, 1000);
    const { times, addedLoss, shiftLoss, networks } = noise.shift.found!;
    const model = finiteModel(tanhNetwork(width));
    const seeds = createRng(recipe.seed).fork("noise");
    const [steps, pairs] = [30, 120];
    const share = 0.1; // of the forecast's noise: s sqrt(t) is small, and what is added goes like s^2
    const added: number[] = [];
    const loss = (f: Float64Array) =>
      f.reduce((sum, value, o) => sum + (value - testY[o]!) ** 2, 0) / (2 * SAMPLES);
    for (let i = 0; i < networks; i++) {
      const training = {
        network: plainNetwork(width),
        start: initialParameters(model, { seed: seeds.fork(`${i}`) }),
        ...{ x, y, testX, noise: share * NOISE, eps: 1, step: times[0]! / steps, steps: [steps] },
      };
      const { quiet, pairs: paths } = plainNoisyTraining(training, pairs, createRng(5).fork(`${i}`));
      const still = loss(quiet[0]!);
      paths.forEach(([up, down], p) => {
        added[p] = (added[p] ?? 0) + ((loss(up![0]!) + loss(down![0]!)) / 2 - still) / share ** 2 / networks;
      });
    }
    // beyond order 2, at eps = 1: 1 / sqrt(64) of the shift's part, which is half of the sum at most; Euler's steps as above
    agrees(addedLoss![0]!.size, added, 0.1, 0.06 + 0.05);
    // half the variance alone is not it
    const spread = addedLoss![0]!.size - shiftLoss![0]!.size;
    expect(spread - average(added)).toBeGreaterThan(4 * errorOf(added) + 0.1 * addedLoss![0]!.size);
  }, 60_000);

  test("the loss that the spread adds, of many wide networks at other weights", async () => {
    const { steps: times, testVariance } = (await forecast(8, 0)).noise.spread.found!;
    const width = 64;
    const model = finiteModel(tanhNetwork(width));
    const last = 3;
    const step = times[last]! / 40;
    const added: number[] = [];
    for (let i = 0; i < 60; i++) {
      const training = {
        network: plainNetwork(width),
        start: initialParameters(model, { seed: 100 + i }),
        ...{ x, y, testX, noise: NOISE, step, steps: [40] },
        eps: 0.02,
      };
      const { quiet, pairs } = plainNoisyTraining(training, 2, createRng(4).fork(`${i}`));
      const loss = (f: Float64Array) =>
        Array.from(f, (value, o) => (value - testY[o]!) ** 2).reduce((sum, v) => sum + v, 0) / (2 * SAMPLES);
      added.push(average(pairs.flatMap((pair) => pair.map((run) => loss(run[0]!)))) - loss(quiet[0]!));
    }
    // the mean tangent kernel of width 64 is that of infinite width; the variance is not linear in it, by about 1 / 64
    agrees((OUTPUTS * testVariance[last]!) / 2, added, 0.1, 0.05);
  }, 60_000);
});
