/**
 * A figure of the package shown as it is; the colours follow the page's theme.
 * @module
 */
import { useLayoutEffect, useRef } from "preact/hooks";
import { drawings } from "./drawing-queue.js";

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
  const shown = useRef({ room: 560, svg: "", redraw: () => {} }).current;
  shown.redraw = () =>
    drawings.ask(shown, () => {
      const svg = draw(Math.round(Math.min(most, Math.max(least, shown.room))));
      if (svg === shown.svg || box.current === null) return;
      shown.svg = svg;
      box.current.innerHTML = svg;
    });
  useLayoutEffect(() => {
    const element = box.current!;
    shown.room = element.clientWidth || shown.room;
    const observer = new ResizeObserver(() => {
      const room = element.clientWidth;
      // 0: a table stands in its place
      if (room === 0 || room === shown.room) return;
      shown.room = room;
      shown.redraw();
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      drawings.forget(shown);
    };
  }, [shown]);
  // after the effect above: the width is known
  useLayoutEffect(() => shown.redraw());
  return <div ref={box} class="svg-figure" />;
}
