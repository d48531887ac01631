/**
 * Presets that finite networks alone read: their layers have no kernel of infinite width.
 * @module
 */
import {
  batchNorm,
  conv,
  dense,
  flatten,
  globalAvgPool,
  maxPool,
  network,
  residual,
  residualWithShortcut,
} from "./builders.js";
import {
  act,
  COMMON,
  from,
  head,
  type Preset,
  type PresetParameters,
  square,
  times,
  variances,
} from "./preset-parts.js";
import type { Layer } from "./spec.js";

// biases that are there and begin small; initializations such as glorotUniform set them to 0
const BIASED = { ...COMMON, biasVariance: 0.01, readoutBiasVariance: 0.01 } as const;

const block = (p: PresetParameters): Layer[] => [conv(p.width, square(p, 3), variances(p)), act(p)];
const halved = (p: PresetParameters) => maxPool(square(p, 2), { strides: square(p, 2) });

/** Networks of paper C's experiments. */
export const finitePresets: readonly Preset[] = [
  {
    name: "binary-cnn",
    meaning:
      "Paper C's classifier of two groups of classes: four convolutions, maxPool of 2 after each of the first two, two dense layers.",
    defaults: { ...BIASED, classes: 2, input: [28, 28, 1], width: 32, denseWidth: 2000 },
    critical: false,
    build: (p) => {
      const wide = () => [dense(p.denseWidth, variances(p)), act(p)];
      return network(
        from(p),
        ...block(p),
        halved(p),
        ...block(p),
        halved(p),
        ...block(p),
        ...block(p),
        flatten(),
        ...wide(),
        ...wide(),
        head(p),
      );
    },
  },
  {
    name: "max-pool-cnn",
    meaning:
      "Convolutional networks of growing complexity (paper C: depth 2, 4, 6): depth convolutions, maxPool of 2 after every second, readout.",
    defaults: { ...BIASED, input: [32, 32, 3], depth: 2, width: 32 },
    critical: false,
    build: (p) => {
      const layers = Array.from({ length: p.depth }, (_, l) => [
        ...block(p),
        ...(l % 2 === 1 ? [halved(p)] : []),
      ]);
      return network(from(p), ...layers.flat(), flatten(), head(p));
    },
  },
  {
    name: "resnet",
    meaning:
      "Pre-activation residual network with batchNorm (paper C; depth 3 is of the ResNet-20 type): three stages of depth blocks, widths w, 2 w, 4 w.",
    defaults: { ...COMMON, readoutBiasVariance: 0.01, input: [32, 32, 3], depth: 3, width: 16 },
    critical: false,
    build: (p) => {
      // batchNorm has a shift of its own: convolutions need no biases
      const unit = (channels: number, step: number): Layer[] => [
        batchNorm(),
        act(p),
        conv(channels, square(p, 3), { ...variances(p), strides: square(p, step) }),
      ];
      const body = (channels: number, step: number) => [...unit(channels, step), ...unit(channels, 1)];
      const stage = (channels: number, step: number): Layer[] => {
        const strides = square(p, step);
        const first =
          step === 1
            ? residual(...body(channels, 1))
            : residualWithShortcut(body(channels, step), [
                conv(channels, square(p, 1), { ...variances(p), strides }),
              ]);
        return [first, ...times(p.depth - 1, residual(...body(channels, 1)))];
      };
      return network(
        from(p),
        conv(p.width, square(p, 3), variances(p)),
        ...stage(p.width, 1),
        ...stage(2 * p.width, 2),
        ...stage(4 * p.width, 2),
        batchNorm(),
        act(p),
        globalAvgPool(),
        head(p),
      );
    },
  },
];
