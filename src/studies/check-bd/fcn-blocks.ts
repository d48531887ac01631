import { computeKernel, kernelsAtDepths } from "../../kernels/index.js";
import {
  activationLayer,
  dense,
  dropout,
  input,
  type Layer,
  network,
  repeat,
  residual,
} from "../../network/index.js";
import { type Matrix, matrix } from "../../numeric/matrix.js";
import { bulkSpectrum, ntkAsymptotics } from "../../trainability/index.js";
import type { CheckWork } from "../check-work.js";
import { absolute, type Check, relative } from "../checks.js";
import { readingOf, sphereInputs } from "../paper-b/deep-network.js";
import {
  bulkOf,
  INPUTS,
  kernelsOf,
  M,
  meanPair,
  ORDERED,
  predicted,
  RELU,
  spectrumOf,
} from "./fcn-kernels.js";

/** Critical relu without biases. */
export async function relu(work: CheckWork): Promise<Check[]> {
  const depth = 8192;
  const kernels = await kernelsOf(RELU, [depth / 2, depth], 1, work);
  const { ntk, ntkGap, nngpGap } = kernels.get(depth)!;
  const { lambdaMax, eigenvalues } = await spectrumOf(ntk, ntkGap);
  const at = `relu critical, m = ${M}, l = ${depth}`;
  const source = "paper B, relu";
  const law = (2 * predicted(ntk, work)) / predicted(kernels.get(depth / 2)!.ntk, work);
  return [
    relative(
      { id: "B12", quantity: `${at}: kappa`, source: `${source}: (m + 3) / 3` },
      lambdaMax / bulkOf(eigenvalues),
      (M + 3) / 3,
      0.005,
    ),
    relative(
      { id: "B12", quantity: `${at}: lambda_max / l`, source: `${source}: (m + 3) / 4` },
      lambdaMax / depth,
      (M + 3) / 4,
      0.005,
    ),
    relative(
      { id: "B12", quantity: `${at}: bulk / l`, source: `${source}: 3 / 4` },
      bulkOf(eigenvalues) / depth,
      0.75,
      0.005,
    ),
    relative(
      { id: "B12", quantity: `${at}: off-diagonal / l`, source: `${source}: p_ab ~ l q / 4` },
      meanPair(ntk) / depth,
      0.25,
      0.005,
    ),
    relative(
      { id: "B12", quantity: `${at}: mean of (1 - c_l) l^2`, source: `${source}: 9 pi^2 / 2` },
      meanPair(nngpGap) * depth * depth,
      4.5 * Math.PI ** 2,
      0.01,
    ),
    relative(
      {
        id: "B12",
        quantity: "relu critical: l max|P Y| at l = 8192 over that at 4096",
        source: `${source}: P Y = O(1 / l)`,
      },
      law,
      1,
      0.01,
    ),
  ];
}

/** Dropout before the last layer of 300. */
export async function dropped(work: CheckWork): Promise<Check[]> {
  const reading = readingOf(ORDERED);
  const { weightVariance, biasVariance } = ORDERED;
  const hidden: Layer[] = [activationLayer("erf"), dense(1, { weightVariance, biasVariance })];
  const x = sphereInputs(work.seed, M, INPUTS, reading.qStar!);
  const rows: Check[] = [];
  for (const [keepRate, expected] of [
    [0.9, 109.481],
    [0.5, 13.0535],
  ] as const) {
    const net = network(
      input([INPUTS]),
      dense(1, { weightVariance: 1, biasVariance: 0 }),
      repeat(299, ...hidden),
      hidden[0]!,
      dropout(keepRate),
      hidden[1]!,
    );
    const { ntk } = await computeKernel(net, x, null, {
      get: ["ntk"],
      threads: work.threads,
      signal: work.signal,
    });
    const { lambdaMax, eigenvalues } = await bulkSpectrum(ntk, gapOf(ntk));
    const { kappa } = ntkAsymptotics({
      samples: M,
      depth: 300,
      phase: "ordered",
      qStar: reading.qStar!,
      chi1: reading.chi1!,
      cStar: 1,
      chiC: reading.chi1!,
      keepRate,
      biasVariance,
    });
    const at = `erf (1.25, 0.05), m = ${M}, l = 300, keep rate ${keepRate}`;
    const source = "paper B, dropout: 1 + m p* / ((1 / rho - 1) (p* - sigma_b^2))";
    rows.push(
      relative(
        { id: "B13", quantity: `${at}: kappa`, source },
        lambdaMax / bulkOf(eigenvalues),
        kappa ?? Number.NaN,
        0.002,
      ),
      relative(
        { id: "B13", quantity: `${at}: the formula's kappa`, source },
        kappa ?? Number.NaN,
        expected,
        1e-5,
      ),
    );
  }
  return rows;
}

/** (K_ii + K_jj) / 2 - K_ij of a kernel that does not need a gap of its own. */
function gapOf(kernel: Matrix): Matrix {
  const n = kernel.shape[0];
  const out = matrix(n, n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      out.data[i * n + j] = (kernel.data[i * n + i]! + kernel.data[j * n + j]!) / 2 - kernel.data[i * n + j]!;
    }
  }
  return out;
}

/** Residual blocks h + W phi(h). */
export async function residuals(work: CheckWork): Promise<Check[]> {
  const residualNetwork = (name: string, weightVariance: number, biasVariance: number) =>
    network(
      input([INPUTS]),
      dense(1, { weightVariance: 1, biasVariance: 0 }),
      ...[1, 2].map(() => residual(activationLayer(name), dense(1, { weightVariance, biasVariance }))),
    );
  const x = sphereInputs(work.seed, M, INPUTS, 1);
  const kappas = async (net: ReturnType<typeof residualNetwork>, depths: readonly number[]) => {
    const found: { depth: number; kappa: number; diagonal: number }[] = [];
    const options = { get: ["ntk", "ntkGap"] as const, threads: work.threads, signal: work.signal };
    for await (const { depth, ntk, ntkGap } of kernelsAtDepths(net, depths, x, null, options)) {
      const { lambdaMax, eigenvalues } = await bulkSpectrum(ntk, ntkGap);
      found.push({ depth, kappa: lambdaMax / bulkOf(eigenvalues), diagonal: ntk.data[0]! });
    }
    return found;
  };
  const a = 0.5; // sigma_w^2 / 2
  const [deep] = await kappas(residualNetwork("relu", 1, 0), [700]);
  const [erf] = await kappas(residualNetwork("erf", 1.5, 0.05), [64]);
  return [
    relative(
      {
        id: "B16",
        quantity: `residual relu, sigma_w^2 = 1, m = ${M}, l = 700: kappa`,
        source: "residual relu is always critical: (m + 3) / 3",
      },
      deep!.kappa,
      (M + 3) / 3,
      0.05,
    ),
    relative(
      {
        id: "B16",
        quantity: "residual relu, l = 700: Theta_aa / (q_l l a / (1 + a))",
        source: "Theta_aa ~ q_l l a / (1 + a), a = sigma_w^2 / 2",
      },
      deep!.diagonal / ((1 + a) ** 700 * 700 * (a / (1 + a))),
      1,
      0.01,
    ),
    absolute(
      {
        id: "B16",
        quantity: "residual erf (1.5, 0.05), l = 64: kappa",
        source: "sub-exponentially chaotic: kappa goes to 1",
      },
      erf!.kappa,
      1,
      0.01,
    ),
  ];
}
