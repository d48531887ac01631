/** Where the texts of a figure lie, by the same width estimate that its layout uses. */
import type { Box } from "../../src/figures/placement.js";
import { textWidth } from "../../src/figures/text.js";
import { descendants, textOf, type XmlElement } from "./xml.js";

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
