/**
 * Results of pieces as files in a folder (Node).
 * @module
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { readFileBytes } from "../data/read-file-node.js";
import { ForetrainError } from "../errors.js";
import type { ShardStore } from "./shards.js";
import { statOrNull, writeFileAtomic } from "./write-node.js";

/** A minute of work is little to lose, and some megabytes are little to write in it. */
const DRAFT_SECONDS = 60;

/**
 * A store in a folder, one file per key; several processes may share it, since files appear whole. The draft of a piece is `KEY.draft`
 * beside its place.
 * @param options.draftSeconds time between two drafts of a piece, default 60
 */
export function folderStore(
  folder: string,
  { draftSeconds = DRAFT_SECONDS }: { readonly draftSeconds?: number | undefined } = {},
): ShardStore {
  // two letters of folders keep directories small: 256 of them
  const pathOf = (key: string) => {
    if (/^[0-9a-f]{64}$/.test(key)) return join(folder, key.slice(0, 2), key);
    throw new ForetrainError(
      "ERR_DOMAIN",
      `folderStore: "${key}" is no key, expected 64 hexadecimal digits`,
      {
        argument: "key",
        got: key,
      },
    );
  };
  const draftOf = (key: string) => `${pathOf(key)}.draft`;
  const read = async (path: string) => ((await statOrNull(path)) === null ? null : readFileBytes(path));
  return {
    get: async (key) => read(pathOf(key)),
    put: (key, bytes) => writeFileAtomic(pathOf(key), bytes),
    drafts: {
      get: (key) => read(draftOf(key)),
      put: (key, bytes) => writeFileAtomic(draftOf(key), bytes),
      remove: (key) => rm(draftOf(key), { force: true }),
      seconds: draftSeconds,
    },
  };
}
