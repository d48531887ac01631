/**
 * log|phi(x)| of expressions far beyond the range of float64: e^(x^2) at x = 1e100 has the logarithm 1e200.
 * @module
 */
import {
  applyBinary,
  type BinaryName,
  type ExpressionGraph,
  type ExpressionNode,
  FUNCTIONS,
  type FunctionName,
  type NodeId,
  operandsOf,
} from "./graph.js";

/** A number as sign and logarithm of its size, and as itself: 0 or +-Infinity where that is outside of float64. */
interface Sized {
  readonly sign: number;
  readonly log: number;
  readonly value: number;
}

/** Numbers whose logarithm is within this are computed as themselves: inside of float64, digits and all. */
const ORDINARY = 690;

function sized(sign: number, log: number): Sized {
  if (Number.isNaN(sign) || Number.isNaN(log)) return exactly(Number.NaN);
  if (sign === 0 || log === Number.NEGATIVE_INFINITY) return exactly(0);
  return { sign, log, value: sign * Math.exp(log) };
}

const exactly = (value: number): Sized => ({
  sign: Math.sign(value),
  log: Math.log(Math.abs(value)),
  value,
});

const negative = ({ sign, log, value }: Sized): Sized => ({ sign: -sign, log, value: -value });

/**
 * `log|phi(x)|` for finite x; -Infinity where phi is 0, Infinity where even the logarithm overflows, NaN where phi is no number.
 * Sines and cosines of numbers beyond float64 count as 1, their bound.
 */
export function logSize(graph: ExpressionGraph, root: NodeId): (x: number) => number {
  const ids = graph.reachable(root);
  const slot = new Map(ids.map((id, i) => [id, i]));
  const reads = ids.map((id) => operandsOf(graph.nodes[id]!).map((operand) => slot.get(operand)!));
  const values = new Array<Sized>(ids.length);
  return (x) => {
    ids.forEach((id, i) => {
      values[i] = applySized(
        graph.nodes[id]!,
        x,
        reads[i]!.map((j) => values[j]!),
      );
    });
    return values.at(-1)!.log;
  };
}

function applySized(node: ExpressionNode, x: number, operands: readonly Sized[]): Sized {
  switch (node.kind) {
    case "number":
      return exactly(node.value);
    case "variable":
      return exactly(x);
    case "choose":
      return operands[0]!.sign > 0 ? operands[1]! : operands[2]!;
    default: {
      const [a, b] = operands as [Sized, Sized];
      const plain =
        node.kind === "call" ? FUNCTIONS[node.name](a.value) : applyBinary(node.name, a.value, b.value);
      if (operands.every(isOrdinary)) {
        const result = exactly(plain);
        // a 0 may be an underflow
        if (result.sign !== 0 && isOrdinary(result)) return result;
      }
      return node.kind === "call" ? callSized(node.name, a) : binarySized(node.name, a, b);
    }
  }
}

/** Within float64, with digits to spare; 0 is. */
const isOrdinary = ({ sign, log }: Sized) => sign === 0 || Math.abs(log) < ORDINARY;

function binarySized(name: BinaryName, a: Sized, b: Sized): Sized {
  switch (name) {
    case "+":
      return sum(a, b);
    case "-":
      return sum(a, negative(b));
    case "*":
      return sized(a.sign * b.sign, a.log + b.log);
    case "/":
      return b.sign === 0 ? exactly(a.value / 0) : sized(a.sign * b.sign, a.log - b.log);
    case "^": {
      if (b.sign === 0) return exactly(1);
      const odd = Number.isInteger(b.value) && b.value % 2 !== 0;
      const sign = a.sign >= 0 ? 1 : odd ? -1 : Number.isInteger(b.value) ? 1 : Number.NaN;
      return sized(sign, a.log * b.value);
    }
    case "max":
      return sum(a, negative(b)).sign > 0 ? a : b;
    case "min":
      return sum(a, negative(b)).sign > 0 ? b : a;
  }
}

function sum(a: Sized, b: Sized): Sized {
  if (a.sign === 0) return b;
  if (b.sign === 0) return a;
  const [large, small] = a.log >= b.log ? [a, b] : [b, a];
  if (large.log === Number.POSITIVE_INFINITY) {
    return small.log === large.log && small.sign !== large.sign ? exactly(Number.NaN) : large;
  }
  return sized(large.sign, large.log + Math.log1p(large.sign * small.sign * Math.exp(small.log - large.log)));
}

function callSized(name: FunctionName, a: Sized): Sized {
  const { sign, log, value } = a;
  const huge = log > 0;
  switch (name) {
    case "abs":
      return sized(Math.abs(sign), log);
    case "sqrt":
      return sized(sign < 0 ? Number.NaN : sign, 0.5 * log);
    case "relu":
      return sign > 0 ? a : exactly(0);
    case "exp":
      return sized(1, value);
    case "expm1":
      return huge ? (sign > 0 ? sized(1, value) : exactly(-1)) : a;
    case "sinh":
      return huge ? sized(sign, Math.abs(value) - Math.LN2) : a;
    case "cosh":
      return huge ? sized(1, Math.abs(value) - Math.LN2) : exactly(1);
    case "log":
      return sign < 0 ? exactly(Number.NaN) : exactly(log);
    case "log1p":
      return huge ? exactly(sign < 0 ? Number.NaN : log) : a;
    case "sigmoid":
      return sign > 0 ? exactly(1) : sized(1, value);
    case "softplus":
      return sign > 0 ? a : sized(1, value);
    case "sechSquared":
      return huge ? sized(1, Math.log(4) - 2 * Math.abs(value)) : exactly(1);
    case "sin":
    case "cos":
      return huge ? exactly(1) : exactly(name === "cos" ? 1 : value);
    case "erf":
      return huge ? exactly(sign) : sized(sign, log + Math.log(2 / Math.sqrt(Math.PI)));
    case "tanh":
      return huge ? exactly(sign) : a;
    case "arctan":
      return huge ? exactly((sign * Math.PI) / 2) : a;
    case "sign":
      return exactly(sign);
    case "heaviside":
      return exactly(sign > 0 ? 1 : 0);
  }
}
