/**
 * A figure of a study as its file has it, and in the colours of the page. The text is looked at, never made part of the page: it
 * may come from anywhere.
 * @module
 */
import { darkTheme, lightTheme, themeProperties } from "foretrain";
import type { RunSource } from "../source.js";

/** A figure out of a file. */
export interface Drawing {
  readonly file: string;
  /** the file as it is */
  readonly svg: string;
  /** what the file says of itself; empty: nothing */
  readonly title: string;
  readonly description: string;
  /** width over height; null: it does not say */
  readonly shape: number | null;
}

const OPENING = /<svg\b[^<>]*>/;

const ENTITIES: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  "#39": "'",
  amp: "&",
};

/** The text of the first element of this name. */
const said = (svg: string, name: string) =>
  (new RegExp(`<${name}\\b[^<>]*>([^<]*)</${name}>`).exec(svg)?.[1] ?? "")
    .replace(/&(#?\w+);/g, (all, entity: string) => ENTITIES[entity] ?? all)
    .trim();

/**
 * What a file holds.
 * @throws Error when it is no SVG file
 */
export function drawingFrom(svg: string, file: string): Drawing {
  const [tag] = OPENING.exec(svg) ?? [];
  if (!tag?.includes('"http://www.w3.org/2000/svg"')) {
    throw new Error(`${file} is no picture: it is not an SVG file`);
  }
  const box = (/\bviewBox="([^"]*)"/.exec(tag)?.[1] ?? "")
    .trim()
    .split(/[\s,]+/)
    .map(Number);
  const shape = box[2]! / box[3]!;
  return {
    file,
    svg,
    title: said(svg, "title"),
    description: said(svg, "desc"),
    shape: Number.isFinite(shape) && shape > 0 ? shape : null,
  };
}

const kept = new WeakMap<RunSource, Map<string, Promise<Drawing>>>();

async function read(run: RunSource, file: string): Promise<Drawing> {
  if (!run.files.some(({ name }) => name === file)) throw new Error(`the run has no file ${file}`);
  return drawingFrom(new TextDecoder().decode(await run.read(file)), file);
}

/** The figure of a file of a run, read once. */
export function drawingOf(run: RunSource, file: string): Promise<Drawing> {
  const ofRun = kept.get(run) ?? new Map<string, Promise<Drawing>>();
  kept.set(run, ofRun);
  const known = ofRun.get(file) ?? read(run, file);
  ofRun.set(file, known);
  // another try may find it
  known.catch(() => ofRun.delete(file));
  return known;
}

/** The opening tag of a figure of the package. */
const OWN_FIGURE = /^\s*<svg\b[^<>]*\bclass="ft-figure"[^<>]*>/;

/** Whether the package drew it: its colours follow the page. */
export const isOwnFigure = (svg: string) => OWN_FIGURE.test(svg);

/** The figure in the colours of the page: those of the package read theirs from properties, and have no ground of their own here. */
export function inTheme(svg: string, theme: "light" | "dark"): string {
  const colours = themeProperties(theme === "dark" ? darkTheme : lightTheme);
  return svg.replace(
    OWN_FIGURE,
    (tag) => `${tag}<style>svg{${colours}}.ft-figure rect.ft-surface{fill:none}</style>`,
  );
}
