/**
 * A finished study with its figures drawn: plain data, which may come from another thread or from a folder.
 * @module
 */
import type { NpzArrays } from "../data/index.js";
import { FIGURE_STYLE_BLOCK } from "../figures/style.js";
import type { StudyRecord, StudyRun } from "./run-study.js";

/** A figure as markup: files of their own in two widths, and both for a page whose head has the style sheet. */
export interface DrawnFigure {
  readonly name: string;
  readonly caption: string;
  readonly file: string;
  readonly narrowFile: string;
  readonly wide: string;
  readonly narrow: string;
}

export interface DrawnStudy {
  readonly record: StudyRecord;
  readonly arrays: NpzArrays | null;
  readonly figures: readonly DrawnFigure[];
}

const WIDE = 760;
const NARROW = 380;

/** An id or name as the fragment of an address. */
export const anchorOf = (id: string) => id.replace(/[^\w-]+/g, "-");

/** Draws the figures of a study. */
export function drawStudy({ record, arrays, figures }: StudyRun): DrawnStudy {
  return {
    record,
    arrays,
    figures: figures.map(({ name, caption, draw }) => {
      const id = anchorOf(`${record.id}-${name}`);
      // with an id, so that the page can show it small as well
      const bare = (text: string, width: number) =>
        draw({ id: `${id}-${text}`, width })
          .replace(FIGURE_STYLE_BLOCK, "")
          .replace(/^<svg(?![^>]*\sid=)/, `<svg id="${id}-${text}"`);
      return {
        name,
        caption,
        file: draw({ id: name, width: WIDE }),
        narrowFile: draw({ id: name, width: NARROW }),
        wide: bare("wide", WIDE),
        narrow: bare("narrow", NARROW),
      };
    }),
  };
}
