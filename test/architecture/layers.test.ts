import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { describe, expect, test } from "vitest";

/** The folders of src/ from the roof to the ground: each may import from those below it only. */
const FLOORS = [
  "cli",
  "studies",
  "forecast",
  "runs",
  "report",
  "figures",
  "complexity",
  "normalization",
  "dynamics",
  "trainability",
  "finite",
  "kernels",
  "meanfield",
  "network",
  "activations",
  "data",
  "numeric",
  "threads",
  "wasm",
];
/** Files that every folder may use and that use nobody but each other. */
const LEAVES = ["errors.ts", "progress.ts", "references.ts", "version.ts"];
/** The public entries and those of workers, above everything except the command line. */
const ENTRIES = ["index.ts", "node.ts", "worker-node.ts", "worker-web.ts"];

const src = resolve(import.meta.dirname, "../../src");
const files = readdirSync(src, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => name.split(sep).join("/"))
  // another language (AssemblyScript), and what the build makes of it
  .filter((name) => !name.startsWith("wasm/assembly/") && !name.startsWith("wasm/generated/"));

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(src, file), "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
  const found: Import[] = [];
  const pattern =
    /(?:^|\n)\s*(import|export)\s+(type\s+)?(?:[^;'"]*?\sfrom\s+)?["']([^"']+)["']|import\(\s*["']([^"']+)["']\s*\)/g;
  for (const match of text.matchAll(pattern)) {
    found.push({ from: file, to: match[3] ?? match[4]!, typeOnly: match[2] !== undefined });
  }
  return found;
}

function target(item: Import): string {
  return relative(src, resolve(dirname(join(src, item.from)), item.to))
    .split(sep)
    .join("/")
    .replace(/\.js$/, ".ts");
}

const all = files.flatMap(importsOf);
const inner = all.filter((item) => item.to.startsWith(".")).map((item) => ({ ...item, to: target(item) }));
const folderOf = (file: string) => (file.includes("/") ? file.split("/")[0]! : file);

describe("the layers of src/", () => {
  test("every file stands on a known floor", () => {
    const unknown = files.filter((file) => ![...FLOORS, ...LEAVES, ...ENTRIES].includes(folderOf(file)));
    expect(unknown).toEqual([]);
  });

  test("imports only point down", () => {
    const upward = inner.filter(({ from, to }) => {
      const [a, b] = [folderOf(from), folderOf(to)];
      if (a === b || LEAVES.includes(b)) return false;
      if (LEAVES.includes(a)) return true;
      if (ENTRIES.includes(a)) return b === "cli" || b === "node.ts";
      if (ENTRIES.includes(b)) return true;
      return FLOORS.indexOf(b) <= FLOORS.indexOf(a);
    });
    expect(upward.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  test("no file imports itself in a circle", () => {
    const graph = new Map<string, string[]>();
    for (const { from, to, typeOnly } of inner) {
      if (!typeOnly) graph.set(from, [...(graph.get(from) ?? []), to]);
    }
    const circles: string[] = [];
    const done = new Set<string>();
    const visit = (file: string, path: string[]): void => {
      if (path.includes(file)) {
        circles.push([...path.slice(path.indexOf(file)), file].join(" -> "));
        return;
      }
      if (done.has(file)) return;
      for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
    expect(circles).toEqual([]);
  });

  test("node built-ins are imported by *-node.ts files, node.ts and the command line only", () => {
    const wrong = all.filter(
      ({ from, to }) =>
        to.startsWith("node:") &&
        !from.endsWith("-node.ts") &&
        !["node.ts", "worker-node.ts"].includes(from) &&
        folderOf(from) !== "cli",
    );
    expect(wrong.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  test("nothing that the isomorphic entry reaches needs Node", () => {
    const reached = new Set<string>();
    const visit = (file: string): void => {
      if (reached.has(file)) return;
      reached.add(file);
      for (const { from, to } of inner) if (from === file) visit(to);
    };
    visit("index.ts");
    // what #spawn is there
    visit("threads/spawn-web.ts");
    visit("worker-web.ts");
    expect([...reached].filter((file) => file.endsWith("-node.ts") || file === "node.ts")).toEqual([]);
    expect(all.filter(({ from, to }) => reached.has(from) && to.startsWith("node:"))).toEqual([]);
  });

  test("a worker starts no workers, and needs no import map for packages or conditions", () => {
    const reached = new Set<string>();
    const visit = (file: string): void => {
      if (reached.has(file)) return;
      reached.add(file);
      for (const { from, to, typeOnly } of inner) if (from === file && !typeOnly) visit(to);
    };
    visit("worker-web.ts");
    const bare = all.filter(
      ({ from, to, typeOnly }) => reached.has(from) && !typeOnly && !to.startsWith("."),
    );
    expect(bare.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  test("relative imports name the compiled file", () => {
    const wrong = all.filter(({ to }) => to.startsWith(".") && !to.endsWith(".js"));
    expect(wrong.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  test("the product never reads the spec folder of its makers", () => {
    const wrong = files.filter((file) => readFileSync(join(src, file), "utf8").includes("../shared"));
    expect(wrong).toEqual([]);
  });
});
