/**
 * Runs the steps of a network on the numbers of a few inputs.
 * @module
 */
import type { ScalarPart, ScalarStep } from "./scalar-program.js";
import {
  activationState,
  droppedState,
  fromHere,
  normalizedState,
  pooledState,
  productState,
  type ScalarState,
  summedState,
  weightedState,
} from "./scalar-state.js";

/** Units that share one variance, `weight` their part of all units: branches side by side keep theirs. */
interface Population {
  readonly weight: number;
  readonly state: ScalarState;
}
type Populations = readonly Population[];

const one = (state: ScalarState): Populations => [{ weight: 1, state }];

/** What layers that sum over units see. */
function mean(populations: Populations): ScalarState {
  if (populations.length === 1) return populations[0]!.state;
  return summedState(
    populations.map(({ state }) => state),
    populations.map(({ weight }) => weight),
  );
}

const each = (populations: Populations, map: (state: ScalarState) => ScalarState): Populations =>
  populations.map(({ weight, state }) => ({ weight, state: map(state) }));

const withoutPositions = (state: ScalarState): ScalarState =>
  state.apart === null ? state : { ...state, apart: null };

/** Called on the main path (not inside branches) before each step, repeats written out; true: count slopes from here. */
export type Visit = (step: ScalarStep, state: ScalarState) => boolean;

function walk(part: ScalarPart, start: Populations, visit: Visit | null): Populations {
  let populations = start;
  for (const step of part) {
    if (step.op === "repeat") {
      for (let copy = 0; copy < step.times; copy++) populations = walk(step.body, populations, visit);
      continue;
    }
    if (visit?.(step, mean(populations)) === true) populations = each(populations, fromHere);
    populations = apply(step, populations);
  }
  return populations;
}

function apply(step: Exclude<ScalarStep, { op: "repeat" }>, populations: Populations): Populations {
  switch (step.op) {
    case "weighted":
      return one(weightedState(mean(populations), step));
    case "activation":
      return each(populations, (state) => activationState(state, step.activation));
    case "normalize":
      return one(normalizedState(mean(populations)));
    case "dropout":
      return each(populations, (state) => droppedState(state, step.keepRate));
    case "pool":
      return one(pooledState(mean(populations), step));
    case "flatten":
      return each(populations, withoutPositions);
    case "sum": {
      const states = step.branches.map((branch) => mean(walk(branch, populations, null)));
      return one(
        summedState(
          states,
          states.map(() => 1),
        ),
      );
    }
    case "product":
      return one(productState(step.branches.map((branch) => mean(walk(branch, populations, null)))));
    case "concat":
      return step.branches.flatMap((branch, i) =>
        walk(branch, populations, null).map(({ weight, state }) => ({
          weight: weight * step.weights[i]!,
          state,
        })),
      );
  }
}

/** The state after a part of a network. */
export function runPart(part: ScalarPart, start: ScalarState, visit: Visit | null = null): ScalarState {
  return mean(walk(part, one(start), visit));
}

/** One input of variance q, without pairs. */
export function lonely(q: number): ScalarState {
  return { samples: [{ q, theta: 0, gain: 1, qSlope: 1 }], pairs: [], apart: null };
}

/** One variance q and a pair of it with the correlation 1 - deficit. */
export function pairOf(q: number, deficit: number): ScalarState {
  const pair = { first: 0, second: 0, k: q * (1 - deficit), d: q * deficit, t: 0, g: 0, slope: 1 };
  return { ...lonely(q), pairs: [pair] };
}

/** What a part adds to its input. */
export interface Increments {
  /** to q */
  readonly q: number;
  /** to d of the first pair; NaN without one */
  readonly d: number;
  /** to the gain, which starts at 1 */
  readonly gain: number;
}

/**
 * q' - q, d' - d and gain' - gain, without cancellation where a residual block adds little to much: there it is what the branches
 * beside the identity give.
 */
export function incrementsOf(part: ScalarPart, start: ScalarState): Increments {
  let state = start;
  let [q, d, gain] = [0, 0, 0];
  const dOf = (s: ScalarState) => s.pairs[0]?.d ?? Number.NaN;
  for (const step of part) {
    const next = runPart([step], state);
    const shortcut = step.op === "sum" ? step.branches.findIndex((branch) => branch.length === 0) : -1;
    if (step.op === "sum" && shortcut >= 0) {
      for (const [i, branch] of step.branches.entries()) {
        if (i === shortcut) continue;
        const added = runPart(branch, state);
        q += added.samples[0]!.q;
        d += dOf(added);
        gain += added.samples[0]!.gain;
      }
    } else {
      q += next.samples[0]!.q - state.samples[0]!.q;
      d += dOf(next) - dOf(state);
      gain += next.samples[0]!.gain - state.samples[0]!.gain;
    }
    state = next;
  }
  return { q, d, gain };
}
