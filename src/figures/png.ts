/**
 * A writer of small indexed PNG images (256 colours, one of them may be transparent), for colour maps inside figures.
 * Format: PNG specification (ISO/IEC 15948), colour type 3, bit depth 8, no filtering, no interlacing.
 * @module
 */
import { zlibSync } from "fflate";
import { ForetrainError } from "../errors.js";
import type { Rgb } from "./colour.js";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Remainders of the CRC-32 polynomial 0xEDB88320 for one byte. */
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let c = byte;
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  return c;
});

function crc32(bytes: Uint8Array): number {
  let c = 0xffffffff;
  for (const byte of bytes) c = CRC_TABLE[(c ^ byte) & 255]! ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

function chunk(type: string, content: Uint8Array): Uint8Array {
  const out = new Uint8Array(content.length + 12);
  const view = new DataView(out.buffer);
  view.setUint32(0, content.length);
  for (let i = 0; i < 4; i++) out[4 + i] = type.charCodeAt(i);
  out.set(content, 8);
  view.setUint32(content.length + 8, crc32(out.subarray(4, content.length + 8)));
  return out;
}

/** An image by palette index, rows from the top. */
export interface IndexedImage {
  readonly width: number;
  readonly height: number;
  /** width x height indices */
  readonly pixels: Uint8Array;
  /** 1 to 256 colours */
  readonly palette: readonly Rgb[];
  /** index that is drawn fully transparent */
  readonly transparent?: number;
}

/**
 * The bytes of a PNG file.
 * @throws ERR_SHAPE when pixels and size disagree or the palette is too long
 */
export function encodePng(image: IndexedImage): Uint8Array {
  const { width, height, pixels, palette, transparent } = image;
  if (!(width >= 1 && height >= 1 && pixels.length === width * height)) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `encodePng: ${pixels.length} pixels, expected ${width} x ${height} = ${width * height} and at least one`,
      { argument: "pixels", got: pixels.length, expected: width * height },
    );
  }
  if (!(palette.length >= 1 && palette.length <= 256)) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `encodePng: palette has ${palette.length} colours, expected 1 to 256`,
      {
        argument: "palette",
        got: palette.length,
        expected: 256,
      },
    );
  }
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, 3, 0, 0, 0], 8);
  // each row starts with its filter type, 0 = none
  const rows = new Uint8Array((width + 1) * height);
  for (let y = 0; y < height; y++) {
    rows.set(pixels.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  }
  const alpha = transparent === undefined ? null : palette.map((_, i) => (i === transparent ? 0 : 255));
  const parts = [
    Uint8Array.from(SIGNATURE),
    chunk("IHDR", header),
    chunk("PLTE", Uint8Array.from(palette.flat())),
    ...(alpha === null ? [] : [chunk("tRNS", Uint8Array.from(alpha))]),
    chunk("IDAT", zlibSync(rows, { level: 9 })),
    chunk("IEND", new Uint8Array(0)),
  ];
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** A PNG as the address of an `<image>`. */
export function pngDataUri(image: IndexedImage): string {
  const bytes = encodePng(image);
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return `data:image/png;base64,${btoa(binary)}`;
}
