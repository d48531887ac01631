/**
 * Condition numbers over depth of fully connected, flattened and pooled networks in three phases (paper B, pooling).
 * @module
 */
import { type LineStyle, type Mark, type PanelData, panelsFigure } from "../../figures/index.js";
import { flatten, globalAvgPool, type Network } from "../../network/index.js";
import { type Check, relative } from "../checks.js";
import { defineStudy } from "../study.js";
import { column, DEPTHS, depthAxis, kappas } from "./condition-numbers.js";
import {
  criticalLayer,
  deepCircularNetwork,
  deepNetwork,
  type PaperLayer,
  readingOf,
  sphereInputs,
} from "./deep-network.js";

const BIAS = 0.05;
const CHANNELS = 16;

const PHASES = ["ordered", "critical", "chaotic"] as const;
type PhaseName = (typeof PHASES)[number];
const LAYERS: Readonly<Record<PhaseName, PaperLayer>> = {
  ordered: { activation: "erf", weightVariance: 1.25, biasVariance: BIAS },
  critical: criticalLayer("erf", BIAS),
  chaotic: { activation: "erf", weightVariance: 1.5, biasVariance: BIAS },
};

/** FCN, CNN-F and CNN-P of the paper. */
const READOUTS = ["connected", "flat", "pooled"] as const;
type Readout = (typeof READOUTS)[number];
const LABELS: Readonly<Record<Readout, string>> = {
  connected: "fully connected",
  flat: "convolutions, flattened",
  pooled: "convolutions, pooled",
};
const STYLES = {
  connected: { colour: "ink", marker: "circle" },
  flat: { colour: 2 },
  pooled: { colour: 3, marker: "square", dash: "dashed" },
} as const satisfies Record<Readout, LineStyle>;
const LAW = { colour: "ink", dash: "dashed", width: 1.4 } as const;

function networkOf(layer: PaperLayer, readout: Readout, positions: number): Network {
  if (readout === "connected") return deepNetwork(layer, positions * CHANNELS);
  return deepCircularNetwork(
    layer,
    [positions, CHANNELS],
    readout === "pooled" ? globalAvgPool() : flatten(),
  );
}

export const poolingStudy = defineStudy({
  id: "B.pooling",
  papers: ["B"],
  title: "Condition numbers of fully connected, flattened and pooled networks",
  expected:
    "In the ordered phase every condition number explodes like chi_1^-l / l. At criticality it goes to (m + 2) / 2 for fully connected networks and for convolutions with flattening, and to (m d + 2) / 2 with global average pooling over d positions. In the chaotic phase all go to 1, the pooled one d times as far away.",
  quick: { samples: 6, positions: 8, depths: DEPTHS },
  full: { samples: 12, positions: 16, depths: [...DEPTHS, 1024, 2048] },
  run: async ({ samples: m, positions: d, depths }, { seed, threads, signal, values }) => {
    const keys = PHASES.flatMap((phase) =>
      READOUTS.map((readout) => ({ phase, readout, seed, samples: m, positions: d, depths })),
    );
    const lines = await values(
      {
        name: "networks",
        version: 3,
        compute: ({ phase, readout, seed: s }: (typeof keys)[number]) => {
          const layer = LAYERS[phase];
          // every position of mean square q*: samples have it, too
          const { data } = sphereInputs(s, m * d, CHANNELS, readingOf(layer).qStar!);
          const shape = readout === "connected" ? [m, d * CHANNELS] : [m, d, CHANNELS];
          return kappas(networkOf(layer, readout, d), depths, { data, shape }, { threads, signal });
        },
      },
      keys,
    );
    const at = (phase: PhaseName, readout: Readout) =>
      lines[PHASES.indexOf(phase) * READOUTS.length + READOUTS.indexOf(readout)]!;
    const last = depths.length - 1;
    const deep = depths[last]!;
    // deeper, kappa - 1 of the chaotic phase is lost in rounding
    const early = Math.max(0, last - 2);
    const half = depths.findLastIndex((depth) => depth <= deep / 2);
    const limits = { connected: (m + 2) / 2, flat: (m + 2) / 2, pooled: (m * d + 2) / 2 };
    const { chi1 } = readingOf(LAYERS.ordered);
    const table = "paper B, NTK table";
    /** log(l kappa), the law's power of l taken out: grows by -log chi_1 a layer */
    const growth = (readout: Readout) => {
      const from = Math.max(0, half);
      const log = (i: number) => Math.log(depths[i]! * at("ordered", readout)[i]!);
      return (log(last) - log(from)) / (deep - depths[from]!);
    };
    const chaos = readingOf(LAYERS.chaotic);
    const pair = (chaos.qStar! * chaos.cStar!) / (1 - chaos.chiC!);
    const own = (l: number) => (chaos.qStar! * (chaos.chi1! ** (l + 1) - 1)) / (chaos.chi1! - 1);
    const checks: Check[] = [
      ...READOUTS.map((readout) =>
        relative(
          {
            id: `ordered.${readout}`,
            quantity: `ordered, ${LABELS[readout]}: growth of log(l kappa) per layer, ${depths[Math.max(0, half)]} to ${deep} layers`,
            source: `${table}: kappa ~ chi_1^-l / l; 3 % for the next power of 1 / l`,
          },
          growth(readout),
          -Math.log(chi1!),
          0.03,
        ),
      ),
      ...READOUTS.map((readout) =>
        relative(
          {
            id: readout,
            quantity: `critical, ${LABELS[readout]}: kappa at ${deep} layers`,
            source: `${table}: ${readout === "pooled" ? "(m d + 2) / 2" : "(m + 2) / 2"}; 5 % for m O(1 / l)`,
          },
          at("critical", readout)[last]!,
          limits[readout],
          0.05,
        ),
      ),
      relative(
        {
          id: "chaotic",
          quantity: `chaotic: kappa - 1 pooled over flattened at ${depths[early]} layers`,
          source: `${table}: d`,
        },
        (at("chaotic", "pooled")[early]! - 1) / (at("chaotic", "flat")[early]! - 1),
        d,
        0.01,
      ),
      relative(
        {
          id: "chaotic.connected",
          quantity: `chaotic, ${LABELS.connected}: kappa - 1 at ${depths[early]} layers`,
          source: `${table}: m p_ab* / (p_aa - p_ab*); 5 % for O(l chi_c*^l)`,
        },
        at("chaotic", "connected")[early]! - 1,
        (m * pair) / (own(depths[early]!) - pair),
        0.05,
      ),
    ];
    const panel = (
      title: string,
      y: string,
      phase: PhaseName,
      shown: (kappa: number, depth: number) => number | null,
      rules: readonly Mark[] = [],
      floor = 0,
    ): PanelData => {
      const values = READOUTS.map((readout) =>
        at(phase, readout).map((kappa, i) => shown(kappa, depths[i]!)),
      );
      const all = values.flat().filter((value) => value !== null);
      return {
        title,
        x: depthAxis(depths),
        y: {
          title: y,
          kind: "log",
          domain: [Math.max(floor, Math.min(...all) / 1.5), Math.max(...all) * 1.5],
        },
        marks: [
          ...rules,
          // flattened and fully connected networks are on one another: lines, and hollow markers on top
          ...[1, 2].map(
            (i): Mark => ({ kind: "line", x: depths, y: values[i]!, style: STYLES[READOUTS[i]!] }),
          ),
          { kind: "points", x: depths, y: values[0]!, ...STYLES.connected, hollow: true },
        ],
      };
    };
    const rule = (value: number, label: string): Mark => ({ kind: "rule", axis: "y", value, label });
    return {
      arrays: {
        depth: column(depths),
        ...Object.fromEntries(
          PHASES.flatMap((phase) =>
            READOUTS.map((readout) => [`${phase}_${readout}`, column(at(phase, readout))] as const),
          ),
        ),
      },
      checks,
      figures: [
        {
          name: "pooling",
          caption: `Condition number of the NTK of erf networks (largest eigenvalue over the mean of the others), ${m} random samples of d = ${d} positions, sigma_b^2 = ${BIAS}: fully connected networks (markers), circular 1-D convolutions flattened before the read-out (lines, under the markers), and averaged over positions. (a) Ordered phase, sigma_w^2 = 1.25: it explodes. (b) The same times l chi_1^l: it levels off, each network at a constant of its own. (c) At criticality pooling makes training d times worse conditioned. (d) In the chaotic phase, sigma_w^2 = 1.5, kappa - 1 falls like chi_1^-l for all, d times as large with pooling; values below 1e-9 are rounding and left out.`,
          draw: (options) =>
            panelsFigure(
              {
                title: "Condition number with and without pooling",
                description: `Condition number over depth in the ordered, critical and chaotic phase of three kinds of networks, ${m} samples, ${d} positions.`,
                columns: 2,
                legend: [
                  ...READOUTS.map((readout) => ({
                    kind: readout === "connected" ? ("point" as const) : ("line" as const),
                    label: LABELS[readout],
                    style: STYLES[readout],
                  })),
                  { kind: "line", label: "limits", style: LAW },
                ],
                panels: [
                  panel("(a) Ordered", "κ", "ordered", (kappa) => kappa),
                  panel(
                    "(b) Ordered, without the law",
                    "l χ_{1}^{l} κ",
                    "ordered",
                    (kappa, depth) => depth * chi1! ** depth * kappa,
                  ),
                  panel("(c) Critical", "κ", "critical", (kappa) => kappa, [
                    rule(limits.flat, `(m + 2) / 2 = ${limits.flat}`),
                    rule(limits.pooled, `(m d + 2) / 2 = ${limits.pooled}`),
                  ]),
                  panel(
                    "(d) Chaotic",
                    "κ − 1",
                    "chaotic",
                    (kappa) => (kappa - 1 > 1e-9 ? kappa - 1 : null),
                    [],
                    1e-6,
                  ),
                ],
              },
              options,
            ),
        },
      ],
    };
  },
});
