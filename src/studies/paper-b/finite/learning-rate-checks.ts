/**
 * What the largest learning rates must show.
 * @module
 */
import { averageOf } from "../../../numeric/statistics/index.js";
import { atMost, type Check, relative } from "../../checks.js";
import { RATE_CASES, type RateResults } from "./learning-rate-cases.js";

/** Networks that stay finite far above 2 / lambda_max do so by leaving the linear dynamics: lambda_max falls below this share. */
const LEFT = 0.5;

export function rateChecks({ factors, rates }: RateResults): Check[] {
  const source = "paper B, maximal learning rates";
  const networks = rates.flat(2);
  const low = factors.filter((factor) => factor <= 0.5);
  const top = Math.max(...factors);
  const runs = networks.flatMap((network) => network.runs);
  const checks: Check[] = [
    atMost(
      {
        id: "below",
        quantity: `runs at c <= ${Math.max(...low)} whose loss was ever above its start, of ${low.length * networks.length}`,
        source: `${source}: descent converges for c < 1`,
      },
      runs.filter(({ factor, peak }) => factor <= 0.5 && !(peak <= 1)).length,
      0,
    ),
    atMost(
      {
        id: "above.loss",
        quantity: `runs at c = ${top} in which no step raised the loss, of ${networks.length}`,
        source: `${source}: it does not for c > 1`,
      },
      runs.filter(({ factor, rose }) => factor === top && !rose).length,
      0,
    ),
    atMost(
      {
        id: "above.lazy",
        quantity: `runs at c = ${top} that neither diverge nor lose half of lambda_max, of ${networks.length}`,
        source: `${source}: linear dynamics diverge for c > 1`,
      },
      runs.filter(({ factor, curvature }) => factor === top && curvature !== null && curvature > LEFT).length,
      0,
    ),
    relative(
      {
        id: "threshold.own",
        // while it trains, a network of this width moves its lambda_max by some percent either way
        quantity: `rate at which a step first raises the loss over 2 / lambda_max of the network itself, mean over ${networks.length} networks`,
        source: "descent on a quadratic: c = 1; lambda_max of networks moves while they train",
      },
      averageOf(networks.map(({ threshold, own }) => threshold / own)),
      1,
      0.15,
    ),
  ];
  RATE_CASES.forEach(({ architecture, phase, id }, c) => {
    checks.push(
      relative(
        {
          id: `threshold.${id}`,
          quantity: `${architecture}, ${phase}: the same over 2 / lambda_max at infinite width, mean over depths and networks`,
          source: `${source}: c = 1; lambda_max at these widths is 10 to 30 % off its limit`,
        },
        averageOf(rates[c]!.flat().map(({ threshold }) => threshold)),
        1,
        0.35,
      ),
    );
  });
  return checks;
}
