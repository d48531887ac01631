/**
 * The expansion in the Taylor degree of the output, on a network that needs no random numbers: rows A1, A2, A4, A5, A9, A13,
 * A15 in theory, and the table of orders.
 * @module
 */
import {
  lazyExpansion,
  lazyFlow,
  type NoisyOutputs,
  noiseExpansion,
  sumOfTerms,
} from "../../dynamics/index.js";
import {
  applyModel,
  empiricalKernels,
  finiteModel,
  hessianVectorProduct,
  initialParameters,
  jacobian,
  taylorTerms,
} from "../../finite/index.js";
import { activationLayer, dense, input, network } from "../../network/index.js";
import { eigenSymmetric } from "../../numeric/linalg/index.js";
import { matrix } from "../../numeric/matrix.js";
import { createRng } from "../../numeric/random.js";
import type { CheckWork } from "../check-work.js";
import { absolute, atMost, type Check } from "../checks.js";
import { column, portableProblem } from "../paper-a/portable-network.js";

const SOURCE = "paper A, expansion around the linear model";
/** The points of the network that needs no random numbers, as rows name them. */
export const POINTS = ["x_1", "x_2", "x_3", "x_4", "x test"] as const;

/** One row for each of the five points. */
export function pointRows(
  id: string,
  quantity: string,
  source: string,
  computed: ArrayLike<number>,
  expected: readonly number[],
  tolerance: number | ((at: number) => number),
): Check[] {
  return expected.map((value, i) =>
    absolute(
      { id, quantity: `${quantity}, ${POINTS[i]}`, source },
      computed[i]!,
      value,
      typeof tolerance === "number" ? tolerance : tolerance(i),
    ),
  );
}

/** Noise-corrected outputs of the portable network at one time. */
export async function portableOutputs(noise: number, order: 1 | 2 | 3, time: number): Promise<NoisyOutputs> {
  const [at] = await noiseExpansion({ ...portableProblem(), noise, order, times: [time] });
  return at!;
}

/** j, H and T against differences of outputs of one order less, in a fixed random direction. */
function derivatives({ seed }: CheckWork): Check[] {
  const { model, parameters, x, y } = portableProblem();
  const rng = createRng(seed).fork("direction");
  const v = rng.normals(new Float64Array(parameters.length));
  const moved = (h: number) => parameters.map((p, i) => p + h * v[i]!);
  /** derivative at 0 by the rule of 4th order; h = 1e-3 leaves 1e-12 */
  const slopeOf = (f: (h: number) => Float64Array): Float64Array => {
    const h = 1e-3;
    const [a, b, c, d] = [f(-2 * h), f(-h), f(h), f(2 * h)];
    return a!.map((_, i) => (a![i]! - 8 * b![i]! + 8 * c![i]! - d![i]!) / (12 * h));
  };
  const term = (k: number, h: number) => taylorTerms(model, moved(h), v, x, k)[k]!.data;
  const worst = (a: Float64Array, b: Float64Array) => {
    const size = Math.max(...b.map(Math.abs));
    return Math.max(...a.map((value, i) => Math.abs(value - b[i]!))) / size;
  };
  const j = jacobian(model, parameters, x);
  const along = Float64Array.from({ length: 4 }, (_, r) =>
    v.reduce((sum, value, i) => sum + j.data[r * v.length + i]! * value, 0),
  );
  const row = (quantity: string, computed: number) =>
    atMost(
      { id: "A1", quantity: `${quantity}, largest relative error`, source: "differences of 4th order" },
      computed,
      1e-7,
    );
  return [
    row(
      "j.v of the network of 4 units",
      worst(
        along,
        slopeOf((h) => applyModel(model, moved(h), x).data),
      ),
    ),
    row(
      "H[v, v] / 2",
      worst(
        term(2, 0).map((value) => 2 * value),
        slopeOf((h) => term(1, h)),
      ),
    ),
    row(
      "T[v, v, v] / 6",
      worst(
        term(3, 0).map((value) => 3 * value),
        slopeOf((h) => term(2, h)),
      ),
    ),
    row(
      "(hess L) v",
      worst(
        hessianVectorProduct(model, parameters, x, y, v),
        slopeOf((h) => gradientAt(moved(h))),
      ),
    ),
  ];
}

/** The gradient of the loss by hand: f = 1/2 sum a tanh(w x + b). */
function gradientAt(theta: Float64Array): Float64Array {
  const { x, y } = portableProblem();
  const out = new Float64Array(12);
  x.data.forEach((point, s) => {
    const t = [0, 1, 2, 3].map((i) => Math.tanh(theta[i]! * point + theta[4 + i]!));
    const g = (t.reduce((sum, value, i) => sum + value * theta[8 + i]!, 0) / 2 - y.data[s]!) / 8;
    t.forEach((value, i) => {
      const slope = g * theta[8 + i]! * (1 - value * value);
      out[i]! += slope * point;
      out[4 + i]! += slope;
      out[8 + i]! += g * value;
    });
  });
  return out;
}

async function start(): Promise<Check[]> {
  const { model, parameters, x, y, testX } = portableProblem();
  const ntk = empiricalKernels(model, parameters, x, null, { get: ["ntk"] }).ntk!;
  const { values } = await eigenSymmetric(matrix(4, 4, ntk.data));
  const sorted = Float64Array.from(values).sort();
  const outputs = [...applyModel(model, parameters, x).data, ...applyModel(model, parameters, testX).data];
  let trace = 0;
  for (let p = 0; p < parameters.length; p++) {
    const axis = new Float64Array(parameters.length);
    axis[p] = 1;
    trace += hessianVectorProduct(model, parameters, x, y, axis)[p]!;
  }
  const source = "paper A, network without random numbers";
  return [
    ...pointRows(
      "A2",
      "f_0",
      source,
      outputs,
      [-0.24937538, -0.16324481, 0.02043427, 0.21220827, 0.12379306],
      1e-8,
    ),
    ...[0.00682909, 0.04280827, 1.39969948, 1.77602779].map((value, k) =>
      absolute({ id: "A2", quantity: `eigenvalue ${k + 1} of Theta`, source }, sorted[k]!, value, 1e-8),
    ),
    absolute({ id: "A2", quantity: "tr hess L at theta_0", source }, trace, 0.7428542126, 1e-8),
  ];
}

async function orders(): Promise<Check[]> {
  const noisy = await portableOutputs(0.1, 3, 2);
  const quiet = await portableOutputs(0, 3, 2);
  const rows = (name: string, computed: Float64Array, expected: readonly number[]) =>
    pointRows("A4", `${name}, t = 2`, SOURCE, computed, expected, 1e-6);
  const early = await portableOutputs(0.1, 2, 1);
  return [
    ...rows("order 1, E f", noisy.terms[0]!, [0.1898224, -0.0080334, -0.1878603, -0.241079, -0.2339586]),
    ...rows("order 2, s = 0.1", noisy.terms[1]!, [-0.0188397, -0.0010055, 0.0080987, 0.0028663, 0.0079294]),
    ...rows("order 3, s = 0.1", noisy.terms[2]!, [0.0020334, 0.0004255, 0.0026633, 0.0024145, 0.0044055]),
    ...rows("order 2, s = 0", quiet.terms[1]!, [-0.0168971, -0.0028833, 0.0079118, 0.0081257, 0.0100317]),
    ...rows("order 3, s = 0", quiet.terms[2]!, [0.0016374, 0.000502, 0.0005834, 0.0025827, 0.0021251]),
    ...pointRows(
      "A4",
      "order 1, Var f, s = 0.1, t = 2",
      SOURCE,
      noisy.variance,
      [0.00938474, 0.00644073, 0.00704039, 0.00978875, 0.00862959],
      1e-8,
    ),
    ...["s = 0.1", "s = 0"].flatMap((name, i) =>
      [
        [0.8063412, -0.0829268, 0.1730872],
        [0.8063412, -0.0829268, 0.1603337],
      ][i]!.map((value, k) =>
        absolute(
          {
            id: "A4",
            quantity: `E tr hess L, eps^${k}, ${name}, t = 2`,
            source: "paper A, weight Hessian",
          },
          [noisy, quiet][i]!.hessianTrace[k]!,
          value,
          1e-6,
        ),
      ),
    ),
    ...pointRows(
      "A15",
      "d Var f / d eps at eps = 0, s = 0.1, t = 1",
      SOURCE,
      early.varianceCorrection!,
      [-3.58e-4, -1.88e-4, -2.45e-4, -6.1e-5, -2.13e-4],
      1e-6,
    ),
  ];
}

/** Errors of orders 1, 2, 3 without noise against the trained network itself, over eps. */
function slopes(): Check[] {
  const { model, parameters, x, y, testX } = portableProblem();
  const common = { model, parameters, x, y, testX, times: [2], tolerance: 1e-13 };
  const expansion = lazyExpansion({ ...common, order: 3 });
  const errors = [0.4, 0.2, 0.1, 0.05].map((eps) => {
    const flow = lazyFlow({ ...common, eps });
    const exact = [...flow.train[0]!, ...flow.test![0]!];
    return [1, 2, 3].map((order) => {
      const sums = [
        ...sumOfTerms(expansion.start.train, expansion.train, 0, eps, order),
        ...sumOfTerms(expansion.start.test!, expansion.test!, 0, eps, order),
      ];
      const w = new Float64Array(parameters.length);
      for (let k = 0; k < order; k++) {
        for (let i = 0; i < w.length; i++) w[i]! += eps ** k * expansion.weights[k]![0]![i]!;
      }
      return {
        output: Math.max(...exact.map((value, i) => Math.abs(value - sums[i]!))),
        weights: Math.hypot(...w.map((value, i) => value - flow.weights[0]![i]!)),
      };
    });
  });
  const steps = ["0.4 to 0.2", "0.2 to 0.1", "0.1 to 0.05"];
  return [1, 2, 3].flatMap((order) =>
    (["output", "weights"] as const).flatMap((what) =>
      steps.map((step, k) =>
        absolute(
          {
            id: "A5",
            quantity: `order ${order}, error of the ${what === "output" ? "outputs" : "weights"}: slope in eps from ${step}`,
            source: `${SOURCE}: error of order K falls like eps^K`,
          },
          Math.log2(errors[k]![order - 1]![what] / errors[k + 1]![order - 1]![what]),
          order,
          0.1,
        ),
      ),
    ),
  );
}

/** One weight: f = tanh(theta), theta_0 = 0.4, y = 1.1, s = 0.5, t = 1.5. */
async function oneWeight(): Promise<Check[]> {
  const model = finiteModel(network(input([1]), dense(1), activationLayer("tanh")));
  const [s, time, at, target] = [0.5, 1.5, 0.4, 1.1];
  const [end] = await noiseExpansion({
    model,
    parameters: Float64Array.of(at),
    x: column([1]),
    y: column([target]),
    noise: s,
    order: 3,
    times: [time],
  });
  const j = 1 - Math.tanh(at) ** 2;
  const h = -2 * Math.tanh(at) * j;
  const [g, a] = [Math.tanh(at) - target, j * j];
  const e = Math.exp(-a * time);
  const b = -g / j;
  const closed = -(
    (g * h * b * (1 - e - a * time * e)) / a +
    1.5 * j * h * ((b * b * (1 - 2 * a * time * e - e * e)) / a + (s * s * (1 - e) ** 2) / (2 * a * a))
  );
  const quantity = "tanh with one weight, mu_1 at t = 1.5, s = 0.5";
  return [
    absolute(
      { id: "A9", quantity: `${quantity}: by the moment equations`, source: "paper A, closed form" },
      end!.weights[1]![0]!,
      0.0510637227,
      1e-9,
    ),
    absolute(
      { id: "A9", quantity: `${quantity}: the closed form`, source: "paper A, closed form" },
      closed,
      0.0510637227,
      1e-9,
    ),
  ];
}

/** A model that is linear in its parameters has no corrections. */
async function linear({ seed }: CheckWork): Promise<Check[]> {
  const model = finiteModel(network(input([3]), dense(1, { biasVariance: 1 })));
  const rng = createRng(seed).fork("linear");
  const [end] = await noiseExpansion({
    model,
    parameters: initialParameters(model, { seed }),
    x: { data: rng.normals(new Float64Array(12)), shape: [4, 3] },
    y: column(rng.normals(new Float64Array(4))),
    noise: 0.3,
    order: 3,
    times: [2],
  });
  return [1, 2].map((k) =>
    absolute(
      {
        id: "A13",
        quantity: `model linear in its parameters: largest term of order ${k + 1}, s = 0.3`,
        source: `${SOURCE}: H = T = 0`,
      },
      Math.max(...end!.terms[k]!.map(Math.abs)),
      0,
      1e-14,
    ),
  );
}

export async function expansionChecks(work: CheckWork): Promise<Check[]> {
  return [
    ...derivatives(work),
    ...(await start()),
    ...(await orders()),
    ...slopes(),
    ...(await oneWeight()),
    ...(await linear(work)),
  ];
}
