import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { drawingFrom, inTheme } from "../../../lab/src/pages/runs/studies/drawing.js";
import {
  fileOf,
  isBad,
  isWanted,
  outcomeOf,
  outcomeText,
  type StudyEntry,
  studyFiles,
  summaryOf,
} from "../../../lab/src/pages/runs/studies/entries.js";
import { sectionOf } from "../../../lab/src/pages/runs/studies/notes.js";
import { readStudy } from "../../../lab/src/pages/runs/studies/record.js";
import { darkTheme, lightTheme } from "../../../src/figures/index.js";
import { findStudies, runStudy, studies, studyPlace } from "../../../src/studies/index.js";
import { studyFailure } from "../../../src/studies/study-failure.js";
import { sampleStudy } from "../../studies/sample-study.js";
import { SITE } from "../../support/lab.js";

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const recordOf = async (wrong: boolean) => (await runStudy(sampleStudy({ wrong }).study)).record;
const entry = (key: string, study: StudyEntry["study"]): StudyEntry => ({ key, study });

describe("the studies of a run", () => {
  test("are the folders with results or a failure, and the run itself where it is one study", () => {
    const names = [
      ...["run.json", "index.html", "B.spectra/results.json", "B.spectra/spectra.svg", "B.spectra/data.npz"],
      ...["A.orders/failure.json", "deep/C.disk/results.json", "deep/C.disk/failure.json"],
    ];
    expect([...studyFiles(names)]).toEqual([
      ["A.orders", "A.orders/failure.json"],
      ["B.spectra", "B.spectra/results.json"],
      ["deep/C.disk", "deep/C.disk/results.json"],
    ]);
    // all of them in the order of the list, others after them
    const all = studies().map(({ id }) => id);
    const shuffled = [...all, "T.own", "A.own"].sort().reverse();
    const found = [...studyFiles(shuffled.map((id) => `${id}/results.json`)).keys()];
    expect(found).toEqual([...all, "A.own", "T.own"]);
    expect([...studyFiles(["data.npz", "results.json"])]).toEqual([[".", "results.json"]]);
    expect(studyFiles(["forecast.json", "old-results.json"]).size).toBe(0);
    expect(fileOf("B.spectra", "spectra.svg")).toBe("B.spectra/spectra.svg");
    expect(fileOf(".", "spectra.svg")).toBe("spectra.svg");
  });

  test("say what became of them, one by one and together", async () => {
    const good = entry("T.good", await recordOf(false));
    const wrong = entry("T.wrong", await recordOf(true));
    const { study } = sampleStudy();
    const how = { size: "quick", command: "" } as const;
    const noData = entry("T.data", studyFailure(study, "no-data", new Error("gone"), how));
    const failed = entry("T.failed", studyFailure(study, "failed", new Error("no"), how));
    const broken = entry("T.broken", new Error("no JSON"));
    const reading = entry("T.reading", null);
    const all = [good, wrong, noData, failed, broken, reading];
    expect(all.map(outcomeOf)).toEqual(["agrees", "disagrees", "no-data", "failed", "broken", "reading"]);
    expect(all.map(outcomeText)).toEqual([
      "all 3 checks agree",
      "1 of 3 checks disagrees",
      "not computed, its data set is not here",
      "could not be computed",
      "cannot be read",
      "reading",
    ]);
    expect(summaryOf(all)).toBe(
      "6 studies: 1 of 6 checks disagrees; 1 could not be computed; 1 not computed, its data set is not here; 1 cannot be read",
    );
    const none = { paper: "all", failing: false, text: "" } as const;
    const wanted = (asked: Parameters<typeof isWanted>[1]) =>
      all.filter((one) => isWanted(one, asked)).map(({ key }) => key);
    expect(wanted(none)).toHaveLength(6);
    expect(wanted({ ...none, failing: true })).toEqual(["T.wrong", "T.data", "T.failed", "T.broken"]);
    // of paper B; what cannot be read goes by its name
    expect(wanted({ ...none, paper: "B" })).toEqual(["T.good", "T.wrong", "T.data", "T.failed"]);
    expect(wanted({ ...none, paper: "C" })).toEqual([]);
    expect(wanted({ ...none, text: " <OF> it " })).toEqual(["T.good", "T.wrong"]); // in the caption
    expect(wanted({ ...none, text: "t.broken" })).toEqual(["T.broken"]);
  });

  test("without a number are not decided: no agreement, and asked for with what fails", async () => {
    const { record } = await runStudy(sampleStudy({ open: true }).study);
    const open = entry("T.open", readStudy(bytes(record), "x"));
    expect(outcomeOf(open)).toBe("undecided");
    expect(outcomeText(open)).toBe("1 of 3 checks is not decided");
    expect(open.study).toMatchObject({ disagreeing: 0, undecided: 1 });
    expect(isBad("undecided")).toBe(true);
    const wrong = entry("T.wrong", (await runStudy(sampleStudy({ open: true, wrong: true }).study)).record);
    expect(outcomeOf(wrong)).toBe("disagrees");
    expect(summaryOf([open, wrong])).toBe("2 studies: 1 of 6 checks disagrees, 2 are not decided");
  });

  test("are read as they were written; numbers that JSON has not are none", async () => {
    const record = await recordOf(true);
    expect(readStudy(bytes(record), "x")).toEqual(record);
    const { checks } = record;
    const nan = { ...record, checks: [{ ...checks[0], computed: Number.NaN, difference: Number.NaN }] };
    const read = readStudy(bytes(nan), "x");
    expect(read.kind === "study" && read.checks[0]!.computed).toBeNaN();
    expect(read.kind === "study" && read.checks[0]!.difference).toBeNull();
    const failure = studyFailure(sampleStudy().study, "failed", new Error("no"), {
      size: "quick",
      command: "again",
    });
    expect(readStudy(bytes(failure), "x")).toEqual(failure);
  });

  test("count what disagrees by themselves: a file may say otherwise", async () => {
    const record = await recordOf(true);
    const read = readStudy(bytes({ ...record, disagreeing: 0 }), "x");
    expect(read.kind === "study" && read.disagreeing).toBe(1);
  });

  test.each([
    ["{", "is not JSON"],
    ["[]", "was not written by foretrain"],
    ['{"foretrain":2,"kind":"study"}', "was not written by foretrain"],
    ['{"foretrain":1,"kind":"forecast"}', 'holds "forecast", no study'],
    ['{"foretrain":1,"kind":"study-failure","id":"x"}', 'has no "title"'],
  ])("a file %s is refused with its name", (text, problem) => {
    expect(() => readStudy(new TextEncoder().encode(text), "A.x/results.json")).toThrow(
      `A.x/results.json ${problem}`,
    );
  });

  test.each([
    ["checks", [{ id: "a" }]],
    ["figures", [{ name: "a", caption: 3 }]],
    ["papers", "B"],
    ["notes", [null]],
    ["pieces", null],
    ["data", { name: "mnist" }],
    ["references", undefined],
  ])("a record with another %s is refused by that name", async (name, value) => {
    const record = { ...(await recordOf(false)), [name]: value };
    expect(() => readStudy(bytes(record), "results.json")).toThrow(`results.json has no "${name}"`);
  });
});

describe("figures in the colours of the page", () => {
  test("take those of its theme, and have no ground", async () => {
    const study = findStudies("B.phase-diagram")[0]!;
    const { figures } = await runStudy(study, { parameters: { columns: 11, rows: 7 } });
    const svg = figures[0]!.draw({ id: "a", width: 760 });
    for (const [name, theme] of [
      ["dark", darkTheme],
      ["light", lightTheme],
    ] as const) {
      const shown = inTheme(svg, name);
      expect(shown.startsWith(svg.slice(0, svg.indexOf(">") + 1))).toBe(true);
      expect(shown).toContain(`svg{--ft-surface:${theme.surface};`);
      expect(shown).toContain("rect.ft-surface{fill:none}");
      // nothing else changes
      expect(shown.replace(/<style>svg\{[^<]*<\/style>/, "")).toBe(svg);
    }
  });

  test("are described by their own title and text", () => {
    const svg =
      '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760,380"><title id="t">a &lt; b &amp;amp; c</title><desc> how </desc></svg>';
    expect(drawingFrom(svg, "x.svg")).toEqual({
      ...{ file: "x.svg", svg, title: "a < b &amp; c", description: "how", shape: 2 },
    });
    const bare = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 0 0"/>';
    expect(drawingFrom(bare, "x.svg")).toMatchObject({ title: "", description: "", shape: null });
    for (const text of ["", "<html/>", '<svg class="ft-figure"></svg>']) {
      expect(() => drawingFrom(text, "x.svg"), text).toThrow("x.svg is no picture");
    }
  });

  test("pictures of others stay as they are", () => {
    for (const svg of ['<svg xmlns="http://www.w3.org/2000/svg"/>', '<svg class="other ft-figure"/>', "no"]) {
      expect(inTheme(svg, "dark")).toBe(svg);
    }
  });
});

describe("what the site carries beside it", () => {
  const root = resolve(import.meta.dirname, "../../..");
  const notes = readFileSync(join(root, "docs/theory.md"), "utf8");

  test("the recipe of every study, as it is", () => {
    for (const { id } of studies()) {
      const { source } = studyPlace(id)!;
      const beside = join(SITE, "sources", `${source}.txt`);
      expect(existsSync(beside), `${id}: ${source}`).toBe(true);
      expect(readFileSync(beside, "utf8"), id).toBe(readFileSync(join(root, source), "utf8"));
    }
  });

  test("the notes, in which every study finds its formulas by number", () => {
    expect(readFileSync(join(SITE, "sources/docs/theory.md.txt"), "utf8")).toBe(notes);
    for (const { id } of studies()) {
      const { formulas } = studyPlace(id)!;
      expect(formulas.length, id).toBeGreaterThan(0);
      for (const name of formulas) {
        const section = sectionOf(notes, name)!;
        expect(section, `${id}: ${name}`).not.toBeNull();
        expect(section.title).not.toMatch(/#|^[A-Z]\d/);
        const text = section.blocks.map((block) =>
          block.kind === "table" ? block.rows.flat().join() : block.text,
        );
        // some are in words
        const first = `(${name}.1)`;
        expect(
          text.some((part) => part.includes(first)),
          name,
        ).toBe(notes.includes(`\n    ${first}`) || name === "B4");
      }
    }
    expect(sectionOf(notes, "Z9")).toBeNull();
  });

  test("a section ends where the next begins, its formulas and tables are told from its text", () => {
    const { title, blocks } = sectionOf(notes, "B4")!;
    expect(title).toBe("Spectra over depth");
    expect(blocks.map(({ kind }) => kind)).toEqual(["text", "table", "text"]);
    const table = blocks[1]!;
    expect(table.kind === "table" && table.rows.map((row) => row.length)).toEqual([4, 4, 4, 4]);
    const first = sectionOf(notes, "A1")!.blocks;
    expect(first.filter(({ kind }) => kind === "formula")).toHaveLength(1);
    // the last one of its paper
    expect(JSON.stringify(sectionOf(notes, "B6"))).not.toContain("(C1");
  });
});
