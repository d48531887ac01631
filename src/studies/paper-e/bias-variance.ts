/**
 * Bias, variance and squared error against gamma, predicted and of trained networks (paper E).
 * @module
 */
import { gammaFigure } from "../../figures/index.js";
import { gammaForecast } from "../../normalization/index.js";
import { averageOf, meanOf } from "../../numeric/statistics/index.js";
import { absolute, atLeast, atMost, type Check } from "../checks.js";
import { defineStudy } from "../study.js";
import { ensembles } from "./ensembles.js";
import { CENTRED, planeProblem } from "./plane-problem.js";

const TIMES = [0, 0.5, 1, 2, 3, 4, 6];
/** t = 1, where the initialization still makes most of the variance, and not the samples of SGD */
const MIDDLE = 2;

export const biasVarianceStudy = defineStudy({
  id: "E.bias-variance",
  papers: ["E"],
  title: "No trade-off: the variance falls with gamma, the bias does not rise",
  expected:
    "To leading order the bias y - h_t is the same for every gamma and falls exponentially in time; the variance falls with gamma. The expected squared error falls with gamma at every time.",
  quick: { gammas: [0.5, 0.6, 0.7, 0.8, 0.9], units: 200, runs: 80 },
  full: { gammas: [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95], units: 1000, runs: 200 },
  run: async ({ gammas, units, runs }, context) => {
    const problem = planeProblem(CENTRED, TIMES);
    const { y } = problem;
    const forecast = await gammaForecast({ problem, units, gammas });
    const all = await ensembles(
      gammas.map((gamma) => ({
        ...{
          network: "centred",
          units,
          gamma,
          runs,
          times: TIMES,
          batch: "sgd",
          timeStep: null,
          seed: context.seed,
        },
      })),
      context,
    );
    const errors = forecast.gammas.map(({ train }) => train.errors!);
    // squared error of each run, [gamma][time][run]
    const squares = all.map(({ outputs }) =>
      outputs.map((points) =>
        Array.from({ length: runs }, (_, run) =>
          averageOf(points.slice(0, 4).map((values, i) => (values[run]! - y[i]!) ** 2)),
        ),
      ),
    );
    const measured = squares.map((at) => at.map(meanOf));
    const last = TIMES.length - 1;
    const bias = all.map(({ outputs }) =>
      averageOf(outputs[last]!.slice(0, 4).map((values, i) => (averageOf(values) - y[i]!) ** 2)),
    );
    const biases = errors.map((at) => at[last]!.bias);
    const rises = (values: readonly number[]) =>
      Math.max(...values.slice(1).map((value, g) => value / values[g]!));
    /** by how many standard errors the error rises from one gamma to another: runs have the same draws at every gamma */
    const rise = (from: number, to: number, t: number) => {
      const { value, error } = meanOf(
        squares[to]![t]!.map((square, run) => square - squares[from]![t]![run]!),
      );
      return value / error;
    };
    const source = "paper E: no bias-variance trade-off to leading order";
    const checks: Check[] = [
      ...TIMES.slice(1).map((time, t) =>
        atMost(
          {
            id: `total-${time}`,
            quantity: `largest ratio of the predicted error from a gamma to the next, t = ${time}`,
            source,
          },
          rises(errors.map((at) => at[t + 1]!.total)),
          1,
        ),
      ),
      atMost(
        {
          id: "trained",
          quantity: `largest rise of the measured error of ${runs} networks from a gamma to the next at any time, in standard errors of the difference of the same draws`,
          source: `${source}; 4 standard errors`,
        },
        Math.max(...gammas.slice(1).flatMap((_, g) => TIMES.map((_, t) => rise(g, g + 1, t)))),
        4,
      ),
      atLeast(
        {
          id: "trained.falls",
          quantity: `fall of the measured error from gamma = ${gammas[0]} to ${gammas.at(-1)}, t = ${TIMES[MIDDLE]}, in such standard errors`,
          source: `${source}; 4 standard errors`,
        },
        -rise(0, gammas.length - 1, MIDDLE),
        4,
      ),
      absolute(
        {
          id: "bias",
          quantity: `squared bias at the largest gamma over that at the smallest, t = ${TIMES[last]}, theory with its corrections`,
          source,
        },
        biases.at(-1)! / biases[0]!,
        1,
        0.1,
      ),
      ...gammas.map((gamma, g) => {
        const { value, error } = measured[g]![last]!;
        const expected = errors[g]![last]!.total;
        return absolute(
          {
            id: `${gamma}.error`,
            quantity: `gamma = ${gamma}: mean squared error of ${runs} networks over the predicted one, t = ${TIMES[last]}`,
            source: "paper E, expansion and variance; 4 standard errors, and 10 % for the next order in N",
          },
          value / expected,
          1,
          0.1 + (4 * error) / expected,
        );
      }),
    ];
    return {
      arrays: {
        gamma: { data: Float64Array.from(gammas), shape: [gammas.length] },
        times: { data: Float64Array.from(TIMES), shape: [TIMES.length] },
        error: {
          data: Float64Array.from(measured.flat(), ({ value }) => value),
          shape: [gammas.length, TIMES.length],
        },
        predicted: {
          data: Float64Array.from(errors.flat(), ({ total }) => total),
          shape: [gammas.length, TIMES.length],
        },
      },
      checks,
      notes: [
        `Measured error over the one before, t = ${TIMES[last]}: ${gammas
          .slice(1)
          .map(
            (gamma, g) =>
              `${(measured[g + 1]![last]!.value / measured[g]![last]!.value).toFixed(3)} at gamma ${gamma} (${rise(g, g + 1, last).toFixed(1)} standard errors)`,
          )
          .join(", ")}.`,
        `Squared bias of the mean of ${runs} networks at t = ${TIMES[last]}: ${gammas.map((gamma, g) => `${bias[g]!.toPrecision(3)} at gamma ${gamma}`).join(", ")}; theory ${biases.map((value) => value.toPrecision(3)).join(", ")}.`,
      ],
      figures: [
        {
          name: "bias-variance",
          caption: `N = ${units}, SGD with one sample a step. (a) The parts of the expected squared error on the training points at t = ${TIMES[last]} over gamma; (b) the error over time. Lines are theory, circles the mean of ${runs} trained networks.`,
          draw: (options) =>
            gammaFigure(
              {
                gammas,
                times: TIMES,
                errors,
                trained: measured.map((at) => at.map(({ value }) => value)),
                points: "training points",
              },
              options,
            ),
        },
      ],
    };
  },
});
