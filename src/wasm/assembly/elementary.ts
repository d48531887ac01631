/**
 * Maps of the elementary functions over arrays, for their tests; not part of the package.
 *
 * `<name>64` and `<name>32` write f(x[i]) to y[i] for i < n; x and y start at multiples of 16 bytes and have room for
 * whole vectors.
 * @module
 */
import { acosOfDeficit, acosOfWideDeficit, sineMinusArcOfDeficit, sineMinusArcOfWideDeficit } from "./math/acos";
import { asin } from "./math/asin";
import { atan, atan2OfPositive } from "./math/atan";
import { erf, erfc } from "./math/erf";
import { exp, expm1, expNormal } from "./math/exp";
import { log, log1p } from "./math/log";
import { cos, sin } from "./math/trigonometric";

/** The first byte of the memory that the host may use. */
export function heapBase(): usize {
  return __heap_base;
}

function map<T, F>(n: i32, x: usize, y: usize): void {
  // F names the function by a class, whose null instance costs nothing: AssemblyScript has no closures
  const f = changetype<F>(<usize>0);
  const bytes = <usize>n * sizeof<T>();
  for (let i: usize = 0; i < bytes; i += 16) v128.store(y + i, f.at<T>(v128.load(x + i)));
}

// @ts-ignore: decorator
@unmanaged
class AcosOfDeficit {
  // @ts-ignore: decorator
  @inline
  at<T>(v: v128): v128 {
    return acosOfDeficit<T>(v);
  }
}
export function acosOfDeficit64(n: i32, x: usize, y: usize): void {
  map<f64, AcosOfDeficit>(n, x, y);
}
export function acosOfDeficit32(n: i32, x: usize, y: usize): void {
  map<f32, AcosOfDeficit>(n, x, y);
}

// @ts-ignore: decorator
@unmanaged
class AcosOfWideDeficit {
  // @ts-ignore: decorator
  @inline
  at<T>(v: v128): v128 {
    return acosOfWideDeficit<T>(v);
  }
}
export function acosOfWideDeficit64(n: i32, x: usize, y: usize): void {
  map<f64, AcosOfWideDeficit>(n, x, y);
}
export function acosOfWideDeficit32(n: i32, x: usize, y: usize): void {
  map<f32, AcosOfWideDeficit>(n, x, y);
}

// @ts-ignore: decorator
@unmanaged
class SineMinusArcOfDeficit {
  // @ts-ignore: decorator
  @inline
  at<T>(v: v128): v128 {
    return sineMinusArcOfDeficit<T>(v);
  }
}
export function sineMinusArcOfDeficit64(n: i32, x: usize, y: usize): void {
  map<f64, SineMinusArcOfDeficit>(n, x, y);
}
export function sineMinusArcOfDeficit32(n: i32, x: usize, y: usize): void {
  map<f32, SineMinusArcOfDeficit>(n, x, y);
}

// @ts-ignore: decorator
@unmanaged
class SineMinusArcOfWideDeficit {
  // @ts-ignore: decorator
  @inline
  at<T>(v: v128): v128 {
    return sineMinusArcOfWideDeficit<T>(v);
  }
}
export function sineMinusArcOfWideDeficit64(n: i32, x: usize, y: usize): void {
  map<f64, SineMinusArcOfWideDeficit>(n, x, y);
}
export function sineMinusArcOfWideDeficit32(n: i32, x: usize, y: usize): void {
  map<f32, SineMinusArcOfWideDeficit>(n, x, y);
}

// @ts-ignore: decorator
@unmanaged
class Asin {
  // @ts-ignore: decorator
  @inline
  at<T>(v: v128): v128 {
    return asin<T>(v);
  }
}
export function asin64(n: i32, x: usize, y: usize): void {
  map<f64, Asin>(n, x, y);
}
export function asin32(n: i32, x: usize, y: usize): void {
  map<f32, Asin>(n, x, y);
}

// @ts-ignore: decorator
@unmanaged
class Atan {
  // @ts-ignore: decorator
  @inline
  at<T>(v: v128): v128 {
    return atan<T>(v);
  }
}
export function atan64(n: i32, x: usize, y: usize): void {
  map<f64, Atan>(n, x, y);
}
export function atan32(n: i32, x: usize, y: usize): void {
  map<f32, Atan>(n, x, y);
}

// @ts-ignore: decorator
@unmanaged
class Erf {
  // @ts-ignore: decorator
  @inline
  at<T>(v: v128): v128 {
    return erf<T>(v);
  }
}
export function erf64(n: i32, x: usize, y: usize): void {
  map<f64, Erf>(n, x, y);
}
export function erf32(n: i32, x: usize, y: usize): void {
  map<f32, Erf>(n, x, y);
}

// @ts-ignore: decorator
@unmanaged
class Erfc {
  // @ts-ignore: decorator
  @inline
  at<T>(v: v128): v128 {
    return erfc<T>(v);
  }
}
export function erfc64(n: i32, x: usize, y: usize): void {
  map<f64, Erfc>(n, x, y);
}
export function erfc32(n: i32, x: usize, y: usize): void {
  map<f32, Erfc>(n, x, y);
}

// @ts-ignore: decorator
@unmanaged
class Exp {
  // @ts-ignore: decorator
  @inline
  at<T>(v: v128): v128 {
    return exp<T>(v);
  }
}
export function exp64(n: i32, x: usize, y: usize): void {
  map<f64, Exp>(n, x, y);
}
export function exp32(n: i32, x: usize, y: usize): void {
  map<f32, Exp>(n, x, y);
}

// @ts-ignore: decorator
@unmanaged
class Expm1 {
  // @ts-ignore: decorator
  @inline
  at<T>(v: v128): v128 {
    return expm1<T>(v);
  }
}
export function expm164(n: i32, x: usize, y: usize): void {
  map<f64, Expm1>(n, x, y);
}
export function expm132(n: i32, x: usize, y: usize): void {
  map<f32, Expm1>(n, x, y);
}

// @ts-ignore: decorator
@unmanaged
class ExpNormal {
  // @ts-ignore: decorator
  @inline
  at<T>(v: v128): v128 {
    return expNormal<T>(v);
  }
}
export function expNormal64(n: i32, x: usize, y: usize): void {
  map<f64, ExpNormal>(n, x, y);
}
export function expNormal32(n: i32, x: usize, y: usize): void {
  map<f32, ExpNormal>(n, x, y);
}

// @ts-ignore: decorator
@unmanaged
class Log {
  // @ts-ignore: decorator
  @inline
  at<T>(v: v128): v128 {
    return log<T>(v);
  }
}
export function log64(n: i32, x: usize, y: usize): void {
  map<f64, Log>(n, x, y);
}
export function log32(n: i32, x: usize, y: usize): void {
  map<f32, Log>(n, x, y);
}

// @ts-ignore: decorator
@unmanaged
class Log1p {
  // @ts-ignore: decorator
  @inline
  at<T>(v: v128): v128 {
    return log1p<T>(v);
  }
}
export function log1p64(n: i32, x: usize, y: usize): void {
  map<f64, Log1p>(n, x, y);
}
export function log1p32(n: i32, x: usize, y: usize): void {
  map<f32, Log1p>(n, x, y);
}

// @ts-ignore: decorator
@unmanaged
class Cos {
  // @ts-ignore: decorator
  @inline
  at<T>(v: v128): v128 {
    return cos<T>(v);
  }
}
export function cos64(n: i32, x: usize, y: usize): void {
  map<f64, Cos>(n, x, y);
}
export function cos32(n: i32, x: usize, y: usize): void {
  map<f32, Cos>(n, x, y);
}

// @ts-ignore: decorator
@unmanaged
class Sin {
  // @ts-ignore: decorator
  @inline
  at<T>(v: v128): v128 {
    return sin<T>(v);
  }
}
export function sin64(n: i32, x: usize, y: usize): void {
  map<f64, Sin>(n, x, y);
}
export function sin32(n: i32, x: usize, y: usize): void {
  map<f32, Sin>(n, x, y);
}

/** atan2(x[i], second[i]) for second[i] >= 0; the second arguments lie where the results go. */
function mapAtan2<T>(n: i32, x: usize, y: usize): void {
  const bytes = <usize>n * sizeof<T>();
  for (let i: usize = 0; i < bytes; i += 16) {
    v128.store(y + i, atan2OfPositive<T>(v128.load(x + i), v128.load(y + i)));
  }
}
export function atan2OfPositive64(n: i32, x: usize, y: usize): void {
  mapAtan2<f64>(n, x, y);
}
export function atan2OfPositive32(n: i32, x: usize, y: usize): void {
  mapAtan2<f32>(n, x, y);
}
