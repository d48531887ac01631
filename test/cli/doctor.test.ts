import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import type { DoctorReport } from "../../src/cli/commands/doctor.js";
import { BIN } from "./foretrain.js";

const run = promisify(execFile);

async function doctor(blas: string, ...args: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [BIN, "doctor", "--quiet", ...args], {
    env: { ...process.env, FORETRAIN_BLAS: blas },
  });
  return stdout;
}

test("doctor --json says what the machine has and measures each implementation that is there", async () => {
  const report = JSON.parse(await doctor("none", "--json")) as DoctorReport;
  expect(report.node).toBe(process.version);
  expect(report.cores).toBeGreaterThan(0);
  expect(report.webAssembly).toMatchObject({ simd: true, relaxedSimd: true });
  expect(report.native).toMatchObject({ setting: "none", library: null });
  expect(report.measurements.map(({ work }) => work)).toEqual([
    "matrix product",
    "Cholesky",
    "eigen-decomposition",
  ]);
  for (const { seconds } of report.measurements) {
    expect(Object.keys(seconds)).toEqual(["TypeScript", "WebAssembly"]);
    for (const time of Object.values(seconds)) expect(time).toBeGreaterThan(0);
  }
  expect(report.advice.join()).toContain("FORETRAIN_BLAS=none");
});

test("doctor reports a library that FORETRAIN_BLAS names and that cannot be used", async () => {
  const text = await doctor("/no/such/library.so");
  expect(text).toMatch(/native BLAS +none/);
  expect(text).toContain("FORETRAIN_BLAS is /no/such/library.so");
  expect(text).toMatch(/matrix product, n = 800 .* Gflop\/s/);
});

test.each(["0", "1.5", "many", "1025"])("doctor refuses --threads %s", async (threads) => {
  await expect(doctor("none", "--threads", threads)).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/--threads <n>.* argument '.*' is invalid. expected a whole number/),
  });
});

test("doctor takes as many threads as --threads says: one stays in its thread", async () => {
  const report = JSON.parse(await doctor("none", "--json", "--threads", "1")) as DoctorReport;
  expect(report.linearAlgebraThreads).toBe(1);
  const all = JSON.parse(await doctor("none", "--json")) as DoctorReport;
  expect(all.linearAlgebraThreads).toBe(all.cores);
});
