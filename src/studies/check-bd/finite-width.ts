/**
 * Empirical kernels of finite networks against their infinite limit: row B14.
 * @module
 */
import { empiricalKernels, finiteModel, initialParameters, relativeDistance } from "../../finite/index.js";
import { computeKernel } from "../../kernels/index.js";
import { activationLayer, dense, input, network } from "../../network/index.js";
import { createRng } from "../../numeric/random.js";
import { logLogFit, meanOf } from "../../numeric/statistics/index.js";
import { breathe } from "../../progress.js";
import type { CheckWork } from "../check-work.js";
import { absolute, type Check } from "../checks.js";
import { sphereInputs } from "../paper-b/deep-network.js";

const WIDTHS = [64, 128, 256, 512];
const NETWORKS = 12;
const DEPTH = 4;

export async function finiteWidthChecks({ seed, threads, signal }: CheckWork): Promise<Check[]> {
  const variances = { weightVariance: 1.5, biasVariance: 0.05 };
  const hidden = (width: number) =>
    Array.from({ length: DEPTH }, () => [dense(width, variances), activationLayer("erf")]).flat();
  const netOf = (width: number) => network(input([10]), ...hidden(width), dense(1, variances));
  const x = sphereInputs(seed, 6, 10, 1);
  const { ntk } = await computeKernel(netOf(1), x, null, { get: ["ntk"], threads, signal });
  const errors = [];
  for (const width of WIDTHS) {
    const model = finiteModel(netOf(width));
    const distances: number[] = [];
    for (let i = 0; i < NETWORKS; i++) {
      await breathe(signal);
      const parameters = initialParameters(model, { seed: createRng(seed).fork("network", i) });
      const empirical = empiricalKernels(model, parameters, x, null, { get: ["ntk"] }).ntk!;
      distances.push(relativeDistance(empirical.data, ntk.data));
    }
    errors.push(meanOf(distances));
  }
  return [
    absolute(
      {
        id: "B14",
        quantity: `erf (1.5, 0.05), ${DEPTH} hidden layers: slope of the NTK's relative error over the width ${WIDTHS[0]} to ${WIDTHS.at(-1)}`,
        source: "paper B, finite networks: error of order 1 / sqrt(width)",
      },
      logLogFit(WIDTHS, errors)!.slope,
      -0.5,
      0.1,
    ),
  ];
}
