/**
 * Studies that are one table of checks, computed group by group.
 * @module
 */
import type { CheckWork } from "./check-work.js";
import { type Check, inOrderOfRows } from "./checks.js";
import { defineStudy, type Study } from "./study.js";

/** Rows by group; each group is a piece of work. */
export type CheckGroups = Readonly<Record<string, (work: CheckWork) => Check[] | Promise<Check[]>>>;

/** A study without sizes: its table is the rows of all groups. */
export function defineCheckTable(
  head: Pick<Study, "id" | "papers" | "title" | "expected">,
  groups: CheckGroups,
): Study {
  return defineStudy({
    ...head,
    quick: {},
    full: {},
    run: async (_parameters, { values, seed, threads }) => {
      const rows = await values(
        {
          name: "rows",
          version: 1,
          unit: "groups",
          compute: ({ group, seed: s }: { group: string; seed: number }, { signal }) =>
            Promise.resolve(groups[group]!({ seed: s, threads, signal })),
        },
        Object.keys(groups).map((group) => ({ group, seed })),
      );
      return { checks: inOrderOfRows(rows.flat()) };
    },
  });
}
