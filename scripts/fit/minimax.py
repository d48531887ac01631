"""Minimax polynomials with rounded coefficients, and AssemblyScript code that evaluates them."""
import struct
from mpmath import mp, mpf, matrix, lu_solve, cos, pi

mp.dps = 50


def to64(x):
    return mpf(float(x))


def to32(x):
    return mpf(struct.unpack("f", struct.pack("f", float(x)))[0])


def remez(f, w, degree, grid, iterations=30):
    """Coefficients of the polynomial that minimizes max |w (f - p)| over the grid, f and w given as lists on it."""
    n = degree + 2
    size = len(grid)
    picks = [round((1 - float(cos(pi * i / (n - 1)))) / 2 * (size - 1)) for i in range(n)]
    # the grid is Chebyshev-spaced already: equal index steps are the extrema of a Chebyshev polynomial
    picks = [round(i * (size - 1) / (n - 1)) for i in range(n)]
    best = None
    for _ in range(iterations):
        picks = [i if w[i] != 0 else (i + 1 if i == 0 else i - 1) for i in picks]
        a = matrix(n, n)
        b = matrix(n, 1)
        for row, i in enumerate(picks):
            power = mpf(1)
            for j in range(degree + 1):
                a[row, j] = power
                power *= grid[i]
            a[row, degree + 1] = (-1) ** row / w[i]
            b[row] = f[i]
        solution = lu_solve(a, b)
        coefficients = [solution[j] for j in range(degree + 1)]
        errors = [w[i] * (f[i] - horner(coefficients, grid[i])) for i in range(size)]
        worst = max(abs(e) for e in errors)
        if best is None or worst < best[0]:
            best = (worst, coefficients)
        if worst < abs(solution[degree + 1]) * mpf("1.001"):
            break
        # one extremum of each run of equal sign
        runs = []
        for i, e in enumerate(errors):
            if runs and (errors[runs[-1]] >= 0) == (e >= 0):
                if abs(e) > abs(errors[runs[-1]]):
                    runs[-1] = i
            else:
                runs.append(i)
        while len(runs) > n:
            if len(runs) == n + 1:
                runs.pop(0 if abs(errors[runs[0]]) < abs(errors[runs[-1]]) else -1)
            else:
                gaps = [max(abs(errors[runs[i]]), abs(errors[runs[i + 1]])) for i in range(len(runs) - 1)]
                i = gaps.index(min(gaps))
                del runs[i:i + 2]
        if len(runs) < n:
            break
        picks = runs
    return best[1]


def horner(coefficients, x):
    total = mpf(0)
    for c in reversed(coefficients):
        total = total * x + c
    return total


def fit(f, interval, degree, rounding, weight=None, refits=None, points=None):
    """
    Rounded coefficients c_0.. of p ~ f on the interval and the achieved max |weight (f - p)|; the default weight
    1 / f bounds the relative error. The first coefficients are rounded one by one and the rest fitted again.
    """
    a, b = mpf(interval[0]), mpf(interval[1])
    size = points or 24 * (degree + 2)
    grid = [(a + b) / 2 - (b - a) / 2 * cos(pi * i / (size - 1)) for i in range(size)]
    target = [f(x) for x in grid]
    weights = [1 / abs(y) if weight is None else weight(x) for x, y in zip(grid, target)]
    done = []
    rest = target
    scale = list(weights)
    for j in range(min(degree + 1, degree if refits is None else refits)):
        c = rounding(remez(rest, scale, degree - j, grid)[0])
        done.append(c)
        rest = [(y - c) / x if x != 0 else None for x, y in zip(grid, rest)]
        scale = [s * abs(x) for x, s in zip(grid, scale)]
        if rest[0] is None:
            grid, rest, scale = grid[1:], rest[1:], scale[1:]
    done += [rounding(c) for c in remez(rest, scale, degree - len(done), grid)]
    fine = 4 * size
    worst = mpf(0)
    for i in range(fine):
        x = (a + b) / 2 - (b - a) / 2 * cos(pi * i / (fine - 1))
        y = f(x)
        s = 1 / abs(y) if weight is None else weight(x)
        worst = max(worst, abs(s * (y - horner(done, x))))
    return done, worst


def literal(c):
    return repr(float(c))


def estrin(coefficients, name, indent):
    """Lines that evaluate the polynomial by halves: short chains of multiply-adds."""
    lines = []
    powers = {1: name}
    m = 2
    while m < len(coefficients):
        powers[m] = f"{name}{m}"
        half = powers[m // 2]
        lines.append(f"{indent}const {name}{m} = v128.mul<T>({half}, {half});")
        m *= 2

    def part(low, high, depth):
        n = high - low
        if n == 1:
            return f"splat<T>({literal(coefficients[low])})"
        m = 1
        while m * 2 < n:
            m *= 2
        pad = indent + "  " * (depth + 1)
        upper = part(low + m, high, depth + 1)
        lower = part(low, low + m, depth + 1)
        if n == 2:
            return f"madd<T>({powers[m]}, {upper}, {lower})"
        return f"madd<T>(\n{pad}{powers[m]},\n{pad}{upper},\n{pad}{lower},\n{pad[:-2]})"

    lines.append(f"{indent}return {part(0, len(coefficients), 0)};")
    return "\n".join(lines)


def above(e):
    """Two digits, rounded up."""
    return mp.nstr(e * mpf("1.05"), 2)


def function_source(name, doc, argument, fits):
    """AssemblyScript of one fitted function; fits: {64: (coefficients, bound), 32: ...}."""
    c64, e64 = fits[64]
    c32, e32 = fits[32]
    return f"""/**
 * {doc}
 *
 * f64: degree {len(c64) - 1}, error below {above(e64)}; f32: degree {len(c32) - 1}, error below {above(e32)};
 * rounding of the evaluation comes on top.
 */
// @ts-ignore: decorator
@inline
export function {name}<T>({argument}: v128): v128 {{
  if (sizeof<T>() == 8) {{
{estrin(c64, argument, "    ")}
  }} else {{
{estrin(c32, argument, "    ")}
  }}
}}
"""
