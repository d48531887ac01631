/**
 * The symmetric eigen-decomposition of a large kernel, once: seconds, memory and accuracy.
 *
 *   node bench/large-eigen.mjs [n = 10000] [threads = all]
 *
 * The kernel is the ntk of a relu network with 3 hidden layers on n normal inputs of 100 numbers. Eigenvalues alone come
 * first, then the vectors too. Residuals and orthogonality are those of 200 vectors spread over the spectrum, the latter
 * against all: the largest entry of |A v - lambda v| / |A| and of |V^T v - e|.
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { computeKernel, createRng, eigenSymmetric, matrix, preset } from "../dist/index.js";
import { matmul } from "../dist/numeric/linalg/index.js";

const { positionals } = parseArgs({ allowPositionals: true });
const n = Number(positionals[0] ?? 10_000);
const threads = Number(positionals[1] ?? availableParallelism());
const SAMPLED = Math.min(n, 200);

const gigabytes = (bytes) => `${(bytes / 1e9).toFixed(2)} GB`;
const peak = () => gigabytes(1024 * process.resourceUsage().maxRSS);

async function timed(label, run) {
  let shown = performance.now();
  const onProgress = ({ done, total, unit }) => {
    if (performance.now() - shown < 10_000) return;
    shown = performance.now();
    console.error(`  ${label}: ${done} of ${total} ${unit}`);
  };
  const start = performance.now();
  const cpu = process.cpuUsage();
  const result = await run(onProgress);
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - start) / 1000;
  const used = `${((user + system) / 1e6).toFixed(0)} s of all cores`;
  console.log(`${label}: ${seconds.toFixed(1)} s (${used}), peak memory ${peak()}`);
  return result;
}

const x = { data: createRng(1).normals(new Float64Array(n * 100)), shape: [n, 100] };
const { ntk } = await timed("kernel", (onProgress) =>
  computeKernel(preset("fcn", { input: [100], depth: 3 }), x, null, { get: ["ntk"], onProgress }),
);
const alone = await timed(`eigenvalues of ${n} x ${n}, ${threads} threads`, (onProgress) =>
  eigenSymmetric(ntk, { vectors: false, threads, onProgress }),
);
const { values, vectors } = await timed(`with vectors, ${threads} threads`, (onProgress) =>
  eigenSymmetric(ntk, { threads, onProgress }),
);

const norm = Math.abs(values[0]);
const apart = values.reduce((worst, value, i) => Math.max(worst, Math.abs(value - alone.values[i])), 0);
const columns = Array.from({ length: SAMPLED }, (_, i) => Math.floor((i * n) / SAMPLED));
const picked = matrix(n, SAMPLED);
for (let i = 0; i < n; i++) {
  columns.forEach((column, c) => {
    picked.data[i * SAMPLED + c] = vectors.data[i * n + column];
  });
}
const image = matmul(ntk, picked);
const products = matmul(vectors, picked, { transposeA: true });
let residual = 0;
let dependence = 0;
for (let i = 0; i < n; i++) {
  columns.forEach((column, c) => {
    const at = i * SAMPLED + c;
    residual = Math.max(residual, Math.abs(image.data[at] - values[column] * picked.data[at]));
    dependence = Math.max(dependence, Math.abs(products.data[at] - (i === column ? 1 : 0)));
  });
}
const show = (value) => value.toExponential(1);
console.log(
  `residual ${show(residual / norm)}, orthogonality ${show(dependence)}, values with and without vectors differ by ${show(apart / norm)} of the norm`,
);
