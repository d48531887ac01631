/**
 * Zip archives, the container of npz: reading with every check that the format offers, writing without copies.
 * Layout: PKWARE APPNOTE 6.3 (local header 4.3.7, central directory 4.3.12, zip64 4.3.14 and 4.5.3).
 * @module
 */
import { deflateSync, inflateSync } from "fflate";
import { ForetrainError } from "../errors.js";
import { crc32 } from "./crc32.js";
import { count, failData } from "./problem.js";

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;
const MAX32 = 0xffffffff;
const MAX16 = 0xffff;
/** 1980-01-01 in MS-DOS form, the first date it has: same content, same bytes. */
const DOS_DATE = 0x21;
const STORED = 0;
const DEFLATED = 8;

/** One file inside an archive; `read` inflates and checks it when it is asked for. */
export interface ZipEntry {
  readonly name: string;
  /** uncompressed length */
  readonly bytes: number;
  readonly read: () => Uint8Array;
}

/** True when the bytes begin like a zip archive (or are an empty one). */
function isZip(bytes: Uint8Array): boolean {
  return (
    bytes.length >= 4 &&
    bytes[0] === 0x50 &&
    bytes[1] === 0x4b &&
    ((bytes[2] === 3 && bytes[3] === 4) || (bytes[2] === 5 && bytes[3] === 6))
  );
}

const DAMAGED = "the file is cut or damaged: make it or fetch it again";

function safe(value: bigint, file: string): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) failData(file, "a zip64 size is beyond 2^53", DAMAGED);
  return Number(value);
}

interface Directory {
  readonly offset: number;
  readonly entries: number;
  readonly end: number;
}

function findDirectory(bytes: Uint8Array, view: DataView, file: string): Directory {
  // the end record is last, followed by a comment of at most 65,535 bytes
  const lowest = Math.max(0, bytes.length - 22 - MAX16);
  let at = bytes.length - 22;
  while (at >= lowest && view.getUint32(at, true) !== END) at--;
  if (at < lowest) failData(file, "no end-of-directory record found", DAMAGED, { got: bytes.length });
  let entries = view.getUint16(at + 10, true);
  let offset = view.getUint32(at + 16, true);
  let end = at;
  if (at >= 20 && view.getUint32(at - 20, true) === LOCATOR64) {
    const at64 = safe(view.getBigUint64(at - 12, true), file);
    if (at64 + 56 > bytes.length || view.getUint32(at64, true) !== END64) {
      failData(file, "the zip64 end record is missing", DAMAGED);
    }
    entries = safe(view.getBigUint64(at64 + 32, true), file);
    offset = safe(view.getBigUint64(at64 + 48, true), file);
    end = at64;
  }
  return { offset, entries, end };
}

/** Sizes and offset of a central record, from its zip64 field where the 32-bit ones are full. */
function sizes64(view: DataView, at: number, extraAt: number, extraLength: number, file: string) {
  const raw = {
    compressed: view.getUint32(at + 20, true),
    bytes: view.getUint32(at + 24, true),
    offset: view.getUint32(at + 42, true),
  };
  let p = extraAt;
  while (p + 4 <= extraAt + extraLength) {
    const id = view.getUint16(p, true);
    const length = view.getUint16(p + 2, true);
    if (id === 1) {
      let q = p + 4;
      const next = (): number => {
        if (q + 8 > p + 4 + length || q + 8 > extraAt + extraLength) {
          failData(file, "a zip64 field is too short", DAMAGED);
        }
        q += 8;
        return safe(view.getBigUint64(q - 8, true), file);
      };
      if (raw.bytes === MAX32) raw.bytes = next();
      if (raw.compressed === MAX32) raw.compressed = next();
      if (raw.offset === MAX32) raw.offset = next();
    }
    p += 4 + length;
  }
  return raw;
}

/**
 * The entries of a zip archive, in the order of its directory.
 *
 * @param file  name for error messages
 * @throws ForetrainError `ERR_DATA` (here or in `read`) when the archive is cut, damaged, encrypted, or uses a
 *         compression other than deflate; CRC-32 and lengths are always checked
 */
export function readZip(bytes: Uint8Array, file: string): ZipEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 22 || !isZip(bytes)) {
    failData(file, "is no zip archive", "expected the format of numpy.savez", { got: bytes.length });
  }
  const { offset, entries, end } = findDirectory(bytes, view, file);
  const found: ZipEntry[] = [];
  let at = offset;
  for (let i = 0; i < entries; i++) {
    if (at + 46 > end || view.getUint32(at, true) !== CENTRAL) {
      failData(file, `directory record ${i + 1} of ${entries} is missing`, DAMAGED);
    }
    const flags = view.getUint16(at + 8, true);
    const method = view.getUint16(at + 10, true);
    const crc = view.getUint32(at + 16, true);
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const next = at + 46 + nameLength + extraLength + view.getUint16(at + 32, true);
    if (next > end) failData(file, `directory record ${i + 1} of ${entries} is cut`, DAMAGED);
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
    const sizes = sizes64(view, at, at + 46 + nameLength, extraLength, file);
    found.push({
      name,
      bytes: sizes.bytes,
      read: () => readEntry(bytes, view, { file, name, flags, method, crc, ...sizes }),
    });
    at = next;
  }
  return found;
}

interface Location {
  readonly file: string;
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly compressed: number;
  readonly bytes: number;
  readonly offset: number;
}

function readEntry(bytes: Uint8Array, view: DataView, entry: Location): Uint8Array {
  const where = `${entry.file}, entry ${entry.name}`;
  if (entry.flags & 1) failData(where, "is encrypted", "write the archive without a password");
  if (entry.offset + 30 > bytes.length || view.getUint32(entry.offset, true) !== LOCAL) {
    failData(where, "has no local header", DAMAGED);
  }
  const start =
    entry.offset + 30 + view.getUint16(entry.offset + 26, true) + view.getUint16(entry.offset + 28, true);
  if (start + entry.compressed > bytes.length) {
    failData(
      where,
      `needs ${count(entry.compressed)} bytes, the file ends after ${count(bytes.length - start)}`,
      DAMAGED,
      { got: bytes.length - start, expected: entry.compressed },
    );
  }
  const packed = bytes.subarray(start, start + entry.compressed);
  let content: Uint8Array;
  if (entry.method === STORED) content = packed;
  else if (entry.method === DEFLATED) {
    if (entry.bytes > 1032 * Math.max(1, entry.compressed)) {
      failData(where, `claims ${count(entry.bytes)} bytes, more than deflate can hold`, DAMAGED);
    }
    try {
      content = inflateSync(packed, { out: new Uint8Array(entry.bytes) });
    } catch (cause) {
      return failData(
        where,
        `does not inflate (${cause instanceof Error ? cause.message : String(cause)})`,
        DAMAGED,
        {},
        cause,
      );
    }
  } else {
    return failData(
      where,
      `uses compression method ${entry.method}`,
      "expected stored or deflated, as numpy.savez and numpy.savez_compressed write",
      { got: entry.method, expected: [STORED, DEFLATED] },
    );
  }
  if (content.length !== entry.bytes) {
    failData(where, `has ${count(content.length)} bytes, expected ${count(entry.bytes)}`, DAMAGED, {
      got: content.length,
      expected: entry.bytes,
    });
  }
  const crc = crc32(content);
  if (crc !== entry.crc) {
    failData(where, `CRC-32 is ${crc.toString(16)}, the directory says ${entry.crc.toString(16)}`, DAMAGED, {
      got: crc,
      expected: entry.crc,
    });
  }
  return content;
}

/** Content of a file to write: its parts in order, not joined. */
export interface ZipSource {
  readonly name: string;
  readonly parts: readonly Uint8Array[];
}

/**
 * The bytes of a zip archive, piece by piece. Uncompressed parts are passed on as they are, so that writing an array
 * of a gigabyte takes no second gigabyte. The result depends on the content alone (fixed time stamps). Archives and
 * entries beyond 4 GiB get zip64 records.
 *
 * @param compress  deflate the entries; needs memory for one compressed entry
 */
export function* zipPieces(
  files: readonly ZipSource[],
  { compress = false }: { compress?: boolean } = {},
): Generator<Uint8Array> {
  const directory: Uint8Array[] = [];
  let position = 0;
  for (const { name, parts } of files) {
    const encodedName = new TextEncoder().encode(name);
    if (encodedName.length > MAX16) {
      throw new ForetrainError("ERR_DOMAIN", `zip: the name of an entry has ${encodedName.length} bytes`, {
        argument: "name",
        got: encodedName.length,
        expected: `<= ${MAX16}`,
      });
    }
    let bytes = 0;
    let crc = 0;
    for (const part of parts) {
      bytes += part.length;
      crc = crc32(part, crc);
    }
    const packed = compress ? [deflateSync(join(parts), { level: 6 })] : parts;
    const compressed = compress ? packed[0]!.length : bytes;
    const record = { encodedName, method: compress ? DEFLATED : STORED, crc, bytes, compressed, position };
    const header = localHeader(record);
    yield header;
    yield* packed;
    directory.push(centralRecord(record));
    position += header.length + compressed;
  }
  yield* directory;
  yield endRecords(
    files.length,
    directory.reduce((sum, record) => sum + record.length, 0),
    position,
  );
}

/** A file of an archive that is written by position: stored, its place and content known. */
export interface StoredEntry {
  readonly name: string;
  readonly bytes: number;
  readonly crc: number;
  /** where its header begins */
  readonly position: number;
}

/** Where the check sum lies in a {@link storedHeader}. */
export const STORED_CRC_OFFSET = 14;

const recordOf = ({ name, bytes, crc, position }: StoredEntry): WriteRecord => ({
  encodedName: new TextEncoder().encode(name),
  method: STORED,
  crc,
  bytes,
  compressed: bytes,
  position,
});

/** The header before the content of a stored file. */
export function storedHeader(entry: StoredEntry): Uint8Array {
  return localHeader(recordOf(entry));
}

/** What follows the last file: the directory, which begins at `position`. */
export function storedEnd(entries: readonly StoredEntry[], position: number): Uint8Array {
  const records = entries.map((entry) => centralRecord(recordOf(entry)));
  const bytes = records.reduce((sum, record) => sum + record.length, 0);
  return join([...records, endRecords(entries.length, bytes, position)]);
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

interface WriteRecord {
  readonly encodedName: Uint8Array;
  readonly method: number;
  readonly crc: number;
  readonly bytes: number;
  readonly compressed: number;
  readonly position: number;
}

/** Fields common to local and central headers, from "version needed" on. */
function writeCommon(view: DataView, at: number, record: WriteRecord, large: boolean): void {
  view.setUint16(at, large ? 45 : 20, true);
  view.setUint16(at + 2, 0x800, true); // names are UTF-8
  view.setUint16(at + 4, record.method, true);
  view.setUint16(at + 8, DOS_DATE, true);
  view.setUint32(at + 10, record.crc, true);
  view.setUint32(at + 14, large ? MAX32 : record.compressed, true);
  view.setUint32(at + 18, large ? MAX32 : record.bytes, true);
  view.setUint16(at + 22, record.encodedName.length, true);
}

function isLarge(record: WriteRecord): boolean {
  return record.bytes >= MAX32 || record.compressed >= MAX32;
}

function localHeader(record: WriteRecord): Uint8Array {
  const large = isLarge(record);
  const out = new Uint8Array(30 + record.encodedName.length + (large ? 20 : 0));
  const view = new DataView(out.buffer);
  view.setUint32(0, LOCAL, true);
  writeCommon(view, 4, record, large);
  out.set(record.encodedName, 30);
  if (large) {
    const at = 30 + record.encodedName.length;
    view.setUint16(28, 20, true);
    view.setUint16(at, 1, true);
    view.setUint16(at + 2, 16, true);
    view.setBigUint64(at + 4, BigInt(record.bytes), true);
    view.setBigUint64(at + 12, BigInt(record.compressed), true);
  }
  return out;
}

function centralRecord(record: WriteRecord): Uint8Array {
  const large = isLarge(record);
  const far = record.position >= MAX32;
  const wide = [...(large ? [record.bytes, record.compressed] : []), ...(far ? [record.position] : [])];
  const extra = wide.length === 0 ? 0 : 4 + 8 * wide.length;
  const out = new Uint8Array(46 + record.encodedName.length + extra);
  const view = new DataView(out.buffer);
  view.setUint32(0, CENTRAL, true);
  view.setUint16(4, 45, true);
  writeCommon(view, 6, record, large);
  view.setUint16(30, extra, true);
  view.setUint32(42, far ? MAX32 : record.position, true);
  out.set(record.encodedName, 46);
  if (extra > 0) {
    const at = 46 + record.encodedName.length;
    view.setUint16(at, 1, true);
    view.setUint16(at + 2, 8 * wide.length, true);
    wide.forEach((value, i) => {
      view.setBigUint64(at + 4 + 8 * i, BigInt(value), true);
    });
  }
  return out;
}

function endRecords(entries: number, directoryBytes: number, offset: number): Uint8Array {
  const large = entries >= MAX16 || directoryBytes >= MAX32 || offset >= MAX32;
  const out = new Uint8Array((large ? 76 : 0) + 22);
  const view = new DataView(out.buffer);
  let at = 0;
  if (large) {
    view.setUint32(0, END64, true);
    view.setBigUint64(4, 44n, true);
    view.setUint16(12, 45, true);
    view.setUint16(14, 45, true);
    view.setBigUint64(24, BigInt(entries), true);
    view.setBigUint64(32, BigInt(entries), true);
    view.setBigUint64(40, BigInt(directoryBytes), true);
    view.setBigUint64(48, BigInt(offset), true);
    view.setUint32(56, LOCATOR64, true);
    view.setBigUint64(64, BigInt(offset + directoryBytes), true);
    view.setUint32(72, 1, true);
    at = 76;
  }
  view.setUint32(at, END, true);
  view.setUint16(at + 8, Math.min(entries, MAX16), true);
  view.setUint16(at + 10, Math.min(entries, MAX16), true);
  view.setUint32(at + 12, Math.min(directoryBytes, MAX32), true);
  view.setUint32(at + 16, Math.min(offset, MAX32), true);
  return out;
}
