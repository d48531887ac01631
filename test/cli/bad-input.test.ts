import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeNpz } from "../../src/data/index.js";
import type { NdArray } from "../../src/numeric/matrix.js";
import { foretrain } from "./foretrain.js";

let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "foretrain-bad-input-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const dense = (fields: object = {}) => ({ kind: "dense", units: 2, ...fields });
const relu = { kind: "activation", name: "relu" };
const net = (layers: object[], input = [3]) => ({ foretrain: 1, input, layers });

function file(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content);
  return name;
}
const json = (name: string, value: unknown) => file(name, JSON.stringify(value));
const npz = (name: string, arrays: Record<string, NdArray>) => file(name, writeNpz(arrays));
const doubles = (shape: number[], values: number[]): NdArray => ({ data: Float64Array.from(values), shape });

/** Runs a command that must fail, and checks that it leaves the folder as it was. */
async function refuses(code: number, words: readonly RegExp[], ...args: string[]): Promise<void> {
  const before = readdirSync(folder, { recursive: true }).sort();
  const ended = await foretrain(folder, ...args);
  for (const word of words) expect(ended.stderr).toMatch(word);
  expect(ended.stderr).not.toMatch(/at .*\.js:\d+/); // no stack trace: this is no bug
  expect(ended.stdout).toBe("");
  expect(ended.code).toBe(code);
  expect(readdirSync(folder, { recursive: true }).sort()).toEqual(before);
}

describe("bad input ends with a clear error, its exit code, and nothing written", () => {
  const good = () => npz("x.npz", { x: doubles([4, 3], [1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1]) });

  test("an unknown layer kind names the nearest one", async () => {
    good();
    const network = json("kind.json", net([{ kind: "dens", units: 2 }]));
    await refuses(2, [/layers\[0\]/, /"dens"/, /dense/], "kernel", network, "--x", "x.npz", "--out", "k.npz");
  });

  test("a missing field is named with its path", async () => {
    const network = json("missing.json", net([dense(), relu, { kind: "dense" }]));
    await refuses(2, [/layers\[2\]/, /units/], "kernel", network, "--x", "x.npz", "--out", "k.npz");
  });

  test("a negative variance is refused with the domain", async () => {
    const network = json("negative.json", net([dense({ weightVariance: -1 })]));
    await refuses(2, [/weightVariance/, /-1/, />= 0/], "kernel", network, "--x", "x.npz", "--out", "k.npz");
  });

  test("NaN in an npz names array and index", async () => {
    const network = json("good.json", net([dense(), relu, dense()]));
    npz("nan.npz", { x: doubles([2, 3], [1, 2, 3, 4, Number.NaN, 6]) });
    await refuses(
      2,
      [/nan\.npz/, /x/, /\[1, 1\]/, /NaN/],
      "kernel",
      network,
      "--x",
      "nan.npz",
      "--out",
      "k.npz",
    );
  });

  test("x of the wrong shape shows both shapes", async () => {
    npz("wide.npz", { x: doubles([2, 4], [1, 2, 3, 4, 5, 6, 7, 8]) });
    await refuses(2, [/\[2, 4\]/, /\[n, 3\]/], "kernel", "good.json", "--x", "wide.npz", "--out", "k.npz");
  });

  test("labels of one class are refused", async () => {
    npz("one-class.npz", {
      x: doubles([4, 3], [1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1]),
      y: { data: new Int32Array(4).fill(7), shape: [4] },
    });
    await refuses(
      2,
      [/two classes/],
      "predict",
      "good.json",
      "--train",
      "one-class.npz",
      "--test",
      "x.npz",
      "--out",
      "p.npz",
    );
    await refuses(2, [/two/], "forecast", "good.json", "--data", "one-class.npz", "--out", "run");
  });

  test("a truncated IDX file is named with both sizes", async () => {
    mkdirSync(join(folder, "idx"), { recursive: true });
    const header = (dims: number[]) => [
      0,
      0,
      8,
      dims.length,
      ...dims.flatMap((d) => [0, 0, d >> 8, d & 255]),
    ];
    for (const [split, n] of [
      ["train", 60000],
      ["t10k", 10000],
    ] as const) {
      const bytes = Uint8Array.from([...header([n & 0xffff, 28, 28]), 1, 2, 3]);
      writeFileSync(join(folder, "idx", `${split}-images-idx3-ubyte`), bytes);
      writeFileSync(
        join(folder, "idx", `${split}-labels-idx1-ubyte`),
        Uint8Array.from([...header([3]), 0, 1, 2]),
      );
    }
    await refuses(
      2,
      [/idx3-ubyte/, /28/],
      "forecast",
      "preset:fcn?depth=1",
      "--data",
      "mnist",
      "--data-dir",
      "idx",
      "--out",
      "run",
    );
  });

  test("an unwritable place is refused before any work", async () => {
    file("a-file", "x");
    await refuses(2, [/a-file/], "kernel", "good.json", "--x", "x.npz", "--out", join("a-file", "k.npz"));
    await refuses(2, [/a-file/], "forecast", "good.json", "--out", "a-file");
    if (process.getuid?.() !== 0) {
      mkdirSync(join(folder, "locked"));
      chmodSync(join(folder, "locked"), 0o500);
      await refuses(2, [/locked/], "kernel", "good.json", "--x", "x.npz", "--out", join("locked", "k.npz"));
    }
  });

  test("a folder with other files is not taken for a run folder", async () => {
    mkdirSync(join(folder, "mine"));
    writeFileSync(join(folder, "mine", "thesis.tex"), "years of work");
    await refuses(2, [/mine/, /no run/], "forecast", "good.json", "--out", "mine");
    expect(existsSync(join(folder, "mine", "thesis.tex"))).toBe(true);
  });

  test("a job that needs more memory than there is says what would fit", async () => {
    await refuses(
      2,
      [/kB|MB|bytes/, /tile|subset|samples/],
      ...["kernel", "good.json", "--x", "x.npz", "--memory", "100", "--out", "k.npz"],
    );
    npz("many.npz", {
      x: doubles(
        [300, 3],
        Array.from({ length: 900 }, (_, i) => Math.sin(i + 1)),
      ),
      y: { data: Int32Array.from({ length: 300 }, (_, i) => i % 2), shape: [300] },
    });
    await refuses(
      2,
      [/--train \d+/],
      ...[
        "forecast",
        "good.json",
        "--data",
        "many.npz",
        "--train",
        "200",
        "--test",
        "20",
        "--memory",
        "1MB",
        "--out",
        "run",
      ],
    );
  });

  test("equal inputs with different labels end with exit code 3 and the ridge to use", async () => {
    const values = [1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 1];
    npz("singular.npz", { x: doubles([4, 3], values), y: { data: Int32Array.of(0, 1, 1, 0), shape: [4] } });
    await refuses(
      3,
      [/singular/, /diagReg|diag-reg/, /1e-\d+|0\.\d+/],
      ...["predict", "good.json", "--train", "singular.npz", "--test", "x.npz", "--out", "p.npz"],
    );
    // the way out works
    const ended = await foretrain(
      folder,
      ...[
        "predict",
        "good.json",
        "--train",
        "singular.npz",
        "--test",
        "x.npz",
        "--diag-reg",
        "1e-6",
        "--out",
        "p.npz",
      ],
    );
    expect(ended.code).toBe(0);
    rmSync(join(folder, "p.npz"));
  });

  test("a network that does not fit the data says both sizes", async () => {
    await refuses(
      2,
      [/units: 2|2 classes/],
      ...[
        "forecast",
        json("ten.json", net([dense(), relu, dense({ units: 10 })])),
        "--data",
        "many.npz",
        "--out",
        "run",
      ],
    );
  });

  test("predict refuses test labels that no train sample has, and names them", async () => {
    const x = (n: number) =>
      doubles(
        [n, 3],
        Array.from({ length: 3 * n }, (_, i) => Math.sin(i + 1)),
      );
    const y = (...values: number[]): NdArray => ({ data: Int32Array.from(values), shape: [values.length] });
    npz("zero-one.npz", { x: x(4), y: y(0, 1, 0, 1) });
    npz("one-two.npz", { x: x(4), y: y(1, 2, 2, 1) });
    const args = ["predict", "good.json", "--train", "zero-one.npz", "--test", "one-two.npz"];
    await refuses(2, [/one-two\.npz: y/, /label 2/, /0, 1/], ...args, "--out", "p.npz");
  });

  test("an output that is also an input or another output is refused", async () => {
    const predict = ["predict", "good.json", "--train", "zero-one.npz", "--test", "x.npz"];
    await refuses(2, [/--out/, /same file as --train/], ...predict, "--out", "./zero-one.npz");
    await refuses(2, [/--out/, /same file as --x/], "kernel", "good.json", "--x", "x.npz", "--out", "x.npz");
    const phase = ["phase", "--activation", "tanh", "--out", "same", "--svg", "same"];
    await refuses(2, [/--svg/, /same file as --out/], ...phase);
  });

  test("an empty path is refused as what it is", async () => {
    await refuses(2, [/--out/, /empty/], "kernel", "good.json", "--x", "x.npz", "--out", "");
    await refuses(2, [/--out/, /empty/], "forecast", "good.json", "--data", "many.npz", "--out", "");
  });

  test("- is no output: standard output has a path", async () => {
    await refuses(
      2,
      [/--out: got "-"/, /\/dev\/stdout/],
      "kernel",
      "good.json",
      "--x",
      "x.npz",
      "--out",
      "-",
    );
    expect(existsSync(join(folder, "-"))).toBe(false);
  });

  test("predict refuses a network that keeps its positions", async () => {
    npz("pictures.npz", {
      x: doubles(
        [2, 2, 2, 1],
        Array.from({ length: 8 }, (_, i) => i),
      ),
      y: { data: Int32Array.of(0, 1), shape: [2] },
    });
    const layers = [{ kind: "conv", channels: 1, filter: [1, 1] }];
    json("keeps.json", net(layers, [2, 2, 1]));
    const args = ["predict", "keeps.json", "--train", "pictures.npz", "--test", "pictures.npz"];
    await refuses(2, [/predict: .*positions \[2, 2\]/, /end it with flatten/], ...args, "--out", "p.npz");
  });

  test("an npz without samples is named", async () => {
    npz("empty.npz", { x: doubles([0, 3], []) });
    await refuses(
      2,
      [/empty\.npz: x has no samples/],
      "kernel",
      "good.json",
      "--x",
      "empty.npz",
      "--out",
      "k",
    );
  });

  test("a prediction that does not fit says what it needs and how much to allow", async () => {
    const args = ["predict", "good.json", "--train", "zero-one.npz", "--test", "x.npz", "--out", "p.npz"];
    const ended = await foretrain(folder, ...args, "--memory", "1kB");
    expect(ended.code).toBe(2);
    const needed = /eigenbasis .*results .*--memory (\d+)\)/.exec(ended.stderr)![1]!;
    const enough = await foretrain(folder, ...args, "--memory", needed, "--diag-reg", "1e-6");
    expect(enough.code).toBe(0);
    rmSync(join(folder, "p.npz"));
  });

  test("usage mistakes name the option", async () => {
    await refuses(
      2,
      [/--time/, /-1/],
      "predict",
      "good.json",
      "--train",
      "x.npz",
      "--test",
      "x.npz",
      "--time",
      "-1",
      "--out",
      "p.npz",
    );
    const gd = ["predict", "good.json", "--train", "x.npz", "--test", "x.npz", "--learning-rate", "1"];
    await refuses(2, [/--steps/, /1\.5 is no whole number/], ...gd, "--steps", "10,1.5", "--out", "p.npz");
    const never = ["predict", "good.json", "--train", "zero-one.npz", "--test", "x.npz", "--out", "p.npz"];
    await refuses(2, [/--learning-rate/, /number > 0/], ...never, "--learning-rate", "0", "--steps", "5");
    await refuses(
      3,
      [/error: gradient descent with learning rate 1000 does not converge, the limit is/],
      ...[...never, "--learning-rate", "1000", "--steps", "inf", "--diag-reg", "0.01"],
    );
    await refuses(2, [/unknown option/], "forecast", "good.json", "--dats", "mnist");
    await refuses(2, [/nosuch\.json/], "forecast", "nosuch.json");
    await refuses(2, [/tahn/, /tanh/], "phase", "--activation", "tahn", "--out", "p.npz");
  });
});
