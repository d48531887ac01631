/**
 * Batch normalization of x [rows, channels], rows being samples times positions. Sums over rows in float64.
 *
 * `moments`: means and variances [2, channels] in float64. `lines`: four arrays of `stride` bytes in float32, [channels] each:
 * mean, root = 1 / sqrt(variance + epsilon), factor = root scale, shift.
 * @module
 */
import { madd } from "../lanes";

/** Rows at a time: with some hundred channels they stay in the first cache while all channels go over them. */
const BLOCK: i32 = 64;

// @ts-ignore: decorator
@inline
function low(v: v128): v128 {
  return f64x2.promote_low_f32x4(v);
}

// @ts-ignore: decorator
@inline
function high(v: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i32>(v, v, 2, 3, 2, 3));
}

// @ts-ignore: decorator
@inline
function addTo(at: usize, sum: v128): void {
  v128.store(at, f64x2.add(v128.load(at), sum));
}

/** Means and variances (over n) of every channel, in two passes. */
export function batchMoments(rows: i32, channels: i32, x: usize, moments: usize): void {
  const bytes = <usize>channels << 2;
  const whole = bytes & ~15;
  const variances = moments + (<usize>channels << 3);
  memory.fill(moments, 0, <usize>channels << 4);
  for (let first: i32 = 0; first < rows; first += BLOCK) {
    const count = min(BLOCK, rows - first);
    const block = x + <usize>first * bytes;
    let c: usize = 0;
    for (; c < whole; c += 16) {
      let a = f64x2.splat(0);
      let b = f64x2.splat(0);
      let at = block + c;
      for (let r: i32 = 0; r < count; r++) {
        const v = v128.load(at);
        a = f64x2.add(a, low(v));
        b = f64x2.add(b, high(v));
        at += bytes;
      }
      addTo(moments + (c << 1), a);
      addTo(moments + (c << 1) + 16, b);
    }
    for (; c < bytes; c += 4) {
      let sum: f64 = 0;
      for (let r: i32 = 0; r < count; r++) sum += <f64>load<f32>(block + <usize>r * bytes + c);
      store<f64>(moments + (c << 1), load<f64>(moments + (c << 1)) + sum);
    }
  }
  for (let c: i32 = 0; c < channels; c++) {
    const at = moments + (<usize>c << 3);
    store<f64>(at, load<f64>(at) / <f64>rows);
  }
  for (let first: i32 = 0; first < rows; first += BLOCK) {
    const count = min(BLOCK, rows - first);
    const block = x + <usize>first * bytes;
    let c: usize = 0;
    for (; c < whole; c += 16) {
      const meanA = v128.load(moments + (c << 1));
      const meanB = v128.load(moments + (c << 1) + 16);
      let a = f64x2.splat(0);
      let b = f64x2.splat(0);
      let at = block + c;
      for (let r: i32 = 0; r < count; r++) {
        const v = v128.load(at);
        const dA = f64x2.sub(low(v), meanA);
        const dB = f64x2.sub(high(v), meanB);
        a = f64x2.add(a, f64x2.mul(dA, dA));
        b = f64x2.add(b, f64x2.mul(dB, dB));
        at += bytes;
      }
      addTo(variances + (c << 1), a);
      addTo(variances + (c << 1) + 16, b);
    }
    for (; c < bytes; c += 4) {
      const mean = load<f64>(moments + (c << 1));
      let sum: f64 = 0;
      for (let r: i32 = 0; r < count; r++) {
        const d = <f64>load<f32>(block + <usize>r * bytes + c) - mean;
        sum += d * d;
      }
      store<f64>(variances + (c << 1), load<f64>(variances + (c << 1)) + sum);
    }
  }
  for (let c: i32 = 0; c < channels; c++) {
    const at = variances + (<usize>c << 3);
    store<f64>(at, load<f64>(at) / <f64>rows);
  }
}

/** running <- (1 - momentum) running + momentum batch: means and variances over n - 1 in float32, [channels] each. */
export function trackMoments(
  rows: i32, channels: i32, momentum: f64, moments: usize, means: usize, variances: usize,
): void {
  const correction: f64 = rows > 1 ? <f64>rows / <f64>(rows - 1) : 1;
  const batchVariances = moments + (<usize>channels << 3);
  for (let c: i32 = 0; c < channels; c++) {
    const i = <usize>c << 2;
    const mean = load<f64>(moments + (i << 1));
    const variance = correction * load<f64>(batchVariances + (i << 1));
    store<f32>(means + i, <f32>((1 - momentum) * <f64>load<f32>(means + i) + momentum * mean));
    store<f32>(variances + i, <f32>((1 - momentum) * <f64>load<f32>(variances + i) + momentum * variance));
  }
}

/** The running statistics as moments. */
export function runningMoments(channels: i32, means: usize, variances: usize, moments: usize): void {
  for (let c: i32 = 0; c < channels; c++) {
    const i = <usize>c << 2;
    store<f64>(moments + (i << 1), <f64>load<f32>(means + i));
    store<f64>(moments + (<usize>channels << 3) + (i << 1), <f64>load<f32>(variances + i));
  }
}

/** y = (x - mean) factor + shift, and the lines that say so. y may be x. */
export function normalizeBatch(
  rows: i32, channels: i32, epsilon: f64, moments: usize, scale: usize, scaleFactor: f64, shift: usize, shiftFactor: f64,
  x: usize, y: usize, lines: usize, stride: usize,
): void {
  const variances = moments + (<usize>channels << 3);
  const roots = lines + stride;
  const factors = roots + stride;
  const shifts = factors + stride;
  for (let c: i32 = 0; c < channels; c++) {
    const i = <usize>c << 2;
    const root = 1 / Math.sqrt(load<f64>(variances + (i << 1)) + epsilon);
    store<f32>(lines + i, <f32>load<f64>(moments + (i << 1)));
    store<f32>(roots + i, <f32>root);
    store<f32>(factors + i, <f32>(root * scaleFactor * <f64>load<f32>(scale + i)));
    store<f32>(shifts + i, <f32>(shiftFactor * <f64>load<f32>(shift + i)));
  }
  const bytes = <usize>channels << 2;
  const whole = bytes & ~15;
  for (let r: i32 = 0; r < rows; r++) {
    let c: usize = 0;
    for (; c < whole; c += 16) {
      const d = f32x4.sub(v128.load(x + c), v128.load(lines + c));
      v128.store(y + c, madd<f32>(d, v128.load(factors + c), v128.load(shifts + c)));
    }
    for (; c < bytes; c += 4) {
      const d = load<f32>(x + c) - load<f32>(lines + c);
      store<f32>(y + c, d * load<f32>(factors + c) + load<f32>(shifts + c));
    }
    x += bytes;
    y += bytes;
  }
}

/**
 * The sums over rows of the cotangent c, and of c times the normalized values, [2, channels] in float64; the gradients of shift and scale
 * are these times their factors, added to what is there.
 */
export function normalizeBatchSums(
  rows: i32, channels: i32, x: usize, c: usize, lines: usize, stride: usize, sums: usize,
  scaleGradient: usize, scaleFactor: f64, shiftGradient: usize, shiftFactor: f64,
): void {
  const bytes = <usize>channels << 2;
  const whole = bytes & ~15;
  const products = sums + (<usize>channels << 3);
  const roots = lines + stride;
  memory.fill(sums, 0, <usize>channels << 4);
  for (let first: i32 = 0; first < rows; first += BLOCK) {
    const count = min(BLOCK, rows - first);
    const start = <usize>first * bytes;
    let i: usize = 0;
    for (; i < whole; i += 16) {
      const mean = v128.load(lines + i);
      const root = v128.load(roots + i);
      let a = f64x2.splat(0);
      let b = f64x2.splat(0);
      let pa = f64x2.splat(0);
      let pb = f64x2.splat(0);
      let at = start + i;
      for (let r: i32 = 0; r < count; r++) {
        const d = v128.load(c + at);
        const product = f32x4.mul(d, f32x4.mul(f32x4.sub(v128.load(x + at), mean), root));
        a = f64x2.add(a, low(d));
        b = f64x2.add(b, high(d));
        pa = f64x2.add(pa, low(product));
        pb = f64x2.add(pb, high(product));
        at += bytes;
      }
      addTo(sums + (i << 1), a);
      addTo(sums + (i << 1) + 16, b);
      addTo(products + (i << 1), pa);
      addTo(products + (i << 1) + 16, pb);
    }
    for (; i < bytes; i += 4) {
      let sum: f64 = 0;
      let product: f64 = 0;
      let at = start + i;
      for (let r: i32 = 0; r < count; r++) {
        const d = load<f32>(c + at);
        sum += <f64>d;
        product += <f64>(d * ((load<f32>(x + at) - load<f32>(lines + i)) * load<f32>(roots + i)));
        at += bytes;
      }
      store<f64>(sums + (i << 1), load<f64>(sums + (i << 1)) + sum);
      store<f64>(products + (i << 1), load<f64>(products + (i << 1)) + product);
    }
  }
  for (let i: usize = 0; i < bytes; i += 4) {
    const s = <f32>(shiftFactor * load<f64>(sums + (i << 1)));
    const p = <f32>(scaleFactor * load<f64>(products + (i << 1)));
    store<f32>(shiftGradient + i, load<f32>(shiftGradient + i) + s);
    store<f32>(scaleGradient + i, load<f32>(scaleGradient + i) + p);
  }
}

/**
 * Cotangents in place: c becomes factor (c - mean c - normalized mean(c normalized)), or factor c where statistics are frozen. The
 * lines of root and shift become root mean(c normalized) and mean c.
 */
export function normalizeBatchBack(
  rows: i32, channels: i32, frozen: bool, x: usize, c: usize, lines: usize, stride: usize, sums: usize,
): void {
  const bytes = <usize>channels << 2;
  const whole = bytes & ~15;
  const roots = lines + stride;
  const factors = roots + stride;
  const shares = factors + stride;
  const products = sums + (<usize>channels << 3);
  const n = <f64>rows;
  if (!frozen) {
    // c - mean c - (x - mean) root share = c - (x - mean) (root share) - mean c
    for (let i: usize = 0; i < bytes; i += 4) {
      const share = load<f64>(products + (i << 1)) / n;
      store<f32>(roots + i, <f32>(<f64>load<f32>(roots + i) * share));
      store<f32>(shares + i, <f32>(load<f64>(sums + (i << 1)) / n));
    }
  }
  for (let r: i32 = 0; r < rows; r++) {
    let i: usize = 0;
    for (; i < whole; i += 16) {
      let d = v128.load(c + i);
      if (!frozen) {
        const away = f32x4.sub(v128.load(x + i), v128.load(lines + i));
        d = f32x4.sub(f32x4.sub(d, v128.load(shares + i)), f32x4.mul(away, v128.load(roots + i)));
      }
      v128.store(c + i, f32x4.mul(d, v128.load(factors + i)));
    }
    for (; i < bytes; i += 4) {
      let d = load<f32>(c + i);
      if (!frozen) {
        const away = load<f32>(x + i) - load<f32>(lines + i);
        d = d - load<f32>(shares + i) - away * load<f32>(roots + i);
      }
      store<f32>(c + i, d * load<f32>(factors + i));
    }
    x += bytes;
    c += bytes;
  }
}
