/**
 * CRC-32 (ISO-HDLC, polynomial 0xEDB88320), the check sum of zip and gzip.
 * @module
 */

const LANES = 8;
let tables: Int32Array | undefined;

/** Table k advances a byte by k further zero bytes: eight input bytes then cost eight look-ups and no loop-carried shifts. */
function buildTables(): Int32Array {
  const t = new Int32Array(256 * LANES);
  for (let i = 0; i < 256; i++) {
    let c = i;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
    t[i] = c;
  }
  for (let i = 256; i < t.length; i++) t[i] = (t[i - 256]! >>> 8) ^ t[t[i - 256]! & 0xff]!;
  return t;
}

/**
 * CRC-32 of `bytes`, as an unsigned 32-bit number; `previous` continues an earlier part of the same stream.
 *
 * @example
 * crc32(new TextEncoder().encode("123456789")) // 0xcbf43926
 */
export function crc32(bytes: Uint8Array, previous = 0): number {
  tables ??= buildTables();
  const t = tables;
  const n = bytes.length;
  let crc = ~previous;
  let i = 0;
  for (; i + LANES <= n; i += LANES) {
    crc ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    crc =
      t[1792 + (crc & 0xff)]! ^
      t[1536 + ((crc >>> 8) & 0xff)]! ^
      t[1280 + ((crc >>> 16) & 0xff)]! ^
      t[1024 + (crc >>> 24)]! ^
      t[768 + bytes[i + 4]!]! ^
      t[512 + bytes[i + 5]!]! ^
      t[256 + bytes[i + 6]!]! ^
      t[bytes[i + 7]!]!;
  }
  for (; i < n; i++) crc = (crc >>> 8) ^ t[(crc ^ bytes[i]!) & 0xff]!;
  return ~crc >>> 0;
}
