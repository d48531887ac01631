/**
 * The forecast on images as TypeScript, as a command and as JSON.
 * @module
 */
import type { CopyItem } from "../../controls/copy-item.js";
import type { TrainingState } from "./fields.js";
import { overridesOf, sampleName, wideChoice, wideText } from "./specification.js";
import type { VerifyReading, WideReading } from "./wide-operations.js";

/** A recipe that makes the same curves; the learning rate is known once the kernel is. */
function recipeOf(state: TrainingState, reading: WideReading | null) {
  const { source, train, test, classes, steps, seed } = overridesOf(wideChoice(state));
  return {
    foretrain: 1,
    title: "training",
    network: wideText(state),
    data: { source, train, test, seed, ...(classes === undefined ? {} : { classes }) },
    training: {
      ...(reading === null ? {} : { learningRate: reading.learningRate.used }),
      ...(steps === undefined ? {} : { steps }),
    },
    seed,
  };
}

export function wideCommand(state: TrainingState, reading: WideReading | null): string {
  const { train, test, classes, steps, seed } = wideChoice(state);
  return [
    `foretrain forecast "${wideText(state)}"`,
    `--data ${sampleName(state.side)} --train ${train} --test ${test}`,
    ...(classes === "" ? [] : [`--classes ${classes.replaceAll(" ", "")}`]),
    ...(reading === null ? [] : [`--learning-rate ${reading.learningRate.used}`]),
    ...(steps === 0 ? [] : [`--steps ${steps}`]),
    `--seed ${seed}`,
    ...(state.verify
      ? [`--verify --verify-networks ${state.networks} --verify-steps ${state.verifySteps}`]
      : []),
  ].join(" ");
}

/** Of the code that is copied. */
const READ_FILES = 'import { readNpzFile } from "foretrain/node";';

export function wideCode(state: TrainingState, reading: WideReading | null): string {
  const verify = state.verify
    ? `
const verification = await verifyTraining(opened, predicted, { networks: ${state.networks}, steps: ${state.verifySteps} });
console.log(verification.sentence);
`
    : "";
  return `import { datasetFromArrays, openForecast, parseForecastRecipe, predictTraining${state.verify ? ", verifyTraining" : ""} } from "foretrain";
${READ_FILES}

// the images that the page saves
const file = ${JSON.stringify(sampleName(state.side))};
const dataset = datasetFromArrays(await readNpzFile(file), { file });
const recipe = parseForecastRecipe(${JSON.stringify(recipeOf(state, reading), null, 2)});
const opened = await openForecast(recipe, dataset);
const predicted = await predictTraining(opened);
const { curves, learningRate } = predicted;
console.log(learningRate.used, learningRate.limit);
curves.steps.forEach((step, i) => {
  console.log(step, curves.train.loss.median[i], curves.test.accuracy.median[i]);
});
${verify}`;
}

export function wideCopyItems(
  state: TrainingState,
  reading: () => WideReading | null,
  measured: () => VerifyReading | null,
): CopyItem[] {
  return [
    { id: "code", label: "TypeScript", text: () => wideCode(state, reading()) },
    { id: "command", label: "command", text: () => `${wideCommand(state, reading())}\n` },
    {
      id: "recipe",
      label: "recipe JSON",
      text: () => `${JSON.stringify(recipeOf(state, reading()), null, 2)}\n`,
    },
    {
      id: "json",
      label: "results as JSON",
      text: () =>
        `${JSON.stringify({ set: state, predicted: reading(), verification: measured()?.verification ?? null }, null, 2)}\n`,
    },
    { id: "link", label: "link", text: () => location.href },
  ];
}
