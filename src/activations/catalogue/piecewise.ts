/**
 * Activations with a break at 0: the relu family, steps, exponential linear units, softsign.
 * @module
 */
import type { BreakPoint } from "../activation.js";
import { piecewiseLinearDual } from "../closed/piecewise-linear.js";
import { stepDual } from "../closed/step.js";
import { type Definition, real, type Shape } from "./definition.js";

const LINEAR = { kind: "polynomial", degree: 1 } as const;
const BOUNDED = { kind: "bounded" } as const;
const JUMP: readonly BreakPoint[] = [{ at: 0, order: 0 }];
const KINK: readonly BreakPoint[] = [{ at: 0, order: 1 }];
const CURVATURE_JUMP: readonly BreakPoint[] = [{ at: 0, order: 2 }];
const zero = () => 0;
const square = (x: number): number => x * x;

function abReluShape(a: number, b: number): Shape {
  return {
    value: (x) => (x < 0 ? a * x : b * x),
    // at 0 the left slope, as common libraries have it (a relu unit at 0 is dead); |x| has slope 0 there
    derivatives: [(x) => (x > 0 ? b : x < 0 || a !== -b ? a : 0), zero, zero],
    growth: LINEAR,
    breakPoints: a === b ? [] : KINK,
    closedDual: piecewiseLinearDual(a, b),
  };
}

// Klambauer et al. 2017: the values for which mean 0 and variance 1 are a fixed point
const SELU_SCALE = 1.0507009873554805;
const SELU_ALPHA = 1.6732632423543772;

export const piecewiseDefinitions: readonly Definition[] = [
  { name: "identity", formula: "x", parameters: [], closedForm: true, build: () => abReluShape(1, 1) },
  { name: "relu", formula: "max(x, 0)", parameters: [], closedForm: true, build: () => abReluShape(0, 1) },
  {
    name: "leakyRelu",
    formula: "slope min(x, 0) + max(x, 0)",
    parameters: [real("slope", 0.01, "slope for x < 0")],
    closedForm: true,
    build: (p) => abReluShape(p.number("slope"), 1),
  },
  { name: "abs", formula: "|x|", parameters: [], closedForm: true, build: () => abReluShape(-1, 1) },
  {
    name: "abRelu",
    formula: "a min(x, 0) + b max(x, 0)",
    parameters: [real("a", null, "slope for x < 0"), real("b", null, "slope for x > 0")],
    closedForm: true,
    build: (p) => abReluShape(p.number("a"), p.number("b")),
  },
  {
    name: "sign",
    formula: "-1, 0 or 1 for x < 0, x = 0, x > 0",
    parameters: [],
    closedForm: true,
    build: () => ({
      value: (x) => Math.sign(x) + 0,
      derivatives: [null, null, null],
      growth: BOUNDED,
      breakPoints: JUMP,
      closedDual: stepDual("sign"),
    }),
  },
  {
    name: "heaviside",
    formula: "1 for x > 0, else 0",
    parameters: [],
    closedForm: true,
    build: () => ({
      value: (x) => (x > 0 ? 1 : x <= 0 ? 0 : Number.NaN),
      derivatives: [null, null, null],
      growth: BOUNDED,
      breakPoints: JUMP,
      closedDual: stepDual("heaviside"),
    }),
  },
  {
    name: "elu",
    formula: "x for x > 0, else e^x - 1",
    parameters: [],
    closedForm: false,
    build: () => ({
      value: (x) => (x > 0 ? x : Math.expm1(x)),
      derivatives: [
        (x) => (x > 0 ? 1 : Math.exp(x)),
        (x) => (x > 0 ? 0 : Math.exp(x)),
        (x) => (x > 0 ? 0 : Math.exp(x)),
      ],
      growth: LINEAR,
      breakPoints: CURVATURE_JUMP,
    }),
  },
  {
    name: "selu",
    formula: "1.0507 (x for x > 0, else 1.6733 (e^x - 1))",
    parameters: [],
    closedForm: false,
    build: () => {
      const low = (x: number) => SELU_SCALE * SELU_ALPHA * Math.exp(x);
      return {
        value: (x) => SELU_SCALE * (x > 0 ? x : SELU_ALPHA * Math.expm1(x)),
        derivatives: [
          (x) => (x > 0 ? SELU_SCALE : low(x)),
          (x) => (x > 0 ? 0 : low(x)),
          (x) => (x > 0 ? 0 : low(x)),
        ],
        growth: LINEAR,
        breakPoints: KINK,
      };
    },
  },
  {
    name: "softsign",
    formula: "x / (1 + |x|)",
    parameters: [],
    closedForm: false,
    build: () => ({
      value: (x) => (Math.abs(x) === Number.POSITIVE_INFINITY ? Math.sign(x) : x / (1 + Math.abs(x))),
      derivatives: [
        // products: `**` costs several times the whole function, and tables ask a hundred million times
        (x) => square(1 / (1 + Math.abs(x))),
        (x) => ((x > 0 ? -2 : x < 0 ? 2 : 0) * square(1 / (1 + Math.abs(x)))) / (1 + Math.abs(x)),
        (x) => 6 * square(square(1 / (1 + Math.abs(x)))),
      ],
      growth: BOUNDED,
      breakPoints: CURVATURE_JUMP,
    }),
  },
];
