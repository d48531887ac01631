/**
 * An activation from an expression: values, derivatives, break points and growth.
 * @module
 */
import type { BreakPoint } from "../activation.js";
import type { Shape } from "../catalogue/definition.js";
import { inspectGrowth } from "../inspect-growth.js";
import { breakAt } from "./break-order.js";
import { differentiator } from "./differentiate.js";
import { evaluator, roundedEvaluator, tracer } from "./evaluate.js";
import { type NodeId, operandsOf } from "./graph.js";
import { logSize } from "./log-size.js";
import { expressionError, type ParsedExpression, parseExpression } from "./parse.js";
import { specialPoints } from "./special-points.js";

type RealFunction = (x: number) => number;

const NEAR = 2 ** -40;
/** Where phi must be a number: finely around 0, and out to where any variance of use reaches. */
const EXAMINED = examinedPoints();

function examinedPoints(): Float64Array {
  const positive = Array.from({ length: 320 }, (_, k) => 4096 * 1.0783 ** -k);
  return Float64Array.from([...positive.map((x) => -x), 0, ...positive.reverse()]);
}

/** f, and at a point where it is 0/0 or the like its limit from the left (from the right where that is none). */
function filled(f: RealFunction): RealFunction {
  return (x) => {
    const value = f(x);
    if (!Number.isNaN(value) || Number.isNaN(x)) return value;
    const step = NEAR * Math.max(1, Math.abs(x));
    const left = f(x - step);
    return Number.isNaN(left) ? f(x + step) : left;
  };
}

/** Digits of a number in an error: all that it has but those of rounding. */
const DIGITS = 12;

/** A short x near the one that was found where phi is no number either, so that all numbers of an error are exact; else that one. */
function shortPoint(f: RealFunction, x: number): number {
  const short = Math.abs(x) < 1 ? Number(x.toPrecision(3)) : Math.round(x * 100) / 100;
  return Number.isNaN(f(short)) ? short : x;
}

/** The part of the text that is not a number at x while its operands are, and why. */
function undefinedPart(parsed: ParsedExpression, x: number): Error {
  const { graph, root, spans, text } = parsed;
  const { ids, run } = tracer(graph, root);
  const values = Array.from(run(x));
  const value = (id: NodeId) => values[ids.indexOf(id)]!;
  const at = ids.findIndex((_, i) => Number.isNaN(values[i]!));
  const id = ids[Math.max(0, at)]!;
  const node = graph.nodes[id]!;
  const given = operandsOf(node).map((part) => Number(value(part).toPrecision(DIGITS)));
  let what = "is not a number";
  let way = "phi must be a number for every x";
  if (node.kind === "call") {
    what = `${node.name}(${given[0]}) is not a real number`;
    if (given[0]! < 0) way = `phi must be a number for every x, as ${node.name}(abs(x)) is`;
  } else if (node.kind === "binary") {
    what = `${given[0]} ${node.name} ${given[1]} is not a real number`;
    if (given.some((v) => !Number.isFinite(v))) {
      way = "write it so that it does not overflow, e.g. with exp(-x) in place of exp(x), or sigmoid";
    } else if (node.name === "^" && given[0]! < 0) {
      way = "phi must be a number for every x, as abs(x)^p or sign(x)*abs(x)^p is";
    }
  }
  const span = spans.get(id) ?? { from: 0, to: text.length };
  return expressionError(text, span, `at x = ${x} ${what}; ${way}`);
}

/**
 * phi and its derivatives up to `order`, almost everywhere. The formulas grow by some factor of each order, so that a few are
 * cheap and ten are not.
 * @throws ERR_SPEC as {@link expressionShape}
 */
export function expressionDerivatives(text: string, order: number): RealFunction[] {
  const { graph, root } = parseExpression(text);
  const differentiate = differentiator(graph);
  const functions = [filled(evaluator(graph, root))];
  for (let k = 0, id = root; k < order; k++) {
    id = differentiate(id);
    functions.push(filled(evaluator(graph, id)));
  }
  return functions;
}

/**
 * Understands the text and finds what an activation needs to know.
 * @throws ERR_SPEC with the place in the text: what is no expression, or no number for some x
 */
export function expressionShape(text: string): Shape {
  const parsed = parseExpression(text);
  const { graph, root } = parsed;
  const differentiate = differentiator(graph);
  const orders = [root];
  for (let k = 0; k < 3; k++) orders.push(differentiate(orders[k]!));
  const raw = orders.map((id) => evaluator(graph, id));
  const [value, first, second, third] = raw.map(filled) as [
    RealFunction,
    RealFunction,
    RealFunction,
    RealFunction,
  ];
  for (const x of EXAMINED) {
    if (Number.isNaN(value(x))) throw undefinedPart(parsed, shortPoint(value, x));
  }
  const rounded = orders.map((id) => roundedEvaluator(graph, id));
  const breaks = specialPoints(graph, root, differentiate)
    .map((at) => ({ at, found: breakAt(rounded, at) }))
    .filter(({ found }) => found !== null);
  const breakPoints: BreakPoint[] = breaks.map(({ at, found }) => ({ at, order: found!.order }));
  // the slope of a jump is a delta, no function; at a pole there is no value to jump from
  const jumps = breaks.some(({ found }) => found!.order === 0 && !found!.unbounded);
  return {
    value,
    derivatives: jumps ? [null, null, null] : [first, second, third],
    growth: inspectGrowth(value, breakPoints, logSize(graph, root)),
    growthBasis: "sampled",
    breakPoints,
  };
}
