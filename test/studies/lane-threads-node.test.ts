import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { ForetrainError } from "../../src/errors.js";
import type { LaneSettings } from "../../src/studies/lane-messages.js";
import { findStudies } from "../../src/studies/registry.js";
import { runStudies } from "../../src/studies/run-studies-node.js";

const settings: LaneSettings[] = [];

// what lanes would be told; none starts
vi.mock("../../src/studies/lanes-node.js", () => ({
  runLanes: async (_list: unknown, _count: number, given: LaneSettings) => {
    settings.push(given);
    throw new ForetrainError("ERR_ABORTED", "seen enough");
  },
}));

const scratch = mkdtempSync(join(tmpdir(), "foretrain-lane-threads-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

test.each([
  { names: ["A.linear-noise"], threads: 8, lanes: 2, each: 4 },
  { names: ["A.linear-noise"], threads: 2, lanes: 2, each: 1 },
  { names: ["A.linear-noise"], threads: 5, lanes: 3, each: 1 },
  { names: ["A.linear-noise"], threads: 2, lanes: 4, each: 1 },
  { names: ["A.linear-noise", "A.noise"], threads: 6, lanes: 2, each: 3 },
])(
  "lanes share the threads: $threads on $lanes lanes for $names",
  async ({ names, threads, lanes, each }) => {
    const list = names.map((name) => findStudies(name)[0]!);
    const run = runStudies(list, join(scratch, "run"), { command: "a test", threads, lanes });
    await expect(run).rejects.toThrow("seen enough");
    expect(settings.pop()!.threads).toBe(each);
  },
);
