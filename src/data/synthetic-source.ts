/**
 * Data sets that are drawn from a law, as text: `sinusoid?d=20&k=2`.
 * @module
 */
import { ForetrainError } from "../errors.js";
import type { Dataset } from "./dataset.js";
import { diskDataset, productsDataset, sinusoidDataset, theoremDataset } from "./synthetic.js";

/** A value of a parameter that its law takes. */
interface Bound {
  readonly is: (value: number) => boolean;
  readonly text: string;
}

const whole = (least: number): Bound => ({
  is: (value) => Number.isSafeInteger(value) && value >= least,
  text: `a whole number >= ${least}`,
});

/** By name, where a law has none of its own; the others take any number. */
const BOUNDS: Readonly<Record<string, Bound>> = {
  d: whole(2),
  train: whole(1),
  test: whole(1),
  seed: whole(0),
  p: { is: (value) => value >= 0 && value <= 0.5, text: "a probability from 0 to 1/2" },
};

interface Source {
  readonly meaning: string;
  /** with their defaults */
  readonly parameters: Readonly<Record<string, number>>;
  /** what this law takes otherwise than the others */
  readonly bounds?: Readonly<Record<string, Bound>>;
  readonly draw: (parameters: Readonly<Record<string, number>>) => Dataset;
}

const counts = ({ train, test, seed }: Readonly<Record<string, number>>) => ({
  train: train!,
  test: test!,
  seed: seed!,
});

const SOURCES: Readonly<Record<string, Source>> = {
  sinusoid: {
    meaning: "x ~ N(0, I_d), label the sign of x_1 + sin(k x_2)",
    parameters: { d: 20, k: 2, train: 10_000, test: 20_000, seed: 0 },
    draw: (p) => sinusoidDataset({ ...counts(p), dimensions: p["d"]!, frequency: p["k"] }),
  },
  disk: {
    meaning: "x in the unit disk, label the side of x_2 = amplitude sin(k x_1)",
    parameters: { k: 6, amplitude: 0.3, train: 1000, test: 10_000, seed: 0 },
    draw: (p) => diskDataset({ ...counts(p), frequency: p["k"], amplitude: p["amplitude"] }),
  },
  products: {
    meaning: "x ~ N(0, I_d), label the sign of x_1 + a x_2 x_3 + b x_4 x_5 x_6",
    parameters: { d: 10, a: 0.9, b: 0.8, train: 10_000, test: 20_000, seed: 0 },
    bounds: { d: whole(6) },
    draw: (p) => productsDataset({ ...counts(p), dimensions: p["d"]!, pair: p["a"], triple: p["b"] }),
  },
  theorem: {
    meaning: "x in {-1, 1}^d, x_1 the label but with probability p, the others coins",
    parameters: { d: 1000, p: 0.1, train: 100, test: 10_000, seed: 0 },
    draw: (p) => theoremDataset({ ...counts(p), dimensions: p["d"]!, flip: p["p"] }),
  },
};

const nameOf = (text: string) => text.split("?", 1)[0]!;

/** Whether text names a law, with parameters or without. */
export const isSyntheticSource = (text: string): boolean => Object.hasOwn(SOURCES, nameOf(text));

/**
 * The data set of a text: `sinusoid?d=20&k=2`, `disk?k=6&amplitude=0.3`, `products?d=10&a=0.9&b=0.8`, `theorem?d=1000&p=0.1`, each with
 * `train`, `test` (numbers of samples) and `seed` too. Features are as drawn, labels are true.
 * @throws ERR_USAGE for names and parameters that there are not, or values that are no numbers or out of what the law takes
 */
export function syntheticDataset(text: string): Dataset {
  const fail = (problem: string, expected: string): never => {
    throw new ForetrainError("ERR_USAGE", `data: "${text}" ${problem}, expected ${expected}`, {
      argument: "data",
      got: text,
      expected,
    });
  };
  const name = nameOf(text);
  const query = text.slice(name.length + 1);
  const source = SOURCES[name];
  if (source === undefined) return fail("is drawn from no law", Object.keys(SOURCES).join(", "));
  const shown = Object.entries(source.parameters).map(([key, value]) => `${key}=${value}`);
  const parameters: Record<string, number> = { ...source.parameters };
  for (const pair of query.split("&").filter((part) => part !== "")) {
    const key = pair.split("=", 1)[0]!;
    const value = pair.slice(key.length + 1);
    if (!Object.hasOwn(source.parameters, key) || value === "" || !Number.isFinite(Number(value))) {
      fail(`has "${pair}"`, `parameters such as ${name}?${shown.join("&")}`);
    }
    const bound = source.bounds?.[key] ?? BOUNDS[key];
    if (bound !== undefined && !bound.is(Number(value))) fail(`has ${key} = ${value}`, bound.text);
    parameters[key] = Number(value);
  }
  const drawn = source.draw(parameters);
  return { ...drawn, origin: `drawn from its law: ${source.meaning}; seed ${parameters["seed"]}` };
}
