/**
 * Learning rate, noise, phase and depth in the linear model: only s^2 / eta is left in the end.
 * @module
 */
import { noiseVariance, spectralModel } from "../../dynamics/index.js";
import { type LineStyle, type Mark, panelsFigure } from "../../figures/index.js";
import { computeKernel } from "../../kernels/index.js";
import { activationLayer, dense, input, network } from "../../network/index.js";
import { cholesky, eigenSymmetric } from "../../numeric/linalg/index.js";
import type { Matrix, NdArray } from "../../numeric/matrix.js";
import { createRng } from "../../numeric/random.js";
import { breathe } from "../../progress.js";
import { absolute, atLeast, atMost, type Check, relative } from "../checks.js";
import { defineStudy } from "../study.js";
import { errorBars } from "./plot.js";

type Marker = "circle" | "square" | "triangle";
const STYLES: readonly (LineStyle & { readonly marker: Marker })[] = [
  { colour: 1, marker: "circle" },
  { colour: 2, marker: "square", dash: "dashed" },
  { colour: 3, marker: "triangle", dash: "dotted" },
];
const [SAMPLES, INPUTS] = [5, 8];
/** s^2 of a step over its learning rate, the same for all */
const RATIO = 0.01;
const CURVE = [2, 4, 8, 16, 32, 64, 128];

const PHASES = [
  { phase: "ordered", weightVariance: 0.8 },
  { phase: "critical", weightVariance: 1 },
  { phase: "chaotic", weightVariance: 2 },
] as const;

/** Gaussian inputs that have a part in common, and targets. */
function dataOf(seed: number) {
  const rng = createRng(seed).fork("hyper-parameters");
  const common = rng.fork("common").normals(new Float64Array(INPUTS));
  const x: NdArray<Float64Array> = {
    data: rng
      .fork("x")
      .normals(new Float64Array(SAMPLES * INPUTS))
      .map((value, at) => Math.sqrt(0.5) * (value + common[at % INPUTS]!)),
    shape: [SAMPLES, INPUTS],
  };
  return { x, start: rng.fork("residual").normals(new Float64Array(SAMPLES)) };
}

/** The infinite network's tangent kernel: tanh without biases, `depth` hidden layers; chi_1 at small outputs is the weight variance. */
async function kernelOf(weightVariance: number, depth: number, seed: number): Promise<Matrix> {
  const { ntk } = await computeKernel(
    network(
      input([INPUTS]),
      dense(1, { weightVariance }),
      ...Array.from({ length: depth }, () => [activationLayer("tanh"), dense(1, { weightVariance })]).flat(),
    ),
    dataOf(seed).x,
    null,
    { get: ["ntk"], threads: 1 },
  );
  return ntk;
}

type Walk = {
  readonly weightVariance: number;
  readonly depth: number;
  /** eta over n / lambda_max; 2 would be the limit */
  readonly relativeRate: number;
  /** steps to look at; null: one look when all modes have settled */
  readonly times: readonly number[] | null;
  readonly paths: number;
  readonly seed: number;
};

/**
 * Residuals under r <- r - (eta / n) Theta r + s J xi, where J xi has covariance Theta: noisy gradient descent of the linear model
 * as the outputs see it, with s^2 = RATIO eta in every step.
 */
async function walk(inputs: Walk, signal: AbortSignal | undefined) {
  const { weightVariance, depth, relativeRate, paths, seed } = inputs;
  const kernel = await kernelOf(weightVariance, depth, seed);
  const { values } = await eigenSymmetric(kernel, { threads: 1 });
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const n = SAMPLES;
  const rate = (relativeRate * n) / high;
  // e^(-2 lambda t / n) = e^-9 is left of the slowest mode
  const times = inputs.times ?? [(4.5 * n) / low];
  const counts = times.map((time) => Math.max(1, Math.round(time / rate)));
  const factor = cholesky(kernel, { threads: 1 }).data;
  const { start } = dataOf(seed);
  const spread = Math.sqrt(RATIO * rate);
  const rng = createRng(seed).fork(
    `residuals, ${weightVariance}, ${depth}, ${relativeRate}${inputs.times === null ? "" : ", curve"}`,
  );
  const sums = counts.map(() => ({ one: 0, two: 0 }));
  const products = new Float64Array(n * n);
  const squares = new Float64Array(n * n);
  const [xi, next] = [new Float64Array(n), new Float64Array(n)];
  for (let path = 0; path < paths; path++) {
    if (path % 20 === 0) await breathe(signal);
    const stream = rng.fork("path", path);
    // long walks start from 0: only the covariance is of interest
    const r = inputs.times === null ? new Float64Array(n) : Float64Array.from(start);
    let done = 0;
    for (const [at, until] of counts.entries()) {
      for (; done < until; done++) {
        stream.normals(xi);
        for (let i = 0; i < n; i++) {
          let [pull, push] = [0, 0];
          for (let j = 0; j < n; j++) pull += kernel.data[i * n + j]! * r[j]!;
          for (let j = 0; j <= i; j++) push += factor[i * n + j]! * xi[j]!;
          next[i] = r[i]! - (rate / n) * pull + spread * push;
        }
        r.set(next);
      }
      const mse = r.reduce((sum, value) => sum + value * value, 0) / n;
      sums[at]!.one += mse / paths;
      sums[at]!.two += mse ** 2 / paths;
    }
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        products[i * n + j]! += (r[i]! * r[j]!) / paths;
        squares[i * n + j]! += (r[i]! * r[j]!) ** 2 / paths;
      }
    }
  }
  return {
    rate,
    condition: high / low,
    largest: high,
    counts,
    error: sums.map(({ one }) => one),
    standardError: sums.map(({ one, two }) => Math.sqrt(Math.max(0, two - one ** 2) / (paths - 1))),
    covariance: Array.from(products),
    covarianceError: Array.from(squares, (square, at) =>
      Math.sqrt(Math.max(0, square - products[at]! ** 2) / (paths - 1)),
    ),
  };
}

export const hyperParametersStudy = defineStudy({
  id: "A.hyper-parameters",
  papers: ["A"],
  title: "Learning rate, phase and depth: the noise that stays knows only s^2 / eta",
  expected:
    "At equal eta times steps and equal s^2 / eta, noisy training takes one course for all learning rates well below the limit. It ends with residuals of covariance s^2 n / (2 eta) times the unit matrix, for every kernel: phases and depths set how long that takes, and not where it ends.",
  quick: { depths: [1, 3, 6], rates: [0.05, 0.1, 0.2], paths: 400 },
  full: { depths: [1, 2, 4, 8], rates: [0.02, 0.1, 0.2], paths: 10_000 },
  run: async ({ depths, rates, paths }, { values, seed }) => {
    const settled = PHASES.flatMap(({ phase, weightVariance }) =>
      depths.map((depth) => ({ phase, weightVariance, depth })),
    );
    const piece = {
      name: "residuals",
      version: 1,
      unit: "walks",
      compute: (inputs: Walk, { signal }: { readonly signal?: AbortSignal | undefined }) =>
        walk(inputs, signal),
    };
    const found = await values(piece, [
      ...settled.map(({ weightVariance, depth }) => ({
        ...{ weightVariance, depth, paths, seed },
        ...{ relativeRate: 0.2, times: null },
      })),
      ...rates.map((relativeRate) => ({
        ...{ weightVariance: 1, depth: 2, paths, seed },
        ...{ relativeRate, times: CURVE },
      })),
    ]);
    const ends = found.slice(0, settled.length);
    const curves = found.slice(settled.length);
    const stationary = (RATIO * SAMPLES) / 2;
    const checks: Check[] = [];
    for (const [at, { phase, weightVariance, depth }] of settled.entries()) {
      const { rate, condition, counts, covariance, covarianceError } = ends[at]!;
      const model = await spectralModel(await kernelOf(weightVariance, depth, seed));
      const [flow] = noiseVariance(model, { noise: Math.sqrt(RATIO) }, [
        { kind: "flow", time: Number.POSITIVE_INFINITY },
      ]);
      checks.push(
        relative(
          {
            id: `limit.${phase}.${depth}`,
            quantity: `${phase}, depth ${depth}, condition number ${condition.toPrecision(3)}: Var of the first train output after infinite training, closed form`,
            source: "paper A: s^2 n / (2 eta), whatever the kernel; rounding",
          },
          flow!.train[0]!,
          stationary,
          1e-9,
        ),
      );
      // each mode has 1 / (1 - eta lambda / (2 n)) times that, between 1 and 1 / (1 - 0.1) at a fifth of n / lambda_max
      const [gd] = noiseVariance(model, { noise: Math.sqrt(RATIO) }, [
        { kind: "gd", learningRate: rate, steps: counts.at(-1)! },
      ]);
      const trace = (c: ArrayLike<number>) =>
        Array.from({ length: SAMPLES }, (_, i) => c[i * (SAMPLES + 1)]!).reduce((a, b) => a + b, 0) / SAMPLES;
      const expected = gd!.train.reduce((a, b) => a + b, 0) / SAMPLES;
      checks.push(
        absolute(
          {
            id: `trace.${phase}.${depth}`,
            quantity: `${phase}, depth ${depth}: mean variance of the train outputs after ${counts.at(-1)} steps, ${paths} paths, over s^2 n / (2 eta)`,
            source: "closed form for these steps, within 11 % of 1; 4 standard errors",
          },
          trace(covariance) / stationary,
          expected / stationary,
          (4 * ends[at]!.standardError.at(-1)!) / stationary,
        ),
      );
      let worst = 0;
      for (let i = 0; i < SAMPLES; i++) {
        for (let j = 0; j < i; j++) {
          worst = Math.max(
            worst,
            (Math.abs(covariance[i * SAMPLES + j]!) - stationary / 18) / covarianceError[i * SAMPLES + j]!,
          );
        }
      }
      checks.push(
        atMost(
          {
            id: `diagonal.${phase}.${depth}`,
            quantity: `${phase}, depth ${depth}: largest |covariance of two outputs| beyond 1/18 of s^2 n / (2 eta), in standard errors`,
            source:
              "paper A: the covariance is diagonal; its modes lie within 1/9 of each other for steps of a fifth of n / lambda_max, so that entries off the diagonal have at most 1/18; 4 standard errors",
          },
          worst,
          4,
        ),
      );
    }
    checks.push(
      atLeast(
        {
          id: "kernels",
          quantity: "largest over smallest condition number among the kernels",
          source: "the kernels are not alike",
        },
        Math.max(...ends.map(({ condition }) => condition)) /
          Math.min(...ends.map(({ condition }) => condition)),
        2,
      ),
    );
    const model = await spectralModel(await kernelOf(1, 2, seed));
    const { start } = dataOf(seed);
    const modes = Array.from({ length: SAMPLES }, (_, k) =>
      start.reduce((sum, r, i) => sum + r * model.vectors.data[i * SAMPLES + k]!, 0),
    );
    /** 1/n sum [ e^(-2 lambda t / n) beta^2 + s^2 n (1 - e^(-2 lambda t / n)) / (2 eta) ] */
    const flowError = (time: number) =>
      modes.reduce((sum, beta, k) => {
        const left = Math.exp((-2 * model.values[k]! * time) / SAMPLES);
        return sum + left * beta ** 2 + stationary * (1 - left);
      }, 0) / SAMPLES;
    curves.forEach((curve, c) => {
      curve.error.forEach((error, t) => {
        const time = curve.counts[t]! * curve.rate;
        const descent = modes.reduce((sum, beta, k) => {
          const a = (curve.rate * model.values[k]!) / SAMPLES;
          const left = (1 - a) ** (2 * curve.counts[t]!);
          return sum + (left * beta ** 2 + (stationary * (1 - left)) / (1 - a / 2)) / SAMPLES;
        }, 0);
        checks.push(
          absolute(
            {
              id: `course.${rates[c]}.${CURVE[t]}`,
              quantity: `eta = ${rates[c]} n / lambda_max, eta x steps = ${time.toPrecision(4)}: train error, ${paths} paths`,
              source: "gradient descent with noise s^2 = 0.01 eta, mode by mode; 4.5 standard errors",
            },
            error,
            descent,
            4.5 * curve.standardError[t]!,
          ),
        );
      });
    });
    const times = Array.from({ length: 81 }, (_, i) => CURVE[0]! * (CURVE.at(-1)! / CURVE[0]!) ** (i / 80));
    const all = [...times.map(flowError), ...curves.flatMap(({ error }) => error)];
    const ratio = ({ error }: (typeof ends)[number]) => error.at(-1)! / stationary;
    const conditions = ends.map(({ condition }) => condition);
    const high = Math.max(
      ...ends.map((end) => ratio(end) + (2 * end.standardError.at(-1)!) / stationary),
      1.2,
    );
    const low = Math.min(
      ...ends.map((end) => ratio(end) - (2 * end.standardError.at(-1)!) / stationary),
      0.8,
    );
    return {
      arrays: {
        times: { data: Float64Array.from(CURVE), shape: [CURVE.length] },
        trainError: {
          data: Float64Array.from(curves.flatMap(({ error }) => error)),
          shape: [rates.length, CURVE.length],
        },
        condition: { data: Float64Array.from(conditions), shape: [PHASES.length, depths.length] },
        covariance: {
          data: Float64Array.from(ends.flatMap(({ covariance }) => covariance)),
          shape: [PHASES.length, depths.length, SAMPLES, SAMPLES],
        },
      },
      checks,
      figures: [
        {
          name: "hyper-parameters",
          caption: `Noisy gradient descent on the linear model with s^2 = ${RATIO} eta in every step, ${SAMPLES} samples, ${paths} simulated paths (markers with two standard errors). (a) Train error against eta times steps for several learning rates, critical kernel of depth 2; line: the limit of small steps; dotted: s^2 n / (2 eta). (b) Mean variance of the residuals at the end over s^2 n / (2 eta), for infinite tanh networks of three phases (sigma_w^2 = ${PHASES.map(({ weightVariance }) => weightVariance).join(", ")}) and depths ${depths.join(", ")}, against the condition number of their kernels. Shaded: what steps of this size add at most, 1 / (1 - 0.1).`,
          draw: (options) =>
            panelsFigure(
              {
                title: "Only s^2 / eta is left in the end",
                description: `Train error over time for learning rates ${rates.join(", ")}, and the variance in the end for kernels of three phases.`,
                legend: [
                  ...rates.map((rate, c) => ({
                    kind: "point" as const,
                    label: `(a) η = ${rate} n / λ_{max}`,
                    style: STYLES[c % 3]!,
                  })),
                  ...PHASES.map(({ phase }, p) => ({
                    kind: "point" as const,
                    label: `(b) ${phase}`,
                    style: STYLES[p]!,
                  })),
                ],
                panels: [
                  {
                    title: "(a) Learning rates at equal s^{2} / η",
                    x: {
                      title: "learning rate × steps",
                      kind: "log",
                      domain: [CURVE[0]! / 1.1, CURVE.at(-1)! * 1.1],
                    },
                    y: {
                      title: "train error",
                      kind: "log",
                      domain: [Math.min(...all, stationary) / 1.3, Math.max(...all) * 1.3],
                    },
                    marks: [
                      { kind: "rule", axis: "y", value: stationary, dash: "dotted" },
                      { kind: "line", x: times, y: times.map(flowError), style: { colour: "ink" } },
                      ...curves.flatMap((curve, c) =>
                        errorBars(
                          curve.counts.map((count) => count * curve.rate),
                          curve.error,
                          curve.standardError,
                          STYLES[c % 3]!,
                        ),
                      ),
                    ],
                  },
                  {
                    title: "(b) Variance that stays, all kernels",
                    x: {
                      title: "condition number of the kernel",
                      kind: "log",
                      domain: [Math.min(...conditions) / 1.3, Math.max(...conditions) * 1.3],
                    },
                    y: {
                      title: "variance / (s^{2} n / 2η)",
                      kind: "linear",
                      domain: [low - 0.02, high + 0.02],
                    },
                    marks: [
                      {
                        kind: "band",
                        x: [Math.min(...conditions) / 1.3, Math.max(...conditions) * 1.3],
                        low: [1, 1],
                        high: [1 / 0.9, 1 / 0.9],
                        colour: "quiet",
                      },
                      ...PHASES.flatMap(({ phase }, p): Mark[] => {
                        const own = ends.filter((_, at) => settled[at]!.phase === phase);
                        return errorBars(
                          own.map(({ condition }) => condition),
                          own.map(ratio),
                          own.map(({ standardError }) => standardError.at(-1)! / stationary),
                          STYLES[p]!,
                        );
                      }),
                    ],
                  },
                ],
              },
              options,
            ),
        },
      ],
    };
  },
});
