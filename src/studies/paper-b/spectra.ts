/**
 * Spectra and mean predictors against depth in the three phases, on data (paper B, experiments).
 * @module
 */
import { chooseSubset, classFrequencies, normalizeInputs, oneHotCentred } from "../../data/index.js";
import { type Mark, panelsFigure } from "../../figures/index.js";
import { kernelsAtDepths } from "../../kernels/index.js";
import { type Matrix, type NdArray, sizeOf } from "../../numeric/matrix.js";
import { bulkSpectrum, meanPredictor, ntkAsymptotics } from "../../trainability/index.js";
import { absolute, atMost, type Check, relative } from "../checks.js";
import { datasetKey } from "../dataset-key.js";
import { defineStudy, type PieceArrays, type StudyFigure } from "../study.js";
import { criticalLayer, deepNetwork, largest, type PaperLayer, readingOf } from "./deep-network.js";
import { COMPONENTS, type EntryLines, entryChecks, entryFigure } from "./kernel-entries.js";

const BIAS = 0.05;

type PhaseName = "ordered" | "critical" | "chaotic";

const PHASES: readonly { readonly phase: PhaseName; readonly layer: PaperLayer }[] = [
  { phase: "ordered", layer: { activation: "erf", weightVariance: 1.25, biasVariance: BIAS } },
  { phase: "critical", layer: criticalLayer("erf", BIAS) },
  { phase: "chaotic", layer: { activation: "erf", weightVariance: 1.5, biasVariance: BIAS } },
];

const STYLES = {
  ordered: { colour: 1, marker: "circle" },
  critical: { colour: 3, marker: "triangle" },
  chaotic: { colour: 2, marker: "square" },
} as const;
const THEORY = { colour: "ink", dash: "dashed", width: 1.4 } as const;

interface SpectraParameters {
  readonly [name: string]: number | readonly number[];
  readonly train: number;
  readonly test: number;
  readonly depths: readonly number[];
}

/** Scaled so that x.x / n_0 is q*: the start of the recursions at their fixed point. */
const scaledTo = (x: NdArray<Float64Array>, q: number): NdArray<Float64Array> => ({
  data: x.data.map((value) => value * Math.sqrt(q)),
  shape: [x.shape[0]!, sizeOf(x.shape.slice(1))],
});

interface Lines {
  readonly phase: PhaseName;
  readonly layer: PaperLayer;
  readonly lambdaMax: readonly number[];
  readonly lambdaBulk: readonly number[];
  readonly lambdaMin: readonly number[];
  readonly kappa: readonly number[];
  /** largest |P(Theta) Y| on test samples */
  readonly predictor: readonly number[];
  /** Theta_aa and the mean Theta_ab */
  readonly own: readonly number[];
  readonly pair: readonly number[];
}

const NAMES = ["lambdaMax", "lambdaBulk", "lambdaMin", "kappa", "predictor", "own", "pair"] as const;

/** The asymptotic law at each depth; the constant of what depends on the data is that of the deepest point. */
function laws({ phase, layer, lambdaMin, predictor }: Lines, depths: readonly number[], m: number) {
  const { qStar, chi1, cStar, chiC } = readingOf(layer);
  const at = (depth: number) =>
    ntkAsymptotics({
      samples: m,
      depth: Math.max(1, depth),
      phase,
      qStar: qStar!,
      chi1: phase === "critical" ? 1 : chi1!,
      cStar: cStar!,
      chiC: chiC!,
    });
  const last = depths.length - 1;
  const anchored = (values: readonly number[], law: (l: number) => number) =>
    depths.map((l) => (values[last]! / law(depths[last]!)) * law(l));
  const gapLaw = (l: number) => l * chi1! ** l;
  const bulk = phase === "ordered" ? anchored(lambdaMin, gapLaw) : depths.map((l) => at(l).lambdaBulk);
  return {
    lambdaMax: depths.map((l) => at(l).lambdaMax),
    bulk,
    kappa:
      phase === "ordered"
        ? depths.map((l, i) => (at(l).lambdaMax ?? Number.NaN) / (bulk[i] ?? Number.NaN))
        : depths.map((l) => at(l).kappa),
    predictor: anchored(predictor, (l) => at(l).meanPredictorRate),
  };
}

function figures(
  lines: readonly Lines[],
  depths: readonly number[],
  m: number,
  dataName: string,
): StudyFigure[] {
  const law = lines.map((line) => laws(line, depths, m));
  const x = { title: "hidden layers", kind: "log" as const, domain: [depths[0]!, depths.at(-1)!] as const };
  const positive = (values: readonly (number | null)[]) =>
    values.map((v) => (v !== null && v > 0 && Number.isFinite(v) ? v : null));
  const extent = (values: readonly (readonly (number | null)[])[]) => {
    const all = values.flat().filter((v): v is number => v !== null && v > 0 && Number.isFinite(v));
    return [Math.min(...all) / 1.5, Math.max(...all) * 1.5] as const;
  };
  const panel = (
    title: string,
    y: string,
    values: readonly (readonly number[])[],
    theory: readonly (readonly (number | null)[])[],
    domain = extent(values),
  ) => ({
    title,
    x,
    y: { title: y, kind: "log" as const, domain },
    marks: [
      ...theory.map((list): Mark => ({ kind: "line", x: depths, y: positive(list), style: THEORY })),
      ...lines.map(
        ({ phase }, i): Mark => ({ kind: "line", x: depths, y: positive(values[i]!), style: STYLES[phase] }),
      ),
    ],
  });
  const legend = [
    ...lines.map(({ phase, layer }) => ({
      kind: "line" as const,
      label: `${phase}, σ_{w}^{2} = ${Number(layer.weightVariance.toFixed(4))}`,
      style: STYLES[phase],
    })),
    { kind: "line" as const, label: "asymptotic theory", style: THEORY },
  ];
  const bulkDomain = extent(lines.map(({ lambdaMin }) => lambdaMin));
  return [
    {
      name: "spectra",
      caption: `NTK of erf networks on ${m} samples of ${dataName}, sigma_b^2 = ${BIAS}. (a) The largest eigenvalue goes to m p* in the ordered phase, grows like (m + 2) / 3 l q* at criticality and like chi_1^l in the chaotic phase. (b) The smallest one: l chi_1^l, 2 / 3 l q*, chi_1^l. (c) The condition number explodes in the ordered phase, goes to (m + 2) / 2 = ${(m + 2) / 2} at criticality and to 1 in the chaotic phase. (d) The mean predictor on test samples: level in the ordered phase, 1 / l at criticality, l (chi_c* / chi_1)^l in the chaotic phase. Constants that depend on the data (lambda_min in the ordered phase, all of d) are taken at the deepest point.`,
      draw: (options) =>
        panelsFigure(
          {
            title: `Spectra and mean predictors against depth on ${dataName}`,
            description: `Largest and smallest eigenvalue, condition number and mean predictor of ${m} samples from ${depths[0]} to ${depths.at(-1)} layers in three phases, with their asymptotic laws.`,
            columns: 2,
            legend,
            panels: [
              panel(
                "(a) Largest eigenvalue",
                "λ_{max}",
                lines.map((l) => l.lambdaMax),
                law.map((l) => l.lambdaMax),
              ),
              panel(
                "(b) Smallest eigenvalue",
                "λ_{min}",
                lines.map((l) => l.lambdaMin),
                law.map((l) => l.bulk),
                bulkDomain,
              ),
              panel(
                "(c) Condition number",
                "κ",
                lines.map((l) => l.kappa),
                law.map((l) => l.kappa),
              ),
              panel(
                "(d) Mean predictor",
                "largest |P(Θ) Y|",
                lines.map((l) => l.predictor),
                law.map((l) => l.predictor),
              ),
            ],
          },
          options,
        ),
    },
  ];
}

function checksOf(lines: readonly Lines[], depths: readonly number[], m: number): Check[] {
  const last = depths.length - 1;
  const deep = depths[last]!;
  const byPhase = Object.fromEntries(lines.map((line) => [line.phase, line])) as Record<PhaseName, Lines>;
  const { ordered, critical, chaotic } = byPhase;
  const reading = (line: Lines) => readingOf(line.layer);
  const table = "paper B, NTK table";
  const limit = (m * reading(ordered).qStar!) / (1 - reading(ordered).chi1!);
  const slope = (values: readonly number[], from: number) =>
    Math.log(values[last]! / values[from]!) / (deep - depths[from]!) -
    Math.log(deep / depths[from]!) / (deep - depths[from]!);
  const before = depths.findLastIndex((l) => l <= deep / 1.5);
  const { chi1, chiC } = reading(chaotic);
  return [
    relative(
      { id: "ordered.max", quantity: `lambda_max at ${deep} layers`, source: `${table}, ordered: m p*` },
      ordered.lambdaMax[last]!,
      limit,
      1e-3,
    ),
    relative(
      {
        id: "ordered.min",
        quantity: `rate of log(lambda_min / l), ${depths[before]} to ${deep} layers`,
        source: `${table}, ordered: l chi_1^l`,
      },
      slope(ordered.lambdaMin, before),
      Math.log(reading(ordered).chi1!),
      0.03,
    ),
    relative(
      {
        id: "critical.kappa",
        quantity: `kappa of the bulk's median at ${deep} layers`,
        source: `${table}, critical: (m + 2) / 2`,
      },
      critical.lambdaMax[last]! / critical.lambdaBulk[last]!,
      (m + 2) / 2,
      0.15,
    ),
    relative(
      {
        id: "critical.bulk",
        quantity: `bulk / (l q*) at ${deep} layers`,
        source: `${table}, critical: 2 / 3`,
      },
      critical.lambdaBulk[last]! / (deep * reading(critical).qStar!),
      2 / 3,
      0.15,
    ),
    absolute(
      { id: "chaotic.kappa", quantity: `kappa at ${deep} layers`, source: `${table}, chaotic: 1` },
      chaotic.kappa[last]!,
      1,
      0.05,
    ),
    relative(
      {
        id: "chaotic.predictor",
        quantity: `rate of log(|P Y| / l), ${depths[before]} to ${deep} layers`,
        source: `${table}, chaotic: l (chi_c* / chi_1)^l`,
      },
      slope(chaotic.predictor, before),
      Math.log(chiC! / chi1!),
      0.05,
    ),
    atMost(
      {
        id: "ordered.predictor",
        quantity: `relative change of |P Y| in the ordered phase, ${depths[before]} to ${deep} layers`,
        source: `${table}, ordered: O(1)`,
      },
      Math.abs(ordered.predictor[last]! / ordered.predictor[before]! - 1),
      0.1,
    ),
    atMost(
      {
        id: "critical.predictor",
        quantity: `|l |P Y| at ${deep} over that at ${depths[before]} - 1|`,
        source: `${table}, critical: 1 / l`,
      },
      Math.abs((deep * critical.predictor[last]!) / (depths[before]! * critical.predictor[before]!) - 1),
      0.15,
    ),
  ];
}

export const spectraStudy = defineStudy<SpectraParameters>({
  id: "B.spectra",
  papers: ["B"],
  title: "Spectra and mean predictors against depth in three phases",
  expected:
    "One large eigenvalue and a bulk. Ordered: the bulk vanishes like l chi_1^l and kappa explodes; critical: both grow like l and kappa goes to (m + 2) / 2; chaotic: both grow like chi_1^l and kappa goes to 1, but the mean predictor vanishes like l (chi_c* / chi_1)^l.",
  data: "cifar10",
  quick: { train: 32, test: 16, depths: [1, 2, 3, 4, 6, 8, 11, 16, 22, 32, 45, 64, 90, 128, 180, 256, 384] },
  full: { train: 64, test: 32, depths: [1, 2, 3, 4, 6, 8, 11, 16, 22, 32, 45, 64, 90, 128, 180, 256, 384] },
  run: async ({ train, test, depths }, context) => {
    const { seed, threads, signal } = context;
    const set = chooseSubset(await context.dataset(), { train, test, seed });
    const x = normalizeInputs(set, "unit");
    const k = set.classNames.length;
    const targets = oneHotCentred(set.train.y, k, classFrequencies(set.train.y, k));
    const key = await datasetKey(set);
    const followed = COMPONENTS.filter(([i, c]) => i < test && c < k);
    const found = await context.arrays(
      {
        name: "phases",
        version: 1,
        compute: async ({
          phase,
        }: {
          phase: string;
          seed: number;
          depths: readonly number[];
          data: string;
        }) => {
          const { layer } = PHASES.find((item) => item.phase === phase)!;
          const q = readingOf(layer).qStar!;
          const inputs = scaledTo(x.train, q);
          const net = deepNetwork(layer, inputs.shape[1]!);
          const lines: Record<(typeof NAMES)[number], number[]> = {
            lambdaMax: [],
            lambdaBulk: [],
            lambdaMin: [],
            kappa: [],
            predictor: [],
            own: [],
            pair: [],
          };
          const get = ["ntk", "ntkGap"] as const;
          const trainKernels: Matrix[] = [];
          for await (const { ntk, ntkGap } of kernelsAtDepths(net, depths, inputs, null, {
            get,
            threads,
            signal,
          })) {
            const { eigenvalues, lambdaMax, lambdaMin, kappa } = await bulkSpectrum(ntk, ntkGap);
            const bulk = eigenvalues.slice(1).sort((a, b) => a - b);
            lines.lambdaMax.push(lambdaMax);
            lines.lambdaMin.push(lambdaMin);
            lines.lambdaBulk.push((bulk[(bulk.length - 1) >> 1]! + bulk[bulk.length >> 1]!) / 2);
            lines.kappa.push(kappa);
            lines.own.push(ntk.data[0]!);
            lines.pair.push(
              (ntk.data.reduce((sum, value) => sum + value, 0) - train * ntk.data[0]!) /
                (train * (train - 1)),
            );
            trainKernels.push(ntk);
          }
          const others = kernelsAtDepths(net, depths, scaledTo(x.test, q), inputs, {
            get: ["ntk"],
            threads,
            signal,
          });
          const components: number[] = [];
          let d = 0;
          for await (const { ntk } of others) {
            const { mean } = meanPredictor(ntk, trainKernels[d++]!, targets);
            lines.predictor.push(largest(mean));
            followed.forEach(([i, c]) => {
              components.push(mean.data[i * k + c]!);
            });
          }
          return {
            ...Object.fromEntries(
              NAMES.map((name) => [name, { data: Float64Array.from(lines[name]), shape: [depths.length] }]),
            ),
            components: { data: Float64Array.from(components), shape: [depths.length, followed.length] },
          } as PieceArrays;
        },
      },
      PHASES.map(({ phase }) => ({ phase, seed, depths, data: key })),
    );
    const lines = PHASES.map(({ phase, layer }, i) => ({
      phase,
      layer,
      ...(Object.fromEntries(
        NAMES.map((name) => [name, Array.from(found[i]![name]!.data as Float64Array)]),
      ) as Record<(typeof NAMES)[number], number[]>),
    }));
    const entries = lines.map(({ phase, layer, own, pair }, i): EntryLines => {
      const { data } = found[i]!["components"]!;
      return {
        ...{ phase, own, pair, style: STYLES[phase] },
        reading: readingOf(layer),
        components: followed.map(([row, c], at) => ({
          name: `[${row}, ${c}]`,
          values: depths.map((_, l) => data[l * followed.length + at]!),
        })),
      };
    });
    return {
      arrays: {
        depth: { data: Float64Array.from(depths), shape: [depths.length] },
        ...Object.fromEntries(
          lines.flatMap((line) =>
            NAMES.map((name) => [
              `${line.phase}_${name}`,
              { data: Float64Array.from(line[name]), shape: [depths.length] },
            ]),
          ),
        ),
        ordered_components: {
          data: Float64Array.from(entries[0]!.components.flatMap(({ values }) => values)),
          shape: [followed.length, depths.length],
        },
      },
      checks: [...checksOf(lines, depths, train), ...entryChecks(entries, depths)],
      figures: [...figures(lines, depths, train, set.name), entryFigure(entries, depths, set.name)],
    };
  },
});
