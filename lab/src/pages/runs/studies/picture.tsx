/**
 * A figure of a study on the page: a picture, in which nothing runs and nothing is loaded, whatever its file holds.
 * @module
 */
import { useEffect, useRef, useState } from "preact/hooks";
import type { RunSource } from "../source.js";
import { type Drawing, drawingOf, inTheme, isOwnFigure } from "./drawing.js";

/** The figure of a file once it is asked for and here; null before. */
export function useDrawing(run: RunSource, file: string, wanted = true): Drawing | Error | null {
  const [drawing, setDrawing] = useState<Drawing | Error | null>(null);
  useEffect(() => {
    if (!wanted) return;
    let current = true;
    setDrawing(null);
    drawingOf(run, file).then(
      (found) => current && setDrawing(found),
      (error: unknown) => current && setDrawing(error instanceof Error ? error : new Error(String(error))),
    );
    return () => {
      current = false;
    };
  }, [run, file, wanted]);
  return drawing;
}

export interface StudyPictureProps {
  readonly drawing: Drawing;
  readonly theme: "light" | "dark";
  /** what is said instead of the picture; empty: something beside it says it */
  readonly alt: string;
}

export function StudyPicture({ drawing, theme, alt }: StudyPictureProps) {
  const image = useRef<HTMLImageElement>(null);
  const [failed, setFailed] = useState<Drawing | null>(null);
  useEffect(() => {
    const url = URL.createObjectURL(new Blob([inTheme(drawing.svg, theme)], { type: "image/svg+xml" }));
    if (image.current !== null) image.current.src = url;
    return () => URL.revokeObjectURL(url);
  }, [drawing, theme]);
  if (failed === drawing) return <p class="error">{drawing.file} is damaged: the browser cannot draw it</p>;
  return (
    <img
      ref={image}
      class={isOwnFigure(drawing.svg) ? "own" : "foreign"}
      alt={alt}
      onError={() => setFailed(drawing)}
      // its room, before it is drawn
      style={drawing.shape === null ? undefined : { aspectRatio: String(drawing.shape) }}
    />
  );
}

/** Whether an element is on the screen or was, or soon will be. */
export function useSeen<E extends Element>(): readonly [{ readonly current: E | null }, boolean] {
  const element = useRef<E>(null);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    const watcher = new IntersectionObserver(
      (found) => {
        if (!found.some(({ isIntersecting }) => isIntersecting)) return;
        setSeen(true);
        watcher.disconnect();
      },
      { rootMargin: "400px" },
    );
    watcher.observe(element.current!);
    return () => watcher.disconnect();
  }, []);
  return [element, seen];
}
