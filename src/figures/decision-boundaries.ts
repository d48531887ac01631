/**
 * What a classifier of the plane says where, at several times: small multiples with samples.
 * @module
 */
import { requireSameLength, requireValues } from "./check.js";
import { lightTheme, parseHex, type Rgb } from "./colour.js";
import { type FigureOptions, figureDocument, figureWidth } from "./figure.js";
import { contourLines } from "./heatmap.js";
import { drawLegend, type LegendItem } from "./legend.js";
import type { Colour, Dash, Mark } from "./marks.js";
import { drawPanel } from "./panel.js";
import type { Box } from "./placement.js";
import { pngDataUri } from "./png.js";
import { element, group } from "./svg.js";
import { escapeMarkup } from "./text.js";

/** What `decisionBoundariesFigure` draws: where classes meet, snapshot by snapshot. */
export interface DecisionBoundariesData {
  /** grid, ascending */
  readonly x: { readonly title: string; readonly values: readonly number[] };
  readonly y: { readonly title: string; readonly values: readonly number[] };
  readonly maps: readonly {
    /** figure markup: the time, and what else is to be said */
    readonly title: string;
    /** [rows of y x columns of x], classes from 0 to 3 */
    readonly classes: ArrayLike<number>;
  }[];
  /** samples over every map; null: none */
  readonly samples: {
    readonly x: readonly number[];
    readonly y: readonly number[];
    readonly labels: ArrayLike<number>;
    /** whether the label is wrong on purpose: these are ringed. Default: none is */
    readonly wrong?: readonly boolean[] | undefined;
  } | null;
  /** names of the classes, at most four */
  readonly classNames: readonly string[];
  /** a curve over every map, for example the true boundary; null: none */
  readonly curve?: {
    readonly label: string;
    readonly x: readonly number[];
    readonly y: readonly number[];
  } | null;
  /** maps side by side, default 4 */
  readonly columns?: number;
}

const COLOURS: readonly (Colour & number)[] = [1, 2, 3, 4];
/** px of a class map */
const PIXELS = 200;
/** share of colour in the ground of a class */
const TINT = 0.2;
const GAP = 16;
/** room that a panel needs beside its plot */
const AXES = { width: 54, height: 72 };

const tint = (hex: string): Rgb => {
  const [r, g, b] = parseHex(hex).map((c) => Math.round(255 - TINT * (255 - c)));
  return [r!, g!, b!];
};

const PALETTE: readonly Rgb[] = lightTheme.series.map(tint);

/** The class of the nearest grid point for every pixel. */
function classImage(columns: number, rows: number, classes: ArrayLike<number>, box: Box): string {
  const at = (pixel: number, count: number) =>
    Math.min(count - 1, Math.floor(((pixel + 0.5) / PIXELS) * (count - 1) + 0.5));
  const pixels = new Uint8Array(PIXELS * PIXELS);
  for (let row = 0; row < PIXELS; row++) {
    const from = (rows - 1 - at(row, rows)) * columns;
    for (let column = 0; column < PIXELS; column++) {
      pixels[row * PIXELS + column] = classes[from + at(column, columns)]!;
    }
  }
  return element("image", {
    ...box,
    preserveAspectRatio: "none",
    href: pngDataUri({ width: PIXELS, height: PIXELS, pixels, palette: PALETTE }),
  });
}

/**
 * Maps of what is said where, in the tints of the classes, with the boundary as a line (between two classes), samples as dots in the colours of
 * their labels, and a curve to compare with.
 * @throws ERR_SHAPE for maps that do not fit the grid, or arrays of samples of different lengths
 */
export function decisionBoundariesFigure(data: DecisionBoundariesData, options: FigureOptions = {}): string {
  const { x, y, maps, samples, classNames, curve = null } = data;
  requireValues("decisionBoundariesFigure", "x.values", x.values);
  requireValues("decisionBoundariesFigure", "y.values", y.values);
  const grid = Array.from({ length: x.values.length * y.values.length });
  for (const { classes } of maps) {
    requireSameLength("decisionBoundariesFigure", { grid, "maps.classes": classes });
  }
  if (samples !== null) {
    const { wrong, ...lists } = samples;
    requireSameLength("decisionBoundariesFigure", { ...lists, ...(wrong === undefined ? {} : { wrong }) });
  }
  const width = figureWidth(options);
  const id = options.id ?? "decision-boundaries";
  const columns = Math.min(maps.length, data.columns ?? (width < 560 ? 2 : 4));
  const shown = classNames.slice(0, COLOURS.length);
  const boundary = shown.length === 2;
  const wrongs = samples?.wrong ?? [];
  const items: LegendItem[] = [
    ...shown.map(
      (name, i): LegendItem => ({
        kind: "band",
        label: `says ${escapeMarkup(name)}`,
        colours: [COLOURS[i]!],
      }),
    ),
    ...(boundary
      ? [{ kind: "line" as const, label: "its boundary", style: { colour: "ink" as const, width: 1.6 } }]
      : []),
    ...(curve === null
      ? []
      : [
          {
            kind: "line" as const,
            label: curve.label,
            style: { colour: "ink" as const, dash: "dashed" as Dash, width: 1.4 },
          },
        ]),
    ...(wrongs.some(Boolean)
      ? [
          {
            kind: "point" as const,
            label: "label wrong on purpose",
            style: { colour: "ink" as const, marker: "circle" as const },
          },
        ]
      : []),
  ];
  const legend = drawLegend(items, 0, 0, width);
  const each = (width - (columns - 1) * GAP) / columns;
  const shape = (y.values.at(-1)! - y.values[0]!) / (x.values.at(-1)! - x.values[0]!);
  const height = (each - AXES.width) * Math.min(1.5, Math.max(0.5, shape)) + AXES.height;
  const marks: Mark[] = [
    ...(samples === null
      ? []
      : shown.map((_, label): Mark => {
          const own = samples.x.map((_value, i) => i).filter((i) => samples.labels[i] === label);
          return {
            kind: "dots",
            x: own.map((i) => samples.x[i]!),
            y: own.map((i) => samples.y[i]!),
            colour: COLOURS[label]!,
          };
        })),
    ...(wrongs.some(Boolean) && samples !== null
      ? shown.map((_, label): Mark => {
          const own = samples.x.map((_value, i) => i).filter((i) => wrongs[i] && samples.labels[i] === label);
          return {
            kind: "points",
            x: own.map((i) => samples.x[i]!),
            y: own.map((i) => samples.y[i]!),
            colour: COLOURS[label]!,
            marker: "circle",
            hollow: true,
          };
        })
      : []),
    ...(curve === null
      ? []
      : [
          {
            kind: "line" as const,
            x: curve.x,
            y: curve.y,
            style: { colour: "ink" as const, dash: "dashed" as Dash, width: 1.4 },
          },
        ]),
  ];
  const domain = (values: readonly number[]) => [values[0]!, values.at(-1)!] as const;
  const top = legend.height + 10;
  const panels = maps.map((map, i) => {
    const [column, row] = [i % columns, Math.floor(i / columns)];
    const values = y.values.map((_, j) => x.values.map((_value, k) => map.classes[j * x.values.length + k]!));
    const lines = boundary ? contourLines({ x: x.values, y: y.values, values }, 0.5) : [];
    return drawPanel({
      id: `${id}-${i}`,
      frame: { x: column * (each + GAP), y: top + row * (height + GAP), width: each, height },
      title: map.title,
      x: { title: x.title, kind: "linear", domain: domain(x.values), count: 3 },
      y: { title: column === 0 ? y.title : "", kind: "linear", domain: domain(y.values), count: 3 },
      plain: true,
      behind: ({ area }) => group({}, [classImage(x.values.length, y.values.length, map.classes, area)]),
      marks: [
        ...marks,
        ...lines.map(
          (line): Mark => ({
            kind: "line",
            x: line.map((point) => point.x),
            y: line.map((point) => point.y),
            style: { colour: "ink", width: 1.6 },
          }),
        ),
      ],
    });
  });
  const rows = Math.ceil(maps.length / columns);
  return figureDocument({
    id,
    width,
    heading: options.heading,
    height: top + rows * height + (rows - 1) * GAP,
    title: "Decision boundaries over training",
    description: `What the classifier says over ${x.title} and ${y.title} at ${maps.length} times: ${maps.map(({ title }) => title).join("; ")}.`,
    children: [legend.svg, ...panels],
  });
}
