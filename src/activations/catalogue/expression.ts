/**
 * The activation whose formula is its parameter.
 * @module
 */
import { expressionShape } from "../expression/shape.js";
import type { Definition, Shape } from "./definition.js";

/** Understanding a text takes a millisecond, and networks name theirs once per layer and reading. */
const KEPT = 64;
const recent = new Map<string, Shape>();

function shapeOf(text: string): Shape {
  let shape = recent.get(text);
  if (shape === undefined) {
    shape = expressionShape(text);
    if (recent.size >= KEPT) recent.delete(recent.keys().next().value!);
    recent.set(text, shape);
  }
  return shape;
}

export const expressionDefinitions: readonly Definition[] = [
  {
    name: "expression",
    formula: "the expression, a formula of x",
    parameters: [
      {
        key: "expression",
        default: null,
        domain: "expression",
        meaning: 'a formula of x in quotes, such as "x*tanh(x)"',
      },
    ],
    closedForm: false,
    build: (p) => shapeOf(p.text("expression")),
  },
];
