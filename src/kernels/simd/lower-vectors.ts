/**
 * Lowers a network whose states are vectors: per-sample features become tables, layers become instructions.
 * @module
 */
import type { Variant } from "../../wasm/load.js";
import { type AlignedPlan, alignedPlan, countReaders } from "../aligned-plan.js";
import type { KernelJob } from "../backend.js";
import type { Precision } from "../kernel.js";
import type { KernelStep } from "../program.js";
import type { SamplePass } from "../sample-pass.js";
import type { SampleSides } from "../sample-state.js";
import type { SampleSet } from "../samples.js";
import type { Readout } from "./activation-form.js";
import {
  FeatureTables,
  halfTangent,
  halfTangentOverRoot,
  halfVariance,
  halfVarianceOverRoot,
  inverseRoot,
} from "./feature-tables.js";
import { encode, type Instruction } from "./instructions.js";
import type { LoweredSamples, Lowering } from "./job.js";
import { lowerActivation } from "./lower-activation.js";
import { alignedInstruction, biasInstructions, plainInstructions } from "./lower-aligned.js";

/**
 * Largest ratio of two standard deviations before an activation. Pairs are carried as (q + q') / 2 - k, which knows k to
 * one rounding of the larger variance: at this ratio 1e-13 of sqrt(q q') in float64, 6e-5 in float32.
 */
const RATIO_MAX = 1e3;

/** Variances (and ntk diagonals) beyond these leave the range of the engine's products: fourth powers of sqrt(q). */
const RANGE = { float64: [1e-140, 1e140], float32: [1e-17, 1e17] } as const;

/** Variances of activations with products of four variances. */
const QUARTER = { float64: 1e75, float32: 1e8 } as const;

/** Thrown inside, becomes the reason. */
class NoForm extends Error {}

/** The same where only float32 is too narrow, possibly. */
class OutOfRange extends NoForm {}

const NEUTRAL: Readout = { weight: 1, tangentK: 0 };

class Lowerer {
  private instructions: Instruction[] = [];
  /** of the activations, by step: every run over the steps takes the same tables */
  private readonly forms = new Map<number, Omit<Instruction, "to">>();
  readonly tables = new FeatureTables();
  /** states after the step that last wrote each slot */
  private held: SampleSides[] = [];
  private readonly readers: readonly number[];
  /** a slot of its own for partial results */
  private readonly spare: number;

  constructor(
    private readonly job: KernelJob,
    private readonly pass: SamplePass,
    readonly precision: Precision,
  ) {
    this.spare = job.program.slots;
    this.readers = countReaders(job.program);
  }

  /** The instructions of all steps; for aligned pairs in the coordinates of their plan. */
  run(plan: AlignedPlan | null = null): readonly Instruction[] {
    const { steps } = this.job.program;
    this.instructions = [];
    this.held = [];
    for (let at = 0; at < steps.length; at++) {
      const step = steps[at]!;
      if (step.positions.length > 0 || step.layout !== "one") {
        throw new NoForm(`${step.path}: the vector engine has no positions`);
      }
      const next = steps[at + 1];
      // a dense layer that alone reads the state just made is one with the step that makes it
      const dense =
        next?.op === "dense" && next.from === step.to && this.readers[at] === 1 && next.weight > 0
          ? next
          : null;
      const fuses = dense !== null && (step.op === "input" || step.op === "activation");
      const way = plan?.steps[at];
      if (way !== undefined) this.push(...plainInstructions(way, this.tables));
      const special =
        way === undefined
          ? null
          : alignedInstruction(
              step,
              way,
              dense !== null && fuses ? dense : NEUTRAL,
              this.pass.states[at]!,
              this.held,
              this.tables,
            );
      if (special !== null) this.push({ ...special, to: fuses ? dense.to : step.to });
      else this.step(step, at, fuses ? dense : null);
      const before = step.op === "dense" ? this.held[step.from]! : this.pass.states[at]!;
      if (fuses) at++;
      const last = steps[at]!;
      const states = this.pass.states[at]!;
      this.held[last.to] = states;
      if (plan !== null && last.op === "dense") {
        this.push(...biasInstructions(last, plan.steps[at]!, before, states, this.tables));
      }
    }
    if (plan !== null) this.push(...plainInstructions(plan.end, this.tables));
    const { carried = null } = this.job.program;
    if (carried !== null) this.push({ operation: "carry", to: carried, from: carried });
    return this.instructions;
  }

  private step(step: KernelStep, at: number, dense: (KernelStep & { op: "dense" }) | null): void {
    const to = dense === null ? step.to : dense.to;
    const readout = dense ?? NEUTRAL;
    switch (step.op) {
      case "input":
        this.push({ operation: "first", to, constants: [readout.weight, readout.tangentK] });
        break;
      case "resume":
        this.push({ operation: "resume", to });
        break;
      case "dense":
        this.push({ operation: "dense", to, from: step.from, constants: [step.weight, step.tangentK] });
        break;
      case "activation": {
        this.push({ ...this.activation(step, at, readout), to });
        break;
      }
      case "normalize": {
        const states = this.held[step.from]!;
        this.checkRange(step, states, 0);
        const table = this.tables.add(states, [inverseRoot, halfVarianceOverRoot, halfTangentOverRoot]);
        this.push({ operation: "normalize", to, from: step.from, table });
        break;
      }
      case "dropout": {
        const table = this.tables.add(this.held[step.from]!, [halfVariance, halfTangent]);
        this.push({ operation: "dropout", to, from: step.from, table, constants: [1 / step.keepRate - 1] });
        break;
      }
      case "sum":
        this.fold(step.parts, to, (from, other, target, i) =>
          this.push({ operation: "combine", to: target, from, other, constants: [1, i < 0 ? 0 : 1] }),
        );
        break;
      case "concat": {
        if (step.axis !== null) throw new NoForm(`${step.path}: the vector engine has no positions`);
        const { weights } = step;
        this.fold(step.parts, to, (from, other, target, i) => {
          const first = i <= 1 ? weights[0]! : 1;
          this.push({
            operation: "combine",
            to: target,
            from,
            other,
            constants: [first, i < 0 ? 0 : weights[i]!],
          });
        });
        break;
      }
      case "product":
        this.product(step.parts, to);
        break;
      default:
        throw new NoForm(`${step.path}: the vector engine has no ${step.op}`);
    }
  }

  private activation(
    step: KernelStep & { op: "activation" },
    at: number,
    readout: Readout,
  ): Omit<Instruction, "to"> {
    const known = this.forms.get(at);
    if (known !== undefined) return known;
    const states = this.held[step.from]!;
    const { map } = this.pass.prepared[at]!;
    const form = lowerActivation(step.activation, map!, states, readout, this.precision);
    if (form === null) throw new NoForm(`${step.path}: no SIMD form of ${step.activation.label}`);
    const { operation, features, constants, extra, unit = 0 } = form;
    this.checkRange(step, states, unit);
    this.checkRange(step, this.pass.states[at]!, 0);
    const table = this.tables.add(states, features);
    const instruction = { operation, from: step.from, table, constants, ...(extra && { extra }) };
    this.forms.set(at, instruction);
    return instruction;
  }

  private push(...instructions: readonly Instruction[]): void {
    this.instructions.push(...instructions);
  }

  /** Left fold over the parts; `i` is the part taken in, -1 where there is only one (`other` is then meaningless). */
  private fold(
    parts: readonly number[],
    to: number,
    combine: (from: number, other: number, target: number, i: number) => void,
  ): void {
    if (parts.length === 1) combine(parts[0]!, parts[0]!, to, -1);
    // partial results wait in a slot of their own: the slot written may be one that is still to be read
    for (let i = 1; i < parts.length; i++) {
      const last = i === parts.length - 1;
      combine(i === 1 ? parts[0]! : this.spare, parts[i]!, last ? to : this.spare, i);
    }
  }

  private product(parts: readonly number[], to: number): void {
    const states = parts.map((slot) => this.held[slot]!);
    const times = (a: SampleSides, b: SampleSides): SampleSides => {
      const of = (side: "rows" | "cols") => {
        const [p, r] = [a[side], b[side]];
        const t = p.t?.map((theta, i) => theta * r.q[i]! + r.t![i]! * p.q[i]!) ?? null;
        return { q: p.q.map((q, i) => q * r.q[i]!), t };
      };
      const rows = of("rows");
      return { rows, cols: a.rows === a.cols ? rows : of("cols") };
    };
    let so = states[0]!;
    this.fold(parts, to, (from, other, target, i) => {
      if (i < 0) {
        this.push({ operation: "combine", to: target, from, other, constants: [1, 0] });
        return;
      }
      const [a, b] = [so, states[i]!];
      const table = this.tables.add(a, [
        halfVariance,
        (_, s, side) => halfVariance(b[side], s, side),
        halfTangent,
        (_, s, side) => halfTangent(b[side], s, side),
      ]);
      this.push({ operation: "product", to: target, from, other, table });
      so = times(a, b);
    });
  }

  private checkRange(step: KernelStep, { rows, cols }: SampleSides, unit: number): void {
    let low = Number.POSITIVE_INFINITY;
    let high = 0;
    for (const { q } of rows === cols ? [rows] : [rows, cols]) {
      for (const value of q) {
        if (value > 0) low = Math.min(low, value);
        high = Math.max(high, value);
      }
    }
    if (high === 0) return;
    if (high > RATIO_MAX ** 2 * low) {
      throw new NoForm(
        `${step.path}: variances from ${low} to ${high}: pairs of so different samples would lose digits`,
      );
    }
    const [bottom, top] = RANGE[this.precision];
    if (low < bottom || high > top || unit * high > QUARTER[this.precision]) {
      throw new OutOfRange(`${step.path}: variances from ${low} to ${high} are outside the engine's range`);
    }
  }
}

/** Float64 where float32 is asked for but too narrow for the variances of this network. */
function lowered(
  job: KernelJob,
  pass: SamplePass,
): { readonly lowerer: Lowerer; readonly pairs: readonly Instruction[] } {
  const { precision = "float64" } = job;
  const lowerer = new Lowerer(job, pass, precision);
  try {
    return { lowerer, pairs: lowerer.run() };
  } catch (error) {
    if (precision === "float64" || !(error instanceof OutOfRange)) throw error;
    return lowered({ ...job, precision: "float64" }, pass);
  }
}

/** Why a job has no SIMD form, or the form. */
export function lowerVectors(job: KernelJob, pass: SamplePass, variant: Variant | null): Lowering {
  let form: ReturnType<typeof lowered>;
  try {
    form = lowered(job, pass);
  } catch (error) {
    if (error instanceof NoForm) return { job: null, reason: error.message };
    throw error;
  }
  const { program, rows, cols, carry = null } = job;
  const { lowerer, pairs } = form;
  const { tables, precision } = lowerer;
  const aligned = (turned: boolean) => {
    const plan = alignedPlan(program, pass, turned);
    return plan === null ? null : encode(lowerer.run(plan));
  };
  const both = [aligned(false), aligned(true)] as const;
  const input = program.steps.findIndex(({ op }) => op === "input");
  const inputHalf = input < 0 ? 0 : tables.add(pass.states[input]!, [halfVariance]);
  const [outputHalf, outputTangentHalf] = outputTables(tables, outputStates(job, pass));
  const side = (name: "rows" | "cols", { count, data }: SampleSet): LoweredSamples => ({
    count,
    // a view of none of them would take their memory along to every worker
    values: program.features === 0 ? new Float64Array(0) : data,
    tables: tables.fill(name, count),
  });
  return {
    reason: null,
    job: {
      kind: "vectors",
      precision,
      variant,
      tangent: job.ntk,
      tile: job.tile,
      features: program.features,
      rows: side("rows", rows),
      cols: rows === cols ? null : side("cols", cols),
      pairs: encode(pairs),
      aligned: both,
      tables: tables.count,
      slots: program.slots + 1,
      output: program.output,
      carry: carry && {
        d: carry.pairs.d,
        g: carry.pairs.g,
        resumes: carry.samples !== null,
        leaves: program.carried != null,
      },
      inputHalf,
      outputHalf,
      outputTangentHalf,
    },
  };
}

function outputStates({ program: { steps, output } }: KernelJob, pass: SamplePass): SampleSides {
  return pass.states[steps.findLastIndex((step) => step.to === output)]!;
}

function outputTables(tables: FeatureTables, states: SampleSides): readonly [number, number] {
  const at = tables.add(states, [halfVariance, halfTangent]);
  return [at, at + 1];
}
