/**
 * npz files whose arrays come in pieces and never lie in memory whole (Node).
 * @module
 */
import { crc32 } from "node:zlib";
import {
  STORED_CRC_OFFSET,
  type StoredEntry,
  storedEnd,
  storedHeader,
  writeNpyHeader,
} from "../data/index.js";
import { ForetrainError } from "../errors.js";
import { sizeOf } from "../numeric/matrix.js";
import { type LongWork, throwIfAborted } from "../progress.js";
import { writeFileAtomic } from "./write-node.js";

/** An array in C order, piece by piece. */
export interface ArrayStream {
  readonly name: string;
  readonly dtype: "float64" | "float32";
  readonly shape: readonly number[];
  readonly pieces: () => AsyncIterable<Float64Array | Float32Array>;
}

/** Parts of this size are written at once, so that cancellation is heard in between. */
const PART = 2 ** 24;

/** Elements in the byte order of the file: little-endian, as the arrays are on every host that Node has but s390x. */
function littleEndian(piece: Float64Array | Float32Array): Uint8Array {
  const bytes = new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength);
  if (new Uint8Array(new Uint16Array([1]).buffer)[0] === 1) return bytes;
  const out = new Uint8Array(bytes);
  for (let at = 0; at < out.length; at += piece.BYTES_PER_ELEMENT) {
    out.subarray(at, at + piece.BYTES_PER_ELEMENT).reverse();
  }
  return out;
}

/**
 * Writes an npz whole or not at all; the same bytes as `writeNpzFile` gives for the same arrays. Memory: one piece.
 * @throws ForetrainError `ERR_FILE`, `ERR_ABORTED`; `ERR_SHAPE` when the pieces of an array are not its shape
 */
export async function writeNpzStream(
  path: string,
  arrays: readonly ArrayStream[],
  { signal }: Pick<LongWork, "signal"> = {},
): Promise<void> {
  await writeFileAtomic(
    path,
    async (handle) => {
      let position = 0;
      const put = async (bytes: Uint8Array, at: number) => {
        for (let done = 0; done < bytes.length; ) {
          throwIfAborted(signal);
          const length = Math.min(PART, bytes.length - done);
          done += (await handle.write(bytes, done, length, at + done)).bytesWritten;
        }
      };
      const entries: StoredEntry[] = [];
      for (const { name, dtype, shape, pieces } of arrays) {
        const begin = writeNpyHeader(dtype === "float32" ? "<f4" : "<f8", shape);
        const bytes = begin.length + sizeOf(shape) * (dtype === "float32" ? 4 : 8);
        const entry = { name: `${name}.npy`, bytes, position };
        const header = storedHeader({ ...entry, crc: 0 });
        await put(header, position);
        let at = position + header.length;
        await put(begin, at);
        at += begin.length;
        let crc = crc32(begin);
        for await (const piece of pieces()) {
          const part = littleEndian(piece);
          crc = crc32(part, crc);
          await put(part, at);
          at += part.length;
        }
        if (at !== position + header.length + bytes) {
          throw new ForetrainError(
            "ERR_SHAPE",
            `npz: the pieces of "${name}" have ${at - position - header.length} bytes, its shape [${shape.join(", ")}] needs ${bytes}`,
            { argument: name, got: at - position - header.length, expected: bytes },
          );
        }
        // the check sum is known now; it stands before the content
        const sum = new Uint8Array(4);
        new DataView(sum.buffer).setUint32(0, crc, true);
        await put(sum, position + STORED_CRC_OFFSET);
        entries.push({ ...entry, crc });
        position = at;
      }
      await put(storedEnd(entries, position), position);
    },
    { signal },
  );
}
