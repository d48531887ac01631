/** Where the texts of a figure lie, by the same width estimate that its layout uses. */
import type { Box } from "../../src/figures/placement.js";
import { textWidth } from "../../src/figures/text.js";
import { descendants, parseXml, textOf, type XmlElement } from "./xml.js";

export interface TextBox extends Box {
  readonly text: string;
}

/** Box of the letters: from the top of capitals to the base line, so that labels may stand as close as lines of a paragraph. */
export function textBoxes(svg: XmlElement): TextBox[] {
  return descendants(svg)
    .filter((element) => element.name === "text")
    .map((element) => {
      const { attributes } = element;
      const size = Number(attributes["font-size"]);
      const scripts = element.children.reduce((width, child) => {
        if (typeof child === "string") return width + textWidth(child, size);
        return width + textWidth(textOf(child), Number(child.attributes["font-size"] ?? size));
      }, 0);
      const anchor = attributes["text-anchor"] ?? "start";
      const shift = anchor === "middle" ? scripts / 2 : anchor === "end" ? scripts : 0;
      const height = 0.72 * size;
      const turned = /translate\(([-\d.]+),([-\d.]+)\) rotate\(-90\)/.exec(attributes["transform"] ?? "");
      const text = textOf(element);
      if (turned !== null) {
        const [x, y] = [Number(turned[1]), Number(turned[2])];
        return { text, x: x - height, y: y - scripts / 2, width: height, height: scripts };
      }
      return {
        text,
        x: Number(attributes["x"]) - shift,
        y: Number(attributes["y"]) - height,
        width: scripts,
        height,
      };
    });
}

/** Bold letters are wider than the plain ones whose widths are known: titles by 5.7 to 7.4 % in Liberation Sans, as Chromium draws them. */
const BOLD = 1.075;

/**
 * Titles of panels that run out of their panel: beyond the edge of the figure, or into the title beside them.
 * Panels of a row have their titles on one line.
 */
export function cutTitles(svg: string): string[] {
  const root = parseXml(svg);
  const figure = root.name === "svg" ? root : descendants(root).find(({ name }) => name === "svg")!;
  const width = Number(figure.attributes["width"]);
  const titles = descendants(figure)
    .filter(({ attributes }) => attributes["class"] === "ft-panel")
    .flatMap(({ children }) =>
      children.filter(
        (child): child is XmlElement =>
          typeof child !== "string" && child.name === "text" && child.attributes["class"] === "ft-strong",
      ),
    )
    .flatMap((title) => textBoxes({ name: "", attributes: {}, children: [title] }));
  return titles
    .filter(({ x, y, width: own }) => {
      const beside = titles.filter((other) => other.y === y && other.x > x).map((other) => other.x);
      return x + BOLD * own > Math.min(width, ...beside);
    })
    .map(({ text }) => text);
}
