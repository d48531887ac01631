/**
 * Smooth activations without a closed form: features and constants of the operation `mehler`.
 * @module
 */
import {
  type Activation,
  type HermiteExpansion,
  hermiteExpansion,
  type PairMap,
} from "../../activations/index.js";
import type { Precision } from "../kernel.js";
import type { SampleSides } from "../sample-state.js";
import type { LoweredActivation, Readout } from "./activation-form.js";
import { basisCoordinates } from "./coefficient-basis.js";
import { type Feature, halfSlope, halfTangent, inverseRoot, rootHalf } from "./feature-tables.js";

/** Longer series cost more than the reference's tables. */
const TERMS_MAX = 1024;
/** Coordinates of the coefficient vectors. */
const BASIS_MAX = 64;
/** Variances that differ by less are one, up to rounding. */
const EQUAL = 1e-13;
/** Variances that are expanded here, one by one, where the prepared dual has no expansions. */
const FEW = 32;
/** What a series may leave out, relative to its sum. */
const NEGLIGIBLE = { float64: 2e-17, float32: 1e-9 } as const;
const BASIS_TOLERANCE = { float64: 1e-13, float32: 1e-8 } as const;

type Expansions = NonNullable<PairMap["expansions"]>;

function expansionsOf(activation: Activation, map: PairMap, { rows, cols }: SampleSides): Expansions | null {
  if (map.expansions !== undefined) return map.expansions;
  const distinct = [...new Set([...rows.q, ...cols.q])];
  const high = distinct.reduce((most, q) => Math.max(most, q), 0);
  const equal = distinct.every((q) => high - q <= EQUAL * high);
  if (!(equal || distinct.length <= FEW)) return null;
  const options = { maxTerms: 2 * TERMS_MAX, tolerance: 2.5e-13 };
  const longest = hermiteExpansion(activation, high, options);
  const fixed = { ...options, minTerms: longest.terms, maxTerms: longest.terms };
  if (longest.tail > options.tolerance || longest.derivativeTail > options.tolerance) return null;
  const nodes = equal ? [longest] : distinct.map((q) => hermiteExpansion(activation, q, fixed));
  const number = new Map(distinct.map((q, i) => [q, equal ? 0 : i]));
  const of = (q: Float64Array) => Array.from(q, (value) => number.get(value)!);
  return { nodes, rows: of(rows.q), cols: of(cols.q) };
}

/** Orders k of the coefficients that the series runs over: all from 1, or the odd ones. */
interface Orders {
  readonly step: 1 | 2;
  readonly count: number;
}

/** a_k / sqrt(q), its limit at q = 0. */
function scaled({ q, values, slopes }: HermiteExpansion, k: number): number {
  if (q === 0) return k === 1 ? slopes[0]! : 0;
  return (values[k] ?? 0) / Math.sqrt(q);
}

/** Largest share over the samples of the terms from j on in E phi'^2 = sum k a_k^2 / q; for j = 0 ... count. */
function tailShares(all: readonly HermiteExpansion[], { step, count }: Orders): Float64Array {
  const shares = new Float64Array(count + 1);
  const sums = new Float64Array(count + 1);
  for (const e of all) {
    sums.fill(0);
    for (let j = count - 1; j >= 0; j--) {
      const k = step * j + 1;
      sums[j] = sums[j + 1]! + k * scaled(e, k) ** 2;
    }
    if (sums[0]! > 0) for (let j = 0; j <= count; j++) shares[j] = Math.max(shares[j]!, sums[j]! / sums[0]!);
  }
  return shares;
}

/** Stages (J, t): J terms do where the series' argument is at most t. */
function stagesOf(shares: Float64Array, count: number, negligible: number): number[] {
  const stages: number[] = [];
  for (let terms = 4; terms < count; terms = Math.ceil((terms * 4) / 3)) {
    const limit = shares[terms]! > negligible ? (negligible / shares[terms]!) ** (1 / terms) : 1;
    stages.push(terms, Math.min(limit, 1));
  }
  stages.push(count, 1);
  return stages;
}

/** Null where the series is too long, or too many different variances have no expansion prepared. */
export function lowerMehler(
  activation: Activation,
  map: PairMap,
  states: SampleSides,
  { weight, tangentK }: Readout,
  precision: Precision,
): LoweredActivation | null {
  if (activation.breakPoints.length > 0) return null;
  const expansions = expansionsOf(activation, map, states);
  if (expansions === null) return null;
  const all = expansions.nodes;
  const odd = all.every((e) => e.odd !== null || e.q === 0);
  const terms = all.reduce((most, e) => Math.max(most, e.terms), 2);
  const step = odd ? 2 : 1;
  const shares = tailShares(all, { step, count: odd ? Math.floor(terms / 2) : terms - 1 });
  const negligible = NEGLIGIBLE[precision];
  const needed = shares.findIndex((share) => share <= negligible);
  const count = Math.max(1, needed < 0 ? shares.length - 1 : needed);
  if (count > TERMS_MAX) return null;

  const tolerance = BASIS_TOLERANCE[precision];
  const padded = (values: Float64Array) => {
    const out = new Float64Array(terms);
    out.set(values.subarray(0, terms));
    return out;
  };
  const values = basisCoordinates(
    all.map((e) => padded(e.values)),
    tolerance,
    BASIS_MAX,
  );
  const slopes = basisCoordinates(
    all.map((e) => padded(e.slopes)),
    tolerance,
    BASIS_MAX,
  );
  if (values === null || slopes === null) return null;
  // values of the nodes, mixed as each sample is
  const feature = (values: ArrayLike<number>): Feature => {
    return (_state, i, side) => {
      const share = expansions[side][i]!;
      if (typeof share === "number") return values[share]!;
      let sum = 0;
      for (let a = 0; a < share.length; a++) sum += share[a]! * values[a]!;
      return sum;
    };
  };
  const coordinates = (table: readonly Float64Array[]) =>
    Array.from(table[0]!, (_, b) => feature(table.map((of) => Math.SQRT1_2 * of[b]!)));
  const stages = stagesOf(shares, count, negligible);
  return {
    operation: "mehler",
    features: [
      rootHalf,
      inverseRoot,
      halfTangent,
      halfSlope(map),
      feature(all.map((e) => 0.5 * e.spread)),
      feature(all.map((e) => (odd ? 0 : e.values[0]!))),
      ...Array.from({ length: count }, (_, j) => feature(all.map((e) => scaled(e, step * j + 1)))),
      ...coordinates(values),
      ...coordinates(slopes),
    ],
    constants: [
      weight,
      tangentK / weight,
      step,
      count,
      values[0]!.length,
      slopes[0]!.length,
      stages.length / 2,
      ...stages,
    ],
  };
}
