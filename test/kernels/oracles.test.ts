import { describe, expect, test } from "vitest";
import { activation, prepareDual } from "../../src/activations/index.js";
import { computeKernel } from "../../src/kernels/index.js";
import { activationLayer, dense, dropout, input, network, relu } from "../../src/network/index.js";
import { createRng } from "../../src/numeric/random.js";
import { pairMean, squareMean } from "./plain-kernel.js";

interface Pair {
  readonly q1: number;
  readonly q2: number;
  readonly k: number;
  readonly t: number;
}

/** Dense layer in the ntk parameterization. */
const denseStep = (s: Pair, { weightVariance: w, biasVariance: b }: typeof FIRST): Pair => ({
  q1: w * s.q1 + b,
  q2: w * s.q2 + b,
  k: w * s.k + b,
  t: w * s.t + w * s.k + b,
});

const FIRST = { weightVariance: 1.8, biasVariance: 0.05 };
const SECOND = { weightVariance: 1.3, biasVariance: 0.1 };
const THIRD = { weightVariance: 0.9, biasVariance: 0.2 };
const KEEP = 0.6;

describe("dropout between two activations, against the recursion by plain sums", () => {
  // the masks of one sample are shared by it with itself, those of two samples are independent
  test.each([["relu"], ["erf"], ["tanh"], ["sigmoid"]])("dropout, dense, %s, dense", async (name) => {
    const features = 5;
    const count = 4;
    const rng = createRng(23);
    const x = rng.normals(new Float64Array(count * features));
    // sample 3 lies near sample 0: the carried distance decides there
    for (let f = 0; f < features; f++) x[3 * features + f] = x[f]! * 1.01 + 1e-3 * f;
    const net = network(
      input([features]),
      dense(3, FIRST),
      activationLayer("erf"),
      dropout(KEEP),
      dense(3, SECOND),
      activationLayer(name),
      dense(1, THIRD),
    );
    const { nngp, ntk } = await computeKernel(net, { data: x, shape: [count, features] });
    const dot = (i: number, j: number) => {
      let sum = 0;
      for (let f = 0; f < features; f++) sum += x[i * features + f]! * x[j * features + f]!;
      return sum / features;
    };
    const erf = activation("erf");
    const phi = activation(name);
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < count; j++) {
        const same = i === j;
        const a = denseStep({ q1: dot(i, i), q2: dot(j, j), k: dot(i, j), t: 0 }, FIRST);
        const t = a.t * pairMean(erf.derivative!, a.q1, a.q2, a.k);
        const k = pairMean(erf.value, a.q1, a.q2, a.k);
        const b = denseStep(
          {
            q1: squareMean(erf.value, a.q1) / KEEP,
            q2: squareMean(erf.value, a.q2) / KEEP,
            k: same ? k / KEEP : k,
            t: same ? t / KEEP : t,
          },
          SECOND,
        );
        const [value, slope] = name === "relu" ? reluMeans(b) : smoothMeans(phi, b);
        const end = denseStep({ q1: 0, q2: 0, k: value, t: b.t * slope }, THIRD);
        // expansions are cut at 1e-12 of the second moment in each layer
        expect(nngp.data[i * count + j]!).toBeWithinRelative(end.k, 1e-11);
        expect(ntk.data[i * count + j]!).toBeWithinRelative(end.t, 1e-11);
      }
    }
  });
});

const smoothMeans = (phi: ReturnType<typeof activation>, { q1, q2, k }: Pair) =>
  [pairMean(phi.value, q1, q2, k), pairMean(phi.derivative!, q1, q2, k)] as const;

/** Arc-cosine kernels of order 1 and 0, from the correlation as it is. */
function reluMeans({ q1, q2, k }: Pair): readonly [number, number] {
  const c = Math.min(1, k / Math.sqrt(q1 * q2));
  const theta = Math.acos(c);
  const slope = (Math.PI - theta) / (2 * Math.PI);
  return [Math.sqrt(q1 * q2) * (Math.sin(theta) / (2 * Math.PI) + c * slope), slope];
}

describe("two samples without variance", () => {
  test("have units of independent signs: the derivative kernel of relu is 1/4 between them, 1/2 for each alone", async () => {
    // weights that start at 0 give pre-activations that are 0, but an ntk that is not: x . x' of the inputs
    const net = network(
      input([3], { parameterization: "standard" }),
      dense(4, { weightVariance: 0, biasVariance: 0 }),
      relu(),
      dense(1, { weightVariance: 2, biasVariance: 0 }),
    );
    const x = Float64Array.of(1, 2, 3, -2, 0.5, 4);
    const { nngp, ntk } = await computeKernel(net, { data: x, shape: [2, 3] });
    expect(Array.from(nngp.data)).toEqual([0, 0, 0, 0]);
    expect(ntk.data).toAllBeWithinRelative(
      [2 * 0.5 * 14, 2 * 0.25 * 11, 2 * 0.25 * 11, 2 * 0.5 * 20.25],
      4e-16,
    );
  });
});

describe("samples of nearly equal variance", () => {
  test.each([["tanh"], ["sigmoid"], ["gelu"], ["sin"]])(
    "%s: variances that differ by 1e-8 of themselves are told apart",
    (name) => {
      const phi = activation(name);
      const q = Float64Array.of(1.2, 1.2 * (1 + 1e-8));
      const map = prepareDual(phi, q, q);
      const out = new Float64Array(4);
      for (const c of [-0.6, 0.1, 0.8]) {
        for (const [i, j] of [
          [0, 0],
          [0, 1],
          [1, 1],
        ] as const) {
          const k = c * 1.2;
          map.pair(i, j, k, (q[i]! + q[j]!) / 2 - k, out);
          const size = squareMean(phi.value, 1.2);
          const slopeSize = squareMean(phi.derivative!, 1.2);
          // taken as equal they are wrong by about 1e-9
          expect(out[0]!).toBeWithinRelative(pairMean(phi.value, q[i]!, q[j]!, k), 1e-12, size);
          expect(out[1]!).toBeWithinRelative(pairMean(phi.derivative!, q[i]!, q[j]!, k), 1e-12, slopeSize);
        }
      }
      for (const i of [0, 1]) {
        expect(map.rowSecond[i]!).toBeWithinRelative(squareMean(phi.value, q[i]!), 1e-12);
        expect(map.colDerivativeSecond[i]!).toBeWithinRelative(squareMean(phi.derivative!, q[i]!), 1e-12);
      }
    },
  );

  test("the kernel of two inputs whose lengths differ by 5e-9 has their difference", async () => {
    const net = network(input([2]), dense(3, { weightVariance: 1.4 }), activationLayer("tanh"), dense(1));
    const [length, more] = [1.1, 1.1 * (1 + 5e-9)];
    const x = Float64Array.of(length, 0, 0, more);
    const { nngp } = await computeKernel(net, { data: x, shape: [2, 2] });
    const { value } = activation("tanh");
    const [q1, q2] = [length, more].map((v) => (1.4 * v * v) / 2);
    expect(nngp.data[0]!).toBeWithinRelative(squareMean(value, q1!), 1e-12);
    expect(nngp.data[3]!).toBeWithinRelative(squareMean(value, q2!), 1e-12);
  });
});
