// An infinitely wide network on eight points, untrained and trained: ten lines of library use.
import { computeKernel, dense, erf, input, matrixFromRows, network, predict } from "foretrain";

const net = network(input([2]), dense(512, { weightVariance: 2, biasVariance: 0.1 }), erf(), dense(1));
const angles = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => (i * Math.PI) / 4);
const x = matrixFromRows(angles.map((a) => [Math.cos(a), Math.sin(a)]));
const test = matrixFromRows([[Math.cos(0.4), Math.sin(0.4)]]);
const { nngp, ntk } = await computeKernel(net, x, null);
const cross = await computeKernel(net, test, x);
const own = await computeKernel(net, test, null, { get: ["nngp"] });

const prediction = await predict({
  get: "ntk",
  ntk: { train: ntk, testTrain: cross.ntk },
  nngp: { train: nngp, testTrain: cross.nngp },
  nngpTest: own.nngp,
  targets: matrixFromRows(angles.map((a) => [Math.sin(2 * a)])),
  clocks: [0, 10, 100, 1000, Number.POSITIVE_INFINITY].map((time) => ({ kind: "flow", time })),
  covariance: "std",
});
console.log(`target at the test point: ${Math.sin(0.8).toFixed(4)}`);
prediction.clocks.forEach(({ time }, t) => {
  const [mean, std] = [prediction.mean.data[t], prediction.std.data[t]];
  console.log(
    `time ${String(time).padStart(8)}: mean ${mean.toFixed(4)}, standard deviation ${std.toFixed(4)}`,
  );
});
console.log(`condition number of the ntk: ${prediction.conditioning.kappa.toFixed(1)}`);
