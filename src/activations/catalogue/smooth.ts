/**
 * Smooth activations: sigmoids, rectifier-like smooth functions, waves and exponentials.
 * @module
 */
import { erf } from "../../numeric/special/erf.js";
import { normalCdf, normalPdf } from "../../numeric/special/normal.js";
import { errorFunctionDual } from "../closed/error-function.js";
import { exponentialDual, gaussianDual, normalizedExponentialDual } from "../closed/exponential.js";
import { gaborDual } from "../closed/gabor.js";
import { geluDual } from "../closed/gelu.js";
import { sineDual } from "../closed/trigonometric.js";
import { type Definition, real, type Shape } from "./definition.js";

const LINEAR = { kind: "polynomial", degree: 1 } as const;
const BOUNDED = { kind: "bounded" } as const;

/** 1 / (1 + e^{-x}) without overflow. */
export function logistic(x: number): number {
  return x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));
}

/** Slope e^{-|x|} / (1 + e^{-|x|})^2 of the logistic function, accurate in both tails. */
function logisticSlope(x: number): number {
  const e = Math.exp(-Math.abs(x));
  return e / (1 + e) ** 2;
}

/** 1 / cosh^2 x, accurate where 1 - tanh^2 x cancels. */
export function sechSquared(x: number): number {
  return 4 * logisticSlope(2 * x);
}

function erfShape(a: number, b: number, c: number): Shape {
  const height = (2 * a * b) / Math.sqrt(Math.PI);
  const slope = (x: number) => height * Math.exp(-b * b * x * x);
  return {
    value: (x) => a * erf(b * x) + c,
    derivatives: [
      slope,
      (x) => -2 * b * b * x * slope(x),
      (x) => (4 * b ** 4 * x * x - 2 * b * b) * slope(x),
    ],
    growth: BOUNDED,
    closedDual: errorFunctionDual(a, b, c),
  };
}

/** a w(b x) for a wave w with w'' = -w. */
function waveShape(a: number, b: number, value: (y: number) => number, slope: (y: number) => number): Shape {
  return {
    value: (x) => a * value(b * x),
    derivatives: [
      (x) => a * b * slope(b * x),
      (x) => -a * b * b * value(b * x),
      (x) => -a * b * b * b * slope(b * x),
    ],
    growth: BOUNDED,
  };
}

const waveParameters = [
  real("a", 1, "amplitude"),
  real("b", 1, "frequency"),
  real("c", 0, "phase in radians"),
];

export const smoothDefinitions: readonly Definition[] = [
  {
    name: "erf",
    formula: "a erf(b x) + c",
    parameters: [real("a", 1, "amplitude"), real("b", 1, "scale of x"), real("c", 0, "shift of the value")],
    closedForm: true,
    build: (p) => erfShape(p.number("a"), p.number("b"), p.number("c")),
  },
  {
    name: "sigmoidLike",
    formula: "erf(x / 2.4020563531719796) / 2 + 1 / 2, a sigmoid with a closed-form kernel",
    parameters: [],
    closedForm: true,
    build: () => erfShape(0.5, 1 / 2.4020563531719796, 0.5),
  },
  {
    name: "tanh",
    formula: "tanh(x)",
    parameters: [],
    closedForm: false,
    build: () => ({
      value: Math.tanh,
      derivatives: [
        sechSquared,
        (x) => -2 * Math.tanh(x) * sechSquared(x),
        (x) => (6 * Math.tanh(x) ** 2 - 2) * sechSquared(x),
      ],
      growth: BOUNDED,
    }),
  },
  {
    name: "sigmoid",
    formula: "1 / (1 + e^-x)",
    parameters: [],
    closedForm: false,
    build: () => ({
      value: logistic,
      derivatives: [
        logisticSlope,
        (x) => -logisticSlope(x) * Math.tanh(x / 2),
        (x) => logisticSlope(x) * (1 - 6 * logisticSlope(x)),
      ],
      growth: BOUNDED,
    }),
  },
  {
    name: "gelu",
    formula: "x Phi(x), Phi the normal distribution function",
    parameters: [],
    closedForm: true,
    build: () => ({
      value: (x) => (x === Number.NEGATIVE_INFINITY ? 0 : x * normalCdf(x)),
      derivatives: [
        (x) => normalCdf(x) + x * normalPdf(x),
        (x) => (2 - x * x) * normalPdf(x),
        (x) => (x * x * x - 4 * x) * normalPdf(x),
      ],
      growth: LINEAR,
      closedDual: geluDual(),
    }),
  },
  {
    name: "silu",
    formula: "x / (1 + e^-x)",
    parameters: [],
    closedForm: false,
    build: () => ({
      value: (x) => (x === Number.NEGATIVE_INFINITY ? 0 : x * logistic(x)),
      derivatives: [
        (x) => logistic(x) + x * logisticSlope(x),
        (x) => logisticSlope(x) * (2 - x * Math.tanh(x / 2)),
        (x) => {
          const fold = Math.tanh(x / 2); // 2 s - 1
          return logisticSlope(x) * (-fold * (3 - x * fold) - 2 * x * logisticSlope(x));
        },
      ],
      growth: LINEAR,
    }),
  },
  {
    name: "softplus",
    formula: "log(1 + e^x)",
    parameters: [],
    closedForm: false,
    build: () => ({
      value: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
      derivatives: [logistic, logisticSlope, (x) => -logisticSlope(x) * Math.tanh(x / 2)],
      growth: LINEAR,
    }),
  },
  {
    name: "arctan",
    formula: "arctan(x)",
    parameters: [],
    closedForm: false,
    build: () => ({
      value: Math.atan,
      derivatives: [
        (x) => 1 / (1 + x * x),
        (x) => (-2 * x) / (1 + x * x) ** 2,
        (x) => (6 * x * x - 2) / (1 + x * x) ** 3,
      ],
      growth: BOUNDED,
    }),
  },
  {
    name: "sin",
    formula: "a sin(b x + c)",
    parameters: waveParameters,
    closedForm: true,
    build(p) {
      const a = p.number("a");
      const b = p.number("b");
      const c = p.number("c");
      const phase = {
        cosine: Math.cos(2 * c),
        onePlus: 2 * Math.cos(c) ** 2,
        oneMinus: 2 * Math.sin(c) ** 2,
      };
      return {
        ...waveShape(
          a,
          b,
          (y) => Math.sin(y + c),
          (y) => Math.cos(y + c),
        ),
        closedDual: sineDual(a, b, phase),
      };
    },
  },
  {
    name: "cos",
    formula: "a cos(b x + c)",
    parameters: waveParameters,
    closedForm: true,
    build(p) {
      const a = p.number("a");
      const b = p.number("b");
      const c = p.number("c");
      const phase = {
        cosine: -Math.cos(2 * c),
        onePlus: 2 * Math.sin(c) ** 2,
        oneMinus: 2 * Math.cos(c) ** 2,
      };
      return {
        ...waveShape(
          a,
          b,
          (y) => Math.cos(y + c),
          (y) => -Math.sin(y + c),
        ),
        closedDual: sineDual(a, b, phase),
      };
    },
  },
  {
    name: "rbf",
    formula: "sqrt(2) sin(sqrt(2 gamma) x + pi/4), whose kernel is e^(-gamma |x - x'|^2)",
    parameters: [
      { key: "gamma", default: 1, domain: "non-negative", meaning: "inverse squared length scale" },
    ],
    closedForm: true,
    build(p) {
      const b = Math.sqrt(2 * p.number("gamma"));
      // sqrt(2) sin(y + pi/4) = sin y + cos y
      return {
        ...waveShape(
          1,
          b,
          (y) => Math.sin(y) + Math.cos(y),
          (y) => Math.cos(y) - Math.sin(y),
        ),
        closedDual: sineDual(Math.SQRT2, b, { cosine: 0, onePlus: 1, oneMinus: 1 }),
      };
    },
  },
  {
    name: "gaussian",
    formula: "a e^(b x^2)",
    parameters: [
      real("a", 1, "amplitude"),
      real("b", -1, "rate; for b > 0 the kernel exists only at variances below 1 / (4 b)"),
    ],
    closedForm: true,
    build(p) {
      const a = p.number("a");
      const b = p.number("b");
      const value = (x: number) => a * Math.exp(b * x * x);
      return {
        value,
        derivatives: [
          (x) => 2 * b * x * value(x),
          (x) => (2 * b + 4 * b * b * x * x) * value(x),
          (x) => (12 * b * b * x + 8 * b ** 3 * x ** 3) * value(x),
        ],
        growth: b > 0 && a !== 0 ? { kind: "gaussian", rate: b } : BOUNDED,
        closedDual: gaussianDual(a, b),
      };
    },
  },
  {
    name: "exp",
    formula: "a e^(b x)",
    parameters: [real("a", 1, "amplitude"), real("b", 1, "rate")],
    closedForm: true,
    build(p) {
      const a = p.number("a");
      const b = p.number("b");
      return {
        value: (x) => a * Math.exp(b * x),
        derivatives: [
          (x) => a * b * Math.exp(b * x),
          (x) => a * b * b * Math.exp(b * x),
          (x) => a * b ** 3 * Math.exp(b * x),
        ],
        growth: { kind: "exponential", rate: Math.abs(b) },
        closedDual: exponentialDual(a, b),
      };
    },
  },
  {
    name: "gabor",
    formula: "e^(-x^2) sin(x)",
    parameters: [],
    closedForm: true,
    build: () => ({
      value: (x) => Math.exp(-x * x) * Math.sin(x),
      derivatives: [
        (x) => Math.exp(-x * x) * (Math.cos(x) - 2 * x * Math.sin(x)),
        (x) => Math.exp(-x * x) * ((4 * x * x - 3) * Math.sin(x) - 4 * x * Math.cos(x)),
        (x) => Math.exp(-x * x) * ((18 * x - 8 * x ** 3) * Math.sin(x) + (12 * x * x - 7) * Math.cos(x)),
      ],
      growth: BOUNDED,
      closedDual: gaborDual(),
    }),
  },
  {
    name: "expNormalized",
    formula: "kernel sqrt(q1 q2) e^(gamma (c + shift)) of correlation c; there is no phi(x)",
    parameters: [
      { key: "gamma", default: 1, domain: "non-negative", meaning: "rate in the correlation" },
      real("shift", -1, "added to the correlation; -1 keeps the variance unchanged"),
    ],
    closedForm: true,
    build: (p) => ({
      value: () => Number.NaN,
      derivatives: [null, null, null],
      growth: LINEAR,
      closedDual: normalizedExponentialDual(p.number("gamma"), p.number("shift")),
      kernelOnly: true,
    }),
  },
];
