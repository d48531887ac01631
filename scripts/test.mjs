/**
 * `npm test`: installs and builds what is missing, then type check, lint and format, and all tests.
 * The last line is `tests: N passed, N failed, N skipped`; a failed type check or lint counts as one failed test.
 * Arguments go to vitest: `npm test -- test/kernels`.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { root, runStep, setup } from "./setup.mjs";

await setup();
installChromium();
const bin = (name, ...path) => join(root, "node_modules", name, ...path);
let failed = 0;

/** The tests of the lab drive a real browser. Where it is missing and can be installed, it is; else they skip and say so. */
function installChromium() {
  const places = [
    process.env.CHROMIUM ?? "",
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
  ];
  if (places.some((place) => place !== "" && existsSync(place))) return;
  if (process.platform !== "linux" || process.getuid?.() !== 0) return;
  console.error("installing Chromium for the tests of the lab (once)");
  const apt = (...args) =>
    spawnSync("apt-get", args, { stdio: ["ignore", "ignore", 2], timeout: 300_000 }).status === 0;
  const install = () => apt("install", "-y", "-qq", "--no-install-recommends", "chromium");
  if (!install() && apt("update", "-qq")) install();
}

/** Runs a check; what it printed comes with its verdict, so that checks may run beside each other. */
function check(label, args) {
  return new Promise((done) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    const printed = [];
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => printed.push(chunk));
    child.on("close", (status) => {
      process.stderr.write(Buffer.concat(printed));
      console.error(`${status === 0 ? "ok    " : "FAILED"} ${label}`);
      if (status !== 0) failed++;
      done();
    });
  });
}
const tsc = bin("typescript", "bin", "tsc");
await Promise.all([
  check("type check", [tsc, "-p", "tsconfig.json"]),
  check("type check of the lab", [tsc, "-p", join(root, "lab", "tsconfig.json")]),
  check("lint and format", [bin("@biomejs", "biome", "bin", "biome"), "ci", "."]),
]);

const scratch = mkdtempSync(join(tmpdir(), "foretrain-test-"));
const results = join(scratch, "results.json");
const status = runStep(process.execPath, [
  bin("vitest", "vitest.mjs"),
  "run",
  "--reporter=default",
  "--reporter=json",
  `--outputFile.json=${results}`,
  ...process.argv.slice(2),
]);
let counts = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] };
try {
  counts = JSON.parse(readFileSync(results, "utf8"));
} catch {
  console.error("vitest wrote no results");
}
rmSync(scratch, { recursive: true, force: true });
const slowest = counts.testResults
  .map(({ name, startTime, endTime }) => ({
    name: relative(root, name),
    seconds: (endTime - startTime) / 1000,
  }))
  .sort((a, b) => b.seconds - a.seconds)
  .slice(0, 12);
if (slowest.length > 1) {
  console.error("slowest:");
  for (const { name, seconds } of slowest) console.error(`${seconds.toFixed(0).padStart(6)} s ${name}`);
}
// a file that fails to load has no failed test of its own
const brokenFiles = counts.testResults.filter(
  (file) => file.status === "failed" && file.assertionResults.length === 0,
);
failed += counts.numFailedTests + brokenFiles.length;
if (status !== 0 && failed === 0) failed = 1;
console.log(
  `tests: ${counts.numPassedTests} passed, ${failed} failed, ${counts.numPendingTests + counts.numTodoTests} skipped`,
);
process.exit(failed === 0 ? 0 : 1);
