import { execFileSync, spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
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

describe("the lock file", () => {
  test("is complete: npm ci accepts it on every platform's optional packages, without installing", () => {
    const folder = mkdtempSync(join(tmpdir(), "foretrain-lock-"));
    try {
      for (const name of ["package.json", "package-lock.json"])
        copyFileSync(join(root, name), join(folder, name));
      // throws with npm's reason when a package of package.json is missing from the lock
      execFileSync("npm", ["ci", "--dry-run", "--no-audit", "--no-fund", "--loglevel=error"], {
        cwd: folder,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
      });
      const lock = JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8"));
      const locked = Object.entries(lock.packages as Record<string, { version?: string; link?: boolean }>);
      expect(locked.filter(([path, entry]) => path !== "" && entry.version === undefined)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test("one that lacks a package is refused", () => {
    const folder = mkdtempSync(join(tmpdir(), "foretrain-lock-"));
    try {
      const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
      delete lock.packages["node_modules/fflate"];
      copyFileSync(join(root, "package.json"), join(folder, "package.json"));
      writeFileSync(join(folder, "package-lock.json"), JSON.stringify(lock));
      const run = spawnSync("npm", ["ci", "--dry-run", "--no-audit", "--no-fund", "--loglevel=error"], {
        cwd: folder,
        encoding: "utf8",
      });
      expect(run.status).not.toBe(0);
      expect(run.stderr).toMatch(/fflate/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe("a failed installation", () => {
  test("names the registry only when the network is the reason", async () => {
    const script = new URL("../../scripts/setup.mjs", import.meta.url).href;
    const { installFailure } = (await import(script)) as { installFailure(output: string): string };
    expect(installFailure("npm error code EAI_AGAIN\nnpm error request to https://r/ failed")).toMatch(
      /registry/,
    );
    expect(installFailure("npm error code EUSAGE\nnpm error Missing: a@1 from lock file")).not.toMatch(
      /registry/,
    );
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

  test("has the site of the lab", () => {
    const site = join(folder, "node_modules", "foretrain", "dist", "lab");
    const page = readFileSync(join(site, "index.html"), "utf8");
    const scripts = [...page.matchAll(/(?:src|href)="(\.\/assets\/[^"]+)"/g)].map((match) => match[1]!);
    expect(scripts.length).toBeGreaterThan(0);
    expect(scripts.filter((name) => !existsSync(join(site, name)))).toEqual([]);
  });

  test("holds no tests, sources of other parts or data", () => {
    const names = readdirSync(join(folder, "node_modules", "foretrain"));
    expect(names.sort()).toEqual(["LICENSE", "README.md", "dist", "docs", "examples", "package.json"]);
  });

  test("holds every file that its pages link to", () => {
    const installed = join(folder, "node_modules", "foretrain");
    for (const page of ["README.md", "docs/benchmarks.md", "docs/trainability.md"]) {
      const text = readFileSync(join(installed, page), "utf8");
      const links = [...text.matchAll(/\]\(([^)#]+)[^)]*\)/g)].map((match) => match[1]!);
      const local = links.filter((link) => !/^[a-z]+:/.test(link));
      if (page === "README.md") expect(local).toContain("docs/benchmarks.md");
      const missing = local.filter((link) => !existsSync(resolve(installed, dirname(page), link)));
      expect(missing).toEqual([]);
    }
  });
});
