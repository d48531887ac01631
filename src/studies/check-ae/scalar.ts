/**
 * One weight under noise: coefficients to any order, the Kolmogorov equation solved on a grid, and short times: rows A7, A8, A10.
 * @module
 */
import { momentHierarchy, shortTimeSeries, shortTimeValue } from "../../dynamics/index.js";
import { finiteModel } from "../../finite/index.js";
import { activationLayer, dense, input, network } from "../../network/index.js";
import { absolute, type Check } from "../checks.js";
import { column } from "../paper-a/portable-network.js";

/** f = tanh(theta) */
const START = 0.4;
const TARGET = 1.1;
const NOISE = 0.5;
const TIME = 1.5;

const problem = () => ({
  model: finiteModel(network(input([1]), dense(1), activationLayer("tanh"))),
  parameters: Float64Array.of(START),
  x: column([1]),
  y: column([TARGET]),
  noise: NOISE,
});

/** Output and drift of the lazy family as functions of w. */
function family(eps: number) {
  const f0 = Math.tanh(START);
  const output = (w: number) => f0 + (Math.tanh(START + eps * w) - f0) / eps;
  const drift = (w: number) => -(output(w) - TARGET) * (1 - Math.tanh(START + eps * w) ** 2);
  return { output, drift };
}

const DOMAIN = [-7, 8] as const;

/**
 * E phi(w_T) from w_0 = 0 by Crank and Nicolson on u_t = drift u' + (s^2 / 2) u'', u(0) = phi. Second order in both steps; at the ends, where no
 * path comes, u'' = 0.
 */
function onGrid(
  drift: (w: number) => number,
  phi: (w: number) => number,
  time: number,
  cells: number,
): number {
  const [low, high] = DOMAIN;
  const h = (high - low) / cells;
  const steps = cells / 4;
  const dt = time / steps;
  const w = Float64Array.from({ length: cells + 1 }, (_, i) => low + i * h);
  let u = w.map(phi);
  const diffusion = NOISE ** 2 / (2 * h * h);
  const down = w.map((at) => diffusion - drift(at) / (2 * h));
  const up = w.map((at) => diffusion + drift(at) / (2 * h));
  const factor = new Float64Array(cells + 1);
  const right = new Float64Array(cells + 1);
  for (let step = 0; step < steps; step++) {
    // the line through its neighbours replaces the ends
    const at = (i: number) => (i < 0 ? 2 * u[0]! - u[1]! : i > cells ? 2 * u[cells]! - u[cells - 1]! : u[i]!);
    for (let i = 0; i <= cells; i++) {
      const change = down[i]! * at(i - 1) - 2 * diffusion * u[i]! + up[i]! * at(i + 1);
      right[i] = u[i]! + (dt / 2) * change;
    }
    // implicit half: rows of (1 - dt / 2 G), the ends by one-sided first differences
    const a = (i: number) => (i === cells ? (dt / 2) * (drift(w[i]!) / h) : (-dt / 2) * down[i]!);
    const b = (i: number) =>
      i === 0
        ? 1 + (dt / 2) * (drift(w[0]!) / h)
        : i === cells
          ? 1 - (dt / 2) * (drift(w[i]!) / h)
          : 1 + dt * diffusion;
    const c = (i: number) => (i === 0 ? (-dt / 2) * (drift(w[0]!) / h) : (-dt / 2) * up[i]!);
    factor[0] = c(0) / b(0);
    right[0] = right[0]! / b(0);
    for (let i = 1; i <= cells; i++) {
      const pivot = b(i) - a(i) * factor[i - 1]!;
      factor[i] = c(i) / pivot;
      right[i] = (right[i]! - a(i) * right[i - 1]!) / pivot;
    }
    for (let i = cells - 1; i >= 0; i--) right[i] = right[i]! - factor[i]! * right[i + 1]!;
    u = Float64Array.from(right);
  }
  // w = 0 is a node
  return u[Math.round(-low / h)]!;
}

/** The same with the leading error of the grid removed. */
function expected(drift: (w: number) => number, phi: (w: number) => number, time: number): number {
  const [coarse, fine] = [onGrid(drift, phi, time, 1200), onGrid(drift, phi, time, 2400)];
  return (4 * fine! - coarse!) / 3;
}

export async function scalarChecks(): Promise<Check[]> {
  const [end] = momentHierarchy({ ...problem(), order: 7, times: [TIME] });
  const quantity = "tanh with one weight, s = 0.5";
  const rows = [0.560902, 0.051064, -0.005087, -0.076334, -0.034463, 0.045171, 0.09695].map((value, k) =>
    absolute(
      {
        id: "A7",
        quantity: `${quantity}, t = 1.5: coefficient of eps^${k} in E w`,
        source: "paper A, hierarchy of moments",
      },
      end!.weights[k]![0]!,
      value,
      2e-6,
    ),
  );
  for (const [eps, weight, output] of [
    [0.4, 0.575547, 0.800071],
    [0.2, 0.570266, 0.833896],
    [0.1, 0.565878, 0.847992],
    [0.05, 0.563433, 0.854211],
  ] as const) {
    const { drift, output: f } = family(eps);
    const source = "backward Kolmogorov equation, by Crank and Nicolson";
    const [w, y] = [expected(drift, (x) => x, TIME), expected(drift, f, TIME)];
    rows.push(
      absolute({ id: "A8", quantity: `${quantity}, t = 1.5, eps = ${eps}: E w`, source }, w, weight, 2e-5),
      absolute({ id: "A8", quantity: `${quantity}, t = 1.5, eps = ${eps}: E f`, source }, y, output, 2e-5),
    );
    if (eps > 0.1) continue;
    const sum = (terms: readonly Float64Array[]) =>
      terms.reduce((all, term, k) => all + term[0]! * eps ** k, 0);
    rows.push(
      absolute(
        {
          id: "A8",
          quantity: `${quantity}, t = 1.5, eps = ${eps}: E w by 7 coefficients`,
          source: `${source}; eps^7 and the grid's 1e-7`,
        },
        sum(end!.weights),
        w,
        eps ** 7 + 1e-7,
      ),
    );
  }
  const { weights } = await shortTimeSeries({ ...problem(), order: 2 });
  const { drift } = family(1);
  const times = [0.4, 0.2, 0.1, 0.05];
  const exact = times.map((time) => expected(drift, (x) => x, time));
  const errors = times.map((time, k) => shortTimeValue(weights, time)[0]! - START - exact[k]!);
  [0.207028, 0.112276, 0.058709, 0.030057].forEach((value, k) => {
    rows.push(
      absolute(
        {
          id: "A10",
          quantity: `${quantity}: E w at t = ${times[k]}`,
          source: "backward Kolmogorov equation",
        },
        exact[k]!,
        value,
        2e-5,
      ),
    );
  });
  for (const k of [0, 1, 2]) {
    rows.push(
      absolute(
        {
          id: "A10",
          quantity: `${quantity}: error of the expansion to t^2, t = ${times[k]} over ${times[k + 1]}`,
          source: "paper A, short times: t^3",
        },
        errors[k]! / errors[k + 1]!,
        8,
        1.5,
      ),
    );
  }
  return rows;
}
