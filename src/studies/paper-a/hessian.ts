/**
 * What noise does to the curvature of the loss, and to the test error: with the leading order, and against it.
 * @module
 */
import { momentHierarchy } from "../../dynamics/index.js";
import { meanOf } from "../../numeric/statistics/index.js";
import { absolute, atLeast, atMost, type Check, type NotComputed } from "../checks.js";
import { defineStudy } from "../study.js";
import { hessianFigure } from "./hessian-figure.js";
import {
  type HessianCase,
  type HessianWalk,
  hessianProblem,
  hessianTheory,
  hessianWalk,
} from "./hessian-paths.js";

const TIMES = [0.25, 0.5, 1, 1.5, 2];
const END = 1;
/** on 4 points written by hand: noise raises tr hess L of one, and lowers that of the other against its leading order */
const RISES: HessianCase = { data: "hand", units: 4, weights: null };
const FLIPS: HessianCase = { data: "hand", units: 8, weights: 21 };
const NOISE = 0.15;
/** halves, so that the same weights extrapolate from any three neighbours */
const EPS = [1 / 16, 1 / 8, 1 / 4, 1 / 2, 1];
/** the parabola through the values at e, 2 e, 4 e, at 0 */
const TO_ZERO = [8 / 3, -2, 1 / 3];
/** of the same noise at every eps, so that the scatter over them is that of anything made from several eps */
const BATCHES = 20;
const STEP = 0.0125;
/** twice that where it is the difference from the path without noise that counts: both paths have the steps' error */
const WIDE_STEP = 2 * STEP;
/** a ratio of 1 that is not known better than this is no evidence */
const WIDEST = 0.5;

const rootMeanSquare = (values: readonly number[]) =>
  Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);

export const hessianStudy = defineStudy({
  id: "A.hessian",
  papers: ["A"],
  title: "Noise and the weight Hessian: trace, largest eigenvalue, test error",
  expected:
    "Noise changes E tr hess L only from eps^2 s^2 on, as order 3 says for small eps. In the network itself (eps = 1) later orders can turn the sign: measure before believing one. The effect shrinks with the width.",
  quick: { noises: [0.1, 0.2, 0.3], widths: [4, 16, 64], networks: 4, pairs: 1500 },
  full: { noises: [0.1, 0.2, 0.3], widths: [4, 8, 16, 32, 64, 128], networks: 20, pairs: 20_000 },
  run: async ({ noises, widths, networks, pairs }, { values, seed }) => {
    const middle: HessianCase = { data: "sine", units: 16, weights: 0 };
    const few = Math.ceil(pairs / 5);
    const base = { seed, pairs, eps: 1, spectra: 0, step: STEP };
    const each = Math.ceil((2 * pairs) / BATCHES);
    const spectra = Math.min(40, Math.ceil(pairs / 30));
    const wide = widths.flatMap((units) =>
      Array.from({ length: networks }, (_, weights): HessianCase => ({ data: "sine", units, weights })),
    );
    const inputs: HessianWalk[] = [
      // its effect is the smaller one against the scatter
      { ...base, of: RISES, noise: NOISE, times: TIMES, pairs: 4 * pairs },
      { ...base, of: FLIPS, noise: NOISE, times: TIMES },
      ...EPS.flatMap((eps) =>
        Array.from({ length: BATCHES }, (_, batch) => ({
          ...{ of: FLIPS, noise: NOISE, eps, times: [END], pairs: each, spectra: 0, step: WIDE_STEP },
          seed: BATCHES * seed + batch,
        })),
      ),
      ...noises.map((noise) => ({ ...base, of: middle, noise, times: TIMES, spectra, step: WIDE_STEP })),
      ...wide.map((of) => ({ ...base, of, noise: noises[0]!, times: [END], pairs: few })),
    ];
    const found = await values(
      {
        name: "walks",
        version: 2,
        unit: "walks",
        compute: (input: HessianWalk, { signal }) => hessianWalk(input, signal),
      },
      inputs,
    );
    const hand = found.slice(0, 2);
    const swept = 2 + EPS.length * BATCHES;
    /** effect / eps^2 of every batch */
    const batches = EPS.map((eps, e) =>
      found.slice(2 + e * BATCHES, 2 + (e + 1) * BATCHES).map((walk) => walk[0]!.trace / eps ** 2),
    );
    const over = found.slice(swept, swept + noises.length);
    const wideWalks = found.slice(swept + noises.length).map((walk) => walk[0]!);
    const [rises, flips] = [
      await hessianTheory(RISES, NOISE, TIMES),
      await hessianTheory(FLIPS, NOISE, TIMES),
    ];
    const theory = await Promise.all(noises.map((noise) => hessianTheory(middle, noise, TIMES)));
    const quietTheory = await hessianTheory(middle, 0, TIMES);
    const wideTheory = await Promise.all(wide.map((of) => hessianTheory(of, noises[0]!, [END])));
    const { testY: _, ...small } = hessianProblem(RISES);
    const hierarchy = [NOISE, 0].map((noise) => momentHierarchy({ ...small, noise, order: 4, times: TIMES }));
    /** the noise's part of the coefficient of eps^k */
    const term = (at: number, k: number) =>
      hierarchy[0]![at]!.hessianTrace[k]! - hierarchy[1]![at]!.hessianTrace[k]!;

    const [early, one] = [TIMES.indexOf(0.25), TIMES.indexOf(END)];
    const scaled = batches.map((values) => meanOf(values));
    /** at eps -> 0, from EPS[from] and the two after it */
    const extrapolated = (from: number) =>
      meanOf(
        batches[from]!.map((_, batch) =>
          TO_ZERO.reduce((sum, weight, k) => sum + weight * batches[from + k]![batch]!, 0),
        ),
      );
    const [limit, coarser] = [extrapolated(0), extrapolated(1)];
    const perWidth = widths.map((units) => {
      const own = wide.flatMap((of, at) => (of.units === units ? [at] : []));
      const misses = rootMeanSquare(own.map((at) => wideWalks[at]!.traceError));
      const raw = rootMeanSquare(own.map((at) => wideWalks[at]!.trace));
      return {
        // without what the errors of the simulation add
        simulated: Math.sqrt(Math.max(raw ** 2 - misses ** 2, misses ** 2 / 10)),
        error: misses / Math.sqrt(own.length),
        leading: rootMeanSquare(own.map((at) => wideTheory[at]![0]!.effect)),
      };
    });
    const [narrow, widest] = [perWidth[0]!, perWidth.at(-1)!];
    const checks: Check[] = [
      atMost(
        {
          id: "below",
          quantity: "4 units, all times: largest part of the noise in the coefficients of eps^0 and eps^1",
          source: "paper A: the leading effect of noise on the Hessian's trace is of order eps^2; rounding",
        },
        Math.max(...TIMES.flatMap((_, at) => [Math.abs(term(at, 0)), Math.abs(term(at, 1))])),
        1e-12,
      ),
      absolute(
        {
          id: "paths",
          quantity: "4 units, t = 1: leading effect, moment hierarchy",
          source: "order 3 of the noise expansion, another path to the same; 1e-8",
        },
        term(one, 2),
        rises[one]!.effect,
        1e-8,
      ),
      absolute(
        {
          id: "extrapolated",
          quantity: `8 units, s = ${NOISE}, t = ${END}: effect / eps^2 at eps -> 0, by a parabola through eps = ${EPS.slice(0, 3).join(", ")}, ${BATCHES * each} pairs`,
          source:
            "paper A, weight Hessian, eps^2; 4 standard errors of the batches, and the distance from the same with eps twice as large",
        },
        limit.value,
        flips[one]!.effect,
        4 * limit.error + Math.abs(limit.value - coarser.value),
      ),
      atLeast(
        {
          id: "sign.leading",
          quantity: `8 units, s = ${NOISE}, t = ${END}: leading effect of the noise on tr hess L`,
          source: "this network: its leading term raises the trace",
        },
        flips[one]!.effect,
        1e-3,
      ),
      atMost(
        {
          id: "sign.simulated",
          quantity: `the same network itself, ${BATCHES * each} pairs of paths: effect in standard errors`,
          source: "later orders turn the sign: below 0 by 4 standard errors",
        },
        scaled.at(-1)!.value / scaled.at(-1)!.error,
        -4,
      ),
      atLeast(
        {
          id: "sign.other",
          quantity: `4 units, t = 1, ${4 * pairs} pairs of paths: simulated effect in standard errors`,
          source: "here noise raises the trace, as its leading term says: above 0 by 4 standard errors",
        },
        hand[0]![one]!.trace / hand[0]![one]!.traceError,
        4,
      ),
      atMost(
        {
          id: "width",
          quantity: `sine, s = ${noises[0]}, t = ${END}: |effect|, root mean square of ${networks} networks, width ${widths.at(-1)} over width ${widths[0]}`,
          source: `order 3: as 1 / width, ${(widths[0]! / widths.at(-1)!).toPrecision(3)}; four times that for the spread of few networks, and 4 standard errors`,
        },
        widest.simulated / narrow.simulated,
        (4 * widths[0]!) / widths.at(-1)! + (4 * widest.error) / narrow.simulated,
      ),
    ];
    const notComputed: NotComputed[] = [];
    noises.forEach((noise, s) => {
      const at = over[s]![early]!;
      const name = `sine, width ${middle.units}, s = ${noise}, t = ${TIMES[early]}`;
      checks.push(
        absolute(
          {
            id: `largest.${noise}`,
            quantity: `${name}: E lambda_max over that without noise, ${spectra} paths`,
            source: "noise moves it by the order of s^2 only; 4 standard errors and s^2",
          },
          at.largest! / at.quietLargest!,
          1,
          (4 * at.largestError!) / at.quietLargest! + noise ** 2,
        ),
      );
      const added = theory[s]![early]!.test! - quietTheory[early]!.test!;
      // what orders beyond 3 add is taken to be no more than what order 3 does
      const last = Math.abs(added - (theory[s]![early]!.testTo2! - quietTheory[early]!.testTo2!));
      const tolerance = (last + 4 * at.test!.error) / Math.abs(added);
      const row = {
        id: `test.${noise}`,
        quantity: `${name}: what noise adds to the test error, over that of orders 1 to 3, ${pairs} pairs`,
      };
      if (tolerance >= WIDEST) {
        const reason = `its tolerance would be ${tolerance.toPrecision(2)}, which shows nothing: more pairs`;
        notComputed.push({ ...row, reason });
        return;
      }
      const source = `paper A, orders 1 to 3, variance to eps; ${(last / Math.abs(added)).toPrecision(2)}, the share of order 3, for those beyond, and 4 standard errors`;
      checks.push(absolute({ ...row, source }, at.test!.value / added, 1, tolerance));
    });
    const traces = over.map((walk) => walk.map(({ quietTrace, trace }) => quietTrace + trace));
    const largest = over.map((walk) => walk.map((at) => at.largest!));
    const tests = over.map((walk) => walk.map((at) => at.quietTest! + at.test!.value));
    return {
      arrays: {
        times: { data: Float64Array.from(TIMES), shape: [TIMES.length] },
        trace: { data: Float64Array.from(traces.flat()), shape: [noises.length, TIMES.length] },
        largest: { data: Float64Array.from(largest.flat()), shape: [noises.length, TIMES.length] },
        test: { data: Float64Array.from(tests.flat()), shape: [noises.length, TIMES.length] },
        handEffect: {
          data: Float64Array.from(hand.flatMap((walk) => walk.map(({ trace }) => trace))),
          shape: [2, TIMES.length],
        },
        handLeading: {
          data: Float64Array.from([...rises, ...flips].map(({ effect }) => effect)),
          shape: [2, TIMES.length],
        },
        sweep: { data: Float64Array.from(scaled.map(({ value }) => value)), shape: [EPS.length] },
        widthEffect: {
          data: Float64Array.from(perWidth.map(({ simulated }) => simulated)),
          shape: [widths.length],
        },
        widthLeading: {
          data: Float64Array.from(perWidth.map(({ leading }) => leading)),
          shape: [widths.length],
        },
      },
      checks,
      notComputed,
      notes: noises.map((noise, s) => {
        const [at, own] = [over[s]![one]!, theory[s]![one]!];
        return `Sine, width ${middle.units}, s = ${noise}, t = ${END}: noise changes tr hess L by ${at.trace.toPrecision(2)} with a standard error of ${at.traceError.toPrecision(1)}, the leading term says ${own.effect.toPrecision(2)}: at eps = 1 later orders decide.`;
      }),
      figures: [
        hessianFigure({
          ...{
            noises,
            networks,
            widths,
            spectra,
            noise: NOISE,
            end: END,
            times: TIMES,
            eps: EPS,
            over,
            hand,
          },
          ...{ traces, largest, tests, theory, scaled, perWidth, units: middle.units },
          leading: [rises, flips],
          next: TIMES.map((_, at) => term(at, 2) + term(at, 3)),
        }),
      ],
    };
  },
});
