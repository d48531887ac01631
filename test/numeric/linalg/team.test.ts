import { afterEach, describe, expect, test } from "vitest";
import { selectLinearAlgebra } from "../../../src/numeric/linalg/dispatch.js";
import { eigenSymmetric } from "../../../src/numeric/linalg/index.js";
import { linearAlgebraThreads, openTeam, setLinearAlgebraThreads } from "../../../src/numeric/linalg/team.js";
import { selectLinearAlgebraVariant } from "../../../src/numeric/linalg/wasm-memory.js";
import { hardwareThreads } from "../../../src/threads/index.js";
import { wishart } from "./matrices.js";

afterEach(() => {
  selectLinearAlgebra("auto");
  selectLinearAlgebraVariant(undefined);
  setLinearAlgebraThreads(null);
});

describe("threads of the eigen-decomposition", () => {
  test.each(["simd", "relaxed"] as const)(
    "give the same bits, whatever their number: %s",
    async (variant) => {
      selectLinearAlgebraVariant(variant);
      selectLinearAlgebra("wasm");
      const a = wishart(517, 600); // above the side from which threads are used, and no multiple of a tile
      const alone = await eigenSymmetric(a, { threads: 1 });
      for (const threads of [2, 3, 5]) expect(await eigenSymmetric(a, { threads })).toEqual(alone);
    },
  );

  test("are all cores unless a bound is set", () => {
    expect(linearAlgebraThreads()).toBe(hardwareThreads());
    setLinearAlgebraThreads(1);
    expect(linearAlgebraThreads()).toBe(1);
  });

  test("the workspace is not opened where its memory does not fit 32-bit addresses", () => {
    expect(openTeam(2 ** 29, 1, 2)).toBeNull();
  });

  test("a job that is cancelled on the way gives its workers back, and the next one runs", async () => {
    selectLinearAlgebra("wasm");
    const a = wishart(900, 900);
    const controller = new AbortController();
    const onProgress = () => controller.abort();
    await expect(
      eigenSymmetric(a, { threads: 2, signal: controller.signal, onProgress }),
    ).rejects.toMatchObject({ code: "ERR_ABORTED" });
    const { values } = await eigenSymmetric(a, { threads: 2, vectors: false });
    expect(values).toHaveLength(900);
  });

  test("a number of threads that is none is refused", async () => {
    await expect(eigenSymmetric(wishart(3, 3), { threads: 0 })).rejects.toThrow(
      /threads is 0, expected a whole number above 0/,
    );
  });
});
