/** The smallest network with noise of interest: f(theta) = tanh(theta) at x = 1, with one target. */
import { finiteModel } from "../../src/finite/index.js";
import { parseNetwork } from "../../src/network/index.js";

const one = (value: number) => ({ data: Float64Array.of(value), shape: [1, 1] });

export const SCALAR = { start: 0.4, target: 1.1, noise: 0.5, time: 1.5 };

export function scalarNetwork() {
  const model = finiteModel(
    parseNetwork({
      foretrain: 1,
      input: [1],
      layers: [
        { kind: "dense", units: 1 },
        { kind: "activation", name: "tanh" },
      ],
    }),
  );
  return {
    model,
    parameters: Float64Array.of(SCALAR.start),
    x: one(1),
    y: one(SCALAR.target),
    noise: SCALAR.noise,
  };
}

/** The lazy family of the scalar network: output and drift as functions of w. */
export function scalarFamily(eps: number) {
  const f0 = Math.tanh(SCALAR.start);
  const output = (w: number) => f0 + (Math.tanh(SCALAR.start + eps * w) - f0) / eps;
  const drift = (w: number) => -(output(w) - SCALAR.target) * (1 - Math.tanh(SCALAR.start + eps * w) ** 2);
  return { output, drift };
}
