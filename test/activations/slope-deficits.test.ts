import { describe, expect, test } from "vitest";
import {
  activation,
  curvatureSecondMoment,
  customActivation,
  gaussianMean,
  type PairMap,
  prepareDual,
} from "../../src/activations/index.js";
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
const cases = fixture.cases as unknown as readonly Case[];
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
      // numerical methods: their promise, and the rounding of what each variance has by itself against the difference
      const own = (8 * 2.3e-16 * Math.abs(q1 - q2)) / d;
      const tolerance = map.method === "closed" ? 1e-13 : 1e-12 + own;
      expect(got.Dd, `Dd ${JSON.stringify(c)}`).toBeWithinRelative(c.Dd, tolerance + lost);
      expect(got.D, `D ${JSON.stringify(c)}`).toBeWithinRelative(c.D, tolerance + lost);
    }
  });
});

/** Dd of pairs far enough for the plain difference, which loses at most two digits. */
describe.each([
  ["erf", [0.7, 1.9]],
  ["relu", [0.7, 1.9]],
  ["gelu", [0.7, 1.9]],
  ["gabor", [0.7, 1.9]],
  ["tanh", [1.2, 1.2]],
  ["tanh", [0.7, 1.9]],
  ["elu", [1.2, 1.2]],
  ["elu", [0.7, 1.9]],
  ["selu", [1.2, 1.2]],
  ["selu", [0.7, 1.9]],
  ["softsign", [0.7, 0.8]],
] as const)("Dd of %s at variances %j", (name, [q1, q2]) => {
  test.each([1, 40] as const)(
    "is the difference where that is not small, %d times the same sample",
    (times) => {
      // few samples take other methods than many
      const rows = new Float64Array(times).fill(q1).map((q, i) => q + (q1 === q2 ? 0 : 1e-3 * i));
      const cols = Float64Array.of(q2);
      const map = prepareDual(activation(name), rows, cols);
      for (const c of [-0.6, 0.1, 0.8]) {
        const k = c * Math.sqrt(q1 * q2);
        map.pair(0, 0, k, 0.5 * (q1 + q2) - k, out);
        const mean = 0.5 * (map.rowDerivativeSecond[0]! + map.colDerivativeSecond[0]!);
        expect(out[3]!).toBeWithinRelative(mean - out[1]!, 1e-11);
      }
    },
  );
});

describe("Dd of close pairs by numerical methods", () => {
  const JUMP = 1.0507009873554805 * (1.6732632423543772 - 1); // of selu' at 0

  test.each([1e-6, 1e-13, 1e-22, 1e-30])(
    "selu at one variance: what the jump of phi' gives, gap %d",
    (gap) => {
      const map = prepareDual(activation("selu"), Float64Array.of(1.3), Float64Array.of(1.3));
      const theta = 2 * Math.asin(Math.sqrt(gap / 2));
      // Dd = J^2 theta / (2 pi) (1 + O(theta))
      const { Dd } = pairOf(map, 1.3, 1.3, 1.3 * gap);
      expect(Dd).toBeWithinRelative((JUMP * JUMP * theta) / (2 * Math.PI), 1e-11 + 5 * theta);
    },
  );

  test.each([1, 40])("selu at different variances, %d columns: the radial part and the jump", (times) => {
    const q1 = 1.3;
    const cols = Float64Array.from({ length: times }, (_, i) => 1.1 + 0.01 * i);
    const map = prepareDual(activation("selu"), Float64Array.of(q1), cols);
    const q2 = cols[0]!;
    const spread = 0.5 * ((q1 - q2) / (Math.sqrt(q1) + Math.sqrt(q2))) ** 2;
    const at = (gap: number): number => pairOf(map, q1, q2, spread + gap).Dd;
    const radial = at(0);
    // for x < 0 phi' = A e^x, so E (phi'(s1 z) - phi'(s2 z))^2 over z < 0 has a closed form
    const half = (t: number): number =>
      gaussianMean((z) => (z < 0 ? Math.exp(t * z) : 0), 1, { breakPoints: [0] });
    const A = 1.0507009873554805 * 1.6732632423543772;
    const [s1, s2] = [Math.sqrt(q1), Math.sqrt(q2)];
    const want = 0.5 * A * A * (half(2 * s1) + half(2 * s2) - 2 * half(s1 + s2));
    expect(radial).toBeWithinRelative(want, 1e-10);
    // gap = s1 s2 (1 - c); the spread's own rounding is 1e-17
    const gap = 1e-10;
    const theta = Math.sqrt((2 * gap) / (s1 * s2));
    expect(at(gap) - radial).toBeWithinRelative((JUMP * JUMP * theta) / (2 * Math.PI), 1e-4);
  });

  test("hard tanh, whose slope jumps by 1 at -1 and 1: the density of both there", () => {
    const hard = customActivation({
      name: "hardTanh",
      value: (x) => Math.max(-1, Math.min(1, x)),
      derivative: (x) => (Math.abs(x) < 1 ? 1 : 0),
      secondDerivative: () => 0,
      breakPoints: [
        { at: -1, order: 1 },
        { at: 1, order: 1 },
      ],
    });
    const q = 0.8;
    const map = prepareDual(hard, Float64Array.of(q), Float64Array.of(q));
    for (const gap of [1e-8, 1e-16, 1e-30]) {
      const theta = Math.sqrt(2 * gap);
      const want = (theta * Math.exp(-1 / (2 * q))) / Math.PI;
      expect(pairOf(map, q, q, q * gap).Dd).toBeWithinRelative(want, 1e-11 + 5 * theta);
    }
    // different variances: the far difference
    const other = prepareDual(hard, Float64Array.of(q), Float64Array.of(1.7));
    const k = 0.6 * Math.sqrt(q * 1.7);
    const { Dd } = pairOf(other, q, 1.7, 0.5 * (q + 1.7) - k);
    const mean = 0.5 * (other.rowDerivativeSecond[0]! + other.colDerivativeSecond[0]!);
    expect(Dd).toBeWithinRelative(mean - out[1]!, 1e-11);
  });

  test.each(["elu", "softsign"])("%s, whose slope is continuous: q (1 - c) E phi''^2", (name) => {
    const a = activation(name);
    const map = prepareDual(a, Float64Array.of(1.3), Float64Array.of(1.3));
    for (const gap of [1e-8, 1e-14, 1e-30]) {
      const theta = Math.sqrt(2 * gap);
      const want = 1.3 * gap * curvatureSecondMoment(a, 1.3);
      expect(pairOf(map, 1.3, 1.3, 1.3 * gap).Dd).toBeWithinRelative(want, 1e-11 + 5 * theta);
    }
  });
});
