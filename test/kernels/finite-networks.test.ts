import { describe, expect, test } from "vitest";
import { computeKernel } from "../../src/kernels/index.js";
import * as n from "../../src/network/index.js";
import { createRng, type Rng } from "../../src/numeric/random.js";

const { dense, network, input, residual, parallel, relu, erf } = n;

const WIDTH = 40;
const DRAWS = 1600;
const STEP = 1e-5; // central differences: error STEP^2 ~ 1e-10

/**
 * Outputs of one finite network at all inputs. Weights are drawn from `weights`, moved by `step` along a direction drawn
 * from `direction`, both standard normal per parameter of the parameterization; dropout masks from `masks`.
 */
function forward(
  net: n.Network,
  inputs: readonly Float64Array[],
  streams: { weights: Rng; direction: Rng; masks: Rng },
  step: number,
): number[] {
  type Batch = Float64Array[];
  const layerOf = (layer: n.Layer, x: Batch): Batch => {
    switch (layer.kind) {
      case "dense": {
        const { weightVariance, biasVariance, parameterization } = n.weightsOf(layer, net);
        const fan = x[0]!.length;
        const [sw, sb] = [Math.sqrt(weightVariance / fan), Math.sqrt(biasVariance)];
        const ntk = parameterization === "ntk";
        // a parameter's standard deviation at the start, and the factor it is multiplied by in the forward pass
        const parameter = (deviation: number) => {
          const w = streams.weights.normal();
          const v = streams.direction.normal();
          return ntk ? deviation * (w + step * v) : deviation * w + step * v;
        };
        const out = x.map(() => new Float64Array(layer.units));
        for (let u = 0; u < layer.units; u++) {
          for (let f = 0; f < fan; f++) {
            const w = parameter(sw);
            for (const [s, sample] of x.entries()) out[s]![u]! += w * sample[f]!;
          }
          if (biasVariance > 0) {
            const b = parameter(sb);
            for (const sample of out) sample[u]! += b;
          }
        }
        return out;
      }
      case "activation": {
        const { value } = n.activationOf(layer);
        return x.map((sample) => sample.map(value));
      }
      case "layerNorm":
        return x.map((sample) => {
          const mean = sample.reduce((a, b) => a + b, 0) / sample.length;
          const spread = Math.sqrt(sample.reduce((a, b) => a + (b - mean) ** 2, 0) / sample.length);
          return sample.map((v) => (v - mean) / spread);
        });
      case "dropout":
        return x.map((sample) =>
          sample.map((v) => (streams.masks.uniform() < layer.keepRate ? v / layer.keepRate : 0)),
        );
      case "residual": {
        const [main, shortcut] = [chain(layer.layers, x), chain(layer.shortcut ?? [], x)];
        return main.map((sample, s) => sample.map((v, u) => v + shortcut[s]![u]!));
      }
      case "parallel": {
        const branches = layer.branches.map((branch) => chain(branch, x));
        return branches[0]!.map((sample, s) =>
          sample.map((_, u) => branches.reduce((sum, b) => sum + b[s]![u]!, 0)),
        );
      }
      default:
        throw new Error(`no finite ${layer.kind} here`);
    }
  };
  const chain = (layers: readonly n.Layer[], x: Batch): Batch =>
    layers.reduce((batch, layer) => layerOf(layer, batch), x);
  return chain(net.layers, [...inputs]).map((sample) => sample[0]!);
}

const FEATURES = 3;
const X = [Float64Array.of(1, 0.5, -0.3), Float64Array.of(0.2, 1.1, 0.8)];

/**
 * Means over random networks of f(x) f(x') and of the product of the derivatives of f(x) and f(x') along a random
 * direction of parameter space, whose mean over directions is the tangent kernel; with standard errors.
 */
function monteCarlo(net: n.Network, seed: number) {
  const rng = createRng(seed);
  const pairs = [
    [0, 0],
    [0, 1],
    [1, 1],
  ] as const;
  const sums = pairs.map(() => ({ nngp: 0, nngp2: 0, ntk: 0, ntk2: 0 }));
  for (let draw = 0; draw < DRAWS; draw++) {
    const run = (step: number) =>
      forward(
        net,
        X,
        {
          weights: rng.fork("weights", draw),
          direction: rng.fork("direction", draw),
          masks: rng.fork("masks", draw),
        },
        step,
      );
    const [up, down] = [run(STEP), run(-STEP)];
    pairs.forEach(([i, j], p) => {
      const value = (s: number) => 0.5 * (up[s]! + down[s]!);
      const slope = (s: number) => (up[s]! - down[s]!) / (2 * STEP);
      const [a, b] = [value(i) * value(j), slope(i) * slope(j)];
      sums[p]!.nngp += a;
      sums[p]!.nngp2 += a * a;
      sums[p]!.ntk += b;
      sums[p]!.ntk2 += b * b;
    });
  }
  const summary = (sum: number, squares: number) => {
    const mean = sum / DRAWS;
    return { mean, stderr: Math.sqrt((squares / DRAWS - mean * mean) / DRAWS) };
  };
  return sums.map((s) => ({ nngp: summary(s.nngp, s.nngp2), ntk: summary(s.ntk, s.ntk2) }));
}

const hidden = (options: { weightVariance?: number; biasVariance?: number } = {}) => dense(WIDTH, options);

describe("finite networks agree with their infinite limit", () => {
  test.each<[string, n.Network]>([
    [
      "both kinds of bias, ntk parameterization",
      network(
        input([FEATURES]),
        hidden({ weightVariance: 2, biasVariance: 0.3 }),
        relu(),
        dense(1, { biasVariance: 0.2 }),
      ),
    ],
    [
      "both kinds of bias, standard parameterization",
      network(
        input([FEATURES], { parameterization: "standard" }),
        hidden({ weightVariance: 2, biasVariance: 0.3 }),
        relu(),
        dense(1, { biasVariance: 0.2, weightVariance: 1.5 }),
      ),
    ],
    [
      "a residual of a dense branch and the identity",
      network(
        input([FEATURES]),
        hidden(),
        residual(erf(), hidden({ weightVariance: 1.5, biasVariance: 0.1 })),
        relu(),
        dense(1),
      ),
    ],
    [
      "a residual after an activation, one of whose branches has a mean",
      network(
        input([FEATURES]),
        hidden({ weightVariance: 2 }),
        relu(),
        residual(hidden({ weightVariance: 1.5 })),
        dense(1),
      ),
    ],
    [
      "branches with activations of their own",
      network(
        input([FEATURES]),
        hidden(),
        parallel("sum", [[relu(), hidden()], [erf(), hidden()], []]),
        erf(),
        dense(1),
      ),
    ],
    [
      "layerNorm",
      network(
        input([FEATURES]),
        hidden({ weightVariance: 3, biasVariance: 0.5 }),
        n.layerNorm(),
        relu(),
        dense(1),
      ),
    ],
  ])("%s", async (_name, net) => {
    const { nngp, ntk } = await computeKernel(net, {
      data: Float64Array.from(X.flatMap((x) => [...x])),
      shape: [2, FEATURES],
    });
    const found = monteCarlo(net, 5);
    [0, 1, 3].forEach((entry, p) => {
      const { nngp: k, ntk: t } = found[p]!;
      // 5 standard errors, and 3 / width for the finite width
      const allow = (stderr: number, value: number) => ({
        stderr: stderr + (3 / WIDTH / 5) * Math.abs(value),
      });
      expect(k.mean).toAgreeWith(nngp.data[entry]!, allow(k.stderr, k.mean));
      expect(t.mean).toAgreeWith(ntk.data[entry]!, allow(t.stderr, t.mean));
      expect(t.stderr).toBeLessThan(0.08 * Math.sqrt(ntk.data[0]! * ntk.data[3]!)); // the comparison has power
    });
  });

  test("dropout: the covariance of one pass with itself is larger by the keep rate", async () => {
    const net = network(input([FEATURES]), hidden(), relu(), n.dropout(0.4), dense(1));
    const { nngp } = await computeKernel(net, {
      data: Float64Array.from(X.flatMap((x) => [...x])),
      shape: [2, FEATURES],
    });
    const found = monteCarlo(net, 6);
    [0, 1, 3].forEach((entry, p) => {
      expect(found[p]!.nngp.mean).toAgreeWith(nngp.data[entry]!, { stderr: found[p]!.nngp.stderr });
    });
  });
});
