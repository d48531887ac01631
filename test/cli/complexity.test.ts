import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type ComplexityCommandOptions,
  complexityCommand,
} from "../../src/cli/commands/complexity-command.js";
import { openTerminal } from "../../src/cli/terminal.js";
import { writeNpz } from "../../src/data/index.js";
import { createRng } from "../../src/numeric/random.js";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "foretrain-complexity-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (options: ComplexityCommandOptions, network?: string) =>
  complexityCommand(network, options, {
    terminal: openTerminal({ quiet: true }),
    signal: new AbortController().signal,
  });

describe("complexityCommand", () => {
  test("prints the curve of a run, finds T0 and draws it", async () => {
    const rng = createRng(1);
    const n = 2000;
    const labels = Uint8Array.from({ length: n }, () => rng.integer(2));
    const noisy = (of: Uint8Array, share: number) => of.map((v) => (rng.uniform() < share ? 1 - v : v));
    const linear = noisy(labels, 0.2);
    const predictions = [noisy(linear, 0.4), noisy(linear, 0.05), linear, noisy(labels, 0.02)];
    const [file, svg] = [join(folder, "run.npz"), join(folder, "run.svg")];
    writeFileSync(
      file,
      writeNpz({
        labels: { data: labels, shape: [n] },
        steps: { data: Int32Array.of(1, 10, 100, 1000), shape: [4] },
        predictions: { data: Uint8Array.from(predictions.flatMap((p) => [...p])), shape: [4, n] },
        explainer_linear: { data: linear, shape: [n] },
        train_labels: { data: labels, shape: [n] },
        train_predictions: { data: Uint8Array.from(predictions.flatMap((p) => [...p])), shape: [4, n] },
      }),
    );
    const { text, json } = await run({ predictions: file, svg });
    expect(text).toMatch(/^2000 samples of 2 classes, 4 snapshots$/m);
    expect(text).toMatch(/^ *1,?000 +98/m);
    expect(text).toMatch(/linear: at T0, step 100, linear explains 100 % of what the network knows/);
    expect(readFileSync(svg, "utf8")).toMatch(/T<tspan[^>]*>0<\/tspan>/);
    const curve = json as { network: { value: number }[]; train: number[] };
    // the train samples are the same here
    curve.network.forEach(({ value }, t) => {
      expect(curve.train[t]).toBeCloseTo(value, 12);
    });
  });

  test("a run without simple models, and a file that is not there, are refused with the way out", async () => {
    const file = join(folder, "alone.csv");
    writeFileSync(file, "label,step:1\n0,1\n1,0\n");
    await expect(run({ predictions: file })).rejects.toThrow(
      /alone\.csv: has no simple model .* a column explainer:NAME/,
    );
    await expect(run({ predictions: join(folder, "none.npz") })).rejects.toThrow(/none\.npz/);
    await expect(run({ predictions: file, svg: file })).rejects.toThrow(
      /--svg: .* the same file as --predictions/,
    );
  });
});
