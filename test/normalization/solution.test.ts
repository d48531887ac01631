import { describe, expect, test } from "vitest";
import { waveProblem } from "../../src/data/index.js";
import {
  compareShallow,
  gammaFlow,
  gammaForecast,
  gammaNeedsFlow,
  gammaPoint,
  type Law,
  parseLaw,
  type ShallowProblem,
  shallowFromLaws,
  shallowSetup,
  shallowSolution,
  termRounding,
  termSizes,
  trainShallowEnsemble,
} from "../../src/normalization/index.js";
import { normalQuantile } from "../../src/numeric/special/index.js";

const NORMAL: Law = { kind: "normal", variance: 1 };

/** Few points and few units: nothing here asks for accuracy of the limit. */
async function small(outer: Law = NORMAL) {
  const wave = waveProblem({ kind: "line", train: 4, test: 5, seed: 0 });
  const { network, inputs } = shallowFromLaws({
    activation: { kind: "activation", name: "tanh" },
    outer,
    inner: NORMAL,
    bias: NORMAL,
    columns: 1,
  });
  const { problem } = await shallowSetup(
    network,
    { x: inputs(wave.train.x), testX: inputs(wave.test.x), y: wave.train.y },
    { particles: 800 },
  );
  return { wave, problem: { ...problem, times: [0, 1, 3], tolerance: 1e-8 } satisfies ShallowProblem };
}

describe("a solution once for all gammas and widths", () => {
  test("sums up to the bits of the forecast, at another N too", async () => {
    const { problem, wave } = await small();
    const solution = await shallowSolution(problem, { corrections: 3 });
    for (const units of [30, 500]) {
      // 0.875 makes the forecast compute the same three corrections
      const gammas = [0.5, 0.75, 0.875, 0.95, 1];
      const forecast = await gammaForecast({ problem, units, gammas, testY: wave.test.y });
      for (const point of forecast.gammas) {
        const { gamma } = point;
        const flow = gammaNeedsFlow(solution, gamma) ? await gammaFlow(problem, units, gamma) : null;
        expect(flow !== null).toBe(gamma > 0.9);
        expect(gammaPoint(solution, { units, gamma, y: problem.y, testY: wave.test.y, flow })).toEqual(point);
      }
    }
  });

  test("term sizes fall with N as N^(-j (1 - gamma)), by any time", async () => {
    const { problem } = await small();
    const { expansion } = await shallowSolution(problem, { corrections: 2 });
    for (const time of [1, 2]) {
      const [a, b] = [100, 10_000].map((units) => termSizes(expansion!, units ** -0.25, time));
      expect(a).toHaveLength(2);
      a!.forEach((size, k) => {
        expect(size).toBeGreaterThan(0);
        expect(size / b![k]!).toBeWithinRelative(100 ** (0.25 * (k + 1)), 1e-12);
      });
    }
    // nothing has moved at the start
    expect(termSizes(expansion!, 0.5, 0)).toEqual([0, 0]);
  });

  test("what rounding leaves of terms goes with the largest output, and with eps", () => {
    const at = (...values: number[]) => Float64Array.from(values);
    const train = [
      [at(0, 0), at(-3, 1)],
      [at(0, 0), at(1, 1)],
      [at(0, 0), at(1, 1)],
    ];
    const times = [0, 1];
    const of = (more: typeof train | null) =>
      termRounding({ times, train, test: more }, 0.5).map((size) => size * 1e15);
    expect(of(null)).toEqual([expect.closeTo(1.5), expect.closeTo(0.75)]);
    const test = [
      [at(0), at(8)],
      [at(0), at(1)],
      [at(0), at(1)],
    ];
    expect(of(test)).toEqual([expect.closeTo(4), expect.closeTo(2)]);
  });

  test("the odd terms of a law that is symmetric are below rounding", async () => {
    const { problem } = await small();
    const { expansion } = await shallowSolution(problem, { corrections: 3 });
    const [q1, q2, q3] = termSizes(expansion!, 0.5, 2);
    const [r1, r2, r3] = termRounding(expansion!, 0.5);
    expect([q1! < r1!, q2! < r2!, q3! < r3!]).toEqual([true, false, true]);
  });

  test("says that a flow is missing, and that targets do not fit", async () => {
    const { problem, wave } = await small();
    const solution = await shallowSolution(problem, { corrections: 1 });
    const base = { units: 50, y: problem.y, testY: wave.test.y };
    expect(() => gammaPoint(solution, { ...base, gamma: 1 })).toThrow(/expected the flow of gammaFlow/);
    expect(() => gammaPoint(solution, { ...base, gamma: 0.4 })).toThrow(/gamma is 0.4/);
    expect(() => gammaPoint(solution, { ...base, gamma: 0.6, testY: new Float64Array(2) })).toThrow(
      /2 test targets, expected 5/,
    );
  });

  test("has neither limit nor expansion where the outer law has another mean: every gamma needs its flow", async () => {
    const { problem } = await small(parseLaw("outer", "uniform:0:1"));
    const solution = await shallowSolution(problem);
    expect([solution.limit, solution.expansion, solution.centred]).toEqual([null, null, false]);
    expect(gammaNeedsFlow(solution, 0.5)).toBe(true);
  });
});

describe("an ensemble that is trained part by part", () => {
  test("has the networks of the whole one", async () => {
    const { problem } = await small();
    const options = { ...problem, cases: [{ units: 20, gamma: 0.7 }], seed: 5, threads: 1 };
    const [whole] = await trainShallowEnsemble({ ...options, runs: 7 });
    const [first] = await trainShallowEnsemble({ ...options, runs: 4 });
    const [rest] = await trainShallowEnsemble({ ...options, runs: 3, firstRun: 4 });
    for (const side of ["train", "test"] as const) {
      whole![side]!.forEach(({ data }, t) => {
        expect([...data]).toEqual([...first![side]![t]!.data, ...rest![side]![t]!.data]);
      });
    }
  });

  test("is compared at any time: z of its means by hand", async () => {
    const { problem, wave } = await small();
    const units = 20;
    const [trained] = await trainShallowEnsemble({
      ...problem,
      cases: [{ units, gamma: 0.5 }],
      runs: 6,
      seed: 1,
    });
    const solution = await shallowSolution(problem, { corrections: 1 });
    const point = gammaPoint(solution, { units, gamma: 0.5, y: problem.y, testY: wave.test.y });
    const targets = { train: problem.y, test: wave.test.y };
    const { z } = compareShallow(trained!, point, targets, 1);
    const squares: number[] = [];
    // the tail of Student's law with 5 degrees in closed form; 6 networks know their spread badly, so z is nearer to 0 than t
    const deviate = (t: number) => {
      const angle = Math.atan(Math.abs(t) / Math.sqrt(5));
      const inner =
        (2 / Math.PI) * (angle + Math.sin(angle) * (Math.cos(angle) + (2 / 3) * Math.cos(angle) ** 3));
      const z = normalQuantile((1 - inner) / 2);
      expect(Math.abs(z)).toBeLessThan(Math.abs(t));
      return z;
    };
    for (const side of ["train", "test"] as const) {
      const { data, shape } = trained![side]![1]!;
      for (let j = 0; j < shape[1]; j++) {
        const column = Array.from({ length: 6 }, (_, i) => data[i * shape[1] + j]!);
        const mean = column.reduce((a, b) => a + b, 0) / 6;
        const variance = column.reduce((a, b) => a + (b - mean) ** 2, 0) / 5;
        squares.push(deviate((mean - point[side]!.mean[1]![j]!) / Math.sqrt(variance / 6)) ** 2);
      }
    }
    expect(z.rms).toBeWithinRelative(Math.sqrt(squares.reduce((a, b) => a + b, 0) / 9), 1e-9);
    expect(z.largest).toBeWithinRelative(Math.sqrt(Math.max(...squares)), 1e-9);
    expect(compareShallow(trained!, point, targets).z.rms).not.toBe(z.rms);
  });
});
