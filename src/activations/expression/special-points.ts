/**
 * Where an expression can stop being smooth: the zeros of what relu, abs, sign, max, a denominator or a logarithm looks at.
 * @module
 */
import { evaluator } from "./evaluate.js";
import type { ExpressionGraph, ExpressionNode, NodeId } from "./graph.js";

/** Zeros are looked for up to this distance from 0; those of an affine argument are found wherever they are. */
export const SEARCHED = 64;
/** Of many zeros (a sine inside) the nearest to 0 are kept. */
const MOST = 200;
const GRID = searchGrid();

/** Points from -64 to 64, 0 and all multiples of 1/16 among them, finer towards 0. */
function searchGrid(): Float64Array {
  const positive: number[] = [];
  for (let k = 0; k < 60; k++) positive.push(2 ** (-4 - k / 2));
  for (let k = 1; k <= 16 * SEARCHED; k++) positive.push(k / 16);
  const sorted = [...new Set(positive)].sort((p, q) => p - q);
  return Float64Array.from([...sorted.map((x) => -x).reverse(), 0, ...sorted]);
}

/** The nodes whose zeros can be break points or poles of `root`. */
function suspects(graph: ExpressionGraph, root: NodeId): Set<NodeId> {
  const found = new Set<NodeId>();
  const look = (node: ExpressionNode): void => {
    if (node.kind === "choose") found.add(node.test);
    if (node.kind === "call") {
      if (["relu", "abs", "sign", "heaviside", "log", "sqrt"].includes(node.name)) found.add(node.of);
      if (node.name === "log1p") found.add(graph.binary("+", node.of, graph.number(1)));
    }
    if (node.kind !== "binary") return;
    const { name, left, right } = node;
    if (name === "/") found.add(right);
    if (name === "max" || name === "min") found.add(graph.binary("-", left, right));
    if (name === "^") {
      const exponent = graph.valueOf(right);
      if (exponent === null || !Number.isInteger(exponent) || exponent < 0) found.add(left);
    }
  };
  for (const id of graph.reachable(root)) look(graph.nodes[id]!);
  return found;
}

/** A point between a and b where g changes its sign, to the last bit. */
function bisect(g: (x: number) => number, a: number, b: number): number {
  const negative = g(a) < 0;
  let [low, high] = [a, b];
  for (;;) {
    const middle = (low + high) / 2;
    if (!(middle > low && middle < high)) break;
    const value = g(middle);
    if (value === 0) return middle;
    if (value < 0 === negative) low = middle;
    else high = middle;
  }
  // a sign change at 0 ends at the smallest double beside it
  if (Math.abs(low) < 1e-300) return 0;
  return Math.abs(g(low)) < Math.abs(g(high)) ? low : high;
}

function endOfZeros(values: Float64Array, from: number): number {
  let last = from;
  while (values[last + 1] === 0) last++;
  return last;
}

/** Stretches of zeros that are shorter than this are one zero of high order, beside which g is lost in rounding: x - tanh x at 0. */
const NARROW = 1e-6;

function zerosOf(g: (x: number) => number, slope: (x: number) => number): number[] {
  const values = GRID.map(g);
  const zeros: number[] = [];
  for (let i = 0; i < GRID.length; i++) {
    const [x, value, next] = [GRID[i]!, values[i]!, values[i + 1]];
    if (value === 0 && next === 0 && values[i - 1] !== 0) {
      const last = endOfZeros(values, i);
      const [left, right] = [GRID[i]!, GRID[last]!];
      if (right - left < NARROW) {
        zeros.push(left <= 0 && right >= 0 ? 0 : (left + right) / 2);
        i = last;
        continue;
      }
    }
    // a whole stretch of zeros (relu inside) has its ends as special points, not its inside
    const inside = value === 0 && values[i - 1] === 0 && next === 0;
    if (value === 0 && !inside) zeros.push(x);
    if (next === undefined || value === 0 || next === 0) continue;
    if (value < 0 !== next < 0 && !Number.isNaN(value + next)) zeros.push(bisect(g, x, GRID[i + 1]!));
    // g touches 0 and turns back
    const before = values[i - 1] ?? Number.NaN;
    const turns = Math.abs(value) <= Math.abs(before) && Math.abs(value) <= Math.abs(next);
    if (turns && before > 0 === value > 0 && value > 0 === next > 0) {
      const [a, b] = [GRID[i - 1]!, GRID[i + 1]!];
      if (slope(a) < 0 !== slope(b) < 0) {
        const at = bisect(slope, a, b);
        if (Math.abs(g(at)) <= 1e-12 * Math.max(Math.abs(before), Math.abs(next))) zeros.push(at);
      }
    }
  }
  return zeros;
}

/**
 * Points where phi or one of its derivatives may break, nearest to 0 first kept, ascending.
 * @param derivative from a node to the node of its derivative
 */
export function specialPoints(
  graph: ExpressionGraph,
  root: NodeId,
  derivative: (id: NodeId) => NodeId,
): number[] {
  const found: number[] = [];
  for (const id of suspects(graph, root)) {
    const slope = derivative(id);
    const constant = graph.valueOf(slope);
    const g = evaluator(graph, id);
    if (constant === null) found.push(...zerosOf(g, evaluator(graph, slope)));
    else if (constant !== 0) {
      // affine: the zero of the formula, once corrected for rounding
      let at = -g(0) / constant;
      at -= g(at) / constant;
      if (Number.isFinite(at)) found.push(at + 0);
    }
  }
  const nearest = found.sort((p, q) => Math.abs(p) - Math.abs(q) || p - q).slice(0, MOST);
  return nearest
    .sort((p, q) => p - q)
    .filter((x, i, all) => i === 0 || Math.abs(x - all[i - 1]!) > 1e-13 * Math.abs(x));
}
