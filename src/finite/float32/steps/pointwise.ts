/**
 * Activations: by the training module where it has them, else by the activation's own functions, number by number.
 * @module
 */
import { type Activation, isOfCatalogue, taylorSeries } from "../../../activations/index.js";
import type { Back, Builder, Machine } from "../builder.js";
import type { ModuleActivation } from "../training-memory.js";

/** y = phi(x) for n numbers, and phi' over x where `slope` says so. */
type Evaluate = (machine: Machine, n: number, slope: boolean, x: number, y: number) => void;

const byModule =
  (name: ModuleActivation, ...parameters: readonly number[]): Evaluate =>
  ({ exports }, n, slope, x, y) =>
    exports[name](n, slope, x, y, ...parameters);

/** Slopes for x < 0, x > 0 and x = 0. */
const pieces = (below: number, above: number) =>
  byModule("piecewiseLinear", below, above, below === -above ? 0 : below);

type Make = (parameter: (key: string) => number, activation: Activation) => Evaluate;

const MODULE: Readonly<Record<string, Make>> = {
  identity: () => pieces(1, 1),
  leakyRelu: (p) => pieces(p("slope"), 1),
  abs: () => pieces(-1, 1),
  abRelu: (p) => pieces(p("a"), p("b")),
  tanh: () => byModule("tanh"),
  sigmoid: () => byModule("sigmoid"),
  silu: () => byModule("silu"),
  softplus: () => byModule("softplus"),
  gelu: () => byModule("gelu"),
  erf: (p) => byModule("erfOf", p("a"), p("b"), p("c")),
  sigmoidLike: () => byModule("erfOf", 0.5, 1 / 2.4020563531719796, 0.5),
  sin: (p) => byModule("sine", p("a"), p("b"), p("c")),
  cos: (p) => byModule("sine", p("a"), p("b"), p("c") + Math.PI / 2),
  rbf: (p) => byModule("sine", Math.SQRT2, Math.sqrt(2 * p("gamma")), Math.PI / 4),
  gaussian: (p) => byModule("gaussian", p("a"), p("b")),
  exp: (p) => byModule("exponential", p("a"), p("b")),
  elu: () => byModule("elu", 1, 1),
  selu: (_, { derivative }) => byModule("elu", derivative!(0), derivative!(1)),
  softsign: () => byModule("softsign"),
  arctan: () => byModule("arctan"),
};

/** Through float64 functions of one number. */
function byFunctions(activation: Activation, training: boolean): Evaluate {
  const series = taylorSeries(activation, training ? 1 : 0);
  const pair = new Float64Array(2);
  const value = pair.subarray(0, 1);
  return ({ floats }, n, slope, x, y) => {
    const [from, to] = [x / 4, y / 4];
    for (let i = 0; i < n; i++) {
      series(floats[from + i]!, slope ? pair : value);
      floats[to + i] = pair[0]!;
      if (slope) floats[from + i] = pair[1]!;
    }
  };
}

/** How an activation is evaluated; throws `ERR_UNAVAILABLE` for those without a function or, in training, without slope. */
function evaluation(activation: Activation, training: boolean): Evaluate {
  const functions = byFunctions(activation, training);
  const make = isOfCatalogue(activation) ? MODULE[activation.name] : undefined;
  return make === undefined ? functions : make((key) => activation.parameters[key] as number, activation);
}

/** phi of every number. Its transpose multiplies by phi', which is kept in the place of the argument. */
export function emitPointwise(b: Builder, activation: Activation, from: number, to: number): Back | null {
  if (activation.name === "relu" && isOfCatalogue(activation)) return emitRelu(b, from, to);
  const evaluate = evaluation(activation, b.varies(to));
  const { machine } = b;
  const size = b.sizeOf(to);
  const last = b.isLast(from);
  const x = b.read(from);
  if (!b.varies(from)) {
    const y = b.writeOver(from, to);
    b.forward.push((samples) => evaluate(machine, samples * size, false, x.address, y.address));
    return null;
  }
  const y = b.write(to);
  const slope = last ? x : b.block(b.batch * size);
  b.keep(slope);
  b.forward.push((samples) => {
    const n = samples * size;
    if (slope !== x) machine.exports.copyRows(1, n, x.address, 0, slope.address, 0);
    evaluate(machine, n, true, slope.address, y.address);
  });
  return (dy) => {
    b.use(slope);
    b.backward.push((samples) =>
      machine.exports.multiply(samples * size, dy.address, slope.address, dy.address),
    );
    b.handOver(from, dy);
  };
}

/** The sign of max(x, 0) says its slope: nothing else is kept. */
function emitRelu(b: Builder, from: number, to: number): Back | null {
  const { machine } = b;
  const size = b.sizeOf(to);
  const x = b.read(from);
  const y = b.writeOver(from, to);
  b.forward.push((samples) => machine.exports.relu(samples * size, x.address, y.address));
  if (!b.varies(from)) return null;
  b.keep(y);
  return (dy) => {
    b.use(y);
    b.backward.push((samples) => machine.exports.reluBack(samples * size, y.address, dy.address));
    b.handOver(from, dy);
  };
}
