/**
 * Turns the steps of a network into calls of the training module over arrays of fixed places. What the compilers of the
 * single steps share: values, cotangents, who may write over what.
 * @module
 */

import { sizeOf } from "../../numeric/matrix.js";
import type { Rng } from "../../numeric/random.js";
import type { Step } from "../step.js";
import type { Tape } from "../tape.js";
import { type Block, newBlock } from "./arena.js";
import type { MatrixProduct } from "./matrix-product.js";
import type { TrainingExports } from "./training-memory.js";

/** Where calls run: filled in when all places are known. */
export interface Machine {
  exports: TrainingExports;
  /** the whole memory */
  floats: Float32Array;
  product: MatrixProduct;
  parameters: number;
  gradient: number;
  /** of the step under way; null: dropout is the identity */
  masks: Rng | null;
}

/** Part of a step, for so many samples. */
export type Call = (samples: number) => void;

/** Numbers that do not change. */
export interface Constant {
  readonly data: Int32Array | Float32Array;
  address: number;
}

/** Emits the backward part of a step, given the block of its output's cotangent, which it may write over. */
export type Back = (cotangent: Block) => void;

/** Whether a step changes nothing, so that its output is its input. */
function isAlias(step: Step, training: boolean): boolean {
  return step.kind === "unchanged" || (step.kind === "dropout" && (!training || step.keepRate === 1));
}

export class Builder {
  readonly blocks: Block[] = [];
  readonly constants: Constant[] = [];
  readonly forward: Call[] = [];
  readonly backward: Call[] = [];
  /** forward step i is at time i, the loss at `steps`, the backward part of step i at 2 steps - i */
  time = 0;
  readonly steps: number;
  private readonly roots: Int32Array;
  private readonly lastRead: Int32Array;
  private readonly values: (Block | undefined)[];
  private readonly cotangents: (Block | undefined)[];
  private readonly kept = new Set<Block>();

  constructor(
    private readonly tape: Tape,
    readonly batch: number,
    /** whether a backward pass follows */
    readonly training: boolean,
    readonly machine: Machine,
  ) {
    const { instructions, values, output } = tape;
    this.steps = instructions.length;
    this.roots = Int32Array.from(values, (_, v) => v);
    for (const { step, from, to } of instructions) {
      if (isAlias(step, training)) this.roots[to] = this.roots[from[0]!]!;
    }
    this.lastRead = new Int32Array(values.length).fill(-1);
    instructions.forEach(({ from }, i) => {
      for (const value of from) this.lastRead[this.root(value)] = i;
    });
    this.lastRead[this.root(output)] = this.steps;
    this.values = new Array<Block | undefined>(values.length);
    this.cotangents = new Array<Block | undefined>(values.length);
    this.values[0] = this.block(this.floatsOf(0));
  }

  /** The value that this one is another name of. */
  root(value: number): number {
    return this.roots[value]!;
  }

  /** Whether a step has work to do. */
  isAlias(step: Step): boolean {
    return isAlias(step, this.training);
  }

  /** Numbers of a value, for one sample. */
  sizeOf(value: number): number {
    return sizeOf(this.tape.values[value]!.shape);
  }

  private floatsOf(value: number): number {
    return this.sizeOf(value) * this.batch;
  }

  /** Whether a cotangent of the value is wanted. */
  varies(value: number): boolean {
    return this.training && this.tape.values[value]!.varies;
  }

  /** A new array, from now on. */
  block(floats: number): Block {
    const block = newBlock(floats, this.time);
    this.blocks.push(block);
    return block;
  }

  constant(data: Int32Array | Float32Array): Constant {
    const constant = { data, address: 0 };
    this.constants.push(constant);
    return constant;
  }

  /** The array is read or written now. */
  use(block: Block): Block {
    block.to = Math.max(block.to, this.time);
    return block;
  }

  /** The array of a value that is read now. */
  read(value: number): Block {
    return this.use(this.values[this.root(value)]!);
  }

  /** A new array for a value that is written now. */
  write(value: number): Block {
    const block = this.block(this.floatsOf(value));
    this.values[value] = block;
    return block;
  }

  /** The backward part of the step at hand reads this array: nobody may write to it before. */
  keep(block: Block): void {
    block.to = Math.max(block.to, 2 * this.steps - this.time);
    this.kept.add(block);
  }

  /** Whether nobody reads the value after the step at hand, so that its array may be written over. */
  isLast(value: number): boolean {
    const root = this.root(value);
    return root !== 0 && this.lastRead[root] === this.time && !this.kept.has(this.values[root]!);
  }

  /** The array of `to`: that of `from`, which is written over, where that does no harm, else a new one. */
  writeOver(from: number, to: number): Block {
    if (!this.isLast(from)) return this.write(to);
    const block = this.read(from);
    this.values[to] = block;
    return block;
  }

  /** The cotangent's array of a value, and whether it is new: then it must be written, else added to. */
  cotangent(value: number): { readonly block: Block; readonly fresh: boolean } {
    const root = this.root(value);
    const known = this.cotangents[root];
    if (known !== undefined) return { block: this.use(known), fresh: false };
    const block = this.block(this.floatsOf(root));
    this.cotangents[root] = block;
    return { block, fresh: true };
  }

  /** What arrived at a value; undefined when nothing did. */
  arrived(value: number): Block | undefined {
    const block = this.cotangents[this.root(value)];
    return block === undefined ? undefined : this.use(block);
  }

  /** Adds an array to the cotangent of a value. */
  add(value: number, from: Block): void {
    const { block, fresh } = this.cotangent(value);
    const size = this.sizeOf(value);
    const { machine } = this;
    this.use(from);
    this.backward.push((samples) => {
      const n = samples * size;
      if (fresh) machine.exports.copyRows(1, n, from.address, 0, block.address, 0);
      else machine.exports.addTo(n, from.address, block.address);
    });
  }

  /** The same, where the array is not needed any more: it becomes the cotangent if it is the first. */
  handOver(value: number, from: Block): void {
    const root = this.root(value);
    if (this.cotangents[root] !== undefined) this.add(value, from);
    else this.cotangents[root] = this.use(from);
  }
}
