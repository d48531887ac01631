/**
 * Moments and dual activations against quadrature: rows G1 to G3.
 * @module
 */
import { type Activation, activation, dual, dualDerivative, secondMoment } from "../../activations/index.js";
import { gaussHermite, integrate } from "../../numeric/quadrature/index.js";
import { createRng } from "../../numeric/random.js";
import { absolute, atMost, type Check } from "../checks.js";

const MOMENTS: readonly (readonly [string, number])[] = [
  ["tanh", 0.3942944904],
  ["sigmoid", 0.2933790359],
  ["erf", 0.4645590544],
  ["gelu", 0.4252214826],
];

/** E[f(u) f(v)] over a centred Gaussian pair by a product rule, for smooth f. */
function pairMean(f: (x: number) => number, q1: number, q2: number, k: number): number {
  const { nodes, weights } = gaussHermite(120);
  const c = k / Math.sqrt(q1 * q2);
  const s = Math.sqrt(1 - c * c);
  let sum = 0;
  for (let i = 0; i < nodes.length; i++) {
    let inner = 0;
    for (let j = 0; j < nodes.length; j++) {
      inner += weights[j]! * f(Math.sqrt(q2) * (c * nodes[i]! + s * nodes[j]!));
    }
    sum += weights[i]! * f(Math.sqrt(q1) * nodes[i]!) * inner;
  }
  return sum;
}

/**
 * E[f(u) f(v)] for f that is 0 left of 0 and x^degree right of it, by one adaptive integral over u > 0; the mean over v
 * given u, N(mean, s^2) cut at 0, is elementary but for the error function, which is integrated too.
 */
function rectifiedPairMean(degree: 0 | 1, q1: number, q2: number, k: number): number {
  const slope = k / q1;
  const s = Math.sqrt(q2 - (k * k) / q1);
  const density = (z: number) => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  const options = { relative: 1e-12, absolute: 1e-13 };
  const over = (f: (z: number) => number, from: number, to: number) =>
    to <= from ? 0 : integrate(f, from, to, options).value;
  const REACH = 12;
  return over(
    (z) => {
      const mean = slope * Math.sqrt(q1) * z;
      const inner = over((w) => density(w) * (mean + s * w) ** degree, Math.max(-REACH, -mean / s), REACH);
      return density(z) * (Math.sqrt(q1) * z) ** degree * inner;
    },
    0,
    REACH,
  );
}

/** Random covariances: variances in [0.2, 2.2], correlations in [-0.9, 0.9]. */
function covariances(seed: number, count: number): { q1: number; q2: number; k: number }[] {
  const rng = createRng(seed).fork("covariances");
  return Array.from({ length: count }, () => {
    const [q1, q2] = [0.2 + 2 * rng.uniform(), 0.2 + 2 * rng.uniform()];
    return { q1, q2, k: (1.8 * rng.uniform() - 0.9) * Math.sqrt(q1 * q2) };
  });
}

/** Largest error of T and Td, each relative to sqrt(E f(u)^2 E f(v)^2) where that is above 1. */
function worstOf(
  phi: Activation,
  reference: (derivative: boolean, q1: number, q2: number, k: number) => number,
  seed: number,
): number {
  let worst = 0;
  for (const { q1, q2, k } of covariances(seed, 6)) {
    for (const derivative of [false, true]) {
      const expected = reference(derivative, q1, q2, k);
      const computed = (derivative ? dualDerivative : dual)(phi, q1, q2, k);
      worst = Math.max(worst, Math.abs(computed - expected) / Math.max(1, Math.abs(expected)));
    }
  }
  return worst;
}

export function activationChecks(seed: number): Check[] {
  const moments = MOMENTS.map(([name, expected]) =>
    absolute(
      { id: "G1", quantity: `E[phi(z)^2] of ${name}`, source: "Gaussian moments at unit variance" },
      secondMoment(activation(name), 1),
      expected,
      1e-9,
    ),
  );
  const smooth = ["erf", "sin", "exp", "identity"].map((name) => {
    const phi = activation(name);
    const reference = (derivative: boolean, q1: number, q2: number, k: number) =>
      pairMean(derivative ? phi.derivative! : phi.value, q1, q2, k);
    return atMost(
      {
        id: "G2",
        quantity: `${name}: T and Td, largest error at 6 covariances`,
        source: "product Gauss-Hermite rule of 120 nodes",
      },
      worstOf(phi, reference, seed),
      1e-10,
    );
  });
  const relu = atMost(
    {
      id: "G3",
      quantity: "relu: T and Td, largest error at 6 covariances",
      source: "adaptive quadrature split at the kink",
    },
    worstOf(
      activation("relu"),
      (derivative, q1, q2, k) => rectifiedPairMean(derivative ? 0 : 1, q1, q2, k),
      seed,
    ),
    1e-8,
  );
  return [...moments, ...smooth, relu];
}
