/**
 * Gaussian moments of an activation tabulated over q: a phase map asks for them a million times, and they depend
 * on q alone. Interpolation is local, of degree 5, in log q, where every moment is smooth on the scale 1.
 * @module
 */
import type { Activation } from "../activations/index.js";
import { squaredSlopeAtZero } from "./layer.js";
import { meanSquare, meanSquaredSlope } from "./moments.js";

/** Degree 5: six nodes around the point; the error is about 0.005 h^6 times the sixth derivative in log q. */
export const INTERPOLATION_POINTS = 6;
/** 1 / (product of differences) of six equally spaced nodes, the constant weights of Lagrange's formula. */
const WEIGHTS = [-1 / 120, 1 / 24, -1 / 12, 1 / 12, -1 / 24, 1 / 120] as const;

/** Lagrange coefficients of value and derivative for a position inside six unit-spaced nodes 0..5. */
export function lagrangeWeights(position: number, value: Float64Array, slope: Float64Array): void {
  for (let i = 0; i < INTERPOLATION_POINTS; i++) {
    // product of (position - j) over j != i and its derivative, by the product rule
    let product = WEIGHTS[i]!;
    let derivative = 0;
    for (let j = 0; j < INTERPOLATION_POINTS; j++) {
      if (j === i) continue;
      derivative = derivative * (position - j) + product;
      product *= position - j;
    }
    value[i] = product;
    slope[i] = derivative;
  }
}

/** Uniform nodes in a coordinate of q. */
export interface UniformGrid {
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

/** First of the six nodes around a coordinate, kept inside the grid. */
export function firstNode({ start, step, count }: UniformGrid, coordinate: number): number {
  const cell = Math.floor((coordinate - start) / step);
  return Math.min(count - INTERPOLATION_POINTS, Math.max(0, cell - 2));
}

/** E_q[phi^2] with its slope and E_q[phi'^2] for any q of the table's range. */
export interface MomentTable {
  /** range of q that the table covers; {@link second} and the others are NaN above it */
  readonly greatest: number;
  /** E_q[phi^2] */
  readonly second: (q: number) => number;
  /** d/dq E_q[phi^2] */
  readonly secondSlope: (q: number) => number;
  /** E_q[phi'^2]; NaN where phi' is not a function */
  readonly derivative: (q: number) => number;
}

const LEAST_Q = 1e-10;
const STEP = 0.05;
/** A node must not change by more than this factor to the next, or the interpolation has too few nodes there. */
const STEEPEST = 0.2;

/**
 * Tabulates the moments up to `greatest` or to where they grow too steeply for the grid, whichever comes first.
 * Below the first node (q = 1e-10) the leading order in q is used: its relative error there is of the order of q.
 */
export function tabulateMoments(activation: Activation, greatest: number): MomentTable {
  const logStart = Math.log(LEAST_Q);
  const planned = Math.max(INTERPOLATION_POINTS, Math.ceil((Math.log(greatest) - logStart) / STEP) + 1);
  const second: number[] = [];
  const derivative: number[] = [];
  for (let i = 0; i < planned; i++) {
    const q = Math.exp(logStart + i * STEP);
    const m = meanSquare(activation, q);
    if (!(m < Number.POSITIVE_INFINITY)) break;
    if (i > INTERPOLATION_POINTS && second[i - 1]! > 0 && Math.abs(Math.log(m / second[i - 1]!)) > STEEPEST)
      break;
    second.push(m);
    derivative.push(meanSquaredSlope(activation, q));
  }
  const count = second.length;
  const grid: UniformGrid = { start: logStart, step: STEP, count };
  const secondNodes = Float64Array.from(second);
  const derivativeNodes = Float64Array.from(derivative);
  const value = new Float64Array(INTERPOLATION_POINTS);
  const slope = new Float64Array(INTERPOLATION_POINTS);
  const last = Math.exp(logStart + (count - 1) * STEP);
  const secondAtZero = activation.value(0) ** 2;
  const squaredSlope = squaredSlopeAtZero(activation);
  const derivativeAtZero = derivativeNodes[0]!;

  let weightsOf = Number.NaN; // the solvers ask for value and slope at the same q, one after the other
  let first = 0;
  const interpolate = (nodes: Float64Array, q: number, ofSlope: boolean): number => {
    if (q !== weightsOf) {
      const logQ = Math.log(q);
      first = firstNode(grid, logQ);
      lagrangeWeights((logQ - logStart) / STEP - first, value, slope);
      weightsOf = q;
    }
    const weights = ofSlope ? slope : value;
    let sum = 0;
    for (let i = 0; i < INTERPOLATION_POINTS; i++) sum += weights[i]! * nodes[first + i]!;
    return ofSlope ? sum / (STEP * q) : sum;
  };
  return {
    greatest: last,
    second(q) {
      if (q > last) return Number.NaN;
      if (q >= LEAST_Q) return interpolate(secondNodes, q, false);
      if (q === 0) return secondAtZero;
      return squaredSlope !== null && squaredSlope < Number.POSITIVE_INFINITY
        ? squaredSlope * q
        : secondNodes[0]!;
    },
    secondSlope(q) {
      if (q > last) return Number.NaN;
      return interpolate(secondNodes, Math.max(q, LEAST_Q), true);
    },
    derivative(q) {
      if (q > last) return Number.NaN;
      return q >= LEAST_Q ? interpolate(derivativeNodes, q, false) : derivativeAtZero;
    },
  };
}
