/**
 * What a worker of a browser runs. Without top-level await: bundlers make it a plain script by default.
 * @module
 */

import { empiricalSampleTask } from "./finite/empirical/empirical-task.js";
import { lengthTask } from "./finite/lengths/length-task.js";
import { trainingTask } from "./finite/training/training-task.js";
import { kernelTask } from "./kernels/kernel-task.js";
import { ownTask } from "./kernels/simd/planes-own-runner.js";
import { ensembleTask } from "./normalization/ensemble-task.js";
import { linearAlgebraTask } from "./numeric/linalg/team-task.js";
import { serve } from "./threads/serve.js";

/** The part of the worker's global scope that is used; the library of types for it excludes that of pages. */
interface WorkerScope {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  onmessage: ((event: MessageEvent<unknown>) => void) | null;
}

const scope = globalThis as unknown as WorkerScope;
serve(
  {
    post: (message, transfer = []) => scope.postMessage(message, [...transfer]),
    listen: (message) => {
      scope.onmessage = (event) => message(event.data);
    },
  },
  {
    kernel: kernelTask,
    own: ownTask,
    lengths: lengthTask,
    linalg: linearAlgebraTask,
    shallow: ensembleTask,
    training: trainingTask(),
    empirical: empiricalSampleTask(),
  },
);
