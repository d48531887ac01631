/**
 * What the predicted curves must show.
 * @module
 */
import { absolute, atLeast, type Check } from "../checks.js";
import type { PredictedOutcome } from "./predicted-results.js";

/** What networks of a few hundred units are off by beyond their spread, in units of I(L; Y). */
const FINITE_WIDTH = 0.05;

/** The share mu / I at T0. */
const shareAtEnd = ({ predicted: { mean, end } }: PredictedOutcome) =>
  end === null ? Number.NaN : mean.explained.value[end]! / mean.network.value[end]!;

export function predictedChecks(outcomes: readonly PredictedOutcome[]): Check[] {
  const checks: Check[] = [];
  for (const one of outcomes) {
    const { task, id, phase, predicted } = one;
    const { mean, information, retention } = predicted;
    checks.push(
      atLeast(
        {
          id: `first.${id}.${phase}`,
          quantity: `${task}, ${phase}: mu / I(F; Y) of the mean output at T0`,
          source: "paper C, conjecture 1: until T0 the linear model explains the network; most of it here",
        },
        shareAtEnd(one),
        0.75,
      ),
    );
    // beyond its error over test samples
    const best = Math.max(...mean.network.value.map((value, t) => value - 2 * mean.network.error[t]!));
    checks.push(
      atLeast(
        {
          id: `more.${id}.${phase}`,
          quantity: `${task}, ${phase}: largest I(F; Y) less two standard errors over I(L; Y)`,
          source: "paper C: after T0 the network learns more than the linear model knows",
        },
        best / information,
        1,
      ),
    );
    // on few samples of the sinusoid the network later over-fits, and less than L's information is left of it: notes have the share
    if (id === "images") {
      checks.push(
        atLeast(
          {
            id: `retention.${id}.${phase}`,
            quantity: `${task}, ${phase}: least mu / I(L; Y) after T0`,
            source: "paper C, conjecture 1: what was learned first is retained",
          },
          retention ?? Number.NaN,
          0.85,
        ),
      );
    }
    const { trained } = one;
    if (trained !== null) {
      const at = trained.steps.length - 1;
      const t = predicted.steps.indexOf(trained.steps[at]!);
      for (const name of ["network", "explained"] as const) {
        const spread = predicted.single[name];
        // 80 % of a Gaussian lie within 1.28 deviations
        const deviation = (spread.high[t]! - spread.low[t]!) / 2.56;
        const error = Math.hypot(trained[name].error[at]!, deviation);
        checks.push(
          absolute(
            {
              id: `trained.${id}.${phase}.${name}`,
              quantity: `${task}, ${phase}: ${name === "network" ? "I(F; Y)" : "mu"} of trained networks at step ${trained.steps[at]}, expected that of predicted single networks, bits`,
              source: "wide networks follow their kernel: papers B and C in one",
            },
            trained[name].mean[at]!,
            spread.median[t]!,
            4 * error + FINITE_WIDTH * information,
          ),
        );
      }
    }
  }
  const of = (phase: string) => outcomes.find((one) => one.id === "sinusoid" && one.phase === phase)!;
  checks.push(
    atLeast(
      {
        id: "linear-kernel",
        quantity: "sinusoid: mu / I(F; Y) at T0, ordered less chaotic",
        source: "kernels dominated by linear functions give mu = I(F; Y)",
      },
      shareAtEnd(of("ordered")) - shareAtEnd(of("chaotic")),
      0,
    ),
  );
  return checks;
}
