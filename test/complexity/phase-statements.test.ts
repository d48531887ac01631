import { describe, expect, test } from "vitest";
import {
  estimatesOverNetworks,
  informationOf,
  type Labels,
  type LearningCurve,
  learningPhases,
  meanLearningCurve,
  phaseStatements,
  recordLearningCurve,
} from "../../src/complexity/index.js";
import { createRng } from "../../src/numeric/random.js";
import { meanOf } from "../../src/numeric/statistics/index.js";

const N = 2000;
const STEPS = [1, 2, 4, 8, 16, 32, 64];

/** Labels, a simple model, and networks that copy it more and more, hover at what it knows, and then learn the labels. */
function problem(seed: number, count = 1, n = N, apart = 0) {
  const rng = createRng(seed);
  const labels = Int32Array.from({ length: n }, () => rng.integer(2));
  const flipped = (from: Int32Array, p: number) => from.map((y) => (rng.uniform() < p ? 1 - y : y));
  const simple = flipped(labels, 0.2);
  const networks = Array.from({ length: count }, (_, i) => {
    const own = apart * (i - (count - 1) / 2);
    return {
      simple,
      // four snapshots that know something of their own and are explained about as much: which is the least is chance
      snapshots: [
        ...[0.12, 0.11, 0.1, 0.11].map((p) => {
          const [copy, alone] = [flipped(simple, p + own), flipped(labels, 0.3)];
          return copy.map((said, k) => (rng.uniform() < 0.6 ? said : alone[k]!));
        }),
        simple,
        simple.map((l, k) => (rng.uniform() < 0.5 ? labels[k]! : l)),
        labels,
      ],
    };
  });
  return { labels, networks, classes: 2, steps: STEPS };
}

function curveOf({ labels, networks, classes, steps }: ReturnType<typeof problem>, i = 0): LearningCurve {
  const { simple, snapshots } = networks[i]!;
  const recorder = recordLearningCurve({
    ...{ labels, classes, explainers: [{ name: "L", predictions: simple as Labels }] },
  });
  steps.forEach((step, t) => {
    recorder.add(step, snapshots[t]!);
  });
  return recorder.result();
}

describe("phaseStatements", () => {
  test("of one network has the shares of learningPhases", () => {
    const given = problem(1);
    const found = phaseStatements({ ...given, seed: 0, repetitions: 20 });
    const { statements } = curveOf(given).explainers[0]!;
    expect(found.learned!.value).toBeCloseTo(statements.learned!.value, 11);
    for (const name of ["explained", "retained"] as const) {
      expect(found[name]!.value).toBeCloseTo(statements[name]!.value, 11);
      expect(found[name]!.step).toBe(statements[name]!.step);
    }
    expect([found.networks, found.reached]).toEqual([1, 1]);
  });

  test("has errors as large as the scatter of data that are drawn again, the choice of the least among them", () => {
    const values: number[] = [];
    const errors: number[] = [];
    for (let seed = 0; seed < 60; seed++) {
      const { explained } = phaseStatements({ ...problem(100 + seed, 1, 1000), seed, repetitions: 60 });
      values.push(explained!.value);
      errors.push(explained!.error);
    }
    const spread = meanOf(values).error * Math.sqrt(values.length);
    const mean = meanOf(errors).value;
    // a deviation of 60 values is known to 9 %: three of that
    expect(Math.abs(mean / spread - 1)).toBeLessThan(0.28);
  });

  test("of several networks counts how they differ, and samples once", () => {
    const alike = phaseStatements({ ...problem(3, 3), seed: 0, repetitions: 60 });
    const given = problem(3, 3, N, 0.05);
    const apart = phaseStatements({ ...given, seed: 0, repetitions: 60 });
    const each = given.networks.map((network) =>
      phaseStatements({ ...given, networks: [network], seed: 0, repetitions: 60 }),
    );
    const shares = each.map(({ explained }) => explained!.value);
    expect(apart.explained!.value).toBeCloseTo(meanOf(shares).value, 12);
    expect(apart.explained!.error).toBeGreaterThan(meanOf(shares).error);
    expect(apart.explained!.error).toBeGreaterThan(alike.explained!.error);
  });

  test("says how many networks get to T0, and has no numbers of those that do not", () => {
    const given = problem(4, 2);
    const never = given.networks[1]!.snapshots.map(() => given.networks[1]!.snapshots[0]!);
    const networks = [given.networks[0]!, { ...given.networks[1]!, snapshots: never }];
    const both = phaseStatements({ ...given, networks, seed: 0, repetitions: 20 });
    const alone = phaseStatements({ ...given, networks: networks.slice(0, 1), seed: 0, repetitions: 20 });
    expect([both.networks, both.reached]).toEqual([2, 1]);
    expect(both.retained!.value).toBeCloseTo(alone.retained!.value, 12);
    const none = phaseStatements({ ...given, networks: networks.slice(1), seed: 0, repetitions: 20 });
    expect(none).toMatchObject({ reached: 0, learned: null, retained: null });
    expect(none.explained).not.toBeNull();
  });

  test("rho1 is over all networks: one that never gets to T0 enters with its whole run", () => {
    const given = problem(4, 2);
    const never = given.networks[1]!.snapshots.map(() => given.networks[1]!.snapshots[0]!);
    const networks = [given.networks[0]!, { ...given.networks[1]!, snapshots: never }];
    const [both, first, second] = [networks, networks.slice(0, 1), networks.slice(1)].map((list) =>
      phaseStatements({ ...given, networks: list, seed: 0, repetitions: 5 }),
    );
    expect(both!.explained!.value).toBeCloseTo((first!.explained!.value + second!.explained!.value) / 2, 12);
  });

  test("has no ratios to a simple model that knows next to nothing", () => {
    for (const simple of [
      (labels: Int32Array) => labels.map(() => 0),
      // right for 52 %: its information is one of some errors
      (labels: Int32Array) => labels.map((y, i) => ((i * 7919) % 100 < 52 ? y : 1 - y)),
    ]) {
      const given = problem(11, 1, 300);
      const knows = simple(given.labels);
      const networks = given.networks.map((network) => ({ ...network, simple: knows }));
      const found = phaseStatements({ ...given, networks, seed: 0, repetitions: 10 });
      expect(found).toMatchObject({ learned: null, retained: null });
      const curve = curveOf({ ...given, networks });
      expect(curve.explainers[0]!.statements).toMatchObject({ learned: null, retained: null });
    }
    // the model that is right for 80 % of the same samples is known well
    const { learned, retained } = phaseStatements({ ...problem(11, 1, 300), seed: 0, repetitions: 10 });
    expect([learned, retained]).not.toContain(null);
  });

  test("takes T0 where it is given", () => {
    const given = problem(5);
    const { learned } = phaseStatements({ ...given, phaseEnd: 3, seed: 0, repetitions: 10 });
    expect(learned!.step).toBe(4);
  });

  test("refuses snapshots that are not one for each step, no networks, and a T0 that is none", () => {
    const given = problem(6);
    expect(() => phaseStatements({ ...given, steps: [1, 2], seed: 0 })).toThrow(
      /network 0 has 7 snapshots, expected 2/,
    );
    expect(() => phaseStatements({ ...given, networks: [], seed: 0 })).toThrow(/networks is empty/);
    expect(() => phaseStatements({ ...given, tolerance: 1, seed: 0, repetitions: 2 })).toThrow(
      /tolerance is 1, expected a share in \[0, 1\)/,
    );
    const bits = { network: [1], explained: [1], simple: 1 };
    expect(() => learningPhases({ ...bits, tolerance: Number.NaN })).toThrow(/tolerance is NaN/);
    expect(() => learningPhases({ ...bits, tolerance: -0.1 })).toThrow(/tolerance is -0\.1/);
    expect(() => learningPhases({ ...bits, floor: -1 })).toThrow(/floor is -1, expected bits >= 0/);
  });
});

describe("estimatesOverNetworks", () => {
  test("leaves networks without a number out of its mean and says how many are left", () => {
    const { labels, networks } = problem(7, 3);
    const [first, none] = estimatesOverNetworks({
      ...{ labels, classes: 2, seed: 0, repetitions: 10 },
      networks: networks.map(({ snapshots, simple }) => [{ network: snapshots[0]!, simple }]),
      numbers: ([table], i) => [i === 1 ? Number.NaN : informationOf(table!).explained, Number.NaN],
    });
    expect(first!.networks).toBe(2);
    expect(none).toMatchObject({ value: Number.NaN, networks: 0 });
  });
});

describe("meanLearningCurve", () => {
  test("is the mean, with errors that do not shrink below those of the samples", () => {
    const given = problem(8, 4);
    const curves = given.networks.map((_, i) => curveOf(given, i));
    const mean = meanLearningCurve({ curves });
    STEPS.forEach((_, t) => {
      expect(mean.network[t]!.value).toBeCloseTo(
        meanOf(curves.map((curve) => curve.network[t]!.value)).value,
        13,
      );
      const least = Math.min(...curves.map((curve) => curve.network[t]!.error));
      expect(mean.network[t]!.error).toBeGreaterThanOrEqual(least);
    });
    const { phases, explained } = mean.explainers[0]!;
    expect(phases).toEqual(
      learningPhases({
        network: mean.network.map(({ value }) => value),
        explained: explained.map(({ value }) => value),
        simple: mean.explainers[0]!.information.value,
      }),
    );
    // errors of one network's ratios are none of the mean
    expect(mean.explainers[0]!.statements).toEqual({ explained: null, learned: null, retained: null });
    expect(meanLearningCurve({ curves: curves.slice(0, 1) })).toEqual(curves[0]);
  });

  test("refuses none, and curves of other steps", () => {
    const given = problem(9);
    const curve = curveOf(given);
    expect(() => meanLearningCurve({ curves: [] })).toThrow(/got 0 curves, expected at least one/);
    expect(() => meanLearningCurve({ curves: [curve, { ...curve, steps: [1] }] })).toThrow(/differ in steps/);
  });
});
