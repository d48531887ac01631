/**
 * What planes know of the sinusoid's labels (paper C): y = sign(x_1 + sin(k x_2)), x ~ N(0, I).
 *
 * A plane with normal (cos a, sin a) and the label differ where x_1 lies between their thresholds at the same x_2 = u, which are
 * -u tan a and -sin(k u); so everything is an integral over u.
 * @module
 */
import { gaussLegendre, onInterval } from "../../numeric/quadrature/index.js";
import { normalCdf, normalPdf } from "../../numeric/special/index.js";
import { sigmoid } from "../../numeric/special/logistic.js";

/** Beyond this the normal density is below 1e-18. */
const REACH = 9;
/** Trapezoids of 5e-4: a kink costs at most 2e-8 times the change of slope. */
const POINTS = 36_000;

/** E f(u), u ~ N(0, 1), by the trapezoidal rule. */
function gaussianMean(f: (u: number) => number, points: number): number {
  const h = (2 * REACH) / points;
  let sum = 0;
  for (let i = 0; i <= points; i++) {
    const u = -REACH + i * h;
    sum += normalPdf(u) * f(u);
  }
  return h * sum;
}

/** Accuracy of sign(cos(a) x_1 + sin(a) x_2), -pi/2 < a < pi/2: 1 - E |Phi(-sin(k u)) - Phi(-u tan a)|. To 1e-7. Theory notes C5.2. */
export function planeAccuracy(frequency: number, angle: number): number {
  const slope = Math.tan(angle);
  const missed = (u: number) => Math.abs(normalCdf(-Math.sin(frequency * u)) - normalCdf(-u * slope));
  return 1 - gaussianMean(missed, POINTS);
}

export interface Plane {
  /** of the normal to the first axis, radians */
  readonly angle: number;
  readonly accuracy: number;
}

/** The plane of the largest accuracy: the best of a grid of degrees, refined by thirds to 1e-4. */
export function bestPlane(frequency: number): Plane {
  const at = (angle: number) => planeAccuracy(frequency, angle);
  const degree = Math.PI / 180;
  let best = 0;
  let most = 0;
  for (let a = -85; a <= 85; a += 5) {
    const accuracy = at(a * degree);
    if (accuracy > most) [best, most] = [a * degree, accuracy];
  }
  let [low, high] = [best - 5 * degree, best + 5 * degree];
  while (high - low > 1e-4) {
    const [left, right] = [low + (high - low) / 3, high - (high - low) / 3];
    if (at(left) < at(right)) low = left;
    else high = right;
  }
  const angle = (low + high) / 2;
  return { angle, accuracy: at(angle) };
}

/** In x_1 the integrands are smooth on both sides of the boundary, in x_2 they are smooth. */
const INNER = 60;
const OUTER = 400;

/**
 * The plane of logistic regression on infinitely many samples: the least E log(1 + e^{-y v.x}), v in the plane of the first two
 * axes (the others are noise), by Newton's method. v to 1e-10.
 * Theory notes C5.3.
 */
export function logisticPlane(frequency: number): Plane {
  const rule = gaussLegendre(INNER);
  let v: readonly [number, number] = [1, 0];
  for (let step = 0; step < 50; step++) {
    const total = [0, 0, 0, 0, 0]; // gradient, and the Hessian's three numbers
    const h = (2 * REACH) / OUTER;
    for (let i = 0; i <= OUTER; i++) {
      const u = -REACH + i * h;
      const boundary = -Math.sin(frequency * u);
      for (const [from, to, y] of [
        [-REACH, boundary, -1],
        [boundary, REACH, 1],
      ] as const) {
        const { nodes, weights } = onInterval(rule, from, to);
        for (let j = 0; j < INNER; j++) {
          const x = nodes[j]!;
          const weight = h * normalPdf(u) * weights[j]! * normalPdf(x);
          const p = sigmoid(-y * (v[0] * x + v[1] * u));
          const curvature = weight * p * (1 - p);
          [
            -y * p * weight * x,
            -y * p * weight * u,
            curvature * x * x,
            curvature * x * u,
            curvature * u * u,
          ].forEach((value, k) => {
            total[k]! += value;
          });
        }
      }
    }
    const [g1, g2, a, b, c] = total as [number, number, number, number, number];
    const determinant = a * c - b * b;
    const move = [(c * g1 - b * g2) / determinant, (a * g2 - b * g1) / determinant] as const;
    v = [v[0] - move[0], v[1] - move[1]];
    if (Math.hypot(...move) < 1e-10 * Math.hypot(...v)) break;
  }
  const angle = Math.atan2(v[1], v[0]);
  return { angle, accuracy: planeAccuracy(frequency, angle) };
}
