/**
 * Values of expressions: a list of operations in the order of their operands, run over scratch memory.
 * @module
 */
import type { Rounded } from "./break-order.js";
import {
  applyBinary,
  type ExpressionGraph,
  type ExpressionNode,
  FUNCTIONS,
  type NodeId,
  operandsOf,
} from "./graph.js";

type Step = (v: Float64Array) => number;

/** A node as a function of x. Not reentrant, as nothing here calls back. */
export function evaluator(graph: ExpressionGraph, root: NodeId): (x: number) => number {
  const trace = tracer(graph, root);
  const last = trace.ids.length - 1;
  return (x) => trace.run(x)[last]!;
}

/** All parts of a node at once: `run(x)[i]` is the value of node `ids[i]`, overwritten by the next run. */
export interface Trace {
  readonly ids: readonly NodeId[];
  run(x: number): Float64Array;
}

export function tracer(graph: ExpressionGraph, root: NodeId): Trace {
  const ids = graph.reachable(root);
  const slot = new Map(ids.map((id, i) => [id, i]));
  const values = new Float64Array(ids.length);
  const steps: { readonly to: number; readonly step: Step }[] = [];
  let variable = -1;
  ids.forEach((id, to) => {
    const node = graph.nodes[id]!;
    switch (node.kind) {
      case "number":
        values[to] = node.value;
        break;
      case "variable":
        variable = to;
        break;
      case "call": {
        const [f, of] = [FUNCTIONS[node.name], slot.get(node.of)!];
        steps.push({ to, step: (v) => f(v[of]!) });
        break;
      }
      case "binary": {
        const [left, right] = [slot.get(node.left)!, slot.get(node.right)!];
        const power = node.name === "^" ? powerStep(graph.nodes[node.right]!, left) : null;
        steps.push({ to, step: power ?? binaryStep(node.name, left, right) });
        break;
      }
      case "choose": {
        const [test, yes, no] = [node.test, node.positive, node.otherwise].map((part) => slot.get(part)!);
        steps.push({ to, step: (v) => (v[test!]! > 0 ? v[yes!]! : v[no!]!) });
        break;
      }
    }
  });
  return {
    ids,
    run(x) {
      if (variable >= 0) values[variable] = x;
      for (const { to, step } of steps) values[to] = step(values);
      return values;
    },
  };
}

/** x^2 and x^3 as products, ten times as fast as a power and as good as to two units in the last place. */
function powerStep(exponent: ExpressionNode, a: number): Step | null {
  if (exponent.kind !== "number") return null;
  if (exponent.value === 2) return (v) => v[a]! * v[a]!;
  if (exponent.value === 3) return (v) => v[a]! * v[a]! * v[a]!;
  return null;
}

function binaryStep(name: Parameters<typeof applyBinary>[0], a: number, b: number): Step {
  // the four common ones without a call more
  switch (name) {
    case "+":
      return (v) => v[a]! + v[b]!;
    case "-":
      return (v) => v[a]! - v[b]!;
    case "*":
      return (v) => v[a]! * v[b]!;
    case "/":
      return (v) => v[a]! / v[b]!;
    default:
      return (v) => applyBinary(name, v[a]!, v[b]!);
  }
}

function applyNode(node: ExpressionNode, x: number, operands: readonly number[]): number {
  switch (node.kind) {
    case "number":
      return node.value;
    case "variable":
      return x;
    case "call":
      return FUNCTIONS[node.name](operands[0]!);
    case "binary":
      return applyBinary(node.name, operands[0]!, operands[1]!);
    case "choose":
      return operands[0]! > 0 ? operands[1]! : operands[2]!;
  }
}

/**
 * A node with a bound on its rounding: each operation adds one unit in the last place and passes on what its operands
 * carry. Cancellation shows so: sin(x) / x and its derivatives are sums of large terms near 0.
 */
export function roundedEvaluator(graph: ExpressionGraph, root: NodeId): (x: number) => Rounded {
  const ids = graph.reachable(root);
  const slot = new Map(ids.map((id, i) => [id, i]));
  const reads = ids.map((id) => operandsOf(graph.nodes[id]!).map((operand) => slot.get(operand)!));
  const values = new Float64Array(ids.length);
  const errors = new Float64Array(ids.length);
  return (x) => {
    ids.forEach((id, i) => {
      const node = graph.nodes[id]!;
      const operands = reads[i]!.map((j) => values[j]!);
      const value = applyNode(node, x, operands);
      let error = operands.length === 0 ? 0 : Math.abs(value) * Number.EPSILON;
      reads[i]!.forEach((j, k) => {
        if (errors[j] === 0) return;
        const moved = operands.with(k, operands[k]! + errors[j]!);
        error += Math.abs(applyNode(node, x, moved) - value);
      });
      values[i] = value;
      errors[i] = error;
    });
    return { value: values[ids.length - 1]!, rounding: errors[ids.length - 1]! };
  };
}
