import { describe, expect, test } from "vitest";
import { isForetrainError } from "../../../src/errors.js";
import {
  type TrainingCheckpoint,
  type TrainNetworksInput,
  trainNetwork,
  trainNetworks,
} from "../../../src/finite/index.js";
import { dense, input, network, relu, tanh } from "../../../src/network/index.js";
import { createRng } from "../../../src/numeric/random.js";
import type { Progress } from "../../../src/progress.js";

const rng = createRng(5);
const normals = (shape: readonly number[], name: string) => ({
  data: rng.fork(name).normals(new Float64Array(shape.reduce((a, b) => a * b, 1))),
  shape,
});
const net = network(input([6]), dense(24), tanh(), dense(24), relu(), dense(2));
const labels = (n: number) => Int32Array.from({ length: n }, (_, i) => i % 2);
const train = { x: normals([40, 6], "x"), y: normals([40, 2], "y"), labels: labels(40) };
const held = { x: normals([12, 6], "test x"), y: normals([12, 2], "test y"), labels: labels(12) };
const base = {
  network: net,
  recipe: { steps: 30, batch: 8, learningRate: 0.05, seed: 3 },
  train,
  test: held,
  networks: 4,
  keepOutputs: "test",
} satisfies TrainNetworksInput;

describe("networks on several threads", () => {
  test.each(["float32", "float64"] as const)(
    "have the bits of networks trained alone, for any number of threads: %s",
    async (dtype) => {
      const recipe = { ...base.recipe, dtype };
      const alone = await Promise.all(
        [3, 4, 5, 6].map((seed) => trainNetwork({ ...base, recipe: { ...recipe, seed } })),
      );
      for (const threads of [1, 2, 3]) {
        const { networks, threads: used } = await trainNetworks({ ...base, recipe, threads });
        expect(used).toBe(threads);
        expect(networks).toHaveLength(4);
        for (const [i, one] of networks.entries()) {
          expect(one.parameters).toEqual(alone[i]!.parameters);
          expect(one.records).toEqual(alone[i]!.records);
          expect(one.outputs).toEqual(alone[i]!.outputs);
          expect(one.recipe).toEqual(alone[i]!.recipe);
          expect(one.model.parameterCount).toBe(alone[i]!.model.parameterCount);
        }
      }
    },
  );

  test("take the learning rate of the first where it is left open", async () => {
    const recipe = { steps: 10, seed: 3 };
    const first = await trainNetwork({ ...base, recipe });
    const { networks } = await trainNetworks({ ...base, recipe, networks: 3, threads: 2 });
    for (const one of networks) expect(one.recipe.learningRate).toBe(first.recipe.learningRate);
    expect(networks[0]!.curvature).toEqual(first.curvature);
    expect(networks[1]!.curvature).toBeNull();
    expect(networks[0]!.parameters).toEqual(first.parameters);
  });

  test("report steps of all, every record and every network", async () => {
    const seen: Progress[] = [];
    const records: number[] = [];
    const trained: number[] = [];
    await trainNetworks({
      ...base,
      threads: 2,
      onProgress: (progress) => seen.push(progress),
      onRecord: (_, seed) => records.push(seed),
      onTrained: (_, seed) => {
        trained.push(seed);
      },
    });
    expect(seen.at(-1)).toEqual({ label: "training 4 networks", done: 120, total: 120, unit: "steps" });
    for (let i = 1; i < seen.length; i++) expect(seen[i]!.done).toBeGreaterThanOrEqual(seen[i - 1]!.done);
    expect([...trained].sort()).toEqual([3, 4, 5, 6]);
    const { steps } = await trainNetworks({ ...base, threads: 1 });
    expect(records).toHaveLength(4 * steps.length);
  });

  test("that diverge fail with the error of the first of them, as one thread has it", async () => {
    const errorOf = (threads: number) =>
      trainNetworks({ ...base, recipe: { ...base.recipe, learningRate: 50 }, threads }).then(
        () => null,
        (error: unknown) => error,
      );
    const [one, two] = [await errorOf(1), await errorOf(2)];
    expect(isForetrainError(one, "ERR_NUMERICAL")).toBe(true);
    expect(isForetrainError(two, "ERR_NUMERICAL")).toBe(true);
    expect((two as Error).message).toBe((one as Error).message);
    expect((two as Error).message).toMatch(/diverged at step/);
  });

  test("leave a checkpoint of each when cancelled, and go on from there to the bit", async () => {
    const recipe = { ...base.recipe, steps: 20_000 };
    const controller = new AbortController();
    const kept = new Map<number, TrainingCheckpoint>();
    const work = trainNetworks({
      ...base,
      recipe,
      networks: 2,
      threads: 2,
      signal: controller.signal,
      onCheckpoint: (checkpoint, seed) => {
        kept.set(seed, checkpoint);
      },
      onProgress: ({ done }) => {
        if (done > 2000) controller.abort();
      },
    });
    await expect(work).rejects.toSatisfy((error) => isForetrainError(error, "ERR_ABORTED"));
    // one worker may not have begun; whoever had left a checkpoint
    expect(kept.size).toBeGreaterThan(0);
    const at = Math.max(...[...kept.values()].map(({ step }) => step));
    expect(at).toBeLessThan(20_000);
    const stop = at + 50;
    const going = { ...base, recipe: { ...recipe, steps: stop }, records: [stop], networks: 2, threads: 2 };
    const resumed = await trainNetworks({ ...going, resume: async (seed) => kept.get(seed) });
    const whole = await trainNetworks(going);
    for (const [i, one] of resumed.networks.entries())
      expect(one.parameters).toEqual(whole.networks[i]!.parameters);
  });

  test("an error in what the caller does with a checkpoint ends the work", async () => {
    const work = trainNetworks({
      ...base,
      threads: 2,
      onCheckpoint: async (_, seed) => {
        throw new Error(`disk full at ${seed}`);
      },
    });
    await expect(work).rejects.toThrow(/disk full at [3-6]/);
  });

  test.each([
    [{ networks: 0 }, "networks is 0"],
    [{ threads: 0 }, "threads is 0"],
    [{ threads: 1.5 }, "threads is 1.5"],
  ])("refuses %j", async (wrong, message) => {
    await expect(trainNetworks({ ...base, ...wrong })).rejects.toThrow(message);
  });
});
