import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

const counted = vi.hoisted(() => ({
  steps: 0,
  derivatives: 0,
  onStep: null as ((step: number) => void) | null,
}));
vi.mock("../../../src/numeric/ode.js", async (original) => {
  const real = await original<typeof import("../../../src/numeric/ode.js")>();
  function* odeSteps(...input: Parameters<typeof real.odeSteps>): ReturnType<typeof real.odeSteps> {
    const steps = real.odeSteps(...input);
    for (;;) {
      const { done, value } = steps.next();
      if (done === true) return value;
      counted.steps++;
      counted.onStep?.(counted.steps);
      yield;
    }
  }
  return { ...real, odeSteps };
});
vi.mock("../../../src/dynamics/noise/output-derivatives.js", async (original) => {
  const real = await original<typeof import("../../../src/dynamics/noise/output-derivatives.js")>();
  const outputDerivatives: typeof real.outputDerivatives = (...input) => {
    counted.derivatives++;
    return real.outputDerivatives(...input);
  };
  return { ...real, outputDerivatives };
});
vi.mock("../../../src/dynamics/noise/noise-tensors.js", async (original) => {
  const real = await original<typeof import("../../../src/dynamics/noise/noise-tensors.js")>();
  const modeTensors: typeof real.modeTensors = (...input) => {
    counted.derivatives++;
    return real.modeTensors(...input);
  };
  return { ...real, modeTensors };
});

import { noiseExpansion, noisyEvolution } from "../../../src/dynamics/index.js";
import { portableNetwork } from "../portable-network.js";

const { model, theta, x, y, testX } = portableNetwork();
const common = { model, parameters: theta, x, y, testX, noise: 0.1, order: 3, times: [2] } as const;

beforeEach(() => {
  counted.steps = 0;
  counted.derivatives = 0;
  counted.onStep = null;
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe.each(["dense", "lowRank"] as const)("noise expansion by the %s path", (method) => {
  test("stops inside its equations within a step of being told to", async () => {
    await noiseExpansion({ ...common, method });
    const all = counted.steps;
    // every look at the clock is a second after the last one, so that the signal is looked at after every step
    let now = 0;
    vi.spyOn(performance, "now").mockImplementation(() => (now += 1000));
    for (const stopAt of [3, Math.floor(all / 2)]) {
      const cancel = new AbortController();
      counted.steps = 0;
      counted.onStep = (step) => {
        if (step === stopAt) cancel.abort();
      };
      await expect(noiseExpansion({ ...common, method, signal: cancel.signal })).rejects.toMatchObject({
        code: "ERR_ABORTED",
      });
      expect(counted.steps).toBe(stopAt);
      expect(counted.steps).toBeLessThan(all);
    }
  });

  test("makes the derivatives once for a strength of noise and for none, with the bits of each alone", async () => {
    const { at } = await noisyEvolution({ ...common, method });
    expect(counted.derivatives).toBe(1);
    const [noisy] = await noiseExpansion({ ...common, method });
    const [quiet] = await noiseExpansion({ ...common, method, noise: 0 });
    const mean = (terms: readonly Float64Array[]) =>
      Array.from(terms[0]!, (_, i) => terms.reduce((sum, term) => sum + term[i]!, 0));
    const [shifted, without] = [mean(noisy!.terms), mean(quiet!.terms)];
    expect([...at[0]!.train.mean, ...at[0]!.test!.mean]).toEqual(shifted);
    expect([...at[0]!.train.noiseEffect, ...at[0]!.test!.noiseEffect]).toEqual(
      shifted.map((value, i) => value - without[i]!),
    );
  });
});
