import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { VERSION } from "../../src/version.js";

const root = resolve(import.meta.dirname, "../..");
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

describe("package.json", () => {
  test("has the version that the code reports", () => {
    expect(manifest.version).toBe(VERSION);
  });

  test("pins every run-time dependency to one version", () => {
    for (const [name, range] of Object.entries(manifest.dependencies))
      expect(`${name}@${range}`).toMatch(/@\d+\.\d+\.\d+$/);
  });

  test("locks no registry address", () => {
    expect(readFileSync(join(root, "package-lock.json"), "utf8")).not.toContain('"resolved": "http');
  });
});

describe("the packed tarball, installed in an empty folder", () => {
  let folder = "";
  const npm = (args: string[], cwd: string) =>
    execFileSync("npm", [...args, "--no-audit", "--no-fund", "--loglevel=error"], {
      cwd,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    });

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "foretrain-package-"));
    npm(["pack", "--ignore-scripts", "--pack-destination", folder], root);
    const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"))!;
    writeFileSync(
      join(folder, "package.json"),
      JSON.stringify({ name: "user", private: true, type: "module" }),
    );
    npm(["install", "--omit=dev", "--prefer-offline", `./${tarball}`], folder);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const node = (args: string[]) => execFileSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
  const cli = () => join(folder, "node_modules", ".bin", "foretrain");

  test("computes a kernel through the library", () => {
    writeFileSync(
      join(folder, "use.mjs"),
      `import { computeKernel, dense, input, network, relu } from "foretrain";
       const net = network(input([2]), dense(8, { weightVariance: 2 }), relu(), dense(1));
       const x = { data: Float64Array.of(1, 0, 0, 1), shape: [2, 2] };
       const { nngp } = await computeKernel(net, x, null, { get: ["nngp"] });
       console.log(JSON.stringify([...nngp.data]));`,
    );
    const [aa, ab, ba, bb] = JSON.parse(node(["use.mjs"])) as [number, number, number, number];
    expect(aa).toBeWithinRelative(0.5, 1e-15); // E relu(u)^2 = q / 2, q = 2 |x|^2 / 2
    expect(bb).toBe(aa);
    expect(ab).toBeWithinRelative(1 / (2 * Math.PI), 1e-15); // arc-cosine kernel at a right angle
    expect(ba).toBe(ab);
  });

  test("reads and writes files through foretrain/node", () => {
    writeFileSync(
      join(folder, "files.mjs"),
      `import { readNpzFile, writeNpzFile } from "foretrain/node";
       await writeNpzFile("x.npz", { x: { data: Float64Array.of(1, 0, 0, 1), shape: [2, 2] } });
       const { x } = await readNpzFile("x.npz");
       console.log(JSON.stringify({ shape: x.shape, data: [...x.data] }));`,
    );
    expect(JSON.parse(node(["files.mjs"]))).toEqual({ shape: [2, 2], data: [1, 0, 0, 1] });
  });

  test("runs the command line", () => {
    expect(execFileSync(cli(), ["--version"], { encoding: "utf8" }).trim()).toBe(VERSION);
    const out = execFileSync(
      cli(),
      ["kernel", "preset:fcn?depth=1&input=2", "--x", "x.npz", "--out", "k.npz", "--json", "--quiet"],
      { cwd: folder, encoding: "utf8" },
    );
    expect(JSON.parse(out).plan.shape).toEqual([2, 2]);
    expect(readdirSync(folder)).toContain("k.npz");
  });

  test("holds no tests, sources of other parts or data", () => {
    const names = readdirSync(join(folder, "node_modules", "foretrain"));
    expect(names.sort()).toEqual(["LICENSE", "README.md", "dist", "examples", "package.json"]);
  });
});
