/**
 * What is known of the units after a layer at infinite width, and which sums, products and concatenations have a kernel.
 *
 * The units after a dense or conv layer are independent centred Gaussians given the layers before; those after a
 * nonlinearity, dropout or product are not. Which weights is a unit tied to: unit i after a dense layer depends on row i
 * of its weights, and keeps that tie through elementwise layers and pools. Branches tied to different weights are
 * independent unit by unit. A sum of branches has no cross terms exactly when they are independent and at most one of
 * them has a nonzero mean; a product needs independence only; side by side along the channels nothing is needed, as
 * different units never meet.
 * @module
 */
import { ForetrainError } from "../errors.js";
import type { Layer } from "./spec.js";

/** A tie to the data itself, as if it were a layer's weights. */
export const DATA = -1;

/** The units of a layer's output. */
export interface UnitFlags {
  /** the units are centred Gaussians, independent given the layers before */
  readonly gaussian: boolean;
  readonly zeroMean: boolean;
  /** numbers of the random layers whose weights a unit depends on individually; DATA for the raw input */
  readonly ties: ReadonlySet<number>;
  /** what made it non-Gaussian, for messages */
  readonly origin: string;
}

/** ERR_UNAVAILABLE at a layer's path. */
export function unavailable(
  path: string,
  message: string,
  details: Record<string, unknown> = {},
): ForetrainError {
  return new ForetrainError("ERR_UNAVAILABLE", `${path}: ${message}`, { argument: path, path, ...details });
}

/** Layers that only finite networks have. */
export type FiniteOnlyLayer = Extract<Layer, { readonly kind: "maxPool" | "zeroPad" | "batchNorm" }>;

const FINITE_ONLY: Readonly<Record<FiniteOnlyLayer["kind"], string>> = {
  maxPool:
    "the largest of several dependent Gaussian units has no closed kernel; use avgPool, or read the network at its finite " +
    "widths (train, empirical kernels)",
  batchNorm:
    "it ties the samples of a batch to each other, so no kernel of pairs of samples describes it; use layerNorm or no " +
    "normalization, or read the network at its finite widths (train, empirical kernels)",
  zeroPad:
    'infinite width has no layer that only pads; use "padding": "same" in the layer behind it, or read the network at its ' +
    "finite widths (train, empirical kernels)",
};

/** The refusal of a layer that infinite width does not have. */
export function finiteOnly(path: string, { kind }: FiniteOnlyLayer): ForetrainError {
  return unavailable(path, `${kind} is read by finite networks only: ${FINITE_ONLY[kind]}`, { kind });
}

/** The refusal of an activation whose input is not Gaussian. */
export function notGaussian(path: string, what: string, units: UnitFlags): ForetrainError {
  return unavailable(
    path,
    `${what} needs Gaussian units, as a dense or conv layer gives them, but gets the output of ${units.origin}, ` +
      "whose units are not centred Gaussians; put a dense or conv layer between",
    { origin: units.origin },
  );
}

/** Refuses dropout of the data, whose kernel would stay random. */
export function requireWideDropout(path: string, units: UnitFlags): void {
  if (!units.ties.has(DATA)) return;
  throw unavailable(
    path,
    "dropout of the raw input has no kernel: the data has finitely many features, so the kernel would stay random; " +
      "put it after a dense or conv layer",
    { kind: "dropout" },
  );
}

/** Refuses layerNorm of units whose means its kernel would have to subtract, or over positions alone. */
export function requireNormalizable(
  path: string,
  axes: readonly number[],
  overChannels: boolean,
  units: UnitFlags,
): void {
  if (!overChannels) {
    throw unavailable(
      path,
      "layerNorm over positions without the channels divides by the variance of one channel's finitely many positions, " +
        "which stays random at any width, so it has no kernel; add the axis of the channels, -1",
      { kind: "layerNorm", axes },
    );
  }
  if (!units.zeroMean) {
    throw unavailable(
      path,
      `layerNorm needs units with mean 0, as a dense or conv layer gives them, but gets the output of ${units.origin}, ` +
        "whose means its kernel would have to subtract; put a dense or conv layer between",
      { kind: "layerNorm", origin: units.origin },
    );
  }
}

const OWN_LAYER = "end every branch but one with a dense or conv layer of its own";

/** Refuses the raw input, whose number of units is given, among branches that are infinitely wide. */
function requireWide(path: string, what: string, branches: readonly UnitFlags[]): void {
  const raw = branches.findIndex(({ ties }) => ties.has(DATA));
  if (raw >= 0) {
    throw unavailable(
      path,
      `branch ${raw + 1} of the ${what} is the raw input, whose width cannot grow; put a dense or conv layer before the ${what}`,
    );
  }
}

function requireIndependent(path: string, what: string, verb: string, branches: readonly UnitFlags[]): void {
  branches.forEach((branch, i) => {
    for (const other of branches.slice(0, i)) {
      if ([...branch.ties].some((tie) => other.ties.has(tie))) {
        throw unavailable(
          path,
          `the branches of the ${what} are dependent (they share the weights of one layer unit by unit), ` +
            `so their kernels do not ${verb}; ${OWN_LAYER}`,
        );
      }
    }
  });
}

function requireCentred(path: string, what: string, verb: string, branches: readonly UnitFlags[]): void {
  const shifted = branches.filter(({ zeroMean }) => !zeroMean);
  if (shifted.length > 1) {
    throw unavailable(
      path,
      `two branches of the ${what} have nonzero means (${shifted.map(({ origin }) => origin).join("; ")}), ` +
        `so their kernels do not ${verb}; ${OWN_LAYER}`,
    );
  }
}

/** What holds for any merge of branches. */
function joined(path: string, branches: readonly UnitFlags[]): UnitFlags {
  const bent = branches.find(({ gaussian }) => !gaussian);
  return {
    gaussian: bent === undefined,
    zeroMean: branches.every(({ zeroMean }) => zeroMean),
    ties: new Set(branches.flatMap(({ ties }) => [...ties])),
    origin: bent?.origin ?? path,
  };
}

/** Flags of a sum; refuses branches whose kernels do not add. */
export function sumFlags(path: string, branches: readonly UnitFlags[]): UnitFlags {
  requireWide(path, "sum", branches);
  requireIndependent(path, "sum", "add", branches);
  requireCentred(path, "sum", "add", branches);
  return joined(path, branches);
}

/** Flags of a product; refuses branches whose kernels do not multiply. */
export function productFlags(path: string, branches: readonly UnitFlags[]): UnitFlags {
  requireWide(path, "product", branches);
  requireIndependent(path, "product", "multiply", branches);
  const { ties } = joined(path, branches);
  const zeroMean = branches.some((branch) => branch.zeroMean);
  return { gaussian: false, zeroMean, ties, origin: `${path} (a product)` };
}

/** Flags of branches side by side along the channels; the units of each branch stay a population of their own. */
export function channelConcatFlags(path: string, branches: readonly UnitFlags[]): UnitFlags {
  requireWide(path, "concat", branches);
  return joined(path, branches);
}

/** Flags of branches side by side along positions: one unit then has the positions of all branches, as in a sum. */
export function spatialConcatFlags(path: string, branches: readonly UnitFlags[]): UnitFlags {
  requireWide(path, "concat", branches);
  requireIndependent(path, "concat", "stand side by side", branches);
  requireCentred(path, "concat", "stand side by side", branches);
  return joined(path, branches);
}
