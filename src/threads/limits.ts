/**
 * How many threads may be asked for.
 * @module
 */

/** More threads than any machine runs at once only cost memory. */
export const MOST_THREADS = 1024;
