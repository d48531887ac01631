/**
 * What an empirical kernel costs, and how it is computed best within the memory, before any work.
 *
 * Work is counted in multiply-adds of matrix products, exactly as they are done (the tests count them). Four ways:
 * `outer` and `jacobian` go through the layers ({@link tangentMethod}) with products of patches and cotangents, or with gradients;
 * `layers` takes the cheaper one for each layer; `products` sends every gradient of x2 forward through the network at x1, which
 * wins where outputs are many and all their pairs are wanted. Ways 3, 1 and 2 in Novak, Sohl-Dickstein and Schoenholz 2022.
 * @module
 */
import { ForetrainError } from "../../errors.js";
import { byteSize, defaultMemoryLimit } from "../../kernels/memory.js";
import { nearestNames } from "../../network/index.js";
import { sizeOf } from "../../numeric/matrix.js";
import type { FiniteModel } from "../model.js";
import type { Site } from "../operation.js";
import { type AxesOptions, type KernelAxes, kernelAxes } from "./kernel-axes.js";
import { type TangentBlock, type TangentMethod, tangentCost, tangentMethod } from "./tangent-kernel.js";

/** Names of empirical kernels. */
export type EmpiricalKernelName = "nngp" | "ntk";
/** How an empirical kernel is contracted. */
export type EmpiricalMethod = "layers" | "outer" | "jacobian" | "products";

/** Which kernels, how contracted, in how much memory. */
export interface EmpiricalKernelOptions extends AxesOptions {
  /** default both */
  readonly get?: readonly EmpiricalKernelName[] | undefined;
  /** how the ntk comes; default `auto`, the fewest multiply-adds within the memory */
  readonly method?: EmpiricalMethod | "auto" | undefined;
  /** bytes that may be used, the result included; default three quarters of what is free */
  readonly memory?: number | undefined;
}

/** Memory and work of an empirical kernel before it is computed. */
export interface EmpiricalKernelPlan {
  /** of every kernel */
  readonly shape: readonly number[];
  readonly method: EmpiricalMethod;
  /** the way of every layer with weights; null for `products` */
  readonly layers: readonly TangentMethod[] | null;
  /** samples of each side that are worked on together */
  readonly tile: number;
  /** outputs whose gradients are held together */
  readonly outputs: number;
  /** of the way that is taken, and of the others at their best; null: does not fit */
  readonly multiplyAdds: number;
  readonly alternatives: Readonly<Record<EmpiricalMethod, number | null>>;
  readonly bytes: { readonly result: number; readonly work: number; readonly total: number };
  readonly memoryLimit: number;
  readonly fits: boolean;
  /** what to do when it does not fit */
  readonly advice: string | null;
}

const NUMBER = 8;
/** Larger tiles save little: gradients are 1 / 1000 of the products by then; and Ctrl-C is to be heard. */
const LARGEST_TILE = 2048;
export const EMPIRICAL_METHODS: readonly EmpiricalMethod[] = ["layers", "outer", "jacobian", "products"];

/** Multiply-adds of the passes of one sample: forward, backward without and with the gradient, forward along a direction. */
export interface PassCosts {
  readonly forward: number;
  readonly backward: number;
  readonly gradient: number;
  readonly along: number;
}

/** @see PassCosts; cotangents stop at layers whose input knows no parameters, directions start there */
export function passCosts(model: FiniteModel): PassCosts {
  let [forward, backward, along] = [0, 0, 0];
  for (const { step, from } of model.tape.instructions) {
    if (step.kind !== "affine") continue;
    const { positions, fanIn, channels } = step.site;
    const product = positions * fanIn * channels;
    const varies = model.tape.values[from[0]!]!.varies;
    forward += product;
    backward += varies ? product : 0;
    along += (varies ? 3 : 2) * product;
  }
  return { forward, backward, gradient: forward + backward, along };
}

/** A tile of samples of x1 with one of x2, and how often tiles of these sizes meet. */
interface TilePair {
  readonly rows: number;
  readonly columns: number;
  /** both are the same samples */
  readonly same: boolean;
  readonly times: number;
}

function tilePairs(axes: KernelAxes, n1: number, n2: number | null, tile: number): readonly TilePair[] {
  const [full, rest] = [Math.floor(n1 / tile), n1 % tile];
  const pair = (rows: number, columns: number, same: boolean, times: number) => ({
    rows,
    columns,
    same,
    times,
  });
  if (axes.samples !== "pairs") {
    const same = n2 === null;
    return [pair(tile, tile, same, full), pair(rest, rest, same, rest > 0 ? 1 : 0)];
  }
  if (n2 === null) {
    return [
      pair(tile, tile, true, full),
      pair(rest, rest, true, rest > 0 ? 1 : 0),
      pair(tile, tile, false, (full * (full - 1)) / 2),
      pair(tile, rest, false, rest > 0 ? full : 0),
    ];
  }
  const [full2, rest2] = [Math.floor(n2 / tile), n2 % tile];
  return [
    pair(tile, tile, false, full * full2),
    pair(tile, rest2, false, rest2 > 0 ? full : 0),
    pair(rest, tile, false, rest > 0 ? full2 : 0),
    pair(rest, rest2, false, rest > 0 && rest2 > 0 ? 1 : 0),
  ];
}

/** The work on one pair of tiles, when `chunk` outputs of a group are held together. */
export function blockOf(
  axes: KernelAxes,
  { rows, columns, same }: Omit<TilePair, "times">,
  chunk: number,
): TangentBlock {
  const groups = axes.groups.length;
  const size = axes.groups[0]!.length;
  let columnOutputs = 0;
  for (let from = 0; from < size; from += chunk) {
    columnOutputs += same ? Math.max(0, size - from - chunk) : size;
  }
  return {
    rows,
    columns,
    diagonal: axes.samples !== "pairs",
    rowOutputs: groups * size,
    columnOutputs: groups * columnOutputs,
    pairs: groups * (same ? (size * (size + 1)) / 2 : size ** 2),
  };
}

interface Candidate {
  readonly layers: readonly TangentMethod[];
  readonly tile: number;
  readonly chunk: number;
  readonly multiplyAdds: number;
  /** bytes beside the result */
  readonly work: number;
}

function layerWise(
  model: FiniteModel,
  axes: KernelAxes,
  n1: number,
  n2: number | null,
  tile: number,
  chunk: number,
  method: EmpiricalMethod,
): Candidate {
  const { forward, backward } = passCosts(model);
  const { sites, numbersPerSample } = model.tape;
  const pairs = tilePairs(axes, n1, n2, tile).filter(({ times }) => times > 0);
  const whole = blockOf(axes, pairs[0]!, chunk);
  const layers = sites.map((site) =>
    method === "outer" ? "outer" : method === "jacobian" ? "gradient" : tangentMethod(site, whole),
  );
  let multiplyAdds = n1 * forward;
  for (const pair of pairs) {
    const block = blockOf(axes, pair, chunk);
    const passes = block.rows * block.rowOutputs + block.columns * block.columnOutputs;
    let each = passes * backward + (pair.same ? 0 : pair.columns * forward);
    sites.forEach((site, i) => {
      each += tangentCost(site, block)[layers[i]!];
    });
    multiplyAdds += pair.times * each;
  }
  // one side only where the kernel is one tile with itself
  const alone = pairs.every(({ same }) => same);
  const [rows, columns] = [Math.min(tile, n1), alone ? 0 : Math.min(tile, n2 ?? n1)];
  const samplePairs = axes.samples === "pairs" ? rows * (alone ? rows : columns) : rows;
  const sum = (of: (site: Site, i: number) => number) =>
    sites.reduce((total, site, i) => total + of(site, i), 0);
  const share = sum(
    ({ positions, fanIn, channels }, i) => channels * (1 + (layers[i] === "outer" ? positions : fanIn)),
  );
  const outer = sites.map(({ positions }, i) => (layers[i] === "outer" ? samplePairs * positions ** 2 : 0));
  const held = alone && chunk >= axes.groups[0]!.length ? rows : rows + Math.max(columns, alone ? rows : 0);
  const numbers =
    numbersPerSample * (rows + columns) +
    chunk * share * held +
    outer.reduce((a, b) => a + b, 0) +
    Math.max(0, ...outer) +
    2 * samplePairs;
  return { layers, tile, chunk, multiplyAdds, work: NUMBER * numbers };
}

/** Matrix products of smaller tiles are slower than their multiply-adds say: taken only where larger ones do not fit. */
const SMALLEST_TILE = 32;

/** The cheapest tiles that fit, or the smallest ones where none does. */
function bestTiles(
  model: FiniteModel,
  axes: KernelAxes,
  n1: number,
  n2: number | null,
  method: EmpiricalMethod,
  limit: number,
): Candidate {
  let best: Candidate | null = null;
  let smallest: Candidate | null = null;
  const size = axes.groups[0]!.length;
  for (let chunk = size; ; chunk = Math.ceil(chunk / 2)) {
    for (let tile = Math.min(LARGEST_TILE, Math.max(n1, n2 ?? 1)); ; tile = Math.ceil(tile / 2)) {
      const one = layerWise(model, axes, n1, n2, tile, chunk, method);
      if (smallest === null || one.work < smallest.work) smallest = one;
      if (one.work <= limit && (best === null || one.multiplyAdds < best.multiplyAdds)) best = one;
      if (tile === 1 || (tile <= SMALLEST_TILE && best !== null)) break;
    }
    if (chunk === 1) break;
  }
  return best ?? smallest!;
}

function productsCost(model: FiniteModel, axes: KernelAxes, n1: number, n2: number | null): Candidate {
  const { forward, gradient, along } = passCosts(model);
  const columns = n2 ?? n1;
  const samplePairs = axes.samples !== "pairs" ? n1 : n2 === null ? (n1 * (n1 + 1)) / 2 : n1 * n2;
  const rows = axes.samples === "pairs" ? n1 : 1;
  return {
    layers: [],
    tile: 1,
    chunk: 1,
    multiplyAdds: columns * (forward + axes.count * gradient) + samplePairs * axes.count * along,
    work: NUMBER * (2 * model.parameterCount + Math.min(2 ** 25, 2 * rows * model.tape.numbersPerSample)),
  };
}

/** One forward pass: an nngp alone. */
function forwardOnly(model: FiniteModel, axes: KernelAxes, samples: number): Candidate {
  const { numbersPerSample } = model.tape;
  const work = NUMBER * (samples * axes.count + Math.min(2 ** 25, samples * numbersPerSample));
  return { layers: [], tile: samples, chunk: 1, multiplyAdds: samples * passCosts(model).forward, work };
}

const OPTIONS: readonly (keyof EmpiricalKernelOptions)[] = [
  "get",
  "method",
  "memory",
  "traceAxes",
  "diagonalAxes",
];

/** Checks the options' names, `get` and `method`; axes and memory are checked where they are used. */
export function requireEmpiricalOptions(options: EmpiricalKernelOptions, where: string): void {
  for (const name of Object.keys(options)) {
    if (OPTIONS.some((known) => known === name)) continue;
    const near = nearestNames(name, OPTIONS)[0];
    throw new ForetrainError(
      "ERR_SPEC",
      `${where}: there is no option ${JSON.stringify(name)}${near === undefined ? "" : `; did you mean "${near}"?`} Expected ${OPTIONS.join(", ")}`,
      { argument: name, got: name, expected: OPTIONS },
    );
  }
  const { get, method } = options;
  for (const name of get ?? []) {
    if (name === "nngp" || name === "ntk") continue;
    throw new ForetrainError(
      "ERR_SPEC",
      `${where}: get has ${JSON.stringify(name)}, expected "nngp" or "ntk"`,
      { argument: "get", got: name, expected: ["nngp", "ntk"] },
    );
  }
  if (method === undefined || method === "auto" || EMPIRICAL_METHODS.includes(method)) return;
  throw new ForetrainError(
    "ERR_SPEC",
    `${where}: method is ${JSON.stringify(method)}, expected "auto", ${EMPIRICAL_METHODS.map((name) => `"${name}"`).join(", ")}`,
    { argument: "method", got: method, expected: ["auto", ...EMPIRICAL_METHODS] },
  );
}

/**
 * The plan of `empiricalKernels` for n1 samples with n2 others, or with themselves (null): shape, method, tiles, multiply-adds and
 * bytes. The ntk decides; an nngp alone takes one forward pass.
 * @throws ERR_SPEC, ERR_DOMAIN, ERR_SHAPE for wrong options or numbers of samples
 */
export function planEmpiricalKernels(
  model: FiniteModel,
  n1: number,
  n2: number | null,
  options: EmpiricalKernelOptions = {},
): EmpiricalKernelPlan {
  const { get = ["nngp", "ntk"], method = "auto", memory = defaultMemoryLimit() } = options;
  requireEmpiricalOptions(options, "empiricalKernels");
  const axes = kernelAxes(model.outputShape, options, "empiricalKernels");
  if (![n1, n2 ?? n1].every((n) => Number.isInteger(n) && n >= 1)) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `empiricalKernels: ${n1} and ${n2 ?? n1} samples, expected at least one of each`,
      { got: [n1, n2] },
    );
  }
  if (axes.samples !== "pairs" && n2 !== null && n2 !== n1) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `empiricalKernels: x1 has ${n1} samples, x2 has ${n2}; the diagonal over samples (axis 0) needs as many of both`,
      { argument: "x2", got: n2, expected: n1 },
    );
  }
  const samples = { pairs: [n1, n2 ?? n1], diagonal: [n1], trace: [] }[axes.samples];
  const shape = [...samples, ...axes.shape];
  const result = NUMBER * get.length * sizeOf(shape);
  const limit = Math.max(0, memory - result);
  const candidate = (name: EmpiricalMethod) => {
    if (!get.includes("ntk")) return forwardOnly(model, axes, n1 + (n2 ?? 0));
    if (name === "products") return productsCost(model, axes, n1, n2);
    return bestTiles(model, axes, n1, n2, name, limit);
  };
  const found = Object.fromEntries(EMPIRICAL_METHODS.map((name) => [name, candidate(name)])) as Record<
    EmpiricalMethod,
    Candidate
  >;
  const fitting = (name: EmpiricalMethod) => result <= memory && found[name].work <= limit;
  // `layers` is never worse than the two that it is made of, and the first to be taken at equal work
  const order = method === "auto" ? (["layers", "products"] as const) : [method];
  const usable = order.filter(fitting);
  const by = (key: "multiplyAdds" | "work") => (a: EmpiricalMethod, b: EmpiricalMethod) =>
    found[a][key] - found[b][key];
  const chosen =
    usable.length > 0 ? [...usable].sort(by("multiplyAdds"))[0]! : [...order].sort(by("work"))[0]!;
  const { layers, tile, chunk, multiplyAdds, work } = found[chosen];
  const total = result + work;
  const fits = usable.length > 0;
  const alternatives = Object.fromEntries(
    EMPIRICAL_METHODS.map((name) => [name, fitting(name) ? found[name].multiplyAdds : null]),
  ) as Record<EmpiricalMethod, number | null>;
  return {
    shape,
    method: chosen,
    layers: chosen === "products" ? null : layers,
    tile,
    outputs: chunk,
    multiplyAdds,
    alternatives,
    bytes: { result, work, total },
    memoryLimit: memory,
    fits,
    advice: fits ? null : adviceFor(result, memory, method),
  };
}

function adviceFor(result: number, memory: number, method: EmpiricalKernelOptions["method"]): string {
  if (result > memory) {
    return (
      `the result alone is ${byteSize(result)}: trace or take the diagonal over more axes (traceAxes, diagonalAxes), give ` +
      "fewer samples at a time, or multiply with vectors (tangentKernelProduct)"
    );
  }
  return method === "auto" || method === undefined
    ? "raise memory (--memory of foretrain kernel), trace over more axes, or multiply with vectors (tangentKernelProduct)"
    : 'raise memory (--memory of foretrain kernel), or let method: "auto" choose';
}

/** @throws ERR_MEMORY for a plan that does not fit, with the bytes and the way out */
export function requireEmpiricalFits(plan: EmpiricalKernelPlan): void {
  if (plan.fits) return;
  const { bytes, memoryLimit, advice } = plan;
  throw new ForetrainError(
    "ERR_MEMORY",
    `empiricalKernels: needs ${byteSize(bytes.total)} (result ${byteSize(bytes.result)}), ${byteSize(memoryLimit)} may be used; ${advice}`,
    { argument: "memory", got: memoryLimit, expected: bytes.total },
  );
}
