import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseDepths } from "../../src/cli/commands/trainability.js";
import { readNpz, writeNpz } from "../../src/data/index.js";
import { halfCircles } from "../forecast/sample-data.js";
import { foretrain, startForetrain } from "./foretrain.js";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "foretrain-trainability-"));
  const { train, test: held } = halfCircles({ train: 40, test: 30 });
  const y = (labels: Int32Array) => ({ data: labels, shape: [labels.length] });
  writeFileSync(
    join(folder, "circles.npz"),
    writeNpz({ x_train: train.x, y_train: y(train.y), x_test: held.x, y_test: y(held.y) }),
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const NETWORK = "preset:fcn?depth=2&activation=erf&weightVariance=1.25&biasVariance=0.05";
const run = (...args: string[]) => foretrain(folder, "trainability", ...args);

describe("depths of the command line", () => {
  test("are lists, or ranges rounded to whole numbers, ascending and each once", () => {
    expect(parseDepths("8,1,2,1")).toEqual([1, 2, 8]);
    expect(parseDepths("0:10:3")).toEqual([0, 5, 10]);
    expect(parseDepths("1:4:9")).toEqual([1, 2, 3, 4]);
  });

  test.each(["", "1.5", "1,x", "-1", "1:2", "1:2:3:4", "5:1:3", "1:9:1", "0.5:3:2", "1:inf:3"])(
    "%s is refused with the form that is meant",
    (text) => {
      expect(() => parseDepths(text)).toThrow(/--depths: got ".*": .*; expected whole numbers such as/);
    },
  );
});

describe("foretrain trainability", () => {
  test("says that relu beyond 2 grows without bound, and why a chaotic network has no prediction at few layers", async () => {
    const few = ["--data", "circles.npz", "--train", "8", "--test", "2"];
    const relu = await run("preset:fcn?depth=2&activation=relu&weightVariance=3", ...few, "--depths", "1,4");
    expect(relu.stdout).toContain("no phase, q grows without bound by a factor 1.5 per layer");
    expect(relu.stdout).not.toMatch(/: chaotic/);
    const erf = "preset:fcn?depth=2&activation=erf&weightVariance=1.5&biasVariance=0.05";
    const chaotic = await run(erf, ...few, "--depths", "1,8,100");
    // p_aa = q* (chi_1^{l + 1} - 1) / (chi_1 - 1) = 0.60 (1.0347^9 - 1) / 0.0347 = 6.2 is less than p_ab* = 16.2
    expect(chaotic.stdout).toMatch(/no kappa is predicted for the ntk up to depth 8: .*has not yet outgrown/);
    expect(chaotic.stdout.match(/no kappa is predicted/g)).toHaveLength(1);
  });

  test("prints a table, writes the arrays and the picture, and nothing else", async () => {
    const args = ["--data", "circles.npz", "--depths", "1,10,100", "--train", "10", "--test", "6"];
    const before = readdirSync(folder);
    const { code, stdout, stderr } = await run(NETWORK, ...args, "--out", "t.npz", "--svg", "t.svg");
    expect([code, stderr]).toEqual([0, expect.stringContaining("circles")]);
    expect(stdout).toMatch(/erf, sigma_w\^2 = 1\.25, sigma_b\^2 = 0\.05: ordered/);
    expect(stdout).toMatch(/^ *ntk +lambda_max +bulk +lambda_min +kappa +predicted/m);
    expect(stdout).toMatch(/limit of max \|P Y\| at infinite depth/);
    expect(readdirSync(folder).sort()).toEqual([...before, "t.npz", "t.svg"].sort());
    const arrays = readNpz(readFileSync(join(folder, "t.npz")));
    expect([...arrays["depths"]!.data]).toEqual([1, 10, 100]);
    expect(arrays["ntk_eigenvalues"]!.shape).toEqual([3, 10]);
    expect(arrays["nngp_predictions"]!.shape).toEqual([3, 6, 2]);
    const [kappa, values] = [arrays["ntk_kappa"]!.data, arrays["ntk_eigenvalues"]!.data];
    expect(kappa[2]!).toBeWithinRelative(values[20]! / values[29]!, 1e-12);
    expect(readFileSync(join(folder, "t.svg"), "utf8")).toMatch(/^<svg .*condition number/s);

    const json = JSON.parse((await run(NETWORK, ...args, "--json")).stdout);
    expect(json).toMatchObject({ samples: 10, testSamples: 6, depths: [1, 10, 100], noTheory: null });
    expect(json.ntk.kappa).toEqual([...kappa]);
    expect(json.meanField.phase).toBe("ordered");
  });

  test("a dry run says what it would cost and computes nothing", async () => {
    const { code, stdout } = await run(NETWORK, "--data", "circles.npz", "--depths", "1:50:50", "--dry-run");
    expect(code).toBe(0);
    expect(stdout).toMatch(/train: 820 pairs through 50 blocks in one pass, .*\ntestTrain: 1200 pairs/);
  });

  const sign =
    '{"foretrain":1,"input":[2],"layers":[{"kind":"repeat","times":2,"layers":[{"kind":"dense","units":9},{"kind":"activation","name":"sign"}]},{"kind":"dense","units":2}]}';
  const linear = '{"foretrain":1,"input":[2],"layers":[{"kind":"dense","units":2}]}';
  test.each([
    [
      "one train sample",
      NETWORK,
      ["--train", "1"],
      /all 1 samples are of class .*expected at least two classes/,
    ],
    ["the ntk of sign", sign, [], /sign jumps.*--get nngp/],
    ["depth 2.5", NETWORK, ["--depths", "2.5"], /--depths: got "2.5"/],
    ["a network without a block", linear, [], /no hidden block that could be repeated/],
    ["another kernel", NETWORK, ["--get", "ntk,foo"], /--get: got "foo", expected ntk, nngp/],
    ["a network for other data", "preset:fcn?input=7&depth=2", [], /network\.input: got \[7\].*a sample of/],
  ] as const)("%s is refused, and nothing is written", async (_, network, args, message) => {
    const argument = network.startsWith("{") ? join(folder, "..", `net-${process.pid}.json`) : network;
    if (network.startsWith("{")) writeFileSync(argument, network);
    try {
      const before = readdirSync(folder);
      const { code, stdout, stderr } = await run(
        argument,
        "--data",
        "circles.npz",
        ...args,
        "--out",
        "never.npz",
      );
      expect([code, stdout]).toEqual([2, ""]);
      expect(stderr).toMatch(message);
      expect(readdirSync(folder)).toEqual(before);
    } finally {
      if (network.startsWith("{")) rmSync(argument);
    }
  });

  test("ends after a network on images, whose kernels workers compute depth by depth", async () => {
    const options = "--data mnist --depths 1 --train 8 --test 4 --get nngp --threads 2 --json".split(" ");
    const ended = await run("preset:cnn-pool?depth=1", ...options);
    expect(ended.code, ended.stderr).toBe(0);
    expect(JSON.parse(ended.stdout).nngp.kappa).toHaveLength(1);
  }, 20_000);

  test("Ctrl-C ends it with 130 and leaves nothing behind", async () => {
    const before = readdirSync(folder);
    const child = startForetrain(
      folder,
      ...["trainability", NETWORK, "--data", "circles.npz", "--depths", "1:10000:1000"],
      ...["--backend", "reference", "--out", "cut.npz"],
    );
    const code = new Promise<number | null>((done) => child.on("close", (status) => done(status)));
    // its first note says that the data are there and the computation begins
    child.stderr!.once("data", () => child.kill("SIGINT"));
    child.stdout!.resume();
    expect(await code).toBe(130);
    expect(readdirSync(folder)).toEqual(before);
  });
});
