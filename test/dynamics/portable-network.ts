/** A network, data and parameters that need no random numbers: f = 1/2 sum a_i tanh(w_i x + b_i). */
import { finiteModel } from "../../src/finite/index.js";
import { parseNetwork } from "../../src/network/index.js";

const column = (...values: number[]) => ({ data: Float64Array.from(values), shape: [values.length, 1] });

/** a_i = cos i, w_i = sin(2 i + 1), b_i = cos(3 i + 2), i = 0 .. 3; four training points and one more. */
export function portableNetwork() {
  const model = finiteModel(
    parseNetwork({
      foretrain: 1,
      input: [1],
      layers: [
        { kind: "dense", units: 4, weightVariance: 1, biasVariance: 1 },
        { kind: "activation", name: "tanh" },
        { kind: "dense", units: 1, weightVariance: 1 },
      ],
    }),
  );
  const index = [0, 1, 2, 3];
  const theta = Float64Array.from([
    ...index.map((i) => Math.sin(2 * i + 1)),
    ...index.map((i) => Math.cos(3 * i + 2)),
    ...index.map((i) => Math.cos(i)),
  ]);
  return {
    model,
    theta,
    x: column(-1.2, -0.3, 0.4, 1.1),
    y: column(0.9, -0.5, 0.3, -0.8),
    testX: column(0.75),
  };
}
