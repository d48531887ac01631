import { describe, expect, test } from "vitest";
import { activation } from "../../src/activations/index.js";
import { isForetrainError } from "../../src/errors.js";
import {
  chi1,
  criticalWeightVariance,
  cStar,
  meanField,
  type PhaseDiagram,
  phaseDiagram,
  qStar,
} from "../../src/meanfield/index.js";
import { createRng } from "../../src/numeric/random.js";

const axis = (start: number, stop: number, count: number) =>
  Float64Array.from({ length: count }, (_, i) => start + ((stop - start) * i) / (count - 1));

/** Largest errors of a diagram against the direct solvers on every third row and seventh column. */
function worst(name: string, diagram: PhaseDiagram) {
  const phi = activation(name);
  const cols = diagram.weightVariance.length;
  const error = { q: 0, chi1: 0, c: 0, chiC: 0, presence: 0, points: 0 };
  for (let i = 0; i < diagram.biasVariance.length; i += 3) {
    for (let j = 0; j < cols; j += 7) {
      const at = i * cols + j;
      const layer = {
        activation: phi,
        weightVariance: diagram.weightVariance[j]!,
        biasVariance: diagram.biasVariance[i]!,
      };
      const { value: q } = qStar(layer);
      const mapped = diagram.qStar.data[at]!;
      error.points++;
      if (Number.isNaN(q) !== Number.isNaN(mapped)) error.presence++;
      if (!(q > 0)) continue;
      error.q = Math.max(error.q, Math.abs(mapped / q - 1));
      const fixed = cStar(layer, q);
      error.c = Math.max(error.c, Math.abs(diagram.cStar.data[at]! - fixed.value));
      if (phi.derivative === null) continue;
      error.chi1 = Math.max(error.chi1, Math.abs(diagram.chi1.data[at]! - chi1(layer, q)));
      error.chiC = Math.max(error.chiC, Math.abs(diagram.chiC.data[at]! - fixed.slope));
    }
  }
  return error;
}

describe("phaseDiagram", () => {
  // every kind of table: closed form, Mehler, fixed points that exist only in part of the plane, maps that are not monotone
  test.each(["erf", "tanh", "gelu", "softplus", "exp", "cos", "sin"])(
    "of %s agrees with the direct solvers to 1e-6 on a sample",
    async (name) => {
      const diagram = await phaseDiagram(activation(name), {
        weightVariance: axis(0.05, 4, 80),
        biasVariance: axis(0, 0.6, 13),
      });
      const error = worst(name, diagram);
      expect(error.points).toBe(60);
      expect(error.presence).toBe(0);
      for (const key of ["q", "chi1", "c", "chiC"] as const) expect(error[key], key).toBeLessThan(1e-6);
    },
  );

  test.each(["tanh", "erf", "gelu", "elu", "sin"])(
    "of %s agrees with the exact reading to 1e-7 at random points and beside the critical line",
    async (name) => {
      const phi = activation(name);
      const rng = createRng(11);
      const count = 12;
      const sorted = (scale: number) =>
        rng
          .normals(new Float64Array(count))
          .map((z) => scale * (0.1 + Math.abs(z)))
          .sort();
      const bias = sorted(0.3);
      const near = Array.from(bias.subarray(0, 4)).flatMap((b) => {
        const critical = criticalWeightVariance(phi, b).value;
        return [1e-6, 1e-4, 1e-2].flatMap((step) => [critical * (1 - step), critical * (1 + step)]);
      });
      const weight = Float64Array.from([...sorted(1.2), ...near].filter((w) => Number.isFinite(w))).sort();
      const diagram = await phaseDiagram(phi, { weightVariance: weight, biasVariance: bias });
      let compared = 0;
      for (let i = 0; i < count; i++) {
        for (let j = i % 3; j < weight.length; j += 3) {
          const at = i * weight.length + j;
          const field = meanField({ activation: phi, weightVariance: weight[j]!, biasVariance: bias[i]! });
          if (field.qStar === null) {
            expect(diagram.qStar.data[at]).toBeNaN();
            continue;
          }
          compared++;
          const { qStar, chi1, cStar, chiC, phase } = diagram;
          expect(qStar.data[at]!).toBeWithinRelative(field.qStar, 1e-7);
          expect(Math.abs(chi1.data[at]! - field.chi1!)).toBeLessThan(1e-7);
          // next to the critical line 1 - c* = 2 (chi_1 - 1) / C''(1), and what is lost of chi_1 - 1 is lost there
          expect(Math.abs(cStar.data[at]! - field.cStar!)).toBeLessThan(1e-6);
          expect(Math.abs(chiC.data[at]! - field.chiC!)).toBeLessThan(1e-6);
          if (Math.abs(field.distance!) > 2e-6) {
            expect(phase.data[at]).toBe({ ordered: -1, critical: 0, chaotic: 1 }[field.phase!]);
          }
        }
      }
      expect(compared).toBeGreaterThan(39);
    },
  );

  test("costs the same number of expectations whatever the grid", async () => {
    const of = (count: number) =>
      phaseDiagram(activation("tanh"), {
        weightVariance: axis(0.05, 4, count),
        biasVariance: axis(0.01, 0.5, count),
      });
    const [small, large] = [await of(5), await of(500)];
    expect(large.qStar.data).toHaveLength(250_000);
    expect(large.direct).toBe(0);
    expect(large.evaluations.moments).toBe(small.evaluations.moments);
    expect(large.evaluations.moments).toBeLessThan(150);
    expect(large.evaluations.pairs).toBeLessThan(2000);
    // against one fixed point of each point alone: millions
    expect(large.criticalLine).toHaveLength(500);
  });

  test("takes few steps a point: each starts from its neighbour's answer", async () => {
    const { evaluations } = await phaseDiagram(activation("tanh"), {
      weightVariance: axis(0.05, 5, 200),
      biasVariance: axis(0, 0.5, 200),
    });
    // quadratic convergence from a start that is right to some 1e-4: two steps, and one that sees that it stays
    expect(evaluations.lengthSteps / 40_000).toBeLessThan(4);
    // at the least two at the ends, two beside the last cell and six for the polynomial, in the chaotic part alone
    expect(evaluations.lookups / 40_000).toBeLessThan(12);
  });

  test("takes the fixed point that the trajectory from 1 runs into, where there are several", async () => {
    // exp has two fixed points below its fold: the lower one attracts, from above the upper one everything diverges
    const diagram = await phaseDiagram(activation("exp"), {
      weightVariance: axis(0.01, 0.4, 40),
      biasVariance: axis(0, 0.3, 7),
    });
    const error = worst("exp", diagram);
    expect(error.presence).toBe(0);
    expect(error.q).toBeLessThan(1e-7);
    // 2 w e^(2 q) is the slope: stable ones only
    for (const [at, q] of diagram.qStar.data.entries()) {
      const w = diagram.weightVariance[at % 40]!;
      if (!Number.isNaN(q)) expect(2 * w * Math.exp(2 * q)).toBeLessThan(1);
    }
    expect(diagram.qStar.data.some(Number.isNaN)).toBe(true);
  });

  test("of sign has q* and c*, and NaN for chi_1 and what follows from it", async () => {
    const diagram = await phaseDiagram(activation("sign"), {
      weightVariance: axis(0.1, 2, 14),
      biasVariance: axis(0, 1, 4),
    });
    const error = worst("sign", diagram);
    expect(error.q).toBeLessThan(1e-13);
    expect(error.c).toBeLessThan(1e-12);
    expect(diagram.chi1.data.every(Number.isNaN)).toBe(true);
    expect(diagram.criticalLine).toEqual([]);
  });

  test("of relu has chi_1 everywhere and q* only below the critical line", async () => {
    const diagram = await phaseDiagram(activation("relu"), {
      weightVariance: [0, 1, 2, 3],
      biasVariance: [0, 0.5],
    });
    expect([...diagram.chi1.data]).toEqual([0, 0.5, 1, 1.5, 0, 0.5, 1, 1.5]);
    expect([...diagram.qStar.data]).toEqual([0, 0, 1, Number.NaN, 0.5, 1, Number.NaN, Number.NaN]);
    expect(diagram.criticalLine.map(({ weightVariance }) => weightVariance)).toEqual([2, 2]);
    expect(diagram.xi1.data[2]).toBe(Number.POSITIVE_INFINITY);
    expect([...diagram.phase.data]).toEqual([-1, -1, 0, Number.NaN, -1, -1, Number.NaN, Number.NaN]);
  });

  test("has the critical line where chi_1 crosses 1, and c* leaves 1 there", async () => {
    const weights = axis(0.5, 3, 126);
    const diagram = await phaseDiagram(activation("tanh"), {
      weightVariance: weights,
      biasVariance: [0.05, 0.18],
    });
    for (const [i, b] of [0.05, 0.18].entries()) {
      const critical = criticalWeightVariance(activation("tanh"), b).value;
      expect(diagram.criticalLine[i]!.weightVariance).toBeWithinRelative(critical, 1e-8);
      for (let j = 0; j < weights.length; j++) {
        const at = i * weights.length + j;
        expect(diagram.chi1.data[at]! < 1).toBe(weights[j]! < critical);
        expect(diagram.cStar.data[at]! === 1).toBe(weights[j]! < critical);
      }
    }
  });

  test("reports progress from 0 to all, and stops when cancelled", async () => {
    const seen: number[] = [];
    const axes = { weightVariance: axis(0.1, 2, 300), biasVariance: axis(0, 1, 200) };
    await phaseDiagram(activation("erf"), axes, {
      onProgress: ({ done, total }) => {
        expect(total).toBe(60_000);
        seen.push(done);
      },
    });
    expect(seen[0]).toBe(0);
    expect(seen.at(-1)).toBe(60_000);
    const controller = new AbortController();
    const work = phaseDiagram(activation("erf"), axes, {
      signal: controller.signal,
      onProgress: ({ done }) => {
        if (done > 0) controller.abort();
      },
    });
    await expect(work).rejects.toSatisfy((error) => isForetrainError(error, "ERR_ABORTED"));
  });

  test.each([
    [[], [0], /weightVariance is empty/],
    [[1, 1], [0], /weightVariance\[1\] is 1/],
    [[1], [Number.NaN], /biasVariance\[0\] is NaN/],
    [[-1, 1], [0], /weightVariance\[0\] is -1/],
  ])(
    "refuses axes that are empty, not increasing, negative or NaN",
    async (weightVariance, biasVariance, message) => {
      await expect(phaseDiagram(activation("erf"), { weightVariance, biasVariance })).rejects.toThrow(
        message,
      );
    },
  );
});
