/**
 * Learning curves and what simple models explain of them, for people.
 * @module
 */
import {
  type ExplainedCurve,
  type InformationEstimate,
  LEAST_INFORMATION,
  type LearningCurve,
  type ShareEstimate,
} from "../../complexity/index.js";
import { type ComplexityData, explainedShares, numberText, percentText } from "../../figures/index.js";
import { alignedColumns } from "../columns.js";
import type { MeasuredCurve } from "./complexity-statements.js";

type MeasuredExplainer = MeasuredCurve["explainers"][number];

/** Longer tables show about so many snapshots, evenly; the JSON document has all. */
const MOST_ROWS = 24;

const bits = ({ value, error }: InformationEstimate) => `${value.toFixed(4)} ± ${error.toFixed(4)}`;

/** What is explained of shuffled predictions: mean and standard deviation over shuffles, bits. */
export interface Null {
  readonly mean: number;
  readonly deviation: number;
}

/** Rows of snapshots. The conditional information has room where there is one simple model. */
export function curveTable(curve: LearningCurve, trainAccuracy: readonly number[] | null): string[] {
  const { steps, accuracy, network, explainers } = curve;
  const stride = Math.ceil(steps.length / MOST_ROWS);
  const rows = steps.map((_, t) => t).filter((t) => t % stride === 0 || t === steps.length - 1);
  const [only] = explainers.length === 1 ? explainers : [];
  return [
    ...alignedColumns(
      [
        [
          "step",
          "accuracy",
          ...(trainAccuracy === null ? [] : ["on train"]),
          "I(F;Y) bits",
          ...explainers.map(({ name }) => `mu(F;${name})`),
          ...(only === undefined ? [] : [`I(F;Y|${only.name})`]),
        ],
        ...rows.map((t) => [
          numberText(steps[t]!),
          percentText(accuracy[t]!),
          ...(trainAccuracy === null ? [] : [percentText(trainAccuracy[t]!)]),
          bits(network[t]!),
          ...explainers.map(({ explained }) => bits(explained[t]!)),
          ...(only === undefined ? [] : [bits(only.unexplained[t]!)]),
        ]),
      ],
      "right",
    ),
    ...(stride > 1 ? [`(${rows.length} of ${steps.length} snapshots are shown; --json has all)`] : []),
  ];
}

const share = (estimate: ShareEstimate | null) =>
  estimate === null ? "-" : `${estimate.value.toFixed(3)} ± ${estimate.error.toFixed(3)}`;

/** Where the least share is, of one network. */
const stepOf = ({ explained, networks }: MeasuredExplainer["statements"]) =>
  explained === null || networks > 1 ? "" : ` at ${numberText(explained.step)}`;

/** One row for every simple model: where its phase ends, how many of several networks get there, and the three statements. */
export function phaseTable({ steps, explainers }: MeasuredCurve, nulls: readonly Null[]): string[] {
  const several = explainers.some(({ statements }) => statements.networks > 1);
  return alignedColumns(
    [
      [
        "simple model L",
        "accuracy",
        "I(L;Y) bits",
        "T0",
        ...(several ? ["get there"] : []),
        "rho1",
        "rho2",
        "rho3",
        "mu at the end",
        "shuffled",
      ],
      ...explainers.map(({ name, accuracy, information, phases: { end }, statements, explained }, i) => [
        name,
        percentText(accuracy),
        bits(information),
        end === null ? "never" : numberText(steps[end]!),
        ...(several ? [`${statements.reached} of ${statements.networks}`] : []),
        `${share(statements.explained)}${stepOf(statements)}`,
        share(statements.learned),
        share(statements.retained),
        bits(explained.at(-1)!),
        `${nulls[i]!.mean.toFixed(4)} ± ${nulls[i]!.deviation.toFixed(4)}`,
      ]),
    ],
    "right",
  );
}

export const PHASE_LEGEND = [
  "T0: the network has what L has; rho1 = least mu / I(F;Y) until T0, or of the whole run without T0 (until then the network is L), and its step;",
  "rho2 = I(F;Y) / I(L;Y) at T0; rho3 = least mu / I(L;Y) after T0 (what is kept of L); ± one standard error;",
  "-: there is none, or (rho2, rho3) I(L;Y) is known to no better than a quarter.",
  "shuffled: mu at the end were L's predictions of other samples, ± standard deviation.",
];

/** One row for every network: its end, and T0 of every simple model. */
export function networksTable(
  networks: readonly {
    readonly seed: number;
    readonly curve: LearningCurve;
    readonly trainCurve: LearningCurve;
  }[],
): string[] {
  const names = networks[0]!.curve.explainers.map(({ name }) => name);
  return alignedColumns(
    [
      [
        ...["seed", "accuracy at the end", "on train", "I(F;Y) bits"],
        ...names.flatMap((name) => [`T0 of ${name}`, `mu(F;${name})`]),
      ],
      ...networks.map(({ seed, curve, trainCurve }) => [
        `${seed}`,
        percentText(curve.accuracy.at(-1)!),
        percentText(trainCurve.accuracy.at(-1)!),
        bits(curve.network.at(-1)!),
        ...curve.explainers.flatMap(({ phases: { end }, explained }) => [
          end === null ? "never" : numberText(curve.steps[end]!),
          bits(explained.at(-1)!),
        ]),
      ]),
    ],
    "right",
  );
}

function shareAt(curve: LearningCurve, { name, explained }: ExplainedCurve, t: number): string {
  const { value, error } = curve.network[t]!;
  const [known] = explainedShares({ value: [value], error: [error] }, [explained[t]!.value]);
  if (known == null) {
    return `the network knows too little for a share of it to be known (${value.toFixed(3)} ± ${error.toFixed(3)} bits)`;
  }
  const part = `${explained[t]!.value.toFixed(3)} of ${value.toFixed(3)} bits`;
  return `${name} explains ${percentText(known)} of what the network knows (${part})`;
}

/**
 * A rho1 that was found before any training: chance gave the untrained network more than what counts as nothing, and nothing makes
 * that what the simple model knows.
 */
function untrainedShare({ steps, network }: LearningCurve, { name, statements }: MeasuredExplainer): string {
  const { explained, networks } = statements;
  // networks that know something before training, from other tasks, may well be explained
  if (networks > 1 || steps[0] !== 0 || explained?.step !== 0 || explained.value > 0.5) return "";
  const { value, error } = network[0]!;
  return `; rho1 of ${name}, ${share(explained)}, is that of step 0: by chance the untrained network is further from knowing nothing (${value.toFixed(3)} ± ${error.toFixed(3)} bits) than the ${LEAST_INFORMATION} bits below which a snapshot is left out`;
}

/** Answers in plain words: how much of the performance at step t is this simple model? */
export function explainedSentence(curve: LearningCurve, explainer: MeasuredExplainer): string {
  return `${answer(curve, explainer)}${untrainedShare(curve, explainer)}`;
}

function answer(curve: LearningCurve, explainer: MeasuredExplainer): string {
  const { steps } = curve;
  const { name, phases, information, explained } = explainer;
  const last = steps.length - 1;
  const end = `at the end, step ${numberText(steps[last]!)}, ${shareAt(curve, explainer, last)}`;
  // as little as has no T0
  if (!(information.value > 1e-9)) return `${name} knows nothing of the labels, it has no T0; ${end}`;
  if (phases.end === null) {
    return `${name}: T0 is never reached, the network does not learn as much as ${name} has (${curve.network[last]!.value.toFixed(3)} of ${information.value.toFixed(3)} bits): train it longer; ${end}`;
  }
  if (phases.end === last)
    return `${name}: T0 is the last step, ${numberText(steps[last]!)}: ${shareAt(curve, explainer, last)}`;
  // as in the table: a ratio to an I(L; Y) that is hardly above its error may be of any size and sign
  const kept =
    explainer.statements.retained === null
      ? `how much is kept of what ${name} knows cannot be said of so little (${information.value.toFixed(3)} ± ${information.error.toFixed(3)} bits)`
      : `${percentText(explained[last]!.value / information.value)} of what ${name} knows is kept`;
  return `${name}: at T0, step ${numberText(steps[phases.end]!)}, ${shareAt(curve, explainer, phases.end)}; ${end}, and ${kept}`;
}

const columns = (estimates: readonly InformationEstimate[]) => ({
  value: estimates.map(({ value }) => value),
  error: estimates.map(({ error }) => error),
});

/** The figure's data. */
export function complexityData(
  curve: LearningCurve,
  train: readonly number[] | null,
  classes: number,
): ComplexityData {
  return {
    classes,
    steps: curve.steps,
    network: columns(curve.network),
    train,
    explainers: curve.explainers.map(({ name, information, explained, phases }) => ({
      name,
      information: information.value,
      explained: columns(explained),
      phaseEnd: phases.end === null ? null : curve.steps[phases.end]!,
    })),
  };
}
