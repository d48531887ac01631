/**
 * The page as TypeScript, as a command and as JSON.
 * @module
 */
import type { CopyItem } from "../../controls/copy-item.js";
import { CUSTOM, type NormalizationState, problemChoice } from "./fields.js";
import type { GammaReading } from "./model.js";
import { CORRECTIONS, gammasWith, layerOf, particlesOf, TEST_POINTS, timesOf } from "./specification.js";

/** A text as one word of a shell. */
const quoted = (text: string) =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

export function commandText(state: NormalizationState): string {
  const choice = problemChoice(state);
  const { activation, expression, data, train, outer, inner, bias, center, alpha, batch, seed } = choice;
  return [
    `foretrain normalize --activation ${quoted(activation === CUSTOM ? expression : activation)} --units ${state.units}`,
    `--outer ${quoted(outer)} --inner ${quoted(inner)}`,
    ...(bias === "" ? [] : [`--bias ${quoted(bias)}`]),
    ...(center ? ["--center"] : []),
    `--data ${data} --train ${train} --test ${TEST_POINTS[data]} --particles ${particlesOf(choice)}`,
    `--gamma ${gammasWith(state.gamma).join(",")} --alpha ${alpha} --batch ${batch} --seed ${seed}`,
    `--time ${timesOf(choice).join(",")}`,
    ...(state.runs === 0 ? [] : [`--runs ${state.runs}`]),
  ].join(" ");
}

export function codeText(state: NormalizationState): string {
  const choice = problemChoice(state);
  const { data, train, outer, inner, bias, center, alpha, batch, seed } = choice;
  const trains = state.runs > 0;
  const names = [
    ...(center ? ["centredProblem"] : []),
    ...(trains ? ["compareShallow", "trainShallowEnsemble"] : []),
    "gammaForecast",
    "parseLaw",
    "shallowFromLaws",
    "shallowSetup",
    "waveProblem",
  ].sort();
  const lines = [
    `import { ${names.join(", ")} } from "foretrain";`,
    "",
    `const wave = waveProblem({ kind: "${data}", train: ${train}, test: ${TEST_POINTS[data]}, seed: ${seed} });`,
    "const read = shallowFromLaws({",
    `  activation: ${JSON.stringify(layerOf(choice))},`,
    `  outer: parseLaw("outer", ${JSON.stringify(outer)}),`,
    `  inner: parseLaw("inner", ${JSON.stringify(inner)}),`,
    ...(bias === "" ? [] : [`  bias: parseLaw("bias", ${JSON.stringify(bias)}),`]),
    "  columns: wave.train.x.shape[1],",
    "});",
    "const samples = { x: read.inputs(wave.train.x), testX: read.inputs(wave.test.x), y: wave.train.y };",
    `const setup = await shallowSetup(read.network, samples, { particles: ${particlesOf(choice)}, seed: ${seed} });`,
    `const times = ${JSON.stringify(timesOf(choice))};`,
    `const given = { ...setup.problem, alpha: ${alpha}, times, tolerance: 1e-8 };`,
    `const problem = ${center ? "centredProblem(given)" : "given"};`,
    `const gammas = ${JSON.stringify(gammasWith(state.gamma))};`,
    "const forecast = await gammaForecast({",
    `  problem, gammas, units: ${state.units}, testY: wave.test.y, corrections: ${CORRECTIONS}, noise: ${batch === "sgd"},`,
    "});",
    "for (const { gamma, order, train } of forecast.gammas) console.log(gamma, order.nu, train.errors!.at(-1));",
  ];
  if (trains) {
    lines.push(
      "",
      "const trained = await trainShallowEnsemble({",
      `  ...problem, cases: gammas.map((gamma) => ({ units: ${state.units}, gamma })), runs: ${state.runs}, seed: ${seed}, batch: "${batch}",`,
      "});",
      "const targets = { train: wave.train.y, test: wave.test.y };",
      "trained.forEach((set, i) => {",
      "  console.log(set.gamma, compareShallow(set, forecast.gammas[i]!, targets).z);",
      "});",
    );
  }
  return `${lines.join("\n")}\n`;
}

export function copyItems(state: NormalizationState, readings: () => readonly GammaReading[]): CopyItem[] {
  return [
    { id: "code", label: "TypeScript", text: () => codeText(state) },
    { id: "command", label: "command", text: () => `${commandText(state)}\n` },
    {
      id: "json",
      label: "JSON",
      text: () =>
        `${JSON.stringify(
          {
            set: state,
            gammas: readings().map(({ gamma, point, comparison }) => ({
              gamma,
              eps: point?.eps ?? null,
              nu: point === null ? null : Number.isFinite(point.order.nu) ? point.order.nu : "infinity",
              counted: point === null ? null : Number.isFinite(point.counted) ? point.counted : "all",
              termSizes: point?.termSizes ?? null,
              train: point?.train.errors ?? null,
              test: point?.test?.errors ?? null,
              trained: comparison,
            })),
          },
          null,
          2,
        )}\n`,
    },
    { id: "link", label: "link", text: () => location.href },
  ];
}
