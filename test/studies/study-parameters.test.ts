import { describe, expect, test } from "vitest";
import { isForetrainError } from "../../src/errors.js";
import type { Json } from "../../src/runs/index.js";
import {
  runStudy,
  type Study,
  type StudyParameters,
  studies,
  studyParameters,
} from "../../src/studies/index.js";
import { parameterPaths } from "../../src/studies/parameter-limits.js";

const SIZES = ["quick", "full"] as const;

/** The value with every number (or text) at a path replaced. */
function replaced(value: Json, path: readonly string[], by: Json): Json {
  if (Array.isArray(value)) return value.map((item) => replaced(item, path, by));
  if (value === null || typeof value !== "object") return by;
  const [name, ...rest] = path;
  return { ...value, [name!]: replaced((value as StudyParameters)[name!]!, rest, by) };
}

/** Why parameters are refused; null: they are not. */
function refusal(study: Study, path: string, by: Json): Error | null {
  const [name, ...rest] = path.split(".");
  const changed = replaced(study.parameters.quick[name!]!, rest, by);
  try {
    studyParameters(study, "quick", { [name!]: changed });
    return null;
  } catch (error) {
    if (!isForetrainError(error, "ERR_USAGE")) throw error;
    return error;
  }
}

const all = studies().flatMap((study) =>
  parameterPaths(study.parameters.quick)
    .filter((path) => path !== "")
    .map((path) => ({ study, path })),
);
const numbers = all.filter(({ study, path }) => {
  const limit = study.limits[path];
  return limit !== undefined && limit.oneOf === undefined && path !== "meanZero";
});

describe("parameters of the studies", () => {
  test("all say what values they may have, and their own are among them", () => {
    expect(all.length).toBeGreaterThan(200);
    expect(all.filter(({ study, path }) => study.limits[path] === undefined)).toEqual([]);
    for (const study of studies()) {
      for (const size of SIZES) {
        expect(studyParameters(study, size, study.parameters[size])).toEqual(study.parameters[size]);
      }
    }
  });

  test("are refused by name at 0, unless 0 is a value, at -1 and where they are no numbers", () => {
    const taken: string[] = [];
    for (const { study, path } of numbers) {
      const limit = study.limits[path]!;
      const zero = (limit.least ?? 0) <= 0 && limit.above === undefined;
      for (const by of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, "NaN", null]) {
        const error = refusal(study, path, by);
        if (by === 0 && zero) continue;
        if (error === null) taken.push(`${study.id} ${path} = ${by}`);
        else expect(error.message).toMatch(new RegExp(`^${study.id}: ${path} is .*, expected an? .*as in `));
      }
    }
    expect(taken).toEqual([]);
    // what counts may not be 0 are many, what may be are few
    const zeros = numbers.filter(({ study, path }) => refusal(study, path, 0) === null);
    expect([...new Set(zeros.map(({ path }) => path.split(".").at(-1)!))].sort()).toEqual(
      [
        ...["amplitude", "biasVariance", "classes", "depths", "firstNetworks", "flip", "momentum", "noise"],
        ...["noisyUpTo", "ordersUpTo", "starts", "time"],
      ].sort(),
    );
  });

  test("that are counted are whole", () => {
    const parted = numbers.filter(
      ({ study, path }) => study.limits[path]!.whole === true && refusal(study, path, 2.5) === null,
    );
    expect(parted).toEqual([]);
  });

  test("within others have their names, no others and none missing", () => {
    const mnist = studies().find(({ id }) => id === "E.mnist")!;
    const take = (cases: Json) => () => studyParameters(mnist, "quick", { cases });
    const one = { units: 5, loss: "squared", epochs: 2, alpha: 1 };
    expect(take([one])().cases).toEqual([one]);
    expect(take([{ units: 5 }])).toThrow(/E\.mnist: cases\.loss is missing, expected a string/);
    expect(take([{ ...one, unit: 1 }])).toThrow(
      /expected only units, loss, epochs, alpha, there is no "unit"/,
    );
    expect(take([{ ...one, loss: "hinge" }])).toThrow(
      /cases\.loss is "hinge", expected one of "crossEntropy", "squared"/,
    );
    expect(take([{ ...one, units: 0 }])).toThrow(/cases\.units is 0, expected a whole number of at least 1/);
  });

  test("that slopes are fitted over are several", async () => {
    const find = (id: string) => studies().find((study) => study.id === id)!;
    expect(() => studyParameters(find("A.orders"), "quick", { widths: [8] })).toThrow(
      /A\.orders: widths is \[8\], expected at least 2 elements/,
    );
    const linear = (parameters: StudyParameters) => runStudy(find("A.linear-model"), { parameters });
    await expect(linear({ networks: [2] })).rejects.toThrow(
      /A\.linear-model: networks is \[2\], expected 5 numbers, one for each of the widths/,
    );
    await expect(linear({ noisyUpTo: 0 })).rejects.toThrow(
      /noisyUpTo is "at widths none", expected at least two/,
    );
  });
});
