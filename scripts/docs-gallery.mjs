/**
 * `npm run docs:gallery`: the page of all studies under docs/gallery. What an earlier attempt left is taken up.
 *
 *   npm run docs:gallery              all studies, quick sizes (under half an hour on two cores)
 *   npm run docs:gallery -- B D.unit-scale --data-dir FOLDER
 *
 * docs/gallery is made, not kept: pictures of every study would outweigh the source.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root, setup } from "./setup.mjs";

await setup();
const given = process.argv.slice(2);
const names = given.length > 0 && !given[0].startsWith("-") ? [] : ["all"];
const result = spawnSync(
  process.execPath,
  [
    join(root, "dist", "cli", "bin.js"),
    ...["study", "run", ...names, ...given, "--out", join("docs", "gallery")],
  ],
  { cwd: root, stdio: "inherit" },
);
process.exit(result.status ?? 130);
