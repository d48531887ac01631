import { describe, expect, test } from "vitest";
import {
  bootstrapError,
  countTable,
  informationOf,
  jointBootstrap,
  performanceCorrelation,
  tableFromCounts,
  withIndependentErrors,
} from "../../src/complexity/index.js";
import { createRng } from "../../src/numeric/random.js";

const N = 2000;

/** Labels of k classes, and two models that are right with given probabilities, their errors independent or copied. */
function models(k: number, right: readonly [number, number], seed: number, copied = 0) {
  const rng = createRng(seed);
  const guess = (y: number, p: number) => (rng.uniform() < p ? y : (y + 1 + rng.integer(k - 1)) % k);
  const labels = Int32Array.from({ length: N }, () => rng.integer(k));
  const simple = labels.map((y) => guess(y, right[1]));
  const network = labels.map((y, i) => (rng.uniform() < copied ? simple[i]! : guess(y, right[0])));
  return { labels, simple, network };
}

const mu = (tables: Parameters<Parameters<typeof jointBootstrap>[0]["statistic"]>[0]) => [
  informationOf(tables[0]!).explained,
];

describe("information of a table", () => {
  test("is that of performanceCorrelation, with and without its bias", () => {
    for (const k of [2, 3, 10]) {
      const { labels, simple, network } = models(k, [0.9, 0.7], k);
      const table = countTable(network, simple, labels);
      const { network: f, simple: l, explained, bias } = performanceCorrelation(table);
      const [plain, corrected] = [informationOf(table), informationOf(table, { correctBias: true })];
      // the same sums in another order
      expect(plain.network).toBeCloseTo(f, 11);
      expect(plain.simple).toBeCloseTo(l, 11);
      expect(plain.explained).toBeCloseTo(explained, 11);
      expect(corrected.network).toBeCloseTo(f - bias.network, 11);
      expect(corrected.simple).toBeCloseTo(l - bias.simple, 11);
      expect(corrected.explained).toBeCloseTo(explained - bias.explained, 11);
    }
  });

  test("of models whose errors are independent is known in closed form, whatever the errors were", () => {
    const hit = (a: number, b: number, p: number) => (a === b ? p : 1 - p);
    // F copies L where both are right 0.8 of the time: 0.9 of the copies are kept, so F is right 0.74
    const copied = tableFromCounts(
      [0, 1].map((f) => [0, 1].map((l) => [0, 1].map((y) => hit(l, y, 0.8) * hit(f, l, 0.9) * 0.5))),
    );
    const apart = tableFromCounts(
      [0, 1].map((f) => [0, 1].map((l) => [0, 1].map((y) => hit(f, y, 0.74) * hit(l, y, 0.8) * 0.5))),
    );
    withIndependentErrors(copied).counts.forEach((count, i) => {
      expect(count).toBeCloseTo(apart.counts[i]!, 14);
    });
    expect(informationOf(copied).explained).toBeGreaterThan(
      informationOf(withIndependentErrors(copied)).explained + 0.05,
    );
  });
});

describe("bootstrap of several tables", () => {
  test("errors of one estimate are those of bootstrapError and of the delta method", () => {
    const { labels, simple, network } = models(2, [0.85, 0.75], 4, 0.5);
    const repetitions = 400;
    const [{ value, error }] = jointBootstrap({
      ...{ labels, seed: 1, repetitions, pairs: [{ network, simple }] },
      statistic: mu,
    }) as [{ value: number; error: number }];
    const table = countTable(network, simple, labels);
    expect(value).toBeCloseTo(performanceCorrelation(table).explained, 11);
    // an error by 400 repetitions has a relative error of 1 / sqrt(800) = 0.035; two of them differ by 0.05
    expect(error).toBeWithinRelative(bootstrapError(table, { seed: 2, repetitions }), 0.2);
    expect(error).toBeWithinRelative(performanceCorrelation(table).errors.explained, 0.2);
  });

  test("draws the same samples for all tables: the difference of a model from itself has no error", () => {
    const { labels, simple, network } = models(3, [0.8, 0.6], 5);
    const pair = { network, simple };
    const [difference, sum] = jointBootstrap({
      ...{ labels, seed: 3, repetitions: 20, pairs: [pair, pair] },
      statistic: (tables) => {
        const [a, b] = tables.map((table) => informationOf(table).explained) as [number, number];
        return [a - b, a + b];
      },
    });
    expect(difference!.error).toBe(0);
    expect(sum!.error).toBeGreaterThan(0.01);
  });

  test("its errors cover the truth as often as two standard errors should", () => {
    const truth = informationOf(
      withIndependentErrors(
        tableFromCounts(
          [0, 1].map((f) =>
            [0, 1].map((l) => [0, 1].map((y) => (f === y ? 0.85 : 0.15) * (l === y ? 0.75 : 0.25) * 0.5)),
          ),
        ),
      ),
    ).explained;
    let covered = 0;
    const trials = 100;
    for (let seed = 0; seed < trials; seed++) {
      const { labels, simple, network } = models(2, [0.85, 0.75], 100 + seed);
      const [{ value, error }] = jointBootstrap({
        ...{ labels, seed, repetitions: 60, pairs: [{ network, simple }] },
        statistic: mu,
      }) as [{ value: number; error: number }];
      if (Math.abs(value - truth) < 2 * error) covered++;
    }
    // binomial with p = 0.95: 100 trials give 95 +- 2.2
    expect(covered).toBeGreaterThanOrEqual(95 - 4 * 2.2);
  });

  test("leaves out repetitions without a value", () => {
    const { labels, simple, network } = models(2, [0.85, 0.75], 6);
    let call = 0;
    const estimates = jointBootstrap({
      ...{ labels, seed: 3, repetitions: 10, pairs: [{ network, simple }] },
      statistic: (tables) => {
        call++;
        return [...mu(tables), call === 1 || call % 2 === 0 ? mu(tables)[0]! : Number.NaN, Number.NaN];
      },
    });
    expect(estimates[1]!.error).toBeGreaterThan(0);
    expect(estimates[1]!.error).not.toBe(estimates[0]!.error);
    expect(estimates[2]!.error).toBeNaN();
    expect(() =>
      jointBootstrap({ ...{ labels, seed: 3, repetitions: 1, pairs: [] }, statistic: () => [] }),
    ).toThrow(/repetitions is 1/);
  });
});
