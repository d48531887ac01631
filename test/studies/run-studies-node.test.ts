import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readNpz } from "../../src/data/index.js";
import { ForetrainError, isForetrainError } from "../../src/errors.js";
import { verifyRun } from "../../src/runs/index-node.js";
import type { Study } from "../../src/studies/index.js";
import { piecesFolder, runStudies } from "../../src/studies/index-node.js";
import { sampleStudy } from "./sample-study.js";

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "foretrain-studies-"));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe("runStudies", () => {
  test("writes results, arrays, figures and one page, and leaves no pieces", async () => {
    const out = join(scratch, "done");
    const { records, failures } = await runStudies([sampleStudy().study], out, { command: "again" });
    expect(records).toHaveLength(1);
    expect(failures).toEqual([]);
    expect(readdirSync(out).sort()).toEqual(["T.squares", "index.html", "run.json"]);
    expect(readdirSync(join(out, "T.squares")).sort()).toEqual([
      ...["data.npz", "narrow", "picture.svg", "results.json"],
    ]);
    expect(readdirSync(join(out, "T.squares/narrow"))).toEqual(["picture.svg"]);
    expect(readNpz(readFileSync(join(out, "T.squares/data.npz")), "data.npz")["squares"]!.shape).toEqual([
      5, 3,
    ]);
    expect(JSON.parse(readFileSync(join(out, "T.squares/results.json"), "utf8"))).toEqual(records[0]);
    expect(await verifyRun(out)).toEqual([]);
    expect(existsSync(piecesFolder(out))).toBe(false);
  });

  test("interrupted, it says where the pieces are; the same call takes them up and removes them", async () => {
    const out = join(scratch, "stopped");
    const stop = new AbortController();
    const first = sampleStudy({ before: (at) => at === 3 && stop.abort() });
    await expect(runStudies([first.study], out, { command: "again", signal: stop.signal })).rejects.toSatisfy(
      (error) => isForetrainError(error, "ERR_ABORTED") && error.details["kept"] === `${out}.pieces`,
    );
    expect(existsSync(out)).toBe(false);
    expect(existsSync(piecesFolder(out))).toBe(true);

    const second = sampleStudy();
    const { records } = await runStudies([second.study], out, { command: "again" });
    const [record] = records;
    expect(second.computed).toEqual([3, 4]);
    expect(record!.pieces).toEqual({ computed: 3, stored: 3 });
    expect(existsSync(piecesFolder(out))).toBe(false);
  });

  test("interrupted before any piece, nothing is said to be kept", async () => {
    const stop = new AbortController();
    stop.abort();
    await expect(
      runStudies([sampleStudy().study], join(scratch, "early"), { command: "x", signal: stop.signal }),
    ).rejects.toSatisfy((error) => isForetrainError(error) && error.details["kept"] === undefined);
  });

  test("a data set that is not there is said before anything is computed", async () => {
    const { study, computed } = sampleStudy({ data: join(scratch, "missing.npz") });
    await expect(runStudies([study], join(scratch, "nodata"), { command: "x" })).rejects.toThrow(
      "missing.npz",
    );
    expect(computed).toEqual([]);
  });

  test("of several, one without its data and one that fails are shown with what to do, and the others run", async () => {
    const missing = join(scratch, "missing.npz");
    const named = (study: Study, id: string): Study => ({ ...study, id });
    const good = sampleStudy();
    const broken = sampleStudy({
      before: (at) => {
        if (at === 2) throw new ForetrainError("ERR_NUMERICAL", "no fixed point, try less <depth>");
      },
    });
    const lacking = sampleStudy({ data: missing });
    const list = [named(lacking.study, "T.data"), named(broken.study, "T.broken"), good.study];
    const out = join(scratch, "some");
    const run = () => runStudies(list, out, { command: "all", commandOf: ({ id }) => `one ${id}` });
    const { records, failures, kept } = await run();
    expect(records.map(({ id }) => id)).toEqual(["T.squares"]);
    expect(failures.map(({ id, reason }) => [id, reason])).toEqual([
      ["T.data", "no-data"],
      ["T.broken", "failed"],
    ]);
    expect(failures[0]!.message).toContain("missing.npz");
    expect(lacking.computed).toEqual([]);
    expect(JSON.parse(readFileSync(join(out, "T.broken/failure.json"), "utf8"))).toEqual(failures[1]);
    const page = readFileSync(join(out, "index.html"), "utf8");
    expect(page).toContain("All 3 checks agree. 2 of 3 studies could not be run.");
    expect(page).toContain("no fixed point, try less &lt;depth&gt;");
    expect(page).toContain("one T.data");
    expect(await verifyRun(out)).toEqual([]);
    // what is finished stays for another attempt, which computes the rest only
    expect(kept).toBe(piecesFolder(out));
    const again = await run();
    expect(again.records[0]!.pieces).toEqual({ computed: 0, stored: 6 });
    expect(good.computed).toHaveLength(5);
  });
});
