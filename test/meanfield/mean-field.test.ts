import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  activation,
  activationCatalogue,
  customActivation,
  parseActivationExpression,
} from "../../src/activations/index.js";
import {
  chi1,
  correlationMap,
  criticalLine,
  criticalWeightVariance,
  depthScale,
  type HiddenLayer,
  lengthBand,
  lengthMap,
  meanField,
  phaseDiagram,
  phaseOf,
  qStar,
  signalPropagation,
  unitScaleWeightVariance,
} from "../../src/meanfield/index.js";

interface Fixture {
  readonly points: readonly {
    readonly activation: string;
    readonly weightVariance: number;
    readonly biasVariance: number;
    readonly qStar: string;
    readonly chi1: string;
    readonly cStar: string;
    readonly chiC: string;
  }[];
}
const fixture = JSON.parse(
  readFileSync(new URL("../fixtures/meanfield.json", import.meta.url), "utf8"),
) as Fixture;

const layer = (
  name: string,
  weightVariance: number,
  biasVariance: number,
  parameters: Record<string, unknown> = {},
): HiddenLayer => ({ activation: activation(name, parameters), weightVariance, biasVariance });

describe("meanField at the points of paper B's experiments", () => {
  test.each(fixture.points)(
    "$activation ($weightVariance, $biasVariance): agrees with an independent computation",
    (point) => {
      const field = meanField(layer(point.activation, point.weightVariance, point.biasVariance));
      // moments are good to 1e-13; fixed points lose 1 / |1 - slope| <= 40
      expect(field.qStar).toBeWithinRelative(Number(point.qStar), 1e-11);
      expect(field.chi1).toBeWithinRelative(Number(point.chi1), 1e-11);
      expect(field.cStar).toBeWithinRelative(Number(point.cStar), 1e-11);
      expect(field.chiC).toBeWithinRelative(Number(point.chiC), 1e-11);
      expect(field.qStatus).toBe("converged");
      expect(field.phase).toBe(Number(point.chi1) > 1 ? "chaotic" : "ordered");
      expect(field.note).toBeNull();
    },
  );

  // q*, chi_1, c*, chi_c*, each as printed with six decimals
  test.each([
    ["erf", 1.25, 0.05, 0.435166, 0.961374, 1, 0.961374],
    ["erf", 1.5, 0.05, 0.601753, 1.0347, 0.82053, 0.969552],
    ["erf", 2, 0.18, 1.16755, 1.069402, 0.837075, 0.942351],
    ["erf", 3, 0.18, 1.933787, 1.292398, 0.476949, 0.847977],
    ["erf", 0.5, 0.18, 0.303217, 0.427959, 1, 0.427959],
    ["tanh", 1, 0.05, 0.193593, 0.759032, 1, 0.759032],
    ["tanh", 2.5, 0.05, 1.063958, 1.133516, 0.446804, 0.918717],
    ["tanh", 4, 0.05, 2.195494, 1.342402, 0.165065, 0.866528],
  ])(
    "%s (%s, %s): reproduces the tabulated q*, chi_1, c*, chi_c* to 1e-6",
    (name, w, b, q, one, c, slope) => {
      const field = meanField(layer(name, w, b));
      expect(Math.abs(field.qStar! - q)).toBeLessThan(1e-6);
      expect(Math.abs(field.chi1! - one)).toBeLessThan(1e-6);
      expect(Math.abs(field.cStar! - c)).toBeLessThan(1e-6);
      expect(Math.abs(field.chiC! - slope)).toBeLessThan(1e-6);
    },
  );

  test("reproduces the tabulated depth scales", () => {
    // three decimals are printed
    expect(Math.abs(meanField(layer("erf", 1.25, 0.05)).xi1! - 25.386)).toBeLessThan(1e-3);
    const chaotic = [
      [1.5, 0.05, 15.377],
      [2, 0.18, 7.907],
      [3, 0.18, 2.373],
    ] as const;
    for (const [w, b, xi] of chaotic) {
      const field = meanField(layer("erf", w, b));
      expect(Math.abs(field.xiStar! - xi)).toBeLessThan(1e-3);
      expect(1 / field.xi1! + 1 / field.xiC!).toBeWithinRelative(1 / field.xiStar!, 1e-12);
    }
    const ordered = meanField(layer("erf", 1.25, 0.05));
    expect(ordered.xiC).toBe(ordered.xi1);
    expect(ordered.xiStar).toBeNull();
    expect(ordered.qStar! / (1 - ordered.chi1!)).toBeWithinRelative(11.266106, 1e-6); // p*
  });
});

describe("meanField at the edges", () => {
  test("without weights everything forgets its input in one layer", () => {
    expect(meanField(layer("tanh", 0, 0.3))).toMatchObject({
      phase: "ordered",
      qStar: 0.3,
      cStar: 1,
      chi1: 0,
      chiC: 0,
      xi1: 0,
      xiQ: 0,
    });
  });

  test("tanh without biases below sigma_w^2 = 1 is ordered with q* = 0, and says that the signal dies out", () => {
    const field = meanField(layer("tanh", 0.8, 0));
    expect(field).toMatchObject({ phase: "ordered", qStar: 0, cStar: null, chiC: null, xiC: null });
    expect(field.chi1).toBeWithinUlp(0.8, 2);
    expect(field.note).toMatch(/q\* = 0/);
  });

  test("tanh at (1, 0) is exactly critical", () => {
    const field = meanField(layer("tanh", 1, 0));
    expect(field).toMatchObject({
      phase: "critical",
      qStar: 0,
      chi1: 1,
      distance: 0,
      xi1: Number.POSITIVE_INFINITY,
      criticalWeightVariance: 1,
    });
  });

  test("relu: ordered, critical and exploding, without NaN", () => {
    const ordered = meanField(layer("relu", 1.5, 0.2));
    expect(ordered).toMatchObject({ phase: "ordered", chi1: 0.75, chiC: 0.75, cStar: 1, note: null });
    expect(ordered.qStar).toBeWithinRelative(0.8, 1e-14);
    expect(ordered.criticalWeightVariance).toBeWithinUlp(2, 2);

    const critical = meanField(layer("relu", 2, 0), { start: 1.7 });
    expect(critical).toMatchObject({
      phase: "critical",
      qStar: 1.7,
      qStatus: "every-q",
      chi1: 1,
      cStar: 1,
      growth: 1,
      xi1: Number.POSITIVE_INFINITY,
    });
    expect(critical.note).toMatch(/every q is a fixed point/);

    const exploding = meanField(layer("relu", 2.4, 0));
    // as in the phase diagram: without a fixed point there is no phase, and correlations go to 1
    expect(exploding).toMatchObject({ phase: null, qStar: null, chi1: 1.2, growth: 1.2, cStar: 1 });
    expect(exploding.note).toMatch(/factor 1.2.* per layer.*not genuine chaos/);

    const shrinking = meanField(layer("relu", 1, 0));
    expect(shrinking).toMatchObject({ phase: "ordered", qStar: 0, chi1: 0.5, cStar: 1 });
    expect(shrinking.note).toMatch(/shrinks by a factor 0.5/);

    expect(meanField(layer("relu", 2, 0.1)).note).toMatch(/grows by 0.1 per layer/);
  });

  test("a linear network passes every correlation on", () => {
    const field = meanField(layer("identity", 1, 0));
    expect(field).toMatchObject({ phase: "critical", qStatus: "every-q", chi1: 1, chiC: 1 });
    expect(field.note).toMatch(/linear/);
  });

  test("sign and heaviside have q* and c* but no chi_1, and say so", () => {
    for (const name of ["sign", "heaviside"]) {
      const field = meanField(layer(name, 1.5, 0.1));
      expect(field).toMatchObject({ phase: null, chi1: null, xi1: null, criticalWeightVariance: null });
      expect(field.note).toMatch(/jumps: chi_1 is infinite/);
      expect(field.qStar).toBeWithinUlp(name === "sign" ? 1.6 : 0.85, 4);
      const { cStar: c, cStarDeficit: deficit } = field;
      expect(c).toBeGreaterThan(0);
      expect(c).toBeLessThan(1);
      // T = (2 / pi) asin c for sign, (pi - acos c) / (2 pi) for heaviside
      const t = name === "sign" ? (2 / Math.PI) * Math.asin(c!) : (Math.PI - Math.acos(c!)) / (2 * Math.PI);
      expect((1.5 * t + 0.1) / field.qStar!).toBeWithinRelative(c!, 1e-13);
      expect(deficit).toBeWithinRelative(1 - c!, 1e-12);
    }
  });

  test("exp past its fold and the square say that the variance grows without bound", () => {
    expect(meanField(layer("exp", 0.2, 0))).toMatchObject({ phase: null, qStar: null, chi1: null });
    expect(meanField(layer("exp", 0.2, 0)).note).toMatch(/from every start/);
    expect(meanField(layer("exp", 0.1, 0), { start: 2 }).note).toMatch(
      /from q = 2; from smaller starts it settles at q = 0\.12/,
    );
    expect(meanField(layer("monomial", 1 / 3, 0, { degree: 2 })).note).toMatch(/q\* is not stable/);
  });

  test("what grows faster than exp(c x^2) has no length map, from no start and at no entry", async () => {
    const words = /has no length map: grows .*faster than .*E phi\^2 is infinite at every variance/;
    for (const text of ["exp(abs(x)^3/100)", "exp(abs(x)^2.05)", "exp(exp(x))"]) {
      const activation = parseActivationExpression(text);
      const one = { activation, weightVariance: 0.1, biasVariance: 0 };
      const axes = { weightVariance: [0.1, 1], biasVariance: [0, 1] };
      for (const start of [0.1, 1]) expect(() => meanField(one, { start })).toThrow(words);
      expect(() => lengthMap(one, 0.1)).toThrow(words);
      expect(() => correlationMap(one, 0.5, 0.1)).toThrow(words);
      expect(() => signalPropagation(one, { depth: 2, meanSquare: 0.1, correlations: [0.5] })).toThrow(words);
      expect(() => lengthBand([one], [10])).toThrow(words);
      expect(() => criticalLine(activation, { biasVariance: [0], weightVariance: [0.1, 1] })).toThrow(words);
      await expect(async () => phaseDiagram(activation, axes)).rejects.toThrow(words);
    }
  });

  test("a variance that comes where E phi^2 is infinite is told from one that grows for ever", () => {
    const activation = parseActivationExpression("exp(x^2)");
    const at = (weightVariance: number, start: number) =>
      meanField({ activation, weightVariance, biasVariance: 0 }, { start });
    // sigma_w^2 / sqrt(1 - 4 q) = q has roots up to sigma_w^2 = 1 / sqrt(108)
    expect(at(0.1, 0.1).note).toMatch(
      /^q has no fixed point: from every start the variance comes to 0.25 or more, where E\[phi\^2\] is infinite$/,
    );
    expect(at(0.05, 0.3).note).toMatch(/^from q = 0.3 the variance comes to 0.25 or more, .*; from smaller/);
    expect(at(0.05, 0.1)).toMatchObject({ qStatus: "converged", note: null });
  });

  test("softplus and sigmoid, which are not 0 at 0, have their fixed points in order", () => {
    for (const name of ["softplus", "sigmoid"]) {
      const one = layer(name, 1.3, 0.02);
      const field = meanField(one);
      expect(field.qStar).toBeGreaterThan(0.02);
      expect(field.phase).toBe("ordered");
      expect(field.cStar).toBe(1);
      expect(correlationMap(one, 0.999, field.qStar!)).toBeGreaterThan(0.999);
    }
  });

  test("reciprocal is refused with the reason", () => {
    expect(() => meanField(layer("reciprocal", 1, 0))).toThrow(/no length map/);
  });

  test("every activation of the catalogue gives numbers or a note, never NaN", () => {
    const needed = {
      coefficients: [0.1, 0.5, 0, -0.1],
      degree: 3,
      real: 0.7,
      positive: 0.7,
      "non-negative": 0.7,
      expression: "x*tanh(x)",
    };
    for (const { name, parameters } of activationCatalogue) {
      const given = parameters.filter((p) => p.default === null).map((p) => [p.key, needed[p.domain]]);
      const phi = activation(name, Object.fromEntries(given));
      if (!phi.permissibility.permissible && phi.growth.kind !== "gaussian") continue;
      const field = meanField({ activation: phi, weightVariance: 0.9, biasVariance: 0.05 });
      for (const [key, value] of Object.entries(field)) {
        expect(Number.isNaN(value), `${name}.${key}`).toBe(false);
      }
      if (field.qStar === null || field.chi1 === null || field.cStar === null) {
        expect(field.note, name).not.toBeNull();
      }
    }
  });

  test("a user's function without its derivative reads as the same function with it", () => {
    const bare = customActivation({ name: "mine", value: Math.tanh });
    const mine = meanField({ activation: bare, weightVariance: 2.5, biasVariance: 0.05 });
    const tanh = meanField(layer("tanh", 2.5, 0.05));
    for (const key of ["qStar", "chi1", "cStar", "chiC", "criticalWeightVariance"] as const) {
      expect(mine[key]).toBeWithinRelative(tanh[key]!, 1e-9);
    }
  });

  test("the tolerance of criticality is the caller's", () => {
    const near = layer("tanh", 1.760956, 0.05); // the critical weight variance rounded up to six decimals
    expect(meanField(near).phase).toBe("critical");
    expect(meanField(near, { criticalTolerance: 0 }).phase).toBe("chaotic");
    expect(() => meanField(near, { criticalTolerance: Number.NaN })).toThrow(/criticalTolerance/);
    expect(phaseOf(1 + 1e-9, 0)).toBe("chaotic");
  });

  test("depth scales are 0 at slope 0, infinite at slope 1", () => {
    expect(depthScale(0)).toBe(0);
    expect(depthScale(1)).toBe(Number.POSITIVE_INFINITY);
    expect(depthScale(1 / Math.E)).toBeWithinUlp(1, 2);
  });
});

describe("arguments of the wrong type", () => {
  test("a name instead of an activation is refused with the call that makes one", async () => {
    const layer = { activation: "erf", weightVariance: 1, biasVariance: 0 } as unknown as HiddenLayer;
    for (const call of [
      () => meanField(layer),
      () => chi1(layer, 1),
      () => criticalWeightVariance(layer.activation, 0),
      () => unitScaleWeightVariance(undefined as unknown as HiddenLayer["activation"]),
    ]) {
      expect(call).toThrow(expect.objectContaining({ name: "ForetrainError", code: "ERR_SPEC" }));
    }
    expect(() => meanField(layer)).toThrow(/activation is "erf", expected what activation\("tanh"\)/);
    expect(() => meanField(null as unknown as HiddenLayer)).toThrow(
      /the layer is null, expected \{ activation/,
    );
    const axes = { weightVariance: [1], biasVariance: [0] };
    await expect(phaseDiagram(layer.activation, axes)).rejects.toMatchObject({ code: "ERR_SPEC" });
  });
});

describe("properties of the phase", () => {
  test("ordered exactly when chi_1 < 1, and then c* = 1; chaotic layers have c* < 1 with a slope below 1", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("erf", "tanh", "sin", "arctan", "softsign", "rbf"),
        fc.double({ min: 0.1, max: 5, noNaN: true }),
        fc.double({ min: 1e-3, max: 0.6, noNaN: true }),
        (name, w, b) => {
          const one = layer(name, w, b);
          const field = meanField(one, { criticalTolerance: 0 });
          const slope = chi1(one, qStar(one).value);
          expect(field.phase).toBe(slope < 1 ? "ordered" : "chaotic");
          if (field.phase === "ordered") {
            expect(field.cStar).toBe(1);
          } else {
            expect(field.cStarDeficit).toBeGreaterThan(0);
            expect(Math.abs(field.chiC!)).toBeLessThan(1);
            expect(field.xiStar).toBeGreaterThan(0);
          }
        },
      ),
      { numRuns: 40, seed: 5 },
    );
  });
});
