import { describe, expect, test } from "vitest";
import { type Activation, activation } from "../../src/activations/index.js";
import { criticalLine, phaseDiagram } from "../../src/meanfield/index.js";

/** The activation with a count of its values. */
function counted(phi: Activation): { readonly phi: Activation; readonly count: () => number } {
  let count = 0;
  const value = (x: number) => {
    count++;
    return phi.value(x);
  };
  return { phi: { ...phi, value }, count: () => count };
}

const axis = (start: number, stop: number, count: number) =>
  Float64Array.from({ length: count }, (_, i) => start + ((stop - start) * i) / (count - 1));

describe("bias variances without a critical point", () => {
  test.each(["silu", "gelu", "softplus", "elu"])(
    "take no search of their own, and are those of the exact line: %s",
    async (name) => {
      const work = async (biases: number) => {
        const { phi, count } = counted(activation(name));
        const biasVariance = axis(0, 0.5, biases);
        const { criticalLine: line } = await phaseDiagram(phi, {
          weightVariance: axis(0.05, 5, 5),
          biasVariance,
        });
        return { values: count(), line, biasVariance };
      };
      const [few, many] = [await work(11), await work(41)];
      // an exact search takes some thousand values for each bias variance
      expect(many.values - few.values).toBeLessThan(30 * 500);
      const exact = criticalLine(activation(name), {
        biasVariance: few.biasVariance,
        weightVariance: [0.05, 5],
      });
      expect(few.line.map(({ biasVariance }) => biasVariance)).toEqual(
        exact.map(({ biasVariance }) => biasVariance),
      );
      few.line.forEach(({ weightVariance }, i) => {
        expect(weightVariance).toBeWithinRelative(exact[i]!.weightVariance, 1e-7);
      });
    },
  );
});
