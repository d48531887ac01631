/**
 * `npm run docs:gallery`: the page of all studies under docs/gallery. What an earlier attempt left is taken up.
 *
 *   npm run docs:gallery                 all studies, quick sizes (under half an hour on two cores)
 *   npm run docs:gallery -- B D.unit-scale --data-dir FOLDER
 *   npm run docs:gallery -- --pictures   the dozen figures of docs/gallery.md, from runs of some minutes together
 *
 * docs/gallery is made, not kept: pictures of every study would outweigh the source. docs/gallery.md and its pictures are kept.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root, setup } from "./setup.mjs";

/** Study, figure, and what to look at. */
const PICTURES = [
  ["B.phase-diagram", "phase-tanh", "Order and chaos: chi_1 of tanh over both variances"],
  ["B.phase-diagram", "correlation-tanh", "The same plane: the correlation that any two inputs end at"],
  ["B.pooling", null, "Condition numbers over depth, pooled and flattened, in three phases"],
  ["B.dropout", null, "What dropout before the last layer does to them"],
  ["D.convergence", null, "Lengths of layers go to their limit like 1 / sqrt(N)"],
  ["D.second-layer", null, "A unit of the second layer: Cauchy for 1/z, nearly Gaussian for relu and tanh"],
  ["D.dependence", null, "Units of one layer are uncorrelated, and not independent"],
  ["A.linear-noise", null, "Noise in the linear model, in formulas and simulated"],
  ["A.hyper-parameters", null, "Only s^2 / eta is left in the end"],
  ["C.theorem", null, "Fitting every label, wrong ones too, need not hurt"],
  ["C.disk", null, "Decision boundaries: a line first, then the wave, then single wrong labels"],
  ["E.bias-variance", null, "N^-gamma: error over gamma and time"],
];

await setup();
const given = process.argv.slice(2);
const study = (...args) =>
  spawnSync(process.execPath, [join(root, "dist", "cli", "bin.js"), "study", "run", ...args], {
    cwd: root,
    stdio: "inherit",
  });

/** How a figure is made again, and where its recipe and its formulas are. */
function originOf(id, verdict, { source, formulas }) {
  const sections = formulas.map((name) => `[${name}](theory.md#${name})`).join(", ");
  return `\`foretrain study run ${id}\` (${verdict}); recipe: [${source}](../${source}); formulas: ${sections}\n`;
}

/** Writes docs/gallery.md and docs/images/gallery. */
async function pictures() {
  const { studyPlace } = await import(pathToFileURL(join(root, "dist", "index.js")).href);
  const scratch = mkdtempSync(join(tmpdir(), "foretrain-gallery-"));
  try {
    const run = join(scratch, "run");
    const { status } = study(...new Set(PICTURES.map(([id]) => id)), "--out", run, "--quiet");
    if (status !== 0) return status ?? 130;
    const folder = join(root, "docs", "images", "gallery");
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const parts = PICTURES.map(([id, wanted, title]) => {
      const record = JSON.parse(readFileSync(join(run, id, "results.json"), "utf8"));
      const name = wanted ?? record.figures[0].name;
      const file = `${id.replace(".", "-").toLowerCase()}-${name}.svg`;
      copyFileSync(join(run, id, `${name}.svg`), join(folder, file));
      const { caption } = record.figures.find((figure) => figure.name === name);
      const verdict = `${record.checks.length - record.disagreeing - record.undecided} of ${record.checks.length} checks agree`;
      // stars and underscores of formulas are no marks here
      const text = caption.replace(/([*_<|])/g, "\\$1");
      return `## ${title}\n\n![${title}](images/gallery/${file})\n\n${text}\n\n${originOf(id, verdict, studyPlace(id))}`;
    });
    const head = `# Gallery\n\nFigures of [studies](studies.md), each as its command makes it, at quick size in less than a minute. A study says what is expected to be seen\nand holds its numbers against it. Below a figure stand its command, the source of its recipe and its formulas. \`npm run docs:gallery -- --pictures\` makes this page again.\n`;
    writeFileSync(join(root, "docs", "gallery.md"), `${[head, ...parts].join("\n")}`);
    return 0;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

if (given.includes("--pictures")) process.exit(await pictures());
const names = given.length > 0 && !given[0].startsWith("-") ? [] : ["all"];
process.exit(study(...names, ...given, "--out", join("docs", "gallery")).status ?? 130);
