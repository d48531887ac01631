/**
 * Training of weighted hidden units that stand for infinitely many, without expansion: the mean-field equations of paper E at a given eps.
 *
 *   dC_i/dt = eps alpha / M sum_j e_j sigma(W_i . x_j)
 *   dW_i/dt = eps alpha / M sum_j e_j C_i sigma'(W_i . x_j) x_j
 *   e_j = y_j - h_j - (sum_i p_i C_i sigma(W_i . x_j) - its value at the start) / eps
 *
 * @module
 */
import type { Activation } from "../activations/index.js";
import { ForetrainError } from "../errors.js";
import type { Matrix } from "../numeric/matrix.js";
import { type Derivative, odeSteps, toEnd } from "../numeric/ode.js";
import { halvedOdeSteps, type SettledSteps } from "../numeric/ode-halved.js";
import { shallowKernels } from "./kernels.js";
import type { ShallowProblem } from "./particle-expansion.js";
import { activationOfShallow, isCentred, type Particles } from "./shallow.js";

/** Means of outputs at one eps without expansion. */
export interface GammaFlow {
  readonly times: readonly number[];
  /** outputs at every time [M] */
  readonly train: readonly Float64Array[];
  /** [m] */
  readonly test: readonly Float64Array[] | null;
  /** where the activation has kinks: even steps in t, and the error of the outputs measured by steps of twice the length */
  readonly evenSteps: SettledSteps | null;
}

/**
 * The same units trained without expansion at eps = N^(gamma - 1): at eps = 1 the mean-field limit (gamma = 1), where units move
 * a finite way. Outer laws of any mean are allowed: with E C != 0 the outputs start at E[C sigma(W . x)] / eps.
 *
 * Accuracy: the problem's `tolerance`; where the activation has kinks 1e-3 of the largest output, and `evenSteps` says how good it is:
 * units cross their kinks one after another, thousands of times, so that steps are even there and halved until outputs settle.
 * That is the error of the steps for these units; how well units stand for infinitely many is measured by `unitsError`.
 * @throws ERR_DOMAIN for eps <= 0; ERR_SHAPE for targets that do not fit; ERR_NUMERICAL when training runs away, and at once where an
 *   activation with kinks outgrows its argument so far that even steps would be too many
 * @see paper E, mean-field limit
 */
export function meanFieldFlow(problem: ShallowProblem, eps: number): GammaFlow {
  return toEnd(meanFieldFlowSteps(problem, eps));
}

/** Longest even step through kinks in units of alpha t: outputs of relu networks are off by 1e-4 with it (test). */
const KINK_STEP = 0.2;
/** A pass of so many takes a minute or two with some thousand units. */
const MOST_KINK_STEPS = 20_000;
/** Of the first pass, with an activation that outgrows its argument: its units far out move fast, and steps are halved about three times. */
const SUPERLINEAR_PASSES = 8;
/** Least tolerance of outputs through kinks. */
const KINK_TOLERANCE = 1e-3;

/** Refuses before the first pass what would take the last one too many steps: those would be minutes to hours of work for nothing. */
function requireFewSteps({ label, growth }: Activation, first: number, time: number): void {
  const superlinear = growth.kind === "polynomial" ? growth.degree > 1 : growth.kind !== "bounded";
  if (!superlinear || first * SUPERLINEAR_PASSES <= MOST_KINK_STEPS) return;
  const most = Number(((time * MOST_KINK_STEPS) / (SUPERLINEAR_PASSES * first)).toPrecision(2));
  const how = growth.kind === "polynomial" ? `like |x|^${growth.degree}` : "faster than any power";
  throw new ForetrainError(
    "ERR_NUMERICAL",
    `meanFieldFlow: ${label} has kinks and grows ${how}, so that units far out move fast, and even steps to t = ${time} would be more than ` +
      `${MOST_KINK_STEPS.toLocaleString("en-US")}; use times up to ${most}, a smaller alpha, inner weights or inputs of a smaller variance, or a smooth activation`,
    { argument: "activation", got: label, time, expected: most },
  );
}

/** {@link meanFieldFlow} step by step, for work that can be stopped; `onTime` is told the time reached. */
export function* meanFieldFlowSteps(
  problem: ShallowProblem,
  eps: number,
  onTime?: (time: number) => void,
): Generator<void, GammaFlow, void> {
  const { network, particles, x, y, testX, alpha = 1, times, tolerance } = problem;
  if (!(eps > 0 && Number.isFinite(eps))) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `meanFieldFlow: eps is ${eps}, expected a number > 0; eps = 0 is the limit, shallowLimit`,
      { argument: "eps", got: eps },
    );
  }
  if (y.length !== x.shape[0]) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `meanFieldFlow: y has ${y.length} numbers, expected ${x.shape[0]}, one for each row of x`,
      { argument: "y", got: y.length, expected: x.shape[0] },
    );
  }
  const activation = activationOfShallow(network, "meanFieldFlow");
  const centred = isCentred(network);
  const train = outputsOf(activation, particles, x, eps, centred);
  const test = testX === undefined ? null : outputsOf(activation, particles, testX, eps, centred);
  const start = new Float64Array(particles.outer.length + particles.inner.length);
  const slope = slopeOf(activation, particles, x, y, eps, train);
  // the clock of the equations is alpha t
  const clock = times.map((t) => alpha * t);
  const onStep = onTime === undefined ? undefined : (time: number) => onTime(time / alpha);
  if (activation.breakPoints.length === 0) {
    const states = yield* odeSteps(slope, start, clock, { tolerance, onStep });
    return {
      times,
      train: states.map((at) => train(at)),
      test: test && states.map((at) => test(at)),
      evenSteps: null,
    };
  }
  // the mean of the kernel's diagonal is at least its largest eigenvalue / M
  const { data } = shallowKernels(activation, particles, x, null).training;
  const mean = y.reduce((sum, _, j) => sum + data[j * y.length + j]!, 0) / y.length;
  const step = Math.min(KINK_STEP, 1 / mean);
  requireFewSteps(activation, (clock.at(-1) ?? 0) / step, times.at(-1) ?? 0);
  const { watched, steps } = yield* halvedOdeSteps(slope, start, clock, {
    step,
    watch: (state) => {
      const all = new Float64Array(y.length + (testX?.shape[0] ?? 0));
      all.set(train(state));
      if (test !== null) all.set(test(state), y.length);
      return all;
    },
    tolerance: Math.max(tolerance ?? 0, KINK_TOLERANCE),
    maxSteps: MOST_KINK_STEPS,
    onStep,
  });
  return {
    times,
    train: watched.map((at) => at.slice(0, y.length)),
    test: test && watched.map((at) => at.slice(y.length)),
    evenSteps: { step: steps.step / alpha, error: steps.error },
  };
}

/**
 * Outputs at the rows of x for a state, moves of the outer weights [count] and then of the inner ones [count, inputs] over eps; `fields`
 * and `values` [count, rows] are filled on the way. Units that stand for a centred law start at 0, whatever a finite set of them says.
 */
function outputsOf(
  { value }: Activation,
  { weights, outer, inner }: Particles,
  { data, shape: [rows, dim] }: Matrix,
  eps: number,
  centred: boolean,
) {
  const count = weights.length;
  const sumUp = (state: Float64Array, fields?: Float64Array, values?: Float64Array): Float64Array => {
    const sums = new Float64Array(rows);
    const w = new Float64Array(dim);
    for (let i = 0; i < count; i++) {
      const scale = weights[i]! * (outer[i]! + eps * state[i]!);
      for (let a = 0; a < dim; a++) w[a] = inner[i * dim + a]! + eps * state[count + i * dim + a]!;
      for (let j = 0; j < rows; j++) {
        let field = 0;
        for (let a = 0; a < dim; a++) field += w[a]! * data[j * dim + a]!;
        const at = value(field);
        if (fields !== undefined) fields[i * rows + j] = field;
        if (values !== undefined) values[i * rows + j] = at;
        sums[j]! += scale * at;
      }
    }
    return sums;
  };
  const zero = centred ? sumUp(new Float64Array(count + inner.length)) : new Float64Array(rows);
  return (state: Float64Array, fields?: Float64Array, values?: Float64Array): Float64Array => {
    const sums = sumUp(state, fields, values);
    for (let j = 0; j < rows; j++) sums[j] = (sums[j]! - zero[j]!) / eps;
    return sums;
  };
}

function slopeOf(
  { derivative }: Activation,
  { outer, inner }: Particles,
  { data, shape: [rows, dim] }: Matrix,
  y: Float64Array,
  eps: number,
  outputs: ReturnType<typeof outputsOf>,
): Derivative {
  const count = outer.length;
  const fields = new Float64Array(count * rows);
  const values = new Float64Array(count * rows);
  const errors = new Float64Array(rows);
  return (_, state, out) => {
    const g = outputs(state, fields, values);
    for (let j = 0; j < rows; j++) errors[j] = (y[j]! - g[j]!) / rows;
    out.fill(0, count, count + inner.length);
    for (let i = 0; i < count; i++) {
      const c = outer[i]! + eps * state[i]!;
      const ofInner = count + i * dim;
      let ofOuter = 0;
      for (let j = 0; j < rows; j++) {
        ofOuter += errors[j]! * values[i * rows + j]!;
        const pull = errors[j]! * c * derivative!(fields[i * rows + j]!);
        for (let a = 0; a < dim; a++) out[ofInner + a]! += pull * data[j * dim + a]!;
      }
      out[i] = ofOuter;
    }
  };
}
