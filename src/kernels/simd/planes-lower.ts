/**
 * Lowers a network with positions: steps become instructions on planes of pairs of positions with one difference.
 *
 * Steps that keep positions apart by the same difference run plane by plane, one plane through all of them in cache:
 * these are a group. Pools, strided convolutions, flatten and the like read a group's planes and write planes of another
 * grid, kept in stores until the groups that read them run.
 * @module
 */
import type { Precision } from "../kernel.js";
import { normalizerVariances } from "../normalizer.js";
import { type ConvStep, type KernelProgram, type KernelStep, type PoolStep, readsOf } from "../program.js";
import { poolInputs, windowMeans } from "../reference/spatial.js";
import type { PreparedStep, SampleSides, SampleState } from "../sample-state.js";
import { poolTaps } from "../window-taps.js";
import { type Feature, halfTangent, halfVariance, inverseRoot } from "./feature-tables.js";
import { lowerActivation } from "./lower-activation.js";
import {
  gridOf,
  type Place,
  type PlaneGroup,
  type PlaneInstruction,
  poolLists,
  type Store,
  windowGeometry,
} from "./planes-code.js";

/** Why a program has no form of planes. */
export class NoPlanes extends Error {}

/** The same where only float32 is too narrow, possibly. */
export class OutOfRange extends NoPlanes {}

/** Variances beyond these leave the range of products of two variances, and of four. */
const RANGE = { float64: [1e-140, 1e140], float32: [1e-17, 1e17] } as const;
const QUARTER = { float64: 1e75, float32: 1e8 } as const;

/** Features of one state: `cells` values per sample each, of both sides. */
interface Table {
  readonly part: number;
  readonly cells: number;
  readonly at: number;
  readonly states: SampleSides;
  readonly features: readonly Feature[];
}

export interface LoweredPlanes {
  readonly groups: readonly PlaneGroup[];
  readonly stores: readonly Store[];
  /** store of the result */
  readonly result: number;
  /** scratch slots that are alive at once */
  readonly slots: number;
  readonly tables: readonly Table[];
  /** values of tables per sample: of the first group, of the others */
  readonly parts: readonly [number, number];
}

/** Grid, layout and depth of regroupings of a value: values of one key belong to one group. */
interface Home {
  readonly level: number;
  readonly height: number;
  readonly width: number;
  readonly planes: number;
}

const keyOf = ({ level, height, width, planes }: Home) => `${level} ${height} ${width} ${planes}`;

/** Steps whose result has other positions than what they read, or reads all positions at once. */
function regroups(step: KernelStep): boolean {
  if (step.op === "pool" || step.op === "globalPool" || step.op === "flatten") return true;
  if (step.op !== "conv") return false;
  return (
    step.window.some(({ stride, inputs, outputs }) => stride !== 1 || inputs !== outputs) ||
    step.padding === "valid"
  );
}

interface Draft {
  readonly home: Home;
  readonly steps: number[];
}

class PlaneLowerer {
  private readonly homes: Home[] = [];
  /** steps that each step reads */
  private readonly reads: number[][] = [];
  /** of each value: its store, where it has one */
  private readonly storeOf = new Map<number, number>();
  private readonly stores: Store[] = [];
  private readonly tables: Table[] = [];
  private readonly parts: [number, number] = [0, 0];
  /** of the tables of the group that is being made */
  private part: 0 | 1 = 0;
  private slots = 0;
  private readonly last: number;

  constructor(
    private readonly program: KernelProgram,
    private readonly prepared: readonly PreparedStep[],
    /** samples with themselves, which share dropout masks */
    private readonly self: boolean,
    private readonly precision: Precision,
    /** up to the sums of the pool at this step */
    private readonly own: number | null,
  ) {
    const end = own ?? program.steps.length - 1;
    const writer: number[] = [];
    for (let s = 0; s <= end; s++) {
      const step = program.steps[s]!;
      this.reads.push(readsOf(step).map((slot) => writer[slot]!));
      writer[step.to] = s;
      this.homes.push(this.homeOf(step, s));
    }
    this.last = own ?? writer[program.output]!;
  }

  private homeOf(step: KernelStep, s: number): Home {
    if (step.positions.length > 2) throw new NoPlanes(`${step.path}: more than two spatial axes`);
    const [height, width] = gridOf(step.positions);
    const planes = step.layout === "full" ? height * width : 1;
    const levels = this.reads[s]!.map((r) => this.homes[r]!.level);
    const level = Math.max(0, ...levels) + (regroups(step) ? 1 : 0);
    if (step.op === "concat" && step.axis !== null) {
      throw new NoPlanes(`${step.path}: concat along positions`);
    }
    return { level, height, width, planes };
  }

  /** Steps that have a use, in order. */
  private used(): number[] {
    const used = new Set([this.last]);
    for (let s = this.last; s >= 0; s--) if (used.has(s)) for (const r of this.reads[s]!) used.add(r);
    return [...used].sort((a, b) => a - b);
  }

  private newStore(store: Store): number {
    this.stores.push(store);
    return this.stores.length - 1;
  }

  run(): LoweredPlanes {
    const steps = this.used();
    const drafts = new Map<string, Draft>();
    const draftOf = (home: Home): Draft => {
      const key = keyOf(home);
      const draft = drafts.get(key) ?? { home, steps: [] };
      drafts.set(key, draft);
      return draft;
    };
    for (const s of steps) {
      const step = this.program.steps[s]!;
      const home = this.homes[s]!;
      if (regroups(step)) {
        const { height, width, planes } = home;
        const sums = step.op === "globalPool" || step.op === "flatten";
        this.storeOf.set(s, this.newStore({ height, width, planes, sums }));
        draftOf(this.homes[this.reads[s]![0]!]!);
      }
      // a convolution writes its result itself; what pools sum has to be finished in the group of the result
      if (step.op !== "conv" || !regroups(step)) draftOf(home).steps.push(s);
    }
    const order = [...drafts.values()].sort((a, b) => a.home.level - b.home.level);
    const groupOf = new Map<number, Draft>();
    for (const draft of order) for (const s of draft.steps) groupOf.set(s, draft);
    // values that other groups read, and the result, are kept
    const kept = (s: number) => {
      if (this.storeOf.has(s) && this.program.steps[s]!.op === "conv") return;
      this.finished.add(s);
    };
    for (const s of steps) {
      const mine = regroups(this.program.steps[s]!) ? null : groupOf.get(s);
      for (const r of this.reads[s]!) {
        const theirs = groupOf.get(r);
        if (mine !== null && theirs !== mine) kept(r);
      }
    }
    if (this.own === null) kept(this.last);
    const finishedStore = new Map<number, number>();
    for (const s of this.finished) {
      const { height, width, planes } = this.homes[s]!;
      finishedStore.set(s, this.newStore({ height, width, planes, sums: false }));
    }
    const groups = order
      .map((draft, at) => {
        this.part = at === 0 ? 0 : 1;
        return this.group(draft, steps, finishedStore);
      })
      .filter(({ code }) => code.length > 0);
    const result = this.own === null ? finishedStore.get(this.last) : undefined;
    return {
      groups,
      stores: this.stores,
      result: result ?? this.storeOf.get(this.last)!,
      slots: this.slots,
      tables: this.tables,
      parts: this.parts,
    };
  }

  private readonly finished = new Set<number>();

  private group(
    { home, steps }: Draft,
    all: readonly number[],
    finishedStore: ReadonlyMap<number, number>,
  ): PlaneGroup {
    const code: PlaneInstruction[] = [];
    const clears: number[] = [];
    const here = new Set(steps);
    // regroupings that read this group's values follow in the order of the program
    const leaving = all.filter((s) => {
      if (!regroups(this.program.steps[s]!)) return false;
      return keyOf(this.homes[this.reads[s]![0]!]!) === keyOf(home);
    });
    const sequence = [...steps.filter((s) => this.own !== s), ...leaving.map((s) => -1 - s)];
    const lastUse = new Map<number, number>();
    sequence.forEach((entry, at) => {
      const s = entry < 0 ? -1 - entry : entry;
      if (entry >= 0 && regroups(this.program.steps[s]!)) return; // its finishing reads a store
      for (const r of this.reads[s]!) lastUse.set(r, at);
    });
    const free: number[] = [];
    let next = 0;
    const take = (): number => free.pop() ?? next++;
    const slotOf = new Map<number, number>();
    const placeOf = (value: number): Place => {
      const slot = slotOf.get(value);
      if (slot !== undefined) return { slot };
      return { store: finishedStore.get(value) ?? this.storeOf.get(value)! };
    };
    sequence.forEach((entry, at) => {
      const s = entry < 0 ? -1 - entry : entry;
      const step = this.program.steps[s]!;
      const dying = [...new Set(this.reads[s]!)].filter(
        (r) => here.has(r) && slotOf.has(r) && lastUse.get(r) === at,
      );
      const release = () => {
        for (const r of dying) {
          free.push(slotOf.get(r)!);
          slotOf.delete(r);
        }
      };
      if (entry < 0) {
        const store = this.storeOf.get(s)!;
        if (step.op !== "conv") clears.push(store);
        code.push(this.leave(step, s, placeOf(this.reads[s]![0]!), { store }));
        release();
        return;
      }
      const finishing = regroups(step);
      const reads: Place[] = finishing ? [{ store: this.storeOf.get(s)! }] : this.reads[s]!.map(placeOf);
      // what works entry by entry on one value may write over it
      const inPlace =
        !finishing && step.op !== "conv" && reads.length === 1 && dying.length === 1 && !finishedStore.has(s);
      let spare: number | null = null;
      let to: Place;
      if (finishedStore.has(s)) to = { store: finishedStore.get(s)! };
      else if (inPlace) {
        const slot = slotOf.get(dying[0]!)!;
        slotOf.delete(dying[0]!);
        slotOf.set(s, slot);
        to = { slot };
      } else {
        const slot = take();
        slotOf.set(s, slot);
        to = { slot };
      }
      if (reads.length > 2) spare = take();
      code.push(...this.instructions(step, s, reads, to, spare === null ? null : { slot: spare }));
      if (spare !== null) free.push(spare);
      if (!inPlace && !finishing) release();
    });
    this.slots = Math.max(this.slots, next);
    const { height, width, planes } = home;
    return { height, width, planes, code, clears };
  }

  private table(states: SampleSides, cells: number, features: readonly Feature[]): number {
    const known = this.tables.find(
      (table) =>
        table.part === this.part &&
        table.states === states &&
        table.cells === cells &&
        features.length <= table.features.length &&
        features.every((f, i) => f === table.features[i]),
    );
    if (known !== undefined) return known.at;
    const { part } = this;
    const at = this.parts[part];
    this.tables.push({ part, cells, at, states, features });
    this.parts[part] += cells * features.length;
    return at;
  }

  private checkRange({ path }: KernelStep, { rows, cols }: SampleSides, unit: number): void {
    const [bottom, top] = RANGE[this.precision];
    const quarter = QUARTER[this.precision];
    for (const { q } of rows === cols ? [rows] : [rows, cols]) {
      for (const value of q) {
        if (value !== 0 && (value < bottom || value > top || unit * value > quarter)) {
          throw new OutOfRange(`${path}: a variance of ${value} is outside the engine's range`);
        }
      }
    }
  }

  /** What carries values of a group to other positions. */
  private leave(step: KernelStep, s: number, from: Place, to: Place): PlaneInstruction {
    const target = this.homes[s]!;
    const equalOnly = target.planes === 1 && step.op !== "globalPool";
    switch (step.op) {
      case "conv":
        return this.convolution(step, s, from, to);
      case "pool":
        return { operation: "scatter", to, from, geometry: this.poolGeometry(step, target), equalOnly };
      default:
        return { operation: "sumPlane", to, from, equalOnly };
    }
  }

  private poolGeometry(step: PoolStep, { height, width }: Home): number[] {
    const [y, x] = poolLists(step);
    // lists start after four words; the engine adds the address
    return [4, 4 + y.length, height, width, ...y, ...x];
  }

  private convolution(step: ConvStep, s: number, from: Place, to: Place): PlaneInstruction {
    const source = this.prepared[s]!.reads[0]!;
    const { height, width } = this.homes[this.reads[s]![0]!]!;
    const size = step.window.reduce((product, axis) => product * axis.size, 1);
    return {
      operation: "convolve",
      to,
      from,
      geometry: windowGeometry(step),
      table: this.table(source, height * width, [halfVariance, halfTangent]),
      constants: [step.weight / size, step.tangentK / size],
    };
  }

  private instructions(
    step: KernelStep,
    s: number,
    reads: readonly Place[],
    to: Place,
    spare: Place | null,
  ): PlaneInstruction[] {
    const prepared = this.prepared[s]!;
    const { height, width } = this.homes[s]!;
    const cells = height * width;
    const [from, other] = reads;
    const source = prepared.reads[0]!;
    switch (step.op) {
      case "input": {
        const features = this.program.features / (step.positions.length === 0 ? 1 : cells);
        return [{ operation: "input", to, constants: [0.5 / features] }];
      }
      case "dense":
        return [{ operation: "dense", to, from: from!, constants: [step.weight, step.tangentK] }];
      case "conv":
        return [this.convolution(step, s, from!, to)];
      case "activation": {
        const form = lowerActivation(
          step.activation,
          prepared.map!,
          source,
          { weight: 1, tangentK: 0 },
          this.precision,
        );
        if (form === null) throw new NoPlanes(`${step.path}: no SIMD form of ${step.activation.label}`);
        const { operation, features, constants, extra, unit = 0 } = form;
        this.checkRange(step, source, unit);
        const table = this.table(source, cells, features);
        return [{ operation, to, from: from!, table, constants, ...(extra && { extra }) }];
      }
      case "normalize": {
        const table = this.table(source, cells, normalizeFeatures(step, source));
        return [{ operation: "normalize", to, from: from!, table }];
      }
      case "dropout": {
        const table = this.table(source, cells, [halfVariance, halfTangent]);
        const constants = [1 / step.keepRate - 1];
        return [{ operation: "dropout", to, from: from!, table, constants, equalKept: this.self }];
      }
      case "sum":
      case "concat": {
        const weights = step.op === "concat" ? step.weights : step.parts.map(() => 1);
        if (reads.length === 1) {
          return [{ operation: "combine", to, from: from!, other: from!, constants: [weights[0]!, 0] }];
        }
        return this.fold(reads, to, spare, (a, b, target, i) => ({
          operation: "combine",
          to: target,
          from: a,
          other: b,
          constants: [i === 1 ? weights[0]! : 1, weights[i]!],
        }));
      }
      case "product": {
        if (reads.length === 1) {
          return [{ operation: "combine", to, from: from!, other: from!, constants: [1, 0] }];
        }
        let so = prepared.reads[0]!;
        return this.fold(reads, to, spare, (a, b, target, i) => {
          const [p, r] = [so, prepared.reads[i]!];
          so = product(p, r);
          const table = this.table(p, cells, [
            halfVariance,
            (_, at, side) => halfVariance(r[side], at, side),
            halfTangent,
            (_, at, side) => halfTangent(r[side], at, side),
          ]);
          return { operation: "product", to: target, from: a, other: b, table };
        });
      }
      case "pool": {
        const table = this.table(source, cells, poolFeatures(step, prepared));
        return [{ operation: "finishPool", to, from: from!, table }];
      }
      case "globalPool": {
        const own = prepared.own!;
        const table = this.table(source, 1, [
          (_, i, side) => own[side].d[i]!,
          (_, i, side) => own[side].g?.[i] ?? 0,
        ]);
        const scale = poolTaps(step).weight[0]! ** 2;
        return [{ operation: "finishSums", to, from: from!, table, constants: [scale] }];
      }
      case "flatten": {
        const inputs = step.inputPositions.reduce((size, side) => size * side, 1);
        const table = this.table(source, 1, [nothing, nothing]);
        return [{ operation: "finishSums", to, from: from!, table, constants: [1 / inputs] }];
      }
    }
    throw new NoPlanes(`${(step as KernelStep).path}: no form of planes; ${String(other)}`);
  }

  /** Left fold over more than one value. */
  private fold(
    reads: readonly Place[],
    to: Place,
    spare: Place | null,
    combine: (a: Place, b: Place, target: Place, i: number) => PlaneInstruction,
  ): PlaneInstruction[] {
    const out: PlaneInstruction[] = [];
    for (let i = 1; i < reads.length; i++) {
      const target = i === reads.length - 1 ? to : spare!;
      out.push(combine(i === 1 ? reads[0]! : spare!, reads[i]!, target, i));
    }
    return out;
  }
}

const nothing: Feature = () => 0;

/** Variance and ntk diagonal of the product of two states. */
function product(a: SampleSides, b: SampleSides): SampleSides {
  const of = (side: "rows" | "cols"): SampleState => {
    const [p, r] = [a[side], b[side]];
    const t = p.t?.map((theta, i) => theta * r.q[i]! + r.t![i]! * p.q[i]!) ?? null;
    return { q: p.q.map((q, i) => q * r.q[i]!), t };
  };
  const rows = of("rows");
  return { rows, cols: a.rows === a.cols ? rows : of("cols") };
}

const halfVarianceOverRoot: Feature = (state, i, side) =>
  halfVariance(state, i, side) * inverseRoot(state, i, side);
const halfTangentOverRoot: Feature = (state, i, side) =>
  halfTangent(state, i, side) * inverseRoot(state, i, side);

/** 1 / s, q / (2 s), theta / (2 s) with s^2 the variance that is normalized to 1. */
function normalizeFeatures(step: KernelStep & { op: "normalize" }, states: SampleSides): Feature[] {
  if (step.over.length === 0) return [inverseRoot, halfVarianceOverRoot, halfTangentOverRoot];
  const rows = normalizerVariances(step, states.rows.q);
  const v = { rows, cols: states.cols === states.rows ? rows : normalizerVariances(step, states.cols.q) };
  const inverse: Feature = (_, i, side) => (v[side][i]! > 0 ? 1 / Math.sqrt(v[side][i]!) : 0);
  return [
    inverse,
    (state, i, side) => halfVariance(state, i, side) * inverse(state, i, side),
    (state, i, side) => halfTangent(state, i, side) * inverse(state, i, side),
  ];
}

/** Weight, mass, own deficit and half mean of q; own deficit and half mean of theta. */
function poolFeatures(step: PoolStep, { reads, own }: PreparedStep): Feature[] {
  const taps = poolTaps(step);
  const inputs = poolInputs(step);
  const means = (pick: (state: SampleState) => Float64Array | null) => {
    const of = (state: SampleState) => {
      const values = pick(state);
      return values === null ? null : windowMeans(taps, inputs, values);
    };
    const { rows, cols } = reads[0]!;
    const first = of(rows);
    return { rows: first, cols: cols === rows ? first : of(cols) };
  };
  const q = means((state) => state.q);
  const t = means((state) => state.t);
  return [
    (_, i) => taps.weight[i % taps.outputs]!,
    (_, i) => taps.mass[i % taps.outputs]!,
    (_, i, side) => own![side].d[i]!,
    (_, i, side) => 0.5 * q[side]![i]!,
    (_, i, side) => own![side].g?.[i] ?? 0,
    (_, i, side) => 0.5 * (t[side]?.[i] ?? 0),
  ];
}

/**
 * @param self  samples with themselves
 * @param pool  ends with the sums of the pool at this step
 * @throws NoPlanes
 */
export function lowerPlaneSteps(
  program: KernelProgram,
  prepared: readonly PreparedStep[],
  self: boolean,
  pool: number | null,
  precision: Precision,
): LoweredPlanes {
  return new PlaneLowerer(program, prepared, self, precision, pool).run();
}

/** Feature values of one part for the samples [from, from + count) of one side, [count, values of the part]. */
export function fillTables(
  { tables, parts }: LoweredPlanes,
  part: 0 | 1,
  side: "rows" | "cols",
  from: number,
  count: number,
  out: Float64Array | Float32Array,
): void {
  for (const table of tables) {
    if (table.part !== part) continue;
    const { cells, at, features } = table;
    const state = table.states[side];
    features.forEach((feature, f) => {
      for (let i = 0; i < count; i++) {
        const base = i * parts[part] + at + f * cells;
        for (let p = 0; p < cells; p++) out[base + p] = feature(state, (from + i) * cells + p, side);
      }
    });
  }
}
