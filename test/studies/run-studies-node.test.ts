import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readNpz } from "../../src/data/index.js";
import { isForetrainError } from "../../src/errors.js";
import { verifyRun } from "../../src/runs/index-node.js";
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
    const records = await runStudies([sampleStudy().study], out, { command: "again" });
    expect(records).toHaveLength(1);
    expect(readdirSync(out).sort()).toEqual(["T.squares", "index.html", "run.json"]);
    expect(readdirSync(join(out, "T.squares")).sort()).toEqual(["data.npz", "picture.svg", "results.json"]);
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
    const [record] = await runStudies([second.study], out, { command: "again" });
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
});
