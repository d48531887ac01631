/**
 * The page as TypeScript, as a command and as JSON.
 * @module
 */
import type { CopyItem } from "../../controls/copy-item.js";
import { parseParameters } from "./activation.js";
import { CUSTOM, type PhaseState } from "./fields.js";
import type { PointReading } from "./operations.js";

const parametersOf = (state: PhaseState) => {
  try {
    return parseParameters(state.parameters);
  } catch {
    return {};
  }
};

/** A text as one word of a shell. */
const quoted = (text: string) =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

function activationCode(state: PhaseState): string {
  if (state.activation === CUSTOM) return `parseActivationExpression(${JSON.stringify(state.expression)})`;
  const parameters = parametersOf(state);
  const rest = Object.keys(parameters).length === 0 ? "" : `, ${JSON.stringify(parameters)}`;
  return `activation(${JSON.stringify(state.activation)}${rest})`;
}

export function codeText(state: PhaseState): string {
  const { weightVariance, biasVariance, weightFrom, weightTo, biasFrom, biasTo, resolution } = state;
  const made = state.activation === CUSTOM ? "parseActivationExpression" : "activation";
  const names = ["meanField", "phaseDiagram", "signalPropagation", made].sort().join(", ");
  return `import { ${names} } from "foretrain";

const phi = ${activationCode(state)};
const layer = { activation: phi, weightVariance: ${weightVariance}, biasVariance: ${biasVariance} };

const reading = meanField(layer, { start: ${state.start} });
console.log(reading.phase, reading.chi1, reading.qStar, reading.cStar);

const signal = signalPropagation(layer, {
  depth: ${state.depth},
  meanSquare: ${state.start},
  correlations: [${state.correlation}],
});
console.log(signal.q, signal.correlations[0]);

const evenly = (from: number, to: number, count: number) =>
  Float64Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1));
const diagram = await phaseDiagram(phi, {
  weightVariance: evenly(${weightFrom}, ${weightTo}, ${resolution}),
  biasVariance: evenly(${biasFrom}, ${biasTo}, ${resolution}),
});
console.log(diagram.criticalLine);
`;
}

export function commandText(state: PhaseState): string {
  const { weightFrom, weightTo, biasFrom, biasTo, resolution, quantity } = state;
  const parameters = Object.entries(parametersOf(state)).map(([key, value]) => `${key}=${String(value)}`);
  const named = parameters.length === 0 ? state.activation : `${state.activation}?${parameters.join("&")}`;
  const name = state.activation === CUSTOM ? state.expression : named;
  return [
    "foretrain phase",
    `--activation ${quoted(name)}`,
    `--weight-variance ${weightFrom}:${weightTo}:${resolution}`,
    `--bias-variance ${biasFrom}:${biasTo}:${resolution}`,
    `--quantity ${quantity}`,
    "--out phase.npz --svg phase.svg",
  ].join(" ");
}

export function copyItems(state: PhaseState, reading: () => PointReading | null): CopyItem[] {
  return [
    { id: "code", label: "TypeScript", text: () => codeText(state) },
    { id: "command", label: "command", text: () => `${commandText(state)}\n` },
    {
      id: "json",
      label: "JSON",
      text: () => `${JSON.stringify({ set: state, read: reading()?.meanField ?? null }, null, 2)}\n`,
    },
    { id: "link", label: "link", text: () => location.href },
  ];
}
