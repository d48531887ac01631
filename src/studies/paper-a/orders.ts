/**
 * How far the linear model and the orders beyond it describe a network without noise: over time, and over the width.
 * @module
 */
import { regressionProblem } from "../../data/index.js";
import { lazyExpansion, lazyFlow, sumOfTerms } from "../../dynamics/index.js";
import { type LineStyle, type Mark, panelsFigure } from "../../figures/index.js";
import { finiteModel, initialParameters } from "../../finite/index.js";
import { activationLayer, dense, input, network } from "../../network/index.js";
import { createRng } from "../../numeric/random.js";
import { logLogFit, meanOf } from "../../numeric/statistics/index.js";
import { absolute, atMost, type Check } from "../checks.js";
import { defineStudy } from "../study.js";

const ORDERS = [1, 2, 3] as const;
const STYLES: readonly LineStyle[] = [
  { colour: 1, marker: "circle" },
  { colour: 2, marker: "square", dash: "dashed" },
  { colour: 3, marker: "triangle", dash: "dotted" },
];
const TIMES = Array.from({ length: 13 }, (_, k) => 0.05 * 2 ** (k / 2));
/** the time at which errors are compared over the widths */
const SHOWN = 8;

/** Laws of the outer weights: with a third moment, and symmetric. */
const LAWS = {
  skewed: { activation: "gelu" },
  normal: { activation: "tanh" },
} as const;
type LawName = keyof typeof LAWS;
const LAW_NAMES = ["skewed", "normal"] as const;

interface Case {
  readonly law: LawName;
  readonly width: number;
  readonly network: number;
  readonly seed: number;
}

/** Root mean square distance of orders 1, 2, 3 from the network over train and test outputs, [order][time]. */
function errorsOf({ law, width, network: index, seed }: Case): number[][] {
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
  if (law === "skewed") {
    // outer weights of mean 0 and variance 1 with a third moment: sqrt 2 with probability 1/3, else -1 / sqrt 2
    const outer = rng.fork("outer");
    for (let i = 2 * width; i < parameters.length; i++) {
      parameters[i] = outer.uniform() < 1 / 3 ? Math.SQRT2 : -Math.SQRT1_2;
    }
  }
  const { train, test } = regressionProblem("sine", { train: 8, test: 5, inputs: 1, seed });
  // from outputs 0, so that all networks learn the same residuals
  const startOutputs = { train: new Float64Array(8), test: new Float64Array(5) };
  const common = {
    ...{ model, parameters, ...train, testX: test.x, startOutputs },
    ...{ times: TIMES, tolerance: 1e-9 },
  };
  const flow = lazyFlow(common);
  const expansion = lazyExpansion({ ...common, order: 3 });
  return ORDERS.map((order) =>
    TIMES.map((_, k) => {
      const sums = [
        ...sumOfTerms(expansion.start.train, expansion.train, k, 1, order),
        ...sumOfTerms(expansion.start.test!, expansion.test!, k, 1, order),
      ];
      const exact = [...flow.train[k]!, ...flow.test![k]!];
      return Math.sqrt(exact.reduce((sum, f, i) => sum + (f - sums[i]!) ** 2, 0) / exact.length);
    }),
  );
}

export const ordersStudy = defineStudy({
  id: "A.orders",
  papers: ["A"],
  title: "How long, and how wide: the linear model and the orders beyond it",
  expected:
    "Early in training every order agrees with the network; the linear model leaves it first. The root mean square error of order k over networks falls like width^(-k/2).",
  quick: { widths: [32, 96, 256], networks: 12 },
  full: { widths: [16, 32, 64, 128, 256, 512, 1024], networks: 60 },
  run: async ({ widths, networks }, { values, seed }) => {
    const cases = LAW_NAMES.flatMap((law) =>
      widths.flatMap((width) =>
        Array.from({ length: networks }, (_, index) => ({ law, width, network: index, seed })),
      ),
    );
    const found = await values({ name: "networks", version: 1, unit: "networks", compute: errorsOf }, cases);
    const at = (law: LawName, width: number) =>
      found.filter((_, i) => cases[i]!.law === law && cases[i]!.width === width);
    /** root mean square over networks, with its standard error */
    const error = (law: LawName, width: number, order: number, time: number) => {
      const squares = meanOf(at(law, width).map((errors) => errors[order - 1]![time]! ** 2));
      const value = Math.sqrt(squares.value);
      return { value, error: squares.error / (2 * value) };
    };
    const over = (law: LawName, order: number) => widths.map((width) => error(law, width, order, SHOWN));
    const widest = widths.at(-1)!;
    const checks: Check[] = LAW_NAMES.flatMap((law) => [
      ...ORDERS.map((order) => {
        const fit = logLogFit(widths, over(law, order))!;
        return absolute(
          {
            id: `${law}.${order}`,
            quantity: `${law} outer weights, ${LAWS[law].activation}, order ${order}: slope over the width of the root mean square error over ${networks} networks, t = ${TIMES[SHOWN]!.toPrecision(3)}`,
            source: `paper A: order k misses by width^(-k/2); 0.2 for the next order, and 2 standard errors (${fit.slopeError.toPrecision(2)} each)`,
          },
          fit.slope,
          -order / 2,
          0.2 + 2 * fit.slopeError,
        );
      }),
      atMost(
        {
          id: `${law}.early`,
          quantity: `${law}, width ${widest}: error of order 1 at t = ${TIMES[0]} over that at t = ${TIMES[SHOWN]!.toPrecision(3)}`,
          source: "paper A: early in training the linear model is enough",
        },
        error(law, widest, 1, 0).value / error(law, widest, 1, SHOWN).value,
        0.05,
      ),
    ]);
    const curves = ORDERS.map((order) => TIMES.map((_, k) => error("skewed", widest, order, k).value));
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
      notes: LAW_NAMES.map((law) => {
        const slopes = ORDERS.map((order) => {
          const { slope, slopeError } = logLogFit(widths, over(law, order))!;
          return `order ${order} ${slope.toFixed(2)} with a standard error of ${slopeError.toFixed(2)}`;
        });
        return `Slopes over the width, ${law} outer weights, ${networks} networks: ${slopes.join(", ")}.`;
      }),
      figures: [
        {
          name: "orders",
          caption: `Distance of orders 1 (the linear model), 2 and 3 from the trained network itself: one hidden layer, gradient flow on 8 points of a sine from outputs 0, root mean square over ${networks} networks. (a) Over training time, skewed outer weights and gelu, width ${widest}. (b) Over the width at t = ${TIMES[SHOWN]!.toPrecision(3)}; grey: width^(-1/2), width^(-1), width^(-3/2). (c) The same with normal outer weights and tanh.`,
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
                    title: `(${"bc"[p]}) ${law} outer weights, ${LAWS[law].activation}`,
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
                          y: widths.map((width) => last * (widest / width) ** (order / 2)),
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
