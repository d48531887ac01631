import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import * as api from "../../src/node.js";
import { studyPlace, THEORY_NOTES } from "../../src/studies/places.js";
import { studyFailure } from "../../src/studies/study-failure.js";
import { pages, root } from "./pages.js";

const notes = pages.find(({ path }) => path === THEORY_NOTES)!.text;
const formulas = [...notes.matchAll(/^(?: {4}|\| )\(([A-EO]\d+\.\d+)\)/gm)].map(([, id]) => id!);
/** [id, text] of every section. */
const sections = notes
  .split(/^<a id="/m)
  .slice(1)
  .map((text): [string, string] => [text.slice(0, text.indexOf('"')), text]);

/** The sources of the package and of the lab, by path. */
const sources = ["src", "lab/src"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name) && !/(^|[\\/])assembly[\\/]/.test(name))
    .map((name) => ({ path: `${folder}/${name}`, text: readFileSync(join(root, folder, name), "utf8") })),
);

const MENTION = /\btheory\s+notes\b/gi;
const CITATION = /\bTheory notes ([A-EO]\d+(?:\.\d+)?(?:, [A-EO]\d+(?:\.\d+)?)*)\.(?=\s)/g;

/** A comment's words without the stars that its lines begin with. */
const unwrapped = (text: string) => text.replace(/\n\s*(\*(?!\/)|\/\/) ?/g, "\n");

/** Numbers that a text cites. */
const citedIn = (text: string): string[] =>
  [...unwrapped(text).matchAll(CITATION)].flatMap(([, list]) => list!.split(", "));

/** Docstrings of an exported function, one for each file that has one of this name. */
function docstringsOf(name: string): string[] {
  const declaration = new RegExp(`\\*/\\nexport (?:async )?(?:function\\*? |const )${name}\\b`);
  return sources.flatMap(({ path, text }) => {
    const at = path.startsWith("src/") ? text.search(declaration) : -1;
    return at < 0 ? [] : [text.slice(text.lastIndexOf("/**", at), at)];
  });
}

describe("numbers of the theory notes in the source", () => {
  test("are cited in one form, and every one of them is in the notes", () => {
    const known = new Set([...formulas, ...sections.map(([id]) => id)]);
    const wrong: string[] = [];
    let count = 0;
    for (const { path, text } of sources) {
      const cited = citedIn(text);
      count += cited.length;
      for (const id of cited) if (!known.has(id)) wrong.push(`${path}: ${id}`);
      const mentions = unwrapped(text).match(MENTION)?.length ?? 0;
      const citations = unwrapped(text).match(CITATION)?.length ?? 0;
      if (mentions !== citations)
        wrong.push(`${path}: ${mentions - citations} not of the form "Theory notes C1.3."`);
    }
    expect(wrong).toEqual([]);
    expect(count).toBeGreaterThan(formulas.length);
  });

  test("lead from every formula to the place that computes it", () => {
    const cited = new Set(sources.flatMap(({ text }) => citedIn(text)));
    expect(formulas.filter((id) => !cited.has(id))).toEqual([]);
  });

  test("stand in the docstring of every function that the notes name for their section", () => {
    const wrong: string[] = [];
    let count = 0;
    for (const [id, text] of sections) {
      for (const [, name] of text.matchAll(/`([A-Za-z]\w*)`/g)) {
        count++;
        if (!(name! in api)) wrong.push(`${id}: ${name} is not public`);
        const cited = docstringsOf(name!).flatMap(citedIn);
        if (!cited.some((number) => number === id || number.startsWith(`${id}.`))) {
          wrong.push(`${id}: ${name} cites ${cited.join(", ") || "nothing"}`);
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(count).toBeGreaterThan(50);
  });

  test("are reached from the page of every study: it links to sections that lead to source that cites them", () => {
    const cited = new Set(
      sources.flatMap(({ text }) => citedIn(text)).flatMap((id) => [id, id.split(".")[0]!]),
    );
    const command = "foretrain study run";
    const lost: string[] = [];
    for (const study of api.studies()) {
      const entry = studyFailure(study, "failed", new Error("none"), { size: "quick", command });
      const page = api.renderGallery([entry], { linkTo: (path) => `../${path}` });
      const links = [...page.matchAll(/href="([^"#]*)#([A-EO]\d+)"/g)];
      expect(links.map(([, , id]) => id)).toEqual(studyPlace(study.id)!.formulas);
      for (const [, path, id] of links) {
        const there = sections.some(([section]) => section === id) && cited.has(id!);
        if (path !== `../${THEORY_NOTES}` || !there) lost.push(`${study.id}: ${path}#${id}`);
      }
    }
    expect(lost).toEqual([]);
  });

  test("stand in a page that has the notes: it needs no file beside it", () => {
    const command = "foretrain study run all";
    const entries = api
      .studies()
      .map((study) => studyFailure(study, "failed", new Error("none"), { size: "quick", command }));
    const page = api.renderGallery(entries, { notes });
    const anchors = new Set(
      [...page.matchAll(/<details><summary>[^<]+<\/summary><div id="(formulas-\w+)">/g)].map(([, id]) => id!),
    );
    const links = [...page.matchAll(/href="#(formulas-\w+)"/g)].map(([, id]) => id!);
    expect(links.length).toBeGreaterThan(80);
    expect(links.filter((id) => !anchors.has(id))).toEqual([]);
    expect([...anchors].filter((id) => !links.includes(id))).toEqual([]);
    // every numbered formula of these sections is there
    const cited = new Set(links.map((id) => id.slice("formulas-".length)));
    const lost = formulas.filter((id) => cited.has(id.split(".")[0]!) && !page.includes(`(${id})`));
    expect(lost).toEqual([]);
    expect([...page.matchAll(/href="([^"#][^"]*)"/g)].filter(([, href]) => !/^https:/.test(href!))).toEqual(
      [],
    );
  });
});
