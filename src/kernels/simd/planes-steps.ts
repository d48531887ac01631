/**
 * Instructions of single steps on planes.
 * @module
 */
import type { Precision } from "../kernel.js";
import type { ConvStep, KernelStep, PoolStep } from "../program.js";
import type { PreparedStep, SampleSides } from "../sample-state.js";
import { poolTaps } from "../window-taps.js";
import { halfTangent, halfVariance } from "./feature-tables.js";
import { lowerActivation } from "./lower-activation.js";
import { type Place, type PlaneInstruction, poolLists, windowGeometry } from "./planes-code.js";
import { normalizeFeatures, nothing, poolFeatures, productOf } from "./planes-features.js";
import type { PlaneTables } from "./planes-tables.js";

/** Why a program has no form of planes. */
export class NoPlanes extends Error {}

/** The same where only float32 is too narrow, possibly. */
export class OutOfRange extends NoPlanes {}

/** Variances beyond these leave the range of products of two variances, and of four. */
const RANGE = { float64: [1e-140, 1e140], float32: [1e-17, 1e17] } as const;
const QUARTER = { float64: 1e75, float32: 1e8 } as const;

/** A grid of positions, and how many differences of positions there are. */
export interface Grid {
  readonly height: number;
  readonly width: number;
  readonly planes: number;
}

export interface StepSettings {
  readonly prepared: readonly PreparedStep[];
  /** values of an input sample */
  readonly features: number;
  /** samples with themselves, which share dropout masks */
  readonly self: boolean;
  readonly precision: Precision;
}

export class PlaneSteps {
  constructor(
    private readonly settings: StepSettings,
    private readonly tables: PlaneTables,
    /** of the result of a step, and of what it reads */
    private readonly gridOf: (s: number) => Grid,
    private readonly sourceOf: (s: number) => Grid,
  ) {}

  private checkRange({ path }: KernelStep, { rows, cols }: SampleSides, unit: number): void {
    const [bottom, top] = RANGE[this.settings.precision];
    const quarter = QUARTER[this.settings.precision];
    for (const { q } of rows === cols ? [rows] : [rows, cols]) {
      for (const value of q) {
        if (value !== 0 && (value < bottom || value > top || unit * value > quarter)) {
          throw new OutOfRange(`${path}: a variance of ${value} is outside the engine's range`);
        }
      }
    }
  }

  /** What carries values of a group to other positions. */
  leave(step: KernelStep, s: number, from: Place, to: Place): PlaneInstruction {
    const target = this.gridOf(s);
    const equalOnly = target.planes === 1 && step.op !== "globalPool";
    switch (step.op) {
      case "conv":
        return this.convolution(step, s, from, to);
      case "pool":
        return { operation: "scatter", to, from, geometry: this.poolGeometry(step, target), equalOnly };
      default:
        return { operation: "sumPlane", to, from, equalOnly };
    }
  }

  private poolGeometry(step: PoolStep, { height, width }: Grid): number[] {
    const [y, x] = poolLists(step);
    // lists start after four words; the engine adds the address
    return [4, 4 + y.length, height, width, ...y, ...x];
  }

  private convolution(step: ConvStep, s: number, from: Place, to: Place): PlaneInstruction {
    const source = this.settings.prepared[s]!.reads[0]!;
    const { height, width } = this.sourceOf(s);
    const size = step.window.reduce((product, axis) => product * axis.size, 1);
    return {
      operation: "convolve",
      to,
      from,
      geometry: windowGeometry(step),
      table: this.tables.add(source, height * width, [halfVariance, halfTangent]),
      constants: [step.weight / size, step.tangentK / size],
    };
  }

  instructions(
    step: KernelStep,
    s: number,
    reads: readonly Place[],
    to: Place,
    spare: Place | null,
  ): PlaneInstruction[] {
    const prepared = this.settings.prepared[s]!;
    const { height, width } = this.gridOf(s);
    const cells = height * width;
    const [from] = reads;
    const source = prepared.reads[0]!;
    switch (step.op) {
      case "input": {
        const features = this.settings.features / (step.positions.length === 0 ? 1 : cells);
        return [{ operation: "input", to, constants: [0.5 / features] }];
      }
      case "resume":
        throw new NoPlanes("the plane engine begins with the data");
      case "dense":
        return [{ operation: "dense", to, from: from!, constants: [step.weight, step.tangentK] }];
      case "conv":
        return [this.convolution(step, s, from!, to)];
      case "activation": {
        const form = lowerActivation(
          step.activation,
          prepared.map!,
          source,
          { weight: 1, tangentK: 0 },
          this.settings.precision,
        );
        if (form === null) throw new NoPlanes(`${step.path}: no SIMD form of ${step.activation.label}`);
        const { operation, features, constants, extra, unit = 0 } = form;
        this.checkRange(step, source, unit);
        const table = this.tables.add(source, cells, features);
        return [{ operation, to, from: from!, table, constants, ...(extra && { extra }) }];
      }
      case "normalize": {
        const table = this.tables.add(source, cells, normalizeFeatures(step, source));
        return [{ operation: "normalize", to, from: from!, table }];
      }
      case "dropout": {
        const table = this.tables.add(source, cells, [halfVariance, halfTangent]);
        const constants = [1 / step.keepRate - 1];
        return [{ operation: "dropout", to, from: from!, table, constants, equalKept: this.settings.self }];
      }
      case "sum":
      case "concat": {
        const weights = step.op === "concat" ? step.weights : step.parts.map(() => 1);
        if (reads.length === 1) {
          return [{ operation: "combine", to, from: from!, other: from!, constants: [weights[0]!, 0] }];
        }
        return this.fold(reads, to, spare, (a, b, target, i) => ({
          operation: "combine",
          to: target,
          from: a,
          other: b,
          constants: [i === 1 ? weights[0]! : 1, weights[i]!],
        }));
      }
      case "product": {
        if (reads.length === 1) {
          return [{ operation: "combine", to, from: from!, other: from!, constants: [1, 0] }];
        }
        let so = prepared.reads[0]!;
        return this.fold(reads, to, spare, (a, b, target, i) => {
          const [p, r] = [so, prepared.reads[i]!];
          so = productOf(p, r);
          const table = this.tables.add(p, cells, [
            halfVariance,
            (_, at, side) => halfVariance(r[side], at, side),
            halfTangent,
            (_, at, side) => halfTangent(r[side], at, side),
          ]);
          return { operation: "product", to: target, from: a, other: b, table };
        });
      }
      case "pool": {
        const table = this.tables.add(source, cells, poolFeatures(step, prepared));
        return [{ operation: "finishPool", to, from: from!, table }];
      }
      case "globalPool": {
        const own = prepared.own!;
        const table = this.tables.add(source, 1, [
          (_, i, side) => own[side].d[i]!,
          (_, i, side) => own[side].g?.[i] ?? 0,
        ]);
        const scale = poolTaps(step).weight[0]! ** 2;
        return [{ operation: "finishSums", to, from: from!, table, constants: [scale] }];
      }
      case "flatten": {
        const inputs = step.inputPositions.reduce((size, side) => size * side, 1);
        const table = this.tables.add(source, 1, [nothing, nothing]);
        return [{ operation: "finishSums", to, from: from!, table, constants: [1 / inputs] }];
      }
    }
  }

  /** Left fold over more than one value. */
  private fold(
    reads: readonly Place[],
    to: Place,
    spare: Place | null,
    combine: (a: Place, b: Place, target: Place, i: number) => PlaneInstruction,
  ): PlaneInstruction[] {
    const out: PlaneInstruction[] = [];
    for (let i = 1; i < reads.length; i++) {
      const target = i === reads.length - 1 ? to : spare!;
      out.push(combine(i === 1 ? reads[0]! : spare!, reads[i]!, target, i));
    }
    return out;
  }
}
