/**
 * The statements of paper C about the first phase of training, as numbers with errors.
 * @module
 */
import {
  type CountTable,
  countTable,
  estimatesOverNetworks,
  informationOf,
  type Labels,
  learningPhases,
  type NetworkMean,
  withIndependentErrors,
} from "../../complexity/index.js";
import { studentQuantile } from "../../numeric/statistics/index.js";

/** Bootstrap repetitions: errors are known to 7 %. */
export const REPETITIONS = 100;

/** Probability with which a limit bounds what it is the limit of. */
const LEVEL = 0.99;

const margin = ({ error, degrees }: NetworkMean) =>
  Number.isNaN(degrees) ? Number.NaN : studentQuantile(LEVEL, degrees) * error;

/**
 * One-sided limits at 99 %: so many standard errors from the mean as Student's t says for the degrees of freedom of the error, 2.3 where
 * it is that of the samples, 7.0 where it is that of three networks.
 */
export const lowerLimit = (mean: NetworkMean): number => mean.value - margin(mean);
export const upperLimit = (mean: NetworkMean): number => mean.value + margin(mean);

/** How checks say what a limit is. */
export const LIMIT = "limit at 99 %, Student's t";

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

/** What is measured of a network and a simple model; see {@link Statements}. */
export const STATEMENT_NAMES = [
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
export type StatementName = (typeof STATEMENT_NAMES)[number];

/**
 * Means over those networks that have the number, with how many these are: one that never gets to T0 has a `simple`, a `final` and a `beyond`, and
 * nothing that needs T0. Errors are of the samples and of the networks, where these are more than one. F_e is the last snapshot; "late" is the
 * mean over the snapshots of the second half of the steps, since single ones of stochastic gradient descent jump.
 *
 * - `simple`: I(L; Y); `final`: I(F_e; Y); bits, with their bias taken off
 * - `beyond`: late I(F_t; Y) minus I(L; Y), bits
 * - `leastFirst`: rho_1, the least mu / I(F_t; Y) of snapshots up to T0 with more than 0.02 bits
 * - `atEnd`: mu / I(F; Y) at T0; `later`: late mu over late I(F; Y); `decline`: the former minus the latter
 * - `strangers`: mu / I(F; Y) at T0 of models of these accuracies whose errors are independent, plug-in: its table has the parameters of single models
 *   only, and next to no bias; `aboveStrangers`: `atEnd` minus it
 * - `reached`: I(F; Y) at T0 over I(L; Y)
 * - `retained`: rho_3, the least mu / I(L; Y) after T0; `kept`: late mu minus mu at T0, bits
 * - `logEnd`: log10 of T0 in steps, between snapshots by interpolation
 *
 * NaN where no network gets to T0.
 */
export type Statements = Readonly<Record<StatementName, NetworkMean>>;

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

/** The numbers of one network from the tables of its snapshots, T0, and the informations of every table; `given`: T0 is not searched for. */
export function statementNumbers(
  tables: readonly CountTable[],
  steps: readonly number[],
  given?: number | null | undefined,
): {
  readonly values: Record<StatementName, number>;
  readonly end: number | null;
  readonly bits: readonly ReturnType<typeof informationOf>[];
} {
  const bits = tables.map((table) => informationOf(table, { correctBias: true }));
  const [network, explained] = [bits.map((b) => b.network), bits.map((b) => b.explained)];
  const { simple } = bits[0]!;
  const end =
    given === undefined ? learningPhases({ network, explained, simple, tolerance: 1 - ENOUGH }).end : given;
  const last = tables.length - 1;
  const nothing = Object.fromEntries(STATEMENT_NAMES.map((name) => [name, Number.NaN])) as Record<
    StatementName,
    number
  >;
  const late = (of: readonly number[]) => {
    const chosen = of.filter((_, t) => 2 * steps[t]! >= steps[last]!);
    return chosen.reduce((sum, own) => sum + own, 0) / chosen.length;
  };
  const lateShare = late(explained) / late(network);
  const always = { ...nothing, simple, final: network[last]!, beyond: late(network) - simple };
  if (end === null) return { values: always, end, bits };
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
    bits,
    values: {
      ...always,
      leastFirst: before.firstPhaseShare ?? Number.NaN,
      atEnd: share(end),
      strangers,
      aboveStrangers: share(end) - strangers,
      reached: network[end]! / simple,
      retained: after.length === 0 ? Number.NaN : Math.min(...after) / simple,
      kept: late(explained) - explained[end]!,
      later: lateShare,
      decline: share(end) - lateShare,
      logEnd: crossing(steps, network, given === undefined ? ENOUGH * simple : network[end]!, end),
    },
  };
}

/** Measures the statements; the bootstrap finds T0 anew each time. */
export function measureStatements(input: StatementInput): StatementOutcome {
  const { labels, classes, steps, networks, seed } = input;
  const pairs = networks.map(({ snapshots, simple }) => snapshots.map((network) => ({ network, simple })));
  const estimates = estimatesOverNetworks({
    ...{ labels, classes, seed, networks: pairs, repetitions: REPETITIONS },
    numbers: (tables, i) => {
      const { values } = statementNumbers(tables, steps, networks[i]!.end);
      return STATEMENT_NAMES.map((name) => values[name]);
    },
  });
  const sizes = [classes, classes, classes] as const;
  const ends = pairs.map((list, i) => {
    const tables = list.map(({ network, simple }) => countTable(network, simple, labels, sizes));
    return statementNumbers(tables, steps, networks[i]!.end).end;
  });
  const named = STATEMENT_NAMES.map((name, k) => [name, estimates[k]!] as const);
  return { statements: Object.fromEntries(named) as Record<StatementName, NetworkMean>, ends };
}
