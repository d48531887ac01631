/**
 * What the accuracy maps must show.
 * @module
 */
import { averageOf } from "../../../numeric/statistics/index.js";
import { atLeast, atMost, type Check, relative } from "../../checks.js";
import { SCALES } from "../depth-scales.js";
import type { AccuracyMaps } from "./maps.js";

/** Points of the map with their depth in depth scales of their phase. */
interface Point {
  readonly phase: "ordered" | "chaotic";
  /** depth over xi_1 or xi_* */
  readonly scales: number;
  readonly d: number;
  readonly w: number;
}

function pointsOf({ depths, phase, xi1, xiStar }: AccuracyMaps): Point[] {
  return phase.flatMap((kind, w) => {
    const scale = kind === "ordered" ? xi1[w] : kind === "chaotic" ? xiStar[w] : null;
    if (scale === null || scale === undefined) return [];
    return depths.map((depth, d) => ({ phase: kind as Point["phase"], scales: depth / scale, d, w }));
  });
}

/** Columns whose map ends above this many depth scales have no deep end to compare with. */
const ENOUGH_SCALES = 12;

/**
 * For ordered columns the depth, in xi_1, at which train accuracy at the last time is half way between 1 and what it is at the
 * deepest network.
 */
function boundaries({ depths, train, xi1 }: AccuracyMaps): number[] {
  const last = train.at(-1)!;
  return xi1.flatMap((scale, w) => {
    if (scale === null || depths.at(-1)! < ENOUGH_SCALES * scale) return [];
    const half = (1 + last.at(-1)![w]!) / 2;
    const d = last.findIndex((row) => row[w]! < half);
    if (d < 1) return [];
    const [before, after] = [last[d - 1]![w]!, last[d]![w]!];
    const share = (before - half) / (before - after);
    return [(depths[d - 1]! + share * (depths[d]! - depths[d - 1]!)) / scale];
  });
}

export function mapChecks(maps: AccuracyMaps): Check[] {
  const { times, train, network, predictorNorm, chance, networkSamples } = maps;
  const last = times.length - 1;
  const edge = boundaries(maps);
  const points = pointsOf(maps);
  const source = "paper B, accuracy maps of exact NTK training";
  const over = (phase: Point["phase"], from: number, to: number, values: readonly (readonly number[])[]) =>
    averageOf(
      points
        .filter((p) => p.phase === phase && p.scales >= from && p.scales < to)
        .map(({ d, w }) => values[d]![w]!),
    );
  const growth = times.slice(1).map((_, t) => averageOf(train[t + 1]!.flat()) - averageOf(train[t]!.flat()));
  const standardError = Math.sqrt((chance * (1 - chance)) / networkSamples);
  return [
    atLeast(
      {
        id: "train.time",
        quantity: "smallest growth of the mean train accuracy from one time to the next",
        source,
      },
      Math.min(...growth),
      0,
    ),
    atLeast(
      {
        id: "train.ordered",
        quantity: "mean train accuracy at the last time, ordered, depth from xi_1 to 4 xi_1",
        source,
      },
      over("ordered", 1, 4, train[last]!),
      0.95,
    ),
    relative(
      {
        id: "train.bound",
        quantity: "ordered: depth where train accuracy at the last time has fallen half way, in xi_1, mean",
        source: `${source}: about 8 xi_1, a line drawn by eye`,
      },
      averageOf(edge),
      SCALES,
      0.4,
    ),
    atMost(
      {
        id: "train.scale",
        quantity: "the same, largest over smallest: xi_1 is the scale of that boundary",
        source,
      },
      Math.max(...edge) / Math.min(...edge),
      1.6,
    ),
    atLeast(
      {
        id: "train.chaotic",
        quantity: "mean train accuracy at the last time, chaotic, every depth from 8 xi_* on",
        source,
      },
      over("chaotic", 8, Number.POSITIVE_INFINITY, train[last]!),
      0.99,
    ),
    atMost(
      {
        id: "norm.chaotic",
        quantity: "mean norm of the mean output on test samples, chaotic, beyond 8 xi_*",
        source: "paper B, P(Theta) Y -> 0",
      },
      over("chaotic", 8, Number.POSITIVE_INFINITY, predictorNorm),
      0.02,
    ),
    atMost(
      { id: "test.chaotic", quantity: "test accuracy of single networks, chaotic, beyond 8 xi_*", source },
      over("chaotic", 8, Number.POSITIVE_INFINITY, network),
      // the noise is the same at all points of the map: their mean does not average it away
      chance + 4 * standardError,
    ),
    atLeast(
      {
        id: "test.near",
        quantity: "best test accuracy of single networks near criticality over chance",
        source,
      },
      Math.max(...network.flat()) / chance,
      1.2,
    ),
  ];
}
