/**
 * `node scripts/study-times.mjs RUN`: the rows of the table of docs/studies.md with the times that the studies of a finished run took
 * (`foretrain study run all --out RUN`). Studies that took up parts of an earlier run are marked: their times are too short.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./setup.mjs";

const [run] = process.argv.slice(2);
if (run === undefined || !existsSync(run)) {
  console.error(
    `got ${run ?? "no folder"}, expected the folder of a finished run: node scripts/study-times.mjs RUN`,
  );
  process.exit(2);
}

/** As the table has them: `45 s`, `2.4 min`. */
function timeText(seconds) {
  if (seconds < 1) return "< 1 s";
  if (seconds < 10) return `${Math.round(seconds)} s`;
  if (seconds < 95) return `${5 * Math.round(seconds / 5)} s`;
  return `${(seconds / 60).toFixed(1)} min`;
}

let total = 0;
for (const line of readFileSync(join(root, "docs", "studies.md"), "utf8").split("\n")) {
  const id = /^\| `([\w.-]+)` \|/.exec(line)?.[1];
  const file = id === undefined ? undefined : join(run, id, "results.json");
  if (file === undefined || !existsSync(file)) continue;
  const { seconds, pieces } = JSON.parse(readFileSync(file, "utf8"));
  total += seconds;
  const mark = pieces.stored > 0 ? " (without parts of an earlier run)" : "";
  console.log(line.replace(/\| [^|]* \|$/, () => `| ${timeText(seconds)}${mark} |`));
}
console.error(`${(total / 60).toFixed(1)} min of studies, one after another`);
