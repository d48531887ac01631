/**
 * The header of an npy array: magic, version, and a Python dictionary literal with `descr`, `fortran_order`, `shape`.
 * Format: NumPy enhancement proposal 1 and `numpy.lib.format`, versions 1.0 to 3.0.
 * @module
 */
import { failData } from "./problem.js";

/** What an npy header says. */
export interface NpyHeader {
  /** element kind and bytes without the byte order, for example `f8`, `i4`, `b1` */
  readonly kind: string;
  readonly littleEndian: boolean;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  /** where the elements begin */
  readonly dataOffset: number;
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]; // "\x93NUMPY"
const EXPECTED = "expected an array as numpy.save writes it";

type Literal = string | number | boolean | null | readonly Literal[] | Map<string, Literal>;

/** Reads the subset of Python literals that numpy writes: dict, tuple, list, str, int, bool, None. */
class LiteralReader {
  #at = 0;
  constructor(
    private readonly text: string,
    private readonly source: string,
  ) {}

  fail(): never {
    return failData(
      this.source,
      `the npy header is not readable near ${JSON.stringify(this.text.slice(this.#at, this.#at + 20))}`,
      EXPECTED,
    );
  }

  skipSpace(): void {
    while (/\s/.test(this.text[this.#at] ?? "")) this.#at++;
  }

  take(token: string): boolean {
    this.skipSpace();
    if (!this.text.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    return true;
  }

  sequence(close: string): Literal[] {
    const items: Literal[] = [];
    while (!this.take(close)) {
      items.push(this.value());
      if (!this.take(",")) {
        if (!this.take(close)) this.fail();
        break;
      }
    }
    return items;
  }

  value(): Literal {
    if (this.take("{")) {
      const map = new Map<string, Literal>();
      while (!this.take("}")) {
        const key = this.value();
        if (typeof key !== "string" || !this.take(":")) this.fail();
        map.set(key as string, this.value());
        if (!this.take(",")) {
          if (!this.take("}")) this.fail();
          break;
        }
      }
      return map;
    }
    if (this.take("(")) return this.sequence(")");
    if (this.take("[")) return this.sequence("]");
    if (this.take("True")) return true;
    if (this.take("False")) return false;
    if (this.take("None")) return null;
    this.skipSpace();
    const rest = this.text.slice(this.#at);
    // Python 2 wrote long integers with a trailing L
    const match = /^(?:'([^'\\]*)'|"([^"\\]*)"|(\d+)L?)/.exec(rest);
    if (match === null) return this.fail();
    this.#at += match[0].length;
    return match[3] === undefined ? (match[1] ?? match[2]!) : Number(match[3]);
  }
}

/**
 * Reads the header of an npy array.
 *
 * @param source  name for error messages
 * @throws ForetrainError `ERR_DATA` when it is no npy array or the header is damaged
 */
export function readNpyHeader(bytes: Uint8Array, source: string): NpyHeader {
  if (bytes.length < 10 || MAGIC.some((byte, i) => bytes[i] !== byte)) {
    failData(source, "is no npy array (the magic number is missing)", EXPECTED, { got: bytes.length });
  }
  const major = bytes[6]!;
  if (!(major >= 1 && major <= 3)) {
    failData(source, `is an npy array of version ${major}`, "versions 1 to 3 are known", { got: major });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const textOffset = major === 1 ? 10 : 12;
  if (bytes.length < textOffset) failData(source, "the npy header is cut", EXPECTED, { got: bytes.length });
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (textOffset + length > bytes.length) {
    failData(source, "the npy header is cut", EXPECTED, {
      got: bytes.length,
      expected: textOffset + length,
    });
  }
  const text = new TextDecoder(major === 3 ? "utf-8" : "latin1").decode(
    bytes.subarray(textOffset, textOffset + length),
  );
  const fields = new LiteralReader(text, source).value();
  if (!(fields instanceof Map)) return failData(source, "the npy header is no dictionary", EXPECTED);
  const descr = fields.get("descr");
  const fortranOrder = fields.get("fortran_order");
  const shape = fields.get("shape");
  if (typeof fortranOrder !== "boolean" || !Array.isArray(shape)) {
    return failData(source, "the npy header lacks fortran_order or shape", EXPECTED);
  }
  if (!shape.every((side): side is number => Number.isSafeInteger(side))) {
    return failData(source, "the shape in the npy header is not made of whole numbers", EXPECTED);
  }
  const parsed = typeof descr === "string" ? /^([<>|=])?([a-zA-Z]\d+)$/.exec(descr) : null;
  if (parsed === null) {
    const shown = descr instanceof Map || Array.isArray(descr) ? "a structured type" : JSON.stringify(descr);
    const objects = descr === "|O";
    return failData(
      source,
      objects ? "has Python objects as elements, which only Python reads" : `has elements of ${shown}`,
      `expected numbers or texts: save it with .astype('float64') or .astype('int32')${objects ? ", texts with .astype('U')" : ""}`,
      { got: shown },
    );
  }
  return {
    kind: parsed[2]!,
    littleEndian: parsed[1] !== ">",
    fortranOrder,
    shape,
    dataOffset: textOffset + length,
  };
}

/** Header bytes of version 1.0 (2.0 when it is longer than 65,535) in C order, padded so that data begin at a multiple of 64. */
export function writeNpyHeader(descr: string, shape: readonly number[]): Uint8Array {
  const sides = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const literal = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${sides}), }`;
  const major = literal.length + 64 > 0xffff ? 2 : 1;
  const textOffset = major === 1 ? 10 : 12;
  const total = Math.ceil((textOffset + literal.length + 1) / 64) * 64;
  const out = new Uint8Array(total).fill(0x20);
  out.set(MAGIC);
  out[6] = major;
  out[7] = 0;
  const view = new DataView(out.buffer);
  if (major === 1) view.setUint16(8, total - textOffset, true);
  else view.setUint32(8, total - textOffset, true);
  out.set(new TextEncoder().encode(literal), textOffset);
  out[total - 1] = 0x0a;
  return out;
}
