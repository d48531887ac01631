/**
 * Results of pieces as files in a folder (Node).
 * @module
 */
import { join } from "node:path";
import { readFileBytes } from "../data/read-file-node.js";
import { ForetrainError } from "../errors.js";
import type { ShardStore } from "./shards.js";
import { statOrNull, writeFileAtomic } from "./write-node.js";

/** A store in a folder, one file per key; several processes may share it, since files appear whole. */
export function folderStore(folder: string): ShardStore {
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
  return {
    get: async (key) => {
      const path = pathOf(key);
      return (await statOrNull(path)) === null ? null : readFileBytes(path);
    },
    put: (key, bytes) => writeFileAtomic(pathOf(key), bytes),
  };
}
