// Kernels of real networks against those of infinite width: how far one network is off, and their mean, as widths grow;
// then one network's linearization and curvature.
import {
  applyModel,
  computeKernelArrays,
  createRng,
  dense,
  erf,
  finiteModel,
  hessianExtremes,
  hessianTrace,
  initialParameters,
  input,
  linearize,
  network,
  sampleEmpiricalKernels,
} from "foretrain";

const variances = { weightVariance: 1.5, biasVariance: 0.05 };
const netOf = (width) =>
  network(input([10]), dense(width, variances), erf(), dense(width, variances), erf(), dense(1, variances));
const x = { data: createRng(0).normals(new Float64Array(80)), shape: [8, 10] };

// 1. the tangent kernel at initialization
const widths = [32, 64, 128, 256];
const networks = 20;
const { ntk: limit } = await computeKernelArrays(netOf(1), x, null, { get: ["ntk"] });
const typical = [];
for (const width of widths) {
  const { ntk } = await sampleEmpiricalKernels(netOf(width), x, null, {
    get: ["ntk"],
    networks,
    reference: { ntk: limit },
  });
  const mean = ntk.distances.reduce((sum, d) => sum + d / networks, 0);
  const square = limit.data.reduce((sum, value) => sum + value ** 2, 0);
  const ofMean = Math.sqrt(
    limit.data.reduce((sum, value, i) => sum + (ntk.mean.data[i] - value) ** 2, 0) / square,
  );
  typical.push(mean);
  console.log(
    `width ${String(width).padStart(4)}: one network is off by ${mean.toFixed(4)}, the mean of ${networks} by ${ofMean.toFixed(4)}`,
  );
}
const logs = (list) => list.map(Math.log);
const centred = (list) => list.map((value) => value - list.reduce((a, b) => a + b) / list.length);
const [across, down] = [centred(logs(widths)), centred(logs(typical))];
const slope = across.reduce((sum, a, i) => sum + a * down[i], 0) / across.reduce((sum, a) => sum + a * a, 0);
console.log(`one network's distance goes like width^${slope.toFixed(2)} (theory: -1/2)`);

// 2. away from initialization: the same step of the weights, in networks of growing width
const y = { data: x.data.filter((_, i) => i % 10 === 0).map(Math.sin), shape: [8, 1] };
for (const width of [32, 256]) {
  const model = finiteModel(netOf(width));
  const theta = initialParameters(model, { seed: 1 });
  const direction = createRng(2).normals(new Float64Array(model.parameterCount));
  const size = Math.hypot(...direction);
  const moved = theta.map((value, i) => value + (3 * direction[i]) / size);
  const [before, after] = [applyModel(model, theta, x).data, applyModel(model, moved, x).data];
  const linear = linearize(model, theta)(moved, x).data;
  const norm = (a, b) => Math.hypot(...a.map((value, i) => value - b[i]));
  const trace = await hessianTrace(model, theta, x, y, { probes: 32 });
  const { largest } = await hessianExtremes(model, theta, x, y, { ends: ["largest"] });
  console.log(
    `width ${String(width).padStart(4)}: after a step of length 3 the linear model misses ${((100 * norm(linear, after)) / norm(before, after)).toFixed(1)} % of the change; ` +
      `tr hess L = ${trace.value.toFixed(3)} +- ${trace.standardError.toFixed(3)}, lambda_max = ${largest.value.toFixed(3)}, stable below eta = ${(2 / largest.value).toFixed(3)}`,
  );
}
