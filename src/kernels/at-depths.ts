/**
 * Kernels of a network that repeats a block, at many depths.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { copiesAtDepth, networkWithCopies, type RepeatedBlock, repeatedBlock } from "../network/depth.js";
import type { Network } from "../network/spec.js";
import { type Matrix, matrix, type NdArray } from "../numeric/matrix.js";
import { compileKernel } from "./compile.js";
import { requireVectors, setDiagonals } from "./compute.js";
import { oneResult, type ReadoutGroup, readoutGroups, runReadouts } from "./depth-readouts.js";
import {
  carriedBytes,
  copiesPerPart,
  DepthWalk,
  partOptions,
  stops,
  type WalkForm,
  walkForm,
} from "./depth-walk.js";
import type { KernelName, KernelOptions, KernelPlan } from "./kernel.js";
import { byteSize, defaultMemoryLimit } from "./memory.js";
import { type OpenKernel, openKernel } from "./open-kernel.js";
import { kernelNames, needsTangent, planKernel, planProgram } from "./plan.js";
import { checkSamples } from "./samples.js";

/** Kernels of samples with themselves, [n]; `ntk` is null where only the nngp is asked for. */
export interface OwnKernels {
  readonly nngp: Float64Array;
  readonly ntk: Float64Array | null;
}

/** The kernels at one depth, [n1, n2] each. */
export type DepthKernels<Name extends KernelName = KernelName> = Record<Name, Matrix> & {
  /** number of nonlinear layers */
  readonly depth: number;
  /** variances that the gaps are counted from: gap = (own + own') / 2 - kernel */
  readonly own: { readonly rows: OwnKernels; readonly cols: OwnKernels };
};

/** What kernels at many depths cost, known before they are computed. */
export interface DepthsPlan {
  /** ascending, each once */
  readonly depths: readonly number[];
  /** layers are computed once for several depths; false: each depth starts with the data */
  readonly incremental: boolean;
  /** copies of the block that are computed in all */
  readonly copies: number;
  readonly entries: number;
  readonly backend: string;
  /** counted floating-point operations: inner products of the inputs, and layers */
  readonly flops: { readonly gram: number; readonly layers: number };
  /** bytes at the peak: states of the pairs between two depths, and everything else (inputs, one result, work) */
  readonly bytes: { readonly carried: number; readonly other: number; readonly total: number };
  /** predicted seconds, a rough figure, +-2x */
  readonly seconds: number;
  readonly memoryLimit: number;
  readonly fits: boolean;
}

interface Prepared<Name extends KernelName> {
  readonly parts: RepeatedBlock;
  readonly names: readonly Name[];
  readonly wanted: readonly { readonly depth: number; readonly copies: number }[];
  readonly form: WalkForm;
  readonly perPart: number;
  readonly plan: DepthsPlan;
  /** programs with several readouts, where they are the way; null: parts of the network one after the other, or all anew */
  readonly groups: readonly ReadoutGroup[] | null;
}

function prepare<Name extends KernelName>(
  network: Network,
  depths: readonly number[],
  n1: number,
  n2: number | null,
  options: KernelOptions<Name>,
  caller: string,
): Prepared<Name> {
  const names = kernelNames(options.get, caller) as readonly Name[];
  const tangent = needsTangent(names);
  const { outputPositions } = compileKernel(network, { tangent }); // refusals with the paths of the user's layers
  requireVectors(outputPositions, caller);
  const parts = repeatedBlock(network);
  if (depths.length === 0) {
    throw new ForetrainError("ERR_DOMAIN", `${caller}: depths is empty, expected at least one depth`, {
      argument: "depths",
    });
  }
  const wanted = [...new Set(depths)]
    .sort((a, b) => a - b)
    .map((depth) => ({ depth, copies: copiesAtDepth(parts, depth, caller) }));
  const form = walkForm({ network, parts, tangent });
  const samples = n1 + (n2 ?? 0);
  const perPart = copiesPerPart(form, samples, options);
  const memoryLimit = options.memoryLimit ?? defaultMemoryLimit();
  const carried = carriedBytes(form, n1, n2 ?? n1, tangent);

  const last = wanted.at(-1)!.copies;
  const alone = (copies: number) =>
    planKernel(networkWithCopies(network, parts, copies), n1, n2, { ...options, memoryLimit, get: names });
  const spatial = form.sample.steps.some(({ positions }) => positions.length > 0);
  const choosable = typeof options.backend !== "object" && !(spatial && options.backend === "simd");
  // the pairs of one copy, by what would compute them
  const one = planProgram(form.sample, n1, n2, names, {
    ...options,
    ...partOptions(form.sample, options),
    memoryLimit,
  }).plan;
  const together = one.seconds * Math.max(1, last);
  let incremental = form.layout !== null && choosable;
  let [seconds, other, backend, copies] = [together, one.bytes.total, one.backend, last];
  // networks on images have a fast engine that begins with the data only
  const groups =
    spatial && wanted.length > 1
      ? readoutGroups({ network, parts, wanted }, n1, n2, names, { ...options, memoryLimit })
      : null;
  let flops = { gram: one.flops.gram, layers: one.flops.layers * Math.max(1, last) };
  const flopsOf = (plans: readonly KernelPlan[]) => ({
    gram: plans.reduce((sum, plan) => sum + plan.flops.gram, 0),
    layers: plans.reduce((sum, plan) => sum + plan.flops.layers, 0),
  });
  if (groups !== null) {
    incremental = true;
    flops = flopsOf(groups.map((group) => group.plan));
    seconds = groups.reduce((sum, group) => sum + group.plan.seconds, 0);
    other = Math.max(...groups.map((group) => group.plan.bytes.total)) + oneResult(n1, n2, names);
    backend = groups[0]!.plan.backend;
    copies = groups.reduce((sum, group) => sum + group.wanted.at(-1)!.copies, 0);
  } else if (!incremental || spatial) {
    const each = wanted.map((stop) => alone(stop.copies));
    const apart = each.reduce((sum, plan) => sum + plan.seconds, 0);
    if (!incremental || apart < together || carried + other > memoryLimit) {
      incremental = false;
      flops = flopsOf(each);
      [seconds, other, backend] = [
        apart,
        Math.max(...each.map((plan) => plan.bytes.total)),
        each[0]!.backend,
      ];
      copies = wanted.reduce((sum, stop) => sum + stop.copies, 0);
    }
  }
  const held = incremental && groups === null && wanted.length > 1 ? carried : 0;
  const total = held + other;
  const plan: DepthsPlan = {
    depths: wanted.map(({ depth }) => depth),
    incremental,
    copies,
    entries: one.entries,
    backend,
    flops,
    bytes: { carried: held, other, total },
    seconds,
    memoryLimit,
    fits: total <= memoryLimit,
  };
  return { parts, names, wanted, form, perPart, plan, groups };
}

/**
 * Bytes and rough seconds of {@link kernelsAtDepths}; the same plan that it checks before it starts.
 * @throws as {@link kernelsAtDepths}, apart from what concerns the inputs
 */
export function planKernelsAtDepths(
  network: Network,
  depths: readonly number[],
  n1: number,
  n2: number | null,
  options: KernelOptions = {},
): DepthsPlan {
  return prepare(network, depths, n1, n2, options, "planKernelsAtDepths").plan;
}

/** All of one depth, as matrices. */
async function wholeArea<Name extends KernelName>(
  open: OpenKernel<Name>,
  sameSamples: boolean,
): Promise<Record<Name, Matrix> & Pick<DepthKernels, "own">> {
  const [n1, n2] = open.plan.shape;
  const all = { rowStart: 0, rowEnd: n1, colStart: 0, colEnd: n2 };
  const arrays = await open.area(all);
  if (sameSamples) setDiagonals(open, all, arrays);
  const entries = open.names.map((name) => [name, matrix(n1, n2, arrays[name] as Float64Array)]);
  const { rows, cols } = open.diagonal;
  const own = { rows: { nngp: rows!.nngp, ntk: rows!.ntk }, cols: { nngp: cols!.nngp, ntk: cols!.ntk } };
  return Object.assign(Object.fromEntries(entries) as Record<Name, Matrix>, { own });
}

/**
 * Kernels of the network with its block repeated to each of several depths, ascending, each as soon as it is ready. The
 * readout (pools, dropout, last layer) is applied at every depth. What repeats and how depth counts, `repeatedBlock`
 * says.
 *
 * One way through the layers serves all depths: the time is that of the deepest network. Memory holds the states of all pairs
 * (16 bytes each for vectors) beside one result (`planKernelsAtDepths`); for networks on images, where those states would be
 * images, the results of all depths, which then come together. Where memory has no room for them, networks on images go
 * their way several times, each for some of the depths. The results are those of each network by itself to rounding.
 *
 * @param depths  numbers of nonlinear layers, in any order; each comes once
 * @param x1  [n1, ...input]
 * @param x2  [n2, ...input], or null for x1 against itself
 * @throws ERR_UNAVAILABLE for networks without a block to repeat, ERR_DOMAIN for a depth that no number of copies gives,
 * and as `computeKernel`
 * @example
 * for await (const { depth, ntk, ntkGap } of kernelsAtDepths(net, [1, 10, 100], x, null, { get: ["ntk", "ntkGap"] })) {
 *   const { kappa } = await bulkSpectrum(ntk, ntkGap);
 * }
 */
export async function* kernelsAtDepths<Name extends KernelName = KernelName>(
  network: Network,
  depths: readonly number[],
  x1: NdArray,
  x2: NdArray | null = null,
  options: KernelOptions<Name> = {},
): AsyncGenerator<DepthKernels<Name>, void, undefined> {
  const caller = "kernelsAtDepths";
  const rows = checkSamples(x1, network.input, caller, "x1");
  const cols = x2 === null ? rows : checkSamples(x2, network.input, caller, "x2");
  const prepared = prepare(network, depths, rows.count, x2 === null ? null : cols.count, options, caller);
  const { parts, names, wanted, form, perPart, plan, groups } = prepared;
  if (!plan.fits) {
    const { carried, total } = plan.bytes;
    throw new ForetrainError(
      "ERR_MEMORY",
      `${caller}: the kernels need ${byteSize(total)} (states between two depths ${byteSize(carried)}), they may use ` +
        `${byteSize(plan.memoryLimit)}; use fewer samples at a time, or allow more memory: memoryLimit (--memory)`,
      { argument: "memoryLimit", got: plan.memoryLimit, expected: total, plan },
    );
  }
  const { onProgress } = options;
  /** Reports tiles of one piece of work as its share of all layers. */
  const sharing = (before: number, copies: number): KernelOptions<Name> => ({
    ...options,
    get: names,
    memoryLimit: plan.memoryLimit,
    onProgress:
      onProgress &&
      (({ label, done, total }) => {
        const share = label === "kernel" && total > 0 ? done / total : 0;
        onProgress({ label: "layers", done: before + share * copies, total: plan.copies, unit: "layers" });
      }),
  });
  const sameSamples = options.sameSamples ?? x2 === null;
  if (groups !== null || !plan.incremental) {
    let before = 0;
    const alone = [...wanted];
    for (const group of groups ?? []) {
      const { copies } = group.wanted.at(-1)!;
      const results = await runReadouts(group, { rows, cols }, names, sameSamples, sharing(before, copies));
      before += copies;
      if (results === null) break; // these samples and all deeper depths one by one
      for (const { depth, matrices, own } of results) {
        alone.shift();
        yield { depth, ...matrices, own } as DepthKernels<Name>;
      }
    }
    for (const { depth, copies } of alone) {
      const single = networkWithCopies(network, parts, copies);
      const open = await openKernel(single, x1, x2, { ...sharing(before, copies), caller, diagonal: true });
      let kernels: Record<Name, Matrix> & Pick<DepthKernels, "own">;
      try {
        kernels = await wholeArea(open, sameSamples);
      } finally {
        // before the caller has them: one who stops here must not be left with workers that keep the process alive
        open.close();
      }
      yield { depth, ...kernels } as DepthKernels<Name>;
      before += copies;
    }
    return;
  }
  const tangent = needsTangent(names);
  const all = stops(
    wanted.map(({ copies }) => copies),
    perPart,
  );
  const carries = all.length > 1 ? form : { ...form, layout: null };
  const walk = new DepthWalk({ network, parts, tangent }, carries, { rows, cols }, options);
  for (const [i, stop] of all.entries()) {
    const { copies } = walk;
    const kernels = await walk.part(
      { ...stop, last: i === all.length - 1 },
      names,
      (open) => wholeArea(open, sameSamples && stop.wanted),
      sharing(copies, stop.copies - copies),
    );
    const depth = wanted.find((item) => item.copies === stop.copies)?.depth;
    if (stop.wanted) yield { depth, ...kernels } as DepthKernels<Name>;
  }
}
