/**
 * Work in seconds, before it is done.
 * @module
 */
import type { JetWork } from "../dynamics/index.js";

/**
 * What one core of a cloud machine (AMD EPYC) does in a second of CPU time, with a native BLAS held to one thread
 * (bench/expansion-rates.mjs measures it): multiply-adds of matrix products, mostly with few rows; multiply-adds of loops over arrays
 * larger than the caches; Taylor coefficients of activations. Constants, so that the choice of samples, and with it the result,
 * is the same on every machine; another machine is faster or slower by a factor.
 */
const RATES: JetWork = { products: 4e9, loops: 5e8, series: 1e7 };

/**
 * The same for training in float32, whose batches have many rows and whose activations are SIMD: 8e9 multiply-adds a second in the
 * embedded engine; a native BLAS takes two thirds of the time.
 */
export const TRAINING_RATES: JetWork = { products: 8e9, loops: 1e9, series: 2e8 };

/**
 * Seconds of work at the nominal rates. On the machine of the rates, the ten expansions of bench/expansion-rates.mjs took 0.66 to 1.27 times
 * as much CPU time.
 */
export function secondsOf({ products, loops, series }: JetWork, rates = RATES): number {
  return products / rates.products + loops / rates.loops + series / rates.series;
}

/** Seconds for people: what is too long is no less than it was found to be. */
export const secondsText = (seconds: number): string =>
  String(seconds < 1 ? Math.ceil(seconds * 10) / 10 : Math.ceil(seconds));
