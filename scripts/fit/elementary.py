"""
Fits the polynomials of the SIMD elementary functions: writes src/wasm/assembly/math/fitted/<name>.ts.

    python3 scripts/fit/elementary.py [name ...]
"""
import os
import sys
from mpmath import mp, mpf, acos, sqrt, sin, cos, exp, expm1, log, atan, asin, erf, erfc, pi, taylor
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


LN2 = log(mpf(2))
# name: (function name, doc, argument, interval, f, weight or None, degree f64, degree f32)
FITS = {
    "acos-root": ("acosRoot", "acos(1 - v) / sqrt(v) for v in [0, 1]; the error is relative.", "v", (0, 1),
                  near_zero(with_digits(acos_root, 20), sqrt(mpf(2))), None, 17, 7),
    "sine-minus-arc": ("sineMinusArcRoot", "(sin t - t cos t) / v^(3/2) with t = acos(1 - v), for v in [0, 1]; the error is relative.", "v", (0, 1),
                       near_zero(with_digits(sine_minus_arc, 60), 2 * sqrt(mpf(2)) / 3), None, 16, 6),
    "exp-core": ("expCore", "(e^r - 1 - r) / r^2 for |r| <= ln(2) / 2; the error is that of e^r, relative.", "r", (-LN2 / 2 * mpf("1.0001"), LN2 / 2 * mpf("1.0001")),
                 near_zero(with_digits(lambda r: (expm1(r) - r) / r ** 2, 30), mpf(1) / 2), lambda r: r ** 2 / exp(r), 9, 4),
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
