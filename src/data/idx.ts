/**
 * IDX, the format of MNIST and its relatives: big-endian magic 00 00 TYPE RANK, then RANK dimensions, then the elements.
 * @module
 */
import { type NdArray, sizeOf } from "../numeric/matrix.js";
import { gunzip } from "./gzip.js";
import { count, failData } from "./problem.js";

const UNSIGNED_BYTE = 0x08;

/**
 * An IDX array of unsigned bytes, plain or gzipped. The data are a view of the given bytes when those are plain.
 *
 * @param file  name for error messages
 * @throws ForetrainError `ERR_DATA` when the header is not IDX or the length does not fit it
 */
export function readIdx(bytes: Uint8Array, file: string): NdArray<Uint8Array> {
  const content = gunzip(bytes, file);
  if (content.length < 4 || content[0] !== 0 || content[1] !== 0 || !(content[3]! >= 1)) {
    failData(
      file,
      "is no IDX file (it does not begin with 00 00, a type and a rank)",
      "expected a file of the MNIST family",
      {
        got: [...content.subarray(0, 4)],
      },
    );
  }
  if (content[2] !== UNSIGNED_BYTE) {
    failData(
      file,
      `holds elements of IDX type 0x${content[2]!.toString(16)}`,
      "expected unsigned bytes (0x08)",
      { got: content[2], expected: UNSIGNED_BYTE },
    );
  }
  const rank = content[3]!;
  const start = 4 + 4 * rank;
  const wayOut = "the file is cut or damaged: fetch it again";
  if (content.length < start) {
    failData(file, `the header needs ${start} bytes, the file has ${content.length}`, wayOut, {
      got: content.length,
      expected: start,
    });
  }
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const size = sizeOf(shape);
  if (content.length - start !== size) {
    const what = rank === 3 ? `${count(shape[0]!)} images of ${shape[1]} x ${shape[2]}` : shape.join(" x ");
    failData(
      file,
      `the header says ${what} = ${count(size)} bytes, the file has ${count(content.length - start)} after its header`,
      wayOut,
      { got: content.length - start, expected: size },
    );
  }
  return { data: content.subarray(start), shape };
}

/** Images [n, height, width] of an IDX file. */
export function readIdxImages(bytes: Uint8Array, file: string): NdArray<Uint8Array> {
  const array = readIdx(bytes, file);
  if (array.shape.length !== 3) {
    failData(
      file,
      `has ${array.shape.length} dimensions`,
      "expected 3: images, rows, columns (are images and labels mixed up?)",
      { got: array.shape, expected: 3 },
    );
  }
  return array;
}

/** Labels [n] of an IDX file, each below `classes`. */
export function readIdxLabels(bytes: Uint8Array, file: string, classes = 256): Int32Array {
  const array = readIdx(bytes, file);
  if (array.shape.length !== 1) {
    failData(
      file,
      `has ${array.shape.length} dimensions`,
      "expected 1: labels (are images and labels mixed up?)",
      { got: array.shape, expected: 1 },
    );
  }
  const bad = array.data.findIndex((label) => label >= classes);
  if (bad >= 0) {
    failData(
      file,
      `label ${bad} is ${array.data[bad]}`,
      `expected 0 to ${classes - 1}: the file is damaged or of another data set`,
      {
        index: bad,
        got: array.data[bad],
        expected: `< ${classes}`,
      },
    );
  }
  return Int32Array.from(array.data);
}
