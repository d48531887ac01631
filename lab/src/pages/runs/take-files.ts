/**
 * Files and folders from a drop or a file dialog.
 * @module
 */
import { droppedSource, type RunSource } from "./source.js";

interface Named {
  readonly name: string;
  readonly file: File;
}

/** More are no run folder. */
const MOST_FILES = 2000;

const fileOf = (entry: FileSystemFileEntry) =>
  new Promise<File>((resolve, reject) => {
    entry.file(resolve, reject);
  });

/** A reader gives entries in portions, an empty one at the end. */
async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
    if (some.length === 0) return all;
    all.push(...some);
  }
}

async function walk(entry: FileSystemEntry, path: string, found: Named[]): Promise<void> {
  if (found.length >= MOST_FILES || entry.name.startsWith(".")) return;
  if (entry.isFile) found.push({ name: path + entry.name, file: await fileOf(entry as FileSystemFileEntry) });
  else {
    for (const child of await entriesOf(entry as FileSystemDirectoryEntry)) {
      await walk(child, `${path}${entry.name}/`, found);
    }
  }
}

/** `a/run.json` and its neighbours are the run `a`; files without a folder stand together. */
export async function sourcesOf(files: readonly Named[]): Promise<RunSource[]> {
  const folders = files
    .filter(({ name }) => /(^|\/)run\.json$/.test(name))
    .map(({ name }) => name.slice(0, -"run.json".length));
  const groups = new Map<string, Named[]>();
  for (const { name, file } of files) {
    const folder =
      folders.find((path) => name.startsWith(path)) ?? (name.includes("/") ? `${name.split("/")[0]}/` : "");
    const group = groups.get(folder) ?? [];
    group.push({ name: name.slice(folder.length), file });
    groups.set(folder, group);
  }
  return Promise.all(
    [...groups].map(([folder, group]) =>
      droppedSource(
        group,
        folder === "" ? (group.length === 1 ? group[0]!.name : `${group.length} files`) : folder.slice(0, -1),
      ),
    ),
  );
}

/** Of a drop. Entries must be asked for before anything is awaited: the browser forgets them then. */
export async function droppedFiles(transfer: DataTransfer): Promise<Named[]> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.() ?? null);
  const plain = [...transfer.files];
  const found: Named[] = [];
  for (const [i, entry] of entries.entries()) {
    if (entry !== null) await walk(entry, "", found);
    else if (plain[i] !== undefined) found.push({ name: plain[i].name, file: plain[i] });
  }
  return found;
}

/** Of a file dialog, of files or of a folder. */
export const chosenFiles = (list: FileList): Named[] =>
  [...list].slice(0, MOST_FILES).map((file) => ({ name: file.webkitRelativePath || file.name, file }));
