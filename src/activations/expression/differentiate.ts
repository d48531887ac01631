/**
 * Derivatives of expressions, by the rules of calculus.
 * @module
 */
import type { ExpressionGraph, ExpressionNode, FunctionName, NodeId } from "./graph.js";

const TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);

/**
 * A differentiator of one graph: from a node to the node of its derivative, almost everywhere. Steps count as constant:
 * the delta where phi jumps is not a function.
 *
 * relu, abs, max and min take the side that their value takes: at the kink of relu the left slope, of abs 0.
 */
export function differentiator(graph: ExpressionGraph): (root: NodeId) => NodeId {
  const known = new Map<NodeId, NodeId>();
  const times = (a: NodeId, b: NodeId) => graph.binary("*", a, b);
  const plus = (a: NodeId, b: NodeId) => graph.binary("+", a, b);
  const minus = (a: NodeId, b: NodeId) => graph.binary("-", a, b);
  const over = (a: NodeId, b: NodeId) => graph.binary("/", a, b);
  const number = (value: number) => graph.number(value);
  const of = (id: NodeId) => known.get(id)!;

  /** f'(u) for u = the node `u`. */
  const slope = (name: Exclude<FunctionName, "relu">, u: NodeId): NodeId => {
    switch (name) {
      case "tanh":
        return graph.call("sechSquared", u);
      case "sechSquared":
        return times(number(-2), times(graph.call("tanh", u), graph.call("sechSquared", u)));
      case "erf":
        return times(number(TWO_OVER_SQRT_PI), graph.call("exp", times(number(-1), times(u, u))));
      case "exp":
        return graph.call("exp", u);
      case "expm1":
        return graph.call("exp", u);
      case "log":
        return over(number(1), u);
      case "log1p":
        return over(number(1), plus(number(1), u));
      case "sqrt":
        return over(number(0.5), graph.call("sqrt", u));
      case "abs":
        return graph.call("sign", u);
      case "sin":
        return graph.call("cos", u);
      case "cos":
        return times(number(-1), graph.call("sin", u));
      case "sinh":
        return graph.call("cosh", u);
      case "cosh":
        return graph.call("sinh", u);
      case "arctan":
        return over(number(1), plus(number(1), times(u, u)));
      case "sigmoid":
        // s (1 - s) without cancellation
        return times(graph.call("sigmoid", u), graph.call("sigmoid", times(number(-1), u)));
      case "softplus":
        return graph.call("sigmoid", u);
      case "sign":
      case "heaviside":
        return number(0);
    }
  };

  const power = (base: NodeId, exponent: NodeId): NodeId => {
    const constant = graph.valueOf(exponent);
    if (constant !== null) {
      const lowered = graph.binary("^", base, number(constant - 1));
      return times(times(number(constant), lowered), of(base));
    }
    const whole = graph.binary("^", base, exponent);
    const rest = over(times(exponent, of(base)), base);
    return times(whole, plus(times(of(exponent), graph.call("log", base)), rest));
  };

  const rule = (node: ExpressionNode): NodeId => {
    switch (node.kind) {
      case "number":
        return number(0);
      case "variable":
        return number(1);
      case "choose":
        return graph.choose(node.test, of(node.positive), of(node.otherwise));
      case "call":
        if (node.name === "relu") return graph.choose(node.of, of(node.of), number(0));
        return graph.valueOf(of(node.of)) === 0 ? number(0) : times(slope(node.name, node.of), of(node.of));
      case "binary": {
        const { left, right } = node;
        switch (node.name) {
          case "+":
            return plus(of(left), of(right));
          case "-":
            return minus(of(left), of(right));
          case "*":
            return plus(times(of(left), right), times(left, of(right)));
          case "/":
            // (a / b)' = (a' - (a / b) b') / b
            return over(minus(of(left), times(over(left, right), of(right))), right);
          case "^":
            return power(left, right);
          case "max":
            return graph.choose(minus(left, right), of(left), of(right));
          case "min":
            return graph.choose(minus(right, left), of(left), of(right));
        }
      }
    }
  };

  return (root) => {
    // operands first, so that no rule has to recurse
    for (const id of graph.reachable(root)) {
      if (!known.has(id)) known.set(id, rule(graph.nodes[id]!));
    }
    return known.get(root)!;
  };
}
