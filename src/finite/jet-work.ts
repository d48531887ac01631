/**
 * What passes of jets cost, counted before they run: the closed counts of the loops of the tape's operations.
 * @module
 */
import { sizeOf } from "../numeric/matrix.js";
import type { FiniteModel } from "./model.js";
import type { Site } from "./operation.js";
import type { Instruction } from "./tape.js";

/** Work of three kinds, each with a rate of its own. */
export interface JetWork {
  /** multiply-adds inside matrix products, exactly */
  readonly products: number;
  /** multiply-adds of loops over arrays: outer products, compositions of series, sums, gathers */
  readonly loops: number;
  /** Taylor coefficients of activations, one for each unit, position, sample and order */
  readonly series: number;
}

/** Which coefficients of a jet are not zero. */
type Pattern = readonly boolean[];

/** How often which cotangent goes back, and what becomes of it at the sites. */
export interface BackwardWork {
  readonly count: number;
  /** coefficients of the cotangent that are not zero */
  readonly cotangent: Pattern;
  /** `gradients`: so many coefficients of the gradient, summed over samples; `rows`: these coefficients for every sample by itself */
  readonly visit: { readonly gradients: number } | { readonly rows: readonly number[] };
}

export interface JetPass {
  readonly samples: number;
  /** coefficients of the parameters that are not zero; their number less one is the order */
  readonly parameters: Pattern;
  /** null: forward alone */
  readonly backward: BackwardWork | null;
}

const NONE: JetWork = { products: 0, loops: 0, series: 0 };

/** a + scale b */
export function addWork(a: JetWork, b: JetWork, scale = 1): JetWork {
  return {
    products: a.products + scale * b.products,
    loops: a.loops + scale * b.loops,
    series: a.series + scale * b.series,
  };
}

/** Pairs i + j within the order of coefficients that are not zero, and which sums they reach. */
function pairsOf(a: Pattern, b: Pattern): { readonly count: number; readonly reached: Pattern } {
  const reached = a.map(() => false);
  let count = 0;
  a.forEach((x, i) => {
    if (!x) return;
    for (let j = 0; i + j < a.length; j++) {
      if (!b[j]) continue;
      count++;
      reached[i + j] = true;
    }
  });
  return { count, reached };
}

const filled = (pattern: Pattern) => pattern.reduce((sum, there) => sum + (there ? 1 : 0), 0);
const either = (a: Pattern, b: Pattern) => a.map((there, k) => there || b[k]!);

/** Multiply-adds of composing one element up to `order`: inner sums of 1, 2, ... terms. */
function compositions(order: number): number {
  let sum = 0;
  for (let j = order - 1; j >= 0; j--) for (let k = 1; k <= order - j; k++) sum += k;
  return sum;
}

/** What the sites do with what goes back. */
function visitWork(
  site: Site,
  patches: Pattern,
  cotangent: Pattern,
  backward: BackwardWork,
  samples: number,
) {
  const rows = samples * site.positions;
  const each = rows * site.fanIn * site.channels;
  const bias = site.bias === null ? 0 : rows * site.channels;
  const { visit } = backward;
  if ("gradients" in visit) {
    let [pairs, sums] = [0, 0];
    cotangent.forEach((d, j) => {
      if (!d) return;
      pairs += patches.filter((p, i) => p && i + j < visit.gradients).length;
      if (j < visit.gradients) sums++;
    });
    return { products: pairs * each, loops: sums * bias, series: 0 };
  }
  let [pairs, sums] = [0, 0];
  for (const coefficient of visit.rows) {
    for (let j = 0; j <= coefficient; j++) {
      if (!cotangent[j]) continue;
      if (patches[coefficient - j]) pairs++;
      if (j === coefficient) sums++;
    }
  }
  const outer = pairs * each;
  const loops = sums * bias;
  return site.positions > 1
    ? { products: outer, loops, series: 0 }
    : { products: 0, loops: loops + outer, series: 0 };
}

/**
 * Work of a pass of jets over a batch. Products are exact for every network; loops are exact for dense and convolutional layers
 * and activations, and one multiply-add for each element, coefficient and input for other layers.
 */
export function jetWork(model: FiniteModel, { samples, parameters, backward }: JetPass): JetWork {
  const { instructions, values, output } = model.tape;
  const zero = parameters.map(() => false);
  const patterns: Pattern[] = values.map(() => zero);
  patterns[0] = zero.map((_, k) => k === 0);
  const elements = (value: number) => samples * sizeOf(values[value]!.shape);
  const slopeOf = (pattern: Pattern) =>
    pattern.slice(1).some(Boolean) ? pattern.map(() => true) : pattern.map((_, k) => k === 0);
  let work = NONE;
  const add = (more: Partial<JetWork>, times = 1) => {
    work = addWork(work, { ...NONE, ...more }, times);
  };

  const forward = ({ step, from, to }: Instruction) => {
    const first = patterns[from[0]!]!;
    const inputs = from.map((value) => patterns[value]!);
    if (step.kind === "affine") {
      const { site } = step;
      const rows = samples * site.positions;
      const { count, reached } = pairsOf(first, parameters);
      add({ products: count * rows * site.fanIn * site.channels });
      if (site.windows !== null) add({ loops: filled(first) * rows * site.fanIn });
      if (site.bias !== null) add({ loops: filled(parameters) * rows * site.channels });
      patterns[to] = site.bias === null ? reached : either(reached, parameters);
      return;
    }
    if (step.kind === "pointwise") {
      const kept = slopeOf(first);
      const highest = filled(kept) - 1;
      const slopes = backward !== null && values[from[0]!]!.varies ? 1 : 0;
      add({
        series: elements(to) * (highest + 1 + slopes),
        loops: elements(to) * compositions(highest) * (1 + slopes),
      });
      patterns[to] = kept;
      return;
    }
    if (step.kind === "product") {
      patterns[to] = inputs.reduce((all, next) => {
        const { count, reached } = pairsOf(all, next);
        add({ loops: count * elements(to) });
        return reached;
      });
      return;
    }
    const all = inputs.reduce(either);
    const whole = step.kind === "layerNorm" || step.kind === "batchNorm";
    patterns[to] = whole ? slopeOf(either(all, step.kind === "batchNorm" ? parameters : all)) : all;
    if (step.kind !== "unchanged")
      for (const value of from) add({ loops: filled(patterns[to]!) * elements(value) });
  };
  for (const instruction of instructions) forward(instruction);
  if (backward === null) return work;

  const cotangents: (Pattern | undefined)[] = values.map(() => undefined);
  cotangents[output] = backward.cotangent;
  const once = work;
  work = NONE;
  const send = (value: number, pattern: Pattern) => {
    if (!values[value]!.varies) return;
    const known = cotangents[value];
    cotangents[value] = known === undefined ? pattern : either(known, pattern);
  };
  for (let at = instructions.length - 1; at >= 0; at--) {
    const { step, from, to } = instructions[at]!;
    const arrived = cotangents[to];
    if (arrived === undefined) continue;
    const first = patterns[from[0]!]!;
    if (step.kind === "affine") {
      const { site } = step;
      add(visitWork(site, first, arrived, backward, samples));
      if (!values[from[0]!]!.varies) continue;
      const rows = samples * site.positions;
      const { count, reached } = pairsOf(arrived, parameters);
      add({ products: count * rows * site.fanIn * site.channels });
      if (site.windows !== null) add({ loops: filled(reached) * rows * site.fanIn });
      send(from[0]!, reached);
    } else if (step.kind === "pointwise") {
      if (!values[from[0]!]!.varies) continue;
      const { count, reached } = pairsOf(arrived, slopeOf(first));
      add({ loops: count * elements(to) });
      send(from[0]!, reached);
    } else {
      // a linear map, or one whose transpose knows all lower coefficients
      const nonlinear = step.kind === "layerNorm" || step.kind === "batchNorm" || step.kind === "product";
      const back = nonlinear ? arrived.map((_, k) => arrived.slice(0, k + 1).some(Boolean)) : arrived;
      for (const value of from) {
        if (step.kind !== "unchanged") add({ loops: filled(back) * elements(value) });
        send(value, back);
      }
    }
  }
  return addWork(once, work, backward.count);
}
