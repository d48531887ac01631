import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findStudies, studyPlace } from "../../src/studies/index.js";
import { commandsOf, pages, root } from "./pages.js";

const page = pages.find(({ path }) => path === "docs/gallery.md")!;
const FOLDER = "docs/images/gallery";
const shown = [...page.text.matchAll(/!\[[^\]]+\]\(images\/gallery\/([^)]+)\)/g)].map(([, file]) => file!);

describe("the gallery of the docs", () => {
  test("shows a dozen figures of the package, and there are no others", () => {
    expect(shown.length).toBeGreaterThanOrEqual(12);
    expect([...shown].sort()).toEqual(readdirSync(join(root, FOLDER)).sort());
    for (const file of shown) {
      const svg = readFileSync(join(root, FOLDER, file), "utf8");
      expect(svg, file).toMatch(/^<svg [^>]*class="ft-figure"/);
      expect(svg.trimEnd(), file).toMatch(/<\/svg>$/);
      // nothing of the machine that drew them
      expect(svg, file).not.toMatch(/\/(home|work|tmp|root|Users)\//);
    }
    const bytes = shown.reduce((sum, file) => sum + statSync(join(root, FOLDER, file)).size, 0);
    expect(bytes).toBeLessThan(1.5e6);
  });

  test("has the command of each, whose study is there", () => {
    const commands = commandsOf(page).filter(({ words }) => words[0] === "study" && words[1] === "run");
    expect(commands).toHaveLength(shown.length);
    commands.forEach(({ words }, i) => {
      const [study] = findStudies(words[2]!);
      expect(shown[i]).toContain(`${study!.id.replace(".", "-").toLowerCase()}-`);
    });
  });

  test("leads from each figure to its recipe and its formulas", () => {
    const origins = [...page.text.matchAll(/^`foretrain study run (\S+)` .*$/gm)];
    expect(origins).toHaveLength(shown.length);
    for (const [line, id] of origins) {
      const { source, formulas } = studyPlace(id!)!;
      expect(line).toContain(`[${source}](../${source})`);
      expect([...line.matchAll(/\[(\w+)\]\(theory\.md#\1\)/g)].map(([, name]) => name)).toEqual(formulas);
    }
  });
});
