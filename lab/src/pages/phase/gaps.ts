/**
 * Why a figure of the page has gaps, or nothing at all: what is infinite or 0, and from where on.
 * @module
 */
import { numberText } from "foretrain";
import type { DepthReading, MapsReading } from "./operations.js";

/** Of the two maps. */
export function mapGaps({ length, correlation, correlationAt }: Omit<MapsReading, "input">): string[] {
  const gaps: string[] = [];
  const first = length.next.indexOf(Number.POSITIVE_INFINITY);
  if (first >= 0) {
    const { [first]: q = 0, [first - 1]: before = 0 } = length.q;
    gaps.push(
      `The length map is infinite from a variance between ${numberText(before)} and ${numberText(q)} on: nothing is drawn there.`,
    );
  }
  if (correlation === null) {
    const { q, next } = correlationAt;
    const ends = next === Number.POSITIVE_INFINITY ? "infinite" : numberText(next);
    gaps.push(
      `There is no correlation map at q = ${numberText(q)}: the variance after one more layer is ${ends}.`,
    );
  }
  return gaps;
}

/** Of the variance and the correlations layer by layer. */
export function depthGaps({ signal: { q } }: Pick<DepthReading, "signal">): string[] {
  const infinite = q.indexOf(Number.POSITIVE_INFINITY);
  if (infinite >= 0)
    return [`From layer ${infinite} on the variance is infinite, and there is no correlation.`];
  const dead = q.indexOf(0);
  return dead < 0 ? [] : [`From layer ${dead} on the variance is 0, and there is no correlation.`];
}
