/**
 * The part of a network that repeats: what depth scales and phases are about.
 * @module
 */
import type { HiddenLayer } from "./layer.js";
import type { ScalarPart, ScalarStep } from "./scalar-program.js";

/** Layers that follow one another again and again, from one pre-activation to the next. */
export interface RepeatedUnit {
  /** JSON path of its first layer */
  readonly path: string;
  /** how often the network has it in a row; 1: it has one hidden layer, which is read as if it repeated */
  readonly times: number;
  /** its layers in words */
  readonly layers: readonly string[];
  readonly steps: ScalarPart;
  /** the unit as one hidden layer, where it is an activation and a dense or conv layer; else null */
  readonly hidden: HiddenLayer | null;
  /** true: it ends in the network's only other layers, read-in and readout; false: other layers come before or after */
  readonly whole: boolean;
}

/** Steps written out beyond this many are looked for inside `repeat` only. */
const MOST_STEPS = 4096;
/** Longer patterns than this many layers are written as `repeat` by whoever means them. */
const LONGEST_PERIOD = 64;

interface Item {
  readonly step: ScalarStep;
  readonly key: string;
}

function countSteps(part: ScalarPart): number {
  return part.reduce((sum, step) => sum + (step.op === "repeat" ? step.times * countSteps(step.body) : 1), 0);
}

function writtenOut(part: ScalarPart, out: Item[]): void {
  for (const step of part) {
    if (step.op !== "repeat") out.push({ step, key: step.key });
    else for (let copy = 0; copy < step.times; copy++) writtenOut(step.body, out);
  }
}

/** Pools change the number of positions and flatten ends them: neither can come again. */
const ends = ({ op }: ScalarStep) => op === "pool" || op === "flatten";
const hasWeights = (step: ScalarStep): boolean =>
  step.op === "weighted" || ("branches" in step && step.branches.some((branch) => branch.some(hasWeights)));

interface Run {
  readonly start: number;
  readonly period: number;
  /** items that go on with the period, the first one included */
  readonly length: number;
}

/** The longest stretch of items that goes on with one period; the shortest period of equally long ones. */
function longestRun(items: readonly Item[]): Run | null {
  let best: Run | null = null;
  for (let period = 1; period <= Math.min(LONGEST_PERIOD, items.length >> 1); period++) {
    let start = 0;
    for (let i = 0; i <= items.length - period; i++) {
      const goesOn =
        i + period < items.length &&
        items[i]!.key === items[i + period]!.key &&
        !ends(items[i]!.step) &&
        !ends(items[i + period]!.step);
      if (goesOn) continue;
      const length = i - start + period;
      const unit = items.slice(start, start + period).map(({ step }) => step);
      const fits = length >= 2 * period && unit.some(({ nonlinear }) => nonlinear) && unit.some(hasWeights);
      if (fits && length > (best?.length ?? 0)) best = { start, period, length };
      start = i + 1;
    }
  }
  return best;
}

function hiddenLayerOf(steps: ScalarPart): HiddenLayer | null {
  const [first, second] = steps;
  if (steps.length !== 2 || first?.op !== "activation" || second?.op !== "weighted") return null;
  return { activation: first.activation, weightVariance: second.weight, biasVariance: second.bias };
}

function unitAt(items: readonly Item[], { start, period, length }: Run): RepeatedUnit | string {
  // a unit begins where its units are Gaussian: at a pre-activation, or before a residual block
  let cut = start;
  while (cut < start + period && !(items[cut]!.step.gaussian && items[cut]!.step.nonlinear)) cut++;
  if (cut === start + period) {
    cut = start;
    while (cut < start + period && !items[cut]!.step.gaussian) cut++;
  }
  if (cut === start + period) return "the units are Gaussian nowhere in the part that repeats";
  const steps = Array.from({ length: period }, (_, i) => items[start + ((cut - start + i) % period)]!.step);
  const rest = [...items.slice(0, start), ...items.slice(start + length)].map(({ step }) => step);
  return {
    path: items[cut]!.step.path,
    times: Math.floor(length / period),
    layers: steps.map(({ label }) => label),
    steps,
    hidden: hiddenLayerOf(steps),
    whole: rest.every((step) => !step.nonlinear || step.op === "activation"),
  };
}

/** The only hidden layer of a network of one, or its last one where all differ: with the variances of its own weights. */
function lastHidden(items: readonly Item[]): RepeatedUnit | string {
  if (items.some(({ step }) => "branches" in step || step.op === "normalize" || step.op === "dropout")) {
    return "no layers of the network repeat: there is no map to be at a fixed point of";
  }
  for (let i = items.length - 1; i > 0; i--) {
    const [weighted, activation] = [items[i - 1]!.step, items[i]!.step];
    if (weighted.op !== "weighted" || activation.op !== "activation") continue;
    const steps = [activation, weighted];
    return {
      path: weighted.path,
      times: 1,
      layers: steps.map(({ label }) => label),
      steps,
      hidden: hiddenLayerOf(steps),
      whole: items.filter(({ step }) => step.nonlinear).length === 1,
    };
  }
  return "the network has no activation behind a layer with weights";
}

/**
 * The part that repeats, on the main path: the longest row of equal layers (`repeat` written out; widths do not
 * matter), cut at a pre-activation. A network of dense or conv layers and activations without any repetition is read by
 * its last hidden layer. Otherwise the reason why there is none.
 */
export function repeatedUnit(part: ScalarPart): RepeatedUnit | string {
  if (countSteps(part) > MOST_STEPS) {
    const repeats = part.filter((step) => step.op === "repeat");
    const longest = repeats.sort((a, b) => b.times * countSteps(b.body) - a.times * countSteps(a.body))[0];
    if (longest === undefined)
      return `the network has more than ${MOST_STEPS} layers; write what repeats as repeat`;
    const inner: Item[] = [];
    // one copy more than needed on both sides shows where to cut
    for (let copy = 0; copy < 3; copy++) writtenOut(longest.body, inner);
    const run = longestRun(inner);
    const unit =
      run === null ? "nothing in the longest repeat has weights and an activation" : unitAt(inner, run);
    if (typeof unit === "string") return unit;
    return { ...unit, times: Math.round((longest.times * countSteps(longest.body)) / unit.steps.length) };
  }
  const items: Item[] = [];
  writtenOut(part, items);
  const run = longestRun(items);
  return run === null ? lastHidden(items) : unitAt(items, run);
}
