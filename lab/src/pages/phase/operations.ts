/**
 * What the worker computes for the page Phase.
 * @module
 */
import {
  type Activation,
  correlationMap,
  criticalLine,
  depthAdvice,
  ForetrainError,
  type LongWork,
  lengthMap,
  type MeanField,
  meanField,
  type PermissibilityReport,
  type PhaseDiagram,
  permissibilityReport,
  phaseDiagram,
  type SignalPropagation,
  signalPropagation,
} from "foretrain";
import { type ActivationChoice, chosenActivation } from "./activation.js";
import type { Quantity } from "./fields.js";
import { picture } from "./picture.js";

export interface PointInput {
  readonly choice: ActivationChoice;
  readonly weightVariance: number;
  readonly biasVariance: number;
  /** variance that trajectories start from */
  readonly start: number;
}

export interface PointReading {
  readonly meanField: MeanField;
  /** what follows for a network of this many layers */
  readonly advice: readonly string[];
  readonly input: PointInput & { readonly depth: number };
}

const layerOf = ({ choice, weightVariance, biasVariance }: Omit<PointInput, "start">) => ({
  activation: chosenActivation(choice),
  weightVariance,
  biasVariance,
});

/** The points of an interval, both ends included. */
export function evenly(from: number, to: number, count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) =>
    i === count - 1 ? to : from + ((to - from) * i) / (count - 1),
  );
}

function point(input: PointInput & { readonly depth: number }): PointReading {
  const read = meanField(layerOf(input), { start: input.start });
  const advice = depthAdvice(read, input.depth);
  return { meanField: read, advice: advice === null ? [] : [advice], input };
}

export interface MapsInput extends PointInput {
  readonly correlation: number;
}

export interface MapsReading {
  readonly length: { readonly q: Float64Array; readonly next: Float64Array };
  /** at the variance q*, or at the start where there is none */
  readonly correlation: { readonly c: Float64Array; readonly next: Float64Array; readonly q: number } | null;
  /** the variance that the correlation map is asked for, and that after one more layer */
  readonly correlationAt: { readonly q: number; readonly next: number };
  readonly qStar: number | null;
  readonly cStar: number | null;
  /** the first steps of both trajectories */
  readonly lengthSteps: readonly number[];
  readonly correlationSteps: readonly number[];
  readonly input: MapsInput;
}

const MAP_POINTS = 97;
const STAIRS = 24;
/** Trajectories that leave the plot are not followed further. */
const FAR = 8;

function iterate(map: (x: number) => number, start: number, within: (x: number) => boolean): number[] {
  const steps = [start];
  for (let i = 0; i < STAIRS && within(steps[i]!); i++) steps.push(map(steps[i]!));
  return steps;
}

function maps(input: MapsInput): MapsReading {
  const layer = layerOf(input);
  const { start, correlation } = input;
  const { qStar, cStar } = meanField(layer, { start });
  const far = FAR * Math.max(start, qStar ?? start, 1);
  const lengthSteps = iterate(
    (q) => lengthMap(layer, q),
    start,
    (q) => q <= far,
  );
  const top = 1.12 * Math.max(start, qStar ?? 0, Math.min(far, Math.max(...lengthSteps.slice(0, 3))));
  const q = evenly(0, top, MAP_POINTS);
  const at = qStar !== null && qStar > 0 ? qStar : start;
  const c = evenly(correlation < 0 ? -1 : 0, 1, MAP_POINTS);
  const after = lengthMap(layer, at);
  const reachable = after > 0 && after < Number.POSITIVE_INFINITY;
  const next = (x: number) => correlationMap(layer, Math.min(1, Math.max(-1, x)), at);
  return {
    length: { q, next: q.map((x) => lengthMap(layer, x)) },
    correlation: reachable ? { c, next: c.map(next), q: at } : null,
    correlationAt: { q: at, next: after },
    qStar,
    cStar,
    lengthSteps,
    correlationSteps: reachable ? iterate(next, correlation, () => true) : [],
    input,
  };
}

export interface DepthInput extends MapsInput {
  readonly depth: number;
}

export interface DepthReading {
  readonly signal: SignalPropagation;
  /** correlations that the pairs start from; the first is the one that was asked for */
  readonly starts: readonly number[];
  readonly input: DepthInput;
}

/** Pairs beside the chosen one: from both ends they run into the same c*. */
const OTHER_STARTS = [0, 0.95];

function depth(input: DepthInput): DepthReading {
  const starts = [input.correlation, ...OTHER_STARTS];
  const signal = signalPropagation(layerOf(input), {
    depth: input.depth,
    meanSquare: input.start,
    correlations: starts,
  });
  return { signal, starts, input };
}

export interface DiagramInput {
  readonly choice: ActivationChoice;
  readonly weightFrom: number;
  readonly weightTo: number;
  readonly biasFrom: number;
  readonly biasTo: number;
  readonly points: number;
}

export interface DiagramReading {
  readonly diagram: Pick<
    PhaseDiagram,
    "activation" | "weightVariance" | "biasVariance" | Quantity | "phase" | "unsettled"
  >;
  readonly line: readonly { readonly weightVariance: number; readonly biasVariance: number }[];
  readonly milliseconds: number;
  readonly input: DiagramInput;
}

/** Points of the critical line between the lowest two rows, where that of smooth activations is far from straight. */
const LOW_END = 12;

function lowEnd(phi: Activation, { weightVariance, biasVariance }: PhaseDiagram) {
  const [low, next] = [biasVariance[0]!, biasVariance[1]!];
  const between = Array.from(
    { length: LOW_END },
    (_, k) => low + (next - low) * ((k + 1) / (LOW_END + 1)) ** 3,
  );
  return criticalLine(phi, {
    biasVariance: between,
    weightVariance: [weightVariance[0]!, weightVariance.at(-1)!],
  });
}

function checkRange(label: string, from: number, to: number): void {
  if (from < to) return;
  throw new ForetrainError(
    "ERR_DOMAIN",
    `${label}: got ${from} to ${to}, expected the start to be less than the stop`,
    {
      argument: label,
      got: [from, to],
    },
  );
}

async function diagram(input: DiagramInput, work: LongWork): Promise<DiagramReading> {
  const { choice, weightFrom, weightTo, biasFrom, biasTo, points } = input;
  checkRange("weight variance", weightFrom, weightTo);
  checkRange("bias variance", biasFrom, biasTo);
  const phi = chosenActivation(choice);
  const started = performance.now();
  const made = await phaseDiagram(
    phi,
    { weightVariance: evenly(weightFrom, weightTo, points), biasVariance: evenly(biasFrom, biasTo, points) },
    work,
  );
  const line = made.criticalLine.length === 0 ? [] : [...made.criticalLine, ...lowEnd(phi, made)];
  return {
    diagram: made,
    line: line
      .map(({ weightVariance, biasVariance }) => ({ weightVariance, biasVariance }))
      .sort((a, b) => a.biasVariance - b.biasVariance),
    milliseconds: performance.now() - started,
    input,
  };
}

function permissibility({ choice }: { readonly choice: ActivationChoice }): PermissibilityReport {
  return permissibilityReport(chosenActivation(choice));
}

export const phaseOperations = {
  "phase.point": point,
  "phase.maps": maps,
  "phase.depth": depth,
  "phase.diagram": diagram,
  "phase.picture": picture,
  "phase.permissibility": permissibility,
};

export type PhaseOperations = typeof phaseOperations;
