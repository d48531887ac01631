/**
 * Laws of one random number: moments, draws, quadrature.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { gaussHermite, gaussLegendre } from "./quadrature/index.js";
import type { Rng } from "./random.js";
import { normalQuantile } from "./special/index.js";

/** A law of weights: its name and parameters. */
export type Law =
  | { readonly kind: "normal"; readonly mean?: number; readonly variance: number }
  | { readonly kind: "uniform"; readonly low: number; readonly high: number }
  | {
      readonly kind: "discrete";
      readonly values: readonly number[];
      /** sum to 1 */
      readonly probabilities: readonly number[];
    };

/** Nodes with probabilities that sum to 1. */
export interface LawNodes {
  readonly nodes: readonly number[];
  readonly weights: readonly number[];
}

/** Throws `ERR_SPEC` for laws that are none. */
export function requireLaw(law: Law, argument: string): void {
  const fail = (expected: string): never => {
    throw new ForetrainError("ERR_SPEC", `${argument} is ${JSON.stringify(law)}, expected ${expected}`, {
      argument,
      got: law,
      expected,
    });
  };
  switch (law?.kind) {
    case "normal":
      if (!(law.variance >= 0 && Number.isFinite(law.variance) && Number.isFinite(law.mean ?? 0)))
        fail("a finite mean and a variance >= 0");
      return;
    case "uniform":
      if (!(Number.isFinite(law.low) && Number.isFinite(law.high) && law.low < law.high))
        fail("finite numbers low < high");
      return;
    case "discrete": {
      if (!Array.isArray(law.values) || !Array.isArray(law.probabilities))
        fail("lists of values and probabilities");
      const sum = law.probabilities.reduce((a, b) => a + b, 0);
      const fits = law.values.length === law.probabilities.length && law.values.length > 0;
      if (!fits || !law.values.every(Number.isFinite) || law.probabilities.some((p) => !(p >= 0)))
        fail("as many finite values as probabilities >= 0");
      if (Math.abs(sum - 1) > 1e-12) fail(`probabilities that sum to 1, they sum to ${sum}`);
      return;
    }
    default:
      fail(
        '{"kind": "normal", "variance": 1}, {"kind": "uniform", "low": 0, "high": 1} or {"kind": "discrete", ...}',
      );
  }
}

/** A quadrature of the law: `order` nodes of Gauss-Hermite or Gauss-Legendre, or the discrete values as they are. */
export function lawNodes(law: Law, order: number): LawNodes {
  switch (law.kind) {
    case "normal": {
      const rule = gaussHermite(order);
      const spread = Math.sqrt(law.variance);
      return {
        nodes: Array.from(rule.nodes, (z) => (law.mean ?? 0) + spread * z),
        weights: Array.from(rule.weights),
      };
    }
    case "uniform": {
      const rule = gaussLegendre(order);
      const half = (law.high - law.low) / 2;
      return {
        nodes: Array.from(rule.nodes, (z) => law.low + half * (z + 1)),
        weights: Array.from(rule.weights, (w) => w / 2),
      };
    }
    case "discrete":
      return { nodes: law.values, weights: law.probabilities };
  }
}

/** E X^k, exact to rounding for k <= 8. */
export function lawMoment(law: Law, k: number): number {
  const { nodes, weights } = lawNodes(law, 5);
  return nodes.reduce((sum, x, i) => sum + weights[i]! * x ** k, 0);
}

/** The law moved so that its mean is 0. */
export function centredLaw(law: Law): Law {
  switch (law.kind) {
    case "normal":
      return { ...law, mean: 0 };
    case "uniform": {
      const half = (law.high - law.low) / 2;
      return { ...law, low: -half, high: half };
    }
    case "discrete": {
      const mean = lawMoment(law, 1);
      return { ...law, values: law.values.map((value) => value - mean) };
    }
  }
}

/** One draw. */
export function drawLaw(law: Law, rng: Rng): number {
  switch (law.kind) {
    case "normal":
      return (law.mean ?? 0) + Math.sqrt(law.variance) * rng.normal();
    case "uniform":
      return law.low + (law.high - law.low) * rng.uniform();
    case "discrete": {
      let left = rng.uniform();
      for (let i = 0; i < law.values.length - 1; i++) {
        left -= law.probabilities[i]!;
        if (left < 0) return law.values[i]!;
      }
      return law.values.at(-1)!;
    }
  }
}

/** The value that the law stays below with probability p, 0 < p < 1. */
export function lawQuantile(law: Law, p: number): number {
  switch (law.kind) {
    case "normal":
      return (law.mean ?? 0) + Math.sqrt(law.variance) * normalQuantile(p);
    case "uniform":
      return law.low + (law.high - law.low) * p;
    case "discrete": {
      let left = p;
      for (let i = 0; i < law.values.length - 1; i++) {
        left -= law.probabilities[i]!;
        if (left < 0) return law.values[i]!;
      }
      return law.values.at(-1)!;
    }
  }
}
