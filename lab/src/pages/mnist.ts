/**
 * The images of the site: fetched once by a worker, and made smaller.
 * @module
 */
import { ForetrainError, type NdArray, readIdxImages, readIdxLabels } from "foretrain";

/** Where the files are. */
export interface MnistAddress {
  readonly images: string;
  readonly labels: string;
}

/** Addresses of the files, seen from the page. */
export function mnistAddress(): MnistAddress {
  const address = (name: string) => new URL(`data/mnist-${name}.idx`, document.baseURI).href;
  return { images: address("images"), labels: address("labels") };
}

/** Train images of MNIST in turns of the classes: 0, 1, ..., 9, 0, 1, ... */
export interface MnistSample {
  /** [n, 28, 28] */
  readonly images: NdArray<Uint8Array>;
  readonly labels: Int32Array;
}

let loaded: Promise<MnistSample> | null = null;

async function bytesOf(address: string): Promise<Uint8Array> {
  const response = await fetch(address);
  if (!response.ok) {
    throw new ForetrainError(
      "ERR_FILE",
      `${address}: the server says ${response.status} ${response.statusText}`,
      { argument: address },
    );
  }
  return new Uint8Array(await response.arrayBuffer());
}

export function mnistSample({ images, labels }: MnistAddress): Promise<MnistSample> {
  loaded ??= (async () => ({
    images: readIdxImages(await bytesOf(images), "mnist-images.idx"),
    labels: readIdxLabels(await bytesOf(labels), "mnist-labels.idx", 10),
  }))().catch((error: unknown) => {
    loaded = null;
    throw error;
  });
  return loaded;
}

/** Images by their numbers, the bytes summed over squares down to `side`. [order, side, side, 1] */
export function summedImages(
  { images }: MnistSample,
  order: ArrayLike<number>,
  side: number,
): NdArray<Float64Array> {
  const full = images.shape[1]!;
  const factor = full / side;
  const size = side * side;
  const data = new Float64Array(order.length * size);
  for (let row = 0; row < order.length; row++) {
    const from = order[row]! * full * full;
    for (let i = 0; i < full; i++) {
      for (let j = 0; j < full; j++) {
        const at = Math.floor(i / factor) * side + Math.floor(j / factor);
        data[row * size + at]! += images.data[from + i * full + j]!;
      }
    }
  }
  return { data, shape: [order.length, side, side, 1] };
}
