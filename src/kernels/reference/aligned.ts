/**
 * Aligned pairs through a whole program, one by one, in the coordinates of aligned-plan.ts.
 * @module
 */
import { sineMinusArc } from "../../activations/closed/covariance.js";
import { alignedPair } from "../aligned-pairs.js";
import { type AlignedPlan, type AlignedStep, alignedPlan, biasGap, type SlotState } from "../aligned-plan.js";
import type { Tile } from "../gram.js";
import { jump, slopes } from "../kinks.js";
import { type ActivationStep, type DenseStep, readsOf } from "../program.js";
import type { SamplePass } from "../sample-pass.js";
import type { SampleSides } from "../sample-state.js";
import { eachPair, type Slot } from "./entries.js";
import { makeSlots, runStep, type TileJob } from "./run.js";

/** The samples' own values of one pair at a state. */
interface Own {
  readonly q: number;
  readonly q2: number;
  readonly theta: number;
  readonly theta2: number;
}

const ownOf = ({ rows, cols }: SampleSides, i: number, j: number): Own => ({
  q: rows.q[i]!,
  q2: cols.q[j]!,
  theta: rows.t?.[i] ?? 0,
  theta2: cols.t?.[j] ?? 0,
});

/** (s - s')^2 / 2. */
function uneven({ q, q2 }: Own): number {
  const roots = Math.sqrt(q) + Math.sqrt(q2);
  return roots === 0 ? 0 : 0.5 * ((q - q2) / roots) ** 2;
}

function turnBack({ k, d, t, g }: Slot, { q, q2, theta, theta2 }: Own): void {
  k[0] = -k[0]!;
  d[0] = q + q2 - d[0]!;
  if (t.length === 0) return;
  t[0] = -t[0]!;
  g[0] = theta + theta2 - g[0]!;
}

function dense(step: DenseStep, { from, to }: AlignedStep, own: Own, read: Slot, write: Slot): void {
  const { weight, bias, tangentK, tangentOne } = step;
  const sign = to.turned ? -1 : 1;
  const added = to.turned ? 2 : 0;
  const [k, d] = [read.k[0]!, read.d[0]!];
  if (read.t.length > 0) {
    const deficit = from.angular ? d + uneven(own) : d;
    write.t[0] = weight * read.t[0]! + tangentK * k + sign * tangentOne;
    write.g[0] = weight * read.g[0]! + tangentK * deficit + added * tangentOne;
  }
  write.k[0] = weight * k + sign * bias;
  write.d[0] = weight * d + (to.angular ? biasGap(step, to.turned, own.q, own.q2) : added * bias);
}

/** sqrt(q q') (1 - c). */
const gapOf = ({ from }: AlignedStep, own: Own, { d }: Slot) =>
  from.angular ? d[0]! : Math.max(d[0]! - uneven(own), 0);

/** The angle whose cosine is 1 - v, v in [0, 1]. */
const angleOf = (v: number) => 2 * Math.asin(Math.min(Math.sqrt(v / 2), 1));

/**
 * phi = a min(x, 0) + b max(x, 0) is m x + n |x|, m = (a + b) / 2, n = (b - a) / 2, whose covariances with each other
 * vanish: with c = cos t of the turned pair, K(-c) = -m^2 k + n^2 K_abs(c), and likewise for the tangent kernel.
 */
function piecewiseLinear(
  [a, b]: readonly [number, number],
  plan: AlignedStep,
  own: Own,
  read: Slot,
  write: Slot,
): void {
  const { q, q2, theta, theta2 } = own;
  const scale = Math.sqrt(q) * Math.sqrt(q2);
  const [line, bend] = [((a + b) / 2) ** 2, ((b - a) / 2) ** 2];
  const even = line + bend;
  const odd = (2 * bend) / Math.PI;
  const gap = gapOf(plan, own, read);
  const v = scale > 0 ? gap / scale : 1;
  const t = angleOf(v);
  const lost = scale * (scale > 0 ? sineMinusArc(t) : 0);
  const opposite = plan.from.angular ? 2 * scale : q + q2;
  const [k, d] = [read.k[0]!, read.d[0]!];
  const straight = !plan.from.turned;
  const kept = plan.to.turned;
  const deficit = straight
    ? even * d - odd * lost
    : kept
      ? bend * opposite + (line - bend) * d + odd * lost
      : line * opposite + (bend - line) * d - odd * lost;
  // E |u v| = k + 2 / pi (sin t - t cos t) s s'
  const moved = bend * k + odd * lost;
  const value = straight ? line * k + moved : kept ? line * k - moved : moved - line * k;
  if (read.t.length > 0) {
    const [before, g] = [read.t[0]!, read.g[0]!];
    const sum = theta + theta2;
    const slope = straight ? even - odd * t : kept ? line - bend + odd * t : bend - line - odd * t;
    write.t[0] = slope * before;
    write.g[0] = straight
      ? even * g + odd * t * before
      : kept
        ? bend * sum + (line - bend) * g - odd * t * before
        : line * sum + (bend - line) * g + odd * t * before;
  }
  write.k[0] = value;
  // the same gap of homogeneous layers, or with the lengths of the samples
  write.d[0] = plan.from.angular && !plan.to.angular ? deficit + even * uneven(own) : deficit;
}

function step(kind: "sign" | "heaviside", plan: AlignedStep, own: Own, read: Slot, write: Slot): void {
  const scale = Math.sqrt(own.q) * Math.sqrt(own.q2);
  const slope = kind === "sign" ? 2 / Math.PI : 1 / (2 * Math.PI);
  const near = slope * (scale > 0 ? angleOf(gapOf(plan, own, read) / scale) : Math.PI / 2);
  const far = (kind === "sign" ? 1 : 0.5) - near;
  const opposed = plan.from.turned && kind === "heaviside";
  write.k[0] = opposed ? near : far;
  write.d[0] = opposed ? far : near;
  write.t.fill(Number.NaN);
  write.g.fill(Number.NaN);
}

/** k and d of normalized samples, from their gap before. */
function normalize({ q, q2 }: Own, gap: number, { k, d }: Slot): void {
  if (q === 0 || q2 === 0) return;
  d[0] = gap / (Math.sqrt(q) * Math.sqrt(q2));
  k[0] = 1 - d[0];
}

function activation(
  layer: ActivationStep,
  plan: AlignedStep,
  own: Own,
  read: Slot,
  write: Slot,
): "done" | "ordinary" {
  if (!(plan.from.turned || plan.from.angular)) return "ordinary";
  const sides = slopes(layer.activation);
  if (sides !== null) piecewiseLinear(sides, plan, own, read, write);
  const kind = jump(layer.activation);
  if (kind !== null) step(kind, plan, own, read, write);
  return sides === null && kind === null ? "ordinary" : "done";
}

interface Found {
  readonly i: number;
  readonly j: number;
  /** number of the pair in its tile */
  readonly pair: number;
  readonly plan: AlignedPlan;
  readonly gap: number;
}

/** Runs the pairs of tiles that are aligned once more, and puts their results in place of what the tile has. */
export class AlignedRunner {
  readonly #plans: readonly [AlignedPlan | null, AlignedPlan | null];
  readonly #slots: readonly Slot[];
  readonly #found: Found[] = [];

  constructor(
    private readonly job: TileJob,
    private readonly pass: SamplePass,
  ) {
    this.#plans = [alignedPlan(job.program, pass, false), alignedPlan(job.program, pass, true)];
    this.#slots = makeSlots(job.program, 1, job.ntk);
  }

  /** Whether any pair could gain. */
  get useful(): boolean {
    return this.#plans.some((plan) => plan !== null);
  }

  /** Finds the aligned pairs of a tile by the inner products of its inputs. */
  find(tile: Tile, inner: Float64Array): void {
    const { rows, cols } = this.job;
    const inputs = this.pass.states[0]!;
    this.#found.length = 0;
    eachPair(tile, (i, j, pair) => {
      const { q, q2 } = ownOf(inputs, i, j);
      const found = alignedPair(rows, cols, i, j, q, q2, inner[pair]!);
      const plan = found === null ? null : this.#plans[found.turned ? 1 : 0];
      if (found !== null && plan !== null) this.#found.push({ i, j, pair, plan, gap: found.gap });
    });
  }

  /** Puts the results of the pairs found in place of what the tile has, and what is carried on to a next part. */
  replace(slots: readonly Slot[]): void {
    const { program, ntk } = this.job;
    const places = new Set([program.output, program.carried ?? program.output]);
    for (const { i, j, pair, plan, gap } of this.#found) {
      this.#run(plan, i, j, gap);
      for (const place of places) {
        const [to, from] = [slots[place]!, this.#slots[place]!];
        to.k[pair] = from.k[0]!;
        to.d[pair] = from.d[0]!;
        if (!ntk) continue;
        to.t[pair] = from.t[0]!;
        to.g[pair] = from.g[0]!;
      }
    }
  }

  #run(plan: AlignedPlan, i: number, j: number, gap: number): void {
    const { program, prepared } = this.job;
    const slots = this.#slots;
    const tile = { rowStart: i, rowEnd: i + 1, colStart: j, colEnd: j + 1, triangle: false };
    const prepare = ({ unfold, unturn }: Pick<AlignedStep, "unfold" | "unturn">): void => {
      const own = ({ states }: SlotState) => ownOf(states, i, j);
      for (const item of unfold) slots[item.slot]!.d[0]! += uneven(own(item));
      for (const item of unturn) turnBack(slots[item.slot]!, own(item));
    };
    program.steps.forEach((layer, at) => {
      const way = plan.steps[at]!;
      prepare(way);
      const write = slots[layer.to]!;
      if (layer.op === "input") {
        const own = ownOf(this.pass.states[at]!, i, j);
        write.k[0] = 0.5 * (own.q + own.q2) - uneven(own) - gap;
        write.d[0] = way.to.angular ? gap : gap + uneven(own);
        write.t.fill(0);
        write.g.fill(0);
      } else {
        const own = "from" in layer ? ownOf(prepared[at]!.reads[0]!, i, j) : null;
        const read = "from" in layer ? slots[layer.from]! : write;
        const done =
          layer.op === "dense"
            ? dense(layer, way, own!, read, write)
            : layer.op === "activation"
              ? activation(layer, way, own!, read, write)
              : "ordinary";
        if (done === "ordinary") {
          const parts = readsOf(layer).map((slot) => slots[slot]!);
          const gap = read.d[0]!;
          runStep(this.job, at, tile, parts, write, false);
          if (layer.op === "normalize" && way.from.angular) normalize(own!, gap, write);
        }
      }
      if (!way.plainAfter) return;
      const own = ownOf(this.pass.states[at]!, i, j);
      if (way.to.angular) write.d[0]! += uneven(own);
      turnBack(write, own);
    });
    prepare(plan.end);
  }
}
