import { describe, expect, test } from "vitest";
import type { Check } from "../../src/studies/index.js";
import { type DiskRun, diskChecks } from "../../src/studies/paper-c/disk.js";
import { noisyChecks } from "../../src/studies/paper-c/first-phase-checks.js";
import { summaryOf } from "../../src/studies/paper-c/phase-summary.js";
import type { SinusoidRun } from "../../src/studies/paper-c/sinusoid-training.js";

const row = (checks: readonly Check[], id: string) => checks.filter((check) => check.id === id).at(-1)!;

describe("noisy labels", () => {
  /** Two networks with these test accuracies, of which L explains so much. */
  function checksOf(accuracy: readonly number[], explained: readonly number[]): Check[] {
    const runs = [0, 0.001].map((own): SinusoidRun => {
      const side = {
        accuracy: accuracy.map((value) => value + own),
        network: [0.05, 0.3, 0.4],
        explained: explained.map((value) => value + own),
        simple: 0.3,
        simpleAccuracy: 0.8,
      };
      return { test: side, train: { ...side, accuracy: [0.5, 0.8, 1] } };
    });
    return noisyChecks(summaryOf([0, 10, 100], runs), 0.1);
  }

  test("over-fitting is seen where the accuracy falls and mu with it", () => {
    const checks = checksOf([0.5, 0.85, 0.75], [0.05, 0.3, 0.2]);
    for (const id of ["noisy.fall", "noisy.decay"]) expect(row(checks, id).agrees, id).toBe(true);
  });

  test("a network that is best in the end does not over-fit, and the rows say so", () => {
    const checks = checksOf([0.5, 0.75, 0.85], [0.05, 0.2, 0.3]);
    for (const id of ["noisy.fall", "noisy.decay"]) {
      expect(row(checks, id), id).toMatchObject({ computed: 0, agrees: false });
    }
  });
});

describe("stages of the disk", () => {
  const disk = (linear: readonly number[], truth: readonly number[]): DiskRun => ({
    ...{
      steps: [0, 10, 100, 1000],
      linear,
      truth,
      noisy: [0.5, 0.8, 0.9, 1],
      linearTruth: 0.8,
      truthNoisy: 0.9,
    },
    stages: [linear.indexOf(Math.max(...linear)), truth.indexOf(Math.max(...truth)), 3],
    map: () => new Uint8Array(0),
  });
  const two = (...run: Parameters<typeof disk>) => diskChecks([disk(...run), disk(...run)], { test: 1000 });

  test("plane, wave and noise, one after the other, agree", () => {
    expect(two([0.5, 0.97, 0.85, 0.8], [0.5, 0.8, 0.95, 0.9]).filter(({ agrees }) => !agrees)).toEqual([]);
  });

  test("a network that is like the plane before its first step did not learn it", () => {
    const checks = two([0.97, 0.9, 0.85, 0.8], [0.8, 0.85, 0.95, 0.9]);
    expect(row(checks, "order")).toMatchObject({ computed: 0, agrees: false });
  });

  test("a network that is most like the truth in the end lost nothing to noise", () => {
    const checks = two([0.5, 0.97, 0.85, 0.8], [0.5, 0.8, 0.9, 0.95]);
    expect(row(checks, "noise")).toMatchObject({ computed: 0, agrees: false });
  });
});
