import { describe, expect, test } from "vitest";
import { activation, type PairMap, prepareDual } from "../../src/activations/index.js";
import fixture from "../fixtures/slope-deficits.json" with { type: "json" };

interface Case {
  readonly name: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly q1: number;
  readonly q2: number;
  readonly d: number;
  readonly gap: number;
  readonly D: number;
  readonly Dd: number;
}
const cases = (fixture.cases as unknown as readonly Case[]).filter((c) => c.name !== "tanh");
const labels = [...new Set(cases.map((c) => `${c.name} ${JSON.stringify(c.parameters)}`))];
const out = new Float64Array(4);

function pairOf(map: PairMap, q1: number, q2: number, d: number): { D: number; Dd: number } {
  map.pair(0, 0, 0.5 * (q1 + q2) - d, d, out);
  return { D: out[2]!, Dd: out[3]! };
}

describe.each(labels)("both deficits of %s", (label) => {
  const mine = cases.filter((c) => `${c.name} ${JSON.stringify(c.parameters)}` === label);

  test("keep their digits from a gap of 1e-3 to one of 1e-30, at equal and different variances", () => {
    expect(mine.length).toBeGreaterThan(4);
    for (const c of mine) {
      const { name, parameters, q1, q2, d, gap } = c;
      const map = prepareDual(activation(name, parameters), Float64Array.of(q1), Float64Array.of(q2));
      const got = pairOf(map, q1, q2, d);
      // gap = d - (s1 - s2)^2 / 2 itself loses digits where d is almost all spread: four roundings of d
      const lost = (4 * 2.3e-16 * d) / gap;
      // closed forms: some ten operations of one sign each, and cancellation by a small factor
      const tolerance = map.method === "closed" ? 1e-13 : 1e-12;
      expect(got.Dd, `Dd ${JSON.stringify(c)}`).toBeWithinRelative(c.Dd, tolerance + lost);
      expect(got.D, `D ${JSON.stringify(c)}`).toBeWithinRelative(c.D, tolerance + lost);
    }
  });
});
