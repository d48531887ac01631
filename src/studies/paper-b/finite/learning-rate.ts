/**
 * Largest learning rates of finite networks against depth (paper B, maximal learning rates).
 * @module
 */
import { chooseSubset, classFrequencies, normalizeInputs, oneHotCentred } from "../../../data/index.js";
import { computeKernel } from "../../../kernels/index.js";
import type { NdArray } from "../../../numeric/matrix.js";
import { kernelSpectrum, largestLearningRate } from "../../../trainability/index.js";
import { datasetKey } from "../../dataset-key.js";
import { smallImages } from "../../small-images.js";
import { defineStudy } from "../../study.js";
import { RATE_CASES, type RateResults } from "./learning-rate-cases.js";
import { rateChecks } from "./learning-rate-checks.js";
import { rateFigures } from "./learning-rate-figures.js";
import { type RatesOfNetwork, ratesOfNetwork } from "./learning-rate-run.js";
import { paperNetwork } from "./paper-networks.js";

interface RateParameters {
  readonly [name: string]: number | readonly number[];
  readonly samples: number;
  readonly classes: readonly number[];
  /** side of the images */
  readonly side: number;
  readonly depths: readonly number[];
  /** units of FCN, channels of the convolutional networks */
  readonly width: number;
  readonly channels: number;
  readonly factors: readonly number[];
  readonly steps: number;
  readonly networks: number;
}

export const learningRateStudy = defineStudy<RateParameters>({
  id: "B.learning-rate",
  papers: ["B"],
  title: "Largest learning rates of finite networks against depth",
  expected:
    "Finite networks train at eta = c 2 / lambda_max, lambda_max that of the kernel at infinite width, for c < 1 at every depth, and leave the linear dynamics or diverge for c > 1; in terms of the network's own lambda_max the loss begins to rise at c = 1.",
  data: "cifar10",
  quick: {
    samples: 24,
    classes: [0, 1],
    side: 4,
    depths: [1, 3, 6],
    width: 256,
    channels: 32,
    factors: [0.25, 0.5, 1, 1.5, 2, 3],
    steps: 40,
    networks: 3,
  },
  full: {
    samples: 64,
    classes: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    side: 8,
    depths: [1, 2, 4, 8, 16, 32],
    width: 1024,
    channels: 128,
    factors: [0.25, 0.5, 1, 1.5, 2, 3],
    steps: 200,
    networks: 8,
  },
  run: async ({ samples, classes, side, depths, width, channels, factors, steps, networks }, context) => {
    const { seed, threads, signal } = context;
    const set = chooseSubset(smallImages(await context.dataset(), side), {
      train: samples,
      test: 2,
      classes,
      seed,
    });
    const images = normalizeInputs(set, "unit").train;
    const k = set.classNames.length;
    const targets = oneHotCentred(set.train.y, k, classFrequencies(set.train.y, k));
    const key = await datasetKey(set);
    const flat: NdArray<Float64Array> = { data: images.data, shape: [samples, images.data.length / samples] };
    const of = (id: string, depth: number) => {
      const { architecture, layer } = RATE_CASES.find((item) => item.id === id)!;
      const net = paperNetwork({
        architecture,
        layer,
        depth,
        width: architecture === "FCN" ? width : channels,
        classes: k,
        image: set.inputShape,
      });
      return { net, x: architecture === "FCN" ? flat : images };
    };
    const points = RATE_CASES.flatMap(({ id }) => depths.map((depth) => ({ id, depth })));
    const theory = await context.values(
      {
        name: "kernels",
        version: 1,
        unit: "kernels",
        compute: async ({ id, depth }: { id: string; depth: number; side: number; data: string }) => {
          const { net, x } = of(id, depth);
          const { ntk } = await computeKernel(net, x, null, { get: ["ntk"], threads, signal });
          return largestLearningRate((await kernelSpectrum(ntk)).lambdaMax, samples);
        },
      },
      points.map((point) => ({ ...point, side, data: key })),
    );
    const inputs = points.flatMap((point, i) =>
      Array.from({ length: networks }, (_, n) => ({
        ...point,
        width,
        channels,
        factors,
        steps,
        seed: seed + n,
        theory: theory[i]!,
        data: key,
      })),
    );
    const found = await context.values(
      {
        name: "networks",
        version: 1,
        unit: "networks",
        compute: ({ id, depth, seed: own, theory: rate }: (typeof inputs)[number]) => {
          const { net, x } = of(id, depth);
          return ratesOfNetwork({
            network: net,
            train: { x, y: targets, labels: set.train.y },
            theory: rate,
            factors,
            steps,
            seed: own,
            signal,
          });
        },
      },
      inputs,
    );
    const results: RateResults = {
      depths,
      factors,
      steps,
      chance: Math.max(...classFrequencies(set.train.y, k)),
      rates: RATE_CASES.map((_, c) =>
        depths.map((_, d) => {
          const from = (c * depths.length + d) * networks;
          return found.slice(from, from + networks);
        }),
      ),
    };
    const shape = [RATE_CASES.length, depths.length, networks];
    const all = results.rates.flat(2);
    const ofRuns = (value: (run: RatesOfNetwork["runs"][number]) => number | null) => ({
      data: Float64Array.from(
        all.flatMap(({ runs }) => runs.map(value)),
        (v) => v ?? Number.NaN,
      ),
      shape: [...shape, factors.length],
    });
    return {
      arrays: {
        depth: { data: Float64Array.from(depths), shape: [depths.length] },
        factor: { data: Float64Array.from(factors), shape: [factors.length] },
        theory: { data: Float64Array.from(theory), shape: shape.slice(0, 2) },
        own: { data: Float64Array.from(all, ({ own }) => own), shape },
        threshold: { data: Float64Array.from(all, ({ threshold }) => threshold), shape },
        accuracy: ofRuns(({ accuracy }) => accuracy),
        loss: ofRuns(({ loss }) => loss),
        peak: ofRuns(({ peak }) => peak),
        curvature: ofRuns(({ curvature }) => curvature),
      },
      checks: rateChecks(results),
      figures: rateFigures(results, { ...set, samples, width, channels }),
    };
  },
});
