/**
 * Shallow problems as they are asked for: a network by the laws of its weights, samples, and units that stand for the limit.
 * @module
 */
import { activation } from "../activations/index.js";
import type { ActivationLayer } from "../network/index.js";
import { type Law, lawMoment } from "../numeric/law.js";
import { lawText } from "../numeric/law-text.js";
import { type Matrix, matrix } from "../numeric/matrix.js";
import { inputSpan } from "./input-span.js";
import type { ShallowProblem } from "./particle-expansion.js";
import { centredNetwork, type ShallowNetwork, standInParticles } from "./shallow.js";
import { closedKernelDistance } from "./units-error.js";

/** A network with one hidden layer by its laws. */
export interface ShallowLaws {
  readonly activation: ActivationLayer;
  /** of C */
  readonly outer: Law;
  /** of each component of W */
  readonly inner: Law;
  /** of the hidden biases, the weights of an input that is always 1; default: none */
  readonly bias?: Law | undefined;
  /** features of a sample */
  readonly columns: number;
  /** of the features, default 1 */
  readonly scale?: number | undefined;
}

/** The network, and samples as it reads them. */
export interface ShallowFromLaws {
  readonly network: ShallowNetwork;
  /** scaled, with the constant column of the biases */
  readonly inputs: (x: Matrix) => Matrix;
  /** for people */
  readonly description: string;
}

/** @throws ERR_SPEC for activations that there are not */
export function shallowFromLaws(laws: ShallowLaws): ShallowFromLaws {
  const { activation: layer, outer, inner, bias, columns, scale = 1 } = laws;
  const { kind: _, name, ...parameters } = layer;
  const { label } = activation(name, parameters);
  const biased = bias === undefined ? [] : [bias];
  return {
    network: { activation: layer, outer, inner: [...new Array<Law>(columns).fill(inner), ...biased] },
    inputs: ({ data, shape: [rows] }) => {
      const width = columns + biased.length;
      const out = matrix(rows, width);
      out.data.fill(1);
      for (let i = 0; i < rows; i++) {
        for (let a = 0; a < columns; a++) out.data[i * width + a] = scale * data[i * columns + a]!;
      }
      return out;
    },
    description: `${label}, W ~ ${lawText(inner)}${scale === 1 ? "" : ` on inputs / sqrt(${columns})`}${bias === undefined ? "" : `, biases ~ ${lawText(bias)}`}, C ~ ${lawText(outer)}`,
  };
}

/** Samples of a shallow problem, as its network reads them. */
export interface ShallowSamples {
  readonly x: Matrix;
  readonly y: Float64Array;
  readonly testX: Matrix;
}

/** A problem without its times, and how the limit is computed, for people. */
export interface ShallowSetup {
  readonly problem: Omit<ShallowProblem, "times">;
  readonly description: readonly string[];
}

/**
 * The problem in as few inputs as its samples span (`inputSpan`), with units that stand for infinitely many
 * (`standInParticles`); the description says how far their kernel is from its closed form where there is one.
 */
export async function shallowSetup(
  network: ShallowNetwork,
  samples: ShallowSamples,
  { particles, seed }: { readonly particles?: number | undefined; readonly seed?: number | undefined } = {},
): Promise<ShallowSetup> {
  const span = await inputSpan(network, samples.x, samples.testX);
  const read = span ?? { network, x: samples.x, testX: samples.testX };
  const stand = standInParticles(read.network, {
    count: particles,
    seed,
    samples: read.testX === null ? [read.x] : [read.x, read.testX],
  });
  const problem = {
    network: read.network,
    particles: stand.particles,
    x: read.x,
    testX: read.testX ?? undefined,
    y: samples.y,
  };
  const distance = await closedKernelDistance(problem);
  return {
    problem,
    description: [
      ...(span === null
        ? []
        : [
            `${samples.x.shape[1]} inputs in the ${read.x.shape[1]} dimensions that the samples span: the same law`,
          ]),
      stand.description,
      ...(distance === null
        ? []
        : [`training kernel of these units: ${numberOf(100 * distance)} % from its closed form`]),
    ],
  };
}

const numberOf = (value: number) => String(Number(value.toPrecision(2)));

/** The same problem with the outer law, and the units that stand for it, moved to mean 0. */
export function centredProblem<P extends Pick<ShallowProblem, "network" | "particles">>(problem: P): P {
  const { network, particles } = problem;
  const mean = lawMoment(network.outer, 1);
  return {
    ...problem,
    network: centredNetwork(network),
    particles: { ...particles, outer: particles.outer.map((c) => c - mean) },
  };
}
