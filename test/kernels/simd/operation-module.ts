/** Single operations of the SIMD engine on lists of pairs. */
import { type Operation, operations } from "../../../src/kernels/simd/instructions.js";
import { loadModule, type Variant } from "../../../src/wasm/load.js";
import * as binary from "../../wasm/generated/operation.js";

export interface PairInputs {
  /** deficits of both kernels, g null for the nngp alone */
  readonly d: ArrayLike<number>;
  readonly g: ArrayLike<number> | null;
  /** feature tables of both sides, [table][pair] */
  readonly rows: readonly ArrayLike<number>[];
  readonly cols: readonly ArrayLike<number>[];
  readonly constants: readonly number[];
  readonly extra: readonly number[];
}

export interface OperationModule {
  run(operation: Operation, bits: 32 | 64, inputs: PairInputs): { d: Float64Array; g: Float64Array };
  /** best time of one pair in ns over `rounds` rounds */
  time(operation: Operation, bits: 32 | 64, inputs: PairInputs, rounds: number): number;
}

interface Exports {
  readonly memory: WebAssembly.Memory;
  heapBase(): number;
  readonly operate64: (...args: number[]) => void;
  readonly operate32: (...args: number[]) => void;
}

/** Null where the runtime lacks the variant. */
export function openOperations(variant: Variant): OperationModule | null {
  const loaded = loadModule(binary, variant);
  if (loaded === null) return null;
  const wasm = new WebAssembly.Instance(loaded.module, {}).exports as unknown as Exports;

  function prepare(operation: Operation, bits: 32 | 64, inputs: PairInputs) {
    const { d, g, rows, cols, constants, extra } = inputs;
    const n = d.length;
    const size = bits / 8;
    const stride = Math.ceil((n * size) / 16) * 16;
    const start = Math.ceil(wasm.heapBase() / 64) * 64;
    const from = start + 1024;
    const to = from + 2 * stride;
    const rowTables = to + 2 * stride;
    const colTables = rowTables + rows.length * stride;
    const missing = colTables + cols.length * stride - wasm.memory.buffer.byteLength;
    if (missing > 0) wasm.memory.grow(Math.ceil(missing / 65536));
    const { buffer } = wasm.memory;
    const Values = bits === 64 ? Float64Array : Float32Array;
    new Float64Array(buffer, start, constants.length).set(constants);
    new Int32Array(buffer, start + 960, 2).set(extra);
    new Values(buffer, from, n).set(d);
    new Values(buffer, from + stride, n).set(g ?? []);
    rows.forEach((table, i) => {
      new Values(buffer, rowTables + i * stride, n).set(table);
    });
    cols.forEach((table, i) => {
      new Values(buffer, colTables + i * stride, n).set(table);
    });
    const operate = bits === 64 ? wasm.operate64 : wasm.operate32;
    const call = () =>
      operate(
        Number(g !== null),
        operations[operation],
        stride,
        to,
        from,
        0,
        stride,
        rowTables,
        stride,
        colTables,
        stride,
        start,
        start + 960,
      );
    const read = (at: number) => Float64Array.from(new Values(buffer, at, n));
    return { call, read: () => ({ d: read(to), g: read(to + stride) }), n };
  }

  return {
    run(operation, bits, inputs) {
      const { call, read } = prepare(operation, bits, inputs);
      call();
      return read();
    },
    time(operation, bits, inputs, rounds) {
      const { call, n } = prepare(operation, bits, inputs);
      let best = Number.POSITIVE_INFINITY;
      for (let i = 0; i < rounds; i++) {
        const start = performance.now();
        call();
        best = Math.min(best, performance.now() - start);
      }
      return (best * 1e6) / n;
    },
  };
}
