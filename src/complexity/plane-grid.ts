/**
 * A grid over the plane, to ask a network of two features what it says where.
 * @module
 */
import { ForetrainError } from "../errors.js";
import type { NdArray } from "../numeric/matrix.js";

/** A grid and its points as samples. */
export interface PlaneGrid {
  /** ascending */
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** [y.length x.length, 2], x moving first: the `probe` of an experiment, whose classes are the map of `decisionBoundariesFigure` */
  readonly samples: NdArray<Float64Array>;
}

/**
 * Points evenly spaced over a rectangle, its edges among them.
 * @param points  along each side, default 81
 * @throws ERR_DOMAIN for fewer than two points or an empty side
 */
export function planeGrid(
  xRange: readonly [number, number],
  yRange: readonly [number, number],
  points = 81,
): PlaneGrid {
  const axis = (argument: string, [low, high]: readonly [number, number]) => {
    if (!(Number.isSafeInteger(points) && points >= 2 && low < high)) {
      throw new ForetrainError(
        "ERR_DOMAIN",
        `planeGrid: ${argument} is [${low}, ${high}] with ${points} points, expected an interval with at least 2`,
        { argument, got: [low, high, points] },
      );
    }
    return Array.from({ length: points }, (_, i) => low + ((high - low) * i) / (points - 1));
  };
  const [x, y] = [axis("xRange", xRange), axis("yRange", yRange)];
  const data = new Float64Array(2 * points * points);
  y.forEach((v, j) => {
    x.forEach((u, i) => {
      data.set([u, v], 2 * (j * points + i));
    });
  });
  return { x, y, samples: { data, shape: [points * points, 2] } };
}
