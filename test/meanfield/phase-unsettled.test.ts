import { describe, expect, test } from "vitest";
import { activation } from "../../src/activations/index.js";
import {
  cStar,
  meanField,
  networkPhaseDiagram,
  phaseDiagram,
  phaseDiagramArrays,
  phasePointAt,
  qStar,
} from "../../src/meanfield/index.js";
import { activationLayer, dense, input, network, repeat } from "../../src/network/index.js";

const WAVES = "abs(sin(x))+x/2";
const phi = activation("expression", { expression: WAVES });

/** E phi^2 and E phi'^2: the products of an even and an odd part have mean 0. */
const second = (q: number) => -Math.expm1(-2 * q) / 2 + q / 4;
const slopeSecond = (q: number) => (1 + Math.exp(-2 * q)) / 2 + 1 / 4;

describe("the phase diagram of an activation whose expectations settle at small variances only", () => {
  test("has the numbers that can be had where the variances are small", async () => {
    const weightVariance = Float64Array.of(1, 2);
    const diagram = await phaseDiagram(phi, { weightVariance, biasVariance: Float64Array.of(0.1, 0.3) });
    for (const [at, w] of [...weightVariance, ...weightVariance].entries()) {
      const b = at < 2 ? 0.1 : 0.3;
      const q = diagram.qStar.data[at]!;
      // 1e-7 relative is what the tables leave
      expect(Math.abs(w * second(q) + b - q)).toBeLessThan(1e-7 * q);
      const chi1 = w * slopeSecond(q);
      expect(diagram.chi1.data[at]).toBeWithinRelative(chi1, 1e-7);
      expect(phasePointAt(diagram, at)).toBe(w < 2 ? "ordered" : "chaotic");
      expect(diagram.unsettled.data[at]).toBe(0);
      if (w < 2) {
        expect(chi1).toBeLessThan(1);
        expect(diagram.cStar.data[at]).toBe(1);
      } else {
        const exact = cStar({ activation: phi, weightVariance: w, biasVariance: b }, q);
        expect(exact.status).toBe("converged");
        expect(Math.abs(diagram.cStar.data[at]! - exact.value)).toBeLessThan(1e-6);
      }
    }
  });

  test("flags those that cannot be had as unsettled, never as no fixed point", async () => {
    const diagram = await phaseDiagram(phi, {
      weightVariance: Float64Array.of(3.9, 4.5),
      biasVariance: Float64Array.of(0.1),
    });
    const q = diagram.qStar.data[0]!;
    expect(Math.abs(3.9 * second(q) + 0.1 - q)).toBeLessThan(1e-7 * q);
    expect(phasePointAt(diagram, 0)).toBe("chaotic");
    // c* needs expectations of pairs: dozens of kinks within a standard deviation are too many
    expect(diagram.cStar.data[0]).toBeNaN();
    // the variance grows for ever, which nobody can tell from expectations that end below 10^4
    expect(diagram.qStar.data[1]).toBeNaN();
    expect(phasePointAt(diagram, 1)).toBe("unsettled");
    expect([...diagram.unsettled.data]).toEqual([1, 1]);
    expect(phaseDiagramArrays(diagram)["unsettled"]).toEqual(diagram.unsettled);
  });

  test("of one point says that it is not known, with the variance at which it ends", () => {
    const layer = { activation: phi, weightVariance: 4.5, biasVariance: 0.1 };
    const length = qStar(layer);
    expect(length).toMatchObject({ status: "unsettled", stable: false });
    expect(length.value).toBeGreaterThan(100);
    const field = meanField(layer);
    expect(field).toMatchObject({
      qStatus: "unsettled",
      unsettled: true,
      phase: null,
      qStar: null,
      chi1: null,
    });
    expect(field.note).toMatch(/q\* is not known: E\[phi\^2\] is not settled at q = \d/);
    expect(field.note).not.toMatch(/no fixed point|without bound/);
    const known = { ...layer, weightVariance: 1 };
    expect(meanField(known)).toMatchObject({ phase: "ordered", unsettled: false, cStar: 1 });
    expect(cStar({ ...layer, weightVariance: 3.9 }, 60).status).toBe("unsettled");
  });

  test("counts them beside the others where a network repeats it", async () => {
    const axes = { weightVariance: [1, 4.5], biasVariance: [0.1] };
    const layers = [activationLayer("expression", { expression: WAVES }), dense(8)];
    const plain = await networkPhaseDiagram(
      network(input([4]), dense(8), repeat(3, ...layers), dense(1)),
      axes,
    );
    expect(plain.statuses).toEqual({ ordered: 1, unsettled: 1 });
  });

  test("has no such points for activations of the catalogue", async () => {
    for (const name of ["tanh", "relu", "sin", "sign", "exp"]) {
      const diagram = await phaseDiagram(activation(name), {
        weightVariance: [0.5, 2, 4],
        biasVariance: [0, 0.3],
      });
      expect(
        diagram.unsettled.data.every((flag) => flag === 0),
        name,
      ).toBe(true);
    }
  });
});
