/**
 * Branches multiplied element by element.
 * @module
 */
import { type Jet, multiplyJets } from "../jet.js";
import type { Operation } from "../operation.js";

/** The product of branches of one shape; its transpose multiplies by the product of the others. */
export const productOfBranches: Operation = (inputs, run) => {
  // products of all branches before and behind each one
  const before: (Jet | null)[] = [null];
  for (const jet of inputs) {
    const last = before.at(-1)!;
    before.push(last === null ? jet : multiplyJets(last, jet));
  }
  const output = before.pop()!;
  if (!run.reverse) return { output, pullback: null };
  return {
    output,
    pullback: (cotangent) => {
      const out = new Array<Jet>(inputs.length);
      let behind = cotangent;
      for (let b = inputs.length - 1; b >= 0; b--) {
        out[b] = before[b] === null ? behind : multiplyJets(behind, before[b]!);
        behind = multiplyJets(behind, inputs[b]!);
      }
      return out;
    },
  };
};
