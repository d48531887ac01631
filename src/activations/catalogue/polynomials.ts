/**
 * Polynomial activations, rectified monomials and the reciprocal.
 * @module
 */
import type { BreakPoint } from "../activation.js";
import { rectifiedMonomialDual } from "../closed/arc-cosine.js";
import { hermiteDual, polynomialDual } from "../closed/polynomial.js";
import type { Definition, ParameterDescription, Shape } from "./definition.js";

const degree: ParameterDescription = {
  key: "degree",
  default: null,
  domain: "degree",
  meaning: "a whole number from 0 to 60",
};

function evaluate(coefficients: readonly number[], x: number): number {
  let sum = 0;
  for (let j = coefficients.length - 1; j >= 0; j--) sum = sum * x + coefficients[j]!;
  return sum;
}

function differentiate(coefficients: readonly number[]): readonly number[] {
  return coefficients.length <= 1 ? [0] : coefficients.slice(1).map((c, j) => c * (j + 1));
}

function polynomialShape(coefficients: readonly number[]): Shape {
  const first = differentiate(coefficients);
  const second = differentiate(first);
  const third = differentiate(second);
  return {
    value: (x) => evaluate(coefficients, x),
    derivatives: [(x) => evaluate(first, x), (x) => evaluate(second, x), (x) => evaluate(third, x)],
    growth: { kind: "polynomial", degree: coefficients.length - 1 },
    closedDual: polynomialDual(coefficients),
  };
}

function rectifiedMonomialShape(n: number): Shape {
  const power =
    (order: number) =>
    (x: number): number => {
      if (!(x > 0)) return Number.isNaN(x) ? Number.NaN : 0;
      let factor = 1;
      for (let j = 0; j < order; j++) factor *= n - j;
      return factor === 0 ? 0 : factor * x ** (n - order);
    };
  const breakPoints: readonly BreakPoint[] = [{ at: 0, order: n }];
  return {
    value: power(0),
    derivatives:
      n === 0
        ? [null, null, null]
        : n === 1
          ? [power(1), power(2), power(2)]
          : [power(1), power(2), power(3)],
    growth: n === 0 ? { kind: "bounded" } : { kind: "polynomial", degree: n },
    breakPoints,
    closedDual: rectifiedMonomialDual(n),
  };
}

/** He_n(x) / sqrt(n!), 0 for n < 0. */
function hermiteValue(n: number, x: number): number {
  if (n < 0) return 0;
  let previous = 0;
  let current = 1;
  for (let k = 0; k < n; k++) {
    const next = (x * current - Math.sqrt(k) * previous) / Math.sqrt(k + 1);
    previous = current;
    current = next;
  }
  return current;
}

function hermiteShape(n: number): Shape {
  const derivative = (order: number): ((x: number) => number) => {
    let factor = 1;
    for (let j = 0; j < order; j++) factor *= Math.sqrt(Math.max(0, n - j));
    return (x) => factor * hermiteValue(n - order, x);
  };
  return {
    value: derivative(0),
    derivatives: [derivative(1), derivative(2), derivative(3)],
    growth: { kind: "polynomial", degree: n },
    closedDual: hermiteDual(n),
  };
}

export const polynomialDefinitions: readonly Definition[] = [
  {
    name: "monomial",
    formula: "x^degree",
    parameters: [degree],
    closedForm: true,
    build(p) {
      const coefficients = new Array<number>(p.number("degree") + 1).fill(0);
      coefficients[coefficients.length - 1] = 1;
      return polynomialShape(coefficients);
    },
  },
  {
    name: "rectifiedMonomial",
    formula: "x^degree for x > 0, else 0",
    parameters: [degree],
    closedForm: true,
    build: (p) => rectifiedMonomialShape(p.number("degree")),
  },
  {
    name: "polynomial",
    formula: "sum over j of coefficients[j] x^j",
    parameters: [
      {
        key: "coefficients",
        default: null,
        domain: "coefficients",
        meaning: "numbers, lowest power first",
      },
    ],
    closedForm: true,
    build: (p) => polynomialShape(p.list("coefficients")),
  },
  {
    name: "hermite",
    formula: "He_degree(x) / sqrt(degree!), probabilists' Hermite polynomial of unit norm",
    parameters: [degree],
    closedForm: true,
    build: (p) => hermiteShape(p.number("degree")),
  },
  {
    name: "reciprocal",
    formula: "1 / x, 0 at x = 0",
    parameters: [],
    closedForm: false,
    build: () => ({
      value: (x) => (x === 0 ? 0 : 1 / x),
      derivatives: [(x) => -1 / (x * x), (x) => 2 / x ** 3, (x) => -6 / x ** 4],
      growth: { kind: "unbounded-at-point", at: 0 },
      breakPoints: [{ at: 0, order: 0 }],
    }),
  },
];
