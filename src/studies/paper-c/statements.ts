/**
 * The statements of paper C about the first phase of training, as numbers with errors.
 * @module
 */
import {
  type CountTable,
  countTable,
  informationOf,
  jointBootstrap,
  type Labels,
  learningPhases,
  withIndependentErrors,
} from "../../complexity/index.js";
import { type Estimate, meanOf } from "../../numeric/statistics/index.js";

/** Bootstrap repetitions: errors are known to 7 %. */
const REPETITIONS = 100;

/** Networks and a simple model of each, looked at on the same samples. */
export interface StatementInput {
  /** [samples] */
  readonly labels: Labels;
  readonly classes: number;
  readonly steps: readonly number[];
  readonly networks: readonly {
    /** [snapshot][sample] */
    readonly snapshots: readonly Labels[];
    readonly simple: Labels;
    /** snapshot of T0; null: the network never gets there. Default: found with `simple` */
    readonly end?: number | null | undefined;
  }[];
  readonly seed: number;
}

const NAMES = [
  "simple",
  "final",
  "leastFirst",
  "atEnd",
  "strangers",
  "aboveStrangers",
  "reached",
  "retained",
  "kept",
  "later",
  "decline",
  "beyond",
  "logEnd",
] as const;
type Name = (typeof NAMES)[number];

/**
 * Means over networks; errors are of the samples and of the networks, where these are more than one. F_e is the last snapshot.
 *
 * - `simple`: I(L; Y); `final`: I(F_e; Y); `beyond`: their difference; bits, with the first-order bias taken off
 * - `leastFirst`: rho_1, the least mu / I(F_t; Y) of snapshots up to T0 with more than 0.02 bits
 * - `atEnd`: mu / I(F; Y) at T0; `later`: at the last snapshot; `decline`: the former minus the latter
 * - `strangers`: mu / I(F; Y) at T0 of models of these accuracies whose errors are independent; `aboveStrangers`: `atEnd` minus it
 * - `reached`: I(F; Y) at T0 over I(L; Y)
 * - `retained`: rho_3, the least mu / I(L; Y) after T0; `kept`: mu at the last snapshot minus mu at T0, bits
 * - `logEnd`: log10 of T0 in steps, between snapshots by interpolation
 *
 * NaN where no network gets to T0.
 */
export type Statements = Readonly<Record<Name, Estimate>>;

export interface StatementOutcome {
  readonly statements: Statements;
  /** T0 of every network as an index of snapshots */
  readonly ends: readonly (number | null)[];
}

/** log10 of the step at which the information passes `level`, linear between snapshots in the logarithm of the step. */
function crossing(steps: readonly number[], bits: readonly number[], level: number, at: number): number {
  const before = at - 1;
  if (before < 0 || !(steps[before]! > 0)) return Math.log10(Math.max(1, steps[at]!));
  const share = (level - bits[before]!) / (bits[at]! - bits[before]!);
  return (1 - share) * Math.log10(steps[before]!) + share * Math.log10(steps[at]!);
}

/** T0 is the first snapshot with so much of I(L; Y). */
const ENOUGH = 0.95;

function numbersOf(
  tables: readonly CountTable[],
  steps: readonly number[],
  given: number | null | undefined,
): { readonly values: Record<Name, number>; readonly end: number | null } {
  const bits = tables.map((table) => informationOf(table, { correctBias: true }));
  const [network, explained] = [bits.map((b) => b.network), bits.map((b) => b.explained)];
  const { simple } = bits[0]!;
  const end =
    given === undefined ? learningPhases({ network, explained, simple, tolerance: 1 - ENOUGH }).end : given;
  const last = tables.length - 1;
  const nothing = Object.fromEntries(NAMES.map((name) => [name, Number.NaN])) as Record<Name, number>;
  const always = { ...nothing, simple, final: network[last]!, beyond: network[last]! - simple };
  if (end === null) return { values: always, end };
  const share = (t: number) => explained[t]! / network[t]!;
  const apart = informationOf(withIndependentErrors(tables[end]!));
  const strangers = apart.explained / apart.network;
  const after = explained.slice(end + 1);
  // the phases of what comes until T0: none of it reaches infinity
  const before = learningPhases({
    network: network.slice(0, end + 1),
    explained: explained.slice(0, end + 1),
    simple: Number.POSITIVE_INFINITY,
  });
  return {
    end,
    values: {
      ...always,
      leastFirst: before.firstPhaseShare ?? Number.NaN,
      atEnd: share(end),
      strangers,
      aboveStrangers: share(end) - strangers,
      reached: network[end]! / simple,
      retained: after.length === 0 ? Number.NaN : Math.min(...after) / simple,
      kept: explained[last]! - explained[end]!,
      later: share(last),
      decline: share(end) - share(last),
      logEnd: crossing(steps, network, given === undefined ? ENOUGH * simple : network[end]!, end),
    },
  };
}

/** Measures the statements. The bootstrap draws test samples, the same for all networks, and finds T0 anew each time. */
export function measureStatements(input: StatementInput): StatementOutcome {
  const { labels, classes, steps, networks, seed } = input;
  const count = steps.length;
  const each = (tables: readonly CountTable[]) =>
    networks.map(({ end }, i) => numbersOf(tables.slice(i * count, (i + 1) * count), steps, end));
  const pairs = networks.flatMap(({ snapshots, simple }) =>
    snapshots.map((network) => ({ network, simple })),
  );
  const sizes = [classes, classes, classes] as const;
  const found = each(pairs.map((pair) => countTable(pair.network, pair.simple, labels, sizes)));
  const meanOfDefined = (values: readonly number[]) => {
    const defined = values.filter((value) => !Number.isNaN(value));
    return defined.reduce(
      (sum, value) => sum + value / defined.length,
      defined.length === 0 ? Number.NaN : 0,
    );
  };
  const estimates = jointBootstrap({
    ...{ labels, classes, seed, repetitions: REPETITIONS },
    pairs,
    statistic: (tables) => {
      const again = each(tables);
      return NAMES.map((name) => meanOfDefined(again.map(({ values }) => values[name])));
    },
  });
  const statements = Object.fromEntries(
    NAMES.map((name, i) => {
      const values = found.map((one) => one.values[name]).filter((value) => !Number.isNaN(value));
      const { value, error } = estimates[i]!;
      return [name, { value, error: values.length < 2 ? error : Math.hypot(error, meanOf(values).error) }];
    }),
  ) as Record<Name, Estimate>;
  return { statements, ends: found.map(({ end }) => end) };
}
