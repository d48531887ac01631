/**
 * Kernel spectra: eigenvalues against their rank, the bulk, and where float64 stops telling them from zero.
 * @module
 */
import { requireValues } from "./check.js";
import { type FigureOptions, figureDocument, figureWidth } from "./figure.js";
import { drawLegend, type LegendItem } from "./legend.js";
import type { LineStyle, Mark } from "./marks.js";
import { numberMarkup, numberText } from "./number-text.js";
import { drawPanel } from "./panel.js";
import { extentOf } from "./scale.js";

/** Eigenvalues of one kernel, as `spectrumFigure` draws them. */
export interface SpectrumSeries {
  /** eigenvalues, largest first */
  readonly eigenvalues: readonly number[];
  readonly lambdaMax: number;
  /** median without the largest */
  readonly lambdaBulk: number;
}

/** What `spectrumFigure` draws. */
export interface SpectrumData {
  readonly ntk: SpectrumSeries;
  readonly nngp: SpectrumSeries;
}

const STYLES = {
  ntk: { colour: 1, marker: "circle" },
  nngp: { colour: 2, marker: "square", dash: "dashed" },
} as const satisfies Record<string, LineStyle>;

/** Rounding error of a computed eigenvalue of an n x n matrix, n eps lambda_max. */
function noiseFloor(series: SpectrumSeries): number {
  return series.eigenvalues.length * Number.EPSILON * series.lambdaMax;
}

/**
 * Eigenvalues of both train kernels over their rank, log-log, with lambda_max, the bulk (median without the largest)
 * and the float64 noise floor n eps lambda_max. Eigenvalues <= 0 are rounding and leave the plot.
 * @throws ERR_SHAPE when a spectrum is empty
 */
export function spectrumFigure(data: SpectrumData, options: FigureOptions = {}): string {
  const width = figureWidth(options);
  const id = options.id ?? "spectrum";
  requireValues("spectrumFigure", "ntk.eigenvalues", data.ntk.eigenvalues);
  requireValues("spectrumFigure", "nngp.eigenvalues", data.nngp.eigenvalues);

  const all = [...data.ntk.eigenvalues, ...data.nngp.eigenvalues];
  const count = Math.max(data.ntk.eigenvalues.length, data.nngp.eigenvalues.length);
  const floors = [noiseFloor(data.ntk), noiseFloor(data.nngp)] as const;
  const positive = extentOf(all, { positive: true }) ?? [1, 1];
  // the floor is worth its decades only when eigenvalues come near it
  const nearFloor = positive[0] < 1e3 * Math.max(...floors);
  const low = nearFloor ? Math.max(Math.min(positive[0], ...floors), Math.min(...floors) / 30) : positive[0];
  const margin = (positive[1] / low) ** 0.05;

  const line = (name: "ntk" | "nngp"): Mark => ({
    kind: "line",
    x: data[name].eigenvalues.map((_, i) => i + 1),
    y: data[name].eigenvalues.map((value) => (value > 0 ? value : null)),
    style: STYLES[name],
  });
  // the largest stands far from the bulk: always marked, wherever the markers of its line fall
  const first = (name: "ntk" | "nngp"): Mark => {
    const { colour, marker } = STYLES[name];
    return { kind: "points", x: [1], y: [data[name].lambdaMax], colour, marker };
  };
  const rule = (value: number, label: string, colour: 1 | 2, dash: "dotted" | "dash-dot"): Mark => ({
    kind: "rule",
    axis: "y",
    value,
    label,
    colour,
    dash,
  });
  const marks: Mark[] = [
    rule(data.ntk.lambdaBulk, `NTK bulk ${numberMarkup(data.ntk.lambdaBulk)}`, 1, "dash-dot"),
    rule(data.nngp.lambdaBulk, `NNGP bulk ${numberMarkup(data.nngp.lambdaBulk)}`, 2, "dash-dot"),
    rule(floors[0], "float64 noise floor n ε λ_{max}, NTK", 1, "dotted"),
    rule(floors[1], "float64 noise floor n ε λ_{max}, NNGP", 2, "dotted"),
    line("ntk"),
    line("nngp"),
    first("ntk"),
    first("nngp"),
  ];
  const items: LegendItem[] = [
    {
      kind: "line",
      label: `NTK (all layers train), λ_{max} = ${numberMarkup(data.ntk.lambdaMax)}`,
      style: STYLES.ntk,
    },
    {
      kind: "line",
      label: `NNGP (last layer trains), λ_{max} = ${numberMarkup(data.nngp.lambdaMax)}`,
      style: STYLES.nngp,
    },
    {
      kind: "line",
      label: "bulk: median without λ_{max}",
      style: { colour: "quiet", dash: "dash-dot", width: 1.25 },
    },
  ];
  const legend = drawLegend(items, 0, 0, width);
  const top = legend.height + 6;
  const height = Math.min(360, Math.max(280, width * 0.5));
  const panel = drawPanel({
    id: `${id}-panel`,
    frame: { x: 0, y: top, width, height },
    x: { title: "rank of the eigenvalue", kind: "log", domain: [0.9, Math.max(2, count) * 1.1] },
    y: { title: "eigenvalue λ", kind: "log", domain: [low / margin, positive[1] * margin] },
    marks,
  });
  const below = all.filter((value) => !(value > 0)).length;
  return figureDocument({
    id,
    width,
    heading: options.heading,
    height: top + height,
    title: "Spectrum of the train kernels",
    description: `NTK eigenvalues from ${numberText(data.ntk.lambdaMax)} down to ${numberText(data.ntk.eigenvalues.at(-1)!)}, NNGP from ${numberText(data.nngp.lambdaMax)} down to ${numberText(data.nngp.eigenvalues.at(-1)!)}, ${count} samples. ${below === 0 ? "" : `${below} eigenvalues that rounding made zero or negative are not shown. `}Bulk: NTK ${numberText(data.ntk.lambdaBulk)}, NNGP ${numberText(data.nngp.lambdaBulk)}.`,
    children: [legend.svg, panel],
  });
}
