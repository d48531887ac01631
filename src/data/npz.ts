/**
 * npy and npz, the arrays of NumPy: bytes in, bytes out.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { type NdArray, type NumericArray, sizeOf } from "../numeric/matrix.js";
import { type NpyHeader, readNpyHeader, writeNpyHeader } from "./npy-header.js";
import { isTextKind, readTexts, textBytes } from "./npy-texts.js";
import { count, failData } from "./problem.js";
import { readZip, zipPieces } from "./zip.js";

const HOST_IS_LITTLE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Bytes of one element, for the kinds that are read. */
const ELEMENT_BYTES: Readonly<Record<string, number>> = {
  f8: 8,
  f4: 4,
  f2: 2,
  i8: 8,
  i4: 4,
  i2: 2,
  i1: 1,
  u8: 8,
  u4: 4,
  u2: 2,
  u1: 1,
  b1: 1,
};

function swapped(bytes: Uint8Array, width: number): Uint8Array {
  const out = new Uint8Array(bytes);
  for (let i = 0; i < out.length; i += width) out.subarray(i, i + width).reverse();
  return out;
}

/** IEEE 754 binary16 to a double. */
function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** 64-bit integers as int32 where all fit (labels), else as doubles where all are exact. */
function narrow(values: BigInt64Array | BigUint64Array, source: string): Int32Array | Float64Array {
  const wide = new Float64Array(values.length);
  let small = true;
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i]!);
    if (!Number.isSafeInteger(value)) {
      failData(
        source,
        `element ${i} is ${values[i]}, a 64-bit integer that float64 cannot hold`,
        "keep integers within +-(2^53 - 1), or save the array as float64",
        { got: String(values[i]), index: i },
      );
    }
    small &&= value === (value | 0);
    wide[i] = value;
  }
  return small ? Int32Array.from(wide) : wide;
}

function decode(bytes: Uint8Array, header: NpyHeader, n: number, source: string): NumericArray {
  const width = ELEMENT_BYTES[header.kind]!;
  const body = bytes.subarray(header.dataOffset, header.dataOffset + n * width);
  // copied by the constructor, never by slice(): a Node Buffer's slice is a view of the caller's memory
  const native = width === 1 || header.littleEndian === HOST_IS_LITTLE ? body : swapped(body, width);
  if (width === 1) {
    if (header.kind === "i1") return Int8Array.from(native, (value) => (value << 24) >> 24);
    if (header.kind === "u1") return new Uint8Array(native);
    return Uint8Array.from(native, (value) => (value === 0 ? 0 : 1));
  }
  // an entry of an archive lies at any address, typed arrays need theirs aligned
  const buffer = new Uint8Array(native).buffer;
  switch (header.kind) {
    case "f8":
      return new Float64Array(buffer);
    case "f4":
      return new Float32Array(buffer);
    case "f2":
      return Float32Array.from(new Uint16Array(buffer), fromHalf);
    case "i4":
      return new Int32Array(buffer);
    case "u4":
      return new Uint32Array(buffer);
    case "i2":
      return new Int16Array(buffer);
    case "u2":
      return new Uint16Array(buffer);
    case "i8":
      return narrow(new BigInt64Array(buffer), source);
    default:
      return narrow(new BigUint64Array(buffer), source);
  }
}

/** An array of texts as indices into its different texts. */
function decodeTexts(bytes: Uint8Array, header: NpyHeader, n: number, source: string) {
  const all = readTexts(bytes, header, n, source);
  const texts = [...new Set(all)].sort();
  const index = new Map(texts.map((text, i) => [text, i]));
  return { data: Int32Array.from(all, (text) => index.get(text)!), texts };
}

/** Fortran order (first index fastest) to C order. */
function toRowMajor<T extends NumericArray>(data: T, shape: readonly number[]): T {
  const rank = shape.length;
  const out = data.slice() as T; // of our own making, no Buffer
  const strides = new Array<number>(rank);
  let stride = 1;
  for (let axis = 0; axis < rank; axis++) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  const index = new Array<number>(rank).fill(0);
  let from = 0;
  for (let to = 0; to < out.length; to++) {
    out[to] = data[from]!;
    for (let axis = rank - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      index[axis]!++;
      if (index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return out;
}

/**
 * One array from the bytes of an `.npy` file (or npz entry), in C order.
 *
 * Reads float64, float32, float16 (as float32), integers of 1, 2, 4 and 8 bytes and bool, in both byte orders, C or
 * Fortran order, header versions 1 to 3. 64-bit integers come as int32 when all fit, as float64 when all are exact
 * (|value| < 2^53), and are an error otherwise. Texts (`U`, and `S` as UTF-8) come as int32 indices into `texts`, the different ones,
 * sorted. Always a copy.
 *
 * @param source  name for error messages, for example `train.npz: x`
 * @throws ForetrainError `ERR_DATA` when it is damaged, cut, or of another element type (complex, dates, objects)
 */
export function readNpy(bytes: Uint8Array, source = "npy"): NdArray {
  const header = readNpyHeader(bytes, source);
  const text = isTextKind(header.kind);
  const width = text ? textBytes(header.kind) : ELEMENT_BYTES[header.kind];
  if (width === undefined) {
    return failData(
      source,
      `has elements of type ${header.kind}`,
      "expected numbers or texts: save it with .astype('float64') or .astype('int32')",
      { got: header.kind, expected: [...Object.keys(ELEMENT_BYTES), "U", "S"] },
    );
  }
  const n = sizeOf(header.shape);
  const available = bytes.length - header.dataOffset;
  if (available !== n * width) {
    failData(
      source,
      `the header says ${header.shape.join(" x ") || "one number"} of ${width} bytes = ${count(n * width)} bytes, there are ${count(available)}`,
      "the array is cut or damaged: save it again",
      { got: available, expected: n * width },
    );
  }
  const { data, ...rest } = text
    ? decodeTexts(bytes, header, n, source)
    : { data: decode(bytes, header, n, source) };
  return {
    ...rest,
    data: header.fortranOrder && header.shape.length > 1 ? toRowMajor(data, header.shape) : data,
    shape: header.shape,
  };
}

function descrOf(data: NumericArray): string {
  if (data instanceof Float64Array) return "<f8";
  if (data instanceof Float32Array) return "<f4";
  if (data instanceof Int32Array) return "<i4";
  if (data instanceof Uint32Array) return "<u4";
  if (data instanceof Int16Array) return "<i2";
  if (data instanceof Uint16Array) return "<u2";
  if (data instanceof Int8Array) return "|i1";
  return "|u1";
}

function npyParts({ data, shape }: NdArray, name: string): [header: Uint8Array, body: Uint8Array] {
  if (sizeOf(shape) !== data.length || !shape.every((side) => Number.isSafeInteger(side) && side >= 0)) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `npy: array "${name}" has ${data.length} elements, its shape [${shape.join(", ")}] needs ${sizeOf(shape)}`,
      { argument: name, got: data.length, expected: sizeOf(shape) },
    );
  }
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const body = HOST_IS_LITTLE || data.BYTES_PER_ELEMENT === 1 ? raw : swapped(raw, data.BYTES_PER_ELEMENT);
  return [writeNpyHeader(descrOf(data), shape), body];
}

/** The bytes of an `.npy` file: little-endian, C order, the element type of the typed array. */
export function writeNpy(array: NdArray): Uint8Array {
  const [header, body] = npyParts(array, "array");
  const out = new Uint8Array(header.length + body.length);
  out.set(header);
  out.set(body, header.length);
  return out;
}

/** Arrays by name, as in an `.npz` file. */
export type NpzArrays = Readonly<Record<string, NdArray>>;

/**
 * The arrays of an `.npz` file.
 *
 * @param file   name for error messages
 * @param names  read these only (a missing one is an error); default: all
 * @throws ForetrainError `ERR_DATA` when the archive or an array is damaged, cut, or of another element type
 */
export function readNpz(bytes: Uint8Array, file = "npz", names?: readonly string[]): Record<string, NdArray> {
  const entries = new Map(readZip(bytes, file).map((entry) => [entry.name.replace(/\.npy$/, ""), entry]));
  const found: Record<string, NdArray> = Object.create(null) as Record<string, NdArray>;
  for (const name of names ?? entries.keys()) {
    const entry = entries.get(name);
    if (entry === undefined) {
      return failData(
        file,
        `has no array "${name}"`,
        `it holds ${[...entries.keys()].join(", ") || "no arrays"}`,
        {
          argument: name,
          got: [...entries.keys()],
        },
      );
    }
    found[name] = readNpy(entry.read(), `${file}: ${name}`);
  }
  return found;
}

/**
 * The bytes of an `.npz` file piece by piece, for writing to a file without a second copy in memory.
 * The same arrays give the same bytes.
 *
 * @param arrays   named without slashes
 * @param options  `compress`: deflate (numpy.savez_compressed); default false, since kernels hardly compress
 * @throws ForetrainError `ERR_DOMAIN` at a name that has slashes or is empty
 */
export function npzPieces(arrays: NpzArrays, options: { compress?: boolean } = {}): Iterable<Uint8Array> {
  const sources = Object.entries(arrays).map(([name, array]) => {
    if (name === "" || /[\\/]|^\.\.?$/.test(name)) {
      throw new ForetrainError(
        "ERR_DOMAIN",
        `npz: "${name}" is no name of an array; expected one without slashes`,
        {
          argument: "arrays",
          got: name,
        },
      );
    }
    return { name: `${name}.npy`, parts: npyParts(array, name) };
  });
  return zipPieces(sources, options);
}

/** The bytes of an `.npz` file in one piece; see `npzPieces`. */
export function writeNpz(arrays: NpzArrays, options: { compress?: boolean } = {}): Uint8Array {
  const pieces = [...npzPieces(arrays, options)];
  const out = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}
