import { describe, expect, test } from "vitest";
import type { Dataset } from "../../src/data/index.js";
import { createRng } from "../../src/numeric/random.js";
import { localExecutor, memoryStore } from "../../src/runs/index.js";
import type { StudyOptions } from "../../src/studies/index.js";
import { imageTask } from "../../src/studies/paper-c/image-tasks.js";
import { lowerLimit, measureStatements, upperLimit } from "../../src/studies/paper-c/statements.js";
import { runAndLook } from "./run-and-look.js";

const SIDE = 8;

/**
 * Ten classes of 8 x 8 x 3 bytes. The first five have a brighter left half, mostly: what a linear model sees. Whether both corners are
 * alike says the class group for sure, which no linear model sees.
 */
function patterns(n: number, seed: number): Dataset["train"] {
  const rng = createRng(seed);
  const data = new Uint8Array(n * SIDE * SIDE * 3);
  const y = Int32Array.from({ length: n }, (_, i) => i % 10);
  for (let i = 0; i < n; i++) {
    const group = y[i]! < 5 ? 0 : 1;
    const left = rng.uniform() < 0.75 ? group : 1 - group;
    const corner = rng.integer(2);
    for (let row = 0; row < SIDE; row++) {
      for (let column = 0; column < SIDE; column++) {
        const half = column < SIDE / 2 ? 0 : 1;
        const sign = row < SIDE / 2 ? corner : corner ^ group;
        const value = 60 + rng.integer(20) + (half === left ? 30 : 0) + (half === 1 && sign === 1 ? 60 : 0);
        for (let c = 0; c < 3; c++) data[((i * SIDE + row) * SIDE + column) * 3 + c] = value;
      }
    }
  }
  return { x: { data, shape: [n, SIDE, SIDE, 3] }, y };
}

const images = (): Dataset => ({
  name: "patterns",
  origin: "drawn here",
  train: patterns(600, 1),
  test: patterns(600, 2),
  classNames: [...["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]],
  inputShape: [SIDE, SIDE, 3],
  valueScale: 255,
  warnings: [],
});

const PARAMETERS = {
  cases: [{ task: "first-five", noise: 0, networks: 2 }],
  ...{ side: 4, train: 600, test: 600, filters: 4, units: 16, epochs: 20 },
  ...{ learningRate: 0.05, batch: 20, snapshots: 10, ridge: 1e-3, parts: 1 },
};

const run = (options: StudyOptions = {}) =>
  runAndLook("C.cifar", {
    parameters: PARAMETERS,
    loadData: async () => images(),
    ...options,
  });

describe("tasks of images", () => {
  const options = { task: "first-five", side: 4, train: 500, test: 100, noise: 0, seed: 0 };

  test("have means over squares, standardized by the train images", async () => {
    const task = await imageTask(images(), options);
    expect(task.inputShape).toEqual([4, 4, 3]);
    const { data } = task.train.x;
    const channel = Array.from(data).filter((_, i) => i % 3 === 1);
    const mean = channel.reduce((a, b) => a + b, 0) / channel.length;
    const square = channel.reduce((a, b) => a + (b - mean) ** 2, 0) / channel.length;
    expect(mean).toBeCloseTo(0, 10);
    expect(square).toBeCloseTo(1, 10);
  });

  test("of animals leave classes out, and take the samples that there are", async () => {
    const task = await imageTask(images(), { ...options, task: "animals-objects", train: 1e6 });
    expect(task.train.labels).toHaveLength(480);
    expect(task.classes).toBe(2);
  });

  test("with noise have wrong train labels only", async () => {
    const [clean, noisy] = await Promise.all(
      [0, 0.2].map((noise) => imageTask(images(), { ...options, task: "classes", noise })),
    );
    const wrong = clean!.train.labels.filter((y, i) => y !== noisy!.train.labels[i]).length;
    expect(Math.abs(wrong - 100)).toBeLessThan(4 * Math.sqrt(500 * 0.2 * 0.8));
    expect(noisy!.test.labels).toEqual(clean!.test.labels);
    expect(noisy!.classes).toBe(10);
  });

  test("that do not exist and sides that do not fit are refused", async () => {
    await expect(imageTask(images(), { ...options, task: "cats" })).rejects.toThrow(/no task "cats"/);
    await expect(imageTask(images(), { ...options, side: 3 })).rejects.toThrow(/a side that divides/);
  });
});

describe("statements about the first phase", () => {
  const n = 4000;
  const rng = createRng(8);
  const labels = Int32Array.from({ length: n }, () => rng.integer(2));
  const flipped = (from: Int32Array, p: number) => from.map((y) => (rng.uniform() < p ? 1 - y : y));
  const simple = flipped(labels, 0.2);

  test("hold with shares of one for a network that first copies the simple model and then corrects its errors", () => {
    const snapshots = [
      flipped(simple, 0.45),
      flipped(simple, 0.3),
      flipped(simple, 0.1),
      simple,
      simple.map((l, i) => (rng.uniform() < 0.5 ? labels[i]! : l)),
      labels,
    ];
    const { statements, ends } = measureStatements({
      ...{ labels, classes: 2, steps: [1, 2, 4, 8, 16, 32], seed: 0 },
      networks: [{ snapshots, simple }],
    });
    expect(ends).toEqual([3]);
    const near = (name: keyof typeof statements, value: number) =>
      expect(Math.abs(statements[name].value - value)).toBeLessThan(4 * statements[name].error + 1e-3);
    near("atEnd", 1);
    near("leastFirst", 1);
    near("reached", 1);
    near("retained", 0.262008812821 / 0.278071905113); // half of the errors corrected
    // snapshots 16, where the network is right for 0.9, and 32, where it knows the bit
    near("later", (0.262008812821 + 0.278071905113) / (0.531004406411 + 1));
    near("kept", (0.262008812821 - 0.278071905113) / 2);
    near("beyond", (0.531004406411 + 1) / 2 - 0.278071905113);
    expect(statements.strangers.value).toBeLessThan(0.6);
    expect(statements.logEnd.value).toBeGreaterThan(Math.log10(4));
    expect(statements.logEnd.value).toBeLessThan(Math.log10(8));
  });

  test("say that the simple model explains no more than its accuracy does where errors are independent", () => {
    const { statements } = measureStatements({
      ...{ labels, classes: 2, steps: [1, 10], seed: 0 },
      networks: [{ snapshots: [flipped(labels, 0.4), flipped(labels, 0.15)], simple }],
    });
    expect(Math.abs(statements.aboveStrangers.value)).toBeLessThan(4 * statements.aboveStrangers.error);
  });

  test("have no T0 where the network never has what the simple model has", () => {
    const { statements, ends } = measureStatements({
      ...{ labels, classes: 2, steps: [1, 10], seed: 0 },
      networks: [{ snapshots: [flipped(labels, 0.45), flipped(labels, 0.35)], simple }],
    });
    expect(ends).toEqual([null]);
    expect(statements.atEnd.value).toBeNaN();
    expect(statements.beyond.value).toBeLessThan(0);
  });

  test("count how networks differ", () => {
    const networks = [0.05, 0.15].map((p) => ({
      snapshots: [flipped(simple, 0.3), flipped(labels, p)],
      simple,
    }));
    const at = (list: typeof networks) =>
      measureStatements({ ...{ labels, classes: 2, steps: [1, 10], seed: 0 }, networks: list }).statements
        .final;
    const [both, first, second] = [at(networks), at(networks.slice(0, 1)), at(networks.slice(1))];
    expect(both.value).toBeCloseTo((first.value + second.value) / 2, 12);
    expect(both.error).toBeGreaterThan(Math.abs(first.value - second.value) / 2);
    // the error of one network is that of its samples, of which there are many; that of two has hardly more than one degree of freedom
    expect(first.degrees).toBeCloseTo(99, 10);
    expect(both.degrees).toBeGreaterThan(1);
    expect(both.degrees).toBeLessThan(1.5);
    expect(lowerLimit(first)).toBeCloseTo(first.value - 2.3646 * first.error, 5);
    expect(both.value - lowerLimit(both)).toBeGreaterThan(10 * both.error);
    expect(upperLimit(both) - both.value).toBeCloseTo(both.value - lowerLimit(both), 12);
  });
});

describe("studies C.mnist and C.cifar", () => {
  test("find both phases where a linear model knows a part", async () => {
    const { record, figures, arrays } = await run();
    expect(record.checks.map(({ id }) => id)).toEqual(
      ["reached", "explained", "beyond", "decline", "kept"].map((name) => `first-five.${name}`),
    );
    expect(record.checks.find(({ id }) => id === "first-five.reached")!.computed).toBe(2);
    expect(record.checks.find(({ id }) => id === "first-five.explained")!.quantity).toMatch(/Student's t/);
    const network = Array.from(arrays!["first_five_network"]!.data as Float64Array);
    expect(network.at(-1)!).toBeGreaterThan(arrays!["first_five_linear0"]!.data[0]! as number);
    expect(record.notes.join(" ")).toMatch(/rho_1 = .*rho_3 = .*(near 1|leave open)/);
    const [svg] = figures.map(({ draw }) => draw({ id: "f", width: 760 }));
    expect(svg).toMatch(/^<svg/);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });

  test("in many pieces find the same, and go on from what is there", async () => {
    const store = memoryStore();
    const executor = localExecutor({ store });
    const whole = await run();
    const pieces = await run({ executor, parameters: { ...PARAMETERS, parts: 4 } });
    expect(pieces.arrays).toEqual(whole.arrays);
    const again = await run({ executor, parameters: { ...PARAMETERS, parts: 4 } });
    expect(again.record.pieces).toEqual({ computed: 0, stored: pieces.record.pieces.computed });
    expect(again.arrays).toEqual(whole.arrays);
  });

  test("say that no network gets there when training is too short", async () => {
    const { record, figures } = await run({
      parameters: { ...PARAMETERS, epochs: 1, learningRate: 1e-4, snapshots: 3 },
    });
    expect(record.checks[0]).toMatchObject({ computed: 0, agrees: false });
    expect(record.notes.join(" ")).toMatch(/no network gets to T0/);
    expect(figures[0]!.draw({ id: "f", width: 760 })).not.toMatch(/NaN|undefined|Infinity/);
  });

  test("with all classes take off the bias of the estimates", async () => {
    const set = images();
    const rng = createRng(5);
    const chance = { ...set, test: { ...set.test, y: set.test.y.map(() => rng.integer(10)) } };
    const { record, arrays } = await run({
      parameters: { ...PARAMETERS, cases: [{ task: "classes", noise: 0.1, networks: 1 }], epochs: 2 },
      loadData: async () => chance,
    });
    // labels by chance: what is seen of them, (81 / (2 600 ln 2) = 0.1 bits where all classes are predicted) is bias; the estimate of 0
    // scatters by sqrt(2 81) / (2 600 ln 2) = 0.015
    const bits = Array.from(arrays!["classes_noise_network"]!.data as Float64Array);
    expect(Math.max(...bits.map(Math.abs))).toBeLessThan(4 * 0.015);
    expect(record.checks.map(({ id }) => id)).not.toContain("classes-noise.kept");
  });
});

describe("study C.increasing", () => {
  const parameters = {
    ...{
      task: "first-five",
      side: 8,
      train: 600,
      test: 600,
      depth: 4,
      width: 4,
      simple: [2],
      filters: 4,
      networks: 3,
    },
    ...{ learningRate: 0.05, batch: 20, epochs: 15, ridge: 1e-3, snapshots: 10, parts: 1 },
  };
  const increasing = (options: StudyOptions = {}) =>
    runAndLook("C.increasing", { parameters, loadData: async () => images(), ...options });

  test("finds that a convolutional network comes after the linear model, where only it can know", async () => {
    const { record, figures, arrays } = await increasing();
    const check = (id: string) => record.checks.find((one) => one.id === id)!;
    expect(record.checks.map(({ id }) => id)).toEqual([
      ...[
        "1.explained",
        "1.kept",
        "2.explained",
        "2.kept",
        "1-2.order",
        "1-2.more",
        "ends.order",
        "ends.more",
      ],
    ]);
    expect(check("ends.order")).toMatchObject({ computed: 3, expected: 3, agrees: true });
    expect(check("ends.more").agrees).toBe(true);
    // neighbours are the ends where there are two models: an upper limit and a lower one of the same number
    expect(check("1-2.more").computed).toBeGreaterThan(Number(check("ends.more").computed));
    expect(record.notes.join(" ")).toMatch(
      /From linear to CNN2: .*, (later|not shown at 99 %); mu at the end changes by .*, more\./,
    );
    const last = (name: string) => arrays![name]!.data.at(-1) as number;
    expect(last("CNN2_explained")).toBeGreaterThan(last("linear_explained"));
    expect(last("CNN2_explained")).toBeLessThanOrEqual(last("network") + 0.01);
    expect(figures[0]!.draw({ id: "f", width: 760 })).not.toMatch(/NaN|undefined|Infinity/);
    expect(record.notes.join(" ")).toMatch(/CNN2, trained on what the network says at the end/);
  });

  test("explains a residual network too, and no other kinds", async () => {
    const sizes = { train: 200, test: 200, epochs: 2, networks: 1, snapshots: 4 };
    const { record, arrays } = await increasing({
      parameters: { ...parameters, ...sizes, network: "resnet", depth: 1, width: 4 },
    });
    expect(record.notes.join(" ")).toMatch(/a residual network of three stages of 1 blocks ends at/);
    expect(Array.from(arrays!["network"]!.data as Float64Array).every(Number.isFinite)).toBe(true);
    await expect(increasing({ parameters: { ...parameters, network: "mlp" } })).rejects.toThrow(
      /network is "mlp", expected one of "resnet", "max-pool-cnn"/,
    );
  });

  test("says so where the network learns nothing", async () => {
    const { record, figures } = await increasing({
      parameters: { ...parameters, networks: 1, epochs: 1, learningRate: 1e-5, snapshots: 2 },
    });
    expect(record.checks.find(({ id }) => id === "ends.order")!.agrees).toBe(false);
    expect(record.notes.join(" ")).toMatch(/T_1 = never/);
    // one network that gets nowhere has no times: nothing is claimed of them, either way
    const open = record.checks.filter(({ undecided }) => undecided !== undefined).map(({ id }) => id);
    expect(open).toContain("1.explained");
    expect(record.undecided).toBe(open.length);
    expect(record.notes.join(" ")).not.toMatch(/NaN/);
    expect(figures[0]!.draw({ id: "f", width: 760 })).not.toMatch(/NaN|undefined|Infinity/);
  });
});
