import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import type { Dataset } from "../../src/data/index.js";
import type { Progress } from "../../src/progress.js";
import { localExecutor } from "../../src/runs/index.js";
import { folderStore } from "../../src/runs/index-node.js";
import { findStudies, runStudy } from "../../src/studies/index.js";
import { emptyFolder } from "../support/files.js";

const SIDE = 8;

/** Bytes that follow from their place; a bright stripe for each of three classes. Also sent to another process, as its source. */
function striped(channels: number, side: number): Dataset {
  const part = (n: number, seed: number) => {
    const size = side * side * channels;
    const y = Int32Array.from({ length: n }, (_, i) => i % 3);
    const data = new Uint8Array(n * size);
    for (let i = 0; i < n; i++) {
      for (let p = 0; p < size; p++) {
        const bright = Math.floor((3 * p) / size) === y[i] ? 120 : 0;
        data[i * size + p] = bright + ((i * 7919 + p * 104729 + seed * 31 + ((i * p) % 11) * 13) % 97);
      }
    }
    return { x: { data, shape: [n, side, side, ...(channels === 1 ? [] : [channels])] }, y };
  };
  return {
    name: "stripes",
    origin: "drawn here",
    train: part(60, 1),
    test: part(30, 2),
    classNames: ["a", "b", "c"],
    inputShape: [side, side, ...(channels === 1 ? [] : [channels])],
    valueScale: 255,
    warnings: [],
  };
}

const STUDIES = [
  {
    id: "E.mnist",
    channels: 1,
    networks: 4,
    steps: (epochs: number) => epochs * 3,
    epochs: 2500,
    parameters: {
      ...{ gammas: [0.5, 1], runs: 2, side: SIDE, train: 60, test: 30, batch: 20 },
    },
  },
  {
    id: "E.cifar",
    channels: 3,
    networks: 2,
    steps: (epochs: number) => epochs * 3,
    epochs: 120,
    // dropout and batchNorm: random numbers and running statistics go on, too
    parameters: {
      ...{ units: [8], gammas: [0.5, 1], runs: 1, side: SIDE, train: 60, test: 30, batch: 20 },
      ...{ channels: 4, keepRate: 0.5, lastPadding: "same" },
    },
  },
] as const;

const draftsIn = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".draft"));

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 2000; tries++) {
    if (holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("did not happen in 40 s");
}

describe("a study that trains for long", () => {
  test.each(STUDIES)(
    "$id, killed with -9 within a network: goes on from its draft, to the same bits",
    async (one) => {
      const { id, channels, epochs, networks } = one;
      const cases = [{ units: 16, loss: "crossEntropy", epochs, alpha: 1 }];
      const parameters = id === "E.mnist" ? { ...one.parameters, cases } : { ...one.parameters, epochs };
      const total = networks * one.steps(epochs);
      const folder = emptyFolder();
      const pieces = join(folder, "pieces");
      const from = (path: string) =>
        JSON.stringify(pathToFileURL(join(import.meta.dirname, "../../dist", path)).href);
      const script = `
      import { findStudies, runStudy } from ${from("studies/index.js")};
      import { localExecutor } from ${from("runs/index.js")};
      import { folderStore } from ${from("runs/index-node.js")};
      const striped = ${striped.toString()};
      await runStudy(findStudies(${JSON.stringify(id)})[0], {
        parameters: ${JSON.stringify(parameters)},
        loadData: async () => striped(${channels}, ${SIDE}),
        executor: localExecutor({ store: folderStore(${JSON.stringify(pieces)}, { draftSeconds: 0.1 }) }),
      });`;
      const child = spawn(process.execPath, ["--input-type=module", "--eval", script], { stdio: "inherit" });
      const ended = once(child, "exit");
      await until(() => {
        try {
          return draftsIn(pieces).length > 0;
        } catch {
          return false;
        }
      });
      child.kill("SIGKILL");
      expect((await ended)[1]).toBe("SIGKILL");

      const run = async (store: ReturnType<typeof folderStore>) => {
        const told: Progress[] = [];
        const { arrays, record } = await runStudy(findStudies(id)[0]!, {
          parameters,
          loadData: async () => striped(channels, SIDE),
          executor: localExecutor({ store }),
          onProgress: (progress) => told.push(progress),
        });
        return { arrays, record, told: told.filter(({ label }) => label === `${id}: networks`) };
      };
      const resumed = await run(folderStore(pieces));
      const whole = await run(folderStore(join(folder, "others")));
      expect(resumed.arrays).toEqual(whole.arrays);
      // steps count, those of the draft as stored
      const end = resumed.told.at(-1)!;
      expect(end).toMatchObject({ done: total, total, unit: `steps, ${networks}/${networks} networks` });
      expect(end.stored).toBeGreaterThan(0);
      expect(end.stored).toBeLessThan(total);
      expect(whole.told.at(-1)!.stored).toBe(0);
      expect(whole.told.some(({ done }) => done > 0 && done % one.steps(epochs) !== 0)).toBe(true);
      expect(draftsIn(pieces)).toEqual([]);
      expect(resumed.record.pieces.computed + resumed.record.pieces.stored).toBe(networks);
    },
  );
});
