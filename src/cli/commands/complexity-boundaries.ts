/**
 * What a network of `foretrain complexity` says where, for tasks in the plane.
 * @module
 */
import type { NetworkSnapshots } from "../../complexity/index.js";
import { type DecisionBoundariesData, numberText, percentText } from "../../figures/index.js";
import type { PreparedSamples } from "./complexity-data.js";

const MAPS = 8;
const MOST_SAMPLES = 600;

/** Maps at steps of the first to the last snapshot, with the first train samples; null where the task is not one of the plane. */
export function boundariesData(
  { plane, train, clean, classNames }: PreparedSamples,
  snapshots: NetworkSnapshots,
  accuracy: readonly number[],
): DecisionBoundariesData | null {
  if (plane === null || snapshots.probe === null) return null;
  const last = snapshots.steps.length - 1;
  const count = Math.min(MAPS, snapshots.steps.length);
  const at = [...new Set(Array.from({ length: count }, (_, i) => Math.round((i * last) / (count - 1))))];
  const { grid, x } = plane;
  const shown = Math.min(MOST_SAMPLES, train.labels.length);
  const feature = (k: number) => Array.from({ length: shown }, (_, i) => x.data[2 * i + k]!);
  return {
    x: { title: "x_{1}", values: grid.x },
    y: { title: "x_{2}", values: grid.y },
    maps: at.map((t) => ({
      title: `step ${numberText(snapshots.steps[t]!)}, ${percentText(accuracy[t]!)}`,
      classes: snapshots.probe![t]!,
    })),
    samples: {
      x: feature(0),
      y: feature(1),
      labels: train.labels.subarray(0, shown),
      wrong: clean === null ? undefined : feature(0).map((_, i) => clean[i] !== train.labels[i]),
    },
    classNames,
  };
}
