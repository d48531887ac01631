/**
 * The page as TypeScript, as a command and as JSON.
 * @module
 */
import type { Network } from "foretrain";
import type { CopyItem } from "../../controls/copy-item.js";
import type { NetworkState } from "./fields.js";
import type { KernelReading } from "./operations.js";
import { networkText } from "./spec.js";

export function codeText(network: Network): string {
  return [
    'import { computeKernel, kernelSpectrum, largestLearningRate, parseNetwork } from "foretrain";',
    'import { readNpzFile } from "foretrain/node";',
    "",
    `const network = parseNetwork(${networkText(network)});`,
    "",
    "// x of the npz file that the figure exports",
    'const { x } = await readNpzFile("kernel-ntk.npz");',
    'const { ntk, nngp } = await computeKernel(network, x!, null, { get: ["ntk", "nngp"] });',
    "const { kappa, lambdaMax } = await kernelSpectrum(ntk);",
    "console.log(kappa, largestLearningRate(lambdaMax, ntk.shape[0]), nngp.shape);",
    "",
  ].join("\n");
}

/** A text as one word of a shell. */
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

export function commandText(state: NetworkState, network: Network): string {
  const text = state.spec.trim();
  const isPreset = text.startsWith("preset:");
  // a preset takes the shape of the images from the page
  const preset = text.includes("input=")
    ? text
    : `${text}${text.includes("?") ? "&" : "?"}input=${network.input.join("x")}`;
  const run = (file: string) =>
    `foretrain kernel ${file} --x kernel-${state.kernel}.npz --get nngp,ntk --out kernel.npz\n`;
  if (isPreset) return run(quoted(preset));
  return `cat > network.json <<'END'\n${networkText(network)}\nEND\n${run("network.json")}`;
}

export function copyItems(
  state: NetworkState,
  network: Network | null,
  reading: () => KernelReading | null,
): CopyItem[] {
  const link = { id: "link", label: "link", text: () => location.href };
  if (network === null) return [link];
  const summaryOf = (side: "ntk" | "nngp") => {
    const read = reading()?.[side];
    return read === undefined ? null : { ...read.spectrum, learningRate: read.learningRate };
  };
  return [
    { id: "code", label: "TypeScript", text: () => codeText(network) },
    { id: "command", label: "command", text: () => commandText(state, network) },
    { id: "json", label: "network JSON", text: () => `${networkText(network)}\n` },
    {
      id: "results",
      label: "results as JSON",
      text: () =>
        `${JSON.stringify({ set: state, ntk: summaryOf("ntk"), nngp: summaryOf("nngp") }, null, 2)}\n`,
    },
    link,
  ];
}
