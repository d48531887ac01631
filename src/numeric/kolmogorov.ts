/**
 * Expectations of one-dimensional diffusions from the backward Kolmogorov equation.
 *
 *   dX = a(X) dt + s dW,   u(t, x) = E[phi(X_t) | X_0 = x]:   du/dt = a u_x + (s^2 / 2) u_xx,  u(0, .) = phi
 * @module
 */
import { ForetrainError } from "../errors.js";

export interface DiffusionInput {
  readonly drift: (x: number) => number;
  /** s >= 0 */
  readonly noise: number;
  readonly start: number;
  readonly time: number;
  /** an interval that paths leave with negligible probability; u is continued linearly at its ends */
  readonly domain: readonly [from: number, to: number];
  /** cells of the coarser of two grids, and its time steps; default 1000 and 500 */
  readonly cells?: number | undefined;
  readonly steps?: number | undefined;
}

/**
 * E phi(X_t) for every phi, by Crank and Nicolson's scheme on a grid through `start` and on one twice as fine in space and time,
 * extrapolated: error of fourth order in both for smooth drift and phi.
 * @throws ERR_DOMAIN for a start outside the domain, a negative noise or time
 * @example
 * const [mean] = expectedValues({ drift: (x) => -x, noise: 1, start: 1, time: 1, domain: [-8, 8] }, [(x) => x]);
 * mean; // exp(-1) to 1e-10
 */
export function expectedValues(
  input: DiffusionInput,
  observables: readonly ((x: number) => number)[],
): number[] {
  const { noise, start, time, domain, cells = 1000, steps = 500 } = input;
  const [from, to] = domain;
  if (!(from < start && start < to && noise >= 0 && time >= 0 && Number.isFinite(time))) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `expectedValues: start ${start}, domain [${from}, ${to}], noise ${noise}, time ${time}; expected the start inside the domain, and ` +
        "noise and time >= 0",
      { argument: "domain", got: domain },
    );
  }
  return observables.map((phi) => {
    const [coarse, fine] = [1, 2].map((scale) => onGrid(input, phi, cells * scale, steps * scale));
    return (4 * fine! - coarse!) / 3;
  });
}

function onGrid(
  { drift, noise, start, time, domain: [from, to] }: DiffusionInput,
  phi: (x: number) => number,
  cells: number,
  steps: number,
): number {
  const h = (to - from) / cells;
  const below = Math.round((start - from) / h);
  const x = Float64Array.from({ length: cells + 1 }, (_, i) => start + (i - below) * h);
  const dt = time / steps;
  const size = x.length;
  // L u = a u_x + (s^2 / 2) u_xx by central differences; u_xx = 0 at the ends, where u_x is one-sided
  const lower = new Float64Array(size);
  const middle = new Float64Array(size);
  const upper = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    const a = drift(x[i]!);
    if (i === 0) {
      middle[i] = -a / h;
      upper[i] = a / h;
    } else if (i === size - 1) {
      middle[i] = a / h;
      lower[i] = -a / h;
    } else {
      const diffusion = noise ** 2 / (2 * h * h);
      lower[i] = diffusion - a / (2 * h);
      middle[i] = -2 * diffusion;
      upper[i] = diffusion + a / (2 * h);
    }
  }
  const u = x.map(phi);
  const right = new Float64Array(size);
  const factor = new Float64Array(size);
  const half = dt / 2;
  for (let step = 0; step < steps; step++) {
    for (let i = 0; i < size; i++) {
      right[i] =
        u[i]! +
        half *
          ((i > 0 ? lower[i]! * u[i - 1]! : 0) +
            middle[i]! * u[i]! +
            (i < size - 1 ? upper[i]! * u[i + 1]! : 0));
    }
    // (1 - dt / 2 L) u = right by elimination
    let pivot = 1 - half * middle[0]!;
    factor[0] = (-half * upper[0]!) / pivot;
    u[0] = right[0]! / pivot;
    for (let i = 1; i < size; i++) {
      const left = -half * lower[i]!;
      pivot = 1 - half * middle[i]! - left * factor[i - 1]!;
      factor[i] = (-half * upper[i]!) / pivot;
      u[i] = (right[i]! - left * u[i - 1]!) / pivot;
    }
    for (let i = size - 2; i >= 0; i--) u[i]! -= factor[i]! * u[i + 1]!;
  }
  return u[below]!;
}
