// How deep may a network be? Condition numbers and mean predictors of three phases, of pooled and flattened
// convolutional networks, and with dropout, against depth, beside the asymptotic theory.
import { writeFileSync } from "node:fs";
import {
  activation,
  conv,
  createRng,
  criticalWeightVariance,
  dense,
  dropout,
  erf,
  flatten,
  globalAvgPool,
  input,
  matrix,
  network,
  repeat,
  trainability,
  trainabilityFigure,
} from "foretrain";

const biasVariance = 0.05;
const critical = criticalWeightVariance(activation("erf"), biasVariance).value;

/** `count` inputs of norm sqrt(n_0) in random directions. */
function inputs(count, shape, seed) {
  const size = shape.reduce((product, side) => product * side, 1);
  const data = createRng(seed).normals(new Float64Array(count * size));
  for (let i = 0; i < count; i++) {
    const x = data.subarray(i * size, (i + 1) * size);
    const norm = Math.sqrt(x.reduce((sum, value) => sum + value * value, 0) / size);
    for (let f = 0; f < size; f++) x[f] /= norm;
  }
  return { data, shape: [count, ...shape] };
}

async function sweep(name, label, net, depths, samples) {
  const data = {
    x: inputs(samples, net.input, 1),
    targets: matrix(samples, 1, createRng(2).normals(new Float64Array(samples))),
    test: inputs(8, net.input, 3),
  };
  const { ntk, meanField } = await trainability(net, data, { depths, get: ["ntk"] });
  const number = (value) => (value === null ? "none" : Number(value.toPrecision(4)));
  for (const [i, depth] of depths.entries()) {
    if (i % 3 !== 0 && i !== depths.length - 1) continue;
    console.log(
      `${name.padEnd(18)} ${meanField.phase.padEnd(9)} depth ${String(depth).padStart(4)}: kappa ${number(ntk.kappa[i])}` +
        ` (theory ${number(ntk.theory.kappa[i])}), max |P Y| ${number(ntk.meanPredictor[i])}`,
    );
  }
  const { eigenvalues, predictions, lambdaMin, ...curve } = ntk;
  return { label, ...curve };
}

const depths = [1, 2, 4, 8, 16, 32, 64, 128, 256];
const stack = (weightVariance, ...last) => {
  const hidden = dense(512, { weightVariance, biasVariance });
  return network(input([20]), dense(512), erf(), repeat(2, hidden, erf()), ...last, hidden);
};
const cnn = (readout) => {
  const filter = conv(64, [3], { weightVariance: critical, biasVariance, padding: "circular" });
  return network(input([8, 5]), repeat(2, filter, erf()), filter, readout);
};

const figures = {
  phases: [
    ["ordered", "ordered, σ_{w}^{2} = 1.25", stack(1.25), 12],
    ["critical", `critical, σ_{w}^{2} = ${critical.toFixed(3)}`, stack(critical), 12],
    ["chaotic", "chaotic, σ_{w}^{2} = 1.5", stack(1.5), 12],
  ],
  pooling: [
    ["flattened", "CNN, flattened", cnn(flatten()), 6],
    ["pooled", "CNN, pooled", cnn(globalAvgPool()), 6],
  ],
  dropout: [
    ["no dropout", "no dropout", stack(1.25), 12],
    ["dropout, keeps 0.9", "dropout, keeps 0.9", stack(1.25, dropout(0.9)), 12],
  ],
};
for (const [name, networks] of Object.entries(figures)) {
  const curves = [];
  for (const [title, label, net, samples] of networks) {
    curves.push(await sweep(title, label, net, depths, samples));
  }
  writeFileSync(`trainability-${name}.svg`, trainabilityFigure({ depths, curves }));
  console.log(`wrote trainability-${name}.svg`);
}
