/**
 * Runs a study of the register on this thread, and looks at its figures: no title of a panel is cut, in neither of the widths of the
 * gallery.
 */
import { expect } from "vitest";
import { findStudies, runStudy, type StudyOptions, type StudyRun } from "../../src/studies/index.js";
import { cutTitles } from "../figures/figure-boxes.js";

export async function runAndLook(id: string, options: StudyOptions): Promise<StudyRun> {
  const run = await runStudy(findStudies(id)[0]!, { threads: 1, ...options });
  for (const { name, draw } of run.figures) {
    for (const width of [760, 380])
      expect(cutTitles(draw({ width })), `${id}, ${name}, ${width} px`).toEqual([]);
  }
  return run;
}
