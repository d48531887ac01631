/**
 * Networks on images at many depths: a program whose trunk runs once for every pair, read out after every wanted copy of the
 * block. Results of all depths of a program are there together; where memory does not hold that, several programs share the
 * depths.
 * @module
 */
import { isForetrainError } from "../errors.js";
import type { RepeatedBlock } from "../network/depth.js";
import type { Network } from "../network/spec.js";
import { type Matrix, matrix } from "../numeric/matrix.js";
import { NoReadouts } from "./backend.js";
import { compileReadouts } from "./compile/readouts.js";
import type { KernelName, KernelOptions, KernelPlan } from "./kernel.js";
import { type OpenKernel, openProgram } from "./open-kernel.js";
import { needsTangent, planProgram } from "./plan.js";
import type { KernelProgram } from "./program.js";
import type { SampleSet } from "./samples.js";
import type { SheetArray } from "./sheet.js";

export interface WantedDepth {
  readonly depth: number;
  readonly copies: number;
}

/** Depths that one program computes. */
export interface ReadoutGroup {
  readonly wanted: readonly WantedDepth[];
  readonly program: KernelProgram;
  readonly plan: KernelPlan;
}

interface Readouts {
  readonly network: Network;
  readonly parts: RepeatedBlock;
  readonly wanted: readonly WantedDepth[];
}

/** Backends whose programs may have several readouts. */
const able = ({ backend = "auto" }: KernelOptions) =>
  typeof backend === "object" ? backend.name === "simd" : backend !== "reference";

/** Runs of at most `size`. */
function chunks(wanted: readonly WantedDepth[], size: number): WantedDepth[][] {
  return Array.from({ length: Math.ceil(wanted.length / size) }, (_, i) =>
    wanted.slice(i * size, (i + 1) * size),
  );
}

/**
 * The programs of all wanted depths: as few as fit in memory, the depth that is the data's readout by itself.
 * @returns null where no program with several readouts would be faster, or none can be
 */
export function readoutGroups(
  { network, parts, wanted }: Readouts,
  n1: number,
  n2: number | null,
  names: readonly KernelName[],
  options: KernelOptions & { readonly memoryLimit: number },
): readonly ReadoutGroup[] | null {
  if (!able(options)) return null;
  const plain = wanted.filter(({ copies }) => copies === 0);
  const others = wanted.filter(({ copies }) => copies > 0);
  const groupOf = (members: readonly WantedDepth[]): ReadoutGroup | null => {
    const copies = members.map((member) => member.copies);
    const program = compileReadouts(network, parts, copies, needsTangent(names));
    if (program === null) return null;
    const { plan } = planProgram(program, n1, n2, names, options);
    return plan.backend === "simd" ? { wanted: members, program, plan } : null;
  };
  try {
    for (let size = others.length; size > 1; size = Math.ceil(size / 2)) {
      const sets = [...(plain.length > 0 ? [plain] : []), ...chunks(others, size)];
      const groups = sets.map(groupOf);
      if (groups.some((group) => group === null)) return null;
      // one result more: what the caller has while the others wait
      const held = oneResult(n1, n2, names);
      const fits = groups.every((group) => group!.plan.bytes.total + held <= options.memoryLimit);
      if (fits) return groups as ReadoutGroup[];
    }
  } catch (error) {
    // one of the depths has no kernel; the network of that depth by itself says so with the user's layers
    if (!isForetrainError(error) || error.code !== "ERR_UNAVAILABLE") throw error;
  }
  return null;
}

/** Bytes of the results at one depth. */
export const oneResult = (n1: number, n2: number | null, names: readonly KernelName[]): number =>
  8 * n1 * (n2 ?? n1) * names.length;

/** The results at one depth, and the samples with themselves. */
export interface ReadoutResult<Name extends KernelName> {
  readonly depth: number;
  readonly matrices: Record<Name, Matrix>;
  readonly own: {
    readonly rows: { readonly nngp: Float64Array; readonly ntk: Float64Array | null };
    readonly cols: { readonly nngp: Float64Array; readonly ntk: Float64Array | null };
  };
}

/** Every `count`-th value from number `k` on. */
const strided = (values: ArrayLike<number>, k: number, count: number): Float64Array =>
  Float64Array.from({ length: values.length / count }, (_, i) => values[i * count + k]!);

/**
 * Computes a group, then gives its depths one after another.
 * @returns null where the numbers of these samples have no fast form
 */
export async function runReadouts<Name extends KernelName>(
  { wanted, program }: ReadoutGroup,
  { rows, cols }: { readonly rows: SampleSet; readonly cols: SampleSet },
  names: readonly Name[],
  sameSamples: boolean,
  options: KernelOptions<Name>,
): Promise<Generator<ReadoutResult<Name>, void, undefined> | null> {
  let open: OpenKernel<Name>;
  try {
    open = await openProgram({ program, rows, cols, names, carry: null }, { ...options, diagonal: true });
  } catch (error) {
    // what only the deepest cannot do must not keep the others back
    if (error instanceof NoReadouts || (isForetrainError(error) && error.code === "ERR_NUMERICAL"))
      return null;
    throw error;
  }
  const [n1, n2] = open.plan.shape;
  const { diagonal } = open;
  let arrays: Record<Name, SheetArray>;
  try {
    arrays = await open.area({ rowStart: 0, rowEnd: n1, colStart: 0, colEnd: n2 });
  } finally {
    // before the caller has anything: one who stops early must not be left with workers that keep the process alive
    open.close();
  }
  const count = wanted.length;
  function* depths(): Generator<ReadoutResult<Name>, void, undefined> {
    for (const [k, { depth }] of wanted.entries()) {
      const own = (side: "rows" | "cols", name: KernelName) => {
        const values = diagonal[side]?.[name];
        return values == null ? null : strided(values, k, count);
      };
      const entries = names.map((name) => {
        const values = strided(arrays[name], k, count);
        // equal indices are the same sample, whose two passes share their dropout masks
        const selves = sameSamples ? own("rows", name) : null;
        if (selves !== null) for (let i = 0; i < Math.min(n1, n2); i++) values[i * n2 + i] = selves[i]!;
        return [name, matrix(n1, n2, values)];
      });
      // there for every program that is opened with `diagonal`
      const sides = (side: "rows" | "cols") => ({ nngp: own(side, "nngp")!, ntk: own(side, "ntk") });
      const matrices = Object.fromEntries(entries) as Record<Name, Matrix>;
      yield { depth, matrices, own: { rows: sides("rows"), cols: sides("cols") } };
    }
  }
  return depths();
}
