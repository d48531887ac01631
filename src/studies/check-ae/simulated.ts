/**
 * Noisy training by simulation: rows A3, A6, A11, A12, A14 and A15.
 * @module
 */
import { minibatchMoments, noiseVariance, spectralModel } from "../../dynamics/index.js";
import { empiricalKernels, finiteModel, initialParameters } from "../../finite/index.js";
import { activationLayer, dense, input, network } from "../../network/index.js";
import { cholesky, gramMatrix } from "../../numeric/linalg/index.js";
import { type Matrix, matrix } from "../../numeric/matrix.js";
import { createRng } from "../../numeric/random.js";
import { meanOf } from "../../numeric/statistics/index.js";
import { breathe } from "../../progress.js";
import type { CheckWork } from "../check-work.js";
import { absolute, atMost, type Check, relative } from "../checks.js";
import { portableNoiseEffects, secondAndThird } from "../paper-a/noise-effects.js";
import { portableProblem } from "../paper-a/portable-network.js";
import { tanhPaths } from "../paper-a/tanh-paths.js";
import { sphereInputs } from "../paper-b/deep-network.js";
import { POINTS, pointRows, portableOutputs } from "./expansion.js";

const LINEAR = "paper A, first order";

const portable = () => {
  const { parameters, x, y, testX } = portableProblem();
  return { theta: parameters, x: x.data, y: y.data, testX: testX.data };
};

/** Euler paths of the linear model in weight space against the formulas of gradient descent with noise, which are exact for them. */
export async function linearPaths({ seed, signal }: CheckWork): Promise<Check[]> {
  const [n, p, runs, steps, eta, noise] = [4, 12, 20_000, 50, 0.04, 0.1];
  const rng = createRng(seed).fork("linear paths");
  const features = matrix(n + 1, p, rng.normals(new Float64Array((n + 1) * p)));
  const targets = rng.normals(new Float64Array(n));
  const gram = gramMatrix(features).data;
  const kernel = matrix(n, n);
  const testTrain = matrix(1, n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) kernel.data[i * n + j] = gram[i * (n + 1) + j]!;
    testTrain.data[i] = gram[n * (n + 1) + i]!;
  }
  const model = await spectralModel(kernel);
  const clock = { kind: "gd", learningRate: eta, steps } as const;
  const test = { train: testTrain, diagonal: Float64Array.of(gram[gram.length - 1]!) };
  const [formula] = noiseVariance(model, { noise, test }, [clock]);
  const expected = [...formula!.train, ...formula!.test!];
  /** the mean without noise by the same steps, by hand */
  const outputs = (w: Float64Array) =>
    Float64Array.from({ length: n + 1 }, (_, i) => {
      let sum = 0;
      for (let k = 0; k < p; k++) sum += features.data[i * p + k]! * w[k]!;
      return sum;
    });
  const walk = (draws: ReturnType<typeof createRng> | null) => {
    const w = new Float64Array(p);
    const xi = new Float64Array(p);
    for (let step = 0; step < steps; step++) {
      const f = outputs(w);
      draws?.normals(xi);
      for (let k = 0; k < p; k++) {
        let slope = 0;
        for (let i = 0; i < n; i++) slope += (features.data[i * p + k]! * (f[i]! - targets[i]!)) / n;
        w[k]! += -eta * slope + noise * Math.sqrt(eta) * xi[k]!;
      }
    }
    return outputs(w);
  };
  const quiet = walk(null);
  const sums = Array.from({ length: n + 1 }, () => ({ one: 0, two: 0, four: 0 }));
  for (let run = 0; run < runs; run++) {
    if (run % 500 === 0) await breathe(signal);
    walk(rng.fork("run", run)).forEach((f, i) => {
      const d = f - quiet[i]!;
      sums[i]!.one += d / runs;
      sums[i]!.two += d ** 2 / runs;
      sums[i]!.four += d ** 4 / runs;
    });
  }
  const mean = sums.map(({ one }) => one);
  const variance = sums.map(({ one, two }) => two - one ** 2);
  return [
    ...pointRows(
      "A3",
      `linear model, ${runs} Euler paths: mean minus that without noise`,
      `${LINEAR}: the mean does not know s; 4 standard errors`,
      mean,
      [0, 0, 0, 0, 0],
      (i) => 4 * Math.sqrt(variance[i]! / runs),
    ),
    ...pointRows(
      "A3",
      `linear model, ${runs} Euler paths: variance, s = ${noise}, ${steps} steps of ${eta}`,
      `${LINEAR}, discrete; 4 standard errors`,
      variance,
      expected,
      (i) => 4 * Math.sqrt((sums[i]!.four - sums[i]!.two ** 2) / runs),
    ),
    atMost(
      {
        id: "A3",
        quantity: "gradient descent of 1e6 steps of 1e-6: largest difference of the variance from the flow's",
        source: `${LINEAR}: both clocks`,
      },
      ((flow, fine) => Math.max(...flow!.train.map((v, i) => Math.abs(v - fine!.train[i]!))))(
        ...(noiseVariance(model, { noise }, [
          { kind: "flow", time: 1 },
          { kind: "gd", learningRate: 1e-6, steps: 1e6 },
        ]) as [ReturnType<typeof noiseVariance>[0], ReturnType<typeof noiseVariance>[0]]),
      ),
      1e-6,
    ),
  ];
}

/** Order 5 of the noise effect at t = 0.5, s = 0.1, as orders 2 + 3 see it: 0.0096 by `momentHierarchy` of order 5, which takes 20 s. */
const FIFTH = 0.01;

/** What noise does to the mean output of the network of 4 units. */
export async function noiseEffect({ seed, signal }: CheckWork): Promise<Check[]> {
  const [noise, time, step, pairs] = [0.1, 0.5, 0.02, 8000];
  const noisy = await portableOutputs(noise, 3, time);
  const quiet = await portableOutputs(0, 3, time);
  const { orders } = portableNoiseEffects([noise], [time])[0]![0]!;
  const at = `4 units, s = ${noise}, t = ${time}`;
  const rows: Check[] = pointRows(
    "A6",
    `${at}: noise effect on E f, orders 2 + 3`,
    "listed values",
    noisy.terms[1]!.map((_, i) => {
      const term = (k: number) => noisy.terms[k]![i]! - quiet.terms[k]![i]!;
      return term(1) + term(2);
    }),
    [-0.000483, 0.000434, 0.000169, -0.001591, -0.000476],
    1e-6,
  );
  for (const [eps, name] of [
    [1, ""],
    [0.5, ", eps = 1/2"],
  ] as const) {
    const { along, fourth } = secondAndThird(orders, eps);
    const [paths] = await tanhPaths({
      ...portable(),
      ...{ noise, eps, step, times: [time], pairs, seed, signal, along: [along], control: true },
    });
    const fifth = FIFTH * eps ** 3;
    rows.push(
      absolute(
        {
          id: "A6",
          quantity: `${at}${name}: noise effect on E f over that of orders 2 + 3, projected on it, ${pairs} pairs of paths`,
          source: `paper A, orders 2 + 3, and ${fourth.toPrecision(2)} that order 4 adds; ${fifth.toPrecision(2)} for order 5, 0.01 for steps of ${step} and later orders, and 4 standard errors`,
        },
        paths!.slope!.value,
        1 + fourth,
        fifth + 0.01 + 4 * paths!.slope!.error,
      ),
    );
  }
  return rows;
}

/** The noise in tr hess L and the first correction of the variance, at small eps. */
export async function smallEps({ seed, signal }: CheckWork): Promise<Check[]> {
  const noise = 0.1;
  const [noisy, quiet] = [await portableOutputs(noise, 3, 2), await portableOutputs(0, 3, 2)];
  const theory = noisy.hessianTrace[2]! - quiet.hessianTrace[2]!;
  // later coefficients: taken to be no larger than the last one that is known
  const next = portableNoiseEffects([noise], [2])[0]![0]!.trace[3]!;
  // batches of the same noise at every eps: the scatter of what is extrapolated is that of the batches
  const [epsilons, batches, each] = [[0.4, 0.2, 0.1], 20, 1000];
  const effects: number[][] = epsilons.map(() => []);
  for (let batch = 0; batch < batches; batch++) {
    for (const [e, eps] of epsilons.entries()) {
      const [paths] = await tanhPaths({
        ...portable(),
        ...{ noise, eps, step: 0.02, times: [2], pairs: each, trace: true, signal },
        seed: 1000 * seed + batch,
      });
      effects[e]!.push(paths!.trace / eps ** 2);
    }
  }
  const of = (weights: readonly number[]) =>
    meanOf(effects[0]!.map((_, batch) => weights.reduce((sum, w, e) => sum + w * effects[e]![batch]!, 0)));
  const limit = of([1 / 3, -2, 8 / 3]);
  const early = await portableOutputs(noise, 2, 1);
  const [paths] = await tanhPaths({
    ...portable(),
    noise,
    eps: 0.1,
    step: 0.01,
    times: [1],
    pairs: 15_000,
    seed,
    linear: true,
    excessAlong: [early.varianceCorrection!.map((value) => 0.1 * value)],
    signal,
  });
  const correction = early.varianceCorrection!;
  const largest = Math.max(...correction.map(Math.abs));
  const projected = paths!.excessSlope!;
  const known = (i: number) => 0.1 * largest + (4 * paths!.excessError[i]!) / 0.1;
  // a point whose tolerance reaches half of its effect hardly tells the effect from none: it counts in the projection only
  const told = (i: number) => known(i) < 0.5 * Math.abs(correction[i]!);
  const untold = POINTS.flatMap((point, i) =>
    told(i)
      ? []
      : [`${point} (tolerance ${known(i).toPrecision(2)}, effect ${correction[i]!.toPrecision(2)})`],
  );
  const without =
    untold.length === 0
      ? ""
      : `; without ${untold.join(", ")}, whose tolerance is over half of the effect: it counts in the projection only`;
  const variance = "4 units, s = 0.1, t = 1: (Var f at eps = 0.1 minus that of the linear model) / eps";
  return [
    absolute(
      {
        id: "A14",
        quantity: `4 units, s = 0.1, t = 2: noise effect on E tr hess L over eps^2, ${batches * each} pairs of paths at eps = ${epsilons.join(", ")}, by a parabola to eps = 0`,
        source: `paper A, weight Hessian, eps^2; ${Math.abs(next).toPrecision(2)}, the size of the next coefficient, times ${(0.4 * 0.2 * 0.1).toPrecision(1)} for what a parabola through these eps leaves, and 4 standard errors`,
      },
      limit.value,
      theory,
      4 * limit.error + Math.abs(next) * epsilons.reduce((product, eps) => product * eps, 1),
    ),
    ...epsilons.slice(1).map((eps, i) => {
      const { value, error } = of(epsilons.map((_, e) => (e === i + 1 ? 1 : 0)));
      return absolute(
        {
          id: "A14",
          quantity: `4 units, s = 0.1, t = 2: the same at eps = ${eps}, less its coefficient of eps^3 times eps`,
          source:
            "paper A, weight Hessian, eps^2, and order 4 by the moment hierarchy; that coefficient times eps^2 for those beyond, and 4 standard errors",
        },
        value - next * eps,
        theory,
        Math.abs(next) * eps ** 2 + 4 * error,
      );
    }),
    absolute(
      {
        id: "A15",
        quantity: `${variance}, over the first correction and projected on it, all points, 15000 pairs of paths`,
        source: "first correction of the variance; 0.1 for the next order, and 4 standard errors",
      },
      projected.value,
      1,
      0.1 + 4 * projected.error,
    ),
    ...pointRows(
      "A15",
      `${variance}, 15000 pairs of paths`,
      `first correction of the variance; 10 % of the largest for the next order, and 4 standard errors${without}`,
      paths!.excess.map((value) => value / 0.1),
      [...correction],
      known,
    ).filter((_, i) => told(i)),
  ];
}

/** Kernels of three random networks of different kinds on 4 inputs. */
function kernels(seed: number): readonly { readonly name: string; readonly kernel: Matrix }[] {
  const x = sphereInputs(seed, 4, 20, 1);
  const hidden = (name: string, layers: number) =>
    Array.from({ length: layers }, () => [dense(40), activationLayer(name)]).flat();
  return (
    [
      ["tanh, 1 hidden layer", "tanh", 1],
      ["erf, 2 hidden layers", "erf", 2],
      ["relu, 3 hidden layers", "relu", 3],
    ] as const
  ).map(([name, activation, layers]) => {
    const model = finiteModel(network(input([20]), ...hidden(activation, layers), dense(1)));
    const parameters = initialParameters(model, { seed });
    const { ntk } = empiricalKernels(model, parameters, x, null, { get: ["ntk"] });
    return { name, kernel: matrix(4, 4, ntk!.data) };
  });
}

/** The spread of the train outputs after long training does not depend on the kernel. */
export async function stationary({ seed, signal }: CheckWork): Promise<Check[]> {
  const [n, noise, steps] = [4, 0.1, 400_000];
  const floor = (noise ** 2 * n) / 2;
  const rows: Check[] = [];
  for (const { name, kernel } of kernels(seed)) {
    const model = await spectralModel(kernel);
    const [end] = noiseVariance(model, { noise }, [{ kind: "flow", time: Number.POSITIVE_INFINITY }]);
    rows.push(
      absolute(
        {
          id: "A11",
          quantity: `${name}: largest distance of the train variance from s^2 n / 2 after infinite training`,
          source: `${LINEAR}, stationary covariance`,
        },
        Math.max(...end!.train.map((value) => Math.abs(value - floor))),
        0,
        1e-15,
      ),
    );
    // Euler steps of the residuals; J dW has covariance Theta dt, drawn by its Cholesky factor
    const factor = cholesky(kernel);
    const fastest = Math.max(...model.values) / n;
    const step = 0.03 / fastest;
    const draws = createRng(seed).fork(`stationary ${name}`);
    const r = new Float64Array(n);
    const xi = new Float64Array(n);
    let sum = 0;
    const spread = noise * Math.sqrt(step);
    const burn = steps / 20;
    for (let k = 0; k < steps + burn; k++) {
      if (k % 100_000 === 0) await breathe(signal);
      draws.normals(xi);
      const pushed = new Float64Array(n);
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) pushed[i]! -= (step / n) * kernel.data[i * n + j]! * r[j]!;
        for (let j = 0; j <= i; j++) pushed[i]! += spread * factor.data[i * n + j]! * xi[j]!;
      }
      for (let i = 0; i < n; i++) r[i]! += pushed[i]!;
      if (k >= burn) for (let i = 0; i < n; i++) sum += r[i]! ** 2 / n / steps;
    }
    rows.push(
      relative(
        {
          id: "A11",
          quantity: `${name}: mean train variance over ${steps} Euler steps`,
          source: `${LINEAR}, stationary covariance s^2 n / 2`,
        },
        sum,
        floor,
        0.03,
      ),
    );
  }
  return rows;
}

/** The second-moment recursion of minibatch SGD against simulated runs. */
export async function minibatches({ seed, signal }: CheckWork): Promise<Check[]> {
  const [n, p, batch, steps, eta, runs] = [6, 20, 2, 30, 0.05, 60_000];
  const rng = createRng(seed).fork("minibatches");
  const kernel = gramMatrix(matrix(n, p, rng.normals(new Float64Array(n * p))));
  const residual = rng.normals(new Float64Array(n));
  const [end] = minibatchMoments({ kernel, residual, learningRate: eta, batch, steps: [steps] });
  const sums = Array.from({ length: n }, () => ({ one: 0, two: 0, four: 0 }));
  const picked = new Int32Array(batch);
  const push = new Float64Array(batch);
  for (let run = 0; run < runs; run++) {
    if (run % 2000 === 0) await breathe(signal);
    const draws = rng.fork("run", run);
    const r = Float64Array.from(residual);
    for (let k = 0; k < steps; k++) {
      for (let b = 0; b < batch; b++) {
        picked[b] = draws.integer(n);
        push[b] = (eta / batch) * r[picked[b]!]!;
      }
      for (let b = 0; b < batch; b++) {
        for (let j = 0; j < n; j++) r[j]! -= kernel.data[j * n + picked[b]!]! * push[b]!;
      }
    }
    for (let i = 0; i < n; i++) {
      sums[i]!.one += r[i]! / runs;
      sums[i]!.two += r[i]! ** 2 / runs;
      sums[i]!.four += r[i]! ** 4 / runs;
    }
  }
  const at = `batches of ${batch} of ${n}, ${steps} steps, ${runs} runs`;
  const source = `${LINEAR}, minibatch recursion; 4 standard errors`;
  const total = sums.reduce((sum, { two }) => sum + two / (2 * n), 0);
  return [
    relative(
      { id: "A12", quantity: `${at}: expected loss`, source: `${LINEAR}, minibatch recursion` },
      total,
      end!.loss,
      0.01,
    ),
    ...sums.flatMap(({ one, two, four }, i) => [
      absolute(
        { id: "A12", quantity: `${at}: E r_${i + 1}`, source },
        one,
        end!.mean[i]!,
        4 * Math.sqrt((two - one ** 2) / runs),
      ),
      absolute(
        { id: "A12", quantity: `${at}: E r_${i + 1}^2`, source },
        two,
        end!.second.data[i * (n + 1)]!,
        4 * Math.sqrt((four - two ** 2) / runs),
      ),
    ]),
  ];
}
