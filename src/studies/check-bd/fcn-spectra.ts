/**
 * Spectra and mean predictors of deep fully connected networks: rows B4, B5, B8 to B13, B16.
 * @module
 */

import { activation } from "../../activations/index.js";
import { computeKernel, kernelsAtDepths } from "../../kernels/index.js";
import { chi, correlationTrajectory, type HiddenLayer } from "../../meanfield/index.js";
import {
  activationLayer,
  dense,
  dropout,
  input,
  type Layer,
  network,
  networkAtDepth,
  repeat,
  residual,
} from "../../network/index.js";
import { type Matrix, matrix, type NdArray } from "../../numeric/matrix.js";
import { breathe, type LongWork } from "../../progress.js";
import {
  bulkSpectrum,
  meanPredictor,
  ntkAsymptotics,
  orderedMeanPredictorLimit,
} from "../../trainability/index.js";
import { absolute, type Check, relative } from "../checks.js";
import {
  block,
  centredTargets,
  criticalLayer,
  deepNetwork,
  largest,
  type PaperLayer,
  readingOf,
  sphereInputs,
} from "../paper-b/deep-network.js";

/** Train samples m, test samples and input dimension of all rows. */
const M = 12;
const TEST = 3;
const INPUTS = 30;

const CRITICAL = criticalLayer("erf", 0.05);
const CHAOTIC: PaperLayer = { activation: "erf", weightVariance: 1.5, biasVariance: 0.05 };
const ORDERED: PaperLayer = { activation: "erf", weightVariance: 1.25, biasVariance: 0.05 };
const RELU: PaperLayer = { activation: "relu", weightVariance: 2, biasVariance: 0 };

const GET = ["nngp", "ntk", "nngpGap", "ntkGap"] as const;
type Kernels = Record<(typeof GET)[number], Matrix>;

export interface CheckWork extends Pick<LongWork, "signal"> {
  readonly seed: number;
  readonly threads?: number | undefined;
}

/** Kernels among train and test samples together, by depth. */
async function kernelsOf(
  layer: PaperLayer,
  depths: readonly number[],
  meanSquare: number,
  { seed, threads, signal }: CheckWork,
): Promise<Map<number, Kernels>> {
  const x = sphereInputs(seed, M + TEST, INPUTS, meanSquare);
  const found = new Map<number, Kernels>();
  const options = { get: GET, threads, signal };
  for await (const { depth, ...kernels } of kernelsAtDepths(
    deepNetwork(layer, INPUTS),
    depths,
    x,
    null,
    options,
  )) {
    found.set(depth, kernels as unknown as Kernels);
    await breathe(signal);
  }
  return found;
}

const trainOf = (a: Matrix) => block(a, [0, M], [0, M]);
const testOf = (a: Matrix) => block(a, [M, M + TEST], [0, M]);
const spectrumOf = (kernel: Matrix, gap: Matrix) => bulkSpectrum(trainOf(kernel), trainOf(gap));
const median = (values: readonly number[]) => {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
};
const bulkOf = (eigenvalues: readonly number[]) => median(eigenvalues.slice(1));

/** max |P Y| for fixed Gaussian centred targets. */
function predicted(kernel: Matrix, { seed }: CheckWork): number {
  return largest(meanPredictor(testOf(kernel), trainOf(kernel), centredTargets(seed, M, 2)).mean);
}

const meanPair = (kernel: Matrix) => {
  let sum = 0;
  for (let i = 0; i < M; i++) for (let j = 0; j < i; j++) sum += kernel.data[i * kernel.shape[1] + j]!;
  return sum / ((M * (M - 1)) / 2);
};

async function critical(work: CheckWork): Promise<Check[]> {
  const depth = 4096;
  const q = readingOf(CRITICAL).qStar!;
  const kernels = await kernelsOf(CRITICAL, [depth / 4, depth], q, work);
  const { ntk, ntkGap, nngp, nngpGap } = kernels.get(depth)!;
  const { eigenvalues, lambdaMax } = await spectrumOf(ntk, ntkGap);
  const own = await spectrumOf(nngp, nngpGap);
  const curvature = (4 * q * q) / (1 + 4 * q); // C''(1) of erf at chi_1 = 1
  const law = (get: "ntk" | "nngp") =>
    (4 * predicted(kernels.get(depth)![get], work)) / predicted(kernels.get(depth / 4)![get], work);
  const scale = depth * q;
  const at = `erf critical, m = ${M}, l = ${depth}`;
  const table = "paper B, NTK table, critical";
  const nngpTable = "paper B, NNGP table, critical";
  return [
    relative(
      { id: "B4", quantity: `${at}: kappa`, source: `${table}: (m + 2) / 2` },
      lambdaMax / bulkOf(eigenvalues),
      (M + 2) / 2,
      0.01,
    ),
    relative(
      { id: "B4", quantity: `${at}: lambda_max / (l q*)`, source: `${table}: (m + 2) / 3` },
      lambdaMax / scale,
      (M + 2) / 3,
      0.01,
    ),
    relative(
      { id: "B4", quantity: `${at}: bulk / (l q*)`, source: `${table}: 2 / 3` },
      bulkOf(eigenvalues) / scale,
      2 / 3,
      0.01,
    ),
    relative(
      { id: "B4", quantity: `${at}: off-diagonal / (l q*)`, source: `${table}: 1 / 3` },
      meanPair(ntk) / scale,
      1 / 3,
      0.01,
    ),
    relative(
      {
        id: "B4",
        quantity: "erf critical: l max|P Y| at l = 4096 over that at 1024",
        source: `${table}: P Y = O(1 / l)`,
      },
      law("ntk"),
      1,
      0.02,
    ),
    relative(
      {
        id: "B4",
        quantity: `${at}: NNGP 2 kappa / (m l C''(1))`,
        source: `${nngpTable}: kappa = m l C''(1) / 2`,
      },
      (2 * own.lambdaMax) / bulkOf(own.eigenvalues) / (M * depth * curvature),
      1,
      0.01,
    ),
    relative(
      {
        id: "B4",
        quantity: `${at}: NNGP bulk l C''(1) / (2 q*)`,
        source: `${nngpTable}: bulk = 2 q* / (C''(1) l)`,
      },
      (bulkOf(own.eigenvalues) * depth * curvature) / (2 * q),
      1,
      0.01,
    ),
    relative(
      {
        id: "B4",
        quantity: "erf critical: NNGP l max|P Y| at l = 4096 over that at 1024",
        source: `${nngpTable}: P Y = O(1 / l)`,
      },
      law("nngp"),
      1,
      0.02,
    ),
  ];
}

/** One pair of correlation 0.3, by the maps of its two variances and by the kernels of the network itself. */
async function criticalPair({ signal }: CheckWork): Promise<Check[]> {
  const q = readingOf(CRITICAL).qStar!;
  const c = 0.3;
  const curvature = (4 * q * q) / (1 + 4 * q);
  const layer: HiddenLayer = { ...CRITICAL, activation: activation("erf") };
  const deepest = 1e6;
  const { c: correlation, deficit } = correlationTrajectory([layer], { q1: q, c }, deepest);
  const expected: ReadonlyMap<number, number> = new Map([
    [1e3, 0.330806],
    [1e4, 0.332858],
    [1e5, 0.333263],
    [1e6, 0.333324],
  ]);
  const rows: Check[] = [];
  const ratios = new Map<number, number>();
  let theta = q * c;
  for (let l = 1; l <= deepest; l++) {
    theta = q * correlation[l]! + chi(layer, correlation[l - 1]!, q) * theta;
    if (l % 50_000 === 0) await breathe(signal);
    if (expected.has(l)) ratios.set(l, theta / (l * q));
  }
  const at = (l: number) => `erf critical, pair of c = ${c}, l = ${l}`;
  for (const [l, value] of expected) {
    rows.push(
      absolute(
        { id: "B5", quantity: `${at(l)}: off-diagonal / (l q*)`, source: "paper B, recursion of Theta_ab" },
        ratios.get(l)!,
        value,
        1e-6,
      ),
    );
  }
  const root = Math.sqrt(2 * q);
  const x: NdArray<Float64Array> = {
    data: Float64Array.of(root, 0, c * root, Math.sqrt(1 - c * c) * root),
    shape: [2, 2],
  };
  const { ntk } = await computeKernel(networkAtDepth(deepNetwork(CRITICAL, 2), 1e5), x, null, {
    get: ["ntk"],
    threads: 1,
    signal,
  });
  return [
    ...rows,
    absolute(
      {
        id: "B5",
        quantity: `${at(1e5)}: the same by the kernel of the network`,
        source: "both readings of one network",
      },
      ntk.data[1]! / (1e5 * q),
      ratios.get(1e5)!,
      1e-9,
    ),
    absolute(
      { id: "B5", quantity: `${at(deepest)}: off-diagonal / (l q*)`, source: "paper B, p_ab ~ l q* / 3" },
      ratios.get(deepest)!,
      1 / 3,
      2e-5,
    ),
    absolute(
      {
        id: "B5",
        quantity: `${at(deepest)}: (1 - c_l) l C''(1) / 2`,
        source: "paper B, delta_l ~ 2 / (C''(1) l)",
      },
      (deficit[deepest]! * deepest * curvature) / 2,
      1,
      1e-4,
    ),
  ];
}

async function chaotic(work: CheckWork): Promise<Check[]> {
  const reading = readingOf(CHAOTIC);
  const [q, chi1, cStar, chiC] = [reading.qStar!, reading.chi1!, reading.cStar!, reading.chiC!];
  const depths = Array.from({ length: 11 }, (_, i) => 300 + 10 * i);
  const kernels = await kernelsOf(CHAOTIC, [...depths, 200], q, work);
  const { ntk, nngp, nngpGap } = kernels.get(400)!;
  const diagonal = (q * (chi1 ** 401 - 1)) / (chi1 - 1);
  const pair = (q * cStar) / (1 - chiC);
  const at = (l: number) => `erf (1.5, 0.05), m = ${M}, l = ${l}`;
  const kappa = async (depth: number) => {
    const { lambdaMax, eigenvalues } = await spectrumOf(kernels.get(depth)!.ntk, kernels.get(depth)!.ntkGap);
    return lambdaMax / bulkOf(eigenvalues);
  };
  const formula = (depth: number) =>
    ntkAsymptotics({ samples: M, depth, phase: "chaotic", qStar: q, chi1, cStar, chiC }).kappa ?? Number.NaN;
  const own = await spectrumOf(nngp, nngpGap);
  // straight line through log |P Y| - log l
  const points = depths.map((depth) => ({
    x: depth,
    y: Math.log(predicted(kernels.get(depth)!.ntk, work) / depth),
  }));
  return [
    relative(
      { id: "B8", quantity: `${at(400)}: Theta_aa`, source: "paper B, q* (chi_1^(l+1) - 1) / (chi_1 - 1)" },
      ntk.data[0]!,
      diagonal,
      1e-6,
    ),
    relative(
      {
        id: "B8",
        quantity: `${at(400)}: mean off-diagonal`,
        source: "paper B, p_ab* = q* c* / (1 - chi_c*)",
      },
      meanPair(ntk),
      pair,
      1e-3,
    ),
    relative(
      { id: "B8", quantity: `${at(200)}: kappa`, source: "paper B, 1 + m p_ab* / (p_aa - p_ab*)" },
      await kappa(200),
      formula(200),
      1e-3,
    ),
    relative(
      { id: "B8", quantity: `${at(400)}: kappa - 1`, source: "paper B, m p_ab* / (p_aa - p_ab*)" },
      (await kappa(400)) - 1,
      formula(400) - 1,
      5e-3,
    ),
    relative(
      { id: "B8", quantity: `${at(400)}: NNGP kappa`, source: "paper B, (1 + (m - 1) c*) / (1 - c*)" },
      own.lambdaMax / bulkOf(own.eigenvalues),
      (1 + (M - 1) * cStar) / (1 - cStar),
      1e-4,
    ),
    relative(
      {
        id: "B9",
        quantity: "erf (1.5, 0.05): slope of log|P Y| - log l, l = 300 to 400",
        source: "paper B, P Y = O(l (chi_c* / chi_1)^l)",
      },
      slopeOf(points),
      Math.log(chiC / chi1),
      0.015,
    ),
  ];
}

function slopeOf(points: readonly { readonly x: number; readonly y: number }[]): number {
  const mean = (of: (p: { x: number; y: number }) => number) =>
    points.reduce((sum, p) => sum + of(p), 0) / points.length;
  const [mx, my] = [mean((p) => p.x), mean((p) => p.y)];
  return mean((p) => (p.x - mx) * (p.y - my)) / mean((p) => (p.x - mx) ** 2);
}

async function ordered(work: CheckWork): Promise<Check[]> {
  const reading = readingOf(ORDERED);
  const [q, chi1] = [reading.qStar!, reading.chi1!];
  const limit = q / (1 - chi1);
  const kernels = await kernelsOf(ORDERED, [200, 250, 400, 500, 800], q, work);
  const y = centredTargets(work.seed, M, 2);
  const deep = kernels.get(800)!.nngpGap; // the Koenigs function of the correlation map, up to a factor
  const interpolant = orderedMeanPredictorLimit(testOf(deep), trainOf(deep), y);
  const at = (depth: number) =>
    meanPredictor(testOf(kernels.get(depth)!.ntk), trainOf(kernels.get(depth)!.ntk), y).mean;
  const [p200, p400] = [at(200), at(400)];
  const away = interpolant.data.map((value, i) => Math.abs(2 * p400.data[i]! - p200.data[i]! - value));
  const { lambdaMax } = await spectrumOf(kernels.get(400)!.ntk, kernels.get(400)!.ntkGap);
  const ratio = (depth: number) => {
    const { ntkGap, nngpGap } = kernels.get(depth)!;
    return (ntkGap.data[1]! / (depth * nngpGap.data[1]!)) * q;
  };
  const curvature = (chi1 * 4 * q * q) / (1 + 4 * q);
  const coefficient = q + (curvature * limit) / chi1;
  const gap = { id: "B11", source: "paper B, p_aa - p_ab ~ l chi_1^l (q* + C''(1) p* / chi_1) amplitude" };
  return [
    relative(
      {
        id: "B10",
        quantity: `erf (1.25, 0.05), m = ${M}, l = 400: lambda_max`,
        source: "paper B, NTK table, ordered: m p*",
      },
      lambdaMax,
      M * limit,
      1e-4,
    ),
    absolute(
      {
        id: "B10",
        quantity:
          "erf (1.25, 0.05): largest distance of 2 P(400) Y - P(200) Y from the limit, over max|limit|",
        source: "conditionally positive definite interpolant of the Koenigs function",
      },
      Math.max(...away) / largest(interpolant),
      0,
      0.02,
    ),
    relative(
      { ...gap, quantity: "erf (1.25, 0.05): gap / (l delta_l), 2 x (l = 500) - (l = 250)" },
      2 * ratio(500) - ratio(250),
      coefficient,
      1e-3,
    ),
    absolute({ ...gap, quantity: "erf (1.25, 0.05): q* + C''(1) p* / chi_1" }, coefficient, 3.54894, 6e-6),
  ];
}

async function relu(work: CheckWork): Promise<Check[]> {
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
async function dropped(work: CheckWork): Promise<Check[]> {
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
async function residuals(work: CheckWork): Promise<Check[]> {
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

/** The rows by name; each group is a piece of work. */
export const FCN_GROUPS: Readonly<Record<string, (work: CheckWork) => Promise<Check[]>>> = {
  critical,
  "critical pair": criticalPair,
  chaotic,
  ordered,
  relu,
  dropout: dropped,
  residual: residuals,
};
