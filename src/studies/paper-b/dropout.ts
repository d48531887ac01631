/**
 * What dropout before the last layer does to the condition number over depth (paper B, dropout).
 * @module
 */
import { type Mark, panelsFigure } from "../../figures/index.js";
import { activationLayer, dense, dropout, input, type Layer, network } from "../../network/index.js";
import { ntkAsymptotics } from "../../trainability/index.js";
import { relative } from "../checks.js";
import { defineStudy } from "../study.js";
import { column, DEPTHS, depthAxis, kappas } from "./condition-numbers.js";
import { type PaperLayer, readingOf, sphereInputs } from "./deep-network.js";

const BIAS = 0.05;
const THEORY = { colour: "ink", dash: "dashed", width: 1.4 } as const;

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
