/**
 * What every figure can be taken away as: the package's own SVG, that picture as PNG, its numbers as CSV and npz.
 * @module
 */
import { type NpzArrays, npzPieces } from "foretrain";
import { inSlices } from "./slices.js";

/** Numbers of a figure as rows; null: there is none. */
export interface Table {
  /** with units */
  readonly columns: readonly string[];
  /** long ones are made one by one, while they are read */
  readonly rows: Iterable<readonly (string | number | null)[]>;
  /** what is left out, if anything */
  readonly note?: string;
}

/** The contents of a figure. Everything is made when it is asked for. */
export interface FigureContents {
  /** stem of file names */
  readonly name: string;
  /** long ones are drawn in a worker */
  svg(): string | Promise<string>;
  /** all numbers; a picture out of a file has none */
  csv?(): Table;
  /** numbers for people; default: all of them */
  table?(): Table;
  arrays?(): NpzArrays;
}

export type ExportFormat = "svg" | "png" | "csv" | "npz";

/** What a figure can be taken away as; before there is one, everything. */
export const formatsOf = (contents: FigureContents | null): readonly ExportFormat[] => [
  "svg",
  "png",
  ...(contents === null || contents.csv ? (["csv"] as const) : []),
  ...(contents === null || contents.arrays ? (["npz"] as const) : []),
];

function csvCell(value: string | number | null): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  return /[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

/** Characters of a piece: written in about a millisecond. */
const PIECE = 50_000;

/** RFC 4180, numbers as the shortest text that reads back as the same float64. */
function* csvPieces({ columns, rows }: Table): Generator<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  let text = `${columns.map(csvCell).join(",")}\n`;
  for (const row of rows) {
    text += `${row.map(csvCell).join(",")}\n`;
    if (text.length < PIECE) continue;
    yield encoder.encode(text);
    text = "";
  }
  yield encoder.encode(text);
}

/** Pixels of a PNG per pixel of the figure: good for print at the usual sizes. */
const PNG_SCALE = 2;

/**
 * The picture on a canvas as PNG. Browsers write it while they are idle; Chromium takes a page that a click has touched for busy until
 * the next frame, and where none is to be drawn starts after a whole second: so frames are asked for meanwhile.
 */
async function encoded(canvas: HTMLCanvasElement): Promise<Blob> {
  let frame = requestAnimationFrame(function next() {
    frame = requestAnimationFrame(next);
  });
  try {
    return await new Promise((resolve, reject) => {
      canvas.toBlob((blob) =>
        blob === null ? reject(new Error("the browser wrote no PNG")) : resolve(blob),
      );
    });
  } finally {
    cancelAnimationFrame(frame);
  }
}

/** Draws an SVG text in the browser. */
async function pngOf(svg: string): Promise<Blob> {
  const url = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = image.naturalWidth * PNG_SCALE;
    canvas.height = image.naturalHeight * PNG_SCALE;
    const context = canvas.getContext("2d");
    if (context === null) throw new Error("the browser gives no canvas to draw on");
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await encoded(canvas);
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** Blobs take nothing that threads could share. */
function* copies(pieces: Iterable<Uint8Array>): Generator<Uint8Array<ArrayBuffer>> {
  for (const piece of pieces) yield new Uint8Array(piece);
}

/** @returns the file, in one of {@link formatsOf}; long ones are made in slices, between which the page answers */
export async function exportBlob(contents: FigureContents, format: ExportFormat): Promise<Blob> {
  switch (format) {
    case "svg":
      return new Blob([await contents.svg()], { type: "image/svg+xml" });
    case "png":
      return pngOf(await contents.svg());
    case "csv":
      return new Blob(await inSlices(csvPieces(contents.csv!())), { type: "text/csv" });
    case "npz":
      return new Blob(await inSlices(copies(npzPieces(contents.arrays!()))), { type: "application/zip" });
  }
}

/** Hands a file to the user. */
export function saveBlob(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // the download has its own reference by then
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
