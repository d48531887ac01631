import { describe, expect, test } from "vitest";
import { activation, activationNames } from "../../src/activations/index.js";
import { computeKernel } from "../../src/kernels/index.js";
import * as n from "../../src/network/index.js";
import type { Matrix, NdArray } from "../../src/numeric/matrix.js";
import { createRng } from "../../src/numeric/random.js";
import { type Estimate, estimateKernels, type FiniteOptions } from "../support/finite-network.js";

const { dense, network, input, relu, erf } = n;

/** Estimates of entries that are all within this many standard errors (and the allowance for the width) agree. */
const AGREES = 5;
/** A wrong kernel must be this far off, so that the comparison is seen to have power. */
const DIFFERS = 8;

interface Case {
  readonly name: string;
  readonly net: n.Network;
  /** networks with one feature of the layer under test changed, whose kernels the estimate must refute */
  readonly wrong: readonly n.Network[];
  readonly draws: number;
  readonly tangent?: boolean;
  /** allowance for the finite width, relative to the size of an entry: 0 where the estimate has no bias */
  readonly bias?: number;
}

/** Two samples, one of which is correlated with the other, as close pairs in data are. */
function samples(shape: readonly number[], count = 2): NdArray<Float64Array> {
  const size = shape.reduce((a, b) => a * b, 1);
  const data = createRng(17).normals(new Float64Array(count * size));
  for (let i = size; i < 2 * size; i++) data[i] = 0.6 * data[i - size]! + 0.8 * data[i]!;
  return { data, shape: [count, ...shape] };
}

/** Size of entry [i, j, h, h', w, w']: the geometric mean of the kernels of its two sides with themselves. */
function sizes({ data, shape }: { data: Float64Array; shape: readonly number[] }): Float64Array {
  const count = shape[0]!;
  const sides = shape.slice(2).filter((_, axis) => axis % 2 === 0);
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  return data.map((_, at) => {
    const of = shape.map((side, axis) => Math.floor(at / strides[axis]!) % side);
    const own = (sample: number, half: 0 | 1) =>
      sides.reduce(
        (index, _side, axis) =>
          (index * shape[2 + 2 * axis]! + of[2 + 2 * axis + half]!) * shape[2 + 2 * axis]! +
          of[2 + 2 * axis + half]!,
        sample * count + sample,
      );
    return Math.sqrt(Math.abs(data[own(of[0]!, 0)]! * data[own(of[1]!, 1)]!));
  });
}

/** Largest distance of the estimate from the kernel beyond the allowance for the width, in standard errors. */
function distance(estimate: Estimate, kernel: Matrix, bias: number): number {
  const size = sizes(kernel);
  return estimate.mean.reduce((worst, mean, i) => {
    const away = Math.abs(mean - kernel.data[i]!) - bias * size[i]!;
    // entries that are exactly 0 in every draw (positions in different branches) have no standard error
    return Math.max(worst, away / Math.max(estimate.stderr[i]!, 1e-12 * size[i]! + Number.MIN_VALUE));
  }, 0);
}

async function check({ net, wrong, bias = 0, ...options }: Omit<Case, "name">): Promise<void> {
  const x = samples(net.input);
  const get = options.tangent === true ? (["nngp", "ntk"] as const) : (["nngp"] as const);
  const estimates = estimateKernels(net, x, { seed: 3, ...options } satisfies FiniteOptions);
  const kernels = await computeKernel(net, x, null, { get });
  for (const name of get) {
    expect(kernels[name].shape).toEqual(estimates[name]!.shape);
    expect(distance(estimates[name]!, kernels[name], bias), name).toBeLessThan(AGREES);
  }
  for (const [i, other] of wrong.entries()) {
    const worst = Math.max(
      ...(await Promise.all(
        get.map(async (name) =>
          distance(estimates[name]!, (await computeKernel(other, x, null, { get: [name] }))[name], bias),
        ),
      )),
    );
    expect(worst, `the estimate refutes wrong network ${i + 1}`).toBeGreaterThan(DIFFERS);
  }
}

const VARIANCES = { weightVariance: 1.7, biasVariance: 0.2 };

describe("dense networks agree with random finite networks", () => {
  const W = 96;
  const hidden = (options: object = {}) => dense(W, { ...VARIANCES, ...options });
  const of = (...layers: n.Layer[]) => network(input([3]), ...layers);
  const cases: Case[] = [
    {
      name: "one hidden layer, ntk parameterization",
      net: of(hidden(), relu(), hidden({ biasVariance: 0.4 })),
      wrong: [
        of(hidden(), relu(), hidden({ weightVariance: 1.9 })),
        of(hidden(), relu(), hidden({ biasVariance: 0 })),
      ],
      draws: 200,
      tangent: true,
    },
    {
      name: "one hidden layer, standard parameterization",
      net: network(input([3], { parameterization: "standard" }), hidden(), erf(), dense(W, VARIANCES)),
      wrong: [
        of(hidden(), erf(), dense(W, VARIANCES)),
        network(
          input([3], { parameterization: "standard" }),
          hidden(),
          erf(),
          dense(W, { weightVariance: 1.7 }),
        ),
        network(
          input([3], { parameterization: "standard" }),
          dense(W - 12, VARIANCES),
          erf(),
          dense(W, VARIANCES),
        ),
      ],
      draws: 200,
      tangent: true,
    },
    {
      name: "one layer of its own parameterization",
      net: of(hidden({ parameterization: "standard" }), relu(), hidden()),
      wrong: [of(hidden(), relu(), hidden())],
      draws: 200,
      tangent: true,
    },
    {
      name: "three hidden layers",
      net: of(n.repeat(3, hidden(), erf()), hidden()),
      wrong: [of(n.repeat(2, hidden(), erf()), hidden()), of(n.repeat(4, hidden(), erf()), hidden())],
      draws: 100,
      tangent: true,
      bias: 0.02,
    },
    {
      name: "a residual of a dense branch and the identity, after an activation with a mean",
      net: of(hidden(), relu(), n.residual(hidden()), hidden()),
      wrong: [of(hidden(), relu(), hidden(), hidden())],
      draws: 150,
      tangent: true,
    },
    {
      name: "a residual around an activation and a dense layer, a dense shortcut",
      net: of(hidden(), n.residualWithShortcut([relu(), hidden()], [hidden({ weightVariance: 0.7 })])),
      wrong: [of(hidden(), n.residualWithShortcut([relu(), hidden()], [hidden({ weightVariance: 1 })]))],
      draws: 150,
      tangent: true,
    },
    {
      name: "a sum of three branches, one of them the identity",
      net: of(hidden(), n.parallel("sum", [[relu(), hidden()], [erf(), hidden()], []])),
      wrong: [
        of(
          hidden(),
          n.parallel("sum", [
            [relu(), hidden()],
            [erf(), hidden()],
          ]),
        ),
      ],
      draws: 150,
      tangent: true,
    },
    {
      name: "dropout, whose mask a sample shares with itself only",
      net: of(hidden(), relu(), n.dropout(0.4), hidden()),
      wrong: [of(hidden(), relu(), hidden()), of(hidden(), relu(), n.dropout(0.6), hidden())],
      draws: 200,
      tangent: true,
    },
    {
      name: "layerNorm",
      net: of(hidden(), n.layerNorm(), relu(), hidden()),
      wrong: [of(hidden(), relu(), hidden())],
      draws: 150,
      tangent: true,
      bias: 0.02,
    },
  ];
  test.each(cases)("$name", async ({ name: _name, ...rest }) => check(rest));
});

describe("every activation agrees with random finite networks", () => {
  /** parameters that differ from the defaults, or that have none, at which second moments of products exist */
  const PARAMETERS: Record<string, object> = {
    leakyRelu: { slope: 0.3 },
    abRelu: { a: -0.4, b: 1.2 },
    erf: { a: 1.3, b: 0.8, c: 0.2 },
    sin: { a: 1.2, b: 0.7, c: 0.3 },
    cos: { a: 1.2, b: 0.7, c: 0.3 },
    rbf: { gamma: 0.6 },
    gaussian: { a: 1.1, b: -0.5 },
    exp: { a: 0.8, b: 0.5 },
    monomial: { degree: 3 },
    rectifiedMonomial: { degree: 2 },
    polynomial: { coefficients: [0.3, -1, 0.2, 0.4] },
    hermite: { degree: 3 },
    expNormalized: { gamma: 1, shift: 0 },
  };
  const jumps = (name: string) =>
    activation(name, PARAMETERS[name] as never).breakPoints.some(({ order }) => order === 0);
  const usable = activationNames().filter((name) => {
    const { kernelOnly, permissibility } = activation(name, PARAMETERS[name] as never);
    return !kernelOnly && permissibility.permissible;
  });
  test.each(usable)("%s", async (name) => {
    // normalized Hermite polynomials are for pre-activations of variance 1
    const norm = name === "hermite" ? [n.layerNorm()] : [];
    const net = (biasVariance: number) =>
      network(
        input([3]),
        dense(200, { weightVariance: 0.7, biasVariance }),
        ...norm,
        n.activationLayer(name, PARAMETERS[name] as never),
      );
    await check({
      net: net(0.1),
      wrong: [net(0.3)],
      draws: 300,
      tangent: !jumps(name),
      bias: norm.length > 0 ? 0.02 : 0,
    });
  });
});
