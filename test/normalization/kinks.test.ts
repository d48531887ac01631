import { describe, expect, test } from "vitest";
import { lazyFlow } from "../../src/dynamics/index.js";
import type { ForetrainError } from "../../src/errors.js";
import { finiteModel } from "../../src/finite/index.js";
import { activationLayer, dense, expression, input, network } from "../../src/network/index.js";
import {
  gammaFlow,
  gammaForecast,
  meanFieldFlow,
  type ShallowProblem,
  sampleParticles,
} from "../../src/normalization/index.js";
import { matrix } from "../../src/numeric/matrix.js";
import { createRng } from "../../src/numeric/random.js";

const NORMAL = { kind: "normal", variance: 1 } as const;
const UNITS = 30;

function problemOf(name: string, times: readonly number[] = [0, 1, 4]): ShallowProblem {
  const rng = createRng(5);
  const shallow = { activation: activationLayer(name), outer: NORMAL, inner: [NORMAL, NORMAL] };
  return {
    network: shallow,
    particles: sampleParticles(shallow, UNITS, { seed: 7 }),
    x: matrix(5, 2, rng.fork("x").normals(new Float64Array(10))),
    testX: matrix(3, 2, rng.fork("test").normals(new Float64Array(6))),
    y: rng.fork("y").normals(new Float64Array(5)),
    times,
    tolerance: 1e-8,
  };
}

/** The units as a network of their own, and its gradient flow. */
function byError({ particles, x, testX, y, times, network: { activation } }: ShallowProblem, eps: number) {
  const model = finiteModel(
    network(input([2]), dense(UNITS, { weightVariance: 2 }), activation, dense(1, { weightVariance: UNITS })),
  );
  const parameters = new Float64Array(model.parameterCount);
  const rates = new Float64Array(model.parameterCount);
  for (let i = 0; i < UNITS; i++) {
    for (let a = 0; a < 2; a++) {
      parameters[a * UNITS + i] = particles.inner[2 * i + a]!;
      rates[a * UNITS + i] = UNITS;
    }
    parameters[2 * UNITS + i] = particles.outer[i]! / UNITS;
    rates[2 * UNITS + i] = 1 / UNITS;
  }
  return lazyFlow({
    model,
    parameters,
    rates,
    x: { data: x.data, shape: x.shape },
    testX: { data: testX!.data, shape: testX!.shape },
    y: { data: y, shape: [5, 1] },
    times,
    eps,
    startOutputs: { train: new Float64Array(5), test: new Float64Array(3) },
    tolerance: 1e-7,
  });
}

describe("flows through kinks", () => {
  test.each([
    ["relu", 1],
    ["leakyRelu", 0.4],
    ["abs", 1],
    ["elu", 1],
  ] as const)("%s at eps %s: outputs are as close as stated to those of much finer steps", (name, eps) => {
    const { train, test: held, evenSteps } = meanFieldFlow(problemOf(name, [0, 0.5, 1]), eps);
    // times themselves are stops
    const each = Math.ceil(4 / evenSteps!.step);
    const dense = Array.from({ length: 2 * each + 1 }, (_, i) => i / (2 * each));
    const fine = meanFieldFlow(problemOf(name, dense), eps);
    expect(fine.evenSteps!.step).toBeLessThanOrEqual(evenSteps!.step / 8);
    let off = 0;
    for (const [side, of] of [
      [train, fine.train],
      [held!, fine.test!],
    ] as const) {
      [0, each, 2 * each].forEach((at, t) => {
        side[t]!.forEach((value, i) => {
          off = Math.max(off, Math.abs(value - of[at]![i]!));
        });
      });
    }
    expect(off).toBeLessThanOrEqual(evenSteps!.error + fine.evenSteps!.error);
    // all outputs are below 3
    expect(evenSteps!.error).toBeLessThan(3e-3);
    expect(evenSteps!.step).toBeLessThanOrEqual(0.1);
  });

  test("smooth activations keep steps by error", () => {
    const problem = problemOf("tanh");
    const { train, evenSteps } = meanFieldFlow(problem, 0.7);
    expect(evenSteps).toBeNull();
    const exact = byError(problem, 0.7);
    train[2]!.forEach((value, i) => {
      expect(Math.abs(value - exact.train[2]![i]!)).toBeLessThan(1e-6);
    });
  });

  test("alpha is the clock: twice the rate reaches the same outputs in half of the time and of the step", () => {
    const slow = meanFieldFlow(problemOf("relu"), 1);
    const fast = meanFieldFlow({ ...problemOf("relu", [0, 0.5, 2]), alpha: 2 }, 1);
    expect(fast.train).toEqual(slow.train);
    expect(fast.evenSteps).toEqual({ ...slow.evenSteps, step: slow.evenSteps!.step / 2 });
  });

  test("inputs of any size find a stable step", () => {
    const problem = problemOf("relu", [0, 0.01]);
    const large = {
      ...problem,
      x: matrix(
        5,
        2,
        problem.x.data.map((value) => 30 * value),
      ),
    };
    const { evenSteps, train } = meanFieldFlow(large, 1);
    expect(evenSteps!.step).toBeLessThan(0.005);
    // the slope of the squared error is never up
    const error = (at: Float64Array) => at.reduce((sum, g, i) => sum + (problem.y[i]! - g) ** 2, 0);
    expect(error(train[1]!)).toBeLessThan(error(train[0]!));
  });

  test("a forecast names the steps at the gammas that have a flow, with progress in t, and stops when told to", async () => {
    const problem = problemOf("relu");
    const seen = new Set<string>();
    const { gammas, refusal } = await gammaForecast({
      problem,
      units: 50,
      gammas: [0.5, 0.8, 1],
      onProgress: ({ label, total, unit }) => seen.add(`${label}: ${total} ${unit}`),
    });
    expect(refusal).toMatch(
      /^relu has a kink at 0, where .* do not exist; a smooth activation such as gelu or softplus has them$/,
    );
    expect(gammas.map(({ evenSteps }) => evenSteps !== null)).toEqual([false, true, true]);
    expect(seen).toContain("flow at gamma 0.8: 4 t");
    expect(seen).toContain("flow at gamma 1: 4 t");
    const stop = new AbortController();
    const started = gammaFlow(problemOf("relu", [0, 2000]), 50, 1, {
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    await expect(started).rejects.toMatchObject({ code: "ERR_ABORTED" });
  });

  test("kinks in what outgrows its argument are refused before the first step where steps would be too many, and pass up to the time that is named", async () => {
    const steep = { ...problemOf("relu").network, activation: expression("max(x, x^4)") };
    let steps = 0;
    const flow = (end: number) =>
      gammaFlow({ ...problemOf("relu", [0, end]), network: steep, tolerance: 0.5 }, 50, 1, {
        onProgress: () => steps++,
      });
    const error = await flow(50).then(
      () => null,
      (reason: ForetrainError) => reason,
    );
    expect(error).toMatchObject({
      code: "ERR_NUMERICAL",
      message: expect.stringMatching(
        /max\(x, x\^4\) has kinks and grows like \|x\|\^4, .* even steps to t = 50 would be more than 20,000; use times up to/,
      ),
    });
    expect(steps).toBe(0);
    const most = error!.details["expected"] as number;
    expect(most).toBeLessThan(50);
    expect((await flow(most / 4)).evenSteps).not.toBeNull();
    expect(steps).toBeGreaterThan(0);
    // relu takes as many steps as it likes: none of its units outruns the others
    const long = problemOf("relu", [0, 1500]);
    const stop = new AbortController();
    const relu = gammaFlow(long, 50, 1, { signal: stop.signal, onProgress: () => stop.abort() });
    await expect(relu).rejects.toMatchObject({ code: "ERR_ABORTED" });
  });
});
