import { describe, expect, test } from "vitest";
import { activation } from "../../src/activations/index.js";
import { waveProblem } from "../../src/data/index.js";
import { computeKernel } from "../../src/kernels/index.js";
import { activationLayer, dense, input, network } from "../../src/network/index.js";
import {
  type Law,
  sampleParticles,
  shallowFromLaws,
  shallowKernels,
  shallowSetup,
  unitsError,
} from "../../src/normalization/index.js";
import { gaussRayleigh } from "../../src/numeric/quadrature/index.js";

const NORMAL = { kind: "normal", variance: 1 } as const;

function setupOf(name: string, kind: "line" | "plane", bias?: Law, inner: Law = NORMAL) {
  const { train, test } = waveProblem({ kind, train: 12, test: 8, seed: 0 });
  const columns = kind === "line" ? 1 : 2;
  const read = shallowFromLaws({ activation: activationLayer(name), outer: NORMAL, inner, bias, columns });
  const samples = { x: read.inputs(train.x), testX: read.inputs(test.x), y: train.y };
  return shallowSetup(read.network, samples);
}

/** |A of the units - NTK of one hidden layer| / |NTK| by the kernel engine. */
async function kernelOff(name: string, { problem }: Awaited<ReturnType<typeof setupOf>>): Promise<number> {
  const dim = problem.x.shape[1];
  const layers = network(input([dim]), dense(3, { weightVariance: dim }), activationLayer(name), dense(1));
  const { ntk } = await computeKernel(layers, problem.x, null);
  const { data } = shallowKernels(activation(name), problem.particles, problem.x, null).training;
  const norm = (values: Float64Array) => Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0));
  return norm(data.map((value, i) => value - ntk.data[i]!)) / norm(ntk.data);
}

describe("units that stand for infinitely many where the activation has kinks", () => {
  test.each([
    ["relu", "plane", undefined, 1e-6],
    ["abs", "plane", undefined, 1e-6],
    ["elu", "plane", undefined, 1e-6],
    ["relu", "line", NORMAL, 1e-6],
    // no lines through the origin of a plane: evenly spread units, half a percent
    ["relu", "plane", NORMAL, 0.015],
    ["abs", "plane", NORMAL, 0.015],
  ] as const)(
    "%s on the %s, biases %o: the kernel is within %d of the closed form, and that is stated",
    async (name, kind, bias, most) => {
      const setup = await setupOf(name, kind, bias);
      const off = await kernelOff(name, setup);
      expect(off).toBeLessThan(most);
      const error = await unitsError({ ...setup.problem, alpha: 1, times: [0, 10] });
      expect(error!.against).toBe("closed form");
      expect(Math.abs(error!.kernel - off)).toBeLessThan(1e-9);
      expect(setup.description.join("\n")).toMatch(
        /training kernel of these units: \S+ % from its closed form/,
      );
    },
  );

  test("the error of h is that of kernels in closed form: drawn units are as far off as measured", async () => {
    const { problem } = await setupOf("relu", "plane");
    const given = { ...problem, alpha: 1, times: [0, 10] };
    const good = await unitsError(given);
    const drawn = await unitsError({
      ...given,
      particles: sampleParticles(given.network, 1000, { seed: 3 }),
    });
    expect(good!.outputs).toBeLessThan(1e-5);
    expect(drawn!.outputs).toBeGreaterThan(100 * good!.outputs);
    expect(drawn!.kernel).toBeGreaterThan(0.005);
  });

  test("without a closed form more units tell the error, which falls with them", async () => {
    const { problem } = await setupOf("relu", "line", NORMAL, { kind: "uniform", low: -1, high: 2 });
    const error = await unitsError({ ...problem, alpha: 1, times: [0, 10] });
    expect(error!.against).toBe("finer units");
    expect(error!.kernel).toBeGreaterThan(0);
    expect(error!.kernel).toBeLessThan(0.02);
  });
});

test("lengths of normal vectors in the plane have moments 2^(k/2) Gamma(1 + k/2), exact up to degree 2 order - 1", () => {
  const { nodes, weights } = gaussRayleigh(6);
  const moment = (k: number) => nodes.reduce((sum, r, i) => sum + weights[i]! * r ** k, 0);
  expect(moment(0)).toBeCloseTo(1, 12);
  expect(moment(1)).toBeCloseTo(Math.sqrt(Math.PI / 2), 12);
  expect(moment(2)).toBeCloseTo(2, 12);
  expect(moment(10) / 3840).toBeCloseTo(1, 11);
  expect(moment(11) / (10395 * Math.sqrt(Math.PI / 2))).toBeCloseTo(1, 11);
  expect(() => gaussRayleigh(0)).toThrow(/order is 0/);
});
