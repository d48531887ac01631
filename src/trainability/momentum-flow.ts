/**
 * The continuous limit of gradient descent with heavy-ball momentum, mode by mode.
 * @module
 */

/** As `ModeState` of the clock. */
interface FlowState {
  readonly decay: number;
  readonly filter: number;
}

/** Below this many e-foldings of the fastest root the closed forms of 1 - decay cancel; a power series does not. */
const SERIES_REACH = 0.5;
/** d k above which the two exponentials are told apart; below it x is within a hundredth of a^2. */
const APART = 0.05;
const SERIES_TERMS = 24; // 0.5^24 / 24! is below 1e-30

/**
 * State of a mode after `time` = learning rate x steps of the flow eta r'' + (1 - m) r' + (lambda / n) r = 0, r'(0) = 0.
 *
 * In steps k = time / eta, with a = (1 - m) / 2 and x = eta lambda / n: decay = e^{-a k} (cosh(d k) + a sinh(d k) / d),
 * d^2 = a^2 - x (an oscillation where x > a^2). Relative error of both numbers below 1e-13 where decay does not cross 0.
 */
export function momentumFlowState(
  { time, learningRate, momentum }: { time: number; learningRate: number; momentum: number },
  lambda: number,
  n: number,
): FlowState {
  const k = time / learningRate;
  const a = (1 - momentum) / 2;
  const x = (learningRate * lambda) / n;
  const perMode = learningRate / n; // filter = perMode (1 - decay) / x
  if (k === 0) return { decay: 1, filter: 0 };
  const fastest = a + Math.sqrt(Math.max(Math.abs(a * a - x), a * a));
  if (fastest * k <= SERIES_REACH) {
    // decay = 1 + x sum_{j >= 2} e_j k^j, e_2 = -1/2, (j + 1) j e_{j + 1} = -(2 a j e_j + x e_{j - 1})
    let [before, now, power, sum] = [0, -1 / 2, k * k, 0];
    for (let j = 2; j < SERIES_TERMS; j++) {
      sum += now * power;
      [before, now] = [now, -(2 * a * j * now + x * before) / ((j + 1) * j)];
      power *= k;
    }
    return { decay: 1 + x * sum, filter: -perMode * sum };
  }
  const d2 = a * a - x;
  const z = Math.sqrt(Math.abs(d2)) * k;
  if (d2 > 0 && z > APART) {
    const d = Math.sqrt(d2);
    const [slow, fast] = [x / (a + d), a + d];
    // both divided by x: slow / x = 1 / fast
    const slowPart = slow === 0 ? k : -Math.expm1(-slow * k) / slow;
    const filter = (slowPart + Math.expm1(-fast * k) / fast) / (2 * d);
    const decay = (fast * Math.exp(-slow * k) - slow * Math.exp(-fast * k)) / (2 * d);
    return { decay, filter: perMode * filter };
  }
  // near d = 0, and beyond it: x is of the size of a^2 or larger
  const even = d2 > 0 ? Math.cosh(z) : Math.cos(z);
  const odd = z < 1e-4 ? 1 + (Math.sign(d2) * z * z) / 6 : (d2 > 0 ? Math.sinh(z) : Math.sin(z)) / z;
  const decay = Math.exp(-a * k) * (even + a * k * odd);
  return { decay, filter: (perMode * (1 - decay)) / x };
}
