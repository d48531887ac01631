/**
 * What the maps of finite networks must show.
 * @module
 */
import { averageOf, correlationOf } from "../../../numeric/statistics/index.js";
import { absolute, atLeast, atMost, type Check } from "../../checks.js";
import { SCALES } from "../depth-scales.js";
import type { FiniteMaps } from "./finite-maps.js";

/** Layers over width up to which networks are held to their kernels: both corrections and spread grow with this ratio. */
const SHALLOW = 1 / 16;
/** Depth scales beyond which nothing of the ordered phase is left, whatever the steps. */
const GONE = 12;

interface Cell {
  readonly depth: number;
  readonly phase: FiniteMaps["scales"][number]["phase"];
  /** depth over xi_1 or xi_* */
  readonly scales: number | null;
  readonly predicted: Record<"train" | "test", number>;
  readonly finite: Record<"train" | "test", readonly number[]>;
}

function cellsOf({ depths, scales, predicted, finite }: FiniteMaps): Cell[] {
  return depths.flatMap((depth, d) =>
    scales.map(({ phase, xi1, xiStar }, w) => {
      const scale = xi1 ?? xiStar;
      return {
        depth,
        phase,
        scales: scale === null ? null : depth / scale,
        predicted: { train: predicted.train[d]![w]!, test: predicted.test[d]![w]! },
        finite: { train: finite.train[d]![w]!, test: finite.test[d]![w]! },
      };
    }),
  );
}

const averages = (cells: readonly Cell[], part: "train" | "test") =>
  cells.map(({ finite }) => averageOf(finite[part]));

/** Standard error of the mean over all networks of the cells, from their spread within each cell. */
function standardError(cells: readonly Cell[], part: "train" | "test"): number {
  let squares = 0;
  let count = 0;
  let freedom = 0;
  for (const { finite } of cells) {
    const middle = averageOf(finite[part]);
    for (const value of finite[part]) squares += (value - middle) ** 2;
    count += finite[part].length;
    freedom += finite[part].length - 1;
  }
  return Math.sqrt(squares / Math.max(1, freedom) / count);
}

/** Mean difference between networks and kernels, expected to be a few standard errors and a correction of order l / N. */
function agreement(part: "train" | "test", cells: readonly Cell[], width: number): Check[] {
  const source = "paper B, accuracy of finite networks and of their NTK";
  const shallow = cells.filter(({ depth }) => depth <= SHALLOW * width);
  const correlation = correlationOf(
    Float64Array.from(cells, ({ predicted }) => predicted[part]),
    Float64Array.from(averages(cells, part)),
  ).value;
  const difference =
    averageOf(averages(shallow, part)) - averageOf(shallow.map(({ predicted }) => predicted[part]));
  return [
    atLeast(
      {
        id: `${part}.correlation`,
        quantity: `correlation of the ${part} accuracies of networks and kernels over the ${cells.length} cells`,
        // spreads of 0.03 to 0.05 of the mean of a cell, against 0.06 (test) to 0.14 (train) between cells
        source: `${source}: 1 up to the spread of networks, which leaves about 0.97, and their width`,
      },
      correlation,
      0.8,
    ),
    absolute(
      {
        id: `${part}.agreement`,
        quantity: `${part} accuracy of networks minus that of kernels, mean over ${shallow.length} cells with depth <= width / ${1 / SHALLOW}`,
        source: `${source}: 0 up to O(depth / width); tolerance 4 standard errors and mean depth / width`,
      },
      difference,
      0,
      4 * standardError(shallow, part) + averageOf(shallow.map(({ depth }) => depth)) / width,
    ),
  ];
}

export function finiteMapChecks(maps: FiniteMaps): Check[] {
  const cells = cellsOf(maps);
  const source = "paper B, accuracy maps of finite networks";
  const within = (phase: Cell["phase"], from: number, to: number) =>
    cells.filter(
      (cell) => cell.phase === phase && cell.scales !== null && cell.scales >= from && cell.scales < to,
    );
  const fitted = cells.filter(({ predicted }) => predicted.train >= 0.99);
  const gone = within("ordered", GONE, Number.POSITIVE_INFINITY);
  const deep = within("chaotic", SCALES, Number.POSITIVE_INFINITY);
  const near = within("chaotic", 0, 2);
  // all networks answer the same test samples: their number does not lower this
  const ofTest = Math.sqrt((maps.chance.test * (1 - maps.chance.test)) / maps.samples.test);
  return [
    atLeast(
      {
        id: "train.fit",
        quantity: `mean train accuracy of networks in the ${fitted.length} cells where kernels predict 0.99 or more`,
        source: `${source}: where the NTK fits, networks do`,
      },
      averageOf(averages(fitted, "train")),
      0.95,
    ),
    atMost(
      {
        id: "train.ordered",
        quantity: `mean train accuracy of networks, ordered, ${gone.length} cells beyond ${GONE} xi_1`,
        source: `${source}: chance, up to 4 standard errors`,
      },
      averageOf(averages(gone, "train")),
      maps.chance.train + 4 * standardError(gone, "train"),
    ),
    atLeast(
      {
        id: "train.chaotic",
        quantity: `mean train accuracy of networks, chaotic, ${deep.length} cells beyond ${SCALES} xi_*`,
        source: `${source}: every depth is fitted`,
      },
      averageOf(averages(deep, "train")),
      0.9,
    ),
    atMost(
      {
        id: "test.chaotic",
        quantity: `mean test accuracy of networks, chaotic, the same cells`,
        source: `${source}: chance, up to 4 standard errors of ${maps.samples.test} samples`,
      },
      averageOf(averages(deep, "test")),
      maps.chance.test + 4 * ofTest,
    ),
    atLeast(
      {
        id: "test.near",
        quantity: `mean test accuracy of networks, chaotic, ${near.length} cells within 2 xi_*`,
        source: `${source}: above chance by more than 4 standard errors`,
      },
      averageOf(averages(near, "test")),
      maps.chance.test + 4 * ofTest,
    ),
    ...agreement("train", cells, maps.width),
    ...agreement("test", cells, maps.width),
  ];
}
