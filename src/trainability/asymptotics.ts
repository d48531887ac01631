/**
 * Spectra of deep kernels in closed form: how lambda_max, lambda_bulk, kappa and the mean predictor depend on depth.
 *
 * All of it is for n inputs of equal norm, normalized to the fixed point q*, through a homogeneous network in the NTK
 * parametrization that starts at K^(0) = Theta^(0) = x.x' / n_0; `depth` counts hidden layers. Paper B, tables of the NTK and
 * the NNGP spectra; the ReLU rows and constants follow from the same recursions.
 * @module
 */
import { ForetrainError } from "../errors.js";

/** A network as the tables of paper B see it. */
export interface AsymptoticNetwork {
  /** n, number of train samples */
  readonly samples: number;
  /** number of hidden layers, >= 1 */
  readonly depth: number;
  readonly phase: "ordered" | "critical" | "chaotic";
  /** q*, variance at the fixed point; for a critical ReLU network the (conserved) variance of the data */
  readonly qStar: number;
  /** slope of the correlation map at c = 1 */
  readonly chi1: number;
  /** stable correlation; 1 in the ordered and critical phases */
  readonly cStar: number;
  /** slope of the correlation map at c* */
  readonly chiC: number;
  /** C''(1), curvature of the correlation map; needed for the NNGP bulk at criticality only. Null: not known */
  readonly curvature?: number | null | undefined;
  /** smooth: twice differentiable. kinked: ReLU-like, whose correlation map has a 3/2 power at c = 1. Default smooth */
  readonly activation?: "smooth" | "kinked" | undefined;
  /** read-out of a convolutional network with `positions` pixels: "pool" averages them, "flatten" does not. Default flatten */
  readonly readout?: "flatten" | "pool" | undefined;
  /** number of spatial positions d for `readout: "pool"`; default 1 */
  readonly positions?: number | undefined;
  /**
   * Kinked only: strength of the kink of a min(x, 0) + b max(x, 0), (a - b)^2 / (a^2 + b^2); default 1, that of ReLU. The
   * deficit of the correlation at criticality is (9 pi^2 / 2) / (kink share l)^2. Null: not known
   */
  readonly kink?: number | null | undefined;
  /**
   * Critical only: part of the variance that each layer renews, default 1. Residual blocks h + W phi(h) of a ReLU-like phi
   * without bias have a / (1 + a) with a = sigma_w^2 E phi^2 at variance 1: the ntk diagonal is (1 + share l) q.
   */
  readonly share?: number | undefined;
  /** keep rate rho of dropout before the last layer; 1 (default): none */
  readonly keepRate?: number | undefined;
  /** sigma_b^2 of the last layer, needed with dropout; default 0 */
  readonly biasVariance?: number | undefined;
  /**
   * Mean over pairs of lim (1 - c_l) / chi_1^l, and C''(1) in `curvature`: with both, the ordered bulk is predicted too.
   * Both depend on the data, so no table has them.
   */
  readonly gapAmplitude?: number | null | undefined;
}

/** Predictions; null where the limit depends on the data, the theory has no constant, or the depth is too small for it. */
export interface SpectrumAsymptotics {
  readonly lambdaMax: number | null;
  readonly lambdaBulk: number | null;
  readonly kappa: number | null;
  /** largest learning rate 2 n / lambdaMax for the loss 1/(2n) sum (f - y)^2 */
  readonly largestLearningRate: number | null;
  /** |P Y| for centred targets falls like this function of depth, up to a constant */
  readonly meanPredictorRate: number;
  /** how large the neglected terms are, e.g. "relative O(1/depth)" */
  readonly error: string;
}

/**
 * Asymptotic spectrum of the NTK of a deep network (paper B, NTK table; d = positions with pooling, else 1):
 *
 * | phase | lambda_max | lambda_bulk | kappa | mean predictor |
 * |---|---|---|---|---|
 * | ordered | n p*, p* = q* / (1 - chi_1) | l chi_1^l amplitude (q* + C''(1) p* / chi_1) | n p* / bulk | O(1) |
 * | critical, smooth | (n d + 2) / (3 d) l q* | 2 / (3 d) l q* | (n d + 2) / 2 | O(1 / l) |
 * | critical, kinked | (n d + 3) / (4 d) l q* | 3 / (4 d) l q* | (n d + 3) / 3 | O(1 / l) |
 * | chaotic | p_aa / d + (n - 1) p_ab | p_aa / d - p_ab | 1 + n p_ab / (p_aa / d - p_ab) | O(l (chi_c / chi_1)^l) |
 *
 * with p_aa = q* (chi_1^{l+1} - 1) / (chi_1 - 1) and p_ab = q* c* / (1 - chi_c). At criticality the exact diagonal
 * (l + 1) q* is used, which has the same leading term. In the chaotic phase p_ab is the limit of infinite depth: at depths
 * (or with as many pooled positions) where p_aa / d has not grown beyond it, lambda_bulk and kappa are null. Dropout in the ordered phase makes kappa finite:
 * 1 + n p* / ((1 / rho - 1) (p* - sigma_b^2)).
 * Theory notes B4.1, B5.2, B6.2, B7.1.
 *
 * @throws ERR_DOMAIN for values outside their domains; ERR_UNAVAILABLE for dropout outside the ordered phase
 */
export function ntkAsymptotics(network: AsymptoticNetwork): SpectrumAsymptotics {
  const s = checked(network, "ntkAsymptotics");
  const { n, l, d, qStar, chi1, chiC, cStar, kinked } = s;
  if (s.phase === "ordered") {
    const limit = qStar / (1 - chi1);
    if (s.keepRate < 1) {
      const bulk = (1 / s.keepRate - 1) * (limit - s.biasVariance);
      return done(n, {
        lambdaMax: n * limit + bulk,
        lambdaBulk: bulk,
        meanPredictorRate: l * chi1 ** l, // the ridge stays, what tells samples apart does not
        error: `O(depth chi_1^depth) = O(${(l * chi1 ** l).toExponential(1)}), relative`,
      });
    }
    const { gapAmplitude, curvature } = s;
    const known = gapAmplitude !== null && curvature !== null && !kinked && d === 1;
    const bulk = known ? l * chi1 ** l * gapAmplitude * (qStar + (curvature * limit) / chi1) : null;
    return done(n, {
      lambdaMax: n * limit,
      lambdaBulk: bulk,
      meanPredictorRate: 1,
      error:
        bulk === null
          ? "relative O(depth chi_1^depth); the bulk depends on the data"
          : "bulk: relative O(1/depth)",
    });
  }
  requireNoDropout(s, "ntkAsymptotics");
  if (s.phase === "critical") {
    const own = (1 + s.share * l) * qStar;
    const pair = kinked ? own / 4 : own / 3; // off-diagonal of the NTK over its diagonal tends to 1/4 or 1/3
    const diagonal = pair + (own - pair) / d;
    return done(n, {
      lambdaMax: diagonal + (n - 1) * pair,
      lambdaBulk: diagonal - pair,
      meanPredictorRate: 1 / l,
      error:
        kinked || d > 1 ? "relative O(log depth / depth)" : "relative O(log depth / depth), small constant",
    });
  }
  const own = (qStar * (chi1 ** (l + 1) - 1)) / (chi1 - 1);
  const pair = (qStar * cStar) / (1 - chiC);
  const bulk = own / d - pair;
  const error = `absolute O(depth chi_c^depth) = O(${(l * chiC ** l).toExponential(1)})`;
  const known = bulk > 0; // the limit of p_ab holds from some depth on; a kernel has no negative eigenvalue
  return done(n, {
    lambdaMax: own / d + (n - 1) * pair,
    lambdaBulk: known ? bulk : null,
    kappa: known ? 1 + (n * pair) / bulk : null, // also where chi_1^l is beyond float64
    meanPredictorRate: l * (chiC / chi1) ** l,
    error: known ? error : `${error}; at this depth the bulk is smaller than the neglected terms`,
  });
}

/**
 * Asymptotic spectrum of the NNGP kernel (paper B, NNGP table):
 * ordered lambda_max = n q*; critical lambda_max = n q*, bulk 2 q* / (C''(1) l), kappa = n l C''(1) / 2, mean predictor O(1/l);
 * critical kinked bulk (9 pi^2 / 2) q* / l^2; chaotic lambda_max = q* (1 + (n - 1) c*), bulk q* (1 - c*), mean predictor
 * O(chi_c^l). Pooling over d positions divides every bulk by d, as of the ntk; dropout in the ordered phase leaves the bulk
 * (1 / rho - 1) (q* - sigma_b^2).
 * Theory notes B4, B5.2, B7.1.
 * @throws ERR_DOMAIN, ERR_UNAVAILABLE as {@link ntkAsymptotics}
 */
export function nngpAsymptotics(network: AsymptoticNetwork): SpectrumAsymptotics {
  const s = checked(network, "nngpAsymptotics");
  const { n, l, d, qStar, chi1, chiC, cStar } = s;
  if (s.phase !== "ordered") requireNoDropout(s, "nngpAsymptotics");
  if (s.phase === "chaotic") {
    const bulk = (qStar * (1 - cStar)) / d;
    return done(n, {
      lambdaMax: n * qStar * cStar + bulk,
      lambdaBulk: bulk,
      meanPredictorRate: chiC ** l,
      error: `relative O(chi_c^depth) = O(${(chiC ** l).toExponential(1)})`,
    });
  }
  if (s.phase === "ordered" && s.keepRate < 1) {
    const bulk = (1 / s.keepRate - 1) * (qStar - s.biasVariance);
    return done(n, {
      lambdaMax: n * qStar + bulk,
      lambdaBulk: bulk,
      meanPredictorRate: chi1 ** l,
      error: "relative O(chi_1^depth)",
    });
  }
  if (s.phase === "ordered") {
    const bulk = s.gapAmplitude === null || d > 1 ? null : qStar * s.gapAmplitude * chi1 ** l;
    return done(n, {
      lambdaMax: n * qStar,
      lambdaBulk: bulk,
      meanPredictorRate: 1,
      error:
        bulk === null ? "relative O(chi_1^depth); the bulk depends on the data" : "relative O(chi_1^depth)",
    });
  }
  // 1 - c_l at criticality: 2 / (C''(1) l) for a smooth map, (9 pi^2 / 2) / l^2 for a kinked one
  let delta: number | null = null;
  if (s.kinked && s.kink !== null) delta = (4.5 * Math.PI ** 2) / (s.kink * s.share * l) ** 2;
  else if (!s.kinked && s.curvature !== null) delta = 2 / (s.curvature * l);
  return done(n, {
    lambdaMax: n * qStar,
    lambdaBulk: delta === null ? null : (qStar * delta) / d,
    meanPredictorRate: 1 / l,
    error:
      delta === null
        ? "relative O(1/depth); the bulk needs the curvature C''(1)"
        : "relative O(log depth / depth)",
  });
}

function requireNoDropout({ keepRate, phase }: ReturnType<typeof checked>, caller: string): void {
  if (keepRate === 1) return;
  throw new ForetrainError(
    "ERR_UNAVAILABLE",
    `${caller}: with dropout there is a prediction in the ordered phase only, the phase is ${phase}; use keepRate 1`,
    { argument: "keepRate", got: keepRate },
  );
}

function done(
  n: number,
  known: {
    lambdaMax: number;
    lambdaBulk: number | null;
    kappa?: number | null;
    meanPredictorRate: number;
    error: string;
  },
): SpectrumAsymptotics {
  const { lambdaMax, lambdaBulk } = known;
  return {
    kappa: lambdaBulk === null ? null : lambdaMax / lambdaBulk,
    ...known,
    largestLearningRate: (2 * n) / lambdaMax,
  };
}

function checked(network: AsymptoticNetwork, caller: string) {
  const { samples: n, depth: l, phase, qStar, chi1, cStar, chiC } = network;
  const { curvature = null, activation = "smooth", readout = "flatten", positions = 1 } = network;
  const { keepRate = 1, biasVariance = 0, gapAmplitude = null, kink = 1, share = 1 } = network;
  const check = (ok: boolean, argument: string, got: number | null, expected: string) => {
    if (!ok) {
      throw new ForetrainError("ERR_DOMAIN", `${caller}: ${argument} is ${got}, expected ${expected}`, {
        argument,
        got,
        expected,
      });
    }
  };
  check(Number.isInteger(n) && n >= 1, "samples", n, "an integer >= 1");
  check(l >= 1 && l < Number.POSITIVE_INFINITY, "depth", l, "a finite number >= 1");
  check(qStar > 0 && qStar < Number.POSITIVE_INFINITY, "qStar", qStar, "a finite number > 0");
  check(Number.isInteger(positions) && positions >= 1, "positions", positions, "an integer >= 1");
  check(keepRate > 0 && keepRate <= 1, "keepRate", keepRate, "a number in (0, 1]");
  check(biasVariance >= 0, "biasVariance", biasVariance, "a number >= 0");
  check(curvature === null || curvature > 0, "curvature", curvature, "a number > 0 or null");
  check(kink === null || (kink > 0 && kink <= 2), "kink", kink, "a number in (0, 2] or null");
  check(share > 0 && share <= 1, "share", share, "a number in (0, 1]");
  check(gapAmplitude === null || gapAmplitude >= 0, "gapAmplitude", gapAmplitude, "a number >= 0 or null");
  if (phase === "ordered")
    check(chi1 > 0 && chi1 < 1, "chi1", chi1, "a number in (0, 1) in the ordered phase");
  if (phase === "chaotic") {
    check(chi1 > 1 && chi1 < Number.POSITIVE_INFINITY, "chi1", chi1, "a number > 1 in the chaotic phase");
    check(chiC >= 0 && chiC < 1, "chiC", chiC, "a number in [0, 1) in the chaotic phase");
    check(cStar >= 0 && cStar < 1, "cStar", cStar, "a number in [0, 1) in the chaotic phase");
  }
  return {
    n,
    l,
    d: readout === "pool" ? positions : 1,
    phase,
    qStar,
    chi1,
    cStar,
    chiC,
    curvature,
    kinked: activation === "kinked",
    kink,
    share,
    keepRate,
    biasVariance,
    gapAmplitude,
  };
}
