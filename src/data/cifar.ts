/**
 * CIFAR-10 in its binary form: records of one label byte and 3 x 32 x 32 bytes, the colour planes one after another.
 * @module
 */
import type { NdArray } from "../numeric/matrix.js";
import { gunzip } from "./gzip.js";
import { count, failData } from "./problem.js";
import { readTar } from "./tar.js";

const SIDE = 32;
const PLANE = SIDE * SIDE;
const CHANNELS = 3;
const RECORD = 1 + CHANNELS * PLANE;
const CLASSES = 10;

/** Images [n, 32, 32, 3], channels last, and their labels. */
export interface LabelledImages {
  readonly x: NdArray<Uint8Array>;
  readonly y: Int32Array;
}

/** The batches of the published archive, in order. */
export const CIFAR_TRAIN_BATCHES: readonly string[] = [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`);
export const CIFAR_TEST_BATCH = "test_batch.bin";

/**
 * Joins binary batches, each plain or gzipped, into one array of images.
 *
 * @param batches  bytes with the file name for error messages
 * @throws ForetrainError `ERR_DATA` when a length is no multiple of 3,073 or a label is above 9
 */
export function readCifarBatches(
  batches: readonly { readonly bytes: Uint8Array; readonly file: string }[],
): LabelledImages {
  const contents = batches.map(({ bytes, file }) => {
    const content = gunzip(bytes, file);
    if (content.length === 0 || content.length % RECORD !== 0) {
      failData(
        file,
        `has ${count(content.length)} bytes, no multiple of ${count(RECORD)} (a label and 32 x 32 x 3 bytes)`,
        "the file is cut, damaged, or no CIFAR-10 batch in the binary form: fetch it again",
        { got: content.length, expected: `a multiple of ${RECORD}` },
      );
    }
    return { content, file };
  });
  const n = contents.reduce((sum, { content }) => sum + content.length / RECORD, 0);
  const x = new Uint8Array(n * CHANNELS * PLANE);
  const y = new Int32Array(n);
  let image = 0;
  for (const { content, file } of contents) {
    for (let at = 0; at < content.length; at += RECORD, image++) {
      const label = content[at]!;
      if (label >= CLASSES) {
        failData(file, `record ${at / RECORD} has label ${label}`, "expected 0 to 9: the file is damaged", {
          index: at / RECORD,
          got: label,
          expected: "< 10",
        });
      }
      y[image] = label;
      let to = image * CHANNELS * PLANE;
      const red = at + 1;
      for (let p = red; p < red + PLANE; p++, to += CHANNELS) {
        x[to] = content[p]!;
        x[to + 1] = content[p + PLANE]!;
        x[to + 2] = content[p + 2 * PLANE]!;
      }
    }
  }
  return { x: { data: x, shape: [n, SIDE, SIDE, CHANNELS] }, y };
}

/**
 * The binary batches inside `cifar-10-binary.tar.gz` (or the plain tar), by file name without folders.
 *
 * @throws ForetrainError `ERR_DATA` when the archive is damaged or lacks one of the six batches
 */
export function readCifarArchive(bytes: Uint8Array, file: string): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  for (const [path, content] of readTar(gunzip(bytes, file), file)) {
    found.set(path.slice(path.lastIndexOf("/") + 1), content);
  }
  for (const name of [...CIFAR_TRAIN_BATCHES, CIFAR_TEST_BATCH]) {
    if (!found.has(name)) {
      failData(
        file,
        `holds no ${name}`,
        "expected cifar-10-binary.tar.gz (the python and matlab archives hold other formats)",
        {
          got: [...found.keys()],
          expected: name,
        },
      );
    }
  }
  return found;
}
