import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LengthsCommandOptions, lengthsCommand } from "../../src/cli/commands/lengths.js";
import { widthList } from "../../src/cli/option-values.js";
import { openTerminal } from "../../src/cli/terminal.js";
import { readNpz } from "../../src/data/index.js";
import { isForetrainError } from "../../src/errors.js";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "foretrain-lengths-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (network: string | undefined, options: Partial<LengthsCommandOptions>) =>
  lengthsCommand(
    network,
    { repetitions: 300, threads: 1, ...options },
    { terminal: openTerminal({ quiet: true }), signal: new AbortController().signal },
  );

describe("lengthsCommand", () => {
  test("prints verdict, table and slopes, and writes arrays and picture", async () => {
    const [out, svg] = [join(folder, "tanh.npz"), join(folder, "tanh.svg")];
    const { text, json } = await run(undefined, {
      activation: "tanh",
      weightVariance: 1.5,
      biasVariance: 0.1,
      widths: [20, 200],
      out,
      svg,
    });
    const lines = text.split("\n");
    expect(lines[0]).toMatch(/^tanh: permissible/);
    expect(text).toMatch(/unit scale: sigma_w\^2 = 2\.28255/);
    expect(text).toMatch(/^ +5 +200 +0\.544 /m);
    expect(text).toMatch(/slope, -1\/2 in theory: layer 1: -0\.\d+ \+- 0\.\d+/);
    const arrays = readNpz(readFileSync(out));
    expect(arrays["widths"]!.shape).toEqual([2, 5]);
    expect(arrays["q_1"]!.shape).toEqual([300, 5]);
    expect(arrays["limit"]!.data[9]).toBeCloseTo(0.543651, 6);
    // the table is that of the networks in the file
    const { data } = arrays["q_1"]!;
    let mean = 0;
    for (let draw = 0; draw < 300; draw++) mean += Number(data[5 * draw + 4]) / 300;
    expect(arrays["mean"]!.data[9]).toBeCloseTo(mean, 13);
    expect(readFileSync(svg, "utf8")).toMatch(/^<svg/);
    expect(json).toMatchObject({ repetitions: 300, reason: null, out, svg });
  });

  test("1/x: says first that it is not permissible, then shows how the lengths diverge", async () => {
    const svg = join(folder, "reciprocal.svg");
    const { text, json } = await run(undefined, {
      activation: "reciprocal",
      depth: 2,
      widths: [10, 100, 1000],
      repetitions: 1000,
      svg,
    });
    expect(text).toMatch(/^reciprocal: NOT permissible \(unbounded near x = 0, like \|x\|\^-1\)/);
    expect(text).toMatch(/median length of layer 2 grows like N\^1/);
    const [, slope, error] = /layer 2: (\d\.\d+) \+- (\d\.\d+)/.exec(text)!;
    expect(Math.abs(Number(slope) - 1)).toBeLessThan(4 * Number(error) + 0.02);
    expect(text).toMatch(/median q_2 \/ N at N = 1000: [\d.]+, theory 2\.2 \(Levy law\)/);
    expect(readFileSync(svg, "utf8")).toContain("slope 1");
    expect((json as { reason: string }).reason).toMatch(/no length map/);
  });

  test("reads a network at its own widths, or at others", async () => {
    const file = join(folder, "network.json");
    writeFileSync(
      file,
      JSON.stringify({
        foretrain: 1,
        input: [8],
        layers: [
          { kind: "dense", units: 30, weightVariance: 2 },
          { kind: "activation", name: "relu" },
          { kind: "dense", units: 50, weightVariance: 1, biasVariance: 0.3 },
          { kind: "activation", name: "tanh" },
          { kind: "dense", units: 1 },
        ],
      }),
    );
    const { text, json } = await run(file, { inputMeanSquare: 0.5 });
    expect(text).toMatch(/relu: permissible.*\n.*\ntanh: permissible/);
    expect(text).toMatch(/width \[30, 50\]/);
    // q_1 = 2 * 0.5, q_2 = 1 * q_1 / 2 + 0.3
    expect(text).toMatch(/^ +1 +30 +1 /m);
    expect(text).toMatch(/^ +2 +50 +0\.8 /m);
    expect(json).toMatchObject({ inputMeanSquare: 0.5 });
    expect((await run(file, { widths: [5, 6] })).text).toMatch(/widths 5, 6/);
  });

  test("warns where the leading order in 1 / N does not describe the fluctuations", async () => {
    const { text } = await run(undefined, { activation: "relu", weightVariance: 2, depth: 60, widths: [10] });
    expect(text).toMatch(/leading order in 1 \/ N: at N = 10/);
  });

  test("wrong use is answered, and writes nothing", async () => {
    const before = readdirSync(folder);
    const out = join(folder, "bad.npz");
    const bad: readonly (readonly [string | undefined, Partial<LengthsCommandOptions>, RegExp])[] = [
      [undefined, {}, /neither a network nor --activation/],
      [undefined, { activation: "tahn" }, /did you mean "tanh"/],
      ["preset:fcn?input=4", { depth: 3 }, /--depth: given together with the network/],
      ["preset:wrn", {}, /not a plain fully connected stack/],
      [undefined, { activation: "expNormalized" }, /without a finite network/],
      [undefined, { activation: "tanh", repetitions: 2 ** 31 }, /take fewer repetitions/],
    ];
    for (const [network, options, words] of bad) {
      const error = await run(network, { out, ...options }).then(
        () => null,
        (reason: unknown) => reason,
      );
      expect(isForetrainError(error)).toBe(true);
      expect((error as Error).message).toMatch(words);
    }
    expect(readdirSync(folder)).toEqual(before);
    for (const text of ["10,x", "0", "", "1.5", "10,,20"])
      expect(() => widthList(text)).toThrow(/whole number >= 1/);
  });
});
