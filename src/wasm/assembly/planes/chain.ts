/**
 * Chains of [convolution 3 x 3 `same`, relu-like activation] on one plane: all pairs of positions (p, p + delta) of
 * images, delta a circular difference. Convolutions keep delta, so planes never meet; a plane goes through all layers
 * in cache.
 *
 * Lanes are samples of the column side. Layout of a plane: rows of W cells of 32 bytes, [sums of K over x - 1, x, x + 1]
 * [the same of M = K + N]; K is the nngp after the activation, N the tangent kernel, each times a factor per layer that
 * the host folds into the tables, so that with box the sum over 3 x 3 positions and c the correlation times ALPHA
 *   c = (box K + bias) R R', K <- S S' J(c), M <- (box M + bias) w(c) + K,
 *   w = pi - acos(c) + slope, J = sin(acos(c)) + w c.
 * `same`: a neighbour exists where both p + f and p' + f do, so sums stop at x = 0 and x = W - dx and at the rows 0 and
 * H - dy of the torus.
 *
 * This form loses half of the digits of the angle where |c| is close to 1; the largest |c| of each lane is returned, and
 * the caller repeats such planes in deficits. acos(a) = sqrt(1 - a^2) Q(a) for a = |c|: one root gives sine and
 * angle. Q is fitted with the least absolute error in the angle: 3.8e-7 (f32), 9.6e-16 (f64); c is scaled by ALPHA so
 * that its leading coefficient is 1.
 * @module
 */
import { madd, nmadd, splat } from "../lanes";
import { accumulate } from "./regroup";

/** Scale of c: 1 is stored as ALPHA. */
const ALPHA32: f64 = 0.649631048735616;
const ALPHA64: f64 = 0.6552494427995788;

// @ts-ignore: decorator
@inline
export function alpha<T>(): f64 {
  return sizeof<T>() == 4 ? ALPHA32 : ALPHA64;
}

const HALF_PI: f64 = 1.5707963267948966;

/**
 * acos(a) / sqrt(1 - a^2), scaled, by powers of a (f32) or of v = 1 - a (f64, whose many powers of a would cancel): even
 * and odd powers by themselves, so that the steps of the one fill the latency of the other.
 */
// @ts-ignore: decorator
@inline
function angleOverSine<T>(a: v128): v128 {
  if (sizeof<T>() == 4) {
    const x = v128.mul<T>(a, a);
    let even = madd<T>(x, splat<T>(3.1268526029301325), splat<T>(4.518227526598942));
    let odd = v128.sub<T>(splat<T>(-4.59639106853409), x);
    even = madd<T>(even, x, splat<T>(2.8596133340662324));
    odd = madd<T>(odd, x, splat<T>(-3.6669198420631166));
    even = madd<T>(even, x, splat<T>(2.417981641189487));
    odd = madd<T>(odd, x, splat<T>(-2.3694183224721255));
    return madd<T>(odd, a, even);
  }
  const v = v128.sub<T>(splat<T>(alpha<T>()), a);
  const x = v128.mul<T>(v, v);
  let even = v128.add<T>(x, splat<T>(12.214029012787597));
  let odd = madd<T>(x, splat<T>(-5.079102003567357), splat<T>(-18.136406606438857));
  even = madd<T>(even, x, splat<T>(18.55236489421573));
  odd = madd<T>(odd, x, splat<T>(-13.75299107904127));
  even = madd<T>(even, x, splat<T>(7.65900047934877));
  odd = madd<T>(odd, x, splat<T>(-3.209394738590033));
  even = madd<T>(even, x, splat<T>(1.0731633643348861));
  odd = madd<T>(odd, x, splat<T>(-0.22146994394543404));
  even = madd<T>(even, x, splat<T>(0.10159760439342352));
  odd = madd<T>(odd, x, splat<T>(0.06619225696654862));
  even = madd<T>(even, x, splat<T>(0.10346599430899485));
  odd = madd<T>(odd, x, splat<T>(0.14579869308062068));
  even = madd<T>(even, x, splat<T>(0.21025770929072024));
  odd = madd<T>(odd, x, splat<T>(0.309981075969168));
  even = madd<T>(even, x, splat<T>(0.4739349725156306));
  odd = madd<T>(odd, x, splat<T>(0.7763640638252257));
  even = madd<T>(even, x, splat<T>(1.526136360723158));
  return madd<T>(odd, v, even);
}

// @ts-ignore: decorator
@inline
function signs<T>(): v128 {
  return sizeof<T>() == 4 ? i32x4.splat(0x80000000) : i64x2.splat(0x8000000000000000);
}

/** sqrt(1 - c^2); NaN where rounding left |c| above 1: such planes are repeated. */
// @ts-ignore: decorator
@inline
function sine<T>(c: v128): v128 {
  return v128.sqrt<T>(nmadd<T>(c, c, splat<T>(alpha<T>() * alpha<T>())));
}

/** pi - acos(c) - (pi / 2 - offset): offset is pi / 2 for relu. */
// @ts-ignore: decorator
@inline
function opening<T>(c: v128, a: v128, s: v128, offset: v128): v128 {
  const h = nmadd<T>(s, angleOverSine<T>(a), splat<T>(HALF_PI));
  return v128.add<T>(v128.xor(h, v128.and(c, signs<T>())), offset);
}

/** B: the layers have biases. */
type Biased = u16;
type Unbiased = u8;

// @ts-ignore: decorator
@inline
function withBias<T, B>(x: v128, bias: v128): v128 {
  return sizeof<B>() == 2 ? v128.add<T>(x, bias) : x;
}

/** Sum of the same cell of three rows. */
// @ts-ignore: decorator
@inline
function three<T>(up: usize, mid: usize, down: usize, at: usize): v128 {
  return v128.add<T>(v128.add<T>(v128.load(up + at), v128.load(mid + at)), v128.load(down + at));
}

/** Value `i` of a table of the row sample: R is v128 where every lane has its own. */
// @ts-ignore: decorator
@inline
function rowValue<T, R>(t: usize): v128 {
  if (sizeof<R>() == 16) return v128.load(t);
  return sizeof<T>() == 4 ? v128.load32_splat(t) : v128.load64_splat(t);
}

// @ts-ignore: decorator
@inline
function rowBytes<T, R>(): usize {
  return sizeof<R>() == 16 ? 16 : sizeof<T>();
}

// A layer goes over a row three times, which needs fewer registers at once than all in one: every value that is there for
// later costs a store and a load. What is between is in memory, 32 bytes a cell.

/** c of `n` cells of a row between seams, to `to`. Returns the largest |c| so far. */
// @ts-ignore: decorator
@inline
function correlate<T, B, R>(up: usize, mid: usize, down: usize, t1: usize, t2: usize, to: usize, n: i32, bias: v128, seen: v128): v128 {
  const e = rowBytes<T, R>();
  let most = seen;
  if (n & 1) {
    const c = v128.mul<T>(withBias<T, B>(three<T>(up, mid, down, 0), bias), v128.mul<T>(rowValue<T, R>(t1), v128.load(t2)));
    v128.store(to, c);
    most = v128.pmax<T>(most, v128.andnot(c, signs<T>()));
    up += 32; mid += 32; down += 32; t1 += 2 * e; t2 += 32; to += 32;
  }
  let left = n >> 1;
  if (left > 0) do {
    const c0 = v128.mul<T>(withBias<T, B>(three<T>(up, mid, down, 0), bias), v128.mul<T>(rowValue<T, R>(t1), v128.load(t2)));
    v128.store(to, c0);
    most = v128.pmax<T>(most, v128.andnot(c0, signs<T>()));
    const c1 = v128.mul<T>(withBias<T, B>(three<T>(up, mid, down, 32), bias), v128.mul<T>(rowValue<T, R>(t1 + 2 * e), v128.load(t2, 32)));
    v128.store(to, c1, 32);
    most = v128.pmax<T>(most, v128.andnot(c1, signs<T>()));
    up += 64; mid += 64; down += 64; t1 += 4 * e; t2 += 64; to += 64;
  } while (--left);
  return most;
}

/** From c at each cell w and, 16 bytes after, J(c); of `pairs` pairs of cells. */
// @ts-ignore: decorator
@inline
function open<T>(at: usize, pairs: i32, offset: v128): void {
  do {
    const c0 = v128.load(at), c1 = v128.load(at, 32);
    const s0 = sine<T>(c0), s1 = sine<T>(c1);
    const w0 = opening<T>(c0, v128.andnot(c0, signs<T>()), s0, offset);
    const w1 = opening<T>(c1, v128.andnot(c1, signs<T>()), s1, offset);
    v128.store(at, w0);
    v128.store(at, madd<T>(w0, c0, s0), 16);
    v128.store(at, w1, 32);
    v128.store(at, madd<T>(w1, c1, s1), 48);
    at += 64;
  } while (--pairs);
}

/**
 * K and M after a layer of `n` cells of a row between seams, as sums over three, from w and J at `wj`; `up`, `mid`, `down`:
 * the row and its neighbours (of zeros beyond a seam); `to` may be `up`.
 */
// @ts-ignore: decorator
@inline
function spread<T, B, R>(up: usize, mid: usize, down: usize, to: usize, t1: usize, t2: usize, wj: usize, n: i32, bias: v128): void {
  const e = rowBytes<T, R>();
  const before = to - 32, k9 = v128.load(before), m9 = v128.load(before, 16);
  // K and M of the two cells before, for the sums over three
  let ka = splat<T>(0), ma = splat<T>(0), kb = splat<T>(0), mb = splat<T>(0);
  if (n & 1) {
    kb = v128.mul<T>(v128.mul<T>(rowValue<T, R>(t1 + e), v128.load(t2, 16)), v128.load(wj, 16));
    mb = madd<T>(withBias<T, B>(three<T>(up, mid, down, 16), bias), v128.load(wj), kb);
    up += 32; mid += 32; down += 32; t1 += 2 * e; t2 += 32; wj += 32;
  } else {
    // as if a cell of zeros stood before: the cell that its sums overwrite is restored below
    to -= 32;
  }
  let left = n >> 1;
  if (left > 0) do {
    const k0 = v128.mul<T>(v128.mul<T>(rowValue<T, R>(t1 + e), v128.load(t2, 16)), v128.load(wj, 16));
    const k1 = v128.mul<T>(v128.mul<T>(rowValue<T, R>(t1 + 3 * e), v128.load(t2, 48)), v128.load(wj, 48));
    const k = v128.add<T>(kb, k0);
    v128.store(to, v128.add<T>(ka, k));
    const m0 = madd<T>(withBias<T, B>(three<T>(up, mid, down, 16), bias), v128.load(wj), k0);
    const m1 = madd<T>(withBias<T, B>(three<T>(up, mid, down, 48), bias), v128.load(wj, 32), k1);
    const m = v128.add<T>(mb, m0);
    v128.store(to, v128.add<T>(ma, m), 16);
    v128.store(to, v128.add<T>(k, k1), 32);
    v128.store(to, v128.add<T>(m, m1), 48);
    ka = k0; ma = m0; kb = k1; mb = m1;
    up += 64; mid += 64; down += 64; to += 64; t1 += 4 * e; t2 += 64; wj += 64;
  } while (--left);
  v128.store(to, v128.add<T>(ka, kb));
  v128.store(to, v128.add<T>(ma, mb), 16);
  v128.store(before, k9);
  v128.store(before, m9, 16);
}

// words of a frame
const HEIGHT = 0;
const WIDTH = 1;
const LAYERS = 2;
const CHANNELS = 3;
/** per layer and cell: R, S of the row sample; vectors of R and S of the column samples */
const ROW_TABLES = 4;
const COL_TABLES = 5;
/** pixels: [cell][channel] of the row sample, scaled; [cell][channel] vectors of the column samples */
const ROW_PIXELS = 6;
const COL_PIXELS = 7;
/** room for H + 2 rows of cells and two cells */
const ROOM = 8;
/** 5 f64 per layer: pi / 2 + slope, biases of c and M, factor after the layer, whether its sums are wanted */
const CONSTANTS = 9;
/** layers whose sums are wanted */
const ENDS = 10;

// @ts-ignore: decorator
@inline
function word(frame: usize, i: usize): usize {
  return <usize>load<u32>(frame + 4 * i);
}

/** Sums over three cells of a row of the inputs' inner products; M = K. */
function inputStretch<T, R>(to: usize, x1: usize, x2: usize, channels: i32, n: i32): void {
  let a = splat<T>(0), b = splat<T>(0);
  for (let x = 0; x < n; x++) {
    let s = splat<T>(0);
    for (let c = 0; c < channels; c++) {
      s = madd<T>(rowValue<T, R>(x1), v128.load(x2), s);
      x1 += rowBytes<T, R>();
      x2 += 16;
    }
    if (x > 0) {
      const h = v128.add<T>(v128.add<T>(a, b), s);
      v128.store(to, h);
      v128.store(to, h, 16);
      to += 32;
    }
    a = b;
    b = s;
  }
  const h = v128.add<T>(a, b);
  v128.store(to, h);
  v128.store(to, h, 16);
}

/** Sum of K and of M over `n` cells between seams, from every third of the sums over three. */
function total<T>(row: usize, n: i32, out: usize, outM: usize): void {
  let k = splat<T>(0), m = splat<T>(0);
  for (let x = n % 3 == 0 ? 1 : 0; x < n; x += 3) {
    const p = row + (<usize>x << 5);
    k = v128.add<T>(k, v128.load(p));
    m = v128.add<T>(m, v128.load(p, 16));
  }
  accumulate<T>(out, k);
  accumulate<T>(outM, m);
}

/**
 * All layers of the plane (dy, dx). Of every layer whose sums are wanted, writes to `out` and on the f64 sums over the plane of
 * K, then of M, of each lane, then the vector of the largest |c| up to there (of 1 = ALPHA). Stops where that is above
 * `limit` in all lanes, as it writes for all ends from there on; their sums are then no sums.
 */
// @ts-ignore: decorator
@inline
function chainPlane<T, B, R>(frame: usize, dy: i32, dx: i32, out: usize, limit: f64): void {
  const height = <i32>word(frame, HEIGHT), width = <i32>word(frame, WIDTH);
  const layers = <i32>word(frame, LAYERS), channels = <i32>word(frame, CHANNELS);
  const cells = <usize>(height * width), line = <usize>width << 5;
  const zeros = word(frame, ROOM) + 32, ring = zeros + line + 32;
  const wj = ring + <usize>(height + 1) * line, pairs = (width + 1) >> 1;
  const x1 = word(frame, ROW_PIXELS), x2 = word(frame, COL_PIXELS);
  const first = width - dx, firstBytes = <usize>first << 5;
  const e = rowBytes<T, R>();
  memory.fill(zeros - 32, 0, line + 64);
  for (let y = 0; y < height; y++) {
    const y2 = y + dy < height ? y + dy : y + dy - height;
    const to = ring + <usize>y * line;
    const a = x1 + <usize>(y * width * channels) * e;
    const b = x2 + (<usize>(y2 * width * channels) << 4);
    inputStretch<T, R>(to, a, b + (<usize>(dx * channels) << 4), channels, first);
    if (dx > 0) inputStretch<T, R>(to + firstBytes, a + <usize>(first * channels) * e, b, channels, dx);
  }
  // row y is in slot (base + y) mod (H + 1); its result goes to the slot of row y - 1, which is not read again
  let base = 0;
  let t1 = word(frame, ROW_TABLES), t2 = word(frame, COL_TABLES), constants = word(frame, CONSTANTS);
  const lanes: usize = 16 / sizeof<T>();
  let most = splat<T>(0), ends = <i32>word(frame, ENDS);
  for (let layer = 0; layer < layers; layer++) {
    const offset = v128.splat<T>(<T>load<f64>(constants));
    const biasC = v128.splat<T>(<T>load<f64>(constants, 8)), biasM = v128.splat<T>(<T>load<f64>(constants, 16));
    for (let y = 0; y < height; y++) {
      const slot = base + y > height ? base + y - height - 1 : base + y;
      const mid = ring + <usize>slot * line;
      const to = ring + <usize>(slot == 0 ? height : slot - 1) * line;
      const up = y == 0 || y == height - dy ? zeros : to;
      const down = y == height - 1 || y == height - dy - 1 ? zeros : ring + <usize>(slot == height ? 0 : slot + 1) * line;
      const y2 = y + dy < height ? y + dy : y + dy - height;
      const a = t1 + <usize>(y * width) * 2 * e, b = t2 + <usize>y2 * line;
      // [0, first), then [first, width), where the other position is at the row's begin
      for (let part = 0, at: usize = 0; part < 2; part++, at = firstBytes) {
        const n = part == 0 ? first : dx;
        const other = part == 0 ? b + (<usize>dx << 5) : b;
        if (n > 0) most = correlate<T, B, R>(up + at, mid + at, down + at, a + (at >> 4) * e, other, wj + at, n, biasC, most);
      }
      open<T>(wj, pairs, offset);
      for (let part = 0, at: usize = 0; part < 2; part++, at = firstBytes) {
        const n = part == 0 ? first : dx;
        const other = part == 0 ? b + (<usize>dx << 5) : b;
        if (n > 0) spread<T, B, R>(up + at, mid + at, down + at, to + at, a + (at >> 4) * e, other, wj + at, n, biasM);
      }
    }
    base = base == 0 ? height : base - 1;
    if (!v128.any_true(v128.le<T>(most, v128.splat<T>(<T>limit)))) break; // no lane's sums will be used
    if (load<f64>(constants, 32) != 0) {
      memory.fill(out, 0, 16 * lanes);
      for (let y = 0; y < height; y++) {
        const slot = base + y > height ? base + y - height - 1 : base + y;
        const row = ring + <usize>slot * line;
        total<T>(row, first, out, out + 8 * lanes);
        if (dx > 0) total<T>(row + firstBytes, dx, out, out + 8 * lanes);
      }
      v128.store(out + 16 * lanes, most);
      out += 16 * lanes + 16;
      ends--;
    }
    const factor = load<f64>(constants, 24);
    if (factor != 1) {
      const f = v128.splat<T>(<T>factor);
      const end = ring + <usize>(height + 1) * line;
      for (let p = ring; p < end; p += 16) v128.store(p, v128.mul<T>(v128.load(p), f));
    }
    t1 += 2 * cells * e;
    t2 += cells << 5;
    constants += 40;
  }
  for (; ends > 0; ends--) {
    v128.store(out + 16 * lanes, most);
    out += 16 * lanes + 16;
  }
}

/** R: lanes are samples with themselves; or pairs of one sample of the rows with those of the columns. */
type Own = v128;
type Pairs = u8;

function chain32(frame: usize, dy: i32, dx: i32, out: usize, limit: f64): void {
  chainPlane<f32, Unbiased, Pairs>(frame, dy, dx, out, limit);
}
function chainBiased32(frame: usize, dy: i32, dx: i32, out: usize, limit: f64): void {
  chainPlane<f32, Biased, Pairs>(frame, dy, dx, out, limit);
}
function chain64(frame: usize, dy: i32, dx: i32, out: usize, limit: f64): void {
  chainPlane<f64, Unbiased, Pairs>(frame, dy, dx, out, limit);
}
function chainBiased64(frame: usize, dy: i32, dx: i32, out: usize, limit: f64): void {
  chainPlane<f64, Biased, Pairs>(frame, dy, dx, out, limit);
}

/** `biased`: any of the layers has a bias. */
export function planeChain32(frame: usize, dy: i32, dx: i32, out: usize, limit: f64, biased: bool): void {
  if (biased) chainBiased32(frame, dy, dx, out, limit);
  else chain32(frame, dy, dx, out, limit);
}
export function planeChain64(frame: usize, dy: i32, dx: i32, out: usize, limit: f64, biased: bool): void {
  if (biased) chainBiased64(frame, dy, dx, out, limit);
  else chain64(frame, dy, dx, out, limit);
}
/** Samples with themselves: the row side's tables and pixels have a value for each lane. */
export function planeChainOwn64(frame: usize, dy: i32, dx: i32, out: usize, limit: f64): void {
  chainPlane<f64, Biased, Own>(frame, dy, dx, out, limit);
}
