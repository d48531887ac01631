/**
 * The evolution of a narrow network as TypeScript, as a command and as JSON.
 * @module
 */
import type { CopyItem } from "../../controls/copy-item.js";
import type { TrainingState } from "./fields.js";
import type { NarrowReading } from "./narrow-operations.js";
import { type NarrowChoice, narrowChoice, pairsOf, TIMES } from "./specification.js";

const timesText = ({ end }: NarrowChoice) => `0:${end}:${TIMES + 1}`;

export function narrowCommand(state: TrainingState, reading: NarrowReading | null): string {
  const choice = narrowChoice(state);
  const { problem, network, points, testPoints, noise, order, networkSeed, seed } = choice;
  return [
    `foretrain evolve "${network}"`,
    `--data ${problem} --train ${points} --test ${testPoints}`,
    `--noise ${noise} --order ${order} --times ${timesText(choice)}`,
    ...(reading === null ? [] : [`--learning-rate ${reading.learningRate}`]),
    `--seed ${seed} --network-seed ${networkSeed}`,
    ...(state.verify ? [`--simulate ${2 * pairsOf(state.paths)}`] : []),
  ].join(" ");
}

export function narrowCode(state: TrainingState, reading: NarrowReading | null): string {
  const choice = narrowChoice(state);
  const { problem, network, points, testPoints, noise, order, networkSeed, seed, end } = choice;
  const rate = reading === null ? "0.1" : String(reading.learningRate);
  const inputs = problem === "sine" ? 1 : 4;
  const test = testPoints === 0 ? "" : "\n  testX: test.x,\n  testY: test.y,";
  return `import { finiteModel, initialParameters, noisyEvolution, parsePreset, regressionProblem } from "foretrain";

const network = parsePreset(${JSON.stringify(network)}, { input: [${inputs}], classes: 1 });
const { train${testPoints === 0 ? "" : ", test"} } = regressionProblem(${JSON.stringify(problem)}, { train: ${points}, test: ${testPoints}, inputs: ${inputs}, seed: ${seed} });
const model = finiteModel(network);
const learningRate = ${rate};
const counts = new Set(Array.from({ length: ${TIMES + 1} }, (_, i) => Math.round((i * ${end}) / ${TIMES} / learningRate)));
const evolution = await noisyEvolution({
  model,
  parameters: initialParameters(model, { seed: ${networkSeed} }),
  ...train,${test}
  noise: ${noise},
  order: ${order},
  times: [...counts].map((count) => count * learningRate),${state.verify ? `\n  simulate: { pairs: ${pairsOf(state.paths)}, step: learningRate, seed: ${seed} },` : ""}
});
for (const { time, train: { loss, noiseEffect } } of evolution.at) console.log(time, loss, noiseEffect);
`;
}

export function narrowCopyItems(state: TrainingState, reading: () => NarrowReading | null): CopyItem[] {
  return [
    { id: "code", label: "TypeScript", text: () => narrowCode(state, reading()) },
    { id: "command", label: "command", text: () => `${narrowCommand(state, reading())}\n` },
    {
      id: "json",
      label: "JSON",
      text: () => {
        const now = reading();
        const summary =
          now === null
            ? null
            : {
                learningRate: now.learningRate,
                limit: now.limit,
                paths: now.paths,
                at: now.evolution.at.map(({ time, train, test, hessianTrace, zScores }) => ({
                  time,
                  trainLoss: train.loss,
                  testLoss: test?.loss ?? null,
                  trainMean: [...train.mean],
                  trainDeviation: [...train.deviation],
                  hessianTrace: hessianTrace.value,
                  zScores,
                })),
              };
        return `${JSON.stringify({ set: narrowChoice(state), read: summary }, null, 2)}\n`;
      },
    },
    { id: "link", label: "link", text: () => location.href },
  ];
}
