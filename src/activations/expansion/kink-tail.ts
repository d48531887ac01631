/**
 * What a series of squared Hermite coefficients without those of the kinks adds beyond its end.
 *
 * Where phi'' or phi''' jumps at the kinks of phi, r_k = b_k - kappa_k^2 falls like k^(-7/2) and no faster, so that a sum of K terms
 * misses K^(-3/2) of E phi'^2: 1e-6 of it after 16,384. But how much it misses is known exactly, from E phi'^2 and
 * E phi'(x) phi'(-x), for even and for odd k. So A k^(-7/2) + B k^(-9/2) is fitted for each parity, and takes the place of r_k little by
 * little over the last three quarters of the sum: products of two kinks' coefficients oscillate with k, and a sharp end would keep
 * what it cuts through.
 * @module
 */
import { erfc } from "../../numeric/special/erf.js";

/** r_k = a k^(-7/2) + b k^(-9/2) for k of one parity that are > `from`, where k = from + 1 is the first. */
interface Part {
  readonly odd: boolean;
  readonly from: number;
  readonly a: number;
  readonly b: number;
}

/** Even and odd k from the end of a series on. */
export type KinkTail = readonly Part[];

/** Sums over the tail of r_k (1 - c^k) and of k r_k (1 - c^(k - 1)). */
export interface TailSums {
  value: number;
  slope: number;
}

/** sum_k k r_k over all even and over all odd k. */
export type ParityMasses = readonly [even: number, odd: number];

/** A series that goes over into its tail. */
export interface TailedSeries {
  readonly rest: Float64Array;
  readonly tail: KinkTail;
}

/** The share of r_k that is kept at x = log_4(4 k / terms) in [0, 1]: 1 at first, 0 at the end, flat at both. */
function shareAt(x: number): number {
  return x <= 0 ? 1 : 1 - x ** 4 * (35 + x * (-84 + x * (70 - 20 * x)));
}

const sharesOf = (terms: number, sharp: boolean) =>
  Float64Array.from({ length: terms }, (_, k) => (sharp ? 1 : shareAt(Math.log2((4 * k) / terms) / 2)));

/** What is not kept: of k r_k, and of k^(-5/2) and k^(-7/2) in its place. */
interface Left {
  readonly mass: number;
  readonly first: number;
  readonly second: number;
}

function leftOf(rest: Float64Array, shares: Float64Array, parity: 0 | 1, mass: number): Left {
  const terms = shares.length;
  let sum = 0;
  for (let k = terms - 2 + parity; k >= 1; k -= 2) sum += shares[k]! * k * rest[k]!;
  // sums over every other k are half an integral, to 2 / terms^2
  const from = terms - 1 + parity;
  let first = 0.5 * integral(from, 2.5);
  let second = 0.5 * integral(from, 3.5);
  for (let k = terms - 2 + parity; 4 * k > terms; k -= 2) {
    const share = (1 - shares[k]!) * k ** -2.5;
    first += share;
    second += share / k;
  }
  return { mass: mass - sum, first, second };
}

/**
 * The first `terms` (a multiple of 8) of r_k, the last of them mixed with their tail, which follows: by what is left of `masses` beyond
 * them and beyond the first half of them. With `sharp`, for kinks at 0 alone, nothing oscillates and nothing is mixed.
 */
export function tailedSeries(
  rest: Float64Array,
  terms: number,
  masses: ParityMasses,
  sharp: boolean,
): TailedSeries {
  const shares = sharesOf(terms, sharp);
  const half = sharesOf(terms / 2, sharp);
  const out = shares.map((share, k) => share * rest[k]!);
  const tail = ([0, 1] as const).map((parity): Part => {
    const far = leftOf(rest, shares, parity, masses[parity]);
    const near = leftOf(rest, half, parity, masses[parity]);
    const determinant = far.first * near.second - far.second * near.first;
    const a = (far.mass * near.second - far.second * near.mass) / determinant;
    const b = (far.first * near.mass - far.mass * near.first) / determinant;
    for (let k = terms - 2 + parity; 4 * k > terms; k -= 2) {
      out[k] = out[k]! + (1 - shares[k]!) * k ** -3.5 * (a + b / k);
    }
    return { odd: parity === 1, from: terms - 1 + parity, a, b };
  });
  return { rest: out, tail };
}

/** For c = 1 - miss in [-1, 1]. */
export function tailSums(tail: KinkTail, miss: number, out: TailSums): void {
  const c = 1 - miss;
  const size = Math.abs(c);
  const decay = c > 0.5 ? -Math.log1p(-miss) : -Math.log(size);
  out.value = 0;
  out.slope = 0;
  for (const { odd, from, a, b } of tail) {
    integrals(from, decay);
    const { fallen, left } = powers;
    // sums of r_k and of k r_k over this parity
    const total = 0.5 * (a * integral(from, 3.5) + b * integral(from, 4.5));
    const slopeTotal = 0.5 * (a * integral(from, 2.5) + b * integral(from, 3.5));
    const value = 0.5 * (a * fallen[1] + b * fallen[2]);
    const slope = 0.5 * (a * fallen[0] + b * fallen[1]);
    const slopeLeft = 0.5 * (a * left[0] + b * left[1]);
    if (c > 0) {
      out.value += value;
      // 1 - c^(k-1) = (1 - c^k) - (1 - c) c^(k-1)
      out.slope += slope - (miss / size) * slopeLeft;
    } else if (odd) {
      // c^k = -|c|^k, c^(k-1) = |c|^(k-1)
      out.value += 2 * total - value;
      out.slope += size > 0 ? slope - ((1 - size) / size) * slopeLeft : slopeTotal;
    } else {
      out.value += value;
      out.slope += 2 * slopeTotal - (size > 0 ? slope - ((1 - size) / size) * slopeLeft : slopeTotal);
    }
  }
}

/** Integral of x^-power from `from` on. */
const integral = (from: number, power: number) => from ** (1 - power) / (power - 1);

const powers: {
  /** integrals of x^-p (1 - e^(-decay x)) from `from` on, p = 5/2, 7/2, 9/2 */
  readonly fallen: [number, number, number];
  /** of x^-p e^(-decay x), p = 5/2, 7/2 */
  readonly left: [number, number];
} = { fallen: [0, 0, 0], left: [0, 0] };

/** By parts from p = 1/2 up, where the integral is an error function. */
function integrals(from: number, decay: number): void {
  const { fallen, left } = powers;
  const top = decay * from;
  if (!(top < 700)) {
    for (let i = 0; i < 3; i++) fallen[i] = integral(from, 2.5 + i);
    left.fill(0);
    return;
  }
  const root = Math.sqrt(from);
  const weight = Math.exp(-top);
  const gone = -Math.expm1(-top);
  // in units of from^(1 - p)
  const half =
    decay > 0 ? (Math.sqrt(Math.PI / decay) * erfc(Math.sqrt(top))) / root : Number.POSITIVE_INFINITY;
  const threeHalves = 2 * (weight - (decay > 0 ? top * half : 0));
  const fiveHalves = (weight - top * threeHalves) / 1.5;
  const sevenHalves = (weight - top * fiveHalves) / 2.5;
  const unit = 1 / (from * root);
  left[0] = unit * fiveHalves;
  left[1] = (unit / from) * sevenHalves;
  fallen[0] = (unit * (gone + top * threeHalves)) / 1.5;
  fallen[1] = ((unit / from) * (gone + top * fiveHalves)) / 2.5;
  fallen[2] = ((unit / (from * from)) * (gone + top * sevenHalves)) / 3.5;
}
