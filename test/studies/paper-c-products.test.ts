import { describe, expect, test } from "vitest";
import { findStudies, runStudy, type StudyParameters } from "../../src/studies/index.js";

const parameters: StudyParameters = {
  ...{ dimensions: 6, train: 2000, test: 2000, layers: 2, units: 64, networks: 3 },
  simple: [{ layers: 1, units: 48 }],
  ...{ learningRate: 0.1, batch: 20, epochs: 8, snapshots: 14 },
};
const products = (changes: StudyParameters = {}) =>
  runStudy(findStudies("C.products")[0]!, { parameters: { ...parameters, ...changes } });

describe("study C.products", () => {
  test("finds that a hidden layer comes after the linear model, beyond the errors", async () => {
    const { record, figures, arrays } = await products();
    const check = (id: string) => record.checks.find((one) => one.id === id)!;
    // lower limits, not upper ones: every step has to be shown
    expect(check("1-2.order")).toMatchObject({ rule: "above", agrees: true });
    expect(check("1-2.more")).toMatchObject({ rule: "above", agrees: true });
    expect(check("1-2.more").quantity).toMatch(/1 x 48 minus linear, bits, lower limit/);
    expect(check("ends.order")).toMatchObject({ computed: 3, expected: 3 });
    // the first snapshots are before anything is learned
    expect(Array.from(arrays!["steps"]!.data as Float64Array).slice(0, 2)).toEqual([0, 2]);
    const last = (name: string) => arrays![name]!.data.at(-1) as number;
    expect(last("1x48_explained")).toBeGreaterThan(last("linear_explained") + 0.05);
    expect(figures[0]!.draw({ id: "f", width: 760 })).not.toMatch(/NaN|undefined|Infinity/);
    expect(record.notes[0]).toMatch(
      /2000 train and 2000 test samples in 6 dimensions; a network of 2 hidden layers/,
    );
  });

  test("says that nothing is decided where one network cannot decide it, and nothing is NaN", async () => {
    const { record } = await products({ networks: 1, epochs: 1, snapshots: 4, train: 200, test: 200 });
    expect(record.undecided).toBeGreaterThan(0);
    for (const { agrees, undecided } of record.checks) {
      if (undecided !== undefined) expect(agrees).toBe(false);
    }
    expect(record.notes.join(" ")).not.toMatch(/NaN/);
  });
});
