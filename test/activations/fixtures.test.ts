import { describe, expect, test } from "vitest";
import { activation, prepareDual } from "../../src/activations/index.js";
import fixture from "../fixtures/duals.json" with { type: "json" };

interface Case {
  readonly name: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly q1: number;
  readonly q2: number;
  readonly k: number;
  readonly d: number;
  readonly T: number;
  readonly Td: number;
  readonly D: number;
}
const cases = fixture.cases as unknown as readonly Case[];
const names = [...new Set(cases.map((c) => `${c.name} ${JSON.stringify(c.parameters)}`))];

function evaluate({ name, parameters, q1, q2, k, d }: Case) {
  const a = activation(name, parameters);
  const map = prepareDual(a, Float64Array.of(q1), Float64Array.of(q2));
  const out = new Float64Array(4);
  map.pair(0, 0, k, d, out);
  const scale = Math.sqrt(map.rowSecond[0]! * map.colSecond[0]!);
  const slopeScale = Math.sqrt(map.rowDerivativeSecond[0]! * map.colDerivativeSecond[0]!);
  return { map, out, scale, slopeScale };
}

describe.each(names)("dual of %s against 32-digit values", (label) => {
  const mine = cases.filter((c) => `${c.name} ${JSON.stringify(c.parameters)}` === label);

  test("T and Td agree at awkward covariances", () => {
    expect(mine.length).toBeGreaterThan(5);
    for (const c of mine) {
      const { map, out, scale, slopeScale } = evaluate(c);
      const at = JSON.stringify(c);
      // closed forms: a few ulp of E phi^2, and the rounding of an exponent log(E phi^2); numerical methods: their promise
      const tolerance = map.method === "closed" ? 2e-15 + 2.3e-16 * Math.abs(Math.log(scale)) : 1e-12;
      expect(Math.abs(out[0]! - c.T) / scale, `T ${at}`).toBeLessThanOrEqual(tolerance);
      expect(Math.abs(out[1]! - c.Td) / slopeScale, `Td ${at}`).toBeLessThanOrEqual(tolerance * 2);
    }
  });

  test("D keeps its digits for near-duplicates down to d / q = 1e-14", () => {
    for (const c of mine) {
      const { map, out } = evaluate(c);
      const at = JSON.stringify(c);
      if (c.q1 !== c.q2 && c.d < 1e-6 * c.q1) {
        // q1 - q2 itself carries the rounding of q: relative to D that is eps |q1 - q2| / d
        const unavoidable = (4 * 2.3e-16 * Math.abs(c.q1 - c.q2)) / c.d;
        expect(out[2]!, `D ${at}`).toBeWithinRelative(c.D, 1e-12 + unavoidable);
      } else {
        const tolerance = map.method === "closed" ? 2e-14 : 1e-12;
        expect(out[2]!, `D ${at}`).toBeWithinRelative(c.D, tolerance);
      }
    }
  });
});
