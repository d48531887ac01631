/**
 * What is said of the shares of a learning curve, and where a share is not known.
 * @module
 */
import { explainedShares, type LearningCurve, numberText, percentText } from "foretrain";

type Explainer = LearningCurve["explainers"][number];

const bits = ({ value, error }: { readonly value: number; readonly error: number }) =>
  `${numberText(value, 3)} ± ${numberText(error, 2)} bits`;

/** What follows "the network knows as much as the simple model" on the steps until there; empty: nothing is known. */
export function shareUntilThere({ steps, network }: LearningCurve, { name, statements }: Explainer): string {
  const { explained } = statements;
  if (explained === null) return "";
  const { value, step } = explained;
  // by chance an untrained network is some bits away from knowing nothing, and nothing makes these what the simple model knows
  if (step === 0 && steps[0] === 0 && value <= 0.5) {
    return `; what the ${name} model explains up to there cannot be said: its least share is that of the untrained network, which by chance has ${bits(network[0]!)}`;
  }
  if (value <= 0) return `, which explains nothing of what the network knows at step ${numberText(step)}`;
  return `, which explains at least ${percentText(value)} of it up to there`;
}

/** How much is explained at the end. */
export function shareAtEnd({ network }: LearningCurve, { explained }: Explainer): string {
  const last = network.at(-1)!;
  const [share] = explainedShares({ value: [last.value], error: [last.error] }, [explained.at(-1)!.value]);
  return share == null
    ? `At the end the network knows too little for a share of it to be known (${bits(last)})`
    : `At the end it explains ${percentText(share)} of what the network knows`;
}
