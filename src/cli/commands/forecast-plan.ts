/**
 * What a forecast would cost, in words.
 * @module
 */
import type { ForecastCost, ForecastStage } from "../../forecast/index.js";
import { planText } from "../plan-text.js";
import { byteSize, duration } from "../terminal.js";

const flopsText = (flops: number) =>
  flops < 1e9
    ? `${(flops / 1e6).toPrecision(3)} Mflop`
    : flops < 1e12
      ? `${(flops / 1e9).toPrecision(3)} Gflop`
      : `${(flops / 1e12).toPrecision(3)} Tflop`;

function stageText({ name, what, runs, flops, seconds, atMost, bytes }: ForecastStage): string {
  if (!runs) return `${name}: none; ${what}`;
  const work = flops === null ? [] : [flopsText(flops)];
  const time = `${atMost ? "at most" : "about"} ${duration(seconds)}`;
  return `${name}: ${[...work, time, byteSize(bytes)].join(", ")}\n  ${what}`;
}

/** Kernels in full, every stage with its work, time and memory, and the sums. */
export function forecastPlanText(cost: ForecastCost, stages: readonly ForecastStage[]): string {
  const seconds = stages.reduce((sum, stage) => sum + stage.seconds, 0);
  return [
    planText(cost.train),
    planText(cost.testTrain),
    ...stages.filter(({ name }) => !name.startsWith("kernel")).map(stageText),
    `in all about ${duration(seconds)} on a calm machine${stages.some(({ atMost }) => atMost) ? ", with what may take less" : ""}; ` +
      `kernels and matrices of all samples ${byteSize(cost.bytes)} of ${byteSize(cost.memoryLimit)}${cost.fits ? "" : ": does not fit"}`,
  ].join("\n");
}
