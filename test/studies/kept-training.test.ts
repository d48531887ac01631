import { describe, expect, test } from "vitest";
import { encodeCheckpoint, type TrainingCheckpoint, trainNetwork } from "../../src/finite/index.js";
import { dense, input, network } from "../../src/network/index.js";
import { createRng } from "../../src/numeric/random.js";
import type { PieceDraft } from "../../src/runs/index.js";
import { type Keeping, trainKept } from "../../src/studies/kept-training.js";

const rng = createRng(4);
const draw = (rows: number, size: number) => ({
  data: rng.normals(new Float64Array(rows * size)),
  shape: [rows, size],
});
const [x, y] = [draw(6, 3), draw(6, 1)];
const train =
  (steps: number, seed = 1) =>
  (keeping: Keeping) =>
    trainNetwork({
      network: network(input([3]), dense(1)),
      recipe: { steps, learningRate: 0.1, batch: 2, seed },
      train: { x, y },
      ...keeping,
    });
const checkpointAt = async (steps: number, seed = 1) => {
  let last!: TrainingCheckpoint;
  await train(
    steps,
    seed,
  )({
    onCheckpoint: (checkpoint) => {
      last = checkpoint;
    },
  });
  return last;
};
const draftOf = (bytes: Uint8Array | null) => {
  const written: Uint8Array[] = [];
  const draft: PieceDraft = {
    read: async () => bytes,
    write: async (state) => {
      written.push(state);
    },
    seconds: 0,
  };
  return { draft, written };
};
/** Trains to step 20 and says which steps it reported first, and how many. */
async function kept(bytes: Uint8Array | null, from?: TrainingCheckpoint) {
  const { draft, written } = draftOf(bytes);
  const reports: [number, number][] = [];
  const { parameters } = await trainKept(
    { to: 20, from },
    { draft, onProgress: ({ done, total }) => reports.push([done, total]) },
    train(20),
  );
  return { parameters: Array.from(parameters), first: reports[0], last: reports.at(-1), written };
}

describe("training in pieces", () => {
  test("goes on from a draft, and from where another piece ended", async () => {
    const whole = Array.from((await train(20)({})).parameters);
    const fresh = await kept(null);
    expect(fresh).toMatchObject({ parameters: whole, first: [0, 20], last: [20, 20] });
    const resumed = await kept(encodeCheckpoint(await checkpointAt(15)));
    expect(resumed).toMatchObject({ parameters: whole, first: [15, 20], last: [20, 20] });
    // steps of the piece, not of the network
    const second = await kept(null, await checkpointAt(8));
    expect(second).toMatchObject({ parameters: whole, first: [0, 12], last: [12, 12] });
    const both = await kept(encodeCheckpoint(await checkpointAt(15)), await checkpointAt(8));
    expect(both).toMatchObject({ parameters: whole, first: [7, 12], last: [12, 12] });
    // the end is not kept: it is the result
    expect(fresh.written).toEqual([]);
  });

  test("begins anew where the draft is damaged or of other training", async () => {
    const fresh = await kept(null);
    for (const bytes of [Uint8Array.of(1, 2, 3), encodeCheckpoint(await checkpointAt(5, 2))]) {
      expect((await kept(bytes)).parameters).toEqual(fresh.parameters);
    }
  });

  test("keeps its state when it is cancelled", async () => {
    const { draft, written } = draftOf(null);
    const stop = new AbortController();
    const long = 1_000_000;
    const run = trainKept({ to: long }, { draft, signal: stop.signal }, train(long));
    setTimeout(() => stop.abort(), 100);
    await expect(run).rejects.toMatchObject({ code: "ERR_ABORTED" });
    expect(written.length).toBeGreaterThan(0);
  });
});
