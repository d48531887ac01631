/**
 * Entries of the NTK and of its mean predictor against depth, beside their laws (paper B, experiments).
 * @module
 */
import { type LineStyle, type Mark, type PanelData, panelsFigure } from "../../figures/index.js";
import type { MeanField } from "../../meanfield/index.js";
import { atMost, type Check, relative } from "../checks.js";
import type { StudyFigure } from "../study.js";

/** Test sample and class of the components of P(Theta) Y that are followed. */
export const COMPONENTS: readonly (readonly [sample: number, label: number])[] = [
  [0, 0],
  [1, 0],
  [2, 3],
  [9, 5],
];

/** One phase's entries over depth. */
export interface EntryLines {
  readonly phase: "ordered" | "critical" | "chaotic";
  readonly reading: MeanField;
  readonly style: LineStyle;
  /** Theta_aa and the mean Theta_ab */
  readonly own: readonly number[];
  readonly pair: readonly number[];
  /** components of P(Theta) Y, [component][depth]; none where the data have fewer samples or classes */
  readonly components: readonly { readonly name: string; readonly values: readonly number[] }[];
}

const THEORY = { colour: "ink", dash: "dashed", width: 1.4 } as const;
const COMPONENT_STYLES: readonly LineStyle[] = [
  { colour: 1, marker: "circle" },
  { colour: 2, marker: "square" },
  { colour: 3, marker: "triangle" },
  { colour: 4, marker: "diamond" },
];

/** Theta_aa from Theta_aa = q* at the read-in: q* (1 + chi_1 + ... + chi_1^l). */
const ownLaw = ({ phase, reading: { qStar, chi1 } }: EntryLines, l: number) =>
  phase === "critical" ? (l + 1) * qStar! : (qStar! * (chi1! ** (l + 1) - 1)) / (chi1! - 1);

/** Theta_ab far down: p*, l q* / 3, q* c* / (1 - chi_c*). */
function pairLaw({ phase, reading: { qStar, chi1, cStar, chiC } }: EntryLines, l: number): number {
  if (phase === "critical") return (l * qStar!) / 3;
  return phase === "ordered" ? qStar! / (1 - chi1!) : (qStar! * cStar!) / (1 - chiC!);
}

export function entryChecks(lines: readonly EntryLines[], depths: readonly number[]): Check[] {
  const last = depths.length - 1;
  const deep = depths[last]!;
  const before = depths.findLastIndex((l) => l <= deep / 1.5);
  const { qStar, chi1 } = lines[0]!.reading;
  const fixed = qStar! / (1 - chi1!);
  const { own, pair, components } = lines[0]!;
  const gap = (i: number) => Math.log((own[i]! - pair[i]!) / depths[i]!);
  // one may pass near 0: held against the largest
  const size = Math.max(...components.map(({ values }) => Math.abs(values[last]!)));
  const change = Math.max(
    ...components.map(({ values }) => Math.abs(values[last]! - values[before]!) / size),
  );
  const from = "paper B, convergence of the NTK's entries";
  return [
    ...lines.map((line) =>
      relative(
        {
          id: `${line.phase}.own`,
          quantity: `${line.phase}: Theta_aa at ${deep} layers`,
          source: `${from}: ${line.phase === "critical" ? "(l + 1) q*" : "q* (chi_1^(l+1) - 1) / (chi_1 - 1)"}, exact from the fixed point on; rounding of ${deep} layers`,
        },
        line.own[last]!,
        ownLaw(line, deep),
        1e-9,
      ),
    ),
    relative(
      {
        id: "ordered.own.rate",
        quantity: `ordered: rate of log(p* - Theta_aa) per layer, ${depths[before]} to ${deep} layers`,
        source: `${from}, ordered: chi_1^l; 1e-3 for rounding of a difference of ${(fixed * chi1! ** deep).toPrecision(1)}`,
      },
      Math.log((fixed - own[last]!) / (fixed - own[before]!)) / (deep - depths[before]!),
      Math.log(chi1!),
      1e-3,
    ),
    relative(
      {
        id: "ordered.gap.rate",
        quantity: `ordered: rate of log((Theta_aa - Theta_ab) / l) per layer, ${depths[before]} to ${deep} layers`,
        source: `${from}, ordered: l chi_1^l; 3 % for the next power of 1 / l`,
      },
      (gap(last) - gap(before)) / (deep - depths[before]!),
      Math.log(chi1!),
      0.03,
    ),
    relative(
      {
        id: "critical.pair",
        quantity: `critical: mean Theta_ab over l q* at ${deep} layers`,
        source: `${from}, critical: 1 / 3; 10 % for O(1 / l)`,
      },
      lines[1]!.pair[last]! / (deep * lines[1]!.reading.qStar!),
      1 / 3,
      0.1,
    ),
    relative(
      {
        id: "chaotic.pair",
        quantity: `chaotic: mean Theta_ab at ${deep} layers`,
        source: `${from}, chaotic: q* c* / (1 - chi_c*); 2 % for O(l chi_c*^l)`,
      },
      lines[2]!.pair[last]!,
      pairLaw(lines[2]!, deep),
      0.02,
    ),
    atMost(
      {
        id: "ordered.components",
        quantity: `ordered: largest change of ${components.length} components of P(Theta) Y over the largest of them, ${depths[before]} to ${deep} layers`,
        source: "paper B, ordered: P(Theta) Y goes to a limit that the data set, corrections O(1 / l)",
      },
      change,
      0.1,
    ),
  ];
}

export function entryFigure(
  lines: readonly EntryLines[],
  depths: readonly number[],
  data: string,
): StudyFigure {
  const { qStar, chi1 } = lines[0]!.reading;
  const { own, pair, components } = lines[0]!;
  const fixed = qStar! / (1 - chi1!);
  const last = depths.length - 1;
  const log = { title: "hidden layers", kind: "log" as const, domain: [depths[0]!, depths[last]!] as const };
  const linear = { ...log, kind: "linear" as const, domain: [0, depths[last]!] as const };
  const line = (y: readonly number[], style: LineStyle): Mark => ({
    kind: "line",
    x: depths,
    y: y.map((value) => (value > 0 ? value : null)),
    style,
  });
  const panel = (
    title: string,
    y: string,
    x: PanelData["x"],
    shown: readonly number[],
    marks: readonly Mark[],
  ) => ({
    title,
    x,
    y: {
      title: y,
      kind: "log" as const,
      domain: [Math.min(...shown.filter((value) => value > 0)) / 1.5, Math.max(...shown) * 1.5] as const,
    },
    marks,
  });
  const all = (name: "own" | "pair", law: (entry: EntryLines, l: number) => number): Mark[] => [
    ...lines.map((entry) =>
      line(
        depths.map((l) => law(entry, l)),
        THEORY,
      ),
    ),
    ...lines.map((entry) => line(entry[name], entry.style)),
  ];
  const rest = own.map((value) => fixed - value);
  const gaps = own.map((value, i) => value - pair[i]!);
  const gapLaw = (l: number) => (gaps[last]! * l * chi1! ** l) / (depths[last]! * chi1! ** depths[last]!);
  const shown = components.flatMap(({ values }) => values);
  const room = 0.1 * (Math.max(...shown) - Math.min(...shown));
  return {
    name: "entries",
    caption: `Entries of the NTK of erf networks on ${data}, and of what it predicts. (a) A sample with itself: q* (1 + chi_1 + ... + chi_1^l), exactly. (b) The mean over pairs goes to p* in the ordered phase, to l q* / 3 at criticality and to q* c* / (1 - chi_c*) in the chaotic phase. (c) Ordered phase: p* - Theta_aa falls like chi_1^l, Theta_aa - Theta_ab like l chi_1^l (its constant depends on the data and is taken at the deepest point): the kernel forgets the samples. (d) Components of the mean predictor P(Theta) Y in the ordered phase, [test sample, class]: they level off at values of their own.`,
    draw: (options) =>
      panelsFigure(
        {
          title: `Entries of the NTK and of its mean predictor against depth on ${data}`,
          description: `Diagonal and mean off-diagonal entries in three phases, their distance from the limit in the ordered phase, and components of the mean predictor, from ${depths[0]} to ${depths[last]} layers.`,
          columns: 2,
          legend: [
            ...lines.map(({ phase, style }) => ({ kind: "line" as const, label: phase, style })),
            { kind: "line", label: "theory", style: THEORY },
            { kind: "line", label: "Θ_{aa} − Θ_{ab}", style: { ...lines[0]!.style, dash: "dotted" } },
            ...components.map(({ name }, i) => ({
              kind: "line" as const,
              label: `P(Θ) Y ${name}`,
              style: { ...COMPONENT_STYLES[i]!, dash: "dashed" as const },
            })),
          ],
          panels: [
            panel(
              "(a) A sample with itself",
              "Θ_{aa}",
              log,
              lines.flatMap((entry) => entry.own),
              all("own", ownLaw),
            ),
            panel(
              "(b) Mean over pairs",
              "Θ_{ab}",
              log,
              lines.flatMap((entry) => entry.pair),
              all("pair", pairLaw),
            ),
            panel(
              "(c) Ordered: distance from p*",
              "p* − Θ_{aa}, Θ_{aa} − Θ_{ab}",
              linear,
              [...rest, ...gaps],
              [
                line(
                  depths.map((l) => fixed - ownLaw(lines[0]!, l)),
                  THEORY,
                ),
                line(depths.map(gapLaw), THEORY),
                line(rest, lines[0]!.style),
                line(gaps, { ...lines[0]!.style, dash: "dotted" }),
              ],
            ),
            {
              title: "(d) Ordered: components of P(Θ) Y",
              x: log,
              y: {
                title: "P(Θ) Y",
                kind: "linear",
                domain: [Math.min(...shown) - room, Math.max(...shown) + room],
              },
              marks: components.map(
                ({ values }, i): Mark => ({
                  kind: "line",
                  x: depths,
                  y: values,
                  style: { ...COMPONENT_STYLES[i]!, dash: "dashed" },
                }),
              ),
            },
          ],
        },
        options,
      ),
  };
}
