/**
 * What a worker of Node runs.
 * @module
 */
import { parentPort } from "node:worker_threads";
import { empiricalSampleTask } from "./finite/empirical/empirical-task.js";
import { lengthTask } from "./finite/lengths/length-task.js";
import { trainingTask } from "./finite/training/training-task.js";
import { kernelTask } from "./kernels/kernel-task.js";
import { ownTask } from "./kernels/simd/planes-own-runner.js";
import { ensembleTask } from "./normalization/ensemble-task.js";
import { setNativeImplementation } from "./numeric/linalg/dispatch.js";
import { useNativeLinearAlgebra } from "./numeric/linalg/native-node.js";
import { linearAlgebraTask } from "./numeric/linalg/team-task.js";
import { serve } from "./threads/serve.js";

async function plugNative(native: boolean): Promise<void> {
  if (native) await useNativeLinearAlgebra();
  else setNativeImplementation(null);
}

serve(
  {
    post: (message, transfer = []) => parentPort!.postMessage(message, [...transfer]),
    listen: (message) => parentPort!.on("message", message),
  },
  {
    kernel: kernelTask,
    own: ownTask,
    lengths: lengthTask,
    linalg: linearAlgebraTask,
    shallow: ensembleTask,
    training: trainingTask(plugNative),
    empirical: empiricalSampleTask(plugNative),
  },
);
