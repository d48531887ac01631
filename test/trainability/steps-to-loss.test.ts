import { describe, expect, test } from "vitest";
import { modalLoss, stepsToLoss } from "../../src/trainability/index.js";

const problem = { eigenvalues: [8, 2, 0.5, 0.1], energies: [5, 3, 2, 1] };

describe("stepsToLoss", () => {
  test("of one mode under flow is (n / 2 lambda) log(loss_0 / target)", () => {
    const single = { eigenvalues: [3], energies: [4] };
    const { value, status, loss } = stepsToLoss(single, 0.01, { kind: "flow" });
    expect(status).toBe("reached");
    expect(value!).toBeWithinRelative(Math.log(2 / 0.01) / 6, 1e-12);
    expect(loss).toBeWithinRelative(0.01, 1e-11);
  });

  test("under flow meets the target and not earlier", () => {
    for (const target of [1.2, 0.3, 1e-3, 1e-9]) {
      const { value } = stepsToLoss(problem, target, { kind: "flow" });
      expect(modalLoss(problem, { kind: "flow", time: value! })).toBeLessThanOrEqual(target);
      expect(modalLoss(problem, { kind: "flow", time: value! * (1 - 1e-9) })).toBeGreaterThan(target);
    }
  });

  test.each([0.01, 0.3, 0.9, 0.99])(
    "under descent is the first step at which a plain loop meets the target, eta %f",
    (eta) => {
      const n = 4;
      for (const target of [1.2, 0.3, 0.01]) {
        let step = 0;
        const residual = problem.energies.map(Math.sqrt);
        const loss = () => residual.reduce((s, r) => s + r * r, 0) / (2 * n);
        while (loss() > target) {
          for (let i = 0; i < n; i++) residual[i]! *= 1 - (eta * problem.eigenvalues[i]!) / n;
          step++;
        }
        expect(stepsToLoss(problem, target, { kind: "gd", learningRate: eta }).value).toBe(step);
      }
    },
  );

  test("with a ridge ends above zero: a target below that is unreachable, with the reason", () => {
    const ridged = { ...problem, ridge: 0.5 };
    const floor = modalLoss(ridged, { kind: "flow", time: Number.POSITIVE_INFINITY });
    const expected =
      [8, 2, 0.5, 0.1].reduce((s, l, i) => s + (0.5 / (l + 0.5)) ** 2 * problem.energies[i]!, 0) / 8;
    expect(floor).toBeWithinRelative(expected, 1e-14);
    const never = stepsToLoss(ridged, floor * 0.99, { kind: "flow" });
    expect(never).toMatchObject({ value: null, status: "unreachable", loss: floor });
    expect(never.reason).toMatch(/ridge 0.5/);
    const { value } = stepsToLoss(ridged, floor * 1.01, { kind: "flow" });
    expect(modalLoss(ridged, { kind: "flow", time: value! })).toBeWithinRelative(floor * 1.01, 1e-9);
  });

  test.each([1.2, 1.5, 1.9])(
    "with a ridge and overshooting steps (eta lambda / n = %f), single steps on the other side do not count",
    (x) => {
      // one mode: the share (r + lambda decay) / (lambda + r) swings around its end r / (lambda + r)
      const [lambda, ridge] = [1, 0.3];
      const learningRate = x / (lambda + ridge);
      let share = 1;
      const shares = [share];
      for (let k = 0; k < 400; k++) {
        share -= learningRate * ((lambda + ridge) * share - ridge); // plain descent on the ridged loss
        shares.push(share);
      }
      const loss = shares.map((s) => (s * s) / 2);
      const target = loss.at(-1)! * 1.1;
      const { value } = stepsToLoss({ eigenvalues: [lambda], energies: [1], ridge }, target, {
        kind: "gd",
        learningRate,
      });
      const stays = loss.length - [...loss].reverse().findIndex((l) => l > target);
      const first = loss.findIndex((l) => l <= target);
      expect(first).toBeLessThan(stays); // here descent meets the target once and leaves it again
      // the bound |decay| may come one step later than the last loss above the target
      expect(value!).toBeGreaterThanOrEqual(stays);
      expect(value!).toBeLessThanOrEqual(stays + 1);
    },
  );

  test("is 0 when the loss is there from the start", () => {
    expect(stepsToLoss(problem, 100, { kind: "flow" })).toMatchObject({ value: 0, status: "reached" });
    expect(stepsToLoss(problem, 100, { kind: "gd", learningRate: 1e9 }).value).toBe(0);
  });

  test("modes with eigenvalue 0 keep their energy: unreachable below it", () => {
    const singular = { eigenvalues: [4, 1, 1e-20], energies: [1, 1, 0.3] };
    const never = stepsToLoss(singular, 0.04, { kind: "flow" });
    expect(never).toMatchObject({ value: null, status: "unreachable" });
    expect(never.loss).toBeWithinRelative(0.05, 1e-14);
    expect(stepsToLoss(singular, 0.051, { kind: "flow" }).status).toBe("reached");
    // exactly the floor is approached for ever, never met before the shares underflow
    expect(stepsToLoss({ ...singular, energies: [1, 1, 0] }, 0, { kind: "flow" }).value).toBeGreaterThan(100);
  });

  test("above the stable learning rate diverges, unless the unstable modes carry nothing", () => {
    const fast = stepsToLoss(problem, 0.1, { kind: "gd", learningRate: 1.01 });
    expect(fast).toMatchObject({ value: null, status: "diverges", loss: Number.POSITIVE_INFINITY });
    expect(fast.reason).toMatch(/stable limit 1: 1 of 4 modes/);
    const silent = { ...problem, energies: [0, 3, 2, 1] };
    expect(stepsToLoss(silent, 0.1, { kind: "gd", learningRate: 1.01 }).status).toBe("reached");
  });

  test("slow modes need kappa steps: hundreds of millions are counted exactly", () => {
    const slow = { eigenvalues: [1, 1e-8], energies: [0, 1] };
    const { value } = stepsToLoss(slow, 0.25 / Math.E ** 2, { kind: "gd", learningRate: 1 });
    expect(Math.abs(value! - 2e8)).toBeLessThanOrEqual(2);
  });

  test("refuses what is not a problem", () => {
    expect(() => stepsToLoss({ eigenvalues: [], energies: [] }, 1, { kind: "flow" })).toThrow(/at least one/);
    expect(() => stepsToLoss({ eigenvalues: [1], energies: [1, 2] }, 1, { kind: "flow" })).toThrow(
      /2 energies/,
    );
    expect(() => stepsToLoss(problem, Number.NaN, { kind: "flow" })).toThrow(/target is NaN/);
    expect(() => stepsToLoss({ ...problem, energies: [1, 1, 1, -1] }, 1, { kind: "flow" })).toThrow(
      /energies\[3\]/,
    );
    expect(() => stepsToLoss(problem, 1, { kind: "gd", learningRate: 0 })).toThrow(/learningRate is 0/);
  });
});
