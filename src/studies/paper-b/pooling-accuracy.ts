/**
 * Test accuracy of pooled, flattened and fully connected networks on images, over depth (paper B, pooling).
 * @module
 */
import { chooseSubset, classFrequencies, normalizeInputs, oneHotCentred } from "../../data/index.js";
import { type AxisSpec, type LineStyle, type Mark, panelsFigure } from "../../figures/index.js";
import { kernelsAtDepths } from "../../kernels/index.js";
import {
  activationLayer,
  conv,
  flatten,
  globalAvgPool,
  input,
  type Layer,
  type Network,
  network,
} from "../../network/index.js";
import { atLeast, atMost, type Check } from "../checks.js";
import { datasetKey } from "../dataset-key.js";
import { smallImages } from "../small-images.js";
import { defineStudy } from "../study.js";
import { flattened } from "./accuracy-map/column.js";
import { criticalLayer, deepNetwork, type PaperLayer } from "./deep-network.js";
import { type MapKernels, type MapPrediction, predictedAccuracy } from "./finite/map-prediction.js";
import type { Architecture } from "./finite/paper-networks.js";

const BIAS = 0.05;
const PHASES: readonly { readonly phase: string; readonly layer: PaperLayer }[] = [
  { phase: "ordered", layer: { activation: "erf", weightVariance: 1, biasVariance: BIAS } },
  { phase: "critical", layer: criticalLayer("erf", BIAS) },
  { phase: "chaotic", layer: { activation: "erf", weightVariance: 2, biasVariance: BIAS } },
];
const ARCHITECTURES: readonly { readonly name: Architecture; readonly style: LineStyle }[] = [
  { name: "FCN", style: { colour: 1, marker: "circle" } },
  { name: "CNN-F", style: { colour: 2, marker: "square", dash: "dashed" } },
  { name: "CNN-P", style: { colour: 3, marker: "triangle" } },
];

/** Read-in, two copies of the hidden layer, 3 x 3 on the circle, and the readout. */
function convolutional(
  { activation, ...variances }: PaperLayer,
  shape: readonly number[],
  last: Layer,
): Network {
  const block = [activationLayer(activation), conv(1, [3, 3], { padding: "circular", ...variances })];
  return network(
    input([...shape]),
    conv(1, [3, 3], { padding: "circular", weightVariance: 1, biasVariance: 0 }),
    ...block,
    ...block,
    last,
  );
}

export const poolingAccuracyStudy = defineStudy({
  id: "B.pooling-accuracy",
  papers: ["B"],
  title: "Test accuracy with and without pooling, over depth",
  expected:
    "At criticality what generalizes fades like 1 / l, with global average pooling over d positions like d / l: pooled networks keep it to greater depth. In the chaotic phase it is gone after a few layers, in the ordered phase networks stop fitting, pooled ones too.",
  data: "cifar10",
  quick: {
    train: 64,
    test: 160,
    classes: [0, 1],
    side: 4,
    depths: [1, 2, 4, 8, 16, 32, 64],
    steps: 4096,
  },
  full: {
    train: 256,
    test: 500,
    classes: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    side: 8,
    depths: [1, 2, 4, 8, 16, 32, 64, 128],
    steps: 4096,
  },
  run: async ({ train: n, test: m, classes, side, depths, steps }, context) => {
    const { seed, threads, signal } = context;
    const set = chooseSubset(smallImages(await context.dataset(), side), {
      train: n,
      test: m,
      classes,
      seed,
    });
    const images = normalizeInputs(set, "unit");
    const flat = { train: flattened(images.train), test: flattened(images.test) };
    const k = set.classNames.length;
    const targets = {
      targets: oneHotCentred(set.train.y, k, classFrequencies(set.train.y, k)),
      trainLabels: set.train.y,
      testLabels: set.test.y,
    };
    const key = await datasetKey(set);
    const found = await context.values(
      {
        name: "networks",
        version: 1,
        unit: "networks",
        compute: async ({
          phase,
          architecture,
        }: {
          phase: string;
          architecture: Architecture;
          depths: readonly number[];
          steps: number;
          data: string;
        }) => {
          const { layer } = PHASES.find((item) => item.phase === phase)!;
          const full = architecture === "FCN";
          const x = full ? flat : images;
          const net = full
            ? deepNetwork(layer, flat.train.shape[1]!)
            : convolutional(layer, set.inputShape, architecture === "CNN-P" ? globalAvgPool() : flatten());
          const work = { get: ["nngp", "ntk"] as const, threads, signal };
          const own: MapKernels["train"][] = [];
          for await (const { nngp, ntk } of kernelsAtDepths(net, depths, x.train, null, work))
            own.push({ nngp, ntk });
          const out: MapPrediction[] = [];
          for await (const { own: variances, ...test } of kernelsAtDepths(
            net,
            depths,
            x.test,
            x.train,
            work,
          )) {
            const kernels = { train: own[out.length]!, test, own: variances.rows.nngp };
            out.push(await predictedAccuracy(kernels, targets, { steps, factor: 0.5 }));
          }
          return out;
        },
      },
      PHASES.flatMap(({ phase }) =>
        ARCHITECTURES.map(({ name }) => ({ phase, architecture: name, depths, steps, data: key })),
      ),
    );
    const at = (p: number, a: number) => found[p * ARCHITECTURES.length + a]!;
    const positions = side * side;
    const chance = Math.max(...classFrequencies(set.test.y, k));
    const error = Math.sqrt((chance * (1 - chance)) / set.test.y.length);
    const source = "paper B, pooling";
    const last = depths.length - 1;
    const ratio = (p: number, d: number) => at(p, 2)[d]!.meanNorm / at(p, 1)[d]!.meanNorm;
    const difference = (p: number, d: number, one: number, other: number) =>
      at(p, one)[d]!.test - at(p, other)[d]!.test;
    const checks: Check[] = [
      atLeast(
        {
          id: "critical.accuracy",
          quantity: "critical: test accuracy of one network, pooled minus flattened, smallest over depths",
          source: `${source}: better near criticality at every depth`,
        },
        Math.min(...depths.map((_, d) => difference(1, d, 2, 1))),
        0,
      ),
      atLeast(
        {
          id: "critical.norm",
          quantity: `critical: norm of the mean output, pooled over flattened, at ${depths[last]} layers over that at ${depths[0]}`,
          // the law holds where both have left their shallow values: a share of d is to be seen by then
          source: `${source}: d / l against 1 / l, d = ${positions}`,
        },
        ratio(1, last) / ratio(1, 0),
        1.2,
      ),
      atLeast(
        {
          id: "chaotic.norm",
          quantity: `chaotic, ${depths[last]} layers: norm of the mean output, pooled over flattened`,
          source: `${source}: larger by the order of d = ${positions}`,
        },
        ratio(2, last),
        2,
      ),
      ...ARCHITECTURES.map(({ name }, a) =>
        atMost(
          {
            id: `chaotic.${name}`,
            quantity: `chaotic, ${name}, ${depths[last]} layers: test accuracy of one network`,
            source: `${source}: chance, up to 2 standard errors of ${set.test.y.length} samples`,
          },
          at(2, a)[last]!.test,
          chance + 2 * error,
        ),
      ),
      atMost(
        {
          id: "same-law",
          quantity: "largest difference of test accuracy between FCN and CNN-F, all phases and depths",
          source: "paper B, NTK table: the same laws for FCN and CNN-F; standard error of the test samples",
        },
        Math.max(...PHASES.flatMap((_, p) => depths.map((_, d) => Math.abs(difference(p, d, 1, 0))))),
        error,
      ),
      atMost(
        {
          id: "ordered.fit",
          quantity: `ordered, FCN: train accuracy of one network at ${depths[last]} layers minus that at ${depths[0]}`,
          source: `${source}: networks stop fitting, condition numbers grow like chi_1^-l / l`,
        },
        at(0, 0)[last]!.train - at(0, 0)[0]!.train,
        -0.1,
      ),
    ];
    const x: AxisSpec = { title: "nonlinear layers", kind: "log", domain: [depths[0]!, depths[last]!] };
    const panel = (title: string, y: AxisSpec, p: number, value: (one: MapPrediction) => number) => ({
      title,
      x,
      y,
      marks: [
        ...(y.kind === "linear" ? [{ kind: "rule", axis: "y", value: chance, dash: "dotted" } as Mark] : []),
        ...ARCHITECTURES.map(
          ({ style }, a): Mark => ({
            kind: "line",
            x: depths,
            y: at(p, a).map(value),
            style,
          }),
        ),
      ],
    });
    const all = found.flat();
    const top = Math.ceil(Math.max(...all.map(({ test }) => test)) * 20) / 20;
    const norms = all.map(({ meanNorm }) => meanNorm).filter((norm) => norm > 0);
    const floor = Math.max(1e-6, Math.min(...norms) / 1.5);
    const accuracies: AxisSpec = {
      title: "test accuracy of one network",
      kind: "linear",
      domain: [Math.floor(Math.min(chance, ...all.map(({ test }) => test)) * 20) / 20, top],
    };
    const sizes: AxisSpec = {
      title: "norm of the mean",
      kind: "log",
      domain: [floor, Math.max(...norms) * 1.5],
    };
    const shape = [PHASES.length, ARCHITECTURES.length, depths.length];
    const array = (value: (one: MapPrediction) => number) => ({ data: Float64Array.from(all, value), shape });
    return {
      arrays: {
        depth: { data: Float64Array.from(depths), shape: [depths.length] },
        trainAccuracy: array(({ train }) => train),
        testAccuracy: array(({ test }) => test),
        meanTestAccuracy: array(({ meanTest }) => meanTest),
        meanNorm: array(({ meanNorm }) => meanNorm),
      },
      checks,
      figures: [
        {
          name: "pooling-accuracy",
          caption: `Infinitely wide erf networks on ${n} images of ${set.name} in ${side} x ${side} pixels (${set.classNames.join(" or ")}), ${steps} steps of gradient descent at 1 / lambda_max, ${m} test images; fully connected (FCN), convolutional and flattened (CNN-F) or averaged over ${positions} positions (CNN-P). Top: test accuracy of one network; dotted is chance. Bottom: norm of the mean over networks on test images, over that of the targets. Pooled networks answer better; those that are flattened answer as fully connected ones. In the chaotic phase the mean fades, with pooling some layers later, and one network answers with its initialization when the mean is small. At criticality the fall like 1 / l, d / l with pooling over d positions, has hardly begun at these depths; in the ordered phase it is the fit that ends.`,
          draw: (options) =>
            panelsFigure(
              {
                title: `Test accuracy with and without pooling on ${set.name}`,
                description: `Test accuracy and norm of the mean output over depth in three phases for ${ARCHITECTURES.map(({ name }) => name).join(", ")}.`,
                columns: 3,
                panelHeight: 250,
                legend: ARCHITECTURES.map(({ name, style }) => ({
                  kind: "line" as const,
                  label: name,
                  style,
                })),
                panels: [
                  ...PHASES.map(({ phase }, p) =>
                    panel(
                      `(${"abc"[p]}) ${phase}`,
                      p === 0 ? accuracies : { ...accuracies, title: "" },
                      p,
                      ({ test }) => test,
                    ),
                  ),
                  ...PHASES.map(({ phase }, p) =>
                    panel(
                      `(${"def"[p]}) ${phase}`,
                      p === 0 ? sizes : { ...sizes, title: "" },
                      p,
                      ({ meanNorm }) => meanNorm,
                    ),
                  ),
                ],
              },
              options,
            ),
        },
      ],
    };
  },
});
