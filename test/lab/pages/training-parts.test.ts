import { describe, expect, test } from "vitest";
import { type TrainingState, trainingFields } from "../../../lab/src/pages/training/fields.js";
import { measuredCurves } from "../../../lab/src/pages/training/measured.js";
import { narrowCommand } from "../../../lab/src/pages/training/narrow-copy.js";
import { splitReasons } from "../../../lab/src/pages/training/reasons.js";
import { type Compared, scorePanels } from "../../../lab/src/pages/training/score-panels.js";
import { lastKnown, NOT_CHOSEN, recordField } from "../../../lab/src/pages/training/shown-record.js";
import {
  available,
  pairsOf,
  parseClasses,
  wideChoice,
} from "../../../lab/src/pages/training/specification.js";
import { wideCode, wideCommand } from "../../../lab/src/pages/training/wide-copy.js";
import { initialState } from "../../../lab/src/state/field.js";
import { axisScale } from "../../../src/figures/scale.js";

const initial: TrainingState = initialState(trainingFields);

describe("the settings of the page Training", () => {
  test.each([
    ["", null],
    ["3,8", [3, 8]],
    [" 0, 1 ,9 ", [0, 1, 9]],
  ])("classes %j are %j", (text, expected) => {
    expect(parseClasses(text)).toEqual(expected);
  });

  test.each(["3", "3,3", "3,x", "3,,8", "3,10", "-1,2", "1.5,2"])("classes %j are refused", (text) => {
    expect(() => parseClasses(text)).toThrow(`classes: got "${text}", expected nothing for all`);
  });

  test("never ask for more images than there are of the classes", () => {
    expect(available("3,8")).toEqual({ train: 120, test: 80 });
    const choice = wideChoice({ ...initial, classes: "3,8", train: 600, test: 400 });
    expect([choice.train, choice.test]).toEqual([120, 80]);
  });

  test("ask the same prediction for every width", () => {
    expect(wideChoice({ ...initial, width: 4 })).toEqual(wideChoice({ ...initial, width: 1024 }));
  });

  test("round paths to pairs, two at least", () => {
    expect([16, 17, 256, 2].map(pairsOf)).toEqual([8, 9, 128, 2]);
  });

  test("are copied as commands that say what is set", () => {
    const state = { ...initial, classes: "3, 8", steps: 500, verify: true };
    expect(wideCommand(state, null)).toBe(
      'foretrain forecast "preset:fcn?depth=2&width=256&activation=erf&weightVariance=1.5&biasVariance=0.05" ' +
        "--data mnist-sample-14.npz --train 100 --test 80 --classes 3,8 --steps 500 --seed 0 " +
        "--verify --verify-networks 4 --verify-steps 500",
    );
    expect(wideCode(state, null)).toContain("verifyTraining(opened, predicted, { networks: 4, steps: 500 })");
    expect(narrowCommand({ ...initial, problem: "sine", order: "3" }, null)).toBe(
      'foretrain evolve "preset:fcn?depth=1&width=20&activation=tanh" --data sine --train 8 --test 16 ' +
        "--noise 0.1 --order 3 --times 0:4:25 --seed 0 --network-seed 0",
    );
  });
});

describe("the step that is shown when nobody chose one", () => {
  const steps = [0, 1, 10, 100, 1000];

  test("is the last, and beside networks the last that one of them has come to", () => {
    expect(lastKnown(steps, null)).toBe(4);
    expect(lastKnown(steps, 0)).toBe(0);
    expect(lastKnown(steps, 500)).toBe(3);
    expect(lastKnown(steps, 1000)).toBe(4);
  });

  test("is not one that was chosen: the end stays the end where networks stop before", () => {
    expect(recordField(3, 3)).toBe(NOT_CHOSEN);
    expect(recordField(4, 3)).toBe(4);
    expect(recordField(4, 4)).toBe(NOT_CHOSEN);
  });
});

describe("what a verdict rests on", () => {
  test("is all shown while it is short, and of a long list what is on chance is folded", () => {
    expect(splitReasons(["luck", "tell"])).toEqual({ shown: ["luck", "tell"], folded: [] });
    expect(splitReasons(["a", "b", "luck", "tell"]).folded).toEqual([]);
    expect(splitReasons(["a", "b", "moved", "luck", "tell"])).toEqual({
      shown: ["a", "b", "moved"],
      folded: ["luck", "tell"],
    });
  });
});

describe("differences from the prediction", () => {
  const compared = (largest: number) => {
    const z = { z: [0, 2, -3] };
    return {
      steps: [0, 10, 100],
      networks: 4,
      quantities: {
        trainLoss: { z: [0, largest, 1] },
        ...{ testLoss: z, trainAccuracy: z, testAccuracy: z },
      },
    } as unknown as Compared;
  };
  const axis = (largest: number) => scorePanels(compared(largest), null).panels[0]!.y;

  test("have a linear axis while they are small", () => {
    expect(axis(10)).toMatchObject({ kind: "linear" });
    expect(axis(1).domain[1]).toBeCloseTo(5.3, 12);
  });

  test("have one that is logarithmic outside where one is far from the others", () => {
    expect(axis(80)).toMatchObject({ kind: "symlog", threshold: 1 });
    const { kind, domain, threshold } = axis(80);
    const { position, ticks } = axisScale({
      ...{ kind, domain, threshold: threshold!, range: [200, 0], count: 4 },
    });
    // z of 2 is seen: a tenth of the upper half
    expect(position(0) - position(2)).toBeGreaterThan(20);
    const labels = ticks.filter(({ label }) => label !== "").map(({ label }) => label);
    expect(labels).toEqual(["−10", "−1", "0", "1", "10"]);
  });
});

describe("records of networks that have come to different steps", () => {
  const record = (step: number, value: number) => ({
    step,
    trainLoss: value,
    testLoss: 2 * value,
    trainAccuracy: 0.5,
    testAccuracy: 0.25,
  });

  test("are averaged over those that are there", () => {
    const measured = measuredCurves([[record(0, 4), record(1, 2)], [record(0, 6)]])!;
    expect(measured.steps).toEqual([0, 1]);
    expect(measured.networks).toBe(2);
    expect(measured.train.loss).toEqual({ mean: [5, 2], low: [4, 2], high: [6, 2] });
    expect(measured.test.loss.mean).toEqual([10, 4]);
    expect(measured.at.map(({ networks }) => networks)).toEqual([2, 1]);
    expect(measured.at[0]!.mean.testLoss).toBe(10);
  });

  test("are none before the first", () => {
    expect(measuredCurves([[], []])).toBeNull();
  });
});
