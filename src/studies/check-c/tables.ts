/**
 * The measure on tables whose numbers are known, and its identities on random ones: rows C1, C2.
 * @module
 */
import {
  binaryEntropy,
  type CountTable,
  conditionalInformation,
  performanceCorrelation,
  tableFromCounts,
} from "../../complexity/index.js";
import { createRng } from "../../numeric/random.js";
import type { CheckWork } from "../check-work.js";
import { absolute, atMost, type Check } from "../checks.js";

/** Of p(f, l, y), all three binary. */
function tableOf(probability: (f: number, l: number, y: number) => number): CountTable {
  const both = [0, 1];
  return tableFromCounts(both.map((f) => both.map((l) => both.map((y) => probability(f, l, y)))));
}

/** Probability `right` that two bits are equal. */
const says = (a: number, b: number, right: number) => (a === b ? right : 1 - right);

/** F has half of L's errors, and no others. */
function nested(f: number, l: number, y: number): number {
  if (f === y && l === y) return 0.4;
  if (f === y) return 0.05;
  return l === y ? 0 : 0.05;
}

export function knownTables(): Check[] {
  const source = "paper C, measure";
  const rows: Check[] = [];
  const add = (name: string, table: CountTable, expected: Readonly<Record<string, number>>) => {
    const found = performanceCorrelation(table);
    const values: Readonly<Record<string, number>> = {
      mu: found.explained,
      "I(F; Y)": found.network,
      "I(L; Y)": found.simple,
      "I((F, L); Y)": found.both,
      "I(F; Y | L)": found.unexplained,
    };
    for (const [quantity, value] of Object.entries(expected)) {
      rows.push(
        absolute({ id: "C1", quantity: `${name}: ${quantity}`, source }, values[quantity]!, value, 1e-10),
      );
    }
  };
  add(
    "Y = F xor L",
    tableOf((f, l, y) => ((f ^ l) === y ? 0.25 : 0)),
    { mu: -1, "I(F; Y)": 0, "I(L; Y)": 0, "I((F, L); Y)": 1 },
  );
  const chain = tableOf((f, l, y) => 0.5 * says(l, y, 0.8) * says(f, l, 0.9));
  add("chain Y, L, F of 0.8 and 0.9", chain, {
    mu: 0.173253627507,
    "I(F; Y)": 1 - binaryEntropy(0.8 * 0.9 + 0.2 * 0.1),
    "I(L; Y)": 0.278071905113,
    "I(F; Y | L)": 0,
  });
  add(
    "F and L independent given Y, 0.9 and 0.8",
    tableOf((f, l, y) => 0.5 * says(f, y, 0.9) * says(l, y, 0.8)),
    {
      mu: 0.173253627507,
      "I(F; Y)": 0.531004406411,
      "I(L; Y)": 0.278071905113,
      "I((F, L); Y)": 0.635822683984,
    },
  );
  add("F with half of L's errors", tableOf(nested), { mu: 0.262008812821, "I(F; Y | L)": 0.26899559359 });
  return rows;
}

/** A table of counts with empty cells among them. */
function randomTable(classes: number, seed: number): CountTable {
  const rng = createRng(seed).fork("table", classes);
  const side = Array.from({ length: classes }, (_, i) => i);
  return tableFromCounts(
    side.map(() =>
      side.map(() => side.map(() => (rng.uniform() < 0.2 ? 0 : Math.floor(100 * rng.uniform())))),
    ),
  );
}

/** F and L change places. */
function transposed({ classes: [f, l, y], counts }: CountTable): CountTable {
  return tableFromCounts(
    Array.from({ length: l }, (_, b) =>
      Array.from({ length: f }, (_, a) => Array.from({ length: y }, (_, c) => counts[(a * l + b) * y + c]!)),
    ),
  );
}

/** L as if it were F. */
function ofItself({ classes: [f, l, y], counts }: CountTable): CountTable {
  const side = (n: number) => Array.from({ length: n }, (_, i) => i);
  const sum = (a: number, c: number) => side(l).reduce((total, b) => total + counts[(a * l + b) * y + c]!, 0);
  return tableFromCounts(
    side(f).map((a) => side(f).map((b) => side(y).map((c) => (a === b ? sum(a, c) : 0)))),
  );
}

/** I(F; L): the labels take L's place. */
function betweenModels({ classes: [f, l, y], counts }: CountTable): number {
  const side = (n: number) => Array.from({ length: n }, (_, i) => i);
  const table = side(f).map((a) => side(y).map((c) => side(l).map((b) => counts[(a * l + b) * y + c]!)));
  return performanceCorrelation(tableFromCounts(table)).network;
}

export function identities({ seed }: CheckWork): Check[] {
  return [2, 3, 5].flatMap((classes) => {
    const table = randomTable(classes, seed);
    const found = performanceCorrelation(table);
    const swapped = performanceCorrelation(transposed(table));
    const itself = performanceCorrelation(ofItself(table));
    const subject = (quantity: string) => ({
      id: "C2",
      quantity: `random table, ${classes} classes: ${quantity}`,
      source: "paper C, measure; rounding",
    });
    return [
      absolute(
        subject("I(F; Y) - I(F; Y | L) beside I(F; Y) + I(L; Y) - I((F, L); Y)"),
        found.network - conditionalInformation(table),
        found.explained,
        1e-12,
      ),
      absolute(subject("mu with F and L in each other's place"), swapped.explained, found.explained, 1e-12),
      absolute(subject("mu(F; F) beside I(F; Y)"), itself.explained, found.network, 1e-12),
      atMost(
        subject("mu, at most the least of I(F; Y), I(L; Y), I(F; L)"),
        found.explained,
        Math.min(found.network, found.simple, betweenModels(table)) + 1e-12,
      ),
    ];
  });
}
