/**
 * A part as a signal sees it whose variance has grown beyond every scale of its activations: a bounded phi is then a
 * step between its limits, one of linear growth a kinked line with its two far slopes.
 * @module
 */
import { type Activation, activation } from "../activations/index.js";
import type { ScalarPart, ScalarStep } from "./scalar-program.js";

/** Two arguments so far out that a function with limits has reached them, a decade apart. */
const [FAR, FARTHER] = [1e11, 1e12];
const TOLERANCE = 1e-9;
const LEAST_SLOPE = 1e-6;

/** The limit of f at one infinity, null where there is none. */
function limitOf(f: (x: number) => number, sign: 1 | -1): number | null {
  const [near, far] = [f(sign * FAR), f(sign * FARTHER)];
  return Number.isFinite(far) && Math.abs(far - near) <= TOLERANCE * (1 + Math.abs(far)) ? far : null;
}

/** phi = middle + half sign(x): E phi phi' = middle^2 + half^2 (2 / pi) asin c. */
function step(phi: Activation, low: number, high: number): Activation {
  const middle = (low + high) / 2;
  const half = (high - low) / 2;
  const second = middle * middle + half * half;
  return {
    ...phi,
    label: `${phi.label} far out`,
    value: (x) => middle + half * Math.sign(x),
    derivative: null,
    secondDerivative: null,
    thirdDerivative: null,
    breakPoints: [{ at: 0, order: 0 }],
    closedDual: {
      second: () => second,
      derivativeSecond: () => Number.NaN,
      secondSlope: () => 0,
      pair(q1, q2, _k, d, out) {
        const root = Math.sqrt(q1 * q2);
        const gap = Math.sqrt(q1) - Math.sqrt(q2);
        const deficit = Math.min(2, Math.max(0, (d - (gap * gap) / 2) / root));
        const angle = 2 * Math.asin(Math.sqrt(deficit / 2));
        const apart = (half * half * 2 * angle) / Math.PI;
        out[0] = second - apart;
        out[1] = Number.NaN;
        out[2] = apart;
        out[3] = Number.NaN;
      },
    },
  };
}

/** phi far out; null where it has no such limit. */
function farActivation(phi: Activation): Activation | null {
  const [low, high] = [limitOf(phi.value, -1), limitOf(phi.value, 1)];
  if (low !== null && high !== null) return low === high ? null : step(phi, low, high);
  const slope = (x: number) => {
    const ratio = phi.value(x) / x;
    // what is bounded, and only does not settle, has no slope
    return Math.abs(ratio) < LEAST_SLOPE ? 0 : ratio;
  };
  const [left, right] = [limitOf(slope, -1), limitOf(slope, 1)];
  if (left === null || right === null || (left === 0 && right === 0)) return null;
  return activation("abRelu", { a: left, b: right });
}

const known = new WeakMap<Activation, Activation | null>();

function farOf(phi: Activation): Activation | null {
  let far = known.get(phi);
  if (far === undefined) {
    far = farActivation(phi);
    known.set(phi, far);
  }
  return far;
}

interface Walked {
  readonly steps: ScalarStep[];
  /** the variance after it grows with that before */
  readonly grows: boolean;
}

function walk(part: ScalarPart, start: boolean): Walked | null {
  let grows = start;
  const steps: ScalarStep[] = [];
  for (const item of part) {
    let next: ScalarStep = item;
    switch (item.op) {
      case "activation": {
        if (!grows) break;
        const far = farOf(item.activation);
        if (far === null) return null;
        next = { ...item, activation: far };
        grows = far.name === "abRelu";
        break;
      }
      case "normalize":
        grows = false;
        break;
      case "repeat": {
        const body = walk(item.body, grows);
        if (body === null) return null;
        next = { ...item, body: body.steps };
        grows = body.grows;
        break;
      }
      case "sum":
      case "product":
      case "concat": {
        const branches: ScalarStep[][] = [];
        let any = false;
        for (const branch of item.branches) {
          const walked = walk(branch, grows);
          if (walked === null) return null;
          branches.push(walked.steps);
          any ||= walked.grows;
        }
        next = { ...item, branches };
        grows = any;
        break;
      }
      default:
    }
    steps.push(next);
  }
  return { steps, grows };
}

/** The part with its activations far out; null where one has no limit there (sin, exp, powers). */
export function farPart(part: ScalarPart): ScalarPart | null {
  return walk(part, true)?.steps ?? null;
}
