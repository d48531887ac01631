/**
 * How deep signals travel: the correlation over layers, and the depth scales over the weight variance.
 * @module
 */
import { activation } from "../../activations/index.js";
import { type Mark, panelsFigure } from "../../figures/index.js";
import { correlationTrajectory, type HiddenLayer } from "../../meanfield/index.js";
import { type Check, relative } from "../checks.js";
import { defineStudy } from "../study.js";
import { type PaperLayer, readingOf } from "./deep-network.js";

const BIAS = 0.05;
/** Largest depth scale on the axis; they are infinite at criticality. */
const MOST_LAYERS = 500;

const layerOf = ({ activation: name, ...variances }: PaperLayer): HiddenLayer => ({
  ...variances,
  activation: activation(name),
});

interface Run {
  readonly weightVariance: number;
  readonly style: { readonly colour: 1 | 2; readonly marker: "circle" | "square" };
  readonly label: string;
}

const RUNS: readonly Run[] = [
  { weightVariance: 1.25, style: { colour: 1, marker: "circle" }, label: "ordered, σ_{w}^{2} = 1.25" },
  { weightVariance: 1.5, style: { colour: 2, marker: "square" }, label: "chaotic, σ_{w}^{2} = 1.5" },
];

export const signalStudy = defineStudy({
  id: "B.signal-depth",
  papers: ["B"],
  title: "Depth of signal propagation",
  expected:
    "The correlation of two inputs goes to c* exponentially, at the rate chi_c* per layer; the depth scales diverge at criticality and are short on both sides of it.",
  quick: { layers: 400, columns: 241 },
  full: { layers: 400, columns: 601 },
  references: ["schoenholz2017deep", "poole2016exponential"],
  run: async ({ layers, columns }) => {
    const q0 = (layer: PaperLayer) => readingOf(layer).qStar!;
    const runs = RUNS.map((run) => {
      const layer: PaperLayer = { activation: "erf", weightVariance: run.weightVariance, biasVariance: BIAS };
      const reading = readingOf(layer);
      const { deficit } = correlationTrajectory([layerOf(layer)], { q1: q0(layer), c: 0.5 }, layers);
      const distance = Array.from(deficit, (d) => Math.abs(d - reading.cStarDeficit!));
      return { ...run, reading, c: Array.from(deficit, (d) => 1 - d), distance };
    });
    const layer = Array.from({ length: layers + 1 }, (_, l) => l);
    const weights = Array.from({ length: columns }, (_, i) => 0.05 + (2.95 * i) / (columns - 1));
    const readings = weights.map((weightVariance) =>
      readingOf({ activation: "erf", weightVariance, biasVariance: BIAS }),
    );
    const scale = (value: number | null) =>
      value !== null && Number.isFinite(value) ? Math.min(10 * MOST_LAYERS, value) : null;
    const critical = readings[0]!.criticalWeightVariance!;
    const rateOf = (distance: readonly number[], from: number, to: number) =>
      Math.log(distance[to]! / distance[from]!) / (to - from);
    // late enough for the exponential law, early enough for digits
    const [from, to] = [Math.floor(layers / 2), Math.floor((3 * layers) / 4)];
    const checks: Check[] = runs.map(({ weightVariance, reading, distance }) =>
      relative(
        {
          id: `rate.${weightVariance}`,
          quantity: `erf (${weightVariance}, ${BIAS}): rate of log |c_l - c*| from layer ${from} to ${to}`,
          source: "paper B, |c_l - c*| ~ chi_c*^l",
        },
        rateOf(distance, from, to),
        Math.log(reading.chiC!),
        2e-3,
      ),
    );
    const theory = ({ reading, distance }: (typeof runs)[number]) => {
      // through the point at a third of the depth: the amplitude depends on the start
      const at = Math.floor(layers / 3);
      return layer.map((l) => distance[at]! * Math.exp((l - at) * Math.log(reading.chiC!)));
    };
    const marks: Mark[] = runs.flatMap((run): Mark[] => [
      { kind: "line", x: layer, y: theory(run), style: { colour: "ink", dash: "dashed", width: 1.4 } },
      { kind: "line", x: layer, y: run.distance.map((d) => (d > 1e-14 ? d : null)), style: run.style },
    ]);
    const curves = [
      ["ξ_{c*}", readings.map(({ xiC }) => scale(xiC)), { colour: 4 }],
      // above the line that it equals in the ordered phase
      ["ξ_{1}", readings.map(({ xi1 }) => scale(xi1)), { colour: 3, dash: "dashed" }],
      ["ξ_{*}", readings.map(({ xiStar }) => scale(xiStar)), { colour: "ink", dash: "dotted" }],
    ] as const;
    return {
      arrays: {
        layer: { data: Float64Array.from(layer), shape: [layer.length] },
        correlation: {
          data: Float64Array.from(runs.flatMap(({ c }) => c)),
          shape: [runs.length, layer.length],
        },
        weightVariance: { data: Float64Array.from(weights), shape: [columns] },
        ...Object.fromEntries(
          (["xi1", "xiC", "xiStar"] as const).map((name) => [
            name,
            { data: Float64Array.from(readings, (r) => r[name] ?? Number.NaN), shape: [columns] },
          ]),
        ),
      },
      checks,
      figures: [
        {
          name: "signal-depth",
          caption: `erf, sigma_b^2 = ${BIAS}. (a) Correlation of two inputs that starts at 1/2, layer by layer. (b) Its distance from c*, with dashed lines of slope log chi_c*. (c) Depth scales over the weight variance: xi_c* of correlations, xi_1 of gradients and nearly equal inputs, and xi_* of what generalizes in the chaotic phase; in the ordered phase, where c* = 1, xi_c* is xi_1. All are infinite at the critical ${critical.toFixed(3)}.`,
          draw: (options) =>
            panelsFigure(
              {
                title: "Depth of signal propagation",
                description: `Correlation over ${layers} layers in the ordered and the chaotic phase, and depth scales over the weight variance.`,
                columns: 3,
                panelHeight: 290,
                legend: [
                  ...runs.map(({ label, style }) => ({ kind: "line" as const, label, style })),
                  { kind: "line", label: "theory", style: { colour: "ink", dash: "dashed", width: 1.4 } },
                  ...curves.map(([label, , style]) => ({ kind: "line" as const, label, style })),
                ],
                panels: [
                  {
                    title: "(a) Correlation",
                    x: { title: "layer", kind: "linear", domain: [0, Math.min(layers, 150)], integer: true },
                    y: { title: "correlation c", kind: "linear", domain: [0.4, 1.02] },
                    marks: runs.map(({ c, style }) => ({ kind: "line", x: layer, y: c, style })),
                  },
                  {
                    title: "(b) Distance from c*",
                    x: { title: "layer", kind: "linear", domain: [0, layers], integer: true },
                    y: { title: "|c − c*|", kind: "log", domain: [1e-9, 1] },
                    marks,
                  },
                  {
                    title: "(c) Depth scales",
                    x: { title: "weight variance σ_{w}^{2}", kind: "linear", domain: [0, 3] },
                    y: { title: "layers", kind: "log", domain: [0.3, MOST_LAYERS] },
                    marks: [
                      { kind: "rule", axis: "x", value: critical, label: "critical", dash: "dash-dot" },
                      ...curves.map(([, y, style]): Mark => ({ kind: "line", x: weights, y, style })),
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
