/**
 * The kernel recursion of any network written down once more in the plainest way, as an oracle: layer by layer as the
 * format reads, all pairs of positions always, covariances only (no deficits, no layouts, no slots). Dual activations are
 * those of src/activations, which have their own oracles.
 */
import { dual, dualDerivative } from "../../src/activations/index.js";
import * as n from "../../src/network/index.js";

/** k[p][p'] and t[p][p'] of two samples, positions row-major. */
interface Kernels {
  readonly k: number[][];
  readonly t: number[][];
}
/** Two samples against themselves and each other. */
interface State {
  readonly sides: readonly number[];
  readonly channels: number;
  readonly xx: Kernels;
  readonly xy: Kernels;
  readonly yy: Kernels;
}

const count = (sides: readonly number[]) => sides.reduce((total, side) => total * side, 1);
const table = (rows: number, cols: number, f: (p: number, q: number) => number): number[][] =>
  Array.from({ length: rows }, (_, p) => Array.from({ length: cols }, (_, q) => f(p, q)));

/** All coordinates of a grid, row-major. */
const grid = (sides: readonly number[]): number[][] =>
  sides.reduce<number[][]>(
    (list, side) => list.flatMap((head) => Array.from({ length: side }, (_, at) => [...head, at])),
    [[]],
  );
const numberOf = (at: readonly number[], sides: readonly number[]) =>
  at.reduce((index, coordinate, axis) => index * sides[axis]! + coordinate, 0);

/** For every output position the inputs under the window; undefined outside. */
function windows(
  sides: readonly number[],
  size: readonly number[],
  strides: readonly number[] | undefined,
  padding: n.Padding,
): { outputs: number[]; taps: (number | undefined)[][] } {
  const step = strides ?? sides.map(() => 1);
  const outputs = sides.map((side, axis) =>
    padding === "valid" ? Math.floor((side - size[axis]!) / step[axis]!) + 1 : Math.ceil(side / step[axis]!),
  );
  const low = sides.map((side, axis) =>
    padding === "valid"
      ? 0
      : Math.floor(Math.max((outputs[axis]! - 1) * step[axis]! + size[axis]! - side, 0) / 2),
  );
  const taps = grid(outputs).map((o) =>
    grid(size).map((f) => {
      const at = o.map((coordinate, axis) => coordinate * step[axis]! - low[axis]! + f[axis]!);
      const inside = at.every((coordinate, axis) => coordinate >= 0 && coordinate < sides[axis]!);
      if (padding === "circular")
        return numberOf(
          at.map((c, axis) => (c + sides[axis]!) % sides[axis]!),
          sides,
        );
      return inside ? numberOf(at, sides) : undefined;
    }),
  );
  return { outputs, taps };
}

type Pair = "xx" | "xy" | "yy";

function each(
  state: State,
  sides: readonly number[],
  channels: number,
  f: (kernels: Kernels, pair: Pair) => Kernels,
): State {
  return { sides, channels, xx: f(state.xx, "xx"), xy: f(state.xy, "xy"), yy: f(state.yy, "yy") };
}

/** The samples' own kernels on the left and right of a pair. */
const left = (state: State, pair: Pair) => (pair === "yy" ? state.yy : state.xx);
const right = (state: State, pair: Pair) => (pair === "xx" ? state.xx : state.yy);

function both({ k, t }: Kernels, f: (values: number[][]) => number[][]): Kernels {
  return { k: f(k), t: f(t) };
}

function weighted(
  layer: n.DenseLayer | n.ConvLayer,
  net: n.Network,
  inputs: number,
  { k, t }: Kernels,
): Kernels {
  const { weightVariance: w, biasVariance: b, parameterization } = n.weightsOf(layer, net);
  const ntk = parameterization === "ntk";
  const biases = ntk ? b : b > 0 ? 1 : 0;
  return {
    k: k.map((row) => row.map((value) => w * value + b)),
    t: t.map((row, p) => row.map((value, q) => w * value + (ntk ? w : inputs) * k[p]![q]! + biases)),
  };
}

/** Sums over both windows with the weights of the two output positions. */
function pooled(taps: (number | undefined)[][], weights: readonly number[], values: number[][]): number[][] {
  return table(taps.length, taps.length, (o, o2) => {
    let sum = 0;
    for (const p of taps[o]!) {
      for (const q of taps[o2]!) {
        if (p !== undefined && q !== undefined) sum += values[p]![q]!;
      }
    }
    return weights[o]! * weights[o2]! * sum;
  });
}

function apply(layer: n.Layer, state: State, net: n.Network): State {
  const { sides, channels } = state;
  const positions = count(sides);
  const chain = (layers: readonly n.Layer[]) => layers.reduce((s, inner) => apply(inner, s, net), state);
  switch (layer.kind) {
    case "identity":
      return state;
    case "serial":
      return chain(layer.layers);
    case "repeat":
      return Array.from({ length: layer.times }).reduce<State>(
        (s) => layer.layers.reduce((inner, next) => apply(next, inner, net), s),
        state,
      );
    case "dense":
      return each(state, sides, layer.units, (kernels) => weighted(layer, net, channels, kernels));
    case "conv": {
      const { outputs, taps } = windows(sides, layer.filter, layer.strides, layer.padding ?? "same");
      const size = count(layer.filter);
      const mean = (values: number[][]) =>
        table(taps.length, taps.length, (o, o2) => {
          let sum = 0;
          for (let f = 0; f < size; f++) {
            const [p, q] = [taps[o]![f], taps[o2]![f]];
            if (p !== undefined && q !== undefined) sum += values[p]![q]!;
          }
          return sum / size;
        });
      return each(state, outputs, layer.channels, (kernels) =>
        weighted(layer, net, channels * size, both(kernels, mean)),
      );
    }
    case "activation": {
      const phi = n.activationOf(layer);
      if (layer.name === "identity") return state;
      return each(state, sides, channels, ({ k, t }, pair) => {
        const [a, b] = [left(state, pair).k, right(state, pair).k];
        const map = (f: typeof dual) =>
          table(positions, positions, (p, q) => {
            const limit = Math.sqrt(a[p]![p]! * b[q]![q]!);
            return f(phi, a[p]![p]!, b[q]![q]!, Math.max(-limit, Math.min(limit, k[p]![q]!)));
          });
        const slopes = map(dualDerivative);
        return { k: map(dual), t: t.map((row, p) => row.map((value, q) => slopes[p]![q]! * value)) };
      });
    }
    case "layerNorm": {
      const rank = sides.length + 1;
      const over = (layer.axes ?? [-1]).map((axis) => (axis < 0 ? axis + rank : axis - 1));
      const places = grid(sides);
      // mean of the variances at positions that differ from p along the normalized axes only
      const variance = (own: Kernels) =>
        places.map((p) => {
          const alike = places.flatMap((other, q) =>
            other.every((c, axis) => over.includes(axis) || c === p[axis]) ? [own.k[q]![q]!] : [],
          );
          return alike.reduce((sum, value) => sum + value, 0) / alike.length;
        });
      return each(state, sides, channels, (kernels, pair) => {
        const [v, v2] = [variance(left(state, pair)), variance(right(state, pair))];
        return both(kernels, (values) =>
          values.map((row, p) => row.map((value, q) => value / Math.sqrt(v[p]! * v2[q]!))),
        );
      });
    }
    case "maxPool":
    case "zeroPad":
    case "batchNorm":
      throw new Error(`${layer.kind} has no kernel`);
    case "dropout":
      return each(state, sides, channels, (kernels, pair) =>
        both(kernels, (values) =>
          values.map((row, p) =>
            row.map((value, q) => (pair !== "xy" && p === q ? value / layer.keepRate : value)),
          ),
        ),
      );
    case "flatten": {
      const mean = (values: number[][]) => [[values.reduce((sum, row, p) => sum + row[p]!, 0) / positions]];
      return each(state, [], channels * positions, (kernels) => both(kernels, mean));
    }
    case "globalAvgPool":
    case "globalSumPool": {
      const weight = layer.kind === "globalAvgPool" ? 1 / positions : 1;
      const taps = [Array.from({ length: positions }, (_, p) => p)];
      return each(state, [], channels, (kernels) =>
        both(kernels, (values) => pooled(taps, [weight], values)),
      );
    }
    case "avgPool":
    case "sumPool": {
      const { outputs, taps } = windows(sides, layer.window, layer.strides, layer.padding ?? "valid");
      const weights = taps.map((under) => {
        if (layer.kind === "sumPool") return 1;
        return 1 / (layer.normalizeEdges ? under.filter((p) => p !== undefined).length : under.length);
      });
      return each(state, outputs, channels, (kernels) =>
        both(kernels, (values) => pooled(taps, weights, values)),
      );
    }
    case "residual":
      return merged("sum", null, [chain(layer.layers), chain(layer.shortcut ?? [])]);
    case "parallel": {
      const branches = layer.branches.map((branch) => chain(branch));
      const last = branches[0]!.sides.length;
      const axis = layer.axis ?? -1;
      const index = axis < 0 ? axis + last + 1 : axis - 1;
      return merged(layer.merge, index, branches);
    }
  }
}

function merged(merge: n.Merge, axis: number | null, branches: readonly State[]): State {
  const [first] = branches as [State];
  const total = branches.reduce((sum, { channels }) => sum + channels, 0);
  if (merge === "concat" && axis !== first.sides.length) return alongPositions(axis!, branches);
  const channels = merge === "concat" ? total : first.channels;
  return each(first, first.sides, channels, ({ k }, pair) => {
    const parts = branches.map((branch) => branch[pair]);
    const entry = (p: number, q: number): readonly [number, number] => {
      const values = parts.map((part) => [part.k[p]![q]!, part.t[p]![q]!] as const);
      if (merge === "product") {
        const product = (skip: number) =>
          values.reduce((all, [value], b) => (b === skip ? all : all * value), 1);
        return [product(-1), values.reduce((sum, [, t], b) => sum + t * product(b), 0)];
      }
      const share = (b: number) => (merge === "sum" ? 1 : branches[b]!.channels / total);
      return [
        values.reduce((sum, [value], b) => sum + share(b) * value, 0),
        values.reduce((sum, [, t], b) => sum + share(b) * t, 0),
      ];
    };
    return {
      k: k.map((row, p) => row.map((_, q) => entry(p, q)[0])),
      t: k.map((row, p) => row.map((_, q) => entry(p, q)[1])),
    };
  });
}

function alongPositions(axis: number, branches: readonly State[]): State {
  const sides = branches[0]!.sides.map((side, a) =>
    a === axis ? branches.reduce((sum, branch) => sum + branch.sides[a]!, 0) : side,
  );
  const source = grid(sides).map((at) => {
    let rest = at[axis]!;
    let part = 0;
    while (rest >= branches[part]!.sides[axis]!) rest -= branches[part++]!.sides[axis]!;
    const inside = at.map((c, a) => (a === axis ? rest : c));
    return { part, p: numberOf(inside, branches[part]!.sides) };
  });
  return each(branches[0]!, sides, branches[0]!.channels, (_, pair) => {
    const pick = (name: "k" | "t") =>
      table(source.length, source.length, (p, q) => {
        const [a, b] = [source[p]!, source[q]!];
        return a.part === b.part ? branches[a.part]![pair][name][a.p]![b.p]! : 0;
      });
    return { k: pick("k"), t: pick("t") };
  });
}

/** nngp, ntk and their gaps of two samples, [p][p'] (one number for vectors). */
export interface NaiveKernels {
  readonly nngp: number[][];
  readonly ntk: number[][];
  readonly nngpGap: number[][];
  readonly ntkGap: number[][];
  readonly sides: readonly number[];
}

/** `same`: y is the sample x itself, and shares its dropout masks. */
export function naiveKernel(
  net: n.Network,
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  same: boolean,
): NaiveKernels {
  const sides = net.input.slice(0, -1);
  const channels = net.input.at(-1)!;
  const positions = count(sides);
  const start = (a: ArrayLike<number>, b: ArrayLike<number>): Kernels => ({
    k: table(positions, positions, (p, q) => {
      let sum = 0;
      for (let c = 0; c < channels; c++) sum += a[p * channels + c]! * b[q * channels + c]!;
      return sum / channels;
    }),
    t: table(positions, positions, () => 0),
  });
  const first: State = { sides, channels, xx: start(x, x), xy: start(x, y), yy: start(y, y) };
  const end = net.layers.reduce((state, layer) => apply(layer, state, net), first);
  const { k, t } = same ? end.xx : end.xy;
  const gap = (name: "k" | "t", values: number[][]) =>
    values.map((row, p) => row.map((value, q) => (end.xx[name][p]![p]! + end.yy[name][q]![q]!) / 2 - value));
  return { nngp: k, ntk: t, nngpGap: gap("k", k), ntkGap: gap("t", t), sides: end.sides };
}
