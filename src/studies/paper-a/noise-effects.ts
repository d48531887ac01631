/**
 * What noise does to the mean outputs of the network that needs no random numbers, order by order beyond those of `noiseExpansion`.
 * @module
 */
import { momentHierarchy } from "../../dynamics/index.js";
import { portableProblem } from "./portable-network.js";

/** At one strength of noise and one time: the coefficient of eps^(k - 1) in E f - f without noise, of orders k = 1 to 4, [order][point]. */
export interface NoiseEffects {
  readonly noise: number;
  readonly time: number;
  readonly orders: readonly Float64Array[];
  /** the same of E tr hess L */
  readonly trace: readonly number[];
}

/** [noise][time]; the hierarchy has s^4 too, from order 4 on. */
export function portableNoiseEffects(noises: readonly number[], times: readonly number[]): NoiseEffects[][] {
  const hierarchy = (noise: number) => momentHierarchy({ ...portableProblem(), noise, order: 4, times });
  const quiet = hierarchy(0);
  return noises.map((noise) =>
    hierarchy(noise).map(({ outputs, hessianTrace }, at) => ({
      noise,
      time: times[at]!,
      orders: outputs.map((f, k) => f.map((value, i) => value - quiet[at]!.outputs[k]![i]!)),
      trace: hessianTrace.map((value, k) => value - quiet[at]!.hessianTrace[k]!),
    })),
  );
}

/** The effect on E f_eps: the orders together. */
export function sumOfEffects(orders: readonly Float64Array[], eps = 1): Float64Array {
  return orders[0]!.map((_, i) => orders.reduce((sum, order, k) => sum + eps ** k * order[i]!, 0));
}

/** The last order as a share of all of them, by norms: what is left by the orders beyond is taken to be no more. */
export function shareOfLast(orders: readonly Float64Array[], eps = 1): number {
  return (
    (eps ** (orders.length - 1) * Math.hypot(...orders.at(-1)!)) / Math.hypot(...sumOfEffects(orders, eps))
  );
}
