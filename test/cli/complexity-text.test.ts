import { describe, expect, test } from "vitest";
import { withResampledErrors } from "../../src/cli/commands/complexity-statements.js";
import { explainedSentence, phaseTable } from "../../src/cli/commands/complexity-text.js";
import { recordLearningCurve } from "../../src/complexity/index.js";
import { createRng } from "../../src/numeric/random.js";

const SAMPLES = 2000;
const rng = createRng(3);
const labels = Int32Array.from({ length: SAMPLES }, () => rng.integer(2));
/** the labels, with this share of errors */
const noisy = (share: number) => labels.map((y) => (rng.uniform() < share ? 1 - y : y));

function measured(snapshots: readonly Int32Array[], steps: readonly number[], simple: Int32Array) {
  const recorder = recordLearningCurve({ labels, explainers: [{ name: "lin", predictions: simple }] });
  snapshots.forEach((snapshot, t) => {
    recorder.add(steps[t]!, snapshot);
  });
  return withResampledErrors(recorder.result(), {
    ...{ labels, classes: 2, seed: 0, phaseEnds: [undefined], networks: [{ snapshots, simple: [simple] }] },
  });
}

const sentence = (curve: ReturnType<typeof measured>) => explainedSentence(curve, curve.explainers[0]!);

describe("the sentence on a simple model", () => {
  test("has the part of it that is kept where the table has one", () => {
    const simple = noisy(0.2);
    const curve = measured([noisy(0.5), simple, noisy(0.1)], [0, 1, 2], simple);
    expect(sentence(curve)).toMatch(/^lin: at T0, step 1, .* and \d+\.\d % of what lin knows is kept$/);
  });

  test("has no share of a simple model that knows next to nothing, as the table has none", () => {
    // a simple model that is a little better than chance, and a network whose right answers are others
    const simple = labels.map((y, i) => (i % 100 < 49 ? 1 - y : y));
    const curve = measured([noisy(0.5), noisy(0.3)], [0, 1], simple);
    const { information, statements } = curve.explainers[0]!;
    expect(information.value).toBeLessThan(4 * information.error);
    expect(statements.retained).toBeNull();
    expect(sentence(curve)).not.toContain("% of what lin knows is kept");
    if (curve.explainers[0]!.phases.end === 0)
      expect(sentence(curve)).toMatch(
        /how much is kept of what lin knows cannot be said of so little \(0\.\d+ ± 0\.\d+ bits\)/,
      );
  });

  test("says of a network that knows nothing what it knows with its error", () => {
    const simple = noisy(0.2);
    const curve = measured([simple, noisy(0.5)], [1, 2], simple);
    expect(sentence(curve)).toMatch(/too little for a share of it to be known \(0\.\d{3} ± 0\.\d{3} bits\)/);
  });

  test("says where the least share is that of the untrained network", () => {
    const simple = noisy(0.2);
    // untrained, and against the labels: more than 0.02 bits that lin does not have
    const against = noisy(0.62);
    const curve = measured([against, simple, noisy(0.1)], [0, 1, 2], simple);
    const { explained } = curve.explainers[0]!.statements;
    expect(explained!.step).toBe(0);
    expect(explained!.value).toBeLessThan(0.5);
    expect(sentence(curve)).toMatch(
      /; rho1 of lin, -?\d\.\d+ ± \d\.\d+, is that of step 0: .*than the 0\.02 bits below which/,
    );
    expect(phaseTable(curve, [{ mean: 0, deviation: 0 }]).join("\n")).toMatch(/± \d\.\d{3} at 0 /);
    // trained networks that are not explained are no matter of chance
    expect(sentence(measured([against, simple], [1, 2], simple))).not.toContain("rho1 of lin");
  });
});
