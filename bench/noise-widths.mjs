/**
 * How the noise's part of orders 2 and 3 of the mean outputs changes with the width: one hidden layer of tanh on a sine. For each order
 * the root mean square over networks, train and test points of term(s) - term(0), with its standard error over networks, and the
 * exponent of a power of the width through them. Traces are exact.
 */
import {
  dense,
  finiteModel,
  initialParameters,
  input,
  logLogFit,
  network,
  noiseExpansions,
  regressionProblem,
  tanh,
} from "../dist/index.js";

const NOISE = 0.1;
const TIME = 1;
const ORDERS = [
  { order: 2, widths: [16, 32, 64, 128, 256, 512], networks: 16 },
  { order: 3, widths: [16, 32, 64, 128, 256], networks: 32 },
];
const { train, test } = regressionProblem("sine", { train: 8, test: 5, inputs: 1, seed: 0 });

/** mean square over points of what the noise adds to the last order */
async function noisePart(order, width, seed) {
  const model = finiteModel(
    network(
      input([1]),
      dense(width, { weightVariance: 1, biasVariance: 1 }),
      tanh(),
      dense(1, { weightVariance: 1 }),
    ),
  );
  const [[quiet], [noisy]] = await noiseExpansions({
    model,
    parameters: initialParameters(model, { seed }),
    ...train,
    testX: test.x,
    ...{ order, noises: [0, NOISE], times: [TIME] },
    ...{ method: "lowRank", traces: "exact", tolerance: 1e-8 },
  });
  const last = order - 1;
  const squares = noisy.terms[last].map((value, i) => (value - quiet.terms[last][i]) ** 2);
  return squares.reduce((sum, square) => sum + square, 0) / squares.length;
}

console.log(`s = ${NOISE}, t = ${TIME}, one hidden layer of tanh, 8 samples of a sine`);
for (const { order, widths, networks } of ORDERS) {
  const points = [];
  for (const width of widths) {
    const squares = [];
    for (let seed = 1; seed <= networks; seed++) squares.push(await noisePart(order, width, seed));
    const mean = squares.reduce((sum, square) => sum + square, 0) / networks;
    const spread = squares.reduce((sum, square) => sum + (square - mean) ** 2, 0) / (networks - 1);
    const value = Math.sqrt(mean);
    const error = Math.sqrt(spread / networks) / (2 * value);
    points.push({ value, error });
    console.log(
      `order ${order}, width ${width}, ${networks} networks: ${value.toExponential(2)} with a standard error of ${error.toExponential(1)}`,
    );
  }
  const { slope, slopeError } = logLogFit(widths, points);
  console.log(
    `order ${order}: exponent ${slope.toFixed(2)} with a standard error of ${slopeError.toFixed(2)}`,
  );
}
