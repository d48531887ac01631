/**
 * A small two-dimensional data set made by formula, for tests only: two noisy half circles.
 * @module
 */
import type { Dataset } from "../../src/data/index.js";
import { createRng } from "../../src/numeric/random.js";

export interface HalfCircleOptions {
  readonly train?: number;
  readonly test?: number;
  /** repeat sample 0 as sample 1 with the other label */
  readonly contradiction?: boolean;
  /** labels by chance: nothing to generalize */
  readonly shuffled?: boolean;
}

export function halfCircles({
  train = 60,
  test = 80,
  contradiction = false,
  shuffled = false,
}: HalfCircleOptions = {}): Dataset {
  const rng = createRng(7);
  const split = (n: number) => {
    const x = new Float64Array(n * 2);
    const y = new Int32Array(n);
    for (let i = 0; i < n; i++) {
      const label = i % 2;
      const angle = Math.PI * rng.uniform();
      x[2 * i] = (label === 0 ? 1 : -1) * Math.cos(angle) + label + 0.1 * rng.normal();
      x[2 * i + 1] = (label === 0 ? 1 : -1) * Math.sin(angle) + 0.5 * label + 0.1 * rng.normal();
      y[i] = shuffled ? rng.integer(2) : label;
    }
    return { x: { data: x, shape: [n, 2] }, y };
  };
  const set = {
    name: "half-circles",
    origin: "made by formula",
    inputShape: [2],
    classNames: ["upper", "lower"],
    valueScale: 1,
    train: split(train),
    test: split(test),
    warnings: [],
  };
  if (contradiction) {
    set.train.x.data.copyWithin(2, 0, 2);
    set.train.y[1] = 1 - set.train.y[0]!;
  }
  return set;
}
