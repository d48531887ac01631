/**
 * Length processes and second layers of simulated networks: rows D2 to D6 and D8.
 * @module
 */
import { type Activation, activation } from "../../activations/index.js";
import { repeatedLayer, sampleLengths, sampleUnits } from "../../finite/index.js";
import {
  type LengthLayer,
  lengthBand,
  lengthProcess,
  unitScaleWeightVariance,
} from "../../meanfield/index.js";
import { normalCdf } from "../../numeric/special/index.js";
import {
  cauchyCdf,
  correlationOf,
  fitGaussian,
  kolmogorovTest,
  kurtosisOf,
  logLogFit,
  quantileEstimate,
  varianceOf,
} from "../../numeric/statistics/index.js";
import { breathe } from "../../progress.js";
import type { CheckWork } from "../check-work.js";
import { absolute, atLeast, atMost, type Check, relative } from "../checks.js";

const column = ({ data, shape }: { data: Float64Array; shape: readonly number[] }, at: number) =>
  Float64Array.from({ length: shape[0]! }, (_, row) => data[row * shape[1]! + at]!);
const sorted = (values: Float64Array) => values.slice().sort();
const median = (values: Float64Array) => quantileEstimate(sorted(values), 0.5).value;

const layerOf = (name: string, weightVariance: number, biasVariance = 0): LengthLayer => ({
  activation: activation(name),
  weightVariance,
  biasVariance,
});

/** N Var(q_l) at N = 1000 against its limit. */
async function variances({ seed, threads, signal }: CheckWork): Promise<Check[]> {
  const width = 1000;
  const rows: Check[] = [];
  for (const [name, weightVariance, biasVariance] of [
    ["tanh", 1.5, 0.1],
    ["relu", 2, 0],
  ] as const) {
    const layer = layerOf(name, weightVariance, biasVariance);
    const { scaledVariance } = lengthProcess(layer, weightVariance + biasVariance, 4);
    const { q } = await sampleLengths(repeatedLayer(layer, 5), {
      widths: [width],
      repetitions: 20_000,
      seed,
      threads,
      signal,
    });
    for (let l = 0; l < 5; l++) {
      rows.push(
        relative(
          {
            id: "D2",
            quantity: `${name} (${weightVariance}, ${biasVariance}): N Var(q_${l + 1}) of 20,000 networks of width ${width}`,
            source: "N Var(q_l) -> 2 q_l^2 + v_l",
          },
          width * varianceOf(column(q[0]!, l)).value,
          scaledVariance[l]!,
          0.05,
        ),
      );
    }
  }
  return rows;
}

const PERMISSIBLE = [
  "identity",
  "relu",
  "leakyRelu",
  "elu",
  "selu",
  "sigmoid",
  "tanh",
  "erf",
  "softplus",
  "silu",
  "gelu",
  "sin",
  "heaviside",
  "sign",
  "abs",
] as const;

/** Hidden layers that keep unit scale, behind a first one that does. */
const unitScaleStack = (phi: Activation, depth: number): readonly LengthLayer[] => {
  const { weightVariance } = unitScaleWeightVariance(phi);
  return Array.from({ length: depth }, (_, l) => ({
    activation: phi,
    weightVariance: l === 0 ? 1 : weightVariance,
    biasVariance: 0,
  }));
};

/** How the distance of q_3 from the length map falls with the width. */
async function convergence({ seed, threads, signal }: CheckWork): Promise<Check[]> {
  const widths = [32, 128, 512];
  const rows: Check[] = [];
  for (const name of PERMISSIBLE) {
    await breathe(signal);
    const layers = unitScaleStack(activation(name), 3);
    const limit = lengthBand(layers, [1, 1, 1]).q[2]!;
    const { q } = await sampleLengths(layers, { widths, repetitions: 2000, seed, threads, signal });
    const distances = q.map((set) =>
      quantileEstimate(sorted(column(set, 2).map((value) => Math.abs(value - limit))), 0.5),
    );
    rows.push(
      absolute(
        {
          id: "D3",
          quantity: `${name}: slope of the median |q_3 - its limit| over the width, ${widths.join(", ")}`,
          source: "paper D, theorem; central limit",
        },
        logLogFit(widths, distances)!.slope,
        -0.5,
        0.1,
      ),
    );
  }
  return rows;
}

/** phi(z) = 1/z: second layers are Cauchy. */
async function reciprocals({ seed, threads, signal }: CheckWork): Promise<Check[]> {
  const layer = layerOf("reciprocal", 1);
  const rows: Check[] = [];
  for (const width of [10, 100, 1000]) {
    const { h } = await sampleUnits([layer, layer], {
      width,
      repetitions: 5000,
      seed,
      threads,
      signal,
      units: 1,
    });
    const scale = Math.sqrt(width);
    const at = `1/z, N = ${width}, 5,000 networks`;
    const { location, scale: deviation } = fitGaussian(h.data);
    const gaussian = kolmogorovTest(h.data, (x) => normalCdf((x - location) / deviation));
    const cauchy = kolmogorovTest(h.data, (x) => cauchyCdf(x, 0, scale));
    rows.push(
      atLeast(
        {
          id: "D4",
          quantity: `${at}: p-value of h_2 against Cauchy(0, sqrt N)`,
          source: "paper D, 1/z: h_2 is Cauchy(0, sqrt N)",
        },
        cauchy.pValue,
        0.001,
      ),
      atMost(
        {
          id: "D4",
          quantity: `${at}: p-value of h_2 against the best Gaussian`,
          source: "paper D, 1/z is not Gaussian",
        },
        gaussian.pValue,
        1e-6,
      ),
      relative(
        { id: "D4", quantity: `${at}: median |h_2| / sqrt N`, source: "median of |Cauchy(0, 1)|" },
        median(h.data.map(Math.abs)) / scale,
        1,
        0.1,
      ),
    );
  }
  const width = 1000;
  const { q } = await sampleLengths([layer, layer], {
    widths: [width],
    repetitions: 40_000,
    seed,
    threads,
    signal,
  });
  rows.push(
    relative(
      {
        id: "D5",
        quantity: `1/z, N = ${width}, 40,000 networks: median q_2 / N`,
        source: "q_2 / N -> Levy(0, 1), median 1 / (2 erfcinv(1/2)^2)",
      },
      median(column(q[0]!, 1)) / width,
      2.19811,
      0.05,
    ),
  );
  return rows;
}

/** Units of the second layer: uncorrelated, but their squares are not. */
async function dependence({ seed, threads, signal }: CheckWork): Promise<Check[]> {
  const rows: Check[] = [];
  const repetitions = 200_000;
  for (const [name, law, formula] of [
    ["relu", (n: number) => 5 / (2 * n + 15), "5 / (2 N + 15)"],
    ["heaviside", (n: number) => 1 / (2 * n + 3), "1 / (2 N + 3)"],
  ] as const) {
    const layer = layerOf(name, 1);
    for (const width of [1, 2, 5, 10]) {
      const { h } = await sampleUnits([layer, layer], { width, repetitions, seed, threads, signal });
      const [first, second] = [column(h, 0), column(h, 1)];
      const squares = correlationOf(
        first.map((x) => x * x),
        second.map((x) => x * x),
      );
      const at = `${name}, N = ${width}`;
      rows.push(
        absolute(
          {
            id: "D6",
            quantity: `${at}: correlation of h_(2,1)^2 and h_(2,2)^2`,
            source: `Cov of squares = Var(s_2): ${formula}`,
          },
          squares.value,
          law(width),
          4 * squares.error,
        ),
      );
      if (name === "relu" && width >= 5) {
        const kurtosis = kurtosisOf(first);
        rows.push(
          absolute(
            {
              id: "D6",
              quantity: `${at}: kurtosis of h_(2,1)`,
              source: "scale mixture of Gaussians: 3 (1 + 5 / N)",
            },
            kurtosis.value,
            3 * (1 + 5 / width),
            4 * kurtosis.error,
          ),
        );
      }
      if (name === "relu" && width <= 5) {
        const share = 2 ** -width;
        const both = first.reduce((count, x, i) => count + (x === 0 && second[i] === 0 ? 1 : 0), 0);
        rows.push(
          absolute(
            {
              id: "D6",
              quantity: `${at}: share of networks with h_(2,1) = h_(2,2) = 0`,
              source: "2^-N, not 4^-N: the units are dependent",
            },
            both / repetitions,
            share,
            4 * Math.sqrt((share * (1 - share)) / repetitions),
          ),
        );
      }
    }
  }
  return rows;
}

/** One network of 20 layers that keeps unit scale. */
async function unitScale({ seed, threads, signal }: CheckWork): Promise<Check[]> {
  const [depth, width] = [20, 4000];
  const rows: Check[] = [];
  for (const name of ["tanh", "relu", "sigmoid"]) {
    const layers = unitScaleStack(activation(name), depth);
    const widths = new Array<number>(depth).fill(width);
    const { standardDeviation, q: limit } = lengthBand(layers, widths);
    const { q } = await sampleLengths(layers, { widths: [width], repetitions: 1, seed, threads, signal });
    const away = Array.from(q[0]!.data, (value, l) => Math.abs(value - limit[l]!) / standardDeviation[l]!);
    rows.push(
      absolute(
        {
          id: "D8",
          quantity: `${name}, unit scale: largest distance of the length map from 1 in ${depth} layers`,
          source: "paper D, unit scale",
        },
        Math.max(...limit.map((value) => Math.abs(value - 1))),
        0,
        1e-9,
      ),
      atMost(
        {
          id: "D8",
          quantity: `${name}, unit scale, N = ${width}, ${depth} layers: largest |q_l - 1| in standard deviations`,
          source: "|q_l - 1| <= 4 sqrt(V_l / N)",
        },
        Math.max(...away),
        4,
      ),
    );
  }
  return rows;
}

/** The rows by name; each group is a piece of work. */
export const LENGTH_GROUPS: Readonly<Record<string, (work: CheckWork) => Promise<Check[]>>> = {
  variances,
  convergence,
  "1/z": reciprocals,
  dependence,
  "unit scale": unitScale,
};
