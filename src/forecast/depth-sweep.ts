/**
 * The part of a network that repeats, at other depths: condition number, mean predictor and predicted accuracy.
 * @module
 */
import { accuracy } from "../dynamics/index.js";
import { isForetrainError } from "../errors.js";
import { type DepthKernels, kernelsAtDepths } from "../kernels/index.js";
import { isPositivelyHomogeneous } from "../meanfield/index.js";
import type { Network } from "../network/index.js";
import { breathe, type Progress } from "../progress.js";
import { bulkSpectrum, kernelSpectrum, meanPredictor, ntkAsymptotics } from "../trainability/index.js";
import type { Forecast } from "./forecast.js";
import type { ForecastStack } from "./hidden-stack.js";
import { type ForecastInputs, inShape, smallerInputs } from "./inputs.js";
import { engineOf, type KernelWork } from "./kernels.js";
import { centredTargets, predictorNorm } from "./limits.js";
import { planSweep, type SweepPlan } from "./sweep-plan.js";

/** A prediction is shown where the terms that it neglects are below this share of what it keeps. */
const NEGLIGIBLE = 0.5;

/** Predicted kappa at a depth, where the table of paper B has a number for it and the depth is large enough. */
function kappaTheory(
  meanField: NonNullable<Forecast["meanField"]>,
  samples: number,
  depth: number,
  kinked: boolean,
): number | null {
  const { phase, qStar, chi1, cStar, chiC } = meanField;
  if (phase === null || qStar === null || chi1 === null || cStar === null || chiC === null) return null;
  if (!(qStar > 0 && chi1 > 0 && chiC > 0)) return null;
  if (phase === "chaotic") {
    const pair = (qStar * cStar) / (1 - chiC);
    const neglected = depth * chiC ** depth; // falls from depth 1 / |log chi_c| on
    if (!(depth * -Math.log(chiC) > 1 && neglected < NEGLIGIBLE * pair)) return null;
  }
  const { kappa } = ntkAsymptotics({
    samples,
    depth,
    phase,
    qStar,
    chi1,
    cStar,
    chiC,
    activation: kinked ? "kinked" : "smooth",
  });
  return kappa !== null && kappa >= 1 && Number.isFinite(kappa) ? kappa : null;
}

/** What one depth gives; null where float64 does not hold it: singular, overflowing or vanishing kernels. */
interface SweepPoint {
  readonly kappa: number | null;
  readonly norm: number | null;
  readonly accuracy: number | null;
}

const NOTHING: SweepPoint = { kappa: null, norm: null, accuracy: null };

/** Null where a network that nobody asked for (another depth or variance) has no finite, regular kernel. */
export async function unlessBeyondFloat64<T>(compute: () => Promise<T>): Promise<T | null> {
  try {
    return await compute();
  } catch (error) {
    const codes = ["ERR_SINGULAR", "ERR_NUMERICAL", "ERR_DATA", "ERR_DOMAIN"] as const;
    if (codes.some((code) => isForetrainError(error, code))) return null;
    throw error;
  }
}

/** Train and test kernels of one depth. */
interface SweepKernels {
  readonly train: DepthKernels<"ntk" | "ntkGap">;
  readonly testTrain: DepthKernels<"ntk" | "ntkGap">;
}

async function sweepPoint(
  { train, testTrain }: SweepKernels,
  inputs: ForecastInputs,
  diagReg: number,
  signal: AbortSignal | undefined,
): Promise<SweepPoint> {
  const { ntk, ntkGap } = train;
  const n = inputs.train.labels.length;
  const centred = centredTargets(inputs);
  let trace = 0;
  for (let i = 0; i < n; i++) trace += ntk.data[i * n + i]!;
  const kappa = await unlessBeyondFloat64(async () => {
    // without a ridge the bulk keeps its digits in the gaps; with one nothing is small
    if (diagReg === 0) return (await bulkSpectrum(ntk, ntkGap, { signal })).kappa;
    const spectrum = await kernelSpectrum(ntk, { signal, ridge: (diagReg * trace) / n });
    return spectrum.effectiveRank === n ? spectrum.kappa : null;
  });
  const own = { train: testTrain.own.cols.ntk!, test: testTrain.own.rows.ntk! };
  const gaps = { train: ntkGap, testTrain: testTrain.ntkGap, own };
  const mean = await unlessBeyondFloat64(
    async () => meanPredictor(testTrain.ntk, ntk, centred.train, { diagReg, gaps }).mean,
  );
  const known = kappa !== null && Number.isFinite(kappa) ? kappa : null;
  if (mean === null) return { ...NOTHING, kappa: known };
  return {
    kappa: known,
    norm: predictorNorm(mean, centred.test),
    accuracy: accuracy(mean, inputs.test.labels, inputs.classNames.length)[0]!,
  };
}

/** The points of all depths that float64 reaches, in one way through the layers; `report` is told the share that is done. */
async function* sweepKernels(
  { net, depths, kernels }: SweepPlan,
  inputs: ForecastInputs,
  work: KernelWork,
  report: (share: number) => void,
): AsyncGenerator<SweepKernels> {
  const done = { train: 0, testTrain: 0 };
  const options = (part: "train" | "testTrain") => ({
    ...engineOf(work),
    get: ["ntk", "ntkGap"] as const,
    signal: work.signal,
    // entries of both matrices weigh alike: deep networks cost what their layers are
    onProgress: (progress: Progress) => {
      done[part] = (kernels[part].entries * progress.done) / progress.total;
      report((done.train + done.testTrain) / (kernels.train.entries + kernels.testTrain.entries));
    },
  });
  const [x, test] = [inShape(inputs.train.x, net), inShape(inputs.test.x, net)];
  const rows = kernelsAtDepths(net, depths, test, x, options("testTrain"));
  for await (const train of kernelsAtDepths(net, depths, x, null, options("train"))) {
    const next = await rows.next();
    if (next.done === true) return;
    yield { train, testTrain: next.value };
  }
}

/** null for networks in which nothing repeats, stacks whose hidden layers differ, and where it would take too long. */
export async function forecastDepthSweep(
  network: Network,
  stack: ForecastStack | null,
  meanField: Forecast["meanField"],
  allInputs: ForecastInputs,
  diagReg: number,
  work: KernelWork,
): Promise<Forecast["depthSweep"]> {
  const { signal, onProgress } = work;
  const all = { train: allInputs.train.labels.length, test: allInputs.test.labels.length };
  const plan = planSweep(network, stack, all, work);
  if (plan === null) return null;
  const inputs = smallerInputs(allInputs, plan.train, plan.test);
  const { depths, train: n } = plan;
  const points: SweepPoint[] = [];
  const layers = depths.at(-1)!;
  const report = (share: number) =>
    onProgress?.({ label: "depths", done: share * layers, total: layers, unit: "layers" });
  report(0);
  // beyond some depth kernels may overflow: what was reached stays
  await unlessBeyondFloat64(async () => {
    for await (const kernels of sweepKernels(plan, inputs, work, report)) {
      points.push(await sweepPoint(kernels, inputs, diagReg, signal));
      await breathe(signal);
    }
  });
  while (points.length < depths.length) points.push(NOTHING);
  report(1);
  return {
    samples: n,
    testSamples: inputs.test.labels.length,
    reduced: plan.reduced,
    depth: depths,
    kappa: points.map((point) => point.kappa),
    meanPredictorNorm: points.map((point) => point.norm),
    testAccuracy: points.map((point) => point.accuracy),
    kappaTheory: kappasInTheory(network, stack, meanField, n, depths, diagReg),
  };
}

/** Predictions for stacks; the table is for the ntk parameterization, nonlinear layers and no ridge. */
function kappasInTheory(
  network: Network,
  stack: ForecastStack | null,
  meanField: Forecast["meanField"],
  samples: number,
  depths: readonly number[],
  diagReg: number,
): (number | null)[] {
  if (stack === null || meanField === null) return depths.map(() => null);
  const phi = stack.repeated.activation;
  const kinked = phi.breakPoints.some(({ order }) => order < 2);
  const isLinear = isPositivelyHomogeneous(phi) && phi.value(-1) === -phi.value(1);
  const hasTable = diagReg === 0 && !isLinear && (network.parameterization ?? "ntk") === "ntk";
  return depths.map((depth) => (hasTable ? kappaTheory(meanField, samples, depth, kinked) : null));
}
