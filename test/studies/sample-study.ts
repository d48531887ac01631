/**
 * A study for tests: squares of seeded numbers, in pieces that are counted.
 */
import { createRng } from "../../src/numeric/random.js";
import { absolute, defineStudy, relative, type Study } from "../../src/studies/index.js";

export interface SampleStudy {
  readonly study: Study;
  /** inputs that were computed, in order */
  readonly computed: number[];
}

/** `before` runs in front of each piece. */
export function sampleStudy(
  options: {
    readonly wrong?: boolean;
    /** a check has no number */
    readonly open?: boolean;
    readonly data?: string;
    readonly before?: (at: number) => void;
  } = {},
): SampleStudy {
  const computed: number[] = [];
  const study = defineStudy({
    id: "T.squares",
    papers: ["B"],
    title: "Squares of <numbers>",
    expected: "sigma_w^2 & friends",
    quick: { count: 5 },
    full: { count: 9 },
    ...(options.data === undefined ? {} : { data: options.data }),
    run: async ({ count }, { arrays, values, seed, dataset }) => {
      const inputs = Array.from({ length: count }, (_, at) => ({ at, seed }));
      const squares = await arrays(
        {
          name: "squares",
          version: 1,
          compute: ({ at, seed: s }) => {
            options.before?.(at);
            computed.push(at);
            const data = createRng(s).fork("piece", at).normals(new Float64Array(3));
            return { square: { data: data.map((x) => x * x), shape: [3] } };
          },
        },
        inputs,
      );
      const odd = await values(
        { name: "odd", version: 1, compute: (x: number) => ({ limit: 1 / x, no: Number.NaN }) },
        [0],
      );
      if (options.data !== undefined) await dataset();
      const data = new Float64Array(3 * count);
      for (const [i, { square }] of squares.entries()) data.set(square!.data as Float64Array, 3 * i);
      return {
        arrays: { squares: { data, shape: [count, 3] } },
        figures: [
          {
            name: "picture",
            caption: "chi_1 <of> it",
            draw: ({ id }) => `<svg class="ft-figure" id="${id}"></svg>`,
          },
        ],
        checks: [
          absolute({ id: "S1", quantity: "1 + 1", source: "arithmetic" }, 1 + 1, options.wrong ? 3 : 2, 1e-9),
          relative({ id: "S2", quantity: "1 / 0", source: "IEEE 754" }, odd[0]!.limit > 1e9 ? 1 : 0, 1, 0),
          absolute(
            { id: "S3", quantity: "NaN is kept", source: "pieces" },
            options.open ? odd[0]!.no : Number.isNaN(odd[0]!.no) ? 1 : 0,
            1,
            0,
          ),
        ],
        notComputed: [{ id: "S4", quantity: "the last digit", reason: "nobody knows" }],
        notes: ["all done"],
      };
    },
  });
  return { study, computed };
}
