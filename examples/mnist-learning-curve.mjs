// Test accuracy of NTK and NNGP regression on MNIST against the number of train images.
// node examples/mnist-learning-curve.mjs [largest n, default 1000] [test images, default 2000]
import {
  accuracy,
  chooseSubset,
  computeKernel,
  gaussianProcessPosterior,
  normalizeInputs,
  oneHotCentred,
  preset,
} from "foretrain";
import { loadDataset } from "foretrain/node";

const largest = Number(process.argv[2] ?? 1000);
const testImages = Number(process.argv[3] ?? 2000);
const mnist = await loadDataset("mnist");
const network = preset("fcn", {
  input: mnist.inputShape,
  depth: 3,
  activation: "relu",
  weightVariance: 2,
  biasVariance: 0.01,
  classes: 10,
});
console.log(
  `MNIST, 10 classes, relu, 3 hidden layers, sigma_w^2 = 2, sigma_b^2 = 0.01, ${testImages} test images`,
);
console.log("     n    NTK   NNGP");
for (const n of [100, 500, 1000].filter((size) => size <= largest)) {
  // subsets of one seed are nested: the 100 images are the first of the 500
  const subset = chooseSubset(mnist, { train: n, test: testImages, seed: 0 });
  const x = normalizeInputs(subset, "standardize");
  const train = await computeKernel(network, x.train, null);
  const testTrain = await computeKernel(network, x.test, x.train);
  const targets = oneHotCentred(subset.train.y, 10);
  const [ntk, nngp] = ["ntk", "nngp"].map((name) => {
    const { mean } = gaussianProcessPosterior({ train: train[name], testTrain: testTrain[name], targets });
    return accuracy(mean, subset.test.y, 10)[0];
  });
  console.log(`${String(n).padStart(6)}  ${ntk.toFixed(4)} ${nngp.toFixed(4)}`);
}
