// Published test accuracies of infinitely wide networks, computed again.
// node examples/published-accuracies.mjs [mnist] [cifar10] [--sizes 100,1000,10000] [--depths 3,4,6,11,21]
//   [--images 2000] of CIFAR-10; the accuracies of fewer are shown and not compared
//   [--precision float64] of the kernels, or float32
//   [--data-dir DIR] with the files of both data sets; without it each is looked for, then downloaded
// Ends with 1 when an accuracy is further from the expected one than the tolerance.
//
// mnist: Bayesian inference with the nngp of relu networks (Lee et al. 2018, Table 2), at the depth and variances that
// the authors chose for each number of train images. The train images are the first n / 10 of each class behind the 10,000
// that the authors kept for validation; every image is standardized by itself; targets -0.1 and 0.9; noise 1e-10.
//
// cifar10: regression with the ntk of convolutional networks without pooling (Arora et al. 2019, Table 1, CNTK-V, 2,000
// train images): relu and 3x3 convolutions without bias, pixels standardized per channel, no ridge. The first 2,000 train
// and the first 2,000 test images: the standard error of an accuracy is 1.1 points, to the published ones (of all
// 10,000 test images) as well.
import { parseArgs } from "node:util";
import {
  accuracy,
  computeKernel,
  conv,
  dense,
  flatten,
  gaussianProcessPosterior,
  input,
  network,
  normalizeInputs,
  oneHotCentred,
  relu,
  repeat,
} from "foretrain";
import { loadDataset } from "foretrain/node";

/** `expected` is what an independent implementation of the same recipe gives, `published` what the paper has. */
const MNIST = [
  { n: 100, depth: 100, weightVariance: 1.79, biasVariance: 0.83, expected: 76.58, published: 77.35 },
  { n: 1000, depth: 20, weightVariance: 1.45, biasVariance: 0.28, expected: 92.5, published: 92.79 },
  { n: 10000, depth: 7, weightVariance: 0.61, biasVariance: 0.07, expected: 97.59, published: 97.65 },
];
const CIFAR10 = [
  { depth: 3, expected: 40.2, published: 40.94 },
  { depth: 4, expected: 41.65, published: 42.54 },
  { depth: 6, expected: 42.6, published: 43.43 },
  { depth: 11, expected: 42.3, published: 43.42 },
  { depth: 21, expected: 41.3, published: 42.53 },
];
const CIFAR10_IMAGES = 2000;
const VALIDATION = 10000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sizes: { type: "string", default: MNIST.map(({ n }) => n).join() },
    depths: { type: "string", default: CIFAR10.map(({ depth }) => depth).join() },
    images: { type: "string", default: String(CIFAR10_IMAGES) },
    precision: { type: "string", default: "float64" },
    "data-dir": { type: "string" },
  },
});
const wanted = positionals.length > 0 ? positionals : ["mnist", "cifar10"];
const images = Number(values.images);
const numbers = (text) => text.split(",").map(Number);
const source = values["data-dir"] === undefined ? {} : { dataDir: values["data-dir"] };
let agrees = true;

function report(label, percent, { expected, published }, tolerance, seconds) {
  const difference = percent - expected;
  const within = Math.abs(difference) <= tolerance;
  agrees &&= within;
  const columns = [percent, published, expected].map((value) => value.toFixed(2).padStart(10));
  const sign = difference < 0 ? "" : "+";
  console.log(
    `${label.padEnd(28)}${columns.join("")}${(sign + difference.toFixed(2)).padStart(12)}` +
      `${`${tolerance}`.padStart(11)}${seconds.toFixed(1).padStart(10)}${within ? "" : "  DIFFERS"}`,
  );
}

/** Rows `chosen` of a split, as arrays of `size` numbers. */
function rows(split, size, chosen) {
  const data = new Float64Array(chosen.length * size);
  chosen.forEach((from, to) => {
    data.set(split.x.data.subarray(from * size, (from + 1) * size), to * size);
  });
  return {
    x: { data, shape: [chosen.length, ...split.x.shape.slice(1)] },
    y: Int32Array.from(chosen, (i) => split.y[i]),
  };
}

/** Test accuracy in percent of regression with one of the kernels. */
async function testAccuracy(net, name, train, test, noise) {
  const options = { get: [name], precision: values.precision };
  const own = await computeKernel(net, train.x, null, options);
  const cross = await computeKernel(net, test.x, train.x, options);
  const { mean } = gaussianProcessPosterior({
    train: own[name],
    testTrain: cross[name],
    targets: oneHotCentred(train.y, 10),
    diagReg: noise,
    diagRegAbsolute: true,
  });
  return 100 * accuracy(mean, test.y, 10)[0];
}

/** Each image as a vector of mean 0 and variance 1. */
function standardizedRows({ x, y }) {
  const size = 784;
  const data = x.data.slice();
  for (let start = 0; start < data.length; start += size) {
    const row = data.subarray(start, start + size);
    const mean = row.reduce((sum, v) => sum + v, 0) / size;
    const deviation = Math.sqrt(row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / size);
    row.forEach((v, i) => {
      row[i] = (v - mean) / deviation;
    });
  }
  return { x: { data, shape: [y.length, size] }, y };
}

async function mnist() {
  const set = await loadDataset("mnist", source);
  const test = standardizedRows(rows(set.test, 784, [...set.test.y.keys()]));
  for (const row of MNIST.filter(({ n }) => numbers(values.sizes).includes(n))) {
    const start = performance.now();
    const taken = new Array(10).fill(0);
    const chosen = [];
    for (let i = VALIDATION; i < set.train.y.length; i++) {
      if (taken[set.train.y[i]]++ < row.n / 10) chosen.push(i);
    }
    const train = standardizedRows(rows(set.train, 784, chosen));
    const variances = { weightVariance: row.weightVariance, biasVariance: row.biasVariance };
    const net = network(input([784]), repeat(row.depth, dense(512, variances), relu()), dense(10, variances));
    const percent = await testAccuracy(net, "nngp", train, test, 1e-10);
    report(`mnist nngp, ${row.n} images`, percent, row, 1, (performance.now() - start) / 1000);
  }
}

async function cifar10() {
  const set = await loadDataset("cifar10", source);
  const first = [...new Array(images).keys()];
  const [train, test] = [set.train, set.test].map((split) => rows(split, 3072, first));
  const x = normalizeInputs({ ...set, train, test }, "standardize");
  for (const row of CIFAR10.filter(({ depth }) => numbers(values.depths).includes(depth))) {
    const start = performance.now();
    const net = network(
      input([32, 32, 3]),
      conv(128, [3, 3]),
      repeat(row.depth - 2, relu(), conv(128, [3, 3], { weightVariance: 2 })),
      relu(),
      flatten(),
      dense(10, { weightVariance: 2 }),
    );
    const percent = await testAccuracy(net, "ntk", { ...train, x: x.train }, { ...test, x: x.test }, 0);
    const seconds = (performance.now() - start) / 1000;
    if (images === CIFAR10_IMAGES) report(`cifar10 ntk, depth ${row.depth}`, percent, row, 1.5, seconds);
    else console.log(`cifar10 ntk, depth ${row.depth}, ${images} images: ${percent.toFixed(2)}`);
  }
}

console.log("test accuracy in percent     computed published  expected  difference  tolerance   seconds");
for (const name of wanted) {
  if (name === "mnist") await mnist();
  else if (name === "cifar10") await cifar10();
  else throw new Error(`no such data set here: ${name}; there are mnist and cifar10`);
}
process.exitCode = agrees ? 0 : 1;
