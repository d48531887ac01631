/**
 * Where noise is too large for the numbers that a forecast gives of it.
 * @module
 */
import { numberText } from "../figures/index.js";
import type { Advice, ReportNoise } from "../report/index.js";

/**
 * s sqrt(t), what noise has added to a weight whose size at the start is 1, and the variance of the linear model over that of networks with
 * one hidden tanh layer trained under that noise, the same at 64 and 256 units and at t = 2 and 10 within the range given.
 */
const MEASURED = [
  { size: 0.3, excess: "1.1 to 1.2" },
  { size: 0.5, excess: "1.3 to 1.4" },
  { size: 1, excess: "2" },
  { size: 2, excess: "3 to 4" },
] as const;

/**
 * One line where the noise of a run is not small: spread and shift are those of small noise.
 * @param time learning rate x steps at the end of the curves
 */
export function noiseAdvice(noise: ReportNoise | null, time: number): Advice[] {
  if (noise === null || (noise.spread.found === null && noise.shift.found === null)) return [];
  const size = noise.noise * Math.sqrt(time);
  if (!(size >= MEASURED[0].size)) return [];
  const nearest = MEASURED.reduce((best, row) =>
    Math.abs(Math.log(row.size / size)) < Math.abs(Math.log(best.size / size)) ? row : best,
  );
  const until = (MEASURED[0].size / noise.noise) ** 2;
  return [
    {
      text:
        `Noise adds s sqrt(t) = ${numberText(size)} to every weight by the end (s = ${numberText(noise.noise)}, t = learning rate x steps = ${numberText(time)}), which is not small against its size 1 at the start: ` +
        `what is forecast of the noise is of the order s^2, and too large. In networks with one hidden tanh layer of 64 and 256 units the variance was ${nearest.excess} times smaller at s sqrt(t) = ${nearest.size}. ` +
        `More units do not help: noise multiplies the variance of a unit's pre-activation by 1 + s^2 t, however many units there are. ` +
        `It holds up to about t = ${numberText(until)}; \`foretrain evolve --simulate\` trains networks under the noise.`,
      gain: null,
    },
  ];
}
