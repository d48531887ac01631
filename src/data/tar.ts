/**
 * Reading of POSIX tar archives (ustar): enough for published data sets.
 * @module
 */
import { count, failData } from "./problem.js";

const BLOCK = 512;
const WAY_OUT = "the archive is cut or damaged: fetch it again";

function textAt(bytes: Uint8Array, at: number, length: number): string {
  const field = bytes.subarray(at, at + length);
  const end = field.indexOf(0);
  return new TextDecoder("latin1").decode(end < 0 ? field : field.subarray(0, end));
}

function octalAt(bytes: Uint8Array, at: number, length: number, file: string): number {
  const text = textAt(bytes, at, length).trim();
  if (!/^[0-7]+$/.test(text))
    failData(file, `a tar header holds ${JSON.stringify(text)} as a number`, WAY_OUT);
  return Number.parseInt(text, 8);
}

/**
 * The regular files of a tar archive by their path; contents are views of `bytes`.
 *
 * @param file  name for error messages
 * @throws ForetrainError `ERR_DATA` when a header's check sum is wrong or the archive is cut
 */
export function readTar(bytes: Uint8Array, file: string): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  let at = 0;
  let ended = false;
  while (at + BLOCK <= bytes.length) {
    const header = bytes.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) {
      ended = true;
      break;
    }
    let sum = 8 * 0x20; // the check sum field itself counts as spaces
    for (let i = 0; i < BLOCK; i++) if (i < 148 || i >= 156) sum += header[i]!;
    const expected = octalAt(header, 148, 8, file);
    if (sum !== expected) {
      failData(
        file,
        `the tar header at byte ${count(at)} has check sum ${sum}, expected ${expected}`,
        WAY_OUT,
        {
          got: sum,
          expected,
        },
      );
    }
    const size = octalAt(header, 124, 12, file);
    const prefix = textAt(header, 257, 5) === "ustar" ? textAt(header, 345, 155) : "";
    const name = prefix === "" ? textAt(header, 0, 100) : `${prefix}/${textAt(header, 0, 100)}`;
    const type = header[156]!;
    if (at + BLOCK + size > bytes.length) {
      failData(
        file,
        `${name} needs ${count(size)} bytes, the archive ends after ${count(bytes.length - at - BLOCK)}`,
        WAY_OUT,
        { got: bytes.length - at - BLOCK, expected: size },
      );
    }
    if (type === 0 || type === 0x30) found.set(name, bytes.subarray(at + BLOCK, at + BLOCK + size));
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  if (!ended) failData(file, "the tar archive has no end mark", WAY_OUT, { got: bytes.length });
  return found;
}
