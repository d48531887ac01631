/**
 * The variance of SGD over networks and samples in two parts: that of the linear theory along the same samples, and what networks have
 * beyond it.
 * @module
 */
import { activationOf } from "../../network/index.js";
import { type ShallowNetwork, shallowKernels } from "../../normalization/index.js";
import { createRng, type Rng } from "../../numeric/random.js";
import { breathe } from "../../progress.js";
import type { CheckWork } from "../check-work.js";
import { planeProblem } from "./plane-problem.js";
import { ensembleOutputs, type SpreadParts, squaresOf } from "./spread-in-parts.js";

/** Networks trained by SGD, one sample a step. */
export interface SgdCase {
  readonly network: ShallowNetwork;
  readonly units: number;
  readonly gamma: number;
  readonly time: number;
  /** networks that the linear theory is followed for */
  readonly starts: number;
  /** networks that are trained */
  readonly runs: number;
}

/**
 * g(x) += (1 / N) A(x, x_j) (y_j - g(x_j)) from each start and with the samples of its network: outputs [point][run].
 * @param samples the stream of a run's samples
 */
function linearSgd(
  start: readonly (readonly number[])[],
  { network, units, time }: SgdCase,
  samples: (run: number) => Rng,
): number[][] {
  const { particles, x, y, testX } = planeProblem(network);
  const activation = activationOf(network.activation);
  const a = shallowKernels(activation, particles, x, null).training.data;
  const b = shallowKernels(activation, particles, testX!, x).training.data;
  const m = y.length;
  const rows = [...a, ...b];
  const out = start.map((values) => [...values]);
  const g = new Float64Array(start.length);
  for (let run = 0; run < start[0]!.length; run++) {
    const stream = samples(run);
    start.forEach((values, i) => {
      g[i] = values[run]!;
    });
    for (let step = Math.round(time * units); step > 0; step--) {
      const j = stream.integer(m);
      const push = (y[j]! - g[j]!) / units;
      for (let i = 0; i < g.length; i++) g[i]! += rows[i * m + j]! * push;
    }
    g.forEach((value, i) => {
      out[i]![run] = value;
    });
  }
  return out;
}

/** Both parts of the variance at time t. */
export async function sgdParts(of: SgdCase, work: CheckWork): Promise<SpreadParts> {
  const { network, units, gamma, time, starts, runs } = of;
  // as trainShallowEnsemble draws them; other streams would show in larger errors
  const rng = createRng(work.seed);
  const samples = (first: number) => (run: number) => rng.fork("run", first + run).fork("samples");
  const common = { network, units, gammas: [gamma] };
  const [drawn] = await ensembleOutputs({ ...common, firstRun: runs, runs: starts, times: [0] }, work);
  const linear = linearSgd(drawn![0]!, of, samples(runs)).map(squaresOf);
  await breathe(work.signal);
  const [trained] = await ensembleOutputs({ ...common, firstRun: 0, runs, times: [0, time] }, work);
  const along = linearSgd(trained![0]!, of, samples(0)).map(squaresOf);
  const beyond = trained![1]!.map((values, i) =>
    squaresOf(values).map((square, run) => square - along[i]![run]!),
  );
  return { linear, beyond };
}
