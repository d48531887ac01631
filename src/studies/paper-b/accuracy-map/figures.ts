/**
 * The figures of the accuracy maps.
 * @module
 */
import { mapsFigure } from "../../../figures/index.js";
import type { StudyFigure } from "../../study.js";
import { SCALES, scaleOverlays } from "../depth-scales.js";
import type { AccuracyMaps } from "./maps.js";

const timeTitle = (t: number) => `t = ${t.toLocaleString("en-US")}`;

/** Three times of training, and what generalizes at the last. */
export function mapFigures(maps: AccuracyMaps, dataName: string): StudyFigure[] {
  const { weightVariance, depths, times, curves } = maps;
  const overlays = scaleOverlays(curves, depths.at(-1)!);
  const axes = {
    x: { title: "weight variance σ_{w}^{2}", values: weightVariance },
    y: { title: "hidden layers", values: depths },
    overlays,
  };
  // the best of the means and 35 %: what the data allow sets the colours
  const best = Math.max(0.35, ...maps.test.flat(2));
  const shown =
    times.length > 3 ? [0, Math.floor(times.length / 2), times.length - 1] : times.map((_, t) => t);
  const trainColours = { title: "train accuracy", domain: [0, 1] as const };
  const testColours = { title: "test accuracy", domain: [0, Math.ceil(best * 20) / 20] as const };
  const last = times.length - 1;
  return [
    {
      name: "accuracy-over-time",
      caption: `Accuracy of the mean of infinitely many erf networks on ${dataName} over weight variance and depth, after training with rate 2 / lambda_max to three times. Top: on the train samples; the region that is fitted grows with time, to about ${SCALES} xi_1 layers in the ordered phase, and holds all of the chaotic phase. Bottom: on ${maps.testSamples} test samples. White lines: ${SCALES} xi_1 (dashed, ordered) and ${SCALES} xi_* (dotted, chaotic).`,
      draw: (options) =>
        mapsFigure(
          {
            ...axes,
            title: `Exact training of infinitely wide networks on ${dataName}`,
            description: `Train and test accuracy over weight variance and depth at ${shown.map((t) => timeTitle(times[t]!)).join(", ")}.`,
            rows: [
              [
                {
                  colours: trainColours,
                  maps: shown.map((t) => ({ title: timeTitle(times[t]!), values: maps.train[t]! })),
                },
              ],
              [
                {
                  colours: testColours,
                  maps: shown.map((t) => ({ title: timeTitle(times[t]!), values: maps.test[t]! })),
                },
              ],
            ],
          },
          options,
        ),
    },
    {
      name: "generalization",
      caption: `What is left of the labels on test samples at t = ${times[last]}. (a) Accuracy of one network drawn from initialization and trained, ${maps.networkSamples} samples: beyond ${SCALES} xi_* layers the noise of its initialization is all that it answers. (b) Accuracy of the mean output of many networks, and (c) its norm over that of the targets: it goes to 0 there, long before the order of its outputs is lost.`,
      draw: (options) =>
        mapsFigure(
          {
            ...axes,
            title: `Generalization over weight variance and depth on ${dataName}`,
            description: "Test accuracy of single networks, and the norm of the mean predictor.",
            rows: [
              [
                {
                  colours: testColours,
                  maps: [
                    { title: "(a) One network", values: maps.network },
                    { title: "(b) Mean of many networks", values: maps.test[last]! },
                  ],
                },
                {
                  colours: { title: "norm", domain: [0, 1] },
                  maps: [{ title: "(c) Norm of that mean", values: maps.predictorNorm }],
                },
              ],
            ],
          },
          options,
        ),
    },
  ];
}
