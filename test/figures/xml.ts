/** A strict reader of the XML that figures are: throws on anything that is not well-formed. */

export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: (XmlElement | string)[];
}

const NAME = "[A-Za-z_][\\w:.-]*";
const TOKEN = new RegExp(`<(/)?(${NAME})((?:\\s+${NAME}="[^"<]*")*)\\s*(/)?>|([^<]+)`, "y");
const ENTITY = /&(?:amp|lt|gt|quot|#39);/g;

function decoded(text: string): string {
  if (text.replace(ENTITY, "").includes("&")) throw new Error(`stray & in ${JSON.stringify(text)}`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 forbids these
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/.test(text)) throw new Error("control character");
  return text.replace(
    ENTITY,
    (entity) => ({ "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'" })[entity]!,
  );
}

function attributesOf(text: string): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [, name, value] of text.matchAll(new RegExp(`(${NAME})="([^"<]*)"`, "g"))) {
    if (name! in out) throw new Error(`attribute ${name} twice`);
    out[name!] = decoded(value!);
  }
  return out;
}

export function parseXml(text: string): XmlElement {
  const root: XmlElement = { name: "", attributes: {}, children: [] };
  const open = [root];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) throw new Error(`not well-formed at ${at}: ${text.slice(at, at + 60)}`);
    const [, closing, name, attributes, empty, content] = match;
    const parent = open.at(-1)!;
    if (content !== undefined) {
      if (content.includes("]]>")) throw new Error("]]> in text");
      parent.children.push(decoded(content));
    } else if (closing !== undefined) {
      if (open.pop()!.name !== name) throw new Error(`</${name}> closes <${parent.name}>`);
    } else {
      const element: XmlElement = { name: name!, attributes: attributesOf(attributes!), children: [] };
      parent.children.push(element);
      if (empty === undefined) open.push(element);
    }
  }
  if (open.length !== 1) throw new Error(`<${open.at(-1)!.name}> is not closed`);
  const elements = root.children.filter((child) => typeof child !== "string");
  if (elements.length !== 1 || root.children.some((c) => typeof c === "string" && c.trim() !== "")) {
    throw new Error("expected one root element");
  }
  return elements[0]!;
}

/** The element and all below it. */
export function descendants(element: XmlElement): XmlElement[] {
  return [
    element,
    ...element.children.flatMap((child) => (typeof child === "string" ? [] : descendants(child))),
  ];
}

/** All text below an element. */
export function textOf(element: XmlElement): string {
  return element.children.map((child) => (typeof child === "string" ? child : textOf(child))).join("");
}
