/**
 * How far the linear model and the orders beyond it describe a network without noise: over time, and over the width.
 *
 * What order k leaves is led by its next term. With f = N^(-1/2) sum over units a phi(w x + b), a unit's weights move by N^(-1/2)
 * times its own gradient, so that every term of the expansion is
 *
 *   term_{k+1} = N^(-(k+2)/2) sum over units q_k(a, w, b):
 *
 * its mean over networks is of order N^(-k/2), its fluctuations around the mean of order N^(-(k+1)/2). q_k has the parity of k in the
 * outer weight a, since w moves by odd and a by even powers of a: for outer weights symmetric about 0 the mean vanishes for odd k, and
 * order 1 misses by 1 / N instead of N^(-1/2). Outer weights with a mean, as paper E's code draws them, have every mean.
 * Training starts from outputs 0 in either case, so that all networks learn the same residuals.
 * @module
 */
import { regressionProblem } from "../../data/index.js";
import { lazyExpansion, lazyFlow, sumOfTerms } from "../../dynamics/index.js";
import { type LineStyle, type Mark, panelsFigure } from "../../figures/index.js";
import { finiteModel, initialParameters } from "../../finite/index.js";
import { activationLayer, dense, input, network } from "../../network/index.js";
import { createRng } from "../../numeric/random.js";
import { type Estimate, logLogFit, meanOf } from "../../numeric/statistics/index.js";
import { absolute, atLeast, atMost, type Check, type NotComputed } from "../checks.js";
import { defineStudy } from "../study.js";

const ORDERS = [1, 2, 3] as const;
/** computed beside them, for what order 3 misses is led by it */
const NEXT = 4;
/** slopes of neighbouring orders differ by this: one that is not known better tells no order from the next */
const APART = 0.5;
const STYLES: readonly LineStyle[] = [
  { colour: 1, marker: "circle" },
  { colour: 2, marker: "square", dash: "dashed" },
  { colour: 3, marker: "triangle", dash: "dotted" },
];
const TIMES = Array.from({ length: 13 }, (_, k) => 0.05 * 2 ** (k / 2));
/** the time at which errors are compared over the widths */
const SHOWN = 8;

/** Laws of the outer weights, both of second moment 1: uniform on (0, sqrt 3), and normal. */
const LAWS = {
  positive: { activation: "gelu" },
  normal: { activation: "tanh" },
} as const;
type LawName = keyof typeof LAWS;
const LAW_NAMES = ["positive", "normal"] as const;

interface Case {
  readonly law: LawName;
  readonly width: number;
  readonly network: number;
  readonly seed: number;
}

/** What orders 1 to 4 leave of the network at train and test inputs, [order][time][point]. */
function errorsOf({ law, width, network: index, seed }: Case): number[][][] {
  const model = finiteModel(
    network(
      input([1]),
      dense(width, { weightVariance: 1, biasVariance: 1 }),
      activationLayer(LAWS[law].activation),
      dense(1, { weightVariance: 1 }),
    ),
  );
  const rng = createRng(seed).fork(`${law}, width ${width}`, index);
  const parameters = initialParameters(model, { seed: rng });
  if (law === "positive") {
    const outer = rng.fork("outer");
    for (let i = 2 * width; i < parameters.length; i++) parameters[i] = Math.sqrt(3) * outer.uniform();
  }
  const { train, test } = regressionProblem("sine", { train: 8, test: 5, inputs: 1, seed });
  // from outputs 0, so that all networks learn the same residuals
  const startOutputs = { train: new Float64Array(8), test: new Float64Array(5) };
  const common = {
    ...{ model, parameters, ...train, testX: test.x, startOutputs },
    ...{ times: TIMES, tolerance: 1e-9 },
  };
  const flow = lazyFlow(common);
  const expansion = lazyExpansion({ ...common, order: NEXT });
  return [...ORDERS, NEXT].map((order) =>
    TIMES.map((_, k) => {
      const sums = [
        ...sumOfTerms(expansion.start.train, expansion.train, k, 1, order),
        ...sumOfTerms(expansion.start.test!, expansion.test!, k, 1, order),
      ];
      const exact = [...flow.train[k]!, ...flow.test![k]!];
      return exact.map((f, i) => f - sums[i]!);
    }),
  );
}

export const ordersStudy = defineStudy({
  id: "A.orders",
  papers: ["A"],
  title: "How long, and how wide: the linear model and the orders beyond it",
  expected:
    "Early in training every order agrees with the network; the linear model leaves it first. The mean over networks of what order k misses falls like width^(-k/2), its fluctuations like width^(-(k+1)/2). With outer weights symmetric about 0 the mean of order 1 vanishes: it misses by 1 / width only.",
  quick: { widths: [48, 192, 768], networks: 20 },
  full: { widths: [32, 64, 128, 256, 512, 1024], networks: 60 },
  run: async ({ widths, networks }, { values, seed }) => {
    const cases = LAW_NAMES.flatMap((law) =>
      widths.flatMap((width) =>
        Array.from({ length: networks }, (_, index) => ({ law, width, network: index, seed })),
      ),
    );
    const found = await values({ name: "networks", version: 3, unit: "networks", compute: errorsOf }, cases);
    const at = (law: LawName, width: number, order: number, time: number) =>
      found
        .filter((_, i) => cases[i]!.law === law && cases[i]!.width === width)
        .map((errors) => errors[order - 1]![time]!);
    const meanSquare = (values: readonly number[]) =>
      values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
    const rootOf = ({ value, error }: Estimate): Estimate => ({
      value: Math.sqrt(value),
      error: error / (2 * Math.sqrt(value)),
    });
    /** root mean square over networks and points */
    const error = (law: LawName, width: number, order: number, time: number) =>
      rootOf(meanOf(at(law, width, order, time).map(meanSquare)));
    /** size of the mean over networks, and of the fluctuations around it; the mean's error is that of its own direction */
    const partsOf = (law: LawName, width: number, order: number) => {
      const all = at(law, width, order, SHOWN);
      const mean = all[0]!.map((_, i) => all.reduce((sum, values) => sum + values[i]!, 0) / all.length);
      const size = Math.sqrt(meanSquare(mean));
      const along = meanOf(
        all.map((values) => values.reduce((sum, value, i) => sum + value * mean[i]!, 0) / mean.length / size),
      );
      const around = meanOf(all.map((values) => meanSquare(values.map((value, i) => value - mean[i]!))));
      const unbiased = all.length / (all.length - 1);
      return {
        mean: { value: size, error: along.error },
        fluctuation: rootOf({ value: around.value * unbiased, error: around.error * unbiased }),
      };
    };
    const over = (law: LawName, order: number) => widths.map((width) => error(law, width, order, SHOWN));
    const widest = widths.at(-1)!;
    const when = `t = ${TIMES[SHOWN]!.toPrecision(3)}`;
    /** log of the size of each network's fluctuation */
    const logs = (law: LawName, width: number, order: number) => {
      const all = at(law, width, order, SHOWN);
      const mean = all[0]!.map((_, i) => all.reduce((sum, values) => sum + values[i]!, 0) / all.length);
      return all.map((values) => Math.log(meanSquare(values.map((value, i) => value - mean[i]!))) / 2);
    };
    const expOf = ({ value, error }: Estimate): Estimate => ({
      value: Math.exp(value),
      error: Math.exp(value) * error,
    });
    /** geometric mean over networks: single networks weigh much in a root mean square, whose standard error then says little */
    const typical = (law: LawName, width: number, order: number) => expOf(meanOf(logs(law, width, order)));
    /** the same of what order k leaves over what order k - 1 does, network by network: what makes both large drops out */
    const gain = (law: LawName, width: number, order: number) => {
      const before = logs(law, width, order - 1);
      return expOf(meanOf(logs(law, width, order).map((value, i) => value - before[i]!)));
    };
    const slopeOf = (of: (width: number) => Estimate) => logLogFit(widths, widths.map(of))!;
    /** the mean of what order 1 misses, in units of what its fluctuations leave of a mean over so many networks */
    const seen = (law: LawName) => {
      const { mean, fluctuation } = partsOf(law, widest, 1);
      return (mean.value * Math.sqrt(networks)) / fluctuation.value;
    };
    /**
     * How far the next order can turn a slope. What order k misses is term k + 1 and what order k + 1 misses; at the narrowest width
     * the latter is a share r of the former, so that the term alone lies between 1 - r and 1 + r times the whole, and at the widest
     * nearly nothing is left of it.
     */
    const nextOrder = (law: LawName, order: number, part: "mean" | "fluctuation") => {
      const size = (k: number) => partsOf(law, widths[0]!, k)[part].value;
      return -Math.log1p(-Math.min(size(order + 1) / size(order), 0.5)) / Math.log(widest / widths[0]!);
    };
    const notComputed: NotComputed[] = [];
    const slope = (
      law: LawName,
      order: number,
      { what, source, expected, next }: { what: string; source: string; expected: number; next: number },
      of: (width: number) => Estimate,
    ) => {
      const fit = slopeOf(of);
      const tolerance = next + 4 * fit.slopeError;
      const row = {
        id: `${law}.${order}`,
        quantity: `${law} outer weights, ${LAWS[law].activation}, ${networks} networks, ${when}: slope over the width of ${what}`,
      };
      if (tolerance >= APART) {
        const reason = `its tolerance would be ${tolerance.toPrecision(2)}, as much as orders are apart: more networks or wider ones`;
        notComputed.push({ ...row, reason });
        return [];
      }
      const parts = `${next.toPrecision(2)} for the next order, and 4 standard errors (${fit.slopeError.toPrecision(2)} each)`;
      return [absolute({ ...row, source: `${source}; ${parts}` }, fit.slope, expected, tolerance)];
    };
    const meanSlope = (order: number) =>
      slope(
        "positive",
        order,
        {
          what: `the mean error of order ${order}`,
          source: "paper A: width^(-k/2)",
          expected: -order / 2,
          next: nextOrder("positive", order, "mean"),
        },
        (width) => partsOf("positive", width, order).mean,
      );
    const gainSlope = (order: number) =>
      slope(
        "normal",
        order,
        {
          what: `the fluctuations of order ${order} over those of order ${order - 1}, geometric mean over networks`,
          source: "width^(-(k+1)/2) over width^(-k/2)",
          expected: -1 / 2,
          next: nextOrder("normal", order, "fluctuation") + nextOrder("normal", order - 1, "fluctuation"),
        },
        (width) => gain("normal", width, order),
      );
    const checks: Check[] = [
      ...ORDERS.flatMap(meanSlope),
      ...slope(
        "normal",
        1,
        {
          what: "the fluctuations of order 1, geometric mean over networks",
          source: "width^(-(k+1)/2)",
          expected: -1,
          next: nextOrder("normal", 1, "fluctuation"),
        },
        (width) => typical("normal", width, 1),
      ),
      ...ORDERS.slice(1).flatMap(gainSlope),
      atLeast(
        {
          id: "positive.mean",
          quantity: `positive outer weights, width ${widest}, order 1: mean error over what fluctuations would leave of it`,
          source: "paper A: a mean of order width^(-1/2) with outer weights that have one; 4 standard errors",
        },
        seen("positive"),
        4,
      ),
      atMost(
        {
          id: "normal.mean",
          quantity: `normal outer weights, width ${widest}, order 1: the same`,
          source: "odd in the outer weights: none to this order; 4 standard errors",
        },
        seen("normal"),
        4,
      ),
      ...LAW_NAMES.map((law) =>
        atMost(
          {
            id: `${law}.early`,
            quantity: `${law}, width ${widest}: error of order 1 at t = ${TIMES[0]} over that at ${when}`,
            source: "paper A: early in training the linear model is enough",
          },
          error(law, widest, 1, 0).value / error(law, widest, 1, SHOWN).value,
          0.05,
        ),
      ),
    ];
    const curves = ORDERS.map((order) => TIMES.map((_, k) => error("positive", widest, order, k).value));
    const extent = (all: readonly number[]) =>
      [
        10 ** Math.floor(Math.log10(Math.min(...all))),
        10 ** Math.ceil(Math.log10(Math.max(...all))),
      ] as const;
    return {
      arrays: {
        times: { data: Float64Array.from(TIMES), shape: [TIMES.length] },
        widths: { data: Float64Array.from(widths), shape: [widths.length] },
        error: {
          data: Float64Array.from(
            LAW_NAMES.flatMap((law) =>
              widths.flatMap((width) =>
                ORDERS.flatMap((order) => TIMES.map((_, k) => error(law, width, order, k).value)),
              ),
            ),
          ),
          shape: [LAW_NAMES.length, widths.length, ORDERS.length, TIMES.length],
        },
      },
      checks,
      notComputed,
      notes: LAW_NAMES.map((law) => {
        const slopes = ORDERS.map((order) => {
          const { slope, slopeError } = logLogFit(widths, over(law, order))!;
          return `order ${order} ${slope.toFixed(2)} with a standard error of ${slopeError.toFixed(2)}`;
        });
        return `Slopes over the width of the root mean square error, mean and fluctuations together, ${law} outer weights, ${networks} networks: ${slopes.join(", ")}.`;
      }),
      figures: [
        {
          name: "orders",
          caption: `Distance of orders 1 (the linear model), 2 and 3 from the trained network itself: one hidden layer, gradient flow on 8 points of a sine from outputs 0, root mean square over ${networks} networks. (a) Over training time, outer weights of U(0, sqrt 3) and gelu, width ${widest}. (b) Over the width at ${when}; grey: width^(-1/2), width^(-1), width^(-3/2), the laws of the mean errors. (c) The same with normal outer weights and tanh; grey: width^(-1), width^(-3/2), width^(-2), the laws of the fluctuations.`,
          draw: (options) =>
            panelsFigure(
              {
                title: "Error of the linear model and of orders 2 and 3",
                description: `Error of orders 1 to 3 over time and over the widths ${widths.join(", ")}.`,
                legend: [
                  ...ORDERS.map((order, i) => ({
                    kind: "line" as const,
                    label: `order ${order}`,
                    style: STYLES[i]!,
                  })),
                  { kind: "line", label: "power laws", style: { colour: "quiet", width: 1.2 } },
                ],
                columns: 3,
                panels: [
                  {
                    title: `(a) Over time, width ${widest}`,
                    x: {
                      title: "time, learning rate × steps",
                      kind: "log",
                      domain: [TIMES[0]!, TIMES.at(-1)!],
                    },
                    y: { title: "error of the outputs", kind: "log", domain: extent(curves.flat()) },
                    marks: curves.map((y, i): Mark => ({ kind: "line", x: TIMES, y, style: STYLES[i]! })),
                  },
                  ...LAW_NAMES.map((law, p) => ({
                    title: `(${"bc"[p]}) ${law[0]!.toUpperCase()}${law.slice(1)} outer weights, ${LAWS[law].activation}`,
                    x: { title: "width", kind: "log" as const, domain: [widths[0]!, widest] as const },
                    y: {
                      title: "error of the outputs",
                      kind: "log" as const,
                      domain: extent(ORDERS.flatMap((order) => over(law, order).map(({ value }) => value))),
                    },
                    marks: [
                      ...ORDERS.map((order): Mark => {
                        const last = over(law, order).at(-1)!.value;
                        return {
                          kind: "line",
                          x: widths,
                          y: widths.map(
                            (width) => last * (widest / width) ** ((order + (law === "normal" ? 1 : 0)) / 2),
                          ),
                          style: { colour: "quiet", width: 1.2 },
                        };
                      }),
                      ...ORDERS.map(
                        (order, i): Mark => ({
                          kind: "line",
                          x: widths,
                          y: over(law, order).map(({ value }) => value),
                          style: STYLES[i]!,
                        }),
                      ),
                    ],
                  })),
                ],
              },
              options,
            ),
        },
      ],
    };
  },
});
