/**
 * What is kept at every record of training, growing record by record.
 * @module
 */
import { ForetrainError } from "../../errors.js";
import type { NdArray } from "../../numeric/matrix.js";

type Numbers = Float64Array | Uint8Array;

/** Numbers of every record, of one size each. */
export class Kept<T extends Numbers> {
  private readonly parts: T[] = [];

  /**
   * @param make     the type of the numbers
   * @param option   that asked for them, for the error
   * @param wanted   false: nothing is kept
   * @param before   what a checkpoint has of the `records` before
   * @throws ERR_SPEC when the checkpoint has it not for all of its records
   */
  constructor(
    private readonly make: new (length: number) => T,
    option: string,
    readonly wanted: boolean,
    before: NdArray<T> | null | undefined,
    records: number,
  ) {
    if (!wanted) return;
    const count = before?.shape[0] ?? 0;
    if (count !== records) {
      throw new ForetrainError(
        "ERR_SPEC",
        `resume: ${option} asks for what the checkpoint has kept of ${count} of its ${records} records; go on without ${option}, or start anew without the checkpoint`,
        { argument: option, got: count, expected: records },
      );
    }
    const each = count === 0 ? 0 : before!.data.length / count;
    for (let i = 0; i < count; i++) this.parts.push(before!.data.subarray(i * each, (i + 1) * each) as T);
  }

  add(values: T | null): void {
    if (values !== null) this.parts.push(values);
  }

  /** [records, ...shape]; null where nothing is kept. */
  array(shape: readonly number[]): NdArray<T> | null {
    if (!this.wanted) return null;
    const size = this.parts[0]?.length ?? 0;
    const data = new this.make(this.parts.length * size);
    this.parts.forEach((part, i) => {
      data.set(part, i * size);
    });
    return { data, shape: [this.parts.length, ...shape] };
  }
}
