/** Small files made by hand for the tests of the readers. */
import { gzipSync } from "node:zlib";

export const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** An IDX file of unsigned bytes. */
export function idx(shape: readonly number[], data: ArrayLike<number>): Uint8Array {
  const out = new Uint8Array(4 + 4 * shape.length + data.length);
  const view = new DataView(out.buffer);
  out[2] = 8;
  out[3] = shape.length;
  shape.forEach((side, axis) => {
    view.setUint32(4 + 4 * axis, side);
  });
  out.set(Array.from(data), 4 + 4 * shape.length);
  return out;
}

/** A binary CIFAR-10 batch whose pixel (row, column, channel) of image i is a known number. */
export function cifarBatch(labels: readonly number[]): Uint8Array {
  const out = new Uint8Array(labels.length * 3073);
  labels.forEach((label, i) => {
    out[i * 3073] = label;
    for (let c = 0; c < 3; c++) {
      for (let p = 0; p < 1024; p++) out[i * 3073 + 1 + c * 1024 + p] = cifarPixel(i, p, c);
    }
  });
  return out;
}
export const cifarPixel = (image: number, pixel: number, channel: number): number =>
  (17 * image + pixel + 85 * channel) % 256;

/** A ustar archive. */
export function tar(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const blocks: Uint8Array[] = [];
  for (const [name, content] of Object.entries(files)) {
    const header = new Uint8Array(512);
    header.set(text(name), 0);
    header.set(text("0000644\0"), 100);
    header.set(text(`${content.length.toString(8).padStart(11, "0")}\0`), 124);
    header.set(text("        "), 148);
    header[156] = 0x30;
    header.set(text("ustar\x0000"), 257);
    const sum = header.reduce((a, b) => a + b, 0);
    header.set(text(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
    const body = new Uint8Array(Math.ceil(content.length / 512) * 512);
    body.set(content);
    blocks.push(header, body);
  }
  blocks.push(new Uint8Array(1024));
  return Uint8Array.from(blocks.flatMap((block) => Array.from(block)));
}

export const gzip = (bytes: Uint8Array): Uint8Array => Uint8Array.from(gzipSync(bytes));
