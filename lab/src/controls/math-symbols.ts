/**
 * Symbols that texts of the package name in plain letters: sigma_w^2, chi_1, xi_c*, q*.
 * @module
 */

const GREEK: Readonly<Record<string, string>> = { sigma: "σ", chi: "χ", xi: "ξ", gamma: "γ", mu: "μ" };

/** sigma_w^2, chi_1, xi_c*, xi_*, q*: a name with an index, a power or both. */
const SYMBOL = /\b(sigma|chi|xi|gamma|mu|[qc])(?:_([a-z\d]+\*?|\*))?(?:\^([a-z\d*]+)|(\*))?(?![a-z\d])/g;

/** A symbol and where it stands in its text. */
export interface Named {
  readonly at: number;
  readonly end: number;
  readonly symbol: readonly [base: string, sub: string, sup: string];
}

/** The symbols in a text, in order; a letter alone is a word. */
export function symbolsIn(text: string): Named[] {
  return [...text.matchAll(SYMBOL)].flatMap((match) => {
    const [all, name, sub = "", power, star] = match;
    const sup = power ?? star ?? "";
    if (sub === "" && sup === "") return [];
    return [
      { at: match.index, end: match.index + all.length, symbol: [GREEK[name!] ?? name!, sub, sup] as const },
    ];
  });
}

const SUPERSCRIPTS: Readonly<Record<string, string>> = { "2": "²", "3": "³", "*": "*" };

/** The same in letters alone, for labels that hold no markup: `σw² = 2`. */
export function plainMath(text: string): string {
  let from = 0;
  let out = "";
  for (const { at, end, symbol } of symbolsIn(text)) {
    const [base, sub, sup] = symbol;
    out += `${text.slice(from, at)}${base}${sub}${SUPERSCRIPTS[sup] ?? sup}`;
    from = end;
  }
  return out + text.slice(from);
}
