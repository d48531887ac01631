/**
 * Whole files as bytes (Node).
 * @module
 */
import { open } from "node:fs/promises";
import { fileError } from "./file-error-node.js";

/** One read call of the system takes at most 2^31 - 1 bytes; kernels are larger. */
const PART = 1 << 30;

/**
 * The bytes of a file of any size that memory holds, as a plain Uint8Array of its own.
 * @throws ForetrainError `ERR_FILE` with path and reason
 */
export async function readFileBytes(path: string): Promise<Uint8Array> {
  try {
    const handle = await open(path, "r");
    try {
      const { size } = await handle.stat();
      // pipes and /proc say 0: read to their end instead
      if (size === 0) return new Uint8Array(await handle.readFile());
      const bytes = new Uint8Array(size);
      let at = 0;
      while (at < size) {
        const { bytesRead } = await handle.read(bytes, at, Math.min(PART, size - at), at);
        if (bytesRead === 0) return bytes.subarray(0, at); // cut while it was read: the format's checks will say so
        at += bytesRead;
      }
      return bytes;
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw fileError("cannot read", path, cause);
  }
}
