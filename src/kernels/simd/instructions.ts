/**
 * Operations of the SIMD engine; numbers as in src/wasm/assembly/pairs/interpreter.ts.
 * @module
 */
export const operations = {
  first: 0,
  dense: 1,
  combine: 2,
  product: 3,
  normalize: 4,
  dropout: 5,
  piecewiseLinear: 6,
  erf: 7,
  gelu: 8,
  mehler: 9,
  /** reads and writes the tile's carried states */
  resume: 10,
  carry: 11,
  graded: 12,
  trigonometric: 16,
  exponential: 17,
  gaussian: 18,
  gabor: 19,
  expNormalized: 20,
  step: 21,
  rectifiedMonomial: 22,
  polynomial: 23,
  alignedFirst: 32,
  alignedShift: 33,
  alignedLift: 34,
  alignedPlain: 35,
  alignedPiecewise: 36,
  alignedStep: 37,
} as const;

export type Operation = keyof typeof operations;

/** One instruction; what is left out is 0. */
export interface Instruction {
  readonly operation: Operation;
  /** slot written */
  readonly to: number;
  /** slots read */
  readonly from?: number;
  readonly other?: number;
  /** first of its feature tables */
  readonly table?: number;
  readonly constants?: readonly number[];
  /** counts that an operation takes */
  readonly extra?: readonly [number, number];
}

const WORDS = 8;

/** Instructions and constants as the engine reads them. */
export function encode(instructions: readonly Instruction[]): { code: Int32Array; constants: Float64Array } {
  const code = new Int32Array(WORDS * instructions.length);
  const constants: number[] = [];
  instructions.forEach(({ operation, to, from = 0, other = 0, table = 0, constants: own = [], extra }, i) => {
    code.set([operations[operation], to, from, other, table, constants.length, ...(extra ?? [])], WORDS * i);
    constants.push(...own);
  });
  return { code, constants: Float64Array.from(constants) };
}
