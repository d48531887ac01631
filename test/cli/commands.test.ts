import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readNpz, writeNpz } from "../../src/data/index.js";
import type { Forecast } from "../../src/forecast/index.js";
import { computeKernel } from "../../src/kernels/index.js";
import { preset } from "../../src/network/index.js";
import { verifyRun } from "../../src/runs/index-node.js";
import { halfCircles } from "../forecast/sample-data.js";
import { BIN, foretrain, startForetrain } from "./foretrain.js";

let folder = "";
const { train, test: held } = halfCircles({ train: 40, test: 30 });
const NETWORK = "preset:fcn?depth=2&activation=erf&weightVariance=1.8&biasVariance=0.1";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "foretrain-cli-"));
  const y = (labels: Int32Array) => ({ data: labels, shape: [labels.length] });
  writeFileSync(join(folder, "train.npz"), writeNpz({ x: train.x, y: y(train.y) }));
  writeFileSync(join(folder, "test.npz"), writeNpz({ x: held.x, y: y(held.y) }));
  writeFileSync(
    join(folder, "circles.npz"),
    writeNpz({ x_train: train.x, y_train: y(train.y), x_test: held.x, y_test: y(held.y) }),
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const arrays = (name: string) => readNpz(readFileSync(join(folder, name)));

describe("foretrain kernel", () => {
  test("writes the matrices of the library, bit for bit", async () => {
    const { code, stdout } = await foretrain(
      folder,
      "kernel",
      NETWORK,
      "--x",
      "test.npz",
      "--x2",
      "train.npz",
      "--out",
      "k.npz",
    );
    expect(code).toBe(0);
    expect(stdout).toContain("k.npz");
    const net = preset("fcn", {
      input: [2],
      depth: 2,
      activation: "erf",
      weightVariance: 1.8,
      biasVariance: 0.1,
    });
    const { nngp, ntk } = await computeKernel(net, held.x, train.x);
    const written = arrays("k.npz");
    expect(written["nngp"]!.shape).toEqual([30, 40]);
    expect(written["nngp"]!.data).toEqual(nngp.data);
    expect(written["ntk"]!.data).toEqual(ntk.data);
  });

  test("--dry-run costs nothing and writes nothing", async () => {
    const before = readdirSync(folder);
    const { code, stdout } = await foretrain(
      folder,
      "kernel",
      NETWORK,
      "--x",
      "train.npz",
      "--dry-run",
      "--json",
    );
    expect(code).toBe(0);
    const { plan } = JSON.parse(stdout);
    expect(plan).toMatchObject({ shape: [40, 40], symmetric: true, fits: true });
    expect(plan.bytes.result).toBe(2 * 40 * 40 * 8);
    expect(readdirSync(folder)).toEqual(before);
  });

  test("--dtype float32 halves the file's element size", async () => {
    await foretrain(
      folder,
      "kernel",
      NETWORK,
      "--x",
      "train.npz",
      "--get",
      "ntk",
      "--dtype",
      "float32",
      "--out",
      "k32.npz",
    );
    const { ntk, nngp } = arrays("k32.npz");
    expect(ntk!.data).toBeInstanceOf(Float32Array);
    expect(nngp).toBeUndefined();
  });
});

describe("standard output as the file", () => {
  test.skipIf(process.platform === "win32")("holds the npz alone; the summary goes to stderr", async () => {
    const shell = `"${process.execPath}" "${BIN}" kernel "${NETWORK}" --x train.npz --out /dev/stdout | cat > piped.npz`;
    const { stderr } = spawnSync("/bin/sh", ["-c", shell], { cwd: folder, encoding: "utf8" });
    expect(stderr).toMatch(/wrote \/dev\/stdout: nngp, ntk \[40, 40\]/);
    expect(arrays("piped.npz")["ntk"]!.shape).toEqual([40, 40]);
  });
});

describe("foretrain predict", () => {
  test("writes mean, covariance and times, and reports accuracy and conditioning", async () => {
    const out = await foretrain(
      folder,
      ...[
        "predict",
        NETWORK,
        "--train",
        "train.npz",
        "--test",
        "test.npz",
        "--time",
        "0,10,inf",
        "--diag-reg",
        "1e-6",
      ],
      ...["--out", "p.npz", "--json"],
    );
    expect(out.code).toBe(0);
    const report = JSON.parse(out.stdout);
    expect(report.scores).toHaveLength(3);
    expect(report.scores[2].accuracy).toBeGreaterThan(0.8);
    expect(report.conditioning).toMatchObject({ effectiveRank: 40 });
    const { mean, covariance, times } = arrays("p.npz");
    expect(mean!.shape).toEqual([3, 30, 2]);
    expect(covariance!.shape).toEqual([3, 30, 30]);
    expect(Array.from(times!.data)).toEqual([0, 10, Number.POSITIVE_INFINITY]);
    // at time 0 every network is its own initial function: mean 0, covariance the NNGP kernel
    expect(mean!.data.subarray(0, 60).every((value) => value === 0)).toBe(true);
    const net = preset("fcn", {
      input: [2],
      depth: 2,
      activation: "erf",
      weightVariance: 1.8,
      biasVariance: 0.1,
      classes: 2,
    });
    const { nngp } = await computeKernel(net, held.x, null, { get: ["nngp"] });
    expect(covariance!.data.subarray(0, 900)).toAllBeWithinRelative(nngp.data, 1e-12);
  });

  test("--std is the root of the covariance's diagonal, for descent by steps", async () => {
    const args = [
      "predict",
      NETWORK,
      "--train",
      "train.npz",
      "--test",
      "test.npz",
      "--learning-rate",
      "0.1",
      "--steps",
      "5,500",
    ];
    await foretrain(folder, ...args, "--out", "full.npz");
    await foretrain(folder, ...args, "--std", "--out", "std.npz");
    const { covariance } = arrays("full.npz");
    const { std } = arrays("std.npz");
    const roots = Array.from({ length: 60 }, (_, i) =>
      Math.sqrt(covariance!.data[Math.floor(i / 30) * 900 + (i % 30) * 31]!),
    );
    expect(std!.data).toAllBeWithinRelative(roots, 1e-9, 1e-3);
  });

  test("test labels are those of the train samples, however many classes the test file has", async () => {
    // three well separated classes; the network must get nearly all right when the labels are matched
    const x = (labels: readonly number[]) => ({
      data: Float64Array.from(
        labels.flatMap((label, i) =>
          [label === 4, label === 6, label === 9].map((hit) => (hit ? 3 : 0) + Math.sin(7 * i)),
        ),
      ),
      shape: [labels.length, 3],
    });
    const write = (name: string, labels: readonly number[]) =>
      writeFileSync(
        join(folder, name),
        writeNpz({ x: x(labels), y: { data: Int32Array.from(labels), shape: [labels.length] } }),
      );
    write(
      "three.npz",
      Array.from({ length: 30 }, (_, i) => [4, 6, 9][i % 3]!),
    );
    const run = async (labels: readonly number[]) => {
      write("some.npz", labels);
      const args = ["predict", NETWORK, "--train", "three.npz", "--test", "some.npz", "--diag-reg", "1e-3"];
      const { code, stdout } = await foretrain(folder, ...args, "--std", "--out", "some-out.npz", "--json");
      expect(code).toBe(0);
      return JSON.parse(stdout).scores[0].accuracy as number;
    };
    expect(await run([9, 6, 6, 9, 9, 6])).toBe(1);
    expect(await run([9, 9, 9])).toBe(1);
    expect(await run([6])).toBe(1);
  });

  test("without test labels it says why there are no scores", async () => {
    writeFileSync(join(folder, "no-y.npz"), writeNpz({ x: held.x }));
    const args = [
      "predict",
      NETWORK,
      "--train",
      "train.npz",
      "--test",
      "no-y.npz",
      "--diag-reg",
      "1e-6",
      "--std",
    ];
    const { stdout } = await foretrain(folder, ...args, "--out", "no-y-out.npz");
    expect(stdout).toMatch(/no scores: no-y\.npz has no y/);
  });

  test("a learning rate above the limit is warned about, and its losses are marked", async () => {
    const args = [
      "predict",
      NETWORK,
      "--train",
      "train.npz",
      "--test",
      "test.npz",
      "--std",
      "--out",
      "gd.npz",
    ];
    const limit = JSON.parse(
      (await foretrain(folder, ...args, "--time", "1", "--json")).stdout,
    ).largestLearningRate;
    const at = (rate: number) => [...args, "--learning-rate", String(rate), "--steps", "0,1000"];
    const below = await foretrain(folder, ...at(0.99 * limit), "--json");
    expect(JSON.parse(below.stdout).warnings).toEqual([]);
    expect(below.stderr).not.toContain("warning");
    const above = await foretrain(folder, ...at(1.5 * limit), "--json");
    expect(above.code).toBe(0);
    expect(above.stderr).toMatch(/warning: learning rate .* is above the largest stable one.*diverges/);
    expect(JSON.parse(above.stdout).warnings).toEqual([expect.stringContaining("diverges")]);
    const text = (await foretrain(folder, ...at(1.5 * limit), "--quiet")).stdout;
    expect(text).toMatch(/step 0: .*%$/m);
    expect(text).toMatch(/step 1,000: .*\(diverging\)$/m);
  });

  test("of the last layer alone works for an activation without an ntk", async () => {
    const net = "preset:fcn?depth=1&activation=sign&weightVariance=1";
    const args = ["predict", net, "--train", "train.npz", "--test", "test.npz", "--std", "--out", "sign.npz"];
    expect((await foretrain(folder, ...args, "--get", "nngp", "--diag-reg", "1e-6")).code).toBe(0);
    expect((await foretrain(folder, ...args, "--get", "ntk")).stderr).toMatch(/sign jumps/);
  });
});

describe("foretrain forecast --verify", () => {
  const args = ["forecast", "preset:fcn?depth=1&width=64", "--data", "circles.npz", "--verify"];

  test("says which band it promises, and how far trained networks keep to it", async () => {
    const { code, stdout } = await foretrain(
      folder,
      ...[...args, "--steps", "20", "--verify-networks", "2", "--out", "verified"],
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/band: the predicted mean ± 2 standard deviations of single networks/);
    const [, of, ...counts] =
      /mean of the 2 trained networks inside at, of (\d+) steps: test accuracy (\d+), test loss (\d+), train accuracy (\d+), train loss (\d+)/.exec(
        stdout,
      )!;
    const { steps, quantities } = JSON.parse(
      readFileSync(join(folder, "verified", "forecast.json"), "utf8"),
    ).verification;
    expect(Number(of)).toBe(steps.length);
    expect(counts.map(Number)).toEqual(
      ["testAccuracy", "testLoss", "trainAccuracy", "trainLoss"].map((name) => quantities[name].inside.mean),
    );
    const figure = readFileSync(join(folder, "verified", "verification.svg"), "utf8");
    expect(figure).toContain("single networks, mean ± 2 standard deviations");
    expect(figure).not.toContain("10–90 %");
  });

  test("networks that a learning rate throws out end it with code 3, the limits named and the report written", async () => {
    const out = ["--steps", "50", "--learning-rate", "1000", "--verify-networks", "2", "--out", "thrown"];
    const { code, stdout, stderr } = await foretrain(folder, ...args, ...out, "--quiet");
    expect(code).toBe(3);
    expect(stderr).toMatch(
      /^error: training diverges at the learning rate 1,?000: the largest stable one, 2 \/ lambda_max, is \S+ at infinite width and \S+ for the first trained network/,
    );
    expect(stdout).toMatch(/Trained networks of width 64 diverge: training diverged at step \d+/);
    expect(readdirSync(join(folder, "thrown"))).toContain("report.html");
    // without networks the divergence is what was asked for
    expect((await foretrain(folder, ...args.slice(0, -1), ...out.slice(0, 4), "--out", "told")).code).toBe(0);
  });
});

describe("foretrain forecast", () => {
  test("writes a whole run folder and nothing beside it", async () => {
    const { code, stdout, stderr } = await foretrain(
      folder,
      ...[
        "forecast",
        NETWORK,
        "--data",
        "circles.npz",
        "--normalization",
        "none",
        "--ensemble",
        "4",
        "--steps",
        "1000",
      ],
      ...["--seed", "5", "--out", "run", "--json"],
    );
    expect(stderr).not.toContain("error");
    expect(code).toBe(0);
    const forecast = JSON.parse(stdout) as Forecast;
    expect(forecast.spec.data).toMatchObject({ train: 40, test: 30 });
    expect(forecast.reproduce).toMatchObject({ seed: 5 });
    expect(forecast.reproduce.command).toContain("foretrain forecast 'preset:fcn?depth=2");
    expect(readdirSync(join(folder, "run")).sort()).toEqual([
      "complexity.npz",
      "complexity.svg",
      "curves.npz",
      "curves.svg",
      "depth.svg",
      "forecast.json",
      "kernels.npz",
      "phase-diagram.svg",
      "report.html",
      "run.json",
      "signal.svg",
      "spec.json",
      "spectrum.npz",
      "spectrum.svg",
    ]);
    expect(await verifyRun(join(folder, "run"))).toEqual([]);
    expect(readdirSync(folder).filter((name) => name.startsWith("."))).toEqual([]);
    const page = readFileSync(join(folder, "run", "report.html"), "utf8");
    expect(page).toContain(forecast.verdict.sentence.split(",")[0]!);
    expect(page.replace(/data:image[^"]*/g, "")).not.toMatch(/<(script|link|iframe)|src="http|NaN|undefined/);
  });

  test("its spec.json makes the same forecast again", async () => {
    const first = readFileSync(join(folder, "run", "forecast.json"), "utf8");
    const { code } = await foretrain(
      folder,
      "forecast",
      join("run", "spec.json"),
      "--out",
      "again",
      "--quiet",
    );
    expect(code).toBe(0);
    const strip = (text: string) => ({ ...JSON.parse(text), reproduce: null });
    expect(strip(readFileSync(join(folder, "again", "forecast.json"), "utf8"))).toEqual(strip(first));
  });

  test("Ctrl-C ends it with 130, a command to run again, and nothing half-written", async () => {
    const before = readdirSync(folder).sort();
    const child = startForetrain(
      folder,
      ...["forecast", NETWORK, "--data", "circles.npz", "--ensemble", "2000", "--out", "stopped"],
    );
    let stderr = "";
    child.stderr!.on("data", (chunk) => {
      // the first note: the data are read, the work begins
      if (stderr === "") child.kill("SIGINT");
      stderr += chunk;
    });
    const code = await new Promise((done) => child.on("close", done));
    expect(stderr).toMatch(/interrupted; nothing was written/);
    expect(stderr).toContain("--out stopped");
    expect(code).toBe(130);
    expect(readdirSync(folder).sort()).toEqual(before);
  });
});

describe("help", () => {
  test("shows examples first, for the program and for each command", async () => {
    for (const command of [
      [],
      ["forecast"],
      ["kernel"],
      ["predict"],
      ["phase"],
      ["data"],
      ["data", "fetch"],
    ]) {
      const { code, stdout } = await foretrain(folder, ...command, "--help");
      expect(code).toBe(0);
      expect(stdout.startsWith("Examples:") || command[0] === "data").toBe(true);
      expect(stdout).toContain("Usage: foretrain");
    }
  });

  test("data list names all data sets with their source", async () => {
    const { stdout } = await foretrain(folder, "data", "list", "--json");
    const text = JSON.stringify(JSON.parse(stdout));
    for (const name of ["mnist", "fashion-mnist", "cifar10", "digits"]) expect(text).toContain(`"${name}"`);
  });
});
