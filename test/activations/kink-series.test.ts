import { describe, expect, test } from "vitest";
import { kinkPairs, kinkSquares } from "../../src/activations/expansion/kink-pairs.js";
import { splitPairMean } from "../../src/activations/expansion/pair-quadrature.js";
import { activation, customActivation, prepareDual } from "../../src/activations/index.js";
import { isForetrainError } from "../../src/errors.js";
import { correlationMap, cStar } from "../../src/meanfield/index.js";

const expression = (text: string) => activation("expression", { expression: text });
const out = new Float64Array(4);

function pairAt(text: string, q: number, miss: number) {
  const variance = Float64Array.of(q);
  prepareDual(expression(text), variance, variance).pair(0, 0, q * (1 - miss), q * miss, out);
  const [dual, slope, deficit, slopeDeficit] = out;
  return { dual: dual!, slope: slope!, deficit: deficit!, slopeDeficit: slopeDeficit! };
}

describe("the dual of kinks alone", () => {
  test("is the sum over their Hermite coefficients", () => {
    const kinks = [
      { at: -1.3, jump: 0.7 },
      { at: 0, jump: -1.5 },
      { at: 0.4, jump: 2 },
    ];
    const pairs = kinkPairs(kinks);
    const terms = 20_000;
    const squares = kinkSquares(kinks, terms);
    const sums = { value: 0, slope: 0 };
    for (const theta of [0.3, 1.2, Math.PI / 2, 2.6]) {
      pairs.at(theta, sums);
      const c = Math.cos(theta);
      let [value, slope] = [0, 0];
      for (let k = 2; k < terms; k++) {
        value += squares[k]! * (1 - c ** k);
        slope += k * squares[k]! * (1 - c ** (k - 1));
      }
      // what the sums leave out: k^(3/2) squares[k] stays below sum |J_i J_j| / 10 = 0.9 (largest Hermite functions), integrated
      expect(Math.abs(sums.value - value)).toBeLessThan(terms ** -1.5);
      expect(Math.abs(sums.slope - slope)).toBeLessThan(2 * terms ** -0.5);
    }
    // relu at unit variance: 1/2 - T = D, with (1 - c) / 4 for the coefficient of k = 1
    const relu = kinkPairs([{ at: 0, jump: 1 }]);
    for (const theta of [1e-6, 0.01, 1, 3]) {
      relu.at(theta, sums);
      const half = Math.sin(theta / 2);
      const lost =
        theta < 0.1
          ? (theta ** 3 / 3) * (1 - theta ** 2 / 10 + theta ** 4 / 280)
          : Math.sin(theta) - theta * Math.cos(theta);
      const deficit = half * half - lost / (2 * Math.PI);
      // D = sum_k, and k = 1 has E[z relu(z)]^2 = 1/4
      expect(sums.value + (half * half) / 2).toBeWithinRelative(deficit, 1e-13);
      expect(sums.slope).toBeWithinRelative(theta / (2 * Math.PI), 1e-13);
    }
  });
});

describe("activations with kinks at one common variance", () => {
  // kinks away from 0, several of them, and a wave on top
  test.each<[string, number, readonly number[]]>([
    ["min(max(x,-1),1)", 1, [-1, 1]],
    ["relu(x)-0.5*relu(x-1)", 4, [0, 1]],
    ["cos(x)+relu(x)", 20, [0]],
    // higher derivatives jump too: the series goes on like a power of k, and oscillates where the kink is not at 0
    ["relu(x)*cos(x)", 20, [0]],
    ["relu(x-1)*cos(x)", 1, [1]],
  ])("%s at q = %d agrees with nested quadrature", (text, q, breaks) => {
    const phi = expression(text);
    const { value, derivative } = phi;
    for (const miss of [0.05, 1.7]) {
      const { dual, slope, deficit, slopeDeficit } = pairAt(text, q, miss);
      const mean = (f: (u: number, v: number) => number) =>
        splitPairMean(f, breaks, 1, q, q, q * (1 - miss), q * miss, 10);
      const second = mean((u) => value(u) ** 2);
      const slopeSecond = mean((u) => derivative!(u) ** 2);
      // nested adaptive rules: 1e-10 of E phi^2, at kinks that turn with the angle
      expect(Math.abs(dual - mean((u, v) => value(u) * value(v)))).toBeLessThan(1e-9 * second);
      expect(Math.abs(slope - mean((u, v) => derivative!(u) * derivative!(v)))).toBeLessThan(
        1e-8 * slopeSecond,
      );
      expect(dual + deficit).toBeWithinRelative(second, 1e-9);
      expect(slope + slopeDeficit).toBeWithinRelative(slopeSecond, 1e-8);
    }
  });

  test("keep the digits of D and Dd for pairs that are nearly equal", () => {
    // hard tanh: D = q (1 - c) P(|u| < 1), Dd = theta / (2 pi) sum of jumps^2 times the density at the kinks
    const q = 4;
    const inside = 0.3829249225480262; // P(|z| < 1/2)
    const kinks = (2 * Math.exp(-1 / (2 * q))) / (2 * Math.PI);
    for (const miss of [1e-8, 1e-12, 1e-15]) {
      const { deficit, slopeDeficit } = pairAt("min(max(x,-1),1)", q, miss);
      const theta = 2 * Math.asin(Math.sqrt(miss / 2));
      // the next order is theta
      expect(deficit).toBeWithinRelative(q * miss * inside, 2 * theta + 1e-12);
      expect(slopeDeficit).toBeWithinRelative(theta * kinks, 2 * theta + 1e-12);
    }
  });

  test("take less than 1.5e5 evaluations where the series goes on like a power, not those of 2e4 radii and angles for each pair", () => {
    let count = 0;
    const counted = (f: (x: number) => number) => (x: number) => {
      count++;
      return f(x);
    };
    const phi = customActivation({
      name: "relu(x) cos(x)",
      value: counted((x) => (x > 0 ? x * Math.cos(x) : 0)),
      derivative: counted((x) => (x > 0 ? Math.cos(x) - x * Math.sin(x) : 0)),
      secondDerivative: counted((x) => (x > 0 ? -2 * Math.sin(x) - x * Math.cos(x) : 0)),
      breakPoints: [{ at: 0, order: 1 }],
      growth: { kind: "polynomial", degree: 1 },
    });
    const variance = Float64Array.of(100);
    count = 0;
    const map = prepareDual(phi, variance, variance, { tolerance: 1e-11, effort: 1e7 });
    expect(map.errorBound).toBeLessThan(1e-9);
    expect(count).toBeLessThan(1.5e5);
    // at c = -1 one of both is 0
    map.pair(0, 0, -100, 200, out);
    expect(out[2]).toBeWithinRelative(map.rowSecond[0]!, 1e-12);
    expect(Math.abs(out[0]!)).toBeLessThan(1e-12 * map.rowSecond[0]!);
  });

  test("with kinks at all multiples of pi have a settled fixed point in the chaotic phase", () => {
    const layer = { activation: expression("abs(sin(x))+x/2"), weightVariance: 2, biasVariance: 0.1 };
    const point = cStar(layer, 2);
    expect(point.status).toBe("converged");
    // C(c*) = c* for the map normalized by Q(q)
    const next = correlationMap(layer, point.value, 2);
    expect(next).toBeWithinRelative(point.value, 1e-9);
  });

  test("that would take more evaluations than they may are refused with the variance", () => {
    const variance = Float64Array.of(2);
    const prepare = () => prepareDual(expression("abs(sin(x*x))"), variance, variance, { effort: 1e5 });
    expect(prepare).toThrow(/not settled after 100000 evaluations/);
    try {
      prepare();
    } catch (error) {
      expect(isForetrainError(error, "ERR_NUMERICAL") && error.details).toMatchObject({
        q: 2,
        status: "max-iterations",
      });
    }
  });
});
