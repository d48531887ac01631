/**
 * Where the papers meet: rows X1 to X4. Theory notes O1, O2, O3.
 * @module
 */
import { activation } from "../../activations/index.js";
import { lazyExpansion, meanOutputs, minibatchMoments, spectralModel } from "../../dynamics/index.js";
import { computeKernel } from "../../kernels/index.js";
import { activationLayer, dense, input, network } from "../../network/index.js";
import {
  quadratureParticles,
  type ShallowNetwork,
  shallowExpansion,
  shallowKernels,
  shallowLimit,
} from "../../normalization/index.js";
import { matrix, matrixFromRows, type NdArray } from "../../numeric/matrix.js";
import { solveOde } from "../../numeric/ode.js";
import { atMost, type Check, relative } from "../checks.js";
import { portableProblem } from "../paper-a/portable-network.js";
import { CENTRED, planeProblem, SHIFTED } from "../paper-e/plane-problem.js";
import { pointRows } from "./expansion.js";

const largest = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  let worst = 0;
  for (let i = 0; i < a.length; i++) worst = Math.max(worst, Math.abs(a[i]! - b[i]!));
  return worst;
};

const COIN = { kind: "discrete", values: [1, -1], probabilities: [0.5, 0.5] } as const;

/** W ~ N(0, I), C = 1 or -1: a network of one hidden layer whose first layer has no 1 / fan-in. */
const standard = (name: string): ShallowNetwork => ({
  ...CENTRED,
  outer: COIN,
  activation: activationLayer(name),
});
const standardNetwork = (name: string) =>
  network(input([2]), dense(8, { weightVariance: 2 }), activationLayer(name), dense(1));

async function kernelLink(): Promise<Check[]> {
  const units = standard("erf");
  const { x } = planeProblem(units);
  // poles of erf's integrals are near: 150 nodes per axis leave 1e-13
  const own = shallowKernels(activation("erf"), quadratureParticles(units, 150), x, null);
  const { ntk, nngp } = await computeKernel(standardNetwork("erf"), x, null);
  const row = (quantity: string, computed: number) =>
    atMost(
      { id: "X1", quantity, source: "paper E's A and paper B's recursion of one hidden layer" },
      computed,
      1e-12,
    );
  return [
    row(
      "A of W ~ N(0, I), E C^2 = 1, erf: largest distance from the NTK",
      largest(own.training.data, ntk.data),
    ),
    row("E[C^2 sigma sigma]: largest distance from the NNGP", largest(own.initial.data, nngp.data)),
  ];
}

function unitsAndNetwork(): Check[] {
  const { model, parameters: theta, x, y, testX } = portableProblem();
  const { start, train, test } = lazyExpansion({
    model,
    parameters: theta,
    x,
    y,
    testX,
    order: 3,
    times: [2],
  });
  const withOne = ({ data }: NdArray<Float64Array>) => matrixFromRows(Array.from(data, (v) => [v, 1]));
  const normal = { kind: "normal", variance: 1 } as const;
  const units = shallowExpansion(
    {
      network: { activation: activationLayer("tanh"), outer: normal, inner: [normal, normal] },
      particles: {
        weights: new Float64Array(4).fill(1 / 4),
        outer: theta.slice(8),
        inner: Float64Array.from({ length: 8 }, (_, k) => theta[(k % 2) * 4 + (k >> 1)]!),
      },
      x: withOne(x),
      y: y.data.map((value, i) => value - start.train[i]!),
      testX: withOne(testX),
      times: [2],
    },
    2,
  );
  const listed = [
    [-0.03379412, -0.00576665, 0.01582358, 0.0162515, 0.02006349],
    [0.00654969, 0.00200809, 0.00233348, 0.01033061, 0.00850047],
  ];
  return listed.flatMap((values, k) => {
    const asUnits = [...units.train[k + 1]![0]!, ...units.test![k + 1]![0]!];
    const asNetwork = [...train[k + 1]![0]!, ...test![k + 1]![0]!].map((value) => value * 2 ** (k + 1));
    return [
      ...pointRows(
        "X2",
        `4 units, t = 2: Q^${k + 1} of the units`,
        "papers A and E on one network",
        asUnits,
        values,
        1e-8,
      ),
      atMost(
        {
          id: "X2",
          quantity: `4 units, t = 2: largest distance of Q^${k + 1} from order ${k + 2} of the network`,
          source: "papers A and E on one network",
        },
        largest(asUnits, asNetwork),
        1e-9,
      ),
    ];
  });
}

/** h_t by the limit's eigenvalues, by power series of units, by the NTK's mean predictor, and by its equation in time. Theory notes O2. */
async function threeMeans(): Promise<Check[]> {
  // sin is entire: 24 nodes per axis are exact to rounding
  const problem = { ...planeProblem(standard("sin")), tolerance: 1e-13 };
  const { x, y } = problem;
  const limit = (await shallowLimit(problem)).train[0]!;
  const series = shallowExpansion(problem, 0).train[0]![0]!;
  const { ntk } = await computeKernel(standardNetwork("sin"), x, null, { get: ["ntk"] });
  const model = await spectralModel(ntk);
  const [mean] = meanOutputs(model, { targets: matrix(4, 1, y) }, [{ kind: "flow", time: 3 }]);
  const [flow] = solveOde(
    (_, h, out) => {
      for (let i = 0; i < 4; i++) {
        out[i] = 0;
        for (let j = 0; j < 4; j++) out[i]! += (ntk.data[i * 4 + j]! * (y[j]! - h[j]!)) / 4;
      }
    },
    new Float64Array(4),
    [3],
    { tolerance: 1e-13 },
  );
  const row = (name: string, values: ArrayLike<number>) =>
    atMost(
      {
        id: "X3",
        quantity: `h_t on the data, t = 3: largest distance of ${name} from paper E's limit`,
        source: "paper E's h_t is paper B's f_t and paper A's order 1",
      },
      largest(values, limit),
      1e-10,
    );
  return [
    row("order 0 of the units' power series", series),
    row("the NTK's mean predictor", mean!.train.data),
    row("the NTK's flow solved in time", flow!),
  ];
}

/** SGD with one sample a step and rate 1 / N on the linear model has the sampling noise of wide networks. Theory notes O2. */
async function samplingNoise(): Promise<Check[]> {
  const problem = planeProblem(SHIFTED);
  const limit = await shallowLimit(problem, { noise: true });
  const { training } = shallowKernels(activation("tanh"), problem.particles, problem.x, null);
  const units = 10_000;
  const [end] = minibatchMoments({
    kernel: training,
    residual: problem.y.map((target) => -target),
    learningRate: 1 / units,
    batch: 1,
    steps: [3 * units],
  });
  return Array.from(limit.trainNoise![0]!, (sigma, i) =>
    relative(
      {
        id: "X4",
        quantity: `N Var r_${i + 1} of minibatch SGD, N = ${units}, t = 3`,
        source: "paper A's second moments go to paper E's Sigma_t",
      },
      units * (end!.second.data[i * 5]! - end!.mean[i]! ** 2),
      sigma,
      0.01,
    ),
  );
}

/** Rows X1 to X4. */
export async function linkChecks(): Promise<Check[]> {
  return [...(await kernelLink()), ...unitsAndNetwork(), ...(await threeMeans()), ...(await samplingNoise())];
}
