import { describe, expect, test } from "vitest";
import { noiseDraws, noiseVariance, spectralModel } from "../../../src/dynamics/index.js";
import { matrix } from "../../../src/numeric/matrix.js";
import { createRng } from "../../../src/numeric/random.js";

/** Gram matrices of linear features: 3 train and 2 test samples in `dimension` features. */
function kernels(dimension: number) {
  const features = createRng(3).normals(new Float64Array(5 * dimension));
  const dot = (a: number, b: number) => {
    let sum = 0;
    for (let i = 0; i < dimension; i++) sum += features[a * dimension + i]! * features[b * dimension + i]!;
    return sum;
  };
  const gram = (rows: readonly number[], columns: readonly number[]) =>
    matrix(
      rows.length,
      columns.length,
      Float64Array.from(rows.flatMap((a) => columns.map((b) => dot(a, b)))),
    );
  return { train: gram([0, 1, 2], [0, 1, 2]), cross: gram([3, 4], [0, 1, 2]), test: gram([3, 4], [3, 4]) };
}

const COLUMNS = 20_000;

describe("draws of the noise of the outputs", () => {
  test.each([2, 3, 8])(
    "with %i features they have the variances of the formulas, and each step its own",
    async (dimension) => {
      const { train, cross, test: among } = kernels(dimension);
      const model = await spectralModel(train);
      const clocks = [0, 3, 50].map((steps) => ({ kind: "gd", learningRate: 0.05, steps }) as const);
      const input = {
        noise: 0.4,
        columns: COLUMNS,
        rng: createRng(1),
        test: { train: cross, kernel: among },
      };
      const drawn = [...noiseDraws(model, input, clocks)];
      const diagonal = Float64Array.of(among.data[0]!, among.data[3]!);
      const exact = noiseVariance(model, { noise: 0.4, test: { train: cross, diagonal } }, clocks);
      drawn.forEach((state, t) => {
        const { train: ofTrain, test: ofTest } = exact[t]!;
        const check = (data: Float64Array, variances: Float64Array) =>
          variances.forEach((variance, i) => {
            let sum = 0;
            for (let c = 0; c < COLUMNS; c++) sum += data[i * COLUMNS + c]! ** 2;
            // 5 standard errors of a variance of normal values
            expect(Math.abs(sum / COLUMNS - variance)).toBeLessThanOrEqual(
              5 * variance * Math.sqrt(2 / COLUMNS) + 1e-8,
            );
          });
        check(state.train.data, ofTrain);
        check(state.test!.data, ofTest!);
        expect(state.trainVariance).toBeCloseTo(
          ofTrain.reduce((a, b) => a + b / 3, 0),
          12,
        );
        expect(state.testVariance!).toBeCloseTo(
          ofTest!.reduce((a, b) => a + b / 2, 0),
          12,
        );
      });
      expect(drawn[0]!.train.data.every((value) => value === 0)).toBe(true);
    },
  );

  test("a test point that is a train point has its noise", async () => {
    const { train } = kernels(8);
    const model = await spectralModel(train);
    const clocks = [{ kind: "gd", learningRate: 0.05, steps: 20 } as const];
    const [drawn] = noiseDraws(
      model,
      { noise: 1, columns: 50, rng: createRng(2), test: { train, kernel: train } },
      clocks,
    );
    const scale = Math.sqrt(drawn!.trainVariance);
    drawn!.train.data.forEach((value, i) => {
      expect(Math.abs(drawn!.test!.data[i]! - value) / scale).toBeLessThan(1e-3);
    });
  });
});
