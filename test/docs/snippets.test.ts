/**
 * The TypeScript and JavaScript of README, docs and examples: what they import is there.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import * as isomorphic from "../../src/index.js";
import * as node from "../../src/node.js";
import { pages, root } from "./pages.js";

/** Code blocks of the pages, and the examples. */
const snippets: readonly { readonly path: string; readonly code: string }[] = [
  ...pages.flatMap(({ path, text }) =>
    [...text.matchAll(/^```(?:ts|js|typescript|javascript|mjs)\n([\s\S]*?)^```/gm)].map(([, code]) => ({
      path,
      code: code!,
    })),
  ),
  ...readdirSync(join(root, "examples"))
    .filter((name) => /\.m?[jt]s$/.test(name))
    .map((name) => ({
      path: `examples/${name}`,
      code: readFileSync(join(root, "examples", name), "utf8"),
    })),
];

const ENTRIES: Readonly<Record<string, object>> = { foretrain: isomorphic, "foretrain/node": node };

/** Names that a snippet imports from this package, with the entry; types are left to the compiler. */
function importsOf(code: string): { readonly entry: string; readonly name: string }[] {
  return [...code.matchAll(/import \{([^}]*)\} from "(foretrain[^"]*)"/g)].flatMap(([, list, entry]) =>
    list!
      .split(",")
      .map((item) => item.trim())
      .filter((item) => item !== "" && !item.startsWith("type "))
      .map((item) => ({ entry: entry!, name: item.split(/\s+as\s+/)[0]! })),
  );
}

describe("code in README, docs and examples", () => {
  test("imports what its entry exports", () => {
    const all = snippets.flatMap(({ path, code }) => importsOf(code).map((found) => ({ path, ...found })));
    expect(all.length).toBeGreaterThan(40);
    const wrong = all.filter(({ entry, name }) => ENTRIES[entry] === undefined || !(name in ENTRIES[entry]));
    expect(wrong).toEqual([]);
  });

  test("has no errors of syntax", () => {
    const wrong = snippets.flatMap(({ path, code }) => {
      const options = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
      const { diagnostics = [] } = ts.transpileModule(code, {
        compilerOptions: options,
        reportDiagnostics: true,
      });
      return diagnostics.map(
        ({ messageText }) => `${path}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`,
      );
    });
    expect(wrong).toEqual([]);
  });

  test("of a study of one's own runs, and its check agrees", async () => {
    const { code } = snippets.find(
      (snippet) => snippet.path === "docs/studies.md" && snippet.code.includes("defineStudy"),
    )!;
    const names = importsOf(code).map(({ name }) => name);
    const body = ts.transpileModule(code.replace(/^import .*$/gm, ""), {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    }).outputText;
    const AsyncFunction = (async () => {}).constructor as FunctionConstructor;
    const run = new AsyncFunction(...names, "compute", `${body}; return { record, figures };`);
    const values = names.map((name) => (isomorphic as Readonly<Record<string, unknown>>)[name]);
    const { record } = await run(...values, (depth: number) => 1 + depth / 1000);
    expect(record.checks).toMatchObject([{ rule: "relative", computed: 1.001, expected: 1, agrees: true }]);
    expect(record.parameters).toEqual({ depths: [1, 2, 4] });
  });
});
