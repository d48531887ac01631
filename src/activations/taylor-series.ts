/**
 * Taylor series of an activation at a point: phi^(j)(x) / j! for j = 0, 1, 2, ...
 *
 * The catalogue's functions have recurrences for any order: from their differential equations (tanh' = 1 - tanh^2 and
 * so on), or from their parts. Other functions have the three derivatives that they come with.
 * @module
 */
import { ForetrainError } from "../errors.js";
import type { Activation } from "./activation.js";
import { isOfCatalogue } from "./catalogue/catalogue.js";
import { logistic } from "./catalogue/smooth.js";
import { expressionDerivatives } from "./expression/shape.js";

/** Writes phi^(j)(x) / j! to `out[j]` for j = 0 .. order. */
export type TaylorSeries = (x: number, out: Float64Array) => void;

type Make = (activation: Activation, order: number) => TaylorSeries;

const number = (activation: Activation, key: string) => activation.parameters[key] as number;

/** Coefficients of the logistic function s, from s' = s - s^2 and s(0) = 1 / (1 + e^-x). */
function logisticSeries(x: number, order: number, out: Float64Array): void {
  out[0] = logistic(x);
  const rest = logistic(-x); // 1 - s without cancellation, which the first slope s (1 - s) keeps
  for (let k = 0; k < order; k++) {
    let sum = out[k]! * (k === 0 ? rest : rest - out[0]!);
    for (let i = 1; i < k; i++) sum -= out[i]! * out[k - i]!;
    out[k + 1] = sum / (k + 1);
  }
}

/** Coefficients of h e^(rate x^2), from g' = 2 rate x g. */
function gaussianSeries(height: number, rate: number, x: number, order: number, out: Float64Array): void {
  out[0] = height * Math.exp(rate * x * x);
  for (let k = 0; k < order; k++) {
    out[k + 1] = (2 * rate * (x * out[k]! + (k > 0 ? out[k - 1]! : 0))) / (k + 1);
  }
}

/** From the coefficients of phi' to those of phi, whose value is given. */
function integrate(value: number, slope: Float64Array, order: number, out: Float64Array): void {
  out[0] = value;
  for (let k = 1; k <= order; k++) out[k] = slope[k - 1]! / k;
}

/** Coefficients of (x + h) g(x + h). */
function timesX(x: number, g: Float64Array, order: number, out: Float64Array): void {
  for (let k = 0; k <= order; k++) out[k] = x * g[k]! + (k > 0 ? g[k - 1]! : 0);
}

const wave =
  (amplitude: number, frequency: number, phase: number): TaylorSeries =>
  (x, out) => {
    const angle = frequency * x + phase;
    const [sine, cosine] = [amplitude * Math.sin(angle), amplitude * Math.cos(angle)];
    let power = 1;
    for (let k = 0; k < out.length; k++) {
      const derivative = k % 2 === 0 ? sine : cosine;
      out[k] = (k % 4 < 2 ? derivative : -derivative) * power;
      power *= frequency / (k + 1);
    }
  };

/** The polynomial moved to x, by repeated division by (z - x). */
function polynomialSeries(coefficients: readonly number[]): TaylorSeries {
  const work = new Float64Array(coefficients.length);
  return (x, out) => {
    work.set(coefficients);
    for (let k = 0; k < out.length; k++) {
      for (let j = work.length - 2; j >= k; j--) work[j]! += x * work[j + 1]!;
      out[k] = k < work.length ? work[k]! : 0;
    }
  };
}

/** He_n / sqrt(n!) as powers of x: (He_{n+1} = x He_n - n He_{n-1}). */
function hermitePowers(degree: number): number[] {
  let previous: number[] = [];
  let current = [1];
  for (let n = 0; n < degree; n++) {
    const next = [0, ...current].map((c, j) => (c - Math.sqrt(n) * (previous[j] ?? 0)) / Math.sqrt(n + 1));
    previous = current;
    current = next;
  }
  return current;
}

/** Value and slope as given, nothing above: functions of straight pieces. */
const straight: Make = (activation) => (x, out) => {
  out.fill(0);
  out[0] = activation.value(x);
  if (out.length > 1) out[1] = activation.derivative!(x);
};

/** scale (e^x - 1) for x < 0, slope x for x > 0 */
const exponentialBelow =
  (scale: number, slope: number): TaylorSeries =>
  (x, out) => {
    if (x > 0) {
      out.fill(0);
      out[0] = slope * x;
      if (out.length > 1) out[1] = slope;
      return;
    }
    let term = scale * Math.exp(x);
    for (let k = 0; k < out.length; k++) {
      out[k] = term;
      term /= k + 1;
    }
    out[0] = scale * Math.expm1(x);
  };

const SERIES: Readonly<Record<string, Make>> = {
  identity: straight,
  relu: straight,
  leakyRelu: straight,
  abs: straight,
  abRelu: straight,
  tanh: (_, order) => {
    const s = new Float64Array(order + 1);
    return (x, out) => {
      logisticSeries(2 * x, order, s); // tanh x = 2 s(2 x) - 1
      let power = 2;
      for (let k = 0; k <= order; k++) {
        out[k] = s[k]! * power;
        power *= 2;
      }
      out[0] = Math.tanh(x);
    };
  },
  sigmoid: (_, order) => (x, out) => logisticSeries(x, order, out),
  softplus: ({ value }, order) => {
    const s = new Float64Array(order + 1);
    return (x, out) => {
      logisticSeries(x, order, s);
      integrate(value(x), s, order, out);
    };
  },
  silu: (_, order) => {
    const s = new Float64Array(order + 1);
    return (x, out) => {
      logisticSeries(x, order, s);
      timesX(x, s, order, out);
    };
  },
  erf: (activation, order) => {
    const [a, b] = [number(activation, "a"), number(activation, "b")];
    const g = new Float64Array(order + 1);
    return (x, out) => {
      gaussianSeries((2 * a * b) / Math.sqrt(Math.PI), -b * b, x, order, g);
      integrate(activation.value(x), g, order, out);
    };
  },
  sigmoidLike: ({ value }, order) => {
    const b = 1 / 2.4020563531719796;
    const g = new Float64Array(order + 1);
    return (x, out) => {
      gaussianSeries(b / Math.sqrt(Math.PI), -b * b, x, order, g);
      integrate(value(x), g, order, out);
    };
  },
  gelu: ({ value }, order) => {
    const density = new Float64Array(order + 1);
    const distribution = new Float64Array(order + 1);
    return (x, out) => {
      gaussianSeries(1 / Math.sqrt(2 * Math.PI), -0.5, x, order, density);
      integrate(x === 0 ? 0.5 : value(x) / x, density, order, distribution);
      timesX(x, distribution, order, out);
    };
  },
  arctan: (_, order) => {
    const w = new Float64Array(order + 1); // 1 / (1 + x^2)
    return (x, out) => {
      const square = 1 + x * x;
      w[0] = 1 / square;
      for (let k = 1; k <= order; k++) w[k] = -(2 * x * w[k - 1]! + (k > 1 ? w[k - 2]! : 0)) / square;
      integrate(Math.atan(x), w, order, out);
    };
  },
  sin: (f) => wave(number(f, "a"), number(f, "b"), number(f, "c")),
  cos: (f) => wave(number(f, "a"), number(f, "b"), number(f, "c") + Math.PI / 2),
  rbf: (f) => wave(Math.SQRT2, Math.sqrt(2 * number(f, "gamma")), Math.PI / 4),
  gaussian: (f, order) => {
    const [a, b] = [number(f, "a"), number(f, "b")];
    return (x, out) => gaussianSeries(a, b, x, order, out);
  },
  exp: (f) => {
    const [a, b] = [number(f, "a"), number(f, "b")];
    return (x, out) => {
      let term = a * Math.exp(b * x);
      for (let k = 0; k < out.length; k++) {
        out[k] = term;
        term *= b / (k + 1);
      }
    };
  },
  gabor: (_, order) => {
    const sine = new Float64Array(order + 1);
    const bell = new Float64Array(order + 1);
    const waves = wave(1, 1, 0);
    return (x, out) => {
      waves(x, sine);
      gaussianSeries(1, -1, x, order, bell);
      for (let k = 0; k <= order; k++) {
        let sum = 0;
        for (let j = 0; j <= k; j++) sum += sine[j]! * bell[k - j]!;
        out[k] = sum;
      }
    };
  },
  elu: () => exponentialBelow(1, 1),
  selu: ({ derivative }) => {
    // selu'(x > 0) is its scale, selu'(0) = selu'(0-) the scale times alpha
    return exponentialBelow(derivative!(0), derivative!(1));
  },
  softsign: () => (x, out) => {
    const sign = x < 0 ? -1 : 1; // x / (1 + |x|) = sign (1 - 1 / (1 + |x|))
    const fall = 1 / (1 + Math.abs(x));
    let term = sign * fall;
    for (let k = 0; k < out.length; k++) {
      out[k] = -term;
      term *= -sign * fall;
    }
    out[0] = x * fall;
  },
  monomial: (f) => polynomialSeries([...new Array<number>(number(f, "degree")).fill(0), 1]),
  polynomial: (f) => polynomialSeries(f.parameters["coefficients"] as readonly number[]),
  hermite: (f) => polynomialSeries(hermitePowers(number(f, "degree"))),
  rectifiedMonomial: (f, order) => {
    const inner = polynomialSeries([...new Array<number>(number(f, "degree")).fill(0), 1]);
    return (x, out) => (x > 0 ? inner(x, out) : out.fill(0, 0, order + 1));
  },
  reciprocal: () => (x, out) => {
    let term = x === 0 ? 0 : 1 / x;
    const step = -term;
    for (let k = 0; k < out.length; k++) {
      out[k] = term;
      term *= step;
    }
  },
};

/** Formulas are differentiated as often as asked, up to where they would grow long. */
const EXPRESSION_ORDER = 6;

/**
 * The series of an activation up to `order`. At a break point it is the one of the side that the activation's own
 * derivative takes.
 *
 * Relative error some 1e-15 times the order for most; where a coefficient is a small difference (arctan of high order,
 * Hermite polynomials) relative to the largest term. One function serves one thread: it keeps scratch memory.
 * @throws ERR_UNAVAILABLE where a derivative that is needed does not exist as a function (sign, heaviside), for
 * kernel-only activations, above order 6 for formulas and above order 3 for functions that are not of the catalogue
 */
export function taylorSeries(activation: Activation, order: number): TaylorSeries {
  const { label, value, derivative, secondDerivative, thirdDerivative } = activation;
  if (activation.kernelOnly) {
    throw new ForetrainError(
      "ERR_UNAVAILABLE",
      `${label} is a kernel without a function phi(x): no finite network has it; use another activation, e.g. "gaussian"`,
      { argument: "activation", got: label },
    );
  }
  if (order === 0) {
    return (x, out) => {
      out[0] = value(x);
    };
  }
  if (derivative === null) {
    throw new ForetrainError(
      "ERR_UNAVAILABLE",
      `${label} has no derivative that is a function (it is zero but for a delta where it jumps): gradients, tangent kernels and training need one; use a steep smooth function, e.g. {"name": "erf", "b": 10}`,
      { argument: "activation", got: label },
    );
  }
  const known = isOfCatalogue(activation) ? SERIES[activation.name] : undefined;
  if (known !== undefined) return known(activation, order);
  const text = isOfCatalogue(activation) ? activation.parameters["expression"] : undefined;
  const given =
    typeof text === "string" && order > 3 && order <= EXPRESSION_ORDER
      ? expressionDerivatives(text, order)
      : [value, derivative, secondDerivative, thirdDerivative];
  if (order >= given.length || given.slice(0, order + 1).some((f) => f === null)) {
    throw new ForetrainError(
      "ERR_UNAVAILABLE",
      `${label}: its derivative of order ${order} is not known; use an activation of the catalogue, or a lower order`,
      { argument: "order", got: order },
    );
  }
  const factors = [1, 1, 2, 6, 24, 120, 720];
  return (x, out) => {
    for (let k = 0; k <= order; k++) out[k] = given[k]!(x) / factors[k]!;
  };
}
