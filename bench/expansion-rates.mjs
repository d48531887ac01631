/**
 * CPU seconds of expansions of finite networks against the seconds that forecasts count with, on networks that each spend their time on
 * something else: products with few rows, loops over large arrays, activations. Each the least of three.
 */

import {
  lazyExpansion,
  lazyExpansionWork,
  noiseExpansions,
  noiseExpansionWork,
} from "../dist/dynamics/index.js";
import { secondsOf } from "../dist/forecast/effort.js";
import {
  createRng,
  dense,
  erf,
  finiteModel,
  gelu,
  initialParameters,
  input,
  network,
  tanh,
} from "../dist/index.js";
import { useNativeLinearAlgebra } from "../dist/node.js";

await useNativeLinearAlgebra();
const TIME = 1;
const normals = (rows, cols, seed) => {
  const rng = createRng(seed);
  const data = Float64Array.from({ length: rows * cols }, () => rng.normal() / Math.sqrt(cols));
  return { data, shape: [rows, cols] };
};
async function cpuOf(run) {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round++) {
    const start = process.cpuUsage();
    await run();
    const { user, system } = process.cpuUsage(start);
    least = Math.min(least, (user + system) / 1e6);
  }
  return least;
}

const rows = [
  { phi: erf, width: 64, depth: 2, samples: 4, outputs: 10 },
  { phi: erf, width: 512, depth: 2, samples: 2, outputs: 10 },
  { phi: tanh, width: 512, depth: 2, samples: 2, outputs: 2 },
  { phi: gelu, width: 256, depth: 2, samples: 8, outputs: 2 },
  { phi: erf, width: 1024, depth: 1, samples: 4, outputs: 3 },
];
for (const { phi, width, depth, samples, outputs } of rows) {
  const law = { weightVariance: 1.5, biasVariance: 0.05 };
  const hidden = Array.from({ length: depth }, () => [dense(width, law), phi()]).flat();
  const model = finiteModel(network(input([2 * samples]), ...hidden, dense(outputs)));
  const common = {
    model,
    parameters: initialParameters(model, { seed: 1 }),
    x: normals(samples, 2 * samples, 1),
    testX: normals(samples, 2 * samples, 2),
    y: normals(samples, outputs, 3),
    times: [TIME],
    tolerance: 1e-4,
  };
  const decays = 3; // of the fastest mode, about
  const lazy = secondsOf(lazyExpansionWork(model, samples, 3, decays));
  const noise = secondsOf(
    noiseExpansionWork({ model, trainSamples: samples, testSamples: samples, looks: 2, decays }),
  );
  const lazyCpu = await cpuOf(() => lazyExpansion({ ...common, order: 3 }));
  const noiseCpu = await cpuOf(() =>
    noiseExpansions({ ...common, order: 2, noises: [0, 0.1], method: "lowRank", memory: 2 ** 31 }),
  );
  const [ofLazy, ofNoise] = [lazyCpu / lazy, noiseCpu / noise].map((ratio) => ratio.toFixed(2));
  console.log(
    `${2 * samples}-${Array(depth).fill(width).join("-")}-${outputs}: widths ${lazyCpu.toFixed(2)} s, ${ofLazy} of the count; ` +
      `noise ${noiseCpu.toFixed(2)} s, ${ofNoise} of the count`,
  );
}
