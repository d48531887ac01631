/**
 * What the page shows of each gamma: the sum of the solution's terms at this N, and the networks that were trained.
 * @module
 */
import {
  compareShallow,
  type GammaFlow,
  type GammaPoint,
  gammaNeedsFlow,
  gammaPoint,
  type ShallowComparison,
  type ShallowEnsemble,
} from "foretrain";
import type { FlowReading, SolutionReading, TrainedReading } from "./operations.js";
import { gammasWith } from "./specification.js";

export interface GammaReading {
  readonly gamma: number;
  /** null: its flow is not there yet */
  readonly point: GammaPoint | null;
  /** null: none are trained yet */
  readonly trained: ShallowEnsemble | null;
  readonly comparison: ShallowComparison | null;
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** Flows and networks that are of this solution and N, whatever else has come meanwhile. */
export interface Parts {
  readonly units: number;
  readonly flows: readonly (FlowReading | null)[];
  readonly trained: readonly (TrainedReading | null)[];
}

function flowOf({ choice }: SolutionReading, { units, flows }: Parts, gamma: number): GammaFlow | null {
  for (const reading of flows) {
    if (reading === null || reading.input.units !== units || !same(reading.input.choice, choice)) continue;
    const found = reading.flows.find((at) => at.gamma === gamma);
    if (found !== undefined) return found.flow;
  }
  return null;
}

function trainedOf({ choice }: SolutionReading, { units, trained }: Parts, gamma: number) {
  for (const reading of trained) {
    if (reading === null || reading.input.units !== units || !same(reading.input.choice, choice)) continue;
    const found = reading.sets.find((set) => set.gamma === gamma);
    if (found !== undefined) return found;
  }
  return null;
}

/** @param record the time at which means and variances are compared */
export function gammaReadings(
  reading: SolutionReading,
  parts: Parts,
  gamma: number,
  record: number,
): readonly GammaReading[] {
  const { solution, train, test } = reading;
  return gammasWith(gamma).map((at): GammaReading => {
    const flow = gammaNeedsFlow(solution, at) ? flowOf(reading, parts, at) : null;
    const known = flow !== null || !gammaNeedsFlow(solution, at);
    const point = known
      ? gammaPoint(solution, { units: parts.units, gamma: at, y: train.y, testY: test.y, flow })
      : null;
    const trained = trainedOf(reading, parts, at);
    const comparison =
      trained === null || point === null
        ? null
        : compareShallow(trained, point, { train: train.y, test: test.y }, record);
    return { gamma: at, point, trained, comparison };
  });
}

/** What runs along the x axis of a figure of outputs at test points: the line at one time, or the times at one point. */
export interface Cut {
  readonly kind: "x" | "time";
  readonly title: string;
  readonly values: readonly number[];
  /** the outputs along it, of [points] at every time */
  readonly pick: (at: readonly ArrayLike<number>[]) => number[];
  /** where it is, for people */
  readonly text: string;
}

export interface CutChoice {
  readonly cut: "x" | "time";
  readonly point: number;
  readonly record: number;
}

/** The point that is shown: those behind the last mean the last. */
export const shownPoint = ({ test }: SolutionReading, point: number) => Math.min(point, test.y.length - 1);

const short = (value: number) => String(Number(value.toPrecision(3)));

export function cutOf(reading: SolutionReading, { cut, point, record }: CutChoice): Cut {
  const { choice, solution, test } = reading;
  if (cut === "x" && choice.data === "line") {
    return {
      kind: "x",
      title: "x",
      values: Array.from(test.x),
      pick: (at) => Array.from(at[record]!),
      text: `t = ${short(solution.times[record]!)}`,
    };
  }
  const i = shownPoint(reading, point);
  const features = test.x.length / test.y.length;
  const x = Array.from(test.x.subarray(i * features, (i + 1) * features), short);
  return {
    kind: "time",
    title: "t = steps / N",
    values: solution.times,
    pick: (at) => at.map((outputs) => outputs[i]!),
    text: features === 1 ? `x = ${x[0]}` : `x = (${x.join(", ")})`,
  };
}

/** Outputs on the test points of one network of an ensemble, [points] at every time. */
export function networkOutputs({ test }: ShallowEnsemble, run: number): readonly Float64Array[] {
  return test!.map(({ data, shape: [, columns] }) => data.subarray(run * columns, (run + 1) * columns));
}
