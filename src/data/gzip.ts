/**
 * gzip with the checks that a loader needs: a damaged or cut file is an error, never wrong data.
 * @module
 */
import { gunzipSync } from "fflate";
import { crc32 } from "./crc32.js";
import { count, failData } from "./problem.js";

/** Header 10 + trailer 8 bytes. */
const LEAST_BYTES = 18;

/** True when the bytes begin with the gzip magic number and the deflate method. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length >= 3 && bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8;
}

/** A Node Buffer as the plain Uint8Array it extends: its `slice` shares memory, and data sets hand their arrays on. */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  return bytes.constructor === Uint8Array
    ? bytes
    : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * The uncompressed content of a gzip file of one member; bytes that are not gzip are returned as they are, as a plain
 * Uint8Array.
 *
 * @param file  name for error messages
 * @throws ForetrainError `ERR_DATA` when the stream is cut or its CRC-32 or length do not fit
 */
export function gunzip(bytes: Uint8Array, file: string): Uint8Array {
  if (!isGzip(bytes)) return plainBytes(bytes);
  const wayOut = "the file is damaged: fetch it again";
  if (bytes.length < LEAST_BYTES) {
    failData(file, `the gzip stream is cut after ${bytes.length} bytes`, wayOut, { got: bytes.length });
  }
  const trailer = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 8, 8);
  const expectedCrc = trailer.getUint32(0, true);
  const expectedLength = trailer.getUint32(4, true);
  // deflate cannot do better than 1032:1, so a larger claim is a cut file's random bytes, not a size to allocate
  if (expectedLength > 1032 * bytes.length) {
    failData(file, "the gzip stream is cut or damaged (its trailer is no trailer)", wayOut, {
      got: bytes.length,
    });
  }
  let content: Uint8Array;
  try {
    content = gunzipSync(bytes);
  } catch (cause) {
    return failData(
      file,
      `the gzip stream is cut or damaged (${cause instanceof Error ? cause.message : String(cause)})`,
      wayOut,
      { got: bytes.length },
      cause,
    );
  }
  if (content.length % 2 ** 32 !== expectedLength) {
    failData(
      file,
      `the gzip stream holds ${count(content.length)} bytes, its trailer says ${count(expectedLength)}`,
      wayOut,
      { got: content.length, expected: expectedLength },
    );
  }
  const crc = crc32(content);
  if (crc !== expectedCrc) {
    failData(
      file,
      `CRC-32 is ${crc.toString(16)}, the gzip trailer says ${expectedCrc.toString(16)}`,
      wayOut,
      {
        got: crc,
        expected: expectedCrc,
      },
    );
  }
  return content;
}
