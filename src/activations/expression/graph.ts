/**
 * Expressions of one variable as a graph: equal parts are one node, nodes come after their operands, and what can be
 * computed or cancelled at once is. Value and derivatives of an activation share their parts in one graph.
 * @module
 */
import { erf } from "../../numeric/special/erf.js";
import { logistic, sechSquared } from "../catalogue/smooth.js";

/** Functions of one number: those of the language, and `sechSquared`, the slope of tanh. */
export const FUNCTIONS = {
  tanh: Math.tanh,
  erf,
  relu: (x: number) => (x > 0 ? x : x <= 0 ? 0 : Number.NaN),
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  abs: Math.abs,
  sin: Math.sin,
  cos: Math.cos,
  sinh: Math.sinh,
  cosh: Math.cosh,
  arctan: Math.atan,
  log1p: Math.log1p,
  expm1: Math.expm1,
  sigmoid: logistic,
  softplus: (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  sign: (x: number) => Math.sign(x) + 0,
  heaviside: (x: number) => (x > 0 ? 1 : x <= 0 ? 0 : Number.NaN),
  sechSquared,
} as const satisfies Readonly<Record<string, (x: number) => number>>;

export type FunctionName = keyof typeof FUNCTIONS;
export type BinaryName = "+" | "-" | "*" | "/" | "^" | "max" | "min";

/** A node's number in its graph; operands have lower numbers. */
export type NodeId = number;

export type ExpressionNode =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "variable" }
  | { readonly kind: "call"; readonly name: FunctionName; readonly of: NodeId }
  | { readonly kind: "binary"; readonly name: BinaryName; readonly left: NodeId; readonly right: NodeId }
  /** `positive` where `test` > 0, else `otherwise` */
  | {
      readonly kind: "choose";
      readonly test: NodeId;
      readonly positive: NodeId;
      readonly otherwise: NodeId;
    };

export function applyBinary(name: BinaryName, a: number, b: number): number {
  switch (name) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return a / b;
    case "^":
      return a ** b;
    case "max":
      return Math.max(a, b);
    case "min":
      return Math.min(a, b);
  }
}

/** The nodes an expression reads, directly. */
export function operandsOf(node: ExpressionNode): readonly NodeId[] {
  switch (node.kind) {
    case "number":
    case "variable":
      return [];
    case "call":
      return [node.of];
    case "binary":
      return [node.left, node.right];
    case "choose":
      return [node.test, node.positive, node.otherwise];
  }
}

/** A growing set of nodes, each once. */
export class ExpressionGraph {
  readonly nodes: ExpressionNode[] = [];
  readonly #known = new Map<string, NodeId>();

  number(value: number): NodeId {
    return this.#add(`n${Object.is(value, -0) ? "-0" : value}`, { kind: "number", value });
  }

  variable(): NodeId {
    return this.#add("x", { kind: "variable" });
  }

  call(name: FunctionName, of: NodeId): NodeId {
    const value = this.valueOf(of);
    if (value !== null) {
      const result = FUNCTIONS[name](value);
      // what is not a number stays as it stands, so that a message can point at it
      if (!Number.isNaN(result)) return this.number(result);
    }
    return this.#add(`${name}(${of})`, { kind: "call", name, of });
  }

  binary(name: BinaryName, left: NodeId, right: NodeId): NodeId {
    const [a, b] = [this.valueOf(left), this.valueOf(right)];
    if (a !== null && b !== null) {
      const result = applyBinary(name, a, b);
      if (!Number.isNaN(result)) return this.number(result);
    }
    return (
      this.#simpler(name, left, right, a, b) ??
      this.#add(`${name}(${left},${right})`, { kind: "binary", name, left, right })
    );
  }

  choose(test: NodeId, positive: NodeId, otherwise: NodeId): NodeId {
    if (positive === otherwise) return positive;
    const value = this.valueOf(test);
    if (value !== null && !Number.isNaN(value)) return value > 0 ? positive : otherwise;
    return this.#add(`?(${test},${positive},${otherwise})`, { kind: "choose", test, positive, otherwise });
  }

  /** The value of a number, null for everything else. */
  valueOf(id: NodeId): number | null {
    const node = this.nodes[id]!;
    return node.kind === "number" ? node.value : null;
  }

  /** The nodes that `root` is made of, itself the last. */
  reachable(root: NodeId): NodeId[] {
    const needed = new Set([root]);
    for (let id = root; id >= 0; id--) {
      if (needed.has(id)) for (const operand of operandsOf(this.nodes[id]!)) needed.add(operand);
    }
    return [...needed].sort((p, q) => p - q);
  }

  /** Another node with the same value, where one is known. */
  #simpler(name: BinaryName, left: NodeId, right: NodeId, a: number | null, b: number | null): NodeId | null {
    switch (name) {
      case "+":
        return a === 0 ? right : b === 0 ? left : null;
      case "-":
        return b === 0 ? left : a === 0 ? this.binary("*", this.number(-1), right) : null;
      case "*":
        return this.#simplerProduct(left, right, a, b);
      case "/":
        return b === 1 ? left : null;
      case "^":
        return b === 1 ? left : b === 0 ? this.number(1) : null;
      case "max":
      case "min":
        return left === right ? left : null;
    }
  }

  #simplerProduct(left: NodeId, right: NodeId, a: number | null, b: number | null): NodeId | null {
    if (a === 0 || b === 0) return this.number(0);
    if (a === 1) return right;
    if (b === 1) return left;
    // numbers to the front and together: derivatives pile them up
    if (b !== null) return this.binary("*", right, left);
    const inner = this.nodes[right]!;
    if (a !== null && inner.kind === "binary" && inner.name === "*") {
      const factor = this.valueOf(inner.left);
      const product = factor === null ? Number.NaN : a * factor;
      if (Number.isFinite(product)) return this.binary("*", this.number(product), inner.right);
    }
    return null;
  }

  #add(key: string, node: ExpressionNode): NodeId {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.nodes.push(node);
    this.#known.set(key, this.nodes.length - 1);
    return this.nodes.length - 1;
  }
}
