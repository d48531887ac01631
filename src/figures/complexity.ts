/**
 * Functions of increasing complexity: what simple models explain of a network while it trains.
 * @module
 */
import { binaryEntropy } from "../complexity/information.js";
import { requireSameLength, requireValues } from "./check.js";
import { type FigureOptions, figureDocument, figureWidth, panelFrames } from "./figure.js";
import { drawLegend, type LegendItem } from "./legend.js";
import type { Colour, Dash, LineStyle, Mark, Marker } from "./marks.js";
import { numberText, percentText } from "./number-text.js";
import { type AxisSpec, drawPanel, type RightAxis } from "./panel.js";
import { FONT } from "./style.js";
import { escapeMarkup, textElement } from "./text.js";

/** A quantity over steps with its standard error. */
export interface EstimateCurve {
  readonly value: readonly number[];
  readonly error: readonly number[];
}

/** What `complexityFigure` draws: information over steps, explained and not. */
export interface ComplexityData {
  /** of the snapshots, ascending */
  readonly steps: readonly number[];
  /** I(F_t; Y), bits */
  readonly network: EstimateCurve;
  /** the same on the samples of training; null: not known */
  readonly train: readonly number[] | null;
  readonly explainers: readonly {
    readonly name: string;
    /** I(L; Y), bits */
    readonly information: number;
    /** mu(F_t; L), bits */
    readonly explained: EstimateCurve;
    /** T0, where the first phase ends; null: never */
    readonly phaseEnd: number | null;
  }[];
  /** what the x axis counts, default "step" */
  readonly unit?: string;
  /** 2: bits are read as accuracies at the right, those of balanced classes with as many errors in each */
  readonly classes?: number;
}

const ACCURACIES = [0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.98, 1];

/** Bits as the accuracy of a balanced binary classifier with symmetric errors. */
const ACCURACY_AXIS: RightAxis = {
  title: "accuracy with as many bits",
  ticks: ACCURACIES.map((accuracy) => ({
    value: 1 - binaryEntropy(accuracy),
    label: percentText(accuracy),
  })),
};

const NETWORK = { colour: "ink", marker: "circle", width: 2 } as const satisfies LineStyle;
const TRAIN = { colour: "quiet", dash: "dotted", width: 1.8 } as const satisfies LineStyle;
const COLOURS: readonly Colour[] = [1, 2, 3, 4];
const MARKERS: readonly Marker[] = ["square", "triangle", "diamond", "circle"];
const DASHES: readonly Dash[] = ["dashed", "dash-dot", "dotted", "solid"];
/** More simple models than there are colours cannot be told apart. */
const MOST = COLOURS.length;
/** px of the line that names those which are not drawn */
const NOTE_HEIGHT = 24;

function stepAxis(steps: readonly number[], title: string): AxisSpec {
  const last = steps.at(-1)!;
  const first = steps.find((step) => step > 0);
  if (first === undefined || first === last) return { title, kind: "linear", domain: [0, Math.max(1, last)] };
  if (last / first < 20) return { title, kind: "linear", domain: [steps[0]!, last] };
  if (steps[0]! <= 0) return { title, kind: "symlog", domain: [0, last], threshold: first };
  return { title, kind: "log", domain: [first, last] };
}

const band = (x: readonly number[], { value, error }: EstimateCurve, colour: Colour): Mark => ({
  kind: "band",
  x,
  low: value.map((v, i) => v - 2 * error[i]!),
  high: value.map((v, i) => v + 2 * error[i]!),
  colour,
});

/**
 * The shares `mu(F_t; L) / I(F_t; Y)` that {@link complexityFigure} draws in its panel (b).
 *
 * @param network   I(F_t; Y) and its standard errors, one for each snapshot
 * @param explained mu(F_t; L) of one simple model, as many
 * @returns as many shares; null where the information is within four standard errors of 0: a share of almost nothing is noise
 * @throws ERR_SHAPE when arrays differ in length
 */
export function explainedShares(network: EstimateCurve, explained: readonly number[]): (number | null)[] {
  const { value, error } = network;
  requireSameLength("explainedShares", { explained, "network.value": value, "network.error": error });
  return explained.map((mu, t) => (value[t]! > 4 * error[t]! ? mu / value[t]! : null));
}

/**
 * Left: I(F_t; Y) and mu(F_t; L) in bits, with two standard errors, the information I(L; Y) of every simple model as a dashed line
 * and T0 as a vertical one; for two classes with the accuracies that bits stand for. Right: the share mu(F_t; L) / I(F_t; Y) that each explains. At most four simple models are drawn; a line
 * below the panels names the others.
 * @throws ERR_SHAPE when arrays differ in length or are empty
 */
export function complexityFigure(data: ComplexityData, options: FigureOptions = {}): string {
  const { steps, network, train } = data;
  const explainers = data.explainers.slice(0, MOST);
  const others = data.explainers.slice(MOST).map(({ name }) => name);
  requireValues("complexityFigure", "steps", steps);
  requireSameLength("complexityFigure", {
    steps,
    "network.value": network.value,
    "network.error": network.error,
    ...(train === null ? {} : { train }),
  });
  for (const { explained } of explainers) {
    requireSameLength("complexityFigure", {
      steps,
      "explained.value": explained.value,
      "explained.error": explained.error,
    });
  }
  const width = figureWidth(options);
  const id = options.id ?? "complexity";
  const style = (i: number): LineStyle => ({ colour: COLOURS[i]!, marker: MARKERS[i]!, width: 1.8 });
  const items: LegendItem[] = [
    { kind: "line", label: "I(F_{t}; Y), the network", style: NETWORK },
    ...(train === null
      ? []
      : [{ kind: "line" as const, label: "the same on its train samples", style: TRAIN }]),
    ...explainers.map(
      ({ name }, i): LegendItem => ({
        kind: "line",
        label: `μ(F_{t}; ${escapeMarkup(name)}), explained by it`,
        style: style(i),
      }),
    ),
    ...explainers.map(
      ({ name }, i): LegendItem => ({
        kind: "line",
        label: `I(${escapeMarkup(name)}; Y)`,
        style: { colour: COLOURS[i]!, dash: DASHES[i]!, width: 1.4 },
      }),
    ),
    { kind: "band", label: "± 2 standard errors", colours: explainers.map((_, i) => COLOURS[i]!) },
  ];
  const legend = drawLegend(items, 0, 0, width);
  const { frames, bottom } = panelFrames(2, width, legend.height + 10, 310);
  const x = stepAxis(steps, data.unit ?? "step");
  // one time alone is the T0 of the text; several are told apart
  const only = explainers.filter(({ phaseEnd }) => phaseEnd !== null).length === 1;
  const ends = (i: number): Mark[] => {
    const { phaseEnd } = explainers[i]!;
    return phaseEnd === null
      ? []
      : [
          {
            kind: "rule",
            axis: "x",
            value: phaseEnd,
            colour: COLOURS[i]!,
            dash: DASHES[i]!,
            label: i === 0 && only ? "T_{0}" : `T_{${i + 1}}`,
          },
        ];
  };
  const top = Math.max(
    ...network.value.map((v, i) => v + 2 * network.error[i]!),
    ...(train ?? []),
    ...explainers.map(({ information }) => information),
    0.01,
  );
  const low = Math.min(0, ...explainers.flatMap(({ explained }) => explained.value));
  const bits: Mark[] = [
    ...explainers.map(({ explained }, i) => band(steps, explained, COLOURS[i]!)),
    band(steps, network, "ink"),
    ...explainers.flatMap(({ information }, i): Mark[] => [
      { kind: "rule", axis: "y", value: information, colour: COLOURS[i]!, dash: DASHES[i]! },
    ]),
    ...explainers.flatMap((_, i) => ends(i)),
    ...(train === null ? [] : [{ kind: "line" as const, x: steps, y: train, style: TRAIN }]),
    ...explainers.map(
      ({ explained }, i): Mark => ({ kind: "line", x: steps, y: explained.value, style: style(i) }),
    ),
    { kind: "line", x: steps, y: network.value, style: NETWORK },
  ];
  const shares = explainers.map(({ explained }) => explainedShares(network, explained.value));
  const share: Mark[] = [
    { kind: "rule", axis: "y", value: 1, dash: "dotted" },
    ...explainers.flatMap((_, i) => ends(i)),
    ...shares.map((y, i): Mark => ({ kind: "line", x: steps, y, style: style(i) })),
  ];
  const least = Math.min(0, ...shares.flat().map((value) => value ?? 0));
  const panels = [
    drawPanel({
      id: `${id}-bits`,
      frame: frames[0]!,
      title: "(a) Information about the labels",
      x,
      y: { title: "bits", kind: "linear", domain: [low, top * 1.06] },
      ...(data.classes === 2 ? { right: ACCURACY_AXIS } : {}),
      marks: bits,
    }),
    drawPanel({
      id: `${id}-share`,
      frame: frames[1]!,
      title: "(b) Share that a simple model explains",
      x,
      y: { title: "μ(F_{t}; L) / I(F_{t}; Y)", kind: "linear", domain: [least, 1.12] },
      marks: share,
    }),
  ];
  return figureDocument({
    id,
    width,
    heading: options.heading,
    height: bottom + (others.length === 0 ? 0 : NOTE_HEIGHT),
    title: "Functions of increasing complexity",
    description: `Information of the network's predictions about the labels from ${numberText(network.value[0]!)} bits at ${data.unit ?? "step"} ${numberText(steps[0]!)} to ${numberText(network.value.at(-1)!)} at ${numberText(steps.at(-1)!)}. ${explainers.map(({ name, information, explained }) => `${name} has ${numberText(information)} bits and explains ${numberText(explained.value.at(-1)!)} at the end.`).join(" ")}${others.length === 0 ? "" : ` Not drawn: ${others.join(", ")}.`}`,
    children: [
      legend.svg,
      ...panels,
      ...(others.length === 0
        ? []
        : [
            textElement(
              escapeMarkup(`not drawn, more than ${MOST}: ${others.join(", ")}`),
              0,
              bottom + NOTE_HEIGHT - 6,
              FONT.label,
              { class: "ft-muted" },
            ),
          ]),
    ],
  });
}
