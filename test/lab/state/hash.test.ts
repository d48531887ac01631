import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  choiceField,
  flagField,
  initialState,
  numberField,
  textField,
} from "../../../lab/src/state/field.js";
import { parseHash, readQuery, writeHash } from "../../../lab/src/state/hash.js";

const table = {
  width: numberField("w", "width", 1.5, { min: 0, max: 10, step: 0.1 }),
  count: numberField("n", "count", 4, { min: 1, max: 100, step: 1, integer: true }),
  shape: choiceField("shape", "shape", "round", ["round", "square"]),
  visible: flagField("v", "visible", true),
  words: textField("words", "words", "", 40),
};

describe("the state of a page in its address", () => {
  test("defaults are not written", () => {
    expect(writeHash("page", table, initialState(table))).toBe("#/page");
  });

  test("what differs is written in the order of the table", () => {
    const state = { ...initialState(table), words: "a b&c=d?", width: 2.25, visible: false };
    expect(writeHash("page", table, state)).toBe("#/page?w=2.25&v=0&words=a+b%26c%3Dd%3F");
  });

  test("every state comes back as it was", () => {
    fc.assert(
      fc.property(
        fc.record({
          width: fc.double({ min: 0, max: 10, noNaN: true, noDefaultInfinity: true }).map((x) => x + 0),
          count: fc.integer({ min: 1, max: 100 }),
          shape: fc.constantFrom("round" as const, "square" as const),
          visible: fc.boolean(),
          words: fc.string({ maxLength: 40, unit: "grapheme" }).filter((text) => text.length <= 40),
        }),
        (state) => {
          const { page, query } = parseHash(writeHash("page", table, state));
          const read = readQuery(table, query);
          expect(page).toBe("page");
          expect(read).toEqual({ state, problems: [] });
        },
      ),
      { seed: 7 },
    );
  });

  test("values out of bounds keep the default, and the problem names value, bounds and default", () => {
    const { state, problems } = readQuery(table, new URLSearchParams("w=-3&n=2.5&shape=flat&v=2"));
    expect(state).toEqual(initialState(table));
    expect(problems).toEqual([
      'width: the address has "-3", expected a number from 0 to 10; 1.5 is used',
      'count: the address has "2.5", expected a whole number from 1 to 100; 4 is used',
      'shape: the address has "flat", expected one of round, square; round is used',
      'visible: the address has "2", expected 1 or 0; 1 is used',
    ]);
  });

  test("NaN, an empty number and a text that is too long are no values", () => {
    const query = new URLSearchParams({ w: "NaN", n: "", words: "x".repeat(41) });
    expect(readQuery(table, query).problems).toHaveLength(3);
    expect(readQuery(table, query).state).toEqual(initialState(table));
    const long = readQuery(table, new URLSearchParams({ words: "x".repeat(500) })).problems;
    expect(long[0]).toContain(`the address has "${"x".repeat(80)}..." (500 characters), expected a text`);
  });

  test("keys that the page does not know are reported and change nothing", () => {
    const { state, problems } = readQuery(table, new URLSearchParams("w=2&colour=red"));
    expect(state.width).toBe(2);
    expect(problems).toEqual(['the address has "colour", which this page does not know']);
  });

  test.each([
    ["", null],
    ["#", null],
    ["#/", null],
    ["#/phase", "phase"],
    ["#phase?w=1", "phase"],
  ])("the fragment %j names the page %j", (hash, page) => {
    expect(parseHash(hash).page).toBe(page);
  });
});
