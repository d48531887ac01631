/**
 * Error function and its relatives in float64.
 *
 * erf(x) = (2 / sqrt(pi)) int_0^x e^{-t^2} dt, erfc = 1 - erf, erfcx(x) = e^{x^2} erfc(x).
 * Polynomials from Chebyshev interpolation with 60 digits (scripts/fixtures/erf_coefficients.py); the measured errors
 * against 40-digit fixtures are stated at each function.
 * @module
 */

/** erf(x) / x as a polynomial in t = 2 x^2 - 1, |x| <= 1 */
const ERF_SMALL: readonly number[] = [
  0.9654687386698673, -0.1405360890227171, 0.019852496688983708, -0.0022854855611441132,
  0.00021751715604159932, -1.7537169441124866e-5, 1.223382738359897e-6, -7.511569286591727e-8,
  4.115800583208149e-9, -2.035228405815769e-10, 9.167619596865806e-12, -3.8078824063194953e-13,
  1.4543887079465116e-14,
];

/** x erfcx(x) as a polynomial in t = (1/x - mid) / half on four intervals of x in [1, 28] */
interface Piece {
  readonly upTo: number;
  readonly mid: number;
  readonly half: number;
  readonly coefficients: readonly number[];
}
const ERFCX_PIECES: readonly Piece[] = [
  {
    upTo: 1.5,
    mid: 0.8333333333333334,
    half: 0.16666666666666666,
    coefficients: [
      0.4542449003150877, -0.027520842521000403, 0.000764543641844773, 0.00011982368846457386,
      -2.824657663481841e-5, 3.727931414091114e-6, -3.488240219483819e-7, 1.7331939637433678e-8,
      1.734344697356463e-9, -6.757555088788176e-10, 1.2605652123762196e-10, -1.776254570179423e-11,
      1.9690248085600426e-12, -1.3446838584115664e-13, -4.2868301560577105e-15,
    ],
  },
  {
    upTo: 2.5,
    mid: 0.5333333333333333,
    half: 0.13333333333333333,
    coefficients: [
      0.505181222183757, -0.022569670335784445, -0.00045236690003204336, 0.00024879454994321634,
      -3.195872416789328e-5, 2.040348746559631e-6, 1.1104646157411974e-7, -5.6252116879362544e-8,
      9.772059564674483e-9, -1.0595513096279711e-9, 4.314733459033931e-11, 1.2344852810406909e-11,
      -3.973770540973005e-12, 7.266552074225758e-13, -8.426069117816863e-14,
    ],
  },
  {
    upTo: 5,
    mid: 0.3,
    half: 0.1,
    coefficients: [
      0.5416332030996615, -0.013460101417703197, -0.0013558385929632287, 0.00020807244586689235,
      -8.154446619053193e-6, -1.5845581964001356e-6, 3.4126539414583605e-7, -2.6586031646266767e-8,
      -1.7932057551235666e-9, 8.546953106160509e-10, -1.2506725600566782e-10, 5.676866907581516e-12,
      1.8314104819622157e-12, -5.499157308765412e-13, 6.932549735063257e-14,
    ],
  },
  {
    upTo: 28,
    mid: 0.11785714285714285,
    half: 0.08214285714285714,
    coefficients: [
      0.5603501366052727, -0.0052455246175014715, -0.0016844209102171068, 9.367233897026251e-5,
      1.1144841495613793e-5, -1.8154545247518627e-6, -3.6267797545692224e-8, 3.510100241298018e-8,
      -2.5591665502333535e-9, -5.339745283225665e-10, 1.2570280997893103e-10, -8.194913781904305e-13,
      -3.6706826100087975e-12, 5.43654581342044e-13, 5.228684755318874e-14, -2.439624114621018e-14,
    ],
  },
];

const TWO_OVER_SQRT_PI = 1.1283791670955126;
const INV_SQRT_PI = 0.5641895835477563;

function horner(c: readonly number[], t: number): number {
  let sum = c[c.length - 1]!;
  for (let i = c.length - 2; i >= 0; i--) sum = sum * t + c[i]!;
  return sum;
}

/** erfcx on x >= 1 */
function erfcxLarge(x: number): number {
  if (x > 28) {
    // asymptotic series in 1 / (2 x^2); at x = 28 the seventh term is 4e-18
    const w = 1 / (2 * x * x);
    return (INV_SQRT_PI / x) * (1 - w * (1 - 3 * w * (1 - 5 * w * (1 - 7 * w * (1 - 9 * w * (1 - 11 * w))))));
  }
  for (const piece of ERFCX_PIECES) {
    if (x <= piece.upTo) return horner(piece.coefficients, (1 / x - piece.mid) / piece.half) / x;
  }
  return Number.NaN;
}

/** e^{-x^2} with the rounding of x^2 taken out: x = h + l with h^2 exact. */
export function expMinusSquare(x: number): number {
  const h = Math.fround(x);
  const l = x - h;
  // for |l| tiny the second factor is 1 - l (x + h); exp of it keeps the relative error at one ulp each
  return Math.exp(-h * h) * Math.exp(-l * (x + h));
}

/**
 * Error function.
 * @returns erf(x) in [-1, 1], odd; NaN for NaN. Error at most 2 ulp.
 */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (a <= 1) return x * horner(ERF_SMALL, 2 * x * x - 1);
  if (a > 6) return Number.isNaN(x) ? Number.NaN : Math.sign(x);
  const y = 1 - erfc(a);
  return x < 0 ? -y : y;
}

/**
 * Complementary error function 1 - erf(x) without cancellation for x > 0.
 * @returns erfc(x) in [0, 2]; subnormal beyond x = 26.5, 0 beyond 27.3. Relative error at most 5 ulp where normal.
 */
export function erfc(x: number): number {
  if (x < 1) {
    if (x < -1) return 2 - erfc(-x);
    return 1 - erf(x);
  }
  if (x > 27.5) return 0;
  return expMinusSquare(x) * erfcxLarge(x);
}

/**
 * Scaled complementary error function e^{x^2} erfc(x).
 * @returns a positive number; Infinity below x = -26.6, about 1 / (x sqrt(pi)) for large x.
 */
export function erfcx(x: number): number {
  if (x >= 1) return erfcxLarge(x);
  if (x < -27) return Number.POSITIVE_INFINITY;
  const e = expMinusSquare(x);
  return erfc(x) / e;
}

/**
 * Inverse of {@link erf} on (-1, 1).
 * @returns y with erf(y) = x; +-Infinity at +-1, NaN outside.
 */
export function erfInv(x: number): number {
  const a = Math.abs(x);
  if (!(a < 1)) return a === 1 ? x * Number.POSITIVE_INFINITY : Number.NaN;
  if (a > 0.5) {
    const y = erfcInv(1 - a); // 1 - a is exact for a >= 1/2
    return x < 0 ? -y : y;
  }
  if (a < 1e-8) return x / TWO_OVER_SQRT_PI;
  let y = x * (0.8862269254527579 + 0.2320136665346545 * x * x);
  // Halley: cubic from an error below 1e-2, three steps reach rounding
  for (let i = 0; i < 3; i++) {
    const step = (erf(y) - x) / (TWO_OVER_SQRT_PI * Math.exp(-y * y));
    y -= step / (1 + y * step);
  }
  return y;
}

/**
 * Inverse of {@link erfc} on (0, 2), accurate for small arguments.
 * @returns y with erfc(y) = p; Infinity at 0, -Infinity at 2, NaN outside.
 */
export function erfcInv(p: number): number {
  if (!(p >= 0 && p <= 2)) return Number.NaN;
  if (p === 0) return Number.POSITIVE_INFINITY;
  if (p > 1) return p === 2 ? Number.NEGATIVE_INFINITY : p > 1.5 ? -erfcInv(2 - p) : erfInv(1 - p);
  if (p > 0.5) return erfInv(1 - p);
  // start from erfc(y) ~ e^{-y^2} / (y sqrt(pi)), then Newton on log erfc, which is nearly a parabola
  const target = Math.log(p);
  let y = Math.sqrt(-target);
  for (let i = 0; i < 8; i++) {
    const scaled = erfcx(y);
    const step = (Math.log(scaled) - y * y - target) * (scaled / TWO_OVER_SQRT_PI);
    y += step;
    if (Math.abs(step) <= 1e-16 * y) break;
  }
  return y;
}
