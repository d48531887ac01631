/**
 * Which planes of pairs of positions a sum over the windows of a pool needs, back to the inputs, when samples are compared
 * with themselves: a window of 2 x 2 has differences of positions of at most 1, which come from few planes of every grid
 * before. A sample with itself has the same values at (p, p') and (p', p), so that half of the last planes are enough.
 * @module
 */
import type { KernelStep, PoolStep, WindowStep } from "../program.js";
import type { PlaneOrder } from "./planes-code.js";

interface Grid {
  readonly height: number;
  readonly width: number;
  readonly planes: number;
}

const wrapped = (x: number, n: number) => ((x % n) + n) % n;

/** Differences of inputs, modulo the grid, of pairs of outputs that differ by `o` along one axis. */
function differences(axis: WindowStep["window"][number] | undefined, o: number, pools: boolean): number[] {
  if (axis === undefined) return [0];
  const { size, stride, outputs } = axis;
  const reach = pools ? size - 1 : 0; // a convolution takes the same place of both windows
  const found: number[] = [];
  for (const signed of o === 0 ? [0] : [o, o - outputs]) {
    for (let f = -reach; f <= reach; f++) found.push(signed * stride + f);
  }
  return found;
}

/** Planes of the inputs that the planes `needed` of a step on windows are made from. */
function windowPlanes(
  step: WindowStep,
  pools: boolean,
  needed: Iterable<number>,
  from: Grid,
  to: Grid,
): Set<number> {
  const axes = step.window.length === 1 ? [undefined, step.window[0]] : step.window;
  const out = new Set<number>();
  for (const plane of needed) {
    const ys = differences(axes[0], Math.floor(plane / to.width), pools);
    const xs = differences(axes[1], plane % to.width, pools);
    for (const y of ys) {
      for (const x of xs) out.add(wrapped(y, from.height) * from.width + wrapped(x, from.width));
    }
  }
  return out;
}

const all = ({ planes }: Grid) => new Set(Array.from({ length: planes }, (_, plane) => plane));

function sources(step: KernelStep, needed: Iterable<number>, from: Grid, to: Grid): Set<number> {
  if (from.planes === 1) return new Set([0]);
  switch (step.op) {
    case "conv":
      return windowPlanes(step, false, needed, from, to);
    case "pool":
      return windowPlanes(step satisfies PoolStep, true, needed, from, to);
    case "flatten":
      return new Set([0]);
    default:
      return all(from);
  }
}

/** Halves a set that has -p for every p. */
function halved(planes: ReadonlySet<number>, { height, width }: Grid): PlaneOrder {
  const order = { twice: [] as number[], once: [] as number[] };
  for (const plane of [...planes].sort((a, b) => a - b)) {
    const other = wrapped(-Math.floor(plane / width), height) * width + wrapped(-plane, width);
    if (other === plane) order.once.push(plane);
    else if (plane < other) order.twice.push(plane);
  }
  return order;
}

/** A program as the lowering sees it. */
export interface NeedsOf {
  readonly steps: readonly KernelStep[];
  /** steps that each step reads */
  readonly reads: readonly (readonly number[])[];
  readonly grids: readonly Grid[];
  /** steps that have a use, ascending */
  readonly used: readonly number[];
  /** steps whose result has another grid than what they read */
  readonly regroups: (step: KernelStep) => boolean;
}

/**
 * Planes of every value that the sums of pools over their windows need, and the order of the planes that they sum; the pools
 * do the same to values on one grid.
 */
export function ownPlanes(
  { steps, reads, grids, used, regroups }: NeedsOf,
  pools: readonly number[],
): { readonly needed: ReadonlyMap<number, ReadonlySet<number>>; readonly last: PlaneOrder } {
  const needed = new Map<number, Set<number>>();
  const add = (value: number, planes: Iterable<number>) => {
    const known = needed.get(value) ?? new Set<number>();
    for (const plane of planes) known.add(plane);
    needed.set(value, known);
  };
  const [pool] = pools as [number];
  const source = reads[pool]![0]!;
  const last = halved(sources(steps[pool]!, [0], grids[source]!, grids[pool]!), grids[source]!);
  for (const each of pools) add(reads[each]![0]!, [...last.twice, ...last.once]);
  for (const s of [...used].reverse()) {
    if (pools.includes(s)) continue;
    const step = steps[s]!;
    const mine = needed.get(s) ?? [];
    for (const r of reads[s]!) add(r, regroups(step) ? sources(step, mine, grids[r]!, grids[s]!) : mine);
  }
  return { needed, last };
}
