/**
 * Instructions for aligned pairs, where their coordinates differ from those of all others: see aligned-plan.ts and
 * src/wasm/assembly/pairs/aligned.ts.
 * @module
 */
import type { AlignedStep, Coordinates } from "../aligned-plan.js";
import { jump, slopes } from "../kinks.js";
import type { DenseStep, KernelStep } from "../program.js";
import type { SampleSides } from "../sample-state.js";
import type { Readout } from "./activation-form.js";
import {
  type Feature,
  type FeatureTables,
  halfTangent,
  halfTangentOverRoot,
  halfVariance,
  inverseRoot,
  rootHalf,
} from "./feature-tables.js";
import type { Instruction } from "./instructions.js";

const nothing: Feature = () => 0;

function plain(
  slot: number,
  { angular, turned }: Coordinates,
  states: SampleSides,
  tables: FeatureTables,
): Instruction {
  const table = tables.add(states, [rootHalf, halfVariance, halfTangent]);
  return { operation: "alignedPlain", to: slot, table, constants: [Number(angular), Number(turned)] };
}

/** Brings slots into the coordinates in which a step reads them. */
export function plainInstructions(
  { unfold, unturn }: Pick<AlignedStep, "unfold" | "unturn">,
  tables: FeatureTables,
): Instruction[] {
  return [
    ...unfold.map(({ slot, states }) => plain(slot, { angular: true, turned: false }, states, tables)),
    ...unturn.map(({ slot, states }) => plain(slot, { angular: false, turned: true }, states, tables)),
  ];
}

/** What the biases of a dense layer add, and the way back to ordinary coordinates where the plan wants it. */
export function biasInstructions(
  step: DenseStep,
  { to, plainAfter }: AlignedStep,
  before: SampleSides,
  after: SampleSides,
  tables: FeatureTables,
): Instruction[] {
  const { weight, bias, tangentOne, to: slot } = step;
  const instructions: Instruction[] = [];
  if (to.angular && bias !== 0) {
    const table = tables.add(after, [(_, i, side) => rootHalf(before[side], i, side), rootHalf]);
    instructions.push({
      operation: "alignedLift",
      to: slot,
      table,
      constants: [weight, bias, Number(to.turned)],
    });
  }
  const shift = to.turned ? [to.angular ? 0 : 2 * bias, 2 * tangentOne] : [0, 0];
  if (shift.some((value) => value !== 0)) {
    instructions.push({ operation: "alignedShift", to: slot, constants: shift });
  }
  if (plainAfter) instructions.push(plain(slot, to, after, tables));
  return instructions;
}

/** m^2 and n^2 of a min(x, 0) + b max(x, 0) = m x + n |x|. */
function piecewise([a, b]: readonly [number, number], { from, to }: AlignedStep, readout: Readout): number[] {
  const { weight, tangentK } = readout;
  const line = weight * ((a + b) / 2) ** 2;
  const bend = weight * ((b - a) / 2) ** 2;
  const odd = (2 * bend) / Math.PI;
  const parts = !from.turned
    ? [0, line + bend, -odd]
    : to.turned
      ? [bend, line - bend, odd]
      : [line, bend - line, -odd];
  // an angular state lacks what the lengths of the samples add to the deficit
  const spread = from.angular ? line + bend : 0;
  return [...parts, from.angular ? 0 : 1, to.angular ? 0 : spread, spread, tangentK / weight];
}

/**
 * The instruction of a step that aligned pairs do not share with all others, the layer after it included; null where
 * they share it.
 * @param states  of the samples after the step
 * @param held  and in the slots that it reads
 */
export function alignedInstruction(
  step: KernelStep,
  way: AlignedStep,
  readout: Readout,
  states: SampleSides,
  held: readonly SampleSides[],
  tables: FeatureTables,
): Omit<Instruction, "to"> | null {
  const { from, to } = way;
  if (step.op === "input") {
    const { weight, tangentK } = readout;
    const constants = [weight, tangentK, to.angular ? 0 : weight];
    return { operation: "alignedFirst", table: tables.add(states, [rootHalf]), constants };
  }
  if (step.op === "normalize" && from.angular) {
    // the gap is all that the deficit has: nothing from the lengths, which are equal after it
    const table = tables.add(held[step.from]!, [inverseRoot, nothing, halfTangentOverRoot]);
    return { operation: "normalize", from: step.from, table };
  }
  if (step.op !== "activation" || !(from.turned || from.angular)) return null;
  const read = held[step.from]!;
  const sides = slopes(step.activation);
  if (sides !== null) {
    const table = tables.add(read, [rootHalf, inverseRoot, halfTangent]);
    return {
      operation: "alignedPiecewise",
      from: step.from,
      table,
      constants: piecewise(sides, way, readout),
    };
  }
  const kind = jump(step.activation);
  if (kind === null) return null;
  const slope = readout.weight * (kind === "sign" ? 2 / Math.PI : 1 / (2 * Math.PI));
  const opposed = from.turned && kind === "heaviside";
  const parts = opposed ? [slope * Math.PI, -slope] : [0, slope];
  const table = tables.add(read, [rootHalf, inverseRoot]);
  return { operation: "alignedStep", from: step.from, table, constants: [...parts, from.angular ? 0 : 1] };
}
