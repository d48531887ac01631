/**
 * Where branches meet: which sums, products and concatenations have a kernel.
 *
 * Which weights is a unit tied to: unit i after a dense layer depends on row i of its weights, and keeps that tie through
 * elementwise layers and pools. Branches tied to different weights are independent unit by unit. A sum of branches has no
 * cross terms exactly when they are independent and at most one of them has a nonzero mean; a product needs
 * independence only; side by side along the channels nothing is needed, as different units never meet.
 * @module
 */
import { DATA, type State, unavailable } from "./state.js";

const OWN_LAYER = "end every branch but one with a dense or conv layer of its own";

/** Refuses the raw input, whose number of units is given, among branches that are infinitely wide. */
function requireWide(path: string, what: string, branches: readonly State[]): void {
  const raw = branches.findIndex(({ ties }) => ties.has(DATA));
  if (raw >= 0) {
    throw unavailable(
      path,
      `branch ${raw + 1} of the ${what} is the raw input, whose width cannot grow; put a dense or conv layer before the ${what}`,
    );
  }
}

function requireIndependent(path: string, what: string, verb: string, branches: readonly State[]): void {
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

function requireCentred(path: string, what: string, verb: string, branches: readonly State[]): void {
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
function joined(
  path: string,
  branches: readonly State[],
): Pick<State, "gaussian" | "zeroMean" | "ties" | "origin"> {
  const bent = branches.find(({ gaussian }) => !gaussian);
  return {
    gaussian: bent === undefined,
    zeroMean: branches.every(({ zeroMean }) => zeroMean),
    ties: new Set(branches.flatMap(({ ties }) => [...ties])),
    origin: bent?.origin ?? path,
  };
}

type Flags = ReturnType<typeof joined>;

/** Flags of a sum; refuses branches whose kernels do not add. */
export function sumFlags(path: string, branches: readonly State[]): Flags {
  requireWide(path, "sum", branches);
  requireIndependent(path, "sum", "add", branches);
  requireCentred(path, "sum", "add", branches);
  return joined(path, branches);
}

/** Flags of a product; refuses branches whose kernels do not multiply. */
export function productFlags(path: string, branches: readonly State[]): Flags {
  requireWide(path, "product", branches);
  requireIndependent(path, "product", "multiply", branches);
  const { ties } = joined(path, branches);
  const zeroMean = branches.some((branch) => branch.zeroMean);
  return { gaussian: false, zeroMean, ties, origin: `${path} (a product)` };
}

/** Flags of branches side by side along the channels; the units of each branch stay a population of their own. */
export function channelConcatFlags(path: string, branches: readonly State[]): Flags {
  requireWide(path, "concat", branches);
  return joined(path, branches);
}

/** Flags of branches side by side along positions: one unit then has the positions of all branches, as in a sum. */
export function spatialConcatFlags(path: string, branches: readonly State[]): Flags {
  requireWide(path, "concat", branches);
  requireIndependent(path, "concat", "stand side by side", branches);
  requireCentred(path, "concat", "stand side by side", branches);
  return joined(path, branches);
}
