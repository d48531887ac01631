/**
 * Spectra and mean predictors of fully connected networks in three phases: rows B4, B5, B8 to B11.
 * @module
 */
import { activation } from "../../activations/index.js";
import { kernelsAtDepths } from "../../kernels/index.js";
import { chi, correlationTrajectory, type HiddenLayer } from "../../meanfield/index.js";
import type { NdArray } from "../../numeric/matrix.js";
import { breathe } from "../../progress.js";
import { meanPredictor, ntkAsymptotics, orderedMeanPredictorLimit } from "../../trainability/index.js";
import type { CheckWork } from "../check-work.js";
import { absolute, type Check, relative } from "../checks.js";
import { centredTargets, deepNetwork, largest, readingOf } from "../paper-b/deep-network.js";
import {
  bulkOf,
  CHAOTIC,
  CRITICAL,
  kernelsOf,
  M,
  meanPair,
  ORDERED,
  predicted,
  spectrumOf,
  testOf,
  trainOf,
} from "./fcn-kernels.js";

/** At criticality: spectra, laws in l and P Y. */
export async function critical(work: CheckWork): Promise<Check[]> {
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
export async function criticalPair({ signal }: CheckWork): Promise<Check[]> {
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
  const kernel = { get: ["ntk"], threads: 1, signal } as const;
  let ofNetwork = Number.NaN;
  // in parts of the network, one after the other
  for await (const { ntk } of kernelsAtDepths(deepNetwork(CRITICAL, 2), [1e5], x, null, kernel)) {
    ofNetwork = ntk.data[1]!;
  }
  return [
    ...rows,
    absolute(
      {
        id: "B5",
        quantity: `${at(1e5)}: the same by the kernel of the network`,
        source: "both readings of one network",
      },
      ofNetwork / (1e5 * q),
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

/** In the chaotic phase: spectra and the decay of P Y. */
export async function chaotic(work: CheckWork): Promise<Check[]> {
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

/** In the ordered phase: the decay of the bulk and the limit of P Y. */
export async function ordered(work: CheckWork): Promise<Check[]> {
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
