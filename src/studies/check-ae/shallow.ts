/**
 * Wide shallow networks with N^-gamma normalization: rows E1 to E3, E7, E8 and the table of their limits: no random numbers.
 * @module
 */
import { activation } from "../../activations/index.js";
import {
  expansionOrder,
  meanFieldFlow,
  type ShallowNetwork,
  shallowExpansion,
  shallowLimit,
} from "../../normalization/index.js";
import { solveOde } from "../../numeric/ode.js";
import { breathe } from "../../progress.js";
import type { CheckWork } from "../check-work.js";
import { absolute, type Check, relative, same } from "../checks.js";
import { CENTRED, planeProblem, SHIFTED, TEST, TRAIN } from "../paper-e/plane-problem.js";
import { pointRows } from "./expansion.js";

const SOURCE = "paper E, expansion in eps = N^(gamma - 1)";

function terms(network: ShallowNetwork, corrections: number): number[][] {
  const { train, test } = shallowExpansion(planeProblem(network), corrections);
  return train.map((term, j) => [...term[0]!, ...test![j]![0]!]);
}

/** h and Q^1 from the kernels of two and three points, by quadrature sums written out by hand. */
function kernelsOfThree(): { readonly h: Float64Array; readonly q1: Float64Array } {
  const { particles, y } = planeProblem(SHIFTED);
  const { value, derivative, secondDerivative } = activation("tanh");
  const points = [...TRAIN, TEST];
  const dot = (a: ArrayLike<number>, b: ArrayLike<number>) => a[0]! * b[0]! + a[1]! * b[1]!;
  const count = particles.weights.length;
  const at = (f: (z: number) => number) =>
    points.map((p) =>
      Float64Array.from({ length: count }, (_, i) => f(dot(p, particles.inner.subarray(2 * i, 2 * i + 2)))),
    );
  const [s, d, dd] = [at(value), at(derivative!), at(secondDerivative!)];
  const mean = (f: (i: number) => number) => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += particles.weights[i]! * f(i);
    return sum;
  };
  const c = particles.outer;
  const four = [0, 1, 2, 3];
  const pairs = points.map((p, a) =>
    four.map((b) =>
      mean((i) => s[a]![i]! * s[b]![i]! + c[i]! ** 2 * d[a]![i]! * d[b]![i]! * dot(p, points[b]!)),
    ),
  );
  const triples = points.map((p, a) =>
    four.map((b) =>
      four.map(
        (k) =>
          mean(
            (i) =>
              c[i]! ** 3 *
              d[k]![i]! *
              (dd[a]![i]! * d[b]![i]! * dot(p, points[k]!) +
                d[a]![i]! * dd[b]![i]! * dot(points[b]!, points[k]!)),
          ) * dot(p, points[b]!),
      ),
    ),
  );
  // h (5), the integral of the residual (4), Q^1 (5)
  const [end] = solveOde(
    (_, state, out) => {
      out.fill(0);
      for (let a = 0; a < 5; a++) {
        for (const j of four) {
          const r = y[j]! - state[j]!;
          if (a === 0) out[5 + j] = r;
          out[a]! += (pairs[a]![j]! * r) / 4;
          let third = 0;
          for (const k of four) third += (triples[a]![j]![k]! * state[5 + k]!) / 4;
          out[9 + a]! += (r * third - pairs[a]![j]! * state[9 + j]!) / 4;
        }
      }
    },
    new Float64Array(14),
    [3],
  );
  return { h: end!.slice(0, 5), q1: end!.slice(9) };
}

/** Rows without random numbers. */
export async function shallowTerms({ signal }: CheckWork): Promise<Check[]> {
  const centred = terms(CENTRED, 3);
  await breathe(signal);
  const shifted = terms(SHIFTED, 3);
  const rows = (name: string, computed: readonly number[], expected: readonly number[]) =>
    pointRows("E1", `${name}, t = 3`, SOURCE, computed, expected, 2e-5);
  const byKernels = kernelsOfThree();
  const odd = [centred[1]!, centred[3]!];
  const errors = [0.4, 0.2, 0.1, 0.05].map((eps) => {
    const { train, test } = meanFieldFlow(planeProblem(SHIFTED), eps);
    const flow = [...train[0]!, ...test![0]!];
    const rest = flow.map((value, i) => value - shifted[0]![i]! - eps * shifted[1]![i]!);
    return { largest: Math.max(...rest.map(Math.abs)), square: rest.map((value) => value / eps ** 2) };
  });
  return [
    ...rows("case S, h", centred[0]!, [0.12509, -0.59202, 0.59213, -0.02095, -0.18413]),
    ...rows("case S, Q^2", centred[2]!, [0.00558, 0.00919, -0.01002, 0.00224, -0.01253]),
    ...rows("case A, h", shifted[0]!, [0.13665, -0.58719, 0.57093, -0.02882, -0.1865]),
    ...rows("case A, Q^1", shifted[1]!, [-0.00014, 0.00655, -0.01169, 0.00158, -0.00279]),
    ...rows("case A, Q^2", shifted[2]!, [0.00332, 0.01262, -0.00852, 0.00419, -0.0107]),
    ...rows("case A, Q^3", shifted[3]!, [-0.00071, -0.0011, 0.00076, 0.0003, 0.0001]),
    ...pointRows(
      "E2",
      "case A, Q^1 by power series, t = 3",
      "kernel of three points, by hand",
      shifted[1]!,
      [...byKernels.q1],
      1e-6,
    ),
    ...[1.88e-3, 4.9e-4, 1.25e-4, 3.14e-5].map((value, k) =>
      relative(
        {
          id: "E3",
          quantity: `case A: largest error of h + eps Q^1 at eps = ${[0.4, 0.2, 0.1, 0.05][k]}`,
          source: "listed values, 3 digits",
        },
        errors[k]!.largest,
        value,
        0.01,
      ),
    ),
    absolute(
      { id: "E3", quantity: "case A: slope of this error in eps, 0.1 to 0.05", source: `${SOURCE}: eps^2` },
      Math.log2(errors[2]!.largest / errors[3]!.largest),
      2,
      0.1,
    ),
    ...pointRows(
      "E3",
      "case A: what h + eps Q^1 leaves at eps = 0.05, over eps^2",
      `${SOURCE}: Q^2 + O(eps)`,
      errors[3]!.square,
      shifted[2]!,
      0.02 * 0.05,
    ),
    ...[1, 3].map((order, k) =>
      absolute(
        {
          id: "E7",
          quantity: `case S: largest |Q^${order}|`,
          source: `${SOURCE}: symmetric inner weights, even sigma'`,
        },
        Math.max(...odd[k]!.map(Math.abs)),
        0,
        1e-12,
      ),
    ),
    ...(
      [
        [0.6, 0],
        [0.75, 1],
        [0.8, 1],
        [0.84, 2],
        [0.87, 2],
        [0.9, 4],
      ] as const
    ).map(([gamma, expected]) =>
      same(
        {
          id: "E8",
          quantity: `terms between limit and random part at gamma = ${gamma}`,
          source: "paper E, nu - 1 with nu = floor(1 / (2 (1 - gamma)))",
        },
        expansionOrder(gamma).deterministic,
        expected,
      ),
    ),
  ];
}

/** Var K and Sigma at their listed digits. */
export async function shallowSpread(): Promise<Check[]> {
  const source = "paper E, Gaussian term";
  const both = (a: Float64Array, b: Float64Array) => [...a, ...b];
  const rows: Check[] = [];
  for (const [name, network, start, end] of [
    ["case S", CENTRED, [0.82, 0.9035, 0.9242, 0.8701, 0.7299], [0.012, 0.0235, 0.0173, 0.0144, 0.0642]],
    ["case A", SHIFTED, [0.9272, 1.0331, 1.1166, 0.9408, 0.7381], [0.015, 0.0317, 0.0244, 0.0191, 0.1038]],
  ] as const) {
    const limit = await shallowLimit(planeProblem(network, [0, 3]), { noise: name === "case A" });
    [start, end].forEach((expected, k) => {
      const computed = both(limit.trainVariance[k]!, limit.testVariance![k]!);
      rows.push(...pointRows("E.3", `${name}, Var K_t, t = ${3 * k}`, source, computed, expected, 6e-5));
    });
    if (limit.trainNoise === null) continue;
    rows.push(
      ...pointRows(
        "E.3",
        `${name}, Sigma_t, t = 3`,
        "paper E, noise of SGD's samples",
        both(limit.trainNoise[1]!, limit.testNoise![1]!),
        [0.4457, 0.0151, 0.0406, 0.499, 0.2945],
        6e-5,
      ),
    );
  }
  return rows;
}
