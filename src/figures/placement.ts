/**
 * Where a label goes: the first of several places that covers least.
 * @module
 */

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** What labels keep clear of: drawn points and the boxes of labels placed before. */
export interface Obstacles {
  readonly points: readonly Point[];
  readonly boxes: readonly Box[];
}

const PAD = 3;

function holds(box: Box, point: Point): boolean {
  return (
    point.x > box.x - PAD &&
    point.x < box.x + box.width + PAD &&
    point.y > box.y - PAD &&
    point.y < box.y + box.height + PAD
  );
}

/** True when two boxes overlap. */
export function overlaps(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

function contains(outer: Box, inner: Box): boolean {
  return (
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  );
}

/** The first of the candidates with the lowest cost: leaving `within` is worst, then other labels, then covered points. */
export function placeLabel(candidates: readonly Box[], obstacles: Obstacles, within: Box): Box {
  let best = candidates[0]!;
  let bestCost = Number.POSITIVE_INFINITY;
  for (const box of candidates) {
    const cost =
      (contains(within, box) ? 0 : 1e6) +
      1e3 * obstacles.boxes.filter((other) => overlaps(box, other)).length +
      obstacles.points.filter((point) => holds(box, point)).length;
    if (cost < bestCost) {
      best = box;
      bestCost = cost;
    }
  }
  return best;
}

/** Points along a polyline at most `step` px apart, so that a long segment counts as an obstacle along its whole length. */
export function sampled(line: readonly Point[], step = 6): Point[] {
  const out: Point[] = [];
  line.forEach((point, i) => {
    const from = line[i - 1];
    if (from !== undefined) {
      const pieces = Math.min(200, Math.ceil(Math.hypot(point.x - from.x, point.y - from.y) / step));
      for (let k = 1; k < pieces; k++) {
        out.push({
          x: from.x + ((point.x - from.x) * k) / pieces,
          y: from.y + ((point.y - from.y) * k) / pieces,
        });
      }
    }
    out.push(point);
  });
  return out;
}

/**
 * Moves labels that stand in a column apart: positions nearest to `wanted` that are at least `gap` apart and inside
 * [low, high], in the order of `wanted`.
 */
export function spread(wanted: readonly number[], gap: number, low: number, high: number): number[] {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a]! - wanted[b]! || a - b);
  const out = wanted.slice();
  let previous = low - gap;
  for (const i of order) {
    out[i] = Math.max(wanted[i]!, previous + gap);
    previous = out[i]!;
  }
  let next = high + gap;
  for (const i of order.reverse()) {
    out[i] = Math.min(out[i]!, next - gap);
    next = out[i]!;
  }
  return out;
}
