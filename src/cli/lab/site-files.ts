/**
 * The built site of the lab.
 * @module
 */
import { readdir, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { ForetrainError } from "../../errors.js";

/** Names of the site's files, with `/`. Only these are served, so no path can lead anywhere else. */
export async function siteFiles(folder: string): Promise<ReadonlySet<string>> {
  let entries: Awaited<ReturnType<typeof readEntries>>;
  try {
    entries = await readEntries(folder);
  } catch (cause) {
    throw notBuilt(folder, cause);
  }
  const names = new Set(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/")),
  );
  if (!names.has("index.html")) throw notBuilt(folder);
  return names;
}

const readEntries = (folder: string) => readdir(folder, { recursive: true, withFileTypes: true });

function notBuilt(folder: string, cause?: unknown): ForetrainError {
  return new ForetrainError(
    "ERR_FILE",
    `lab: there is no site in ${folder}; the published package has it, a clone builds it with "npm run build"`,
    { argument: "lab", got: folder },
    { cause },
  );
}

/** The first page, told that a server with an interface for runs is behind it. A plain file server tells nothing. */
export async function indexPage(folder: string, version: string): Promise<string> {
  const page = await readFile(join(folder, "index.html"), "utf8");
  return page.replace("</head>", `<meta name="foretrain-server" content="${version}"></head>`);
}
