/**
 * The page as TypeScript, as a command and as JSON.
 * @module
 */
import type { CopyItem } from "../../controls/copy-item.js";
import { type ComplexityState, trainingChoice } from "./fields.js";
import type { TrainingReading } from "./operations.js";
import { BATCH, dataText, networkText } from "./specification.js";

export function commandText(state: ComplexityState): string {
  const choice = trainingChoice(state);
  return [
    `foretrain complexity "${networkText(choice)}"`,
    `--data "${dataText(choice)}"`,
    ...(choice.noise === 0 ? [] : [`--label-noise ${choice.noise}`]),
    `--learning-rate ${choice.learningRate} --epochs ${choice.epochs} --seed ${choice.seed}`,
    `--explain ${choice.explainer}`,
  ].join(" ");
}

export function codeText(state: ComplexityState): string {
  const choice = trainingChoice(state);
  const noisy =
    choice.noise === 0
      ? "set.train.y"
      : `withLabelNoise(set.train.y, { share: ${choice.noise}, classes: 2, seed: ${choice.seed} })`;
  return `import { chooseSubset, complexityExperiment, parsePreset, syntheticDataset${choice.noise === 0 ? "" : ", withLabelNoise"} } from "foretrain";

const drawn = syntheticDataset(${JSON.stringify(dataText(choice))});
const set = chooseSubset(drawn, { train: drawn.train.y.length, test: drawn.test.y.length, seed: ${choice.seed} });
const labels = ${noisy};
const { curve } = await complexityExperiment({
  network: parsePreset(${JSON.stringify(networkText(choice))}, { input: [2], classes: 2 }),
  recipe: { epochs: ${choice.epochs}, batch: ${BATCH}, learningRate: ${choice.learningRate}, initialization: "glorotUniform", seed: ${choice.seed} },
  train: { x: set.train.x, labels },
  test: { x: set.test.x, labels: set.test.y },
  explainers: [{ kind: ${JSON.stringify(choice.explainer)} }],
});
curve.steps.forEach((step, t) => {
  console.log(step, curve.accuracy[t], curve.network[t].value, curve.explainers[0].explained[t].value);
});
`;
}

export function copyItems(state: ComplexityState, reading: () => TrainingReading | null): CopyItem[] {
  return [
    { id: "code", label: "TypeScript", text: () => codeText(state) },
    { id: "command", label: "command", text: () => `${commandText(state)}\n` },
    {
      id: "json",
      label: "JSON",
      text: () => `${JSON.stringify({ set: state, curve: reading()?.curve ?? null }, null, 2)}\n`,
    },
    { id: "link", label: "link", text: () => location.href },
  ];
}
