/**
 * The elements of an npy array of texts: `U`, four bytes for each character in the array's byte order, and `S`, bytes. Both are
 * filled up with zeros.
 * @module
 */
import type { NpyHeader } from "./npy-header.js";
import { failData } from "./problem.js";

/** Whether elements of this kind are texts: `U3`, `S10`. */
export const isTextKind = (kind: string): boolean => /^[US]\d+$/.test(kind);

/** Bytes of one element of a kind of texts. */
export const textBytes = (kind: string): number => Number(kind.slice(1)) * (kind[0] === "U" ? 4 : 1);

function fromCodePoints(
  view: DataView,
  at: number,
  size: number,
  { littleEndian }: NpyHeader,
): string | null {
  let end = at + size;
  while (end > at && view.getUint32(end - 4, littleEndian) === 0) end -= 4;
  let text = "";
  for (let i = at; i < end; i += 4) {
    const code = view.getUint32(i, littleEndian);
    if (code > 0x10ffff) return null;
    text += String.fromCodePoint(code);
  }
  return text;
}

function fromBytes(bytes: Uint8Array): string | null {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.subarray(0, end));
  } catch {
    return null;
  }
}

/**
 * The texts of an array in the order of the file. [n]
 *
 * @param bytes  the whole npy file, with as many bytes as its header says
 * @throws ForetrainError `ERR_DATA` for an element that is no text: no code points, or bytes that are no UTF-8
 */
export function readTexts(bytes: Uint8Array, header: NpyHeader, n: number, source: string): string[] {
  const size = textBytes(header.kind);
  const wide = header.kind[0] === "U";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: n }, (_, i) => {
    const at = header.dataOffset + i * size;
    const text = wide ? fromCodePoints(view, at, size, header) : fromBytes(bytes.subarray(at, at + size));
    return (
      text ??
      failData(
        source,
        `element ${i} is no text: ${wide ? "it has characters beyond U+10FFFF" : "its bytes are no UTF-8"}`,
        wide
          ? "the array is damaged: save it again"
          : "expected texts: decode them in Python and save them with .astype('U')",
        { index: i },
      )
    );
  });
}
