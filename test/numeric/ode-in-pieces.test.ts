import { expect, test } from "vitest";
import { odeSteps, solveOde, toEndInPieces } from "../../src/numeric/ode.js";

const decay = (rate: number) => (_: number, y: Float64Array, out: Float64Array) => {
  out[0] = -rate * (y[0]! - 1);
};

test("a solution in pieces has the bits of one at once", async () => {
  const [start, times] = [Float64Array.of(0), [0.1, 2]];
  const inPieces = await toEndInPieces(odeSteps(decay(300), start, times));
  expect(inPieces).toEqual(solveOde(decay(300), start, times));
});

test("a solution that would take for ever stops when a timer fires the signal", async () => {
  const cancel = new AbortController();
  setTimeout(() => cancel.abort(), 1);
  // some 1e12 / 3 steps
  const steps = odeSteps(decay(1e12), Float64Array.of(0), [1], { maxSteps: 1e13 });
  await expect(toEndInPieces(steps, cancel.signal)).rejects.toMatchObject({ code: "ERR_ABORTED" });
});
