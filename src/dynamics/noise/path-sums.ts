/**
 * Means over simulated paths, or over random directions, with their standard errors.
 * @module
 */

/** A mean over paths or directions with its standard error. */
export interface PathMean {
  readonly mean: Float64Array;
  readonly error: Float64Array;
}

/** Sums of values and squares. */
export class PathSums {
  count = 0;
  readonly sum: Float64Array;
  readonly squares: Float64Array;

  constructor(size: number) {
    this.sum = new Float64Array(size);
    this.squares = new Float64Array(size);
  }

  add(values: Float64Array): void {
    this.count++;
    for (let i = 0; i < values.length; i++) {
      this.sum[i]! += values[i]!;
      this.squares[i]! += values[i]! ** 2;
    }
  }

  mean(): PathMean {
    const { count } = this;
    const mean = this.sum.map((s) => s / count);
    const error = this.squares.map((s, i) =>
      Math.sqrt(Math.max(0, s / count - mean[i]! ** 2) / Math.max(1, count - 1)),
    );
    return { mean, error };
  }
}
