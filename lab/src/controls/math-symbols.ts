/**
 * Symbols that texts of the package name in plain letters: sigma_w^2, chi_1, xi_c*, q*, F_T0, h^N_t.
 * @module
 */

const GREEK: Readonly<Record<string, string>> = {
  ...{ sigma: "σ", chi: "χ", xi: "ξ", gamma: "γ", mu: "μ", lambda: "λ", eta: "η", eps: "ε", rho: "ρ" },
  ...{ Sigma: "Σ", Theta: "Θ" },
};

/** A name, a letter or ten with an index, a power or both, in either order; `q*`. */
const SYMBOL = new RegExp(
  `\\b(${Object.keys(GREEK).join("|")}|[A-Za-z]|10)(?:_([A-Za-z\\d]+\\*?|\\*))?(?:\\^(-?[A-Za-z\\d*]+)|(\\*))?(?:_([a-z\\d]+))?(?![A-Za-z\\d])`,
  "g",
);

/** A symbol and where it stands in its text. */
export interface Named {
  readonly at: number;
  readonly end: number;
  readonly symbol: readonly [base: string, sub: string, sup: string];
}

/** The symbols in a text, in order; a letter alone is a word. */
export function symbolsIn(text: string): Named[] {
  return [...text.matchAll(SYMBOL)].flatMap((match) => {
    const [all, name, index, power, star, late] = match;
    const sub = index ?? late ?? "";
    const sup = (power ?? star ?? "").replace("-", "−");
    if (sub === "" && sup === "") return [];
    // `x*(1 - x)` multiplies
    if (star !== undefined && name!.length === 1 && !"cpq".includes(name!)) return [];
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
