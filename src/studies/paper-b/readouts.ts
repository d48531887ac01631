/**
 * What pooling and dropout do to the condition number over depth (paper B, pooling and dropout).
 * @module
 */
import { type Mark, panelsFigure } from "../../figures/index.js";
import { kernelsAtDepths } from "../../kernels/index.js";
import {
  activationLayer,
  conv,
  dense,
  dropout,
  flatten,
  globalAvgPool,
  input,
  type Layer,
  type Network,
  network,
} from "../../network/index.js";
import type { NdArray } from "../../numeric/matrix.js";
import { bulkSpectrum, ntkAsymptotics } from "../../trainability/index.js";
import { type Check, relative } from "../checks.js";
import { defineStudy } from "../study.js";
import { criticalLayer, type PaperLayer, readingOf, sphereInputs } from "./deep-network.js";

const BIAS = 0.05;
const THEORY = { colour: "ink", dash: "dashed", width: 1.4 } as const;

/** kappa = lambda_max over the mean of the bulk, at each depth. */
async function kappas(
  net: Network,
  depths: readonly number[],
  x: NdArray<Float64Array>,
  work: { readonly threads: number | undefined; readonly signal: AbortSignal | undefined },
): Promise<number[]> {
  const out: number[] = [];
  const options = { get: ["ntk", "ntkGap"] as const, ...work };
  for await (const { ntk, ntkGap } of kernelsAtDepths(net, depths, x, null, options)) {
    const { lambdaMax, eigenvalues } = await bulkSpectrum(ntk, ntkGap);
    const bulk = eigenvalues.slice(1);
    out.push(lambdaMax / (bulk.reduce((sum, value) => sum + value, 0) / bulk.length));
  }
  return out;
}

const column = (values: readonly (number | null)[]) => ({
  data: Float64Array.from(values, (value) => value ?? Number.NaN),
  shape: [values.length],
});

const depthAxis = (depths: readonly number[]) => ({
  title: "hidden layers",
  kind: "log" as const,
  domain: [depths[0]!, depths.at(-1)!] as const,
});

const DEPTHS = [1, 2, 3, 4, 6, 8, 11, 16, 22, 32, 45, 64, 90, 128, 180, 256, 362, 512];

/** Gaussian samples on d positions, each position of mean square q. */
function positionsInput(seed: number, m: number, positions: number, channels: number, q: number) {
  const flat = sphereInputs(seed, m * positions, channels, q);
  return { data: flat.data, shape: [m, positions, channels] };
}

function convolutional(
  { activation, weightVariance, biasVariance }: PaperLayer,
  shape: readonly [number, number],
  readout: Layer,
): Network {
  const block = [
    activationLayer(activation),
    conv(1, [3], { padding: "circular", weightVariance, biasVariance }),
  ];
  return network(
    input([...shape]),
    conv(1, [1], { weightVariance: 1, biasVariance: 0 }),
    ...block,
    ...block,
    readout,
  );
}

const PHASES = [
  { phase: "critical", layer: criticalLayer("erf", BIAS), colour: 3 },
  { phase: "chaotic", layer: { activation: "erf", weightVariance: 1.5, biasVariance: BIAS }, colour: 2 },
] as const;

export const poolingStudy = defineStudy({
  id: "B.pooling",
  papers: ["B"],
  title: "Pooled and flattened convolutional networks",
  expected:
    "At criticality the condition number goes to (m + 2) / 2 with flattening and to (m d + 2) / 2 with global average pooling over d positions; in the chaotic phase both go to 1, the pooled one d times as far away.",
  quick: { samples: 6, positions: 8, depths: DEPTHS },
  full: { samples: 12, positions: 16, depths: [...DEPTHS, 1024, 2048] },
  run: async ({ samples: m, positions: d, depths }, { seed, threads, signal, values }) => {
    const lines = await values(
      {
        name: "networks",
        version: 2,
        compute: ({
          phase,
          pooled,
          seed: s,
        }: {
          phase: string;
          pooled: boolean;
          seed: number;
          samples: number;
          positions: number;
          depths: readonly number[];
        }) => {
          const { layer } = PHASES.find((item) => item.phase === phase)!;
          const x = positionsInput(s, m, d, 16, readingOf(layer).qStar!);
          const net = convolutional(layer, [d, 16], pooled ? globalAvgPool() : flatten());
          return kappas(net, depths, x, { threads, signal });
        },
      },
      PHASES.flatMap(({ phase }) =>
        [false, true].map((pooled) => ({ phase, pooled, seed, samples: m, positions: d, depths })),
      ),
    );
    const last = depths.length - 1;
    // deeper, kappa - 1 of the chaotic phase is lost in rounding
    const early = Math.max(0, last - 2);
    const at = (phase: number, pooled: boolean) => lines[2 * phase + (pooled ? 1 : 0)]!;
    const limits = { flat: (m + 2) / 2, pooled: (m * d + 2) / 2 };
    const table = "paper B, NTK table";
    const checks: Check[] = [
      relative(
        {
          id: "flat",
          quantity: `critical, flattened: kappa at ${depths[last]} layers`,
          source: `${table}: (m + 2) / 2`,
        },
        at(0, false)[last]!,
        limits.flat,
        0.05,
      ),
      relative(
        {
          id: "pooled",
          quantity: `critical, pooled: kappa at ${depths[last]} layers`,
          source: `${table}: (m d + 2) / 2`,
        },
        at(0, true)[last]!,
        limits.pooled,
        0.05,
      ),
      relative(
        {
          id: "chaotic",
          quantity: `chaotic: kappa - 1 pooled over flattened at ${depths[early]} layers`,
          source: `${table}: d`,
        },
        (at(1, true)[early]! - 1) / (at(1, false)[early]! - 1),
        d,
        0.01,
      ),
    ];
    const style = (phase: number, pooled: boolean) =>
      ({
        colour: PHASES[phase]!.colour,
        marker: pooled ? "square" : "circle",
        dash: pooled ? "dashed" : "solid",
      }) as const;
    const panel = (phase: number) => ({
      title: phase === 0 ? "(a) Critical" : "(b) Chaotic",
      x: depthAxis(depths),
      y: {
        title: phase === 0 ? "κ" : "κ − 1",
        kind: "log" as const,
        domain:
          phase === 0
            ? ([Math.min(...at(0, false)) / 1.2, Math.max(...at(0, true)) * 1.3] as const)
            : ([1e-6, Math.max(...at(1, true)) * 1.5] as const),
      },
      marks: [
        ...(phase === 0
          ? [
              {
                kind: "rule" as const,
                axis: "y" as const,
                value: limits.flat,
                label: `(m + 2) / 2 = ${limits.flat}`,
              },
              {
                kind: "rule" as const,
                axis: "y" as const,
                value: limits.pooled,
                label: `(m d + 2) / 2 = ${limits.pooled}`,
              },
            ]
          : []),
        ...[false, true].map(
          (pooled): Mark => ({
            kind: "line",
            x: depths,
            y: at(phase, pooled).map((kappa) => (phase === 0 ? kappa : kappa - 1 > 1e-9 ? kappa - 1 : null)),
            style: style(phase, pooled),
          }),
        ),
      ],
    });
    return {
      arrays: {
        depth: column(depths),
        ...Object.fromEntries(
          PHASES.flatMap(({ phase }, i) => [
            [`${phase}_flat`, column(at(i, false))],
            [`${phase}_pooled`, column(at(i, true))],
          ]),
        ),
      },
      checks,
      figures: [
        {
          name: "pooling",
          caption: `Condition number of the NTK of erf networks with circular 1-D convolutions, ${m} random samples of d = ${d} positions, sigma_b^2 = ${BIAS}: flattened (solid) and averaged over positions (dashed) before the read-out. (a) At criticality pooling makes training d times worse conditioned. (b) In the chaotic phase kappa - 1 falls like chi_1^-l for both, d times as large with pooling.`,
          draw: (options) =>
            panelsFigure(
              {
                title: "Condition number with and without pooling",
                description: `Condition number over depth at criticality and in the chaotic phase, ${m} samples, ${d} positions.`,
                legend: PHASES.flatMap(({ phase }, i) =>
                  [false, true].map((pooled) => ({
                    kind: "line" as const,
                    label: `${phase}, ${pooled ? "pooled" : "flattened"}`,
                    style: style(i, pooled),
                  })),
                ),
                panels: [panel(0), panel(1)],
              },
              options,
            ),
        },
      ],
    };
  },
});

const ORDERED: PaperLayer = { activation: "erf", weightVariance: 1.25, biasVariance: BIAS };
const RATES = [
  { keepRate: 1, style: { colour: "ink", marker: "circle" } },
  { keepRate: 0.99, style: { colour: 1, marker: "square" } },
  { keepRate: 0.9, style: { colour: 2, marker: "triangle" } },
  { keepRate: 0.5, style: { colour: 3, marker: "diamond" } },
] as const;

export const dropoutStudy = defineStudy({
  id: "B.dropout",
  papers: ["B"],
  title: "Dropout before the last layer in the ordered phase",
  expected:
    "Without dropout the condition number of an ordered network explodes with depth; any dropout before the last layer makes it level off, at 1 + m p* / ((1 / rho - 1) (p* - sigma_b^2)).",
  quick: { samples: 12, depths: DEPTHS },
  full: { samples: 64, depths: DEPTHS },
  run: async ({ samples: m, depths }, { seed, threads, signal, values }) => {
    const { qStar, chi1 } = readingOf(ORDERED);
    const { weightVariance, biasVariance } = ORDERED;
    const block = [activationLayer("erf"), dense(1, { weightVariance, biasVariance })];
    const lines = await values(
      {
        name: "keep rates",
        version: 2,
        compute: ({
          keepRate,
          seed: s,
        }: {
          keepRate: number;
          seed: number;
          samples: number;
          depths: readonly number[];
        }) => {
          const x = sphereInputs(s, m, 30, qStar!);
          const last: Layer[] = [block[0]!, ...(keepRate < 1 ? [dropout(keepRate)] : []), block[1]!];
          const net = network(
            input([30]),
            dense(1, { weightVariance: 1, biasVariance: 0 }),
            ...block,
            ...block,
            ...(keepRate < 1 ? last : block),
          );
          return kappas(net, depths, x, { threads, signal });
        },
      },
      RATES.map(({ keepRate }) => ({ keepRate, seed, samples: m, depths })),
    );
    const limit = (keepRate: number) =>
      ntkAsymptotics({
        samples: m,
        depth: depths.at(-1)!,
        phase: "ordered",
        qStar: qStar!,
        chi1: chi1!,
        cStar: 1,
        chiC: chi1!,
        keepRate,
        biasVariance,
      }).kappa!;
    const limited = RATES.filter(({ keepRate }) => keepRate < 1);
    const kappa = RATES.map((_, i) => lines[i]!);
    const top = Math.max(...kappa[0]!);
    return {
      arrays: {
        depth: column(depths),
        ...Object.fromEntries(RATES.map(({ keepRate }, i) => [`kappa_${keepRate}`, column(kappa[i]!)])),
      },
      checks: limited.map(({ keepRate }) =>
        relative(
          {
            id: `rho.${keepRate}`,
            quantity: `kappa at ${depths.at(-1)} layers, keep rate ${keepRate}`,
            source: "paper B, dropout: 1 + m p* / ((1 / rho - 1) (p* - sigma_b^2))",
          },
          kappa[RATES.findIndex((rate) => rate.keepRate === keepRate)]!.at(-1)!,
          limit(keepRate),
          0.01,
        ),
      ),
      figures: [
        {
          name: "dropout",
          caption: `Condition number of the NTK of ordered erf networks (sigma_w^2 = ${weightVariance}, sigma_b^2 = ${biasVariance}) on ${m} random samples, with dropout before the last layer. Dropout scales the kernel between a sample and itself only, as a ridge does; dashed lines are its limits.`,
          draw: (options) =>
            panelsFigure(
              {
                title: "Condition number with dropout before the last layer",
                description: `Condition number over depth for keep rates ${RATES.map((rate) => rate.keepRate).join(", ")}.`,
                columns: 1,
                panelHeight: 340,
                legend: [
                  ...RATES.map(({ keepRate, style }) => ({
                    kind: "line" as const,
                    label: keepRate === 1 ? "no dropout" : `keep rate ${keepRate}`,
                    style,
                  })),
                  { kind: "line" as const, label: "limit", style: THEORY },
                ],
                panels: [
                  {
                    x: depthAxis(depths),
                    y: {
                      title: "κ",
                      kind: "log",
                      domain: [Math.min(...kappa.flat()) / 1.5, Math.min(1e12, top * 2)],
                    },
                    marks: [
                      ...limited.map(
                        ({ keepRate }): Mark => ({ kind: "rule", axis: "y", value: limit(keepRate) }),
                      ),
                      ...RATES.map(
                        ({ style }, i): Mark => ({ kind: "line", x: depths, y: kappa[i]!, style }),
                      ),
                    ],
                  },
                ],
              },
              options,
            ),
        },
      ],
    };
  },
});
