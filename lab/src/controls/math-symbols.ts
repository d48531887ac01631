/**
 * Symbols that texts of the package name in plain letters: sigma_w^2, chi_1, xi_c*, q*, F_T0, h^N_t, (1 - r)^2.
 * @module
 */

const GREEK: Readonly<Record<string, string>> = {
  ...{ sigma: "σ", chi: "χ", xi: "ξ", gamma: "γ", mu: "μ", lambda: "λ", eta: "η", eps: "ε", rho: "ρ" },
  ...{ alpha: "α", beta: "β", delta: "δ", kappa: "κ", nu: "ν", phi: "φ", pi: "π", tau: "τ", theta: "θ" },
  ...{ Sigma: "Σ", Theta: "Θ" },
};

const NAMES = Object.keys(GREEK).join("|");
/** `2`, `-gamma`, `1.9`, `*`; or anything in brackets: `(gamma - 1)`, `{-k/2}`. */
const POWER = String.raw`-?[A-Za-z\d]+(?:\.\d+)?|\*|\([^()]+\)|\{[^{}]+\}`;

/**
 * A name, a letter or ten with an index, a power or both, in either order; `q*`; any word with a power (`width^(-1/2)`); and the end of
 * a bracket or a norm with a power: `(1 - r)^2`, `E[phi(z)^2]`, `|x|^2`. What stands inside brackets is a text of its own.
 */
const SYMBOL = new RegExp(
  String.raw`(?:\b(${NAMES}|[A-Za-z]|10|[A-Za-z]+\d*(?=\^))(?:_([A-Za-z\d]+\*?|\*))?(?:\^(${POWER})|(\*))?(?:_([a-z\d]+))?|([)\]|])\^(${POWER}))(?![A-Za-z\d])`,
  "g",
);

/** A power as it is set: Greek letters, minus signs, and no brackets but those of `f^(1)`, which is no power. */
function powerText(power: string): string {
  const inner = /^[({](.*)[)}]$/.exec(power)?.[1];
  return (inner === undefined || /^\(\w+\)$/.test(power) ? power : inner)
    .replace(new RegExp(`\\b(?:${NAMES})\\b`, "g"), (name) => GREEK[name]!)
    .replaceAll("-", "−");
}

/** A symbol and where it stands in its text. */
export interface Named {
  readonly at: number;
  readonly end: number;
  readonly symbol: readonly [base: string, sub: string, sup: string];
}

/** The symbols in a text, in order; a letter alone is a word. */
export function symbolsIn(text: string): Named[] {
  return [...text.matchAll(SYMBOL)].flatMap((match) => {
    const [all, name, index, power, star, late, bracket, ofBracket] = match;
    const sub = index ?? late ?? "";
    const sup = powerText(power ?? star ?? ofBracket ?? "");
    const base = bracket ?? name!;
    if (sub === "" && sup === "") return [];
    // `x*(1 - x)` multiplies
    if (star !== undefined && base.length === 1 && !"cpq".includes(base)) return [];
    return [
      { at: match.index, end: match.index + all.length, symbol: [GREEK[base] ?? base, sub, sup] as const },
    ];
  });
}

const SUPERSCRIPTS: Readonly<Record<string, string>> = { "2": "²", "3": "³", "*": "*" };

const plainPower = (sup: string) =>
  sup === "" ? "" : (SUPERSCRIPTS[sup] ?? `^${/^[^\s/]+$/.test(sup) ? sup : `(${sup})`}`);

/** The same in letters alone, for labels that hold no markup: `σw² = 2`. */
export function plainMath(text: string): string {
  let from = 0;
  let out = "";
  for (const { at, end, symbol } of symbolsIn(text)) {
    const [base, sub, sup] = symbol;
    out += `${text.slice(from, at)}${base}${sub}${plainPower(sup)}`;
    from = end;
  }
  return out + text.slice(from);
}
