/**
 * The language of expressions: from text to a graph, by its own grammar; nothing is ever run as code.
 *
 *     sum     = product (("+" | "-") product)*
 *     product = signed (("*" | "/") signed)*
 *     signed  = ("-" | "+")* power
 *     power   = atom (("^" | "**") signed)?         -x^2 is -(x^2), 2^3^2 is 2^(3^2), 2^-x is 2^(-x)
 *     atom    = number | "x" | "pi" | "e" | name "(" sum ("," sum)* ")" | "(" sum ")"
 * @module
 */
import { ForetrainError } from "../../errors.js";
import { type BinaryName, ExpressionGraph, FUNCTIONS, type FunctionName, type NodeId } from "./graph.js";

/** Longer texts are no activation that anybody wrote. */
const LENGTH_MAX = 1000;
/** Operations in one expression: derivatives have several times as many. */
const NODES_MAX = 200;
/** Levels of nesting, which the parser recurses through. */
const LEVELS_MAX = 100;

const CONSTANTS: Readonly<Record<string, number>> = { pi: Math.PI, e: Math.E };
const LIST_NAMES = ["max", "min"] as const;
const INTERNAL: readonly FunctionName[] = ["sechSquared"];

/** The functions of one argument that an expression can call. */
export const EXPRESSION_FUNCTIONS: readonly FunctionName[] = (
  Object.keys(FUNCTIONS) as FunctionName[]
).filter((name) => !INTERNAL.includes(name));
const KNOWN = `x, pi, e, ${EXPRESSION_FUNCTIONS.join(", ")}, max, min, pow`;

/** Other common spellings, for the message. */
const OTHER_SPELLINGS: Readonly<Record<string, string>> = {
  ln: "log",
  atan: "arctan",
  step: "heaviside",
  sgn: "sign",
  logistic: "sigmoid",
  exponential: "exp",
  z: "x",
  t: "x",
};

/** Where a part of the text begins and ends. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** An expression that was understood. */
export interface ParsedExpression {
  readonly text: string;
  readonly graph: ExpressionGraph;
  readonly root: NodeId;
  /** where each node of the text was written first */
  readonly spans: ReadonlyMap<NodeId, Span>;
}

/** An `ERR_SPEC` that shows the text with a mark under the part in question. */
export function expressionError(text: string, { from, to }: Span, message: string): ForetrainError {
  // a long text is cut around the mark, so that the line stays one line
  const start = Math.max(0, from - 50);
  const before = start > 0 ? "..." : "";
  const shown = text.slice(start, start + 90).replace(/\s/g, " ");
  const after = start + 90 < text.length ? "..." : "";
  const mark = "^".repeat(Math.max(1, Math.min(to, start + 90) - from));
  const indent = " ".repeat(before.length + from - start);
  return new ForetrainError(
    "ERR_SPEC",
    `expression: ${message} (at character ${from + 1})\n  ${before}${shown}${after}\n  ${indent}${mark}`,
    { argument: "expression", got: text, position: from, expected: "an expression of x" },
  );
}

interface Token extends Span {
  readonly kind: "number" | "name" | "sign" | "end";
  readonly text: string;
}

const TOKEN = /\s*(?:((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|([A-Za-z_]\w*)|(\*\*|[-+*/^(),]))/y;

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (match === null) break;
    at = TOKEN.lastIndex;
    const [, number, name, sign] = match;
    const body = number ?? name ?? sign ?? "";
    tokens.push({
      kind: number !== undefined ? "number" : name !== undefined ? "name" : "sign",
      text: body,
      from: at - body.length,
      to: at,
    });
  }
  const rest = text.slice(at);
  const from = at + (rest.length - rest.trimStart().length);
  if (from < text.length) {
    const sign = String.fromCodePoint(text.codePointAt(from)!);
    const way = sign === "|" ? "; write abs(x) for |x|" : "";
    throw expressionError(
      text,
      { from, to: from + 1 },
      `the sign ${JSON.stringify(sign)} has no meaning here${way}`,
    );
  }
  tokens.push({ kind: "end", text: "", from: text.length, to: text.length });
  return tokens;
}

class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  readonly #graph = new ExpressionGraph();
  readonly #spans = new Map<NodeId, Span>();
  #at = 0;
  #level = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokensOf(text);
  }

  parse(): ParsedExpression {
    const root = this.#sum();
    const next = this.#next;
    if (next.kind !== "end") {
      const starts = next.kind === "number" || next.kind === "name" || next.text === "(";
      throw this.#wrong(
        next,
        starts
          ? `there is no operation before ${JSON.stringify(next.text)}; write a product with *, as in 2*x`
          : next.text === ")"
            ? 'this ")" closes nothing'
            : `${JSON.stringify(next.text)} does not belong here`,
      );
    }
    return { text: this.#text, graph: this.#graph, root, spans: this.#spans };
  }

  get #next(): Token {
    return this.#tokens[this.#at]!;
  }

  #wrong(span: Span, message: string): ForetrainError {
    return expressionError(this.#text, span, message);
  }

  #takes(...signs: readonly string[]): Token | null {
    const next = this.#next;
    if (next.kind !== "sign" || !signs.includes(next.text)) return null;
    this.#at++;
    return next;
  }

  #place(id: NodeId, from: number): NodeId {
    if (!this.#spans.has(id)) this.#spans.set(id, { from, to: this.#tokens[this.#at - 1]!.to });
    if (this.#graph.nodes.length > NODES_MAX) {
      throw this.#wrong(
        { from, to: from + 1 },
        `there are more than ${NODES_MAX} operations; an activation of that length is better a function, see customActivation`,
      );
    }
    return id;
  }

  #binary(name: BinaryName, left: NodeId, right: NodeId, from: number): NodeId {
    return this.#place(this.#graph.binary(name, left, right), from);
  }

  #deeper<T>(body: () => T): T {
    if (++this.#level > LEVELS_MAX) {
      throw this.#wrong(this.#next, `more than ${LEVELS_MAX} levels of nesting`);
    }
    const result = body();
    this.#level--;
    return result;
  }

  #sum(): NodeId {
    const { from } = this.#next;
    let left = this.#product();
    for (let sign = this.#takes("+", "-"); sign !== null; sign = this.#takes("+", "-")) {
      left = this.#binary(sign.text as "+" | "-", left, this.#product(), from);
    }
    return left;
  }

  #product(): NodeId {
    const { from } = this.#next;
    let left = this.#signed();
    for (let sign = this.#takes("*", "/"); sign !== null; sign = this.#takes("*", "/")) {
      left = this.#binary(sign.text as "*" | "/", left, this.#signed(), from);
    }
    return left;
  }

  #signed(): NodeId {
    const { from } = this.#next;
    let negative = false;
    for (let sign = this.#takes("+", "-"); sign !== null; sign = this.#takes("+", "-")) {
      negative = negative !== (sign.text === "-");
    }
    const power = this.#power();
    return negative ? this.#binary("*", this.#graph.number(-1), power, from) : power;
  }

  #power(): NodeId {
    const { from } = this.#next;
    const base = this.#atom();
    if (this.#takes("^", "**") === null) return base;
    return this.#binary(
      "^",
      base,
      this.#deeper(() => this.#signed()),
      from,
    );
  }

  #atom(): NodeId {
    const token = this.#next;
    if (token.kind === "number") {
      this.#at++;
      return this.#place(this.#graph.number(this.#numberOf(token)), token.from);
    }
    if (token.kind === "name") {
      this.#at++;
      return this.#named(token);
    }
    if (this.#takes("(") !== null) {
      const inner = this.#deeper(() => this.#sum());
      this.#closing(token);
      return inner;
    }
    const got = token.kind === "end" ? "the text ends" : `got ${JSON.stringify(token.text)}`;
    throw this.#wrong(token, `${got} where a number, x, a function or "(" should be`);
  }

  #numberOf(token: Token): number {
    const value = Number(token.text);
    if (Number.isFinite(value)) return value;
    throw this.#wrong(token, `${token.text} is too large for a number (the largest is 1.8e308)`);
  }

  #closing(opening: Token): void {
    if (this.#takes(")") !== null) return;
    const next = this.#next;
    throw next.kind === "end"
      ? this.#wrong(opening, 'this "(" is never closed')
      : this.#wrong(next, `got ${JSON.stringify(next.text)} where an operation or ")" should be`);
  }

  #named(token: Token): NodeId {
    const { text: name, from } = token;
    if (name === "x") return this.#place(this.#graph.variable(), from);
    const constant = Object.hasOwn(CONSTANTS, name) ? CONSTANTS[name] : undefined;
    if (constant !== undefined) return this.#place(this.#graph.number(constant), from);
    const isPower = name === "pow";
    const listName = LIST_NAMES.find((known) => known === name);
    const unary = EXPRESSION_FUNCTIONS.find((known) => known === name);
    if (!isPower && listName === undefined && unary === undefined) throw this.#unknown(token);
    const opening = this.#next;
    if (this.#takes("(") === null)
      throw this.#wrong(token, `${name} needs its argument in parentheses: ${name}(x)`);
    const parts = this.#deeper(() => this.#arguments(opening));
    const span = { from, to: this.#tokens[this.#at - 1]!.to };
    const count = (right: boolean, expected: string) => {
      if (!right) throw this.#wrong(span, `${name} takes ${expected}, got ${parts.length}`);
    };
    if (unary !== undefined) {
      count(parts.length === 1, "one argument");
      return this.#place(this.#graph.call(unary, parts[0]!), from);
    }
    if (isPower) {
      count(parts.length === 2, "two arguments, base and exponent");
      return this.#binary("^", parts[0]!, parts[1]!, from);
    }
    count(parts.length >= 2, "two arguments or more");
    return parts.reduce((left, right) => this.#binary(listName!, left, right, from));
  }

  #arguments(opening: Token): NodeId[] {
    const parts = [this.#sum()];
    while (this.#takes(",") !== null) parts.push(this.#sum());
    this.#closing(opening);
    return parts;
  }

  #unknown(token: Token): ForetrainError {
    const { text: name } = token;
    const lower = name.toLowerCase();
    const spelling = Object.hasOwn(OTHER_SPELLINGS, lower) ? OTHER_SPELLINGS[lower] : undefined;
    const same = [...EXPRESSION_FUNCTIONS, ...LIST_NAMES, "pow", "x", "pi", "e"].find(
      (known) => known.toLowerCase() === lower,
    );
    const meant = spelling ?? same;
    const way = meant === undefined ? "." : `; did you mean ${meant}?`;
    return this.#wrong(token, `there is no "${name}"${way} Known: ${KNOWN}`);
  }
}

/**
 * Text to a graph.
 * @throws ERR_SPEC with the position, the text and a mark under the part that was not understood
 */
export function parseExpression(text: string): ParsedExpression {
  if (text.length > LENGTH_MAX) {
    throw expressionError(
      text,
      { from: LENGTH_MAX, to: LENGTH_MAX + 1 },
      `longer than ${LENGTH_MAX} characters`,
    );
  }
  if (text.trim() === "") {
    throw expressionError(text, { from: 0, to: 1 }, "there is no text; write phi(x), for example x*tanh(x)");
  }
  return new Parser(text).parse();
}
