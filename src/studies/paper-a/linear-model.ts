/**
 * When the linear model parts from the network: over time, over the width, and with noise.
 *
 * With normal outer weights the second-order term (1/2) w^T H w is odd in them: its mean over networks vanishes, its fluctuations are of
 * order 1 / width at every depth, and so is the mean of the third-order term. Orders 1 and 2 then miss by 1 / width, order 3 by its
 * square; outer weights with a mean have the paper's width^(-k/2) (study A.orders). For relu the kinks count too: with preactivations
 * that move by width^(-1/2), width^(1/2) units change sides, each adds width^(-1) with a random sign: width^(-3/4), beside 1 / width of
 * all the others.
 *
 * Noise moves every weight by s sqrt(t), whatever the width: (1/2) w^T H w is then s^2 t times a number that no width makes small.
 * @module
 */
import { ForetrainError } from "../../errors.js";
import { type Estimate, logLogFit, meanOf } from "../../numeric/statistics/index.js";
import { absolute, atLeast, atMost, type Check } from "../checks.js";
import { defineStudy } from "../study.js";
import { linearModelFigures } from "./linear-model-figures.js";
import { ACTIVATIONS, type Activation, DEPTHS, type Found, SHOWN, typical } from "./linear-model-found.js";
import { firstStepLaw, ordersOf, type PartingCase, partingOf, STEP, TIMES } from "./linear-model-paths.js";

/** steps of the time slopes: the first and the third time */
const EARLY = [0, 2] as const;
/** of the networks of the law of one step */
const LAW_WIDTH = 200;

/** The mean over networks of the log of how much larger the second error is than the first one, of the same networks. */
const gain = (small: readonly number[], large: readonly number[]): Estimate =>
  meanOf(large.map((value, i) => Math.log(value / small[i]!)));

type FirstSteps = Omit<PartingCase, "network"> & { readonly noise: number; readonly networks: number };

/** Mean over networks of the square of the error after one step. */
async function firstSquares(
  { noise, networks, ...one }: FirstSteps,
  { signal }: { readonly signal?: AbortSignal | undefined },
): Promise<Estimate> {
  const squares: number[] = [];
  for (let index = 0; index < networks; index++) {
    const [at] = await partingOf({ ...one, network: index, noises: [noise] }, { signal, steps: [1] });
    squares.push(at![0]!);
  }
  return meanOf(squares);
}

/**
 * Slopes are over two widths or more, and every width has its number of networks.
 * @throws ERR_USAGE naming the list
 */
function requireLists(lists: {
  readonly widths: readonly number[];
  readonly networks: readonly number[];
  readonly firstNetworks: readonly number[];
  readonly noisyWidths: readonly number[];
  readonly orderWidths: readonly number[];
}): void {
  const { widths, networks, firstNetworks, noisyWidths, orderWidths } = lists;
  const refuse = (name: string, got: readonly number[] | string, expected: string): never => {
    throw new ForetrainError(
      "ERR_USAGE",
      `A.linear-model: ${name} is ${JSON.stringify(got)}, expected ${expected}`,
      { argument: name, got, expected },
    );
  };
  for (const [name, list] of Object.entries({ networks, firstNetworks })) {
    if (list.length !== widths.length) {
      refuse(name, list, `${widths.length} numbers, one for each of the widths ${widths.join(", ")}`);
    }
  }
  if (firstNetworks.slice(1).some((count) => count < 2)) {
    refuse("firstNetworks", firstNetworks, "at least 2 for each width but the first");
  }
  for (const [name, list] of Object.entries({ noisyUpTo: noisyWidths, ordersUpTo: orderWidths })) {
    if (list.length < 2)
      refuse(name, `at widths ${list.join(", ") || "none"}`, "at least two widths up to it");
  }
}

export const linearModelStudy = defineStudy({
  id: "A.linear-model",
  papers: ["A"],
  title: "When the linear model parts from the network",
  expected:
    "Early in training the linear model is the network; it leaves it later, for tanh and relu, at one to three hidden layers. Its error falls with the width, like 1 / width where outer weights have no mean. Noise makes it leave earlier, by s^2 t, and there a larger width does not help.",
  quick: {
    widths: [5, 10, 50, 100, 500],
    networks: [32, 32, 28, 16, 6],
    firstNetworks: [0, 400, 240, 120, 32],
    noises: [0.05, 0.2],
    noisyUpTo: 100,
    ordersUpTo: 50,
    firstSteps: 1000,
  },
  full: {
    widths: [5, 10, 50, 100, 500, 1000],
    networks: [200, 200, 100, 60, 24, 12],
    firstNetworks: [0, 800, 400, 240, 96, 48],
    noises: [0.01, 0.05, 0.1, 0.2],
    noisyUpTo: 1000,
    ordersUpTo: 500,
    firstSteps: 10_000,
  },
  run: async (
    { widths, networks, firstNetworks, noises, noisyUpTo, ordersUpTo, firstSteps },
    { values, seed },
  ) => {
    const noisyWidths = widths.filter((width) => width <= noisyUpTo);
    const orderWidths = widths.filter((width) => width <= ordersUpTo);
    requireLists({ widths, networks, firstNetworks, noisyWidths, orderWidths });
    const casesOf = (activation: Activation): PartingCase[] =>
      DEPTHS.flatMap((depth) =>
        widths.flatMap((width, w) =>
          Array.from({ length: networks[w] ?? 0 }, (_, index) => ({
            ...{ activation, depth, width, network: index, seed },
          })),
        ),
      );
    const cases = ACTIVATIONS.flatMap(casesOf).map((one) => ({
      ...one,
      noises: one.width <= noisyUpTo ? [0, ...noises] : [0],
    }));
    const descent = await values(
      {
        ...{ name: "networks", version: 1, unit: "networks" },
        compute: (one: (typeof cases)[number], { signal }) => partingOf(one, { signal }),
      },
      cases,
    );
    const orderCases = casesOf("tanh")
      .filter(({ width }) => width <= ordersUpTo)
      .map((one) => ({ ...one, time: TIMES[SHOWN]! }));
    const flow = await values(
      { name: "orders", version: 1, unit: "networks", compute: ordersOf },
      orderCases,
    );
    const largest = noises.at(-1)!;
    const wide = widths.slice(1);
    const lawCase: FirstSteps = {
      ...{ activation: "tanh", depth: 1, width: LAW_WIDTH, noise: largest },
      ...{ networks: firstSteps, seed },
    };
    const firstCases: FirstSteps[] = ACTIVATIONS.flatMap((activation) =>
      DEPTHS.flatMap((depth) =>
        wide.map((width, w) => ({
          ...{ activation, depth, width, noise: 0, networks: firstNetworks[w + 1]!, seed },
        })),
      ),
    );
    const firsts = await values({ name: "first steps", version: 1, unit: "laws", compute: firstSquares }, [
      lawCase,
      ...firstCases,
    ]);
    const firstStep = firsts[0]!;
    /** root mean square over networks after one step */
    const firstOf = (activation: Activation, depth: number, width: number): Estimate => {
      const index = firstCases.findIndex(
        (one) => one.activation === activation && one.depth === depth && one.width === width,
      );
      const { value, error } = firsts[index + 1]!;
      return { value: Math.sqrt(value), error: error / (2 * Math.sqrt(value)) };
    };
    // relu networks without a unit that is active on a train point: nothing trains them
    const dead = descent.map((at) => at[0]!.at(-1) === 0);
    const found: Found = {
      errors: (activation, depth, width, noise, time) =>
        descent
          .filter((_, i) => {
            const one = cases[i]!;
            return !dead[i] && one.activation === activation && one.depth === depth && one.width === width;
          })
          .map((at) => Math.sqrt(at[noise]![time]!)),
      orders: (depth, width, order) =>
        flow
          .filter((_, i) => orderCases[i]!.depth === depth && orderCases[i]!.width === width)
          .map((at) => Math.sqrt(at[order - 1]!)),
    };
    const { errors, orders } = found;
    const [widest, widestNoisy, widestOrder] = [widths, noisyWidths, orderWidths].map(
      (all) => all.at(-1)!,
    ) as [number, number, number];
    const last = TIMES.length - 1;
    const checks: Check[] = [];
    const when = `t = ${TIMES[SHOWN]}`;
    const slopeOver = (over: readonly number[], of: (width: number) => readonly number[]) =>
      logLogFit(
        over,
        over.map((width) => typical(of(width))),
      )!;
    for (const activation of ACTIVATIONS) {
      for (const depth of DEPTHS) {
        const name = `${activation}, ${depth} hidden layer${depth > 1 ? "s" : ""}`;
        const id = `${activation}.${depth}`;
        const fit = logLogFit(
          wide,
          wide.map((width) => firstOf(activation, depth, width)),
        )!;
        const relu = activation === "relu";
        checks.push(
          absolute(
            {
              id: `width.${id}`,
              quantity: `${name}: slope of the linear model's error over the widths ${wide.join(", ")}, root mean square over networks, t = ${STEP}`,
              source: `${relu ? "width^(-3/4) of the kinks to width^(-1) of the rest: -7/8 within 1/8" : "1 / width"}; 0.15 for the next order, and 4 standard errors (${fit.slopeError.toPrecision(2)} each)`,
            },
            fit.slope,
            relu ? -7 / 8 : -1,
            (relu ? 1 / 8 : 0) + 0.15 + 4 * fit.slopeError,
          ),
          atMost(
            {
              id: `early.${id}`,
              quantity: `${name}, width ${widest}: error at t = ${TIMES[0]} over the largest of all times`,
              source: "paper A: early in training the linear model is enough",
            },
            typical(errors(activation, depth, widest, 0, 0)).value /
              Math.max(...TIMES.map((_, k) => typical(errors(activation, depth, widest, 0, k)).value)),
            0.1,
          ),
        );
        const more = gain(
          errors(activation, depth, widestNoisy, 0, EARLY[1]),
          errors(activation, depth, widestNoisy, noises.length, EARLY[1]),
        );
        checks.push(
          atLeast(
            {
              id: `noise.${id}`,
              quantity: `${name}, width ${widestNoisy}, t = ${TIMES[EARLY[1]]}: log of the error with s = ${largest} over that of the same networks without noise, in standard errors`,
              source: "noise makes the linear model part earlier",
            },
            more.value / more.error,
            4,
          ),
        );
        if (relu) continue;
        // s^2 t from the first step on, whatever the width, against t^2 / width without noise
        for (const [noise, expected] of [
          [0, 2],
          [noises.length, 1],
        ] as const) {
          const grown = gain(
            errors(activation, depth, widestNoisy, noise, EARLY[0]),
            errors(activation, depth, widestNoisy, noise, EARLY[1]),
          );
          const doublings = Math.log(TIMES[EARLY[1]]! / TIMES[EARLY[0]]!);
          checks.push(
            absolute(
              {
                id: `time.${noise === 0 ? "quiet" : "noisy"}.${depth}`,
                quantity: `${name}, width ${widestNoisy}, s = ${noise === 0 ? 0 : largest}: slope of the error over time, t = ${TIMES[EARLY[0]]} to ${TIMES[EARLY[1]]}`,
                source: `w^T H w with w ~ ${noise === 0 ? "t" : "s sqrt(t)"}; 0.15 for decaying residuals, and 4 standard errors`,
              },
              grown.value / doublings,
              expected,
              0.15 + (4 * grown.error) / doublings,
            ),
          );
        }
        const noisyFit = slopeOver(noisyWidths.slice(1), (width) =>
          errors(activation, depth, width, noises.length, 0),
        );
        checks.push(
          absolute(
            {
              id: `noisy-width.${depth}`,
              quantity: `${name}, s = ${largest}: slope of the error over the widths ${noisyWidths.slice(1).join(", ")}, t = ${TIMES[0]}`,
              source: "s^2 t at every width; 0.1 for narrow networks, and 4 standard errors",
            },
            noisyFit.slope,
            0,
            0.1 + 4 * noisyFit.slopeError,
          ),
        );
        for (const order of [2, 3]) {
          const better = gain(orders(depth, widestOrder, order), orders(depth, widestOrder, order - 1));
          checks.push(
            atLeast(
              {
                id: `order.${order}.${depth}`,
                quantity: `${name}, width ${widestOrder}, ${when}: log of the error of order ${order - 1} over that of order ${order}, in standard errors`,
                source: "paper A: higher orders describe training for longer",
              },
              better.value / better.error,
              4,
            ),
          );
        }
        const apart = gain(orders(depth, widestOrder, 1), errors(activation, depth, widestOrder, 0, SHOWN));
        checks.push(
          absolute(
            {
              id: `flow.${depth}`,
              quantity: `${name}, width ${widestOrder}, ${when}: mean log of the error in steps of ${STEP} over that in gradient flow`,
              source: "the same by other code; steps of 0.05 at rates of a few",
            },
            apart.value,
            0,
            0.1,
          ),
        );
      }
    }
    const law = firstStepLaw(largest, seed);
    checks.push(
      absolute(
        {
          id: "law",
          quantity: `tanh, 1 hidden layer, s = ${largest}: mean square error after one step over its law, ${firstSteps} networks`,
          source:
            "s^4 t^2 [ 3/4 q^2 E tanh''^2 + q E tanh'^2 ]; 0.05 for the next order and the drift, and 4 standard errors",
        },
        firstStep.value / law,
        1,
        0.05 + (4 * firstStep.error) / law,
      ),
    );
    const meanTable = ACTIVATIONS.flatMap((activation) =>
      DEPTHS.flatMap((depth) =>
        widths.flatMap((width) => TIMES.map((_, k) => typical(errors(activation, depth, width, 0, k)).value)),
      ),
    );
    const noisyTable = ACTIVATIONS.flatMap((activation) =>
      DEPTHS.flatMap((depth) =>
        noisyWidths.flatMap((width) =>
          noises.flatMap((_, s) =>
            TIMES.map((_, k) => typical(errors(activation, depth, width, s + 1, k)).value),
          ),
        ),
      ),
    );
    return {
      arrays: {
        times: { data: Float64Array.from(TIMES), shape: [TIMES.length] },
        widths: { data: Float64Array.from(widths), shape: [widths.length] },
        noises: { data: Float64Array.from(noises), shape: [noises.length] },
        error: {
          data: Float64Array.from(meanTable),
          shape: [ACTIVATIONS.length, DEPTHS.length, widths.length, TIMES.length],
        },
        noisyError: {
          data: Float64Array.from(noisyTable),
          shape: [ACTIVATIONS.length, DEPTHS.length, noisyWidths.length, noises.length, TIMES.length],
        },
      },
      checks,
      notes: [
        `Error of the linear model at t = ${TIMES[last]}, geometric mean over networks of width ${widest}: ${ACTIVATIONS.map(
          (activation) =>
            `${activation} ${DEPTHS.map((depth) => typical(errors(activation, depth, widest, 0, last)).value.toPrecision(2)).join(", ")}`,
        ).join("; ")} (${DEPTHS.join(", ")} hidden layers).`,
        `Left out: ${dead.filter(Boolean).length} narrow relu networks of which no unit is active on a train point.`,
      ],
      figures: linearModelFigures({ found, widths, noisyWidths, orderWidths, noises }),
    };
  },
});
