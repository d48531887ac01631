import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeNpz } from "../../src/data/index.js";
import { createRng } from "../../src/numeric/random.js";
import { BIN, foretrain, startForetrain } from "./foretrain.js";

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "foretrain-kernel-"));
  const data = createRng(1).normals(new Float64Array(3000 * 40));
  writeFileSync(join(scratch, "x.npz"), writeNpz({ x: { data, shape: [3000, 40] } }));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const NETWORK = "preset:fcn?depth=6&activation=erf";

/** Finished blocks of a folder. */
function blocksIn(folder: string): number {
  try {
    return readdirSync(join(scratch, folder, "blocks"), { recursive: true, encoding: "utf8" }).filter(
      (name) => /[0-9a-f]{64}$/.test(name),
    ).length;
  } catch {
    return 0; // not there yet
  }
}

/** Runs until some blocks are finished, then sends the signal. */
async function stopAfterBlocks(signal: NodeJS.Signals, folder: string, ...args: string[]) {
  const child = startForetrain(scratch, ...args);
  let stderr = "";
  child.stderr?.on("data", (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<{ code: number | null; by: NodeJS.Signals | null }>((resolve) => {
    child.on("close", (code, by) => resolve({ code, by }));
  });
  while (blocksIn(folder) < 2 && child.exitCode === null)
    await new Promise((resolve) => setTimeout(resolve, 2));
  child.kill(signal);
  return { ...(await ended), stderr };
}

describe("foretrain kernel over the disk", () => {
  const args = ["kernel", NETWORK, "--x", "x.npz", "--get", "ntk", "--threads", "2"];

  test("killed in the middle, the same command computes the missing blocks only, with the same bits", async () => {
    const stream = [...args, "--stream", "--out", "k.npz"];
    const killed = await stopAfterBlocks("SIGKILL", "k.npz.blocks", ...stream);
    expect(killed.by).toBe("SIGKILL");
    expect(readdirSync(scratch)).not.toContain("k.npz");
    const kept = blocksIn("k.npz.blocks");
    expect(kept).toBeGreaterThanOrEqual(2);
    expect(kept).toBeLessThan(6);

    const resumed = await foretrain(scratch, ...stream, "--json");
    expect(resumed.stderr).toContain("to disk in 6 blocks");
    expect(resumed.code).toBe(0);
    expect(JSON.parse(resumed.stdout).blocks).toEqual({ total: 6, computed: 6 - kept, stored: kept });

    const direct = await foretrain(scratch, ...args, "--out", "direct.npz", "--json");
    expect(direct.code).toBe(0);
    expect(JSON.parse(direct.stdout).plan).toMatchObject({ backend: "simd", threads: 2 });
    expect(readFileSync(join(scratch, "k.npz")).equals(readFileSync(join(scratch, "direct.npz")))).toBe(true);
    // nothing stays beside the result
    expect(readdirSync(scratch).filter((name) => name.startsWith("k.npz") || name.startsWith("."))).toEqual([
      "k.npz",
    ]);
  });

  test("Ctrl-C exits with 130 and prints the command that goes on", async () => {
    const stream = [...args, "--out", "tiles/"];
    const stopped = await stopAfterBlocks("SIGINT", "tiles", ...stream);
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toContain("what is finished stays in tiles/. To go on:");
    expect(stopped.stderr).toContain(
      `foretrain kernel '${NETWORK}' --x x.npz --get ntk --threads 2 --out tiles/`,
    );
    const resumed = await foretrain(scratch, ...stream, "--json");
    const { blocks } = JSON.parse(resumed.stdout);
    expect(blocks.stored).toBeGreaterThanOrEqual(2);
    expect(blocks.computed + blocks.stored).toBe(6);
    const manifest = JSON.parse(readFileSync(join(scratch, "tiles", "kernel.json"), "utf8"));
    expect(manifest).toMatchObject({
      kind: "kernel",
      complete: true,
      shape: [3000, 3000],
      symmetric: true,
      block: 1024,
    });
    for (const { file } of manifest.blocks)
      expect(readFileSync(join(scratch, "tiles", file)).length).toBeGreaterThan(1e6);
  });

  test("what memory does not hold goes over the disk by itself, and --dry-run says so", async () => {
    const small = [...args, "--memory", "90MB", "--out", "small.npz"];
    const plan = await foretrain(scratch, ...small, "--dry-run", "--json");
    const { stream } = JSON.parse(plan.stdout);
    expect(stream).toMatchObject({ block: 1024, blocks: 6 });
    expect(stream.plan.fits).toBe(true);
    const text = await foretrain(scratch, ...small, "--dry-run");
    expect(text.stdout).toMatch(/simd \((relaxed|simd)\) float64, 2 threads/);
    expect(text.stdout).toMatch(/to disk in 6 blocks of 1024 x 1024/);
    const run = await foretrain(scratch, ...small);
    expect([run.code, run.stderr.includes("error")]).toEqual([0, false]);
    expect(readFileSync(join(scratch, "small.npz")).equals(readFileSync(join(scratch, "direct.npz")))).toBe(
      true,
    );
    const tooSmall = await foretrain(scratch, ...args, "--memory", "1MB", "--out", "tiny.npz");
    expect(tooSmall.code).toBe(2);
    expect(tooSmall.stderr).toMatch(/block by block .*--memory/);
  });

  test("peak memory stays within what --dry-run says", async () => {
    const data = createRng(2).normals(new Float64Array(4000 * 100));
    writeFileSync(join(scratch, "many.npz"), writeNpz({ x: { data, shape: [4000, 100] } }));
    const job = ["kernel", "preset:fcn?depth=3", "--x", "many.npz", "--threads", "2"];
    const dry = await foretrain(scratch, ...job, "--dry-run", "--json");
    const { bytes } = JSON.parse(dry.stdout).plan;
    const tell = 'process.on("exit", () => console.error("rss", process.resourceUsage().maxRSS))';
    const run = await new Promise<string>((resolve, reject) => {
      const args = [
        "--import",
        `data:text/javascript,${encodeURIComponent(tell)}`,
        BIN,
        ...job,
        "--out",
        "many-k.npz",
      ];
      execFile(process.execPath, args, { cwd: scratch }, (error, _, stderr) =>
        error ? reject(error) : resolve(stderr),
      );
    });
    const rss = Number(/rss (\d+)/.exec(run)![1]) * 1024;
    expect(rss).toBeGreaterThan(bytes.result); // two matrices of 128 MB
    expect(rss).toBeLessThan(1.1 * (bytes.total + bytes.runtime));
  });

  test("gaps, precision and backend are options", async () => {
    const run = await foretrain(
      scratch,
      ...["kernel", NETWORK, "--x", "x.npz", "--get", "nngpGap,ntkGap", "--precision", "float32"],
      ...["--dry-run", "--json"],
    );
    expect(JSON.parse(run.stdout).plan).toMatchObject({ backend: "simd", precision: "float32" });
    const wrong = await foretrain(scratch, "kernel", NETWORK, "--x", "x.npz", "--get", "gap", "--dry-run");
    expect(wrong.stderr).toMatch(/--get: got "gap", expected one or more of nngp, ntk, nngpGap, ntkGap/);
  });
});
