/**
 * Brings a fresh clone to the point where it can run: installs the locked packages and compiles the sources.
 * Each step is skipped when a stamp says that its inputs are unchanged, so a second run costs some milliseconds.
 *
 *   node scripts/setup.mjs           install and build, what is needed
 *   node scripts/setup.mjs --build   build even when it looks up to date
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { buildLab, hasLab } from "./build-lab.mjs";
import { buildWasm } from "./build-wasm.mjs";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const STAMP = ".build-stamp";

/** Runs a command in the repository; its output goes to stderr so that stdout stays for results. */
export function runStep(command, args, options = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
    ...options,
  });
  if (result.error) throw result.error;
  return result.status ?? 1;
}

function hashFiles(paths) {
  const hash = createHash("sha256");
  for (const path of paths)
    hash.update(relative(root, path)).update("\0").update(readFileSync(path)).update("\0");
  return hash.digest("hex");
}

function filesUnder(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

function isStamped(stamp, value) {
  return existsSync(stamp) && readFileSync(stamp, "utf8") === value;
}

function requireNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  console.error(
    `foretrain needs Node >= 20.19, this is ${process.version}. Install a newer Node and run again.`,
  );
  process.exit(2);
}

/** True when node_modules holds each locked package in its locked version (npm keeps a record of what it installed). */
function isInstalled() {
  const record = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(record)) return false;
  const installed = JSON.parse(readFileSync(record, "utf8")).packages;
  const locked = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  return Object.entries(locked).every(
    ([path, entry]) => path === "" || entry.optional || installed[path]?.version === entry.version,
  );
}

/** Error codes of npm that mean that the registry was not reached. */
const NETWORK_ERRORS =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED|ERR_SOCKET_TIMEOUT|FETCH_ERROR)\b/;

/** What to tell someone whose `npm ci` failed, from what npm printed. */
export function installFailure(npmOutput) {
  return NETWORK_ERRORS.test(npmOutput)
    ? "npm ci failed: the npm registry was not reached; check the network and `npm config get registry`"
    : "npm ci failed for the reason above";
}

function install() {
  if (isInstalled()) return;
  console.error("installing the locked packages (once)");
  const result = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  if (result.error) throw result.error;
  process.stderr.write(result.stdout + result.stderr);
  if (result.status !== 0) {
    console.error(installFailure(result.stderr));
    process.exit(1);
  }
}

function fail(what) {
  console.error(`${what} failed: see the errors above`);
  process.exit(1);
}

async function build(force) {
  await buildWasm();
  const sources = filesUnder(join(root, "src"));
  const settings = [join(root, "tsconfig.json"), join(root, "tsconfig.build.json")];
  const wanted = hashFiles([...sources, ...settings]);
  // the lab is made of the library, of packages that the lock file pins, and carries the notes with the formulas
  const wantedLab = hashFiles([
    ...sources,
    ...filesUnder(join(root, "lab")),
    join(root, "docs", "theory.md"),
    join(root, "package-lock.json"),
  ]);
  const dist = join(root, "dist");
  if (!force && isStamped(join(dist, STAMP), wanted)) {
    if (!hasLab(dist, wantedLab) && !buildLab(dist, wantedLab)) fail("the build of the lab");
    return;
  }
  console.error("compiling");
  const partial = `${dist}.partial-${process.pid}`;
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const status = runStep(process.execPath, [tsc, "-p", "tsconfig.build.json", "--outDir", partial]);
  if (status !== 0) {
    rmSync(partial, { recursive: true, force: true });
    fail("the build");
  }
  if (!buildLab(partial, wantedLab)) {
    rmSync(partial, { recursive: true, force: true });
    fail("the build of the lab");
  }
  writeFileSync(join(partial, STAMP), wanted);
  // swapped in whole: whoever runs the old build meanwhile keeps it up to this moment
  rmSync(dist, { recursive: true, force: true });
  renameSync(partial, dist);
}

export async function setup({ force = false } = {}) {
  requireNode();
  install();
  await build(force);
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await setup({ force: process.argv.includes("--build") });
