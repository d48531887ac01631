import { describe, expect, test } from "vitest";
import { syntheticDataset } from "../../src/data/index.js";
import { isForetrainError } from "../../src/errors.js";
import { localExecutor, memoryStore } from "../../src/runs/index.js";
import { findStudies, renderGallery, runStudy, type Study, studies } from "../../src/studies/index.js";
import { subjectOf } from "../../src/studies/subject.js";
import { sampleStudy } from "./sample-study.js";

describe("runStudy", () => {
  test("runs the pieces in order and keeps what the study says", async () => {
    const { study, computed } = sampleStudy();
    const { record, arrays, figures } = await runStudy(study, { command: "foretrain study run T.squares" });
    expect(computed).toEqual([0, 1, 2, 3, 4]);
    expect(arrays!["squares"]!.shape).toEqual([5, 3]);
    expect(figures).toHaveLength(1);
    expect(record).toMatchObject({
      id: "T.squares",
      size: "quick",
      parameters: { count: 5 },
      seed: 0,
      data: null,
      disagreeing: 0,
      pieces: { computed: 6, stored: 0 },
      notes: ["all done"],
      command: "foretrain study run T.squares",
    });
    expect(record.references).toEqual(["B"]);
    expect(JSON.parse(JSON.stringify(record))).toEqual(record);
  });

  test("the seed decides the outcome, and full sizes are the larger ones", async () => {
    const squares = async (options: Parameters<typeof runStudy>[1]) =>
      (await runStudy(sampleStudy().study, options)).arrays!["squares"]!;
    expect(await squares({ seed: 1 })).toEqual(await squares({ seed: 1 }));
    expect(await squares({ seed: 2 })).not.toEqual(await squares({ seed: 1 }));
    expect((await squares({ size: "full" })).shape).toEqual([9, 3]);
  });

  test("after a failure the same store gives the finished pieces, and only the others are computed", async () => {
    const executor = localExecutor({ store: memoryStore() });
    let broken = true;
    const { study, computed } = sampleStudy({
      before: (at) => {
        if (broken && at === 3) throw new Error("power cut");
      },
    });
    await expect(runStudy(study, { executor })).rejects.toThrow("power cut");
    expect(computed).toEqual([0, 1, 2]);
    broken = false;
    const { record, arrays } = await runStudy(study, { executor });
    expect(computed).toEqual([0, 1, 2, 3, 4]);
    expect(record.pieces).toEqual({ computed: 3, stored: 3 });
    expect(arrays).toEqual((await runStudy(sampleStudy().study)).arrays);
  });

  test("another seed does not take the pieces of the first", async () => {
    const executor = localExecutor({ store: memoryStore() });
    const { study, computed } = sampleStudy();
    await runStudy(study, { executor });
    await runStudy(study, { executor, seed: 7 });
    expect(computed).toHaveLength(10);
  });

  test("reports progress of each piece under the study's name", async () => {
    const seen: string[] = [];
    await runStudy(sampleStudy().study, {
      onProgress: ({ label, done, total }) => seen.push(`${label} ${done}/${total}`),
    });
    expect(seen).toContain("T.squares: squares 0/5");
    expect(seen).toContain("T.squares: squares 5/5");
  });

  test("an abort stops between pieces", async () => {
    const stop = new AbortController();
    const { study, computed } = sampleStudy({ before: (at) => at === 2 && stop.abort() });
    await expect(runStudy(study, { signal: stop.signal })).rejects.toSatisfy((error) =>
      isForetrainError(error, "ERR_ABORTED"),
    );
    expect(computed).toEqual([0, 1, 2]);
  });

  test("a study that reads data says what it needs", async () => {
    const { study } = sampleStudy({ data: "mnist" });
    await expect(runStudy(study)).rejects.toThrow(/T\.squares reads the data set mnist, expected the option/);
    const asked: string[] = [];
    await expect(
      runStudy(study, {
        data: "mine.npz",
        loadData: async (source) => {
          asked.push(source);
          throw new Error("not there");
        },
      }),
    ).rejects.toThrow("not there");
    expect(asked).toEqual(["mine.npz"]);
  });

  test("on another data set the title has its name, and what is expected is said to be about the own one", async () => {
    const { study } = sampleStudy({ data: "mnist" });
    const named = { ...study, titleOn: (data: string) => `Squares of ${data}` };
    const set = syntheticDataset("disk?train=4&test=4");
    const on = async (one: Study, data?: string) =>
      (await runStudy(one, { data, loadData: async () => set })).record;
    expect(await on(named)).toMatchObject({ title: study.title, notes: ["all done"] });
    expect(await on(named, "mnist")).toMatchObject({ title: study.title, notes: ["all done"] });
    const other = await on(named, "disk?train=4&test=4");
    expect(other.title).toBe("Squares of disk");
    expect(other.notes).toEqual([
      "On disk; the expectation is about mnist, which is this study's own data set.",
      "all done",
    ]);
    expect((await on(study, "disk")).title).toBe(study.title);
  });

  test("titles of studies that are about their data have no names of it on others", () => {
    const about = /digit|photograph|mnist|cifar/i;
    for (const { id, title, titleOn, data } of studies()) {
      if (about.test(title)) expect(data, id).not.toBeNull();
      expect((titleOn ?? (() => title))("X"), id).not.toMatch(about);
    }
    expect(subjectOf({ name: "mnist" }, "mnist", "digits")).toBe("digits");
    expect(subjectOf({ name: "my.npz" }, "mnist", "digits")).toBe("samples of my.npz");
  });
});

describe("renderGallery", () => {
  test("a check without a number is not decided: no agreement, no disagreement, no NaN, and the reason", async () => {
    const run = await runStudy(sampleStudy({ open: true }).study);
    expect(run.record).toMatchObject({ disagreeing: 0, undecided: 1 });
    const page = renderGallery([run, run]);
    expect(page).toContain(
      '<section class="verdict tone-bad"><p class="sentence">2 of 6 checks are not decided.',
    );
    expect(page).toContain("<caption>1 of 3 checks is not decided</caption>");
    expect(page).toContain('<td class="verdict-not-decided">not decided</td>');
    expect(page).toContain("Not decided: these sizes give no number: take more samples");
    expect(page).toContain('<td class="number verdict-not-decided">2 of 3 agree, 1 not decided</td>');
    expect(page).not.toMatch(/NaN<|DISAGREES|checks agree/);
  });

  test("holds figures, checks, what was not computed and the command, everything escaped", async () => {
    const run = await runStudy(sampleStudy({ wrong: true }).study, {
      command: "foretrain study run 'a & b'",
    });
    const page = renderGallery([run], "My <studies>");
    expect(page).toContain("<h1>My &lt;studies&gt;</h1>");
    expect(page).toContain("Squares of &lt;numbers&gt;");
    expect(page).toContain("<i>σ</i><sub>w</sub><sup>2</sup> &amp; friends");
    expect(page).toContain('<svg class="ft-figure" id="T-squares-picture-wide">');
    expect(page).toContain('<svg class="ft-figure" id="T-squares-picture-narrow">');
    expect(page).toContain("<i>χ</i><sub>1</sub> &lt;of&gt; it");
    expect(page).toContain("1 of 3 checks disagree");
    expect(page.match(/DISAGREES/g)).toHaveLength(1);
    expect(page).toContain("S4: the last digit; nobody knows");
    expect(page).toContain("foretrain study run &#39;a &amp; b&#39;");
    expect(page).toContain("Lechao Xiao");
    expect(page).not.toMatch(/<script|https?:\/\/(?!arxiv\.org|doi\.org|www\.w3\.org)/);
  });

  test("equal runs give equal pages but for the time", async () => {
    const page = async () => renderGallery([await runStudy(sampleStudy().study)]);
    const timeless = (text: string) => text.replace(/<dt>Time<\/dt><dd>[^<]*/g, "");
    expect(timeless(await page())).toBe(timeless(await page()));
  });
});

describe("the registry", () => {
  test("ids are unique, begin with a paper or check, and every study says what it expects", () => {
    const ids = studies().map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id, expected, papers, parameters, title } of studies()) {
      expect(id).toMatch(/^(?:[A-E]|check)\.[a-z][a-z0-9-]*$/);
      expect(expected.length).toBeGreaterThan(40);
      expect(title.length).toBeGreaterThan(5);
      expect(papers.length).toBeGreaterThan(0);
      expect(Object.keys(parameters.quick)).toEqual(Object.keys(parameters.full));
    }
  });

  test("names mean one study, a paper's studies, or all", () => {
    expect(findStudies("B.phase-diagram").map(({ id }) => id)).toEqual(["B.phase-diagram"]);
    expect(findStudies("all")).toEqual(studies());
    const ofB = findStudies("B");
    expect(ofB.length).toBeGreaterThan(0);
    expect(ofB.every(({ papers }) => papers.includes("B"))).toBe(true);
  });

  test("an unknown name is answered with the names that are near, or with all", () => {
    expect(() => findStudies("phase")).toThrow(/no study "phase"; expected B\.phase-diagram/);
    expect(() => findStudies("nonsense")).toThrow(/B\.phase-diagram/);
    expect(() => findStudies("")).toThrow(/no study ""/);
  });
});
