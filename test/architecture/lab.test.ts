import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { describe, expect, test } from "vitest";

/** The folders of lab/src from the roof to the ground; folders that share a floor do not know each other. */
const FLOORS: readonly (readonly string[])[] = [
  ["main.tsx", "worker.ts"],
  ["app"],
  ["pages"],
  ["figures"],
  ["controls"],
  ["engine", "state"],
];
/** What the lab is built with. */
const PACKAGES = ["foretrain", "preact", "preact/hooks", "@preact/signals", "uplot", "d3-array"];
const MOST_LINES = 400;

const src = resolve(import.meta.dirname, "../../lab/src");
const files = readdirSync(src, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.tsx?$/.test(name))
  .map((name) => name.split(sep).join("/"));

const textOf = (file: string) => readFileSync(join(src, file), "utf8").replace(/\/\*[\s\S]*?\*\//g, "");

const all = files.flatMap((from) => {
  const pattern =
    /(?:^|\n)\s*(?:import|export)\s+(?:type\s+)?(?:[^;'"]*?\sfrom\s+)?["']([^"']+)["']|import\(\s*["']([^"']+)["']\s*\)|new URL\(\s*["']([^"']+)["']/g;
  return [...textOf(from).matchAll(pattern)].map((match) => ({
    from,
    to: match[1] ?? match[2] ?? match[3]!,
  }));
});
const inner = all
  .filter(({ to }) => to.startsWith("."))
  .map(({ from, to }) => ({
    from,
    to: relative(src, resolve(dirname(join(src, from)), to))
      .split(sep)
      .join("/"),
  }));

const floorOf = (file: string) => FLOORS.findIndex((floor) => floor.includes(file.split("/")[0]!));

describe("the layers of lab/src", () => {
  test("every file stands on a known floor", () => {
    expect(files.length).toBeGreaterThan(20);
    expect(files.filter((file) => floorOf(file) < 0)).toEqual([]);
  });

  test("imports only point down, and none leaves the folder", () => {
    const wrong = inner.filter(({ from, to }) => {
      if (to.startsWith("..")) return true;
      if (from.split("/")[0] === to.split("/")[0]) return false;
      // the page starts its worker
      if (from === "main.tsx" && to === "worker.ts") return false;
      return floorOf(to) <= floorOf(from);
    });
    expect(wrong.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  test("pages do not know each other", () => {
    const pageOf = (file: string) => (/^pages\/[^/]+\//.test(file) ? file.split("/")[1]! : null);
    const wrong = inner.filter(({ from, to }) => {
      const [a, b] = [pageOf(from), pageOf(to)];
      return a !== null && b !== null && a !== b;
    });
    expect(wrong.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  test("the package is used by its public name alone, beside what draws and holds the page", () => {
    const outer = all.filter(({ to }) => !to.startsWith("."));
    const wrong = outer.filter(({ to }) => !PACKAGES.includes(to) && to !== "uplot/dist/uPlot.min.css");
    expect(wrong.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  test("no code is made of text: no eval, no Function", () => {
    const wrong = files.filter((file) => /\beval\s*\(|new Function\b|\bFunction\s*\(/.test(textOf(file)));
    expect(wrong).toEqual([]);
  });

  test("files are short", () => {
    const long = files.filter(
      (file) => readFileSync(join(src, file), "utf8").split("\n").length > MOST_LINES,
    );
    expect(long).toEqual([]);
  });
});
