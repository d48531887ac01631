import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "foretrain-lanes-"));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const compiled = pathToFileURL(resolve(import.meta.dirname, "../../dist/studies/lanes-node.js")).href;

/** What a program of its own prints, whose lanes are the compiled ones; `run(ids, settled)` runs studies on two. */
async function printed(program: string): Promise<unknown> {
  const text = `
    import { runLanes } from ${JSON.stringify(compiled)};
    const settings = { size: "quick", threads: 1, offline: true, pieces: ${JSON.stringify(join(scratch, "pieces"))} };
    const run = (ids, settled) =>
      runLanes(ids.map((id) => ({ id, parameters: {}, command: id })), 2, settings, {}, settled);
    ${program}`;
  const file = join(scratch, "program.mjs");
  writeFileSync(file, text);
  const { stdout } = await promisify(execFile)(process.execPath, [file], { timeout: 60_000 });
  return JSON.parse(stdout);
}

describe("runLanes", () => {
  test("of no studies ends at once", async () => {
    expect(await printed("console.log(JSON.stringify([...(await run([])).keys()]));")).toEqual([]);
  });

  test("ends when every outcome is taken, also where the last is taken faster than the one before", async () => {
    const program = `
      const taken = [];
      let open;
      const other = new Promise((resolve) => { open = resolve; });
      let first = true;
      await run(["D.second-layer", "D.unit-scale"], async (id, outcome) => {
        if (first) {
          first = false;
          await other;
          await new Promise((resolve) => setTimeout(resolve, 50));
        } else open();
        taken.push([id, "study" in outcome ? "computed" : String(outcome.error)]);
      });
      console.log(JSON.stringify(taken.sort()));`;
    expect(await printed(program)).toEqual([
      ["D.second-layer", "computed"],
      ["D.unit-scale", "computed"],
    ]);
  });
});
