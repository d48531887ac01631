/**
 * Steps of training: the loss and its gradient for one batch, on one thread, in CPU time, which other work on the machine
 * disturbs less. Float32 engine, the same with the products of a native library where there is one (OPENBLAS_NUM_THREADS=1: CPU time is that
 * of all threads), float64 tape, and the share of the rate that the package's matrix product alone reaches in the same run.
 *
 * A multiplication and an addition for each weight, position and sample, three times (forward, weights, inputs; the first layer
 * needs no gradient of its inputs): the rate counts these only.
 */
import { bench, describe } from "vitest";
import { openTrainingMemory } from "../src/finite/float32/training-memory.js";
import {
  type GradientEngine,
  openGradientEngine,
  type TrainingDtype,
} from "../src/finite/gradient-engine.js";
import { type FiniteModel, finiteModel, initialParameters } from "../src/finite/index.js";
import * as n from "../src/network/index.js";
import { selectLinearAlgebra } from "../src/numeric/linalg/dispatch.js";
import { useNativeLinearAlgebra } from "../src/numeric/linalg/index-node.js";
import { sizeOf } from "../src/numeric/matrix.js";
import { createRng } from "../src/numeric/random.js";

interface Row {
  readonly label: string;
  readonly net: n.Network;
  readonly batch: number;
  /** steps that are timed together: the clock of CPU time ticks in milliseconds */
  readonly steps: number;
}

const shallow = (width: number) => n.network(n.input([784]), n.dense(width), n.sigmoid(), n.dense(10));
const convolutional = (pool: n.Layer, ...between: readonly n.Layer[]) =>
  n.network(
    n.input([32, 32, 3]),
    n.conv(32, [3, 3]),
    ...between,
    n.relu(),
    n.conv(64, [3, 3]),
    ...between,
    n.relu(),
    pool,
    n.flatten(),
    n.dense(10),
  );
const rows: readonly Row[] = [
  {
    label: "784-512-512-10 relu, batch 128",
    net: n.network(n.input([784]), n.dense(512), n.relu(), n.dense(512), n.relu(), n.dense(10)),
    batch: 128,
    steps: 12,
  },
  {
    label: "conv 3x3x32, conv 3x3x64, avgPool, dense on 32x32x3, batch 32",
    net: convolutional(n.avgPool([2, 2], { strides: [2, 2] })),
    batch: 32,
    steps: 2,
  },
  {
    label: "the same, maxPool",
    net: convolutional(n.maxPool([2, 2], { strides: [2, 2] })),
    batch: 32,
    steps: 2,
  },
  {
    label: "the same, avgPool, batchNorm before each relu",
    net: convolutional(n.avgPool([2, 2], { strides: [2, 2] }), n.batchNorm()),
    batch: 32,
    steps: 2,
  },
  { label: "784-100-10 sigmoid, batch 20", net: shallow(100), batch: 20, steps: 600 },
  { label: "784-500-10 sigmoid, batch 20", net: shallow(500), batch: 20, steps: 150 },
];

function flops({ tape }: FiniteModel, batch: number): number {
  let sum = 0;
  for (const { index, fanIn, channels, positions } of tape.sites) {
    sum += 2 * fanIn * channels * positions * batch * (index === 0 ? 2 : 3);
  }
  return sum;
}

/** CPU time of this process in ms. */
function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Best rate of the matrix product alone, 512 x 512 x 512, in flops per ms. */
function productRate(): number {
  const side = 512;
  const bytes = 4 * side * side;
  const { exports, scratch, start } = openTrainingMemory(3 * bytes, "bench");
  let best = Number.POSITIVE_INFINITY;
  const [a, b, c] = [start, start + bytes, start + 2 * bytes];
  for (let run = 0; run < 10; run++) {
    const from = cpuTime();
    for (let product = 0; product < 20; product++) {
      exports.sgemm(side, side, side, 1, a, 4 * side, 4, b, 4 * side, 4, c, 4 * side, scratch);
    }
    best = Math.min(best, (cpuTime() - from) / 20);
  }
  return (2 * side ** 3) / best;
}

interface Case {
  readonly engine: GradientEngine;
  readonly x: Float32Array;
  readonly y: Float32Array;
}

const { library } = await useNativeLinearAlgebra();
type Kind = TrainingDtype | "native";
const kinds: readonly Kind[] = library === null ? ["float32", "float64"] : ["float32", "native", "float64"];

async function open(row: Row, kind: Kind): Promise<Case> {
  selectLinearAlgebra(kind === "native" ? "auto" : "wasm");
  const dtype = kind === "float64" ? "float64" : "float32";
  const model = finiteModel(row.net);
  const engine = await openGradientEngine(model, { batch: row.batch, loss: "crossEntropy", dtype });
  engine.parameters.set(initialParameters(model, { seed: 1 }));
  const x = createRng(1).normals(new Float32Array(row.batch * sizeOf(model.inputShape)));
  const y = new Float32Array(row.batch * 10);
  for (let s = 0; s < row.batch; s++) y[s * 10 + (s % 10)] = 1;
  return { engine, x, y };
}

const best = new Map<string, number>();
const key = ({ label }: Row, kind: string) => `${label}, ${kind}`;

function record(name: string, steps: number, run: () => void): void {
  const from = cpuTime();
  for (let step = 0; step < steps; step++) run();
  best.set(name, Math.min(best.get(name) ?? Number.POSITIVE_INFINITY, (cpuTime() - from) / steps));
}

function printTable(): void {
  const peak = productRate();
  const header = [
    "step, best of the runs",
    "float32",
    "steps/s",
    "outputs",
    "GF",
    "of product",
    "native",
    "float64",
  ];
  const lines = rows.map((row) => {
    const ms = best.get(key(row, "float32"))!;
    const rate = flops(finiteModel(row.net), row.batch) / ms;
    return [
      row.label,
      `${ms.toFixed(2)} ms`,
      (1000 / ms).toFixed(0),
      `${best.get(key(row, "outputs"))!.toFixed(2)} ms`,
      (rate / 1e6).toFixed(1),
      `${((100 * rate) / peak).toFixed(0)} %`,
      library === null ? "-" : `${best.get(key(row, "native"))!.toFixed(2)} ms`,
      `${best.get(key(row, "float64"))!.toFixed(1)} ms`,
    ];
  });
  const table = [header, ...lines].map(([first, ...rest]) =>
    [first!.padEnd(66), ...rest.map((cell) => cell.padStart(12))].join(""),
  );
  const notes = [`product alone: ${(peak / 1e6).toFixed(1)} GF`, `native: ${library?.name ?? "none"}`];
  console.log(["", ...table, "", ...notes, ""].join("\n"));
}

for (const row of rows) {
  describe(row.label, () => {
    for (const kind of kinds) {
      const cases: { opened?: Case } = {};
      const few = kind === "float64";
      bench(
        kind,
        async () => {
          cases.opened ??= await open(row, kind);
          const { engine, x, y } = cases.opened;
          const steps = few ? Math.ceil(row.steps / 20) : row.steps;
          record(key(row, kind), steps, () => engine.lossGradient(x, y, row.batch));
          if (kind === "float32") record(key(row, "outputs"), steps, () => engine.outputs(x, row.batch));
        },
        {
          iterations: few ? 2 : 10,
          warmupIterations: few ? 0 : 1,
          time: 0,
          warmupTime: 0,
          teardown: (_task, mode) => {
            if (mode === "run" && row === rows.at(-1) && few) printTable();
          },
        },
      );
    }
  });
}
