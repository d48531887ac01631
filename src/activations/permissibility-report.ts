/**
 * Whether an activation meets the assumptions under which lengths of wide networks converge (paper D), condition by
 * condition, with what follows.
 * @module
 */
import type { Activation, Growth } from "./activation.js";
import { secondMoment } from "./moments.js";
import { supergaussianText, undecidedText } from "./permissibility.js";
import { findPole, poleAt } from "./permissibility-scan.js";
import { valueGrowth } from "./value-growth.js";

/** One of the conditions. */
export interface PermissibilityCondition {
  /** null: cannot be decided from values of phi */
  readonly holds: boolean | null;
  /**
   * `known`: from the formula in the catalogue; `declared`: the caller says so; `sampled`: judged by values of phi, which
   * is no proof; `construction`: true of everything that a program computes.
   */
  readonly basis: "known" | "declared" | "sampled" | "construction";
  readonly reason: string;
}

/** A point near which phi is unbounded. */
export interface Pole {
  readonly at: number;
  /** p of |x - at|^-p; 0 for a logarithm; null where it cannot be told */
  readonly power: number | null;
}

/** The verdict on an activation, condition by condition, and what follows for lengths (paper D). */
export interface PermissibilityReport {
  /** the label of the activation */
  readonly activation: string;
  readonly verdict: "permissible" | "not-permissible" | "undecided";
  /** (a) bounded on every bounded interval */
  readonly bounded: PermissibilityCondition;
  /** (b) |phi(x)| = exp(o(x^2)) */
  readonly growth: PermissibilityCondition;
  /** (c) measurable */
  readonly measurable: PermissibilityCondition;
  readonly pole: Pole | null;
  /** variances q at which E_q[phi^2] is finite: all, those below a bound, or none; null where it cannot be told */
  readonly secondMoment: { readonly finite: "always" | "below" | "never"; readonly below: number } | null;
  /** what this means for lengths in wide networks, in a sentence */
  readonly consequence: string;
}

const fixed = (value: number) => Number(value.toPrecision(3));

/**
 * The assumptions of paper D for one activation: (a) bounded on every bounded interval, (b) |phi(x)| = exp(o(x^2)) for
 * |x| -> infinity, (c) measurable. They are sufficient, not necessary: log|x| and |x|^(-1/5) fail (a), have finite
 * E phi^2, and their lengths converge all the same; `consequence` says which case this is.
 *
 * Activations of the catalogue are judged by their formulas. A function of the user's is judged by its values: poles are
 * looked for at 0, at the declared break points and around the largest of 12,000 values between -1e4 and 1e4; growth by the
 * power p of |x| in log|phi| below overflow, where p is told from 2 down to |p - 2| = 0.003. That of a formula
 * (`parseActivationExpression`) is followed to x = 1e147 in logarithms, down to |p - 2| = 1e-8; nearer powers count as 2. That is
 * evidence, no proof. Where the values do not tell (exp(x^2 - |x|^1.5) given as a function, a singularity as weak as log|log|x||)
 * the condition is null and the verdict `undecided`. Growth beyond exp(c x^2) for every c means that E phi^2 is `never` finite.
 * Theory notes D1.
 *
 * @see paper D, permissible activations
 * @example
 * permissibilityReport(activation("reciprocal")).consequence // "E phi^2 is infinite: ... grows like N^1 with ..."
 */
export function permissibilityReport(activation: Activation): PermissibilityReport {
  const { label, growth, permissibility } = activation;
  const basis = permissibility.basis;
  const [bounded, far, pole] = basis === "known" ? known(activation) : sampled(activation);
  const repeatable = [-2.3, 0.71, 5.9].every((x) => Object.is(activation.value(x), activation.value(x)));
  const measurable: PermissibilityCondition = {
    holds: repeatable,
    basis: repeatable ? "construction" : "sampled",
    reason: repeatable
      ? "computed by a program in finitely many steps, and so Borel measurable"
      : "it gave two values for one x, and is no function",
  };
  const all = [bounded, far, measurable].map(({ holds }) => holds);
  const verdict = all.includes(false) ? "not-permissible" : all.includes(null) ? "undecided" : "permissible";
  const moment = momentOf(activation, growth, pole, far);
  return {
    activation: label,
    verdict,
    bounded,
    growth: far,
    measurable,
    pole,
    secondMoment: moment,
    consequence: consequenceOf(verdict, moment, growth.kind === "supergaussian" ? null : pole, bounded.holds),
  };
}

type Judged = [bounded: PermissibilityCondition, growth: PermissibilityCondition, pole: Pole | null];

const BOUNDED = "bounded on every bounded interval";

function known({ growth, value, permissibility: { basis } }: Activation): Judged {
  const at = growth.kind === "unbounded-at-point" ? growth.at : null;
  const pole = at === null ? null : poleAt(value, at);
  return [
    { holds: at === null, basis, reason: at === null ? BOUNDED : poleText(pole!) },
    { holds: withinSquare(growth), basis, reason: growthText(growth) },
    pole,
  ];
}

/** Whether |phi| = exp(o(x^2)) far out. */
const withinSquare = ({ kind }: Growth) =>
  kind === "undecided" ? null : kind !== "gaussian" && kind !== "supergaussian";

/** `x`, `x - 1.5`, `x + 2` */
const from = (at: number) => (at === 0 ? "x" : at > 0 ? `x - ${fixed(at)}` : `x + ${fixed(-at)}`);

const poleText = ({ at, power }: Pole) =>
  `unbounded near x = ${fixed(at)}${power === null ? "" : power === 0 ? ", like a logarithm" : `, like |${from(at)}|^-${fixed(power)}`}`;

function growthText(growth: Growth): string {
  switch (growth.kind) {
    case "bounded":
      return "bounded";
    case "polynomial":
      return `grows like |x|^${growth.degree}, which is exp(o(x^2))`;
    case "exponential":
      return `grows like exp(${fixed(growth.rate)} |x|), which is exp(o(x^2))`;
    case "subgaussian":
      return `grows like exp(|x|^${fixed(growth.power)}), which is exp(o(x^2))`;
    case "gaussian":
      return `grows like exp(${growth.rate === 1 ? "" : `${fixed(growth.rate)} `}x^2), which is not exp(o(x^2))`;
    case "supergaussian":
      return supergaussianText(growth.power);
    case "undecided":
      return undecidedText(growth.power);
    case "unbounded-at-point":
      return "no faster than exp(o(x^2)) far out";
  }
}

function sampled(activation: Activation): Judged {
  const { value, breakPoints, growth, permissibility } = activation;
  const declaredPole = growth.kind === "unbounded-at-point" ? growth.at : null;
  const places = [0, ...breakPoints.map(({ at }) => at), ...(declaredPole === null ? [] : [declaredPole])];
  const found = findPole(value, places);
  const at = found.at ?? declaredPole;
  const pole = at === null ? null : poleAt(value, at);
  const bounded: PermissibilityCondition =
    pole !== null
      ? {
          holds: false,
          basis: found.at === null ? "declared" : "sampled",
          reason: poleText(pole),
        }
      : found.undecidedAt !== null
        ? {
            holds: null,
            basis: "sampled",
            reason: `cannot decide: |phi| still rises near x = ${fixed(found.undecidedAt)} at the resolution of float64, ever more slowly`,
          }
        : {
            holds: true,
            basis: "sampled",
            reason: `${BOUNDED} as far as ${found.evaluations} values show; a narrower pole would not be seen`,
          };
  if (permissibility.basis === "declared" && growth.kind !== "unbounded-at-point") {
    return [bounded, { holds: withinSquare(growth), basis: "declared", reason: growthText(growth) }, pole];
  }
  const far = growth.kind === "unbounded-at-point" ? valueGrowth(value) : growth;
  const slow = far.kind === "bounded" || far.kind === "polynomial";
  return [
    bounded,
    {
      holds: withinSquare(far),
      basis: "sampled",
      reason: slow ? "still below 1e300 at |x| = 4096: exp(o(x^2)) as far as values show" : growthText(far),
    },
    pole,
  ];
}

function momentOf(
  activation: Activation,
  growth: Growth,
  pole: Pole | null,
  far: PermissibilityCondition,
): PermissibilityReport["secondMoment"] {
  if (growth.kind === "supergaussian") return { finite: "never", below: 0 };
  if (far.holds === null) return null;
  if (growth.kind === "gaussian") return { finite: "below", below: 1 / (4 * growth.rate) };
  if (far.holds === false) return null;
  if (pole === null) return { finite: "always", below: Number.POSITIVE_INFINITY };
  if (growth.kind === "unbounded-at-point") {
    const finite = secondMoment(activation, 1) < Number.POSITIVE_INFINITY;
    return finite ? { finite: "always", below: Number.POSITIVE_INFINITY } : { finite: "never", below: 0 };
  }
  // found by the scan only: the power decides
  if (pole.power === null) return null;
  return pole.power < 0.5
    ? { finite: "always", below: Number.POSITIVE_INFINITY }
    : { finite: "never", below: 0 };
}

function consequenceOf(
  verdict: PermissibilityReport["verdict"],
  moment: PermissibilityReport["secondMoment"],
  pole: Pole | null,
  bounded: boolean | null,
): string {
  if (verdict === "permissible") {
    return "lengths converge in probability to the length map as the widths grow, at every depth and variance";
  }
  if (moment === null) return "what lengths do in wide networks cannot be told; sample them";
  if (moment.finite === "below") {
    return `E_q[phi^2] is finite below the variance ${fixed(moment.below)} only: lengths converge while the length map stays below it, and have no limit beyond`;
  }
  if (moment.finite === "never") {
    if (pole === null) {
      return "E phi^2 is infinite at every variance: there is no length map, and lengths grow without bound with the width, though perhaps only at widths out of reach";
    }
    const { power } = pole;
    const rate =
      power === null ? "without bound" : power > 0.52 ? `like N^${fixed(2 * power - 1)}` : "like log N";
    return `E phi^2 is infinite: there is no length map, and the median length of layer 2 grows ${rate} with the width N`;
  }
  return bounded === null
    ? "E phi^2 seems to be finite: lengths then converge to the length map"
    : "the assumptions fail, and yet E phi^2 is finite: the weak law holds, and lengths converge to the length map all the same";
}
