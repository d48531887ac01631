/**
 * How aligned pairs go through a network: those whose samples lie nearly on one line through 0, x' = +-r x.
 *
 * The angle of such a pair is a small number, or pi less one, but the state (k, d) has it as a difference of large ones:
 * 1 + c from d, and 1 - c from d where the lengths differ. Its root, which kinked activations take, would carry noise of
 * 1e-8. So these pairs are run once more in other coordinates:
 * - turned: the state of (x, -x'), that is -k, (q + q') / 2 + k, -t and (theta + theta') / 2 + t, for c near -1. Every
 *   linear step and every odd activation keeps a turned state turned, under an even one it becomes that of (x, x');
 * - angular: in place of the deficit d the gap m = s s' - k = d - (s - s')^2 / 2, s = sqrt(q), through piecewise linear
 *   activations and the layers between. A bias b adds r r' - w s s' - b to w m, r = sqrt(w q + b); a turned one
 *   r r' - w s s' + b. Written as quotients, see {@link biasGap}, both are sums of positive terms.
 * @module
 */
import { jump, slopes, symmetry } from "./kinks.js";
import type { KernelProgram, KernelStep } from "./program.js";
import { readsOf } from "./program.js";
import type { SamplePass } from "./sample-pass.js";
import type { SampleSides } from "./sample-state.js";

/** A state in a slot that is changed in place, with the samples' states there. */
export interface SlotState {
  readonly slot: number;
  readonly states: SampleSides;
}

/** Coordinates of a state. */
export interface Coordinates {
  readonly turned: boolean;
  readonly angular: boolean;
}

export interface AlignedStep {
  /** before the step: gaps become deficits */
  readonly unfold: readonly SlotState[];
  /** before the step (after that): states of (x, -x') become those of (x, x') */
  readonly unturn: readonly SlotState[];
  /** of what the step reads */
  readonly from: Coordinates;
  /** of its result */
  readonly to: Coordinates;
  /** the result becomes an ordinary state (k, d) of (x, x') at once */
  readonly plainAfter: boolean;
}

export interface AlignedPlan {
  readonly turned: boolean;
  /** one for each step */
  readonly steps: readonly AlignedStep[];
  readonly end: Pick<AlignedStep, "unfold" | "unturn">;
}

/**
 * What a dense layer (w, b) adds to w m: w b (s - s')^2 / (r r' + w s s' + b), turned
 * b + (w b (q + q') + b^2) / (r r' + w s s').
 */
export function biasGap(
  { weight, bias }: { readonly weight: number; readonly bias: number },
  turned: boolean,
  q: number,
  q2: number,
): number {
  if (bias === 0) return 0;
  const scale = weight * Math.sqrt(q) * Math.sqrt(q2);
  const roots = Math.sqrt(weight * q + bias) * Math.sqrt(weight * q2 + bias);
  if (turned) return bias + (bias * (weight * (q + q2) + bias)) / (roots + scale);
  const sum = Math.sqrt(q) + Math.sqrt(q2);
  const apart = sum === 0 ? 0 : (q - q2) / sum;
  return (weight * bias * apart * apart) / (roots + scale + bias);
}

/** Above this correlation, a turned state has nothing more to gain, and would lose the digits of the deficit later. */
const TURN_BACK = -0.5;

/** Correlation of samples that count as opposite. */
const OPPOSITE = -1 + 1e-9;

/** Number of times that each step's result is read, the output and what is carried on once more. */
export function countReaders({ steps, output, carried = null }: KernelProgram): number[] {
  const writer: number[] = [];
  const readers = steps.map(() => 0);
  steps.forEach((step, at) => {
    for (const slot of readsOf(step)) readers[writer[slot]!]!++;
    writer[step.to] = at;
  });
  readers[writer[output]!]!++;
  if (carried !== null) readers[writer[carried]!]!++;
  return readers;
}

interface Held extends Coordinates {
  readonly states: SampleSides;
  /** k of a pair with c = -1 (turned plans) at the inputs */
  readonly k: number;
  /** it is the result of a dense layer */
  readonly weighted: boolean;
}

class Planner {
  readonly #held: Held[] = [];
  #unfold: SlotState[] = [];
  #unturn: SlotState[] = [];
  /** an angular state meets a kink */
  gains = false;

  constructor(
    private readonly program: KernelProgram,
    private readonly pass: Pick<SamplePass, "prepared" | "states">,
    private readonly turned: boolean,
    private readonly row: number,
    private readonly col: number,
  ) {}

  run(): AlignedPlan {
    const { steps, output, carried = null } = this.program;
    const readers = countReaders(this.program);
    const planned = steps.map((step, at): AlignedStep => {
      // what follows a value that one step alone reads
      const next = readers[at] === 1 ? steps[at + 1] : undefined;
      const free = next?.op === "dense" && next.from === step.to && next.weight > 0;
      const { from, to, k } = this.#step(step, at, free);
      const states = this.pass.states[at]!;
      const limit = TURN_BACK * Math.sqrt(states.rows.q[this.row]! * states.cols.q[this.col]!);
      const plainAfter = to.turned && step.op === "dense" && k > limit;
      const weighted = step.op === "dense";
      const held = plainAfter ? { turned: false, angular: false } : to;
      this.#held[step.to] = { ...held, states, k, weighted };
      const done = { unfold: this.#unfold, unturn: this.#unturn, from, to, plainAfter };
      this.#unfold = [];
      this.#unturn = [];
      return done;
    });
    this.#plain(output, true);
    if (carried !== null) this.#plain(carried, true);
    return { turned: this.turned, steps: planned, end: { unfold: this.#unfold, unturn: this.#unturn } };
  }

  /** Makes the state in a slot one with a deficit, and of (x, x') where `straight`. */
  #plain(slot: number, straight: boolean): Held {
    const held = this.#held[slot]!;
    const { states } = held;
    if (held.angular) this.#unfold.push({ slot, states });
    const turnBack = straight && held.turned;
    if (turnBack) this.#unturn.push({ slot, states });
    const now = { ...held, angular: false, turned: held.turned && !turnBack };
    this.#held[slot] = now;
    return now;
  }

  #step(step: KernelStep, at: number, free: boolean): { from: Coordinates; to: Coordinates; k: number } {
    const { row, col } = this;
    const size = ({ rows, cols }: SampleSides) => Math.sqrt(rows.q[row]! * cols.q[col]!);
    const same = (from: Held, k = from.k) => ({ from, to: from, k });
    switch (step.op) {
      case "resume":
        throw new Error("no plan for a part of a network that does not begin with the data");
      case "input": {
        const to = { turned: this.turned, angular: free };
        return { from: to, to, k: (this.turned ? -1 : 1) * size(this.pass.states[at]!) };
      }
      case "dense": {
        let from = this.#held[step.from]!;
        if (from.angular && from.weighted) from = this.#plain(step.from, false);
        return same(from, step.weight * from.k + step.bias);
      }
      case "activation":
        return this.#activation(step, at, free);
      case "normalize": {
        const from = this.#held[step.from]!;
        if (from.angular) this.gains = true;
        const before = size(from.states);
        // normalized samples have one length: the gap is the deficit
        const to = { turned: from.turned, angular: false };
        return { from, to, k: before === 0 ? from.k : from.k / before };
      }
      case "dropout":
        return same(this.#plain(step.from, false));
      case "product": {
        const parts = step.parts.map((slot) => this.#plain(slot, false));
        const turned = parts.reduce((odd, part) => odd !== part.turned, false);
        const from = { turned, angular: false };
        return { from, to: from, k: parts.reduce((k, part) => k * part.k, 1) };
      }
      case "sum":
      case "concat": {
        const straight = !step.parts.every((slot) => this.#held[slot]!.turned);
        const parts = step.parts.map((slot) => this.#plain(slot, straight));
        const weight = (b: number) => (step.op === "concat" ? (step.weights[b] ?? 0) : 1);
        return same(
          parts[0]!,
          parts.reduce((k, part, b) => k + weight(b) * part.k, 0),
        );
      }
      default: // steps between positions: such programs have no plan
        return same(this.#plain(step.from, true));
    }
  }

  #activation(
    step: KernelStep & { op: "activation" },
    at: number,
    free: boolean,
  ): { from: Coordinates; to: Coordinates; k: number } {
    const { row, col } = this;
    const { activation, from: slot } = step;
    const before = this.#held[slot]!;
    const { rows, cols } = before.states;
    const out = new Float64Array(4);
    const mean = 0.5 * (rows.q[row]! + cols.q[col]!);
    this.pass.prepared[at]!.map!.pair(row, col, before.k, mean - before.k, out);
    const after = this.pass.states[at]!;
    const size = Math.sqrt(after.rows.q[row]! * after.cols.q[col]!);
    // opposite samples stay opposite under odd activations, whatever rounding says
    const opposite = before.k < OPPOSITE * Math.sqrt(rows.q[row]! * cols.q[col]!);
    const k = opposite && symmetry(activation) === "odd" ? -size : out[0]!;
    const stays = k < TURN_BACK * size;
    if (slopes(activation) !== null) {
      if (before.angular) this.gains = true;
      const to = { turned: before.turned && stays, angular: before.angular && free };
      return { from: before, to, k };
    }
    const kind = jump(activation);
    if (kind !== null) {
      if (before.angular) this.gains = true;
      return { from: before, to: { turned: before.turned && kind === "sign", angular: false }, k };
    }
    const symmetric = symmetry(activation);
    const from = this.#plain(slot, symmetric === null);
    return { from, to: { turned: from.turned && symmetric === "odd", angular: false }, k };
  }
}

const firstAbove = (q: Float64Array) => q.findIndex((value) => value > 0);

/**
 * The plan for pairs with c near -1 (`turned`) or near +1; null where the ordinary pass is as good, and for networks with
 * positions.
 */
export function alignedPlan(
  program: KernelProgram,
  pass: Pick<SamplePass, "prepared" | "states">,
  turned: boolean,
): AlignedPlan | null {
  if (program.steps.some(({ op, positions }) => op === "resume" || positions.length > 0)) return null;
  const { rows, cols } = pass.states[0]!;
  const [row, col] = [firstAbove(rows.q), firstAbove(cols.q)];
  if (row < 0 || col < 0) return null;
  const planner = new Planner(program, pass, turned, row, col);
  const plan = planner.run();
  return turned || planner.gains ? plan : null;
}
