"""
Fits the polynomials of the SIMD elementary functions: writes src/wasm/assembly/math/fitted/<name>.ts.

    python3 scripts/fit/elementary.py [name ...]
"""
import os
import sys
from mpmath import mp, mpf, acos, asin, atan, atanh, cos, erf, erfc, exp, expm1, log, pi, sin, sqrt
from minimax import fit, function_source, to32, to64

OUT = os.path.join(os.path.dirname(__file__), "..", "..", "src", "wasm", "assembly", "math", "fitted")
HEADER = """/**
 * Fitted by scripts/fit/elementary.py; do not edit.
 * @module
 */
import {{ madd, splat }} from "../../lanes";

{body}"""


def near_zero(f, value):
    """f with its limit at 0."""
    return lambda x: value if x == 0 else f(x)


def acos_root(v):
    return acos(1 - v) / sqrt(v)


def sine_minus_arc(v):
    t = acos(1 - v)
    return (sin(t) - t * cos(t)) / v ** mpf("1.5")


def with_digits(f, digits):
    def g(x):
        with mp.workdps(mp.dps + digits):
            return +f(x)
    return g


def odd_rest(f, first, second):
    """(f(s) - first s) / s^3 as a function of y = s^2, its limit `second` at 0."""
    return near_zero(with_digits(lambda y: (f(sqrt(y)) / sqrt(y) - first) / y, 60), second)


def odd_weight(f):
    """Turns the error of `odd_rest` into the relative error of f."""
    return lambda y: y * sqrt(y) / f(sqrt(y)) if y != 0 else mpf(0)


def scaled_erfc(u):
    x = 3 * (1 + u) / (1 - u)
    return (1 + 2 * x) * exp(x * x) * erfc(x)


def log_of_ratio(s):
    return 2 * atanh(s)


LN2 = log(mpf(2))
TAN_8 = (sqrt(mpf(2)) - 1) * mpf("1.0001")
LOG_S = (sqrt(mpf(2)) - 1) / (sqrt(mpf(2)) + 1) * mpf("1.0001")
QUARTER = pi / 4 * mpf("1.001")
# name: (function name, doc, argument, interval, f, weight or None, degree f64, degree f32)
FITS = {
    "acos-root": ("acosRoot", "acos(1 - v) / sqrt(v) for v in [0, 1]; the error is relative.", "v", (0, 1),
                  near_zero(with_digits(acos_root, 20), sqrt(mpf(2))), None, 17, 7),
    "sine-minus-arc": ("sineMinusArcRoot", "(sin t - t cos t) / v^(3/2) with t = acos(1 - v), for v in [0, 1]; the error is relative.", "v", (0, 1),
                       near_zero(with_digits(sine_minus_arc, 60), 2 * sqrt(mpf(2)) / 3), None, 16, 6),
    "exp-core": ("expCore", "(e^r - 1 - r) / r^2 for |r| <= ln(2) / 2; the error is that of e^r, relative.", "r", (-LN2 / 2 * mpf("1.0001"), LN2 / 2 * mpf("1.0001")),
                 near_zero(with_digits(lambda r: (expm1(r) - r) / r ** 2, 30), mpf(1) / 2), lambda r: r ** 2 / exp(r), 9, 4),
    "atan-core": ("atanCore", "(atan(t) - t) / t^3 in y = t^2 for |t| <= tan(pi / 8); the error is that of atan, relative.", "y", (0, TAN_8 ** 2),
                  odd_rest(atan, 1, -mpf(1) / 3), odd_weight(atan), 10, 4),
    "asin-core": ("asinCore", "(asin(s) - s) / s^3 in y = s^2 for |s| <= 1/2; the error is that of asin, relative.", "y", (0, mpf(1) / 4),
                  odd_rest(asin, 1, mpf(1) / 6), odd_weight(asin), 11, 4),
    "log-core": ("logCore", "(log((1 + s) / (1 - s)) - 2 s) / s^3 in z = s^2 for |s| <= 3 - 2 sqrt(2); the error is that of the logarithm, relative.", "z", (0, LOG_S ** 2),
                 odd_rest(log_of_ratio, 2, mpf(2) / 3), odd_weight(log_of_ratio), 6, 3),
    "sin-core": ("sinCore", "(sin(r) - r) / r^3 in y = r^2 for |r| <= pi / 4; the error is that of sin, relative.", "y", (0, QUARTER ** 2),
                 odd_rest(sin, 1, -mpf(1) / 6), odd_weight(sin), 5, 2),
    "cos-core": ("cosCore", "(cos(r) - 1 + r^2 / 2) / r^4 in y = r^2 for |r| <= pi / 4; the error is that of cos, relative.", "y", (0, QUARTER ** 2),
                 near_zero(with_digits(lambda y: (cos(sqrt(y)) - 1 + y / 2) / y ** 2, 60), mpf(1) / 24), lambda y: y ** 2 / cos(sqrt(y)), 5, 2),
    "erf-core": ("erfCore", "erf(x) / x - 1 in y = x^2 for |x| <= 1; the error is that of erf, relative.", "y", (0, 1),
                 near_zero(lambda y: erf(sqrt(y)) / sqrt(y) - 1, 2 / sqrt(pi) - 1), lambda y: sqrt(y) / erf(sqrt(y)) if y != 0 else sqrt(pi) / 2, 11, 6),
    "scaled-erfc": ("scaledErfc", "(1 + 2 x) e^(x^2) erfc(x) in u = (x - 3) / (x + 3) for x in [0.45, 28]; the error is relative.", "u", (mpf("-2.55") / mpf("3.45"), mpf(25) / 31),
                    scaled_erfc, None, 20, 9),
}


def main(names):
    os.makedirs(OUT, exist_ok=True)
    for key in names or FITS:
        name, doc, argument, interval, f, weight, d64, d32 = FITS[key]
        fits = {
            64: fit(f, interval, d64, to64, weight, refits=3),
            32: fit(f, interval, d32, to32, weight),
        }
        print(key, *(f"f{bits}: degree {len(c) - 1} {mp.nstr(e, 3)}" for bits, (c, e) in fits.items()))
        with open(os.path.join(OUT, f"{key}.ts"), "w") as out:
            out.write(HEADER.format(body=function_source(name, doc, argument, fits)))


main(sys.argv[1:])
