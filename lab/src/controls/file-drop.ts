/**
 * Files dropped anywhere on the page.
 * @module
 */
import { useEffect } from "preact/hooks";

/** Anywhere on the page is the right place to drop. `over` says whether files are above the page, `take` gets what was dropped. */
export function useFileDrop(take: (dropped: DataTransfer) => void, over: (inside: boolean) => void): void {
  useEffect(() => {
    const drag = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      over(true);
    };
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) over(false);
    };
    const drop = (event: DragEvent) => {
      event.preventDefault();
      over(false);
      if (event.dataTransfer !== null) take(event.dataTransfer);
    };
    addEventListener("dragover", drag);
    addEventListener("dragleave", leave);
    addEventListener("drop", drop);
    return () => {
      removeEventListener("dragover", drag);
      removeEventListener("dragleave", leave);
      removeEventListener("drop", drop);
    };
  }, []);
}
