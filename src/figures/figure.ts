/**
 * The frame of a figure: one accessible, self-contained, responsive `<svg>`.
 * @module
 */
import { ForetrainError } from "../errors.js";
import type { Box } from "./placement.js";
import { FIGURE_STYLE_BLOCK, FONT } from "./style.js";
import { coordinate, element, escapeText, group } from "./svg.js";
import { textElement } from "./text.js";

/** Options of every figure. */
export interface FigureOptions {
  /** px, default 760; below 560 panels stand below each other */
  readonly width?: number;
  /** prefix of the ids inside, unique in the page; default: the figure's kind */
  readonly id?: string;
  /** a line above everything, for a picture that stands alone: what network, what data; figure markup */
  readonly heading?: string;
}

const DEFAULT_WIDTH = 760;
const MINIMUM_WIDTH = 280;
const STACK_BELOW = 560;
const HEADING_HEIGHT = 24;

/** The width asked for, checked. */
export function figureWidth(options: FigureOptions): number {
  const width = options.width ?? DEFAULT_WIDTH;
  if (!(width >= MINIMUM_WIDTH && width <= 4000)) {
    throw new ForetrainError("ERR_DOMAIN", `figure width is ${width}, expected ${MINIMUM_WIDTH} to 4000 px`, {
      argument: "width",
      got: width,
    });
  }
  return width;
}

/** Frames for `count` panels from `top` on: side by side, or below each other when the figure is narrow. */
export function panelFrames(
  count: number,
  width: number,
  top: number,
  height: number,
): { readonly frames: readonly Box[]; readonly bottom: number } {
  const gap = 18;
  if (width < STACK_BELOW) {
    const frames = Array.from({ length: count }, (_, i) => ({
      x: 0,
      y: top + i * (height + gap),
      width,
      height,
    }));
    return { frames, bottom: top + count * height + (count - 1) * gap };
  }
  const each = (width - (count - 1) * gap) / count;
  const frames = Array.from({ length: count }, (_, i) => ({
    x: i * (each + gap),
    y: top,
    width: each,
    height,
  }));
  return { frames, bottom: top + height };
}

/** Wraps the drawn parts. `title` and `description` are plain text for screen readers and tooltips. */
export function figureDocument(options: {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  /** see {@link FigureOptions} */
  readonly heading: string | undefined;
  readonly title: string;
  readonly description: string;
  readonly children: readonly string[];
}): string {
  const { id, width, heading } = options;
  const height = options.height + (heading === undefined ? 0 : HEADING_HEIGHT);
  return element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      class: "ft-figure",
      viewBox: `0 0 ${coordinate(width)} ${coordinate(height)}`,
      width,
      height,
      role: "img",
      "aria-labelledby": `${id}-title ${id}-desc`,
    },
    [
      element("title", { id: `${id}-title` }, escapeText(options.title)),
      element("desc", { id: `${id}-desc` }, escapeText(options.description)),
      FIGURE_STYLE_BLOCK,
      element("rect", { class: "ft-surface", width, height }),
      ...(heading === undefined
        ? options.children
        : [
            textElement(heading, 0, FONT.label, FONT.label, { class: "ft-muted" }),
            group({ transform: `translate(0 ${HEADING_HEIGHT})` }, options.children),
          ]),
    ],
  );
}
