/**
 * A figure of the package shown as it is; the colours follow the page's theme.
 * @module
 */
import { useRef } from "preact/hooks";
import { useWidth } from "./use-width.js";

export interface SvgFigureProps {
  /** draws for a width in px */
  readonly draw: (width: number) => string;
  /** the narrowest drawing */
  readonly least?: number;
  readonly most?: number;
}

/** The package's figures are drawn for a width: text keeps its size whatever the width of the page. */
export function SvgFigure({ draw, least = 300, most = 1200 }: SvgFigureProps) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box, 560);
  const drawn = draw(Math.round(Math.min(most, Math.max(least, width))));
  return <div ref={box} class="svg-figure" dangerouslySetInnerHTML={{ __html: drawn }} />;
}
