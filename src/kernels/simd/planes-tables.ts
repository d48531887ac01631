/**
 * Tables of features at positions: the first group's in one part, those of the other groups in another, so that a fast
 * form of the first group does without its part.
 * @module
 */
import type { SampleSides } from "../sample-state.js";
import type { Feature } from "./feature-tables.js";
import type { Values } from "./sample-store.js";

/** Features of one state: `cells` values per sample each, of both sides. */
export interface PlaneTable {
  readonly part: number;
  readonly cells: number;
  readonly at: number;
  readonly states: SampleSides;
  readonly features: readonly Feature[];
}

export class PlaneTables {
  readonly list: PlaneTable[] = [];
  readonly parts: [number, number] = [0, 0];
  /** of the group that is being made */
  part: 0 | 1 = 0;

  /** Values of a sample before the first of `features`, in the part. */
  add(states: SampleSides, cells: number, features: readonly Feature[]): number {
    const known = this.list.find(
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
    this.list.push({ part, cells, at, states, features });
    this.parts[part] += cells * features.length;
    return at;
  }
}

/** Feature values of one part for the samples [from, from + count) of one side, [count, values of the part]. */
export function fillTables(
  { tables, parts }: { readonly tables: readonly PlaneTable[]; readonly parts: readonly [number, number] },
  part: 0 | 1,
  side: "rows" | "cols",
  from: number,
  count: number,
  out: Values,
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
