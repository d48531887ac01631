/**
 * Laws of one random number as texts.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { type Law, requireLaw } from "./law.js";

/**
 * A law: `normal:MEAN:VARIANCE`, `uniform:LOW:HIGH`, `discrete:VALUE@PROBABILITY,...`, or JSON. Numbers may be fractions: `2@1/3`.
 * @param argument what the text is, for errors
 * @throws ERR_USAGE for texts that are no law, ERR_SPEC for parameters that make none; both name the argument
 * @example
 * parseLaw("outer", "uniform:-1:1") // { kind: "uniform", low: -1, high: 1 }
 */
export function parseLaw(argument: string, text: string): Law {
  const law = readLaw(argument, text);
  requireLaw(law, argument);
  return law;
}

function readLaw(argument: string, text: string): Law {
  const wrong = () =>
    new ForetrainError(
      "ERR_USAGE",
      `${argument}: got "${text}", expected a law such as normal:0:1 (mean, variance), uniform:-1:1, discrete:2@1/3,-1@2/3, or JSON`,
      { argument, got: text },
    );
  if (text.trim().startsWith("{")) {
    try {
      return JSON.parse(text) as Law;
    } catch {
      throw wrong();
    }
  }
  const [kind, ...rest] = text.trim().split(":");
  const number = (part: string | undefined) => {
    const [over, under = "1"] = (part ?? "").split("/", 2);
    const value = over!.trim() === "" || under.trim() === "" ? Number.NaN : Number(over) / Number(under);
    if (!Number.isFinite(value)) throw wrong();
    return value;
  };
  if (kind === "normal" && rest.length === 2) {
    return { kind, mean: number(rest[0]), variance: number(rest[1]) };
  }
  if (kind === "uniform" && rest.length === 2) {
    return { kind, low: number(rest[0]), high: number(rest[1]) };
  }
  if (kind === "discrete" && rest.length === 1) {
    const pairs = rest[0]!.split(",").map((pair) => pair.split("@"));
    if (pairs.some((pair) => pair.length !== 2)) throw wrong();
    const values = pairs.map(([value]) => number(value));
    const raw = pairs.map(([, p]) => number(p));
    const sum = raw.reduce((a, b) => a + b, 0);
    if (Math.abs(sum - 1) > 1e-9 || raw.some((p) => p < 0)) throw wrong();
    return { kind, values, probabilities: raw.map((p) => p / sum) };
  }
  throw wrong();
}

/** A law for people: `N(0, 1)`, `U(-1, 1)`, `{2 with 0.333, -1 with 0.667}`. */
export function lawText(law: Law): string {
  if (law.kind === "normal") return `N(${law.mean ?? 0}, ${law.variance})`;
  if (law.kind === "uniform") return `U(${law.low}, ${law.high})`;
  return `{${law.values.map((value, i) => `${value} with ${+law.probabilities[i]!.toPrecision(3)}`).join(", ")}}`;
}
