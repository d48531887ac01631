/**
 * Biases and standard errors of the estimates against samples: row C3.
 * @module
 */
import { countTable, type PerformanceCorrelation, performanceCorrelation } from "../../complexity/index.js";
import { createRng, type Rng } from "../../numeric/random.js";
import { type Estimate, meanOf, varianceOf } from "../../numeric/statistics/index.js";
import { breathe } from "../../progress.js";
import type { CheckWork } from "../check-work.js";
import { absolute, type Check } from "../checks.js";

const SAMPLES = 1000;
const TABLES = 3000;

/** One triple of predictions and label into the lists. */
type Draw = (rng: Rng, into: (f: number, l: number, y: number) => void) => void;

const independent =
  (classes: number): Draw =>
  (rng, into) =>
    into(rng.integer(classes), rng.integer(classes), rng.integer(classes));

/** Y, then L right with 0.8, then F right about Y with 0.9. */
const informed: Draw = (rng, into) => {
  const y = rng.integer(2);
  into(rng.uniform() < 0.9 ? y : 1 - y, rng.uniform() < 0.8 ? y : 1 - y, y);
};

async function estimates(
  draw: Draw,
  classes: number,
  { seed, signal }: CheckWork,
): Promise<PerformanceCorrelation[]> {
  const rng = createRng(seed).fork("estimates", classes);
  const lists = [0, 1, 2].map(() => new Int32Array(SAMPLES)) as [Int32Array, Int32Array, Int32Array];
  const out: PerformanceCorrelation[] = [];
  for (let table = 0; table < TABLES; table++) {
    if (table % 100 === 0) await breathe(signal);
    const stream = rng.fork("table", table);
    for (let i = 0; i < SAMPLES; i++) {
      draw(stream, (f, l, y) => {
        lists[0][i] = f;
        lists[1][i] = l;
        lists[2][i] = y;
      });
    }
    out.push(performanceCorrelation(countTable(...lists, [classes, classes, classes])));
  }
  return out;
}

export async function biases(work: CheckWork): Promise<Check[]> {
  const rows: Check[] = [];
  for (const classes of [2, 3]) {
    const found = await estimates(independent(classes), classes, work);
    const n = 2 * SAMPLES * Math.LN2;
    const k = (classes - 1) ** 2;
    const quantities: readonly (readonly [string, (one: PerformanceCorrelation) => number, number])[] = [
      ["mu", (one) => one.explained, (k - classes * k) / n],
      ["I(F; Y)", (one) => one.network, k / n],
      ["I(F; Y | L)", (one) => one.unexplained, (classes * k) / n],
      ["mu less its bias", (one) => one.explained - one.bias.explained, 0],
      ["I(F; Y) less its bias", (one) => one.network - one.bias.network, 0],
    ];
    for (const [quantity, of, expected] of quantities) {
      const { value, error } = meanOf(found.map(of));
      rows.push(
        absolute(
          {
            id: "C3",
            quantity: `${classes} classes, nothing known, n = ${SAMPLES}: mean of ${quantity}`,
            source:
              "Miller and Madow, by the number of cells, which are all seen, and 0 less the bias; 4 standard errors, 1 / n^2 for the next order",
          },
          value,
          expected,
          4 * error + classes ** 3 / SAMPLES ** 2,
        ),
      );
    }
  }
  const found = await estimates(informed, 2, work);
  for (const name of ["explained", "network", "simple"] as const) {
    const spread: Estimate = varianceOf(found.map((one) => one[name]));
    const predicted = meanOf(found.map((one) => one.errors[name] ** 2));
    rows.push(
      absolute(
        {
          id: "C3",
          quantity: `F right with 0.9, L with 0.8, n = ${SAMPLES}: variance of ${{ explained: "mu", network: "I(F; Y)", simple: "I(L; Y)" }[name]} over that of the delta method`,
          source: "delta method; 4 standard errors, 2 % for the next order in 1 / n",
        },
        spread.value / predicted.value,
        1,
        (4 * spread.error) / predicted.value + 0.02,
      ),
    );
  }
  return rows;
}
