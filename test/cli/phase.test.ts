import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseActivation, parseRange, phaseCommand } from "../../src/cli/commands/phase.js";
import { openTerminal } from "../../src/cli/terminal.js";
import { readNpz } from "../../src/data/index.js";
import { isForetrainError } from "../../src/errors.js";
import { foretrain } from "./foretrain.js";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "foretrain-phase-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const context = () => ({ terminal: openTerminal({ quiet: true }), signal: new AbortController().signal });

describe("parseRange", () => {
  test("includes both ends exactly", () => {
    expect([...parseRange("--weight-variance", "0:0.3:4")]).toEqual([
      0,
      expect.closeTo(0.1, 15),
      expect.closeTo(0.2, 15),
      0.3,
    ]);
  });

  test.each([
    "1",
    "1:2",
    "1:2:3:4",
    "a:2:3",
    ":2:3",
    "-1:2:3",
    "2:1:3",
    "1:1:2",
    "0:1:1",
    "0:1:2.5",
    "0:Infinity:3",
    "0:1:NaN",
  ])("refuses %s, naming the flag and the form", (text) => {
    expect(() => parseRange("--bias-variance", text)).toThrow(/--bias-variance: got ".*start:stop:count/);
  });
});

describe("a range that is none says what is wrong with it", () => {
  test.each([
    ["0:inf:5", /start and stop must be finite numbers >= 0/],
    ["0:1:2.5", /the count must be a whole number from 2 to/],
    ["2:1:3", /start must be less than stop/],
    ["1:2", /there are 2 parts, not 3/],
  ])("%s", (text, words) => {
    expect(() => parseRange("--weight-variance", text)).toThrow(words);
  });
});

describe("parseActivation", () => {
  test("takes parameters after the name", () => {
    expect(parseActivation("tanh").name).toBe("tanh");
    expect(parseActivation("leakyRelu?slope=0.2").value(-1)).toBeCloseTo(-0.2, 15);
    expect(parseActivation("polynomial?coefficients=1,0,2").value(2)).toBe(9);
    expect(parseActivation("erf?a=2&b=0.5&c=0.1").value(0)).toBeCloseTo(0.1, 15);
  });

  test("takes a formula of x, also as the parameter that it is", () => {
    expect(parseActivation("x*tanh(x)").value(-1)).toBeCloseTo(Math.tanh(1), 15);
    expect(parseActivation("x").value(3)).toBe(3);
    expect(() => parseActivation("x*tahn(x)")).toThrow(/there is no "tahn"(.|\n)*\n {4}\^\^\^\^/);
  });

  test("refuses what is no parameter and what is no activation", () => {
    expect(() => parseActivation("leakyRelu?slope")).toThrow(/key=number/);
    expect(() => parseActivation("leakyRelu?slope=big")).toThrow(/key=number/);
    expect(() => parseActivation("tahn")).toThrow(/tanh/);
  });
});

describe("phaseCommand", () => {
  test("draws the quantity that is asked for, of the part that a network repeats", async () => {
    const out = join(folder, "net.npz");
    const svg = join(folder, "net.svg");
    const { text, json } = await phaseCommand(
      {
        network: "preset:residual-fcn?depth=6&activation=erf",
        weightVariance: "0.5:2:4",
        biasVariance: "0:0.2:3",
        quantity: "cStar",
        out,
        svg,
      },
      context(),
    );
    expect(json).toMatchObject({ noFixedPoint: 12, statuses: { "sub-exponentially chaotic": 12 } });
    expect(text).toContain("by status: 12 sub-exponentially chaotic");
    const arrays = readNpz(readFileSync(out));
    expect(arrays["phase"]!.shape).toEqual([3, 4]);
    expect([...arrays["phase"]!.data].every((code) => code === 1)).toBe(true);
    expect(readFileSync(svg, "utf8")).toContain("Fixed point of the correlation");
  });

  test("of a plain network is the diagram of its activation", async () => {
    const ranges = { weightVariance: "0.5:2:6", biasVariance: "0.05:0.18:2" };
    const [a, b] = [join(folder, "a.npz"), join(folder, "b.npz")];
    await phaseCommand({ activation: "erf", ...ranges, out: a }, context());
    await phaseCommand({ network: "preset:fcn?depth=3&activation=erf", ...ranges, out: b }, context());
    expect(readFileSync(a).equals(readFileSync(b))).toBe(true);
  });

  test("of a formula is the diagram of the function that it writes, also in a network", async () => {
    const ranges = { weightVariance: "0.5:2:4", biasVariance: "0.05:0.18:2" };
    const outs = ["named", "formula", "net"].map((name) => join(folder, `${name}.npz`));
    await phaseCommand({ activation: "tanh", ...ranges, out: outs[0]! }, context());
    await phaseCommand({ activation: "2*sigmoid(2*x) - 1", ...ranges, out: outs[1]! }, context());
    const file = join(folder, "formula.json");
    const layers = [
      { kind: "dense", units: 8 },
      { kind: "activation", name: "expression", expression: "2*sigmoid(2*x) - 1" },
      { kind: "dense", units: 1 },
    ];
    writeFileSync(file, JSON.stringify({ foretrain: 1, input: [3], layers }));
    await phaseCommand({ network: file, ...ranges, out: outs[2]! }, context());
    const [named, formula, net] = outs.map((path) => readNpz(readFileSync(path)));
    for (const name of ["qStar", "chi1", "cStar", "xiC"]) {
      // both by quadrature, of two spellings that round differently
      const expected = [...named![name]!.data];
      [...formula![name]!.data].forEach((value, i) => {
        if (Number.isFinite(expected[i]!)) expect(value).toBeWithinRelative(expected[i]!, 1e-9);
        else expect(value).toBe(expected[i]);
      });
      expect([...net![name]!.data]).toEqual([...formula![name]!.data]);
    }
  });

  test("takes an activation or a network", async () => {
    const rest = { weightVariance: "0.5:2:6", biasVariance: "0:1:2", out: join(folder, "x.npz") };
    await expect(phaseCommand(rest, context())).rejects.toThrow(/neither --activation nor --network/);
    await expect(
      phaseCommand({ ...rest, activation: "erf", network: "preset:fcn" }, context()),
    ).rejects.toThrow(/both --activation and --network/);
  });

  test("draws what is known of an activation whose expectations do not settle everywhere, and says what is not", async () => {
    const [out, svg] = [join(folder, "waves.npz"), join(folder, "waves.svg")];
    const { code, stdout, stderr } = await foretrain(
      folder,
      ...[
        "phase",
        "--activation",
        "abs(sin(x))+x/2",
        "--weight-variance",
        "1:5:5",
        "--bias-variance",
        "0.1:0.4:2",
      ],
      ...["--out", out, "--svg", svg, "--json"],
    );
    // the diagram is there, but not all of it
    expect(code).toBe(3);
    const json = JSON.parse(stdout);
    expect(json).toMatchObject({
      points: 10,
      ordered: 2,
      chaotic: 4,
      noFixedPoint: 0,
      unsettled: 4,
      unsettledCorrelation: 0,
      unsettledWithin: { weightVariance: [4, 5], biasVariance: [0.1, 0.4] },
    });
    expect(stderr).toMatch(/unsettled: of 10 points 4 have no phase.*sigma_w\^2 = 4 to 5.*is not known/);
    const arrays = readNpz(readFileSync(out));
    expect([...arrays["unsettled"]!.data]).toEqual([0, 0, 0, 1, 1, 0, 0, 0, 1, 1]);
    const picture = readFileSync(svg, "utf8");
    expect(picture).toMatch(/clip-path="url\(#[^"]*-unsettled\)"/);
    expect(picture).toContain(">unsettled<");
    expect(picture).not.toContain("no fixed point");
  });

  test("says that q grows by sigma_w^2 / 2 per layer of relu beyond 2, and refuses what has no length map", async () => {
    const out = join(folder, "relu.npz");
    const ranges = { weightVariance: "1:3:5", biasVariance: "0:1:2" };
    const { text } = await phaseCommand({ activation: "relu", ...ranges, out }, context());
    expect(text).toContain("q grows by a factor sigma_w^2 / 2 per layer");
    await expect(phaseCommand({ activation: "reciprocal", ...ranges, out }, context())).rejects.toThrow(
      /no length map/,
    );
  });

  test("writes the maps and the picture, and says where the critical line is", async () => {
    const out = join(folder, "erf.npz");
    const svg = join(folder, "erf.svg");
    const { text, json } = await phaseCommand(
      { activation: "erf", weightVariance: "0.5:2:16", biasVariance: "0.05:0.18:2", out, svg },
      context(),
    );
    const arrays = readNpz(readFileSync(out));
    expect(Object.fromEntries(Object.entries(arrays).map(([name, { shape }]) => [name, shape]))).toEqual({
      weightVariance: [16],
      biasVariance: [2],
      ...Object.fromEntries(
        ["qStar", "cStar", "chi1", "chiC", "xi1", "xiC", "xiStar", "phase", "unsettled"].map((name) => [
          name,
          [2, 16],
        ]),
      ),
    });
    // sigma_w^2 = 1.5, sigma_b^2 = 0.05 is column 10 of row 0
    expect(arrays["weightVariance"]!.data[10]).toBeCloseTo(1.5, 14);
    expect(arrays["qStar"]!.data[10]).toBeWithinRelative(0.601753167, 1e-7);
    expect(arrays["cStar"]!.data[10]).toBeWithinRelative(0.82053, 1e-6);
    expect(text).toMatch(/sigma_b\^2 = 0\.05: sigma_w\^2 = 1\.37583/);
    expect(json).toMatchObject({ out, svg, points: 32, noFixedPoint: 0 });
    expect(readFileSync(svg, "utf8")).toMatch(/^<svg/);
  });

  test("draws an activation without chi_1 too", async () => {
    const svg = join(folder, "sign.svg");
    const { text } = await phaseCommand(
      {
        activation: "sign",
        weightVariance: "0.5:2:4",
        biasVariance: "0:1:3",
        out: join(folder, "sign.npz"),
        svg,
      },
      context(),
    );
    expect(text).toMatch(/no critical line/);
    expect(readFileSync(svg, "utf8")).toMatch(/^<svg/);
  });

  const counts = async (activation: string, weightVariance: string, biasVariance: string) => {
    const out = join(folder, "counts.npz");
    const { text, json } = await phaseCommand({ activation, weightVariance, biasVariance, out }, context());
    const { ordered, critical, chaotic, noFixedPoint, noSlope, points } = json as Record<string, number>;
    expect(ordered! + critical! + chaotic! + noFixedPoint! + noSlope!).toBe(points);
    return { text, counts: [ordered, critical, chaotic, noFixedPoint, noSlope] };
  };

  test("needs no npz for a picture, whose critical line follows the bend beside sigma_b^2 = 0", async () => {
    const svg = join(folder, "only.svg");
    const wide = { activation: "tanh", weightVariance: "0.5:2:16", biasVariance: "0:0.2:3", svg };
    const { json, text } = await phaseCommand(wide, context());
    expect(json).toMatchObject({ out: null, svg });
    expect(text).toMatch(/^wrote .*only\.svg: maps \[3, 16\]/m);
    const lines = [...readFileSync(svg, "utf8").matchAll(/stroke-width="2\.25" d="([^"]*)"/g)];
    // two rows reach the line inside of this range, twelve points are between the lowest two
    expect(lines[0]![1]!.match(/[ML]/g)!.length).toBeGreaterThanOrEqual(12);
  });

  test("draws each level of a depth scale as one line on each side of the critical line, not as beads along it", async () => {
    const svg = join(folder, "xi.svg");
    const contours = async (quantity: "xi1" | "xiC" | "xiStar") => {
      const range = { weightVariance: "0.5:3:26", biasVariance: "0.05:0.4:8" };
      await phaseCommand({ activation: "tanh", ...range, quantity, svg }, context());
      const group = /<g class="ft-map-line" stroke-width="0\.75"[^>]*>(.*?)<\/g>/s.exec(
        readFileSync(svg, "utf8"),
      )!;
      return group[1]!.match(/<path/g)!.length;
    };
    // 1, 2, 5, ..., 1000 layers: ten levels at most, of which xi_1 = 1 is on the ordered side only
    for (const quantity of ["xi1", "xiC"] as const) {
      expect(await contours(quantity)).toBeGreaterThanOrEqual(12);
      expect(await contours(quantity)).toBeLessThanOrEqual(20);
    }
    // beyond the line, where there is no xi_*, nothing is drawn
    expect(await contours("xiStar")).toBeGreaterThanOrEqual(5);
    expect(await contours("xiStar")).toBeLessThanOrEqual(10);
  });

  test("the critical line of a network bends beside sigma_b^2 = 0 as that of its activation does", async () => {
    const file = join(folder, "net.json");
    const block = [
      { kind: "activation", name: "tanh" },
      { kind: "dense", units: 8 },
    ];
    const layers = [
      { kind: "dense", units: 8 },
      { kind: "repeat", times: 5, layers: block },
    ];
    writeFileSync(file, JSON.stringify({ foretrain: 1, input: [4], layers }));
    const drawn = async (what: { activation: string } | { network: string }) => {
      const svg = join(folder, "bend.svg");
      await phaseCommand({ ...what, weightVariance: "0.5:2:16", biasVariance: "0:0.2:3", svg }, context());
      return /stroke-width="2\.25" d="([^"]*)"/.exec(readFileSync(svg, "utf8"))![1]!;
    };
    expect(await drawn({ network: file })).toBe(await drawn({ activation: "tanh" }));
  });

  test("does not call relu beyond 2 chaotic in the picture either", async () => {
    const svg = join(folder, "relu.svg");
    await phaseCommand(
      { activation: "relu", weightVariance: "0.5:4:12", biasVariance: "0:1:6", svg },
      context(),
    );
    const drawn = readFileSync(svg, "utf8");
    expect(drawn).toContain("q grows");
    expect(drawn).not.toMatch(/>chaotic</);
  });

  test("counts every point once: relu without a fixed point is not chaotic too", async () => {
    // sigma_w^2 = 1, 2, 3: ordered; critical at sigma_b^2 = 0 only, else q grows without bound
    const { counts: found, text } = await counts("relu", "1:3:3", "0:1:2");
    expect(found).toEqual([2, 1, 0, 3, 0]);
    expect(text).toMatch(/of 6 points 2 are ordered, 0 chaotic, 1 critical, 3 without a fixed point/);
  });

  test("says why an activation has no phase", async () => {
    const { counts: found, text } = await counts("sign", "1:3:3", "0:1:2");
    expect(found).toEqual([0, 0, 0, 0, 6]);
    expect(text).toMatch(/6 without chi_1 .*\n.*sign jumps: chi_1 is infinite/);
  });

  test("writes nothing when the arguments are wrong", async () => {
    const before = readdirSync(folder);
    const bad = [
      { activation: "tahn" },
      { weightVariance: "3:1:5" },
      { activation: "reciprocal" },
      { weightVariance: "0:1:20000", biasVariance: "0:1:20000" },
    ];
    for (const change of bad) {
      const options = {
        activation: "erf",
        weightVariance: "0.5:2:4",
        biasVariance: "0:1:3",
        out: join(folder, "bad.npz"),
        ...change,
      };
      await expect(phaseCommand(options, context())).rejects.toSatisfy((error) => isForetrainError(error));
    }
    expect(readdirSync(folder)).toEqual(before);
  });
});
