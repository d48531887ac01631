/**
 * The three statements of paper C's first conjecture with errors that know how they were found: T0 and the least shares are chosen anew
 * in every repetition of a bootstrap, and networks differ.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { type CountTable, countTable, type Labels } from "./count-table.js";
import { informationOf, LEAST_BITS } from "./information.js";
import type { LearningCurve, PhaseStatements, ShareEstimate } from "./learning-curve.js";
import { estimatesOverNetworks, meanCurve } from "./network-estimates.js";
import { isSimpleKnown, performanceCorrelation, type Resampling } from "./performance-correlation.js";
import { type LearningPhases, learningPhases } from "./phases.js";

/** What a network says along its training, and one simple model. */
export interface ExplainedNetwork {
  /** [snapshots][samples] */
  readonly snapshots: readonly Labels[];
  /** [samples] */
  readonly simple: Labels;
}

/** Networks with the same samples and snapshots at the same steps. */
export interface PhaseStatementsInput extends Resampling {
  /** [samples] */
  readonly labels: Labels;
  readonly classes: number;
  /** of the snapshots, ascending */
  readonly steps: readonly number[];
  readonly networks: readonly ExplainedNetwork[];
  readonly correctBias?: boolean | undefined;
  /** see `learningPhases` */
  readonly tolerance?: number | undefined;
  readonly floor?: number | undefined;
  /** T0 instead of the one that is found: the first snapshot with at least so many steps */
  readonly phaseEnd?: number | undefined;
}

/** The statements over networks. */
export interface MeasuredStatements extends PhaseStatements {
  /**
   * how many there are, and how many of them get to T0; `learned` and `retained` are means over these, `explained` over all: one that never gets
   * there enters with the least share of its whole run
   */
  readonly networks: number;
  readonly reached: number;
}

const ratio = (a: number, b: number) => (b > LEAST_BITS ? a / b : Number.NaN);

/** Numbers of one network; NaN where there is none. `known`: I(L; Y) is far enough from 0 for ratios to it. */
function numbersOf(tables: readonly CountTable[], known: boolean, input: PhaseStatementsInput) {
  const { correctBias, tolerance, floor, steps, phaseEnd } = input;
  const bits = tables.map((table) => informationOf(table, { correctBias }));
  const given = phaseEnd === undefined ? -1 : steps.findIndex((step) => step >= phaseEnd);
  const { simple } = bits[0]!;
  const network = bits.map((b) => b.network);
  const phases = learningPhases({
    ...{ network, explained: bits.map((b) => b.explained), simple, tolerance, floor },
    end: given < 0 ? null : given,
  });
  const learned = phases.end === null || !known ? Number.NaN : ratio(network[phases.end]!, simple);
  return {
    phases,
    values: [phases.firstPhaseShare ?? Number.NaN, learned, (known ? phases.retention : null) ?? Number.NaN],
  };
}

/**
 * rho1, rho2, rho3 as means over networks, with standard errors: of the samples, by drawing them again with replacement for all snapshots at
 * once and finding T0 and the least shares anew, and of the networks, where there are more than one. The errors in `LearningCurve`
 * take both choices as given, which makes them too small where several snapshots are about equal.
 *
 * rho2 and rho3 leave out networks that never get to T0, and those whose I(L; Y) less its bias is at most 4 of its standard errors.
 *
 * A least of several estimates is below the least of what they estimate, by up to some of these errors. `step` is that of the first network that has the number.
 * Cost O(repetitions networks snapshots samples).
 * Theory notes C2.3, C2.4, C2.5.
 * @throws ERR_SHAPE without networks or snapshots; as `countTable`, `learningPhases`; ERR_DOMAIN for repetitions below 2
 */
export function phaseStatements(input: PhaseStatementsInput): MeasuredStatements {
  const { labels, classes, steps, networks, seed, repetitions } = input;
  for (const [i, { snapshots }] of networks.entries()) {
    if (snapshots.length === steps.length && steps.length > 0) continue;
    throw new ForetrainError(
      "ERR_SHAPE",
      `phaseStatements: network ${i} has ${snapshots.length} snapshots, expected ${steps.length}, one for each of steps, and at least one`,
      { argument: "networks", got: snapshots.length, expected: steps.length },
    );
  }
  const pairs = networks.map(({ snapshots, simple }) => snapshots.map((network) => ({ network, simple })));
  const sizes = [classes, classes, classes] as const;
  const known = networks.map(({ simple }) =>
    isSimpleKnown(performanceCorrelation(countTable(simple, simple, labels, sizes))),
  );
  const estimates = estimatesOverNetworks({
    ...{ labels, classes, seed, repetitions, networks: pairs },
    numbers: (tables, i) => numbersOf(tables, known[i]!, input).values,
  });
  const found = pairs.map((list, i) => {
    const tables = list.map(({ network, simple }) => countTable(network, simple, labels, sizes));
    return numbersOf(tables, known[i]!, input).phases;
  });
  const share = (k: number, at: (phases: LearningPhases) => number | null): ShareEstimate | null => {
    const { value, error } = estimates[k]!;
    const first = found.map(at).find((t) => t !== null);
    if (Number.isNaN(value) || first === undefined || first === null) return null;
    return { value, error, step: steps[first]! };
  };
  return {
    networks: networks.length,
    reached: found.filter(({ end }) => end !== null).length,
    explained: share(0, ({ firstPhaseAt }) => firstPhaseAt),
    learned: share(1, ({ end }) => end),
    retained: share(2, ({ retentionAt }) => retentionAt),
  };
}

/** Curves of networks that were looked at on the same samples at the same steps. */
export interface MeanLearningCurveInput extends Pick<PhaseStatementsInput, "tolerance" | "floor"> {
  readonly curves: readonly LearningCurve[];
  /** T0 of the first simple model, or of each (undefined: the one that is found), instead of the one that is found */
  readonly phaseEnd?: number | readonly (number | undefined)[] | undefined;
}

/**
 * The mean of several networks as one curve: errors are of the samples and of the networks (see `meanCurve`), phases those of the mean. Its
 * `statements` are null, since their errors do not follow from those of the curves: `phaseStatements` has them over networks. Of one
 * network it is its own curve.
 * @throws ERR_SHAPE for no curves, or curves of other steps or simple models than the first
 */
export function meanLearningCurve(input: MeanLearningCurveInput): LearningCurve {
  const { curves, tolerance, floor, phaseEnd } = input;
  const [first] = curves;
  const key = ({ steps, explainers, samples, classes }: LearningCurve) =>
    JSON.stringify([steps, explainers.map(({ name }) => name), samples, classes]);
  if (first === undefined || curves.some((curve) => key(curve) !== key(first))) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `meanLearningCurve: got ${curves.length} curves${first === undefined ? "" : " that differ in steps, simple models, samples or classes"}, expected at least one, and the same for all`,
      { argument: "curves", got: curves.length },
    );
  }
  if (curves.length === 1) return first;
  const mean = (of: (curve: LearningCurve) => number) =>
    curves.reduce((sum, curve) => sum + of(curve), 0) / curves.length;
  const network = meanCurve(curves.map((curve) => curve.network));
  const ends = typeof phaseEnd === "object" ? phaseEnd : [phaseEnd];
  return {
    ...first,
    accuracy: first.steps.map((_, t) => mean((curve) => curve.accuracy[t]!)),
    network,
    explainers: first.explainers.map((explainer, i) => {
      const own = (pick: "explained" | "unexplained") =>
        meanCurve(curves.map((curve) => curve.explainers[i]![pick]));
      const [information] = meanCurve(curves.map((curve) => [curve.explainers[i]!.information]));
      const explained = own("explained");
      const wanted = ends[i];
      const given = wanted === undefined ? -1 : first.steps.findIndex((step) => step >= wanted);
      const values = (list: readonly { readonly value: number }[]) => list.map(({ value }) => value);
      return {
        ...explainer,
        accuracy: mean((curve) => curve.explainers[i]!.accuracy),
        information: information!,
        explained,
        unexplained: own("unexplained"),
        phases: learningPhases({
          ...{ network: values(network), explained: values(explained), simple: information!.value },
          ...{ tolerance, floor, end: given < 0 ? null : given },
        }),
        statements: { explained: null, learned: null, retained: null },
      };
    }),
  };
}
