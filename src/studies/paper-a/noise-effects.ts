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
function sumOfEffects(orders: readonly Float64Array[], eps: number): Float64Array {
  return orders[0]!.map((_, i) => orders.reduce((sum, order, k) => sum + eps ** k * order[i]!, 0));
}

/** Orders 2 + 3 of the effect, and what order 4 adds to a projection on them: E f minus that without noise is to be 1 + `fourth` of it. */
export function secondAndThird(
  orders: readonly Float64Array[],
  eps = 1,
): { readonly along: Float64Array; readonly fourth: number } {
  const along = sumOfEffects(orders.slice(0, 3), eps);
  let [product, square] = [0, 0];
  along.forEach((value, i) => {
    product += eps ** 3 * orders[3]![i]! * value;
    square += value ** 2;
  });
  return { along, fourth: product / square };
}
