import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type NormalizeCommandOptions, normalizeCommand } from "../../src/cli/commands/normalize.js";
import { openTerminal } from "../../src/cli/terminal.js";
import { readNpz, writeNpz } from "../../src/data/index.js";
import { isForetrainError } from "../../src/errors.js";
import { parseLaw } from "../../src/normalization/index.js";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "foretrain-normalize-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The listed case: four points, tanh, a skewed outer law. */
function listedCase(): string {
  const file = join(folder, "points.npz");
  writeFileSync(
    file,
    writeNpz({
      x_train: { data: Float64Array.of(1, 0.3, -0.4, 1.1, 0.8, -0.9, -1, -0.5), shape: [4, 2] },
      y_train: { data: Float64Array.of(1, -0.7, 0.5, 0.8), shape: [4] },
      x_test: { data: Float64Array.of(0.6, 0.7), shape: [1, 2] },
      y_test: { data: Float64Array.of(0.25), shape: [1] },
    }),
  );
  return file;
}

const LISTED = { activation: "tanh", outer: "discrete:2@1/3,-1@2/3" } as const;

const run = (network: string | undefined, options: Partial<NormalizeCommandOptions> & { data: string }) =>
  normalizeCommand(
    network,
    {
      train: 10,
      test: 5,
      normalization: "unit",
      gamma: "0.5:1:3",
      alpha: 1,
      time: [0, 3],
      corrections: 3,
      batch: "sgd",
      threads: 1,
      particles: 1200,
      ...options,
    },
    { terminal: openTerminal({ quiet: true }), signal: new AbortController().signal },
  );

interface Json {
  readonly warnings: readonly string[];
  readonly gammas: readonly {
    readonly gamma: number;
    readonly nu: number | "infinity";
    readonly evenSteps: { readonly step: number; readonly error: number } | null;
    readonly train: readonly { readonly bias: number; readonly total: number }[];
    readonly trained: {
      readonly trainError: readonly number[];
      readonly varianceRatio: number | null;
    } | null;
  }[];
}

describe("normalizeCommand", () => {
  test("prints the table, and writes the listed means and variances and a picture", async () => {
    const data = listedCase();
    const [out, svg] = [join(folder, "gamma.npz"), join(folder, "gamma.svg")];
    const { text, json } = await run(undefined, { ...LISTED, data, units: 50, runs: 8, out, svg });
    expect(text).toMatch(/gamma +nu +Q counted/);
    const arrays = readNpz(readFileSync(out));
    expect(arrays["mean_train"]!.shape).toEqual([3, 2, 4]);
    // samples are in a random order: by their targets
    const y = [...arrays["y"]!.data];
    const order = [1, -0.7, 0.5, 0.8].map((value) => y.indexOf(value));
    const at = (name: string, g: number, k: number) => arrays[name]!.data[(g * 2 + 1) * 4 + order[k]!]!;
    [0.12509, -0.59202, 0.59213, -0.02095].forEach((listed, k) => {
      expect(Math.abs(Number(at("mean_train", 0, k)) - listed)).toBeLessThan(2e-5);
    });
    // at gamma = 1/2 the variance is that of K and Sigma / N
    [0.012, 0.0235, 0.0173, 0.0144].forEach((listed, k) => {
      const noise = Number(at("variance_train", 0, k)) - listed;
      expect(noise).toBeGreaterThan(-1e-4);
      expect(noise).toBeLessThan(1 / 50);
    });
    const { gammas, warnings } = json as Json;
    expect(warnings).toEqual([]);
    expect(gammas.map(({ nu }) => nu)).toEqual([1, 2, "infinity"]);
    for (const { train, trained } of gammas) {
      expect(train[1]!.total).toBeGreaterThan(train[1]!.bias);
      expect(trained!.varianceRatio).toBeGreaterThan(0.2);
      expect(trained!.varianceRatio).toBeLessThan(5);
    }
    expect(readFileSync(svg, "utf8")).toMatch(/trained networks/);
  });

  test("reads a network with one hidden layer and labelled data", async () => {
    const file = join(folder, "network.json");
    writeFileSync(
      file,
      JSON.stringify({
        foretrain: 1,
        input: [64],
        layers: [
          { kind: "dense", units: 30, weightVariance: 2, biasVariance: 0.1 },
          { kind: "activation", name: "erf" },
          { kind: "dense", units: 1, weightVariance: 4 },
        ],
      }),
    );
    const set = join(folder, "set.npz");
    const x = Float64Array.from({ length: 64 * 30 }, (_, i) => Math.sin(i * i));
    writeFileSync(
      set,
      writeNpz({
        x: { data: x, shape: [30, 64] },
        y: { data: Int32Array.from({ length: 30 }, (_, i) => i % 3), shape: [30] },
      }),
    );
    const { text, json } = await run(file, {
      data: set,
      classes: "0,2",
      gamma: "0.6",
      time: [0, 1],
      particles: 300,
    });
    expect(text).toMatch(/N = 30, t = 1, 30 steps/);
    expect(text).toMatch(/65 inputs in the \d+ dimensions/);
    expect(text).toMatch(/0 as -1, 2 as 1/);
    // targets of size 1, untrained outputs of mean 0
    expect((json as Json).gammas[0]!.train[0]!.bias).toBeCloseTo(1, 12);
  });

  test("warns where the outer law has another mean, and centres it on request", async () => {
    const data = listedCase();
    const options = {
      data,
      activation: "sigmoid",
      outer: "uniform:0:1",
      gamma: "0.75",
      units: 64,
      particles: 2000,
    };
    const { json, text } = await run(undefined, options);
    expect((json as Json).warnings[0]).toMatch(/have mean 0\.5.*--center moves the law/);
    // the mean of the start is in the bias: sqrt(8) / 4 at every point
    const start = [1, -0.7, 0.5, 0.8].reduce((sum, y) => sum + (y - 64 ** 0.25 / 4) ** 2 / 4, 0);
    expect((json as Json).gammas[0]!.train[0]!.bias).toBeCloseTo(start, 6);
    expect(text).toMatch(/all .*- +- /);
    const centred = (await run(undefined, { ...options, center: true })).json as Json;
    expect(centred.warnings).toEqual([]);
    expect(centred.gammas[0]!.train[0]!.bias).toBeCloseTo((1 + 0.49 + 0.25 + 0.64) / 4, 12);
  });

  test("activations with kinks end by flows in even steps, and their error is stated", async () => {
    for (const activation of ["relu", "leakyRelu", "abs", "max(x, 0.3 * x)"]) {
      const { text, json } = await run(undefined, {
        activation,
        data: "plane",
        units: 100,
        gamma: "0.5:1:6",
        time: [0, 1, 4],
        train: 5,
        particles: 500,
      });
      const { gammas, refusal } = json as Json & { readonly refusal: string };
      expect(refusal).toMatch(/has a kink at 0, /);
      const [flows, sums] = [gammas.slice(3), gammas.slice(0, 3)];
      for (const { evenSteps } of sums) expect(evenSteps).toBeNull();
      for (const { evenSteps, train } of flows) {
        expect(evenSteps!.step).toBeLessThanOrEqual(0.1);
        expect(evenSteps!.error).toBeLessThan(2e-3);
        expect(train[2]!.bias).toBeLessThan(train[0]!.bias);
      }
      expect(text).toMatch(
        /flows through kinks at gamma 0\.8, 0\.9, 1: even steps of .* means off by about .* by the steps, .* by the units .* closed form/,
      );
    }
  });

  test("an activation that jumps is refused: its hidden weights would not train", async () => {
    for (const activation of ["sign", "heaviside"]) {
      await expect(run(undefined, { activation, data: "plane" })).rejects.toThrow(
        /has no derivative that is a function: the hidden weights would not train; use a smooth activation/,
      );
    }
  });

  test("wrong use is answered, and writes nothing", async () => {
    const data = listedCase();
    const before = readdirSync(folder);
    const out = join(folder, "bad.npz");
    const bad: readonly (readonly [string | undefined, Partial<NormalizeCommandOptions>, RegExp])[] = [
      [undefined, {}, /neither a network nor --activation/],
      [undefined, { activation: "tanh", gamma: "0.4,1" }, /--gamma: got 0\.4, expected numbers from 0\.5/],
      [undefined, { activation: "tanh", gamma: "0.5:1.2:3" }, /--gamma: got 1\.2/],
      [undefined, { activation: "tanh", outer: "normal:1" }, /--outer: got "normal:1", expected a law/],
      [undefined, { activation: "tanh", time: [Number.POSITIVE_INFINITY] }, /--time: expected finite/],
      ["preset:fcn?depth=1", { activation: "tanh" }, /--activation: given together/],
      ["preset:fcn?depth=2&classes=1", {}, /2 hidden layers/],
    ];
    for (const [network, options, words] of bad) {
      const error = await run(network, { data, out, ...options }).then(
        () => null,
        (reason: unknown) => reason,
      );
      expect(isForetrainError(error)).toBe(true);
      expect((error as Error).message).toMatch(words);
    }
    expect(readdirSync(folder)).toEqual(before);
    expect(parseLaw("--outer", '{"kind":"uniform","low":-1,"high":1}')).toEqual({
      kind: "uniform",
      low: -1,
      high: 1,
    });
    expect(() => parseLaw("--outer", "discrete:1@0.5")).toThrow(/expected a law/);
    expect(() => parseLaw("--outer", "uniform:1:0")).toThrow(
      /^--outer is .*expected finite numbers low < high/,
    );
    expect(() => parseLaw("--bias", '{"kind": "discrete"}')).toThrow(/^--bias is .*expected lists/);
    await expect(run(undefined, { activation: "tanh", data: "nowhere" })).rejects.toThrow(
      /^--data: "nowhere" is no data set; expected mnist.*; or line and plane/,
    );
  });

  test("a learning rate that diverges is refused with the limit, and one below it is not", async () => {
    const data = listedCase();
    const base = { ...LISTED, data, units: 20, gamma: "0.6", time: [0, 0.2], corrections: 0 } as const;
    for (const batch of ["sgd", "full"] as const) {
      const refusal = async (alpha: number) => {
        try {
          await run(undefined, { ...base, batch, alpha });
          return null;
        } catch (error) {
          expect(isForetrainError(error, "ERR_NUMERICAL")).toBe(true); // exit code 3
          return error as Error & { details: { limit: number } };
        }
      };
      const refused = (await refusal(1000))!;
      expect(refused.message).toMatch(/at 1,000 training diverges.*Use --alpha below .* more than \d+ units/);
      const { limit } = refused.details;
      expect((await refusal(1.01 * limit))!.details.limit).toBeWithinRelative(limit, 1e-9);
      expect(await refusal(0.99 * limit)).toBeNull();
      // steps are those of N times one eigenvalue or diagonal entry of the kernel, all of order 1
      expect(limit / 20).toBeGreaterThan(0.3);
      expect(limit / 20).toBeLessThan(10);
    }
  });
});
