/**
 * Builds the lab, a static site: `buildLab(folder)` writes it to `folder`, over what was there.
 *
 *   node scripts/build-lab.mjs           into dist/lab, when its sources changed (the same as in scripts/setup.mjs)
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const STAMP = "lab-stamp";

/** Whether `dist` has the lab that `wanted`, a hash of all its sources, stands for. */
export function hasLab(dist, wanted) {
  const stamp = join(dist, STAMP);
  return (
    existsSync(stamp) && readFileSync(stamp, "utf8") === wanted && existsSync(join(dist, "lab", "index.html"))
  );
}

/**
 * Builds the lab into `dist/lab`; the former one stays until the new one is whole.
 * @returns false when the build failed; its messages are on stderr
 */
export function buildLab(dist, wanted) {
  console.error("building the lab");
  const partial = join(dist, `lab.partial-${process.pid}`);
  mkdirSync(dist, { recursive: true });
  const vite = join(root, "node_modules", "vite", "bin", "vite.js");
  const { status } = spawnSync(
    process.execPath,
    [
      vite,
      "build",
      "--config",
      join(root, "lab", "vite.config.ts"),
      "--outDir",
      partial,
      "--emptyOutDir",
      "--logLevel",
      "error",
    ],
    // vite reads NODE_ENV: under vitest it says "test", and preact would be built for debugging
    { cwd: root, stdio: ["ignore", 2, 2], env: { ...process.env, NODE_ENV: "production" } },
  );
  if (status !== 0) {
    rmSync(partial, { recursive: true, force: true });
    return false;
  }
  rmSync(join(dist, "lab"), { recursive: true, force: true });
  renameSync(partial, join(dist, "lab"));
  writeFileSync(join(dist, STAMP), wanted);
  return true;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  // not awaited: setup.mjs itself waits for this module
  void import("./setup.mjs").then(({ setup }) => setup());
}
