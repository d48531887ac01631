/**
 * Where files come from: run folders behind the lab's server, and files that were dropped or chosen.
 * @module
 */

/** What ids of files begin with that were dropped or chosen. */
export const DROPPED = "dropped:";

/** A run folder, or files that belong together. */
export interface RunSource {
  /** unique: the path below the folder of runs, or a name with `dropped:` before it */
  readonly id: string;
  readonly title: string;
  /** null where nothing says how it was made */
  readonly made: {
    readonly command: string;
    readonly seed: number | null;
    readonly finished: string;
    readonly seconds: number;
  } | null;
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
  read(name: string): Promise<Uint8Array<ArrayBuffer>>;
}

/** Whether the lab's own server is behind the page: a plain file server has no runs to ask for. */
export const hasServer = (): boolean => document.querySelector('meta[name="foretrain-server"]') !== null;

const addressOf = (...segments: readonly string[]) =>
  new URL(
    ["api", "runs", ...segments.flatMap((part) => part.split("/"))].map(encodeURIComponent).join("/"),
    document.baseURI,
  );

async function ask(address: URL): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(address);
  } catch {
    throw new Error("the server of the lab does not answer; is `foretrain lab` still running?");
  }
  if (!answer.ok) throw new Error(`${decodeURIComponent(address.pathname)}: ${(await answer.text()).trim()}`);
  return answer;
}

interface ListedRun {
  readonly path: string;
  readonly command: string;
  readonly seed: number | null;
  readonly finished: string;
  readonly seconds: number;
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
}

/** The folder of runs and what is in it, newest first. */
export async function serverRuns(): Promise<{
  readonly folder: string | null;
  readonly runs: readonly RunSource[];
}> {
  const { folder, runs } = (await (await ask(addressOf())).json()) as {
    folder: string | null;
    runs: readonly ListedRun[];
  };
  return {
    folder,
    runs: runs.map(({ path, files, ...made }) => ({
      id: path,
      // the folder of runs is a run itself: by its own name
      title: path === "" ? (folder?.split(/[\\/]/).at(-1) ?? "") : path,
      made,
      files,
      read: async (name) =>
        new Uint8Array(await (await ask(addressOf(...(path === "" ? [] : [path]), name))).arrayBuffer()),
    })),
  };
}

interface Manifest {
  readonly command?: unknown;
  readonly seed?: unknown;
  readonly finished?: unknown;
  readonly seconds?: unknown;
}

/** Files as one source; a folder's files have their paths inside it as names, and `run.json` says how they were made. */
export async function droppedSource(
  files: readonly { readonly name: string; readonly file: File }[],
  title: string,
): Promise<RunSource> {
  const find = (name: string) => files.find((entry) => entry.name === name)?.file;
  let made: RunSource["made"] = null;
  try {
    const manifest = JSON.parse((await find("run.json")?.text()) ?? "null") as Manifest | null;
    if (manifest !== null && typeof manifest.command === "string") {
      made = {
        command: manifest.command,
        seed: typeof manifest.seed === "number" ? manifest.seed : null,
        finished: String(manifest.finished ?? ""),
        seconds: Number(manifest.seconds ?? Number.NaN),
      };
    }
  } catch {
    // a run.json of something else: the files can be read all the same
  }
  return {
    id: `${DROPPED}${title}`,
    title,
    made,
    files: files
      .filter(({ name }) => name !== "run.json")
      .map(({ name, file }) => ({ name, bytes: file.size }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    read: async (name) => {
      const file = find(name);
      if (file === undefined) throw new Error(`${title} has no file ${name}`);
      return new Uint8Array(await file.arrayBuffer());
    },
  };
}
