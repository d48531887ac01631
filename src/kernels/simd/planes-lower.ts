/**
 * Lowers a network with positions: steps become instructions on planes of pairs of positions with one difference.
 *
 * Steps that keep positions apart by the same difference run plane by plane, one plane through all of them in cache:
 * these are a group. Pools, strided convolutions, flatten and the like read a group's planes and write planes of another
 * grid, kept in stores until the groups that read them run.
 * @module
 */
import type { Precision } from "../kernel.js";
import { type KernelProgram, type KernelStep, outputsOf, readsOf } from "../program.js";
import type { PreparedStep } from "../sample-state.js";
import {
  gridOf,
  type Place,
  type PlaneGroup,
  type PlaneInstruction,
  type PlaneOrder,
  type Store,
} from "./planes-code.js";
import { ownPlanes } from "./planes-needs.js";
import { type Grid, NoPlanes, PlaneSteps, type StepSettings } from "./planes-steps.js";
import { type PlaneTable, PlaneTables } from "./planes-tables.js";

export interface LoweredPlanes {
  readonly groups: readonly PlaneGroup[];
  readonly stores: readonly Store[];
  /** stores of the results */
  readonly results: readonly number[];
  /** scratch slots that are alive at once */
  readonly slots: number;
  readonly tables: readonly PlaneTable[];
  /** values of tables per sample: of the first group, of the others */
  readonly parts: readonly [number, number];
}

/** Grid, layout and depth of regroupings of a value: values of one key belong to one group. */
interface Home extends Grid {
  readonly level: number;
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
  private readonly tables = new PlaneTables();
  private readonly steps: PlaneSteps;
  /** values that other groups read, and the result */
  private readonly finished = new Set<number>();
  private slots = 0;
  private readonly last: readonly number[];
  /** of samples with themselves, the planes that the values of a group are needed at */
  private orderOf: (values: readonly number[], last: boolean) => PlaneOrder | null = () => null;

  constructor(
    private readonly program: KernelProgram,
    settings: StepSettings,
    /** up to the sums of the pools at these steps */
    private readonly own: readonly number[] | null,
  ) {
    const end = own?.at(-1) ?? program.steps.length - 1;
    const writer: number[] = [];
    for (let s = 0; s <= end; s++) {
      const step = program.steps[s]!;
      this.reads.push(readsOf(step).map((slot) => writer[slot]!));
      writer[step.to] = s;
      this.homes.push(this.homeOf(step, s));
    }
    // of the windows' sums, those of a window with itself are all
    for (const pool of own ?? []) this.homes[pool] = { ...this.homes[pool]!, planes: 1 };
    this.last = own ?? outputsOf(program).map((slot) => writer[slot]!);
    const sources = new Set(own?.map((pool) => keyOf(this.homes[this.reads[pool]![0]!]!)));
    if (sources.size > 1) throw new NoPlanes("pools that read planes of several groups");
    this.steps = new PlaneSteps(
      settings,
      this.tables,
      (s) => this.homes[s]!,
      (s) => this.homes[this.reads[s]![0]!]!,
    );
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
    const used = new Set(this.last);
    for (let s = Math.max(...this.last); s >= 0; s--)
      if (used.has(s)) for (const r of this.reads[s]!) used.add(r);
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
    if (this.own !== null) this.orderOf = this.ownOrder(steps, this.own);
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
    if (this.own === null) this.last.forEach(kept);
    const finishedStore = new Map<number, number>();
    for (const s of this.finished) {
      const { height, width, planes } = this.homes[s]!;
      finishedStore.set(s, this.newStore({ height, width, planes, sums: false }));
    }
    const groups = order
      .map((draft, at) => {
        this.tables.part = at === 0 ? 0 : 1;
        return this.group(draft, steps, finishedStore);
      })
      .filter(({ code }) => code.length > 0);
    return {
      groups,
      stores: this.stores,
      results: this.last.map((s) => finishedStore.get(s) ?? this.storeOf.get(s)!),
      slots: this.slots,
      tables: this.tables.list,
      parts: this.tables.parts,
    };
  }

  private ownOrder(used: readonly number[], own: readonly number[]): PlaneLowerer["orderOf"] {
    const { reads, homes: grids, program } = this;
    const { needed, last } = ownPlanes({ steps: program.steps, reads, grids, used, regroups }, own);
    return (values, isLast) => {
      if (isLast) return last;
      const planes = new Set(values.flatMap((value) => [...(needed.get(value) ?? [])]));
      return { twice: [], once: [...planes].sort((a, b) => a - b) };
    };
  }

  /** A group's steps, and as -1 - s those that carry a value out of it, as soon as the value is there. */
  private sequence(steps: readonly number[], leaving: readonly number[]): number[] {
    const inside = new Set(steps);
    const readers = (s: number) => leaving.filter((reader) => this.reads[reader]![0] === s);
    const others = leaving.filter((reader) => !inside.has(this.reads[reader]![0]!));
    return [...steps.flatMap((s) => [s, ...readers(s).map((r) => -1 - r)]), ...others.map((r) => -1 - r)];
  }

  private group(
    { home, steps }: Draft,
    all: readonly number[],
    finishedStore: ReadonlyMap<number, number>,
  ): PlaneGroup {
    const code: PlaneInstruction[] = [];
    const clears: number[] = [];
    const here = new Set(steps);
    // regroupings that read this group's values
    const leaving = all.filter((s) => {
      if (!regroups(this.program.steps[s]!)) return false;
      return keyOf(this.homes[this.reads[s]![0]!]!) === keyOf(home);
    });
    const sequence = this.sequence(
      steps.filter((s) => !this.own?.includes(s)),
      leaving,
    );
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
        code.push(this.steps.leave(step, s, placeOf(this.reads[s]![0]!), { store }));
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
      code.push(...this.steps.instructions(step, s, reads, to, spare === null ? null : { slot: spare }));
      if (spare !== null) free.push(spare);
      if (!inPlace && !finishing) release();
    });
    this.slots = Math.max(this.slots, next);
    const { height, width, planes } = home;
    const values = [...sequence.filter((s) => s >= 0), ...leaving.flatMap((s) => this.reads[s]!)];
    const order = this.orderOf(values, this.own !== null && leaving.includes(this.own[0]!));
    return { height, width, planes, code, clears, order };
  }
}

/**
 * @param self  samples with themselves
 * @param pools  ends with the sums of the pools at these steps, ascending, which do the same to values of one group
 * @throws NoPlanes
 */
export function lowerPlaneSteps(
  program: KernelProgram,
  prepared: readonly PreparedStep[],
  self: boolean,
  pools: readonly number[] | null,
  precision: Precision,
): LoweredPlanes {
  const settings = { prepared, features: program.features, self, precision };
  return new PlaneLowerer(program, settings, pools).run();
}
