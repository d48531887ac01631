/**
 * `foretrain phase`: the phase diagram of an activation as npz arrays and as a picture.
 * @module
 */
import {
  type Activation,
  activation,
  isActivationExpression,
  parseActivationExpression,
} from "../../activations/index.js";
import { writeNpz } from "../../data/index.js";
import { ForetrainError } from "../../errors.js";
import {
  numberText,
  type PhaseDiagramData,
  type PhaseQuantityData,
  phaseDiagramFigure,
  phaseQuantityFigure,
} from "../../figures/index.js";
import {
  type CriticalPoint,
  criticalLine,
  criticalWeightVariance,
  isPositivelyHomogeneous,
  lengthMap,
  networkCriticalLine,
  networkPhaseDiagram,
  type PhaseDiagram,
  type PhasePoint,
  phaseDiagram,
  phaseDiagramArrays,
  phasePointAt,
} from "../../meanfield/index.js";
import type { Network } from "../../network/index.js";
import { writeFileAtomic } from "../../runs/index-node.js";
import type { CommandContext, CommandResult } from "../command.js";
import { EXIT } from "../exit-codes.js";
import { readNetworkArgument } from "../network-argument.js";
import { checkOutputs, isStandardOutput } from "../output-files.js";
import { byteSize, duration } from "../terminal.js";

/** What a picture can show. */
export const PHASE_QUANTITIES = ["chi1", "qStar", "cStar", "chiC", "xi1", "xiC", "xiStar"] as const;
export type PhaseQuantity = (typeof PHASE_QUANTITIES)[number];

export interface PhaseCommandOptions {
  /** name, name?key=value&..., or a formula of x; this or a network */
  readonly activation?: string;
  /** network JSON or preset whose repeated part is varied */
  readonly network?: string;
  /** what the picture shows; default chi1 */
  readonly quantity?: PhaseQuantity;
  /** start:stop:count */
  readonly weightVariance: string;
  readonly biasVariance: string;
  readonly out?: string;
  readonly svg?: string;
}

/** Larger maps would be gigabytes; nobody looks at that many points. */
const MOST_POINTS = 50_000_000;
/** A picture has not many more pixels; finer maps are thinned out for it. */
const MOST_PICTURE_POINTS = 400;

/**
 * `start:stop:count`, both ends included, as numbers >= 0.
 * @throws ForetrainError `ERR_USAGE` naming `flag`
 */
export function parseRange(flag: string, text: string): Float64Array {
  const wrong = (what: string) =>
    new ForetrainError(
      "ERR_USAGE",
      `${flag}: got "${text}": ${what}; expected start:stop:count, for example 0.1:3:200`,
      { argument: flag, got: text },
    );
  const parts = text.split(":").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (parts.length !== 3) throw wrong(`there are ${parts.length} parts, not 3`);
  const [start, stop, count] = parts as [number, number, number];
  if (!(start >= 0 && Number.isFinite(stop))) {
    throw wrong("start and stop must be finite numbers >= 0");
  }
  if (!(Number.isSafeInteger(count) && count >= 2 && count <= MOST_POINTS)) {
    throw wrong(`the count must be a whole number from 2 to ${MOST_POINTS}`);
  }
  if (!(start < stop)) throw wrong("start must be less than stop");
  return Float64Array.from({ length: count }, (_, i) =>
    i === count - 1 ? stop : start + ((stop - start) * i) / (count - 1),
  );
}

/**
 * The activation of `name` or `name?key=value&key=value`; a value is a number or numbers separated by commas. Other text is
 * a formula of x.
 * @throws ForetrainError `ERR_USAGE` for a text that is none, `ERR_SPEC` for unknown names and parameters
 */
export function parseActivation(text: string): Activation {
  const [name = "", query = ""] = text.split(/\?(.*)/s, 2);
  if (isActivationExpression(name)) return parseActivationExpression(text);
  const parameters: Record<string, number | number[]> = {};
  for (const pair of query.split("&").filter((part) => part !== "")) {
    const [key = "", value = ""] = pair.split(/=(.*)/s, 2);
    const numbers = value.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
    if (key === "" || numbers.some(Number.isNaN)) {
      throw new ForetrainError(
        "ERR_USAGE",
        `--activation: got "${pair}", expected key=number or key=number,number,... after the "?"`,
        { argument: "--activation", got: text },
      );
    }
    parameters[key] = numbers.length === 1 && key !== "coefficients" ? numbers[0]! : numbers;
  }
  return activation(name, parameters);
}

/** Indices of at most `most` of `count` points, both ends included. */
function thinned(count: number, most: number): number[] {
  const kept = Math.min(count, most);
  return Array.from({ length: kept }, (_, i) => Math.round((i * (count - 1)) / Math.max(1, kept - 1)));
}

/** What the picture needs of a diagram, and the values of one quantity. */
function phasePicture(
  diagram: PhaseDiagram,
  quantity: PhaseQuantity = "chi1",
): PhaseDiagramData & { readonly values: PhaseQuantityData["values"] } {
  const { weightVariance, biasVariance } = diagram;
  const cols = thinned(weightVariance.length, MOST_PICTURE_POINTS);
  const rows = thinned(biasVariance.length, MOST_PICTURE_POINTS);
  const valuesOf = (name: PhaseQuantity) =>
    rows.map((i) =>
      cols.map((j) => {
        const value = diagram[name].data[i * weightVariance.length + j]!;
        return Number.isNaN(value) ? null : value;
      }),
    );
  return {
    activation: diagram.activation,
    weightVariance: cols.map((j) => weightVariance[j]!),
    biasVariance: rows.map((i) => biasVariance[i]!),
    chi1: valuesOf("chi1"),
    values: valuesOf(quantity),
    criticalLine: diagram.criticalLine.map(({ weightVariance: w, biasVariance: b }) => ({
      weightVariance: w,
      biasVariance: b,
    })),
    ...(diagram.unsettled.data.includes(1)
      ? {
          unsettled: rows.map((i) =>
            cols.map((j) => diagram.unsettled.data[i * weightVariance.length + j] === 1),
          ),
        }
      : {}),
  };
}

const QUANTITY_NAMES: Readonly<
  Record<Exclude<PhaseQuantity, "chi1">, { quantity: string; symbol: string; unit?: "layers" }>
> = {
  qStar: { quantity: "Fixed point of the variance", symbol: "q^{*}" },
  cStar: { quantity: "Fixed point of the correlation", symbol: "c^{*}" },
  chiC: { quantity: "Slope of the correlation map at its fixed point", symbol: "χ_{c*}" },
  xi1: { quantity: "Depth scale of gradients", symbol: "ξ_{1}", unit: "layers" },
  xiC: { quantity: "Depth scale of signals", symbol: "ξ_{c*}", unit: "layers" },
  xiStar: { quantity: "Depth scale of generalization", symbol: "ξ_{*}", unit: "layers" },
};

/** Points between the lowest two rows, where the critical line of smooth activations is far from straight. */
const LOW_END = 12;

function lowEnd(diagram: PhaseDiagram, of: Activation | Network): readonly CriticalPoint[] {
  const [low, next] = diagram.biasVariance as unknown as readonly [number, number];
  const biasVariance = Array.from(
    { length: LOW_END },
    (_, k) => low + (next - low) * ((k + 1) / (LOW_END + 1)) ** 3,
  );
  const [first, last] = [diagram.weightVariance[0]!, diagram.weightVariance.at(-1)!];
  if (!("layers" in of)) return criticalLine(of, { biasVariance, weightVariance: [first, last] });
  // between the points of both rows: the line of a network is found by the change of sign
  const ends = [low, next].map(
    (bias) => diagram.criticalLine.find((point) => point.biasVariance === bias)?.weightVariance,
  );
  const [a = first, b = last] = ends;
  const margin = Math.abs(b - a) + 1e-3 * (last - first);
  const weightVariance = [
    Math.max(first, Math.min(a, b) - margin),
    Math.min(last, Math.max(a, b) + margin),
  ] as const;
  return networkCriticalLine(of, { biasVariance, weightVariance });
}

function drawPicture(diagram: PhaseDiagram, quantity: PhaseQuantity, of: Activation | Network): string {
  const { values, criticalLine: rows, ...others } = phasePicture(diagram, quantity);
  const line = rows.length === 0 ? rows : [...rows, ...lowEnd(diagram, of)];
  const rest = { ...others, criticalLine: line.toSorted((a, b) => a.biasVariance - b.biasVariance) };
  if (quantity === "chi1") {
    const unbounded =
      diagram.phase.data.every((phase) => phase !== 1) &&
      diagram.qStar.data.some((q, at) => Number.isNaN(q) && diagram.unsettled.data[at] !== 1);
    return phaseDiagramFigure({ ...rest, ...(unbounded ? { beyond: "q grows" } : {}) });
  }
  return phaseQuantityFigure({ ...rest, ...QUANTITY_NAMES[quantity], values });
}

/** Counts and the critical line in numbers. */
interface PhaseSummary {
  readonly activation: string;
  readonly points: number;
  /** points by what they are, each point once */
  readonly ordered: number;
  readonly critical: number;
  readonly chaotic: number;
  /** without a fixed point of the length map, whatever chi_1 is there */
  readonly noFixedPoint: number;
  /** with a fixed point, but without chi_1 */
  readonly noSlope: number;
  /** of unknown phase, since a Gaussian expectation could not be computed to its accuracy */
  readonly unsettled: number;
  /** of known phase, but of unknown c* and what follows from it, for the same reason */
  readonly unsettledCorrelation: number;
  /** the least and greatest variances of the points of either kind; null: there are none */
  readonly unsettledWithin: {
    readonly weightVariance: readonly [number, number];
    readonly biasVariance: readonly [number, number];
  } | null;
  /** why no point has a chi_1, and by how much q grows where it has no fixed point */
  readonly note: string | null;
  readonly criticalLine: readonly { readonly biasVariance: number; readonly weightVariance: number }[];
}

const COUNT_OF = {
  ordered: "ordered",
  critical: "critical",
  chaotic: "chaotic",
  "no fixed point": "noFixedPoint",
  "no slope": "noSlope",
  unsettled: "unsettled",
} as const satisfies Record<PhasePoint, keyof PhaseSummary>;

const ends = (values: ReadonlySet<number>) => [Math.min(...values), Math.max(...values)] as const;

function phaseSummary(diagram: PhaseDiagram, phi: Activation | null): PhaseSummary {
  const counts = {
    ordered: 0,
    critical: 0,
    chaotic: 0,
    noFixedPoint: 0,
    noSlope: 0,
    unsettled: 0,
    unsettledCorrelation: 0,
  };
  const [columns, rows] = [new Set<number>(), new Set<number>()];
  const width = diagram.weightVariance.length;
  for (let at = 0; at < diagram.phase.data.length; at++) {
    const point = phasePointAt(diagram, at);
    counts[COUNT_OF[point]]++;
    if (diagram.unsettled.data[at] !== 1) continue;
    if (point !== "unsettled") counts.unsettledCorrelation++;
    columns.add(diagram.weightVariance[at % width]!);
    rows.add(diagram.biasVariance[Math.floor(at / width)]!);
  }
  // the reason does not depend on the point
  const reason =
    phi !== null && counts.noSlope > 0 ? criticalWeightVariance(phi, diagram.biasVariance[0]!).note : null;
  const growth =
    phi !== null && isPositivelyHomogeneous(phi) && counts.noFixedPoint > 0
      ? `without a fixed point q grows by ${phi.label === "relu" ? "a factor sigma_w^2 / 2" : `a factor ${Number(lengthMap({ activation: phi, weightVariance: 1, biasVariance: 0 }, 1).toPrecision(6))} sigma_w^2`} per layer`
      : null;
  const notes = [reason, growth].filter((note) => note !== null);
  return {
    activation: diagram.activation,
    points: diagram.chi1.data.length,
    ...counts,
    unsettledWithin: columns.size === 0 ? null : { weightVariance: ends(columns), biasVariance: ends(rows) },
    note: notes.length === 0 ? null : notes.join("; "),
    criticalLine: phasePicture(diagram).criticalLine,
  };
}

/** What could not be computed, and where; null: everything could. */
function unsettledText({
  unsettled,
  unsettledCorrelation,
  unsettledWithin,
  points,
}: PhaseSummary): string | null {
  if (unsettledWithin === null) return null;
  const span = ([from, to]: readonly [number, number]) =>
    from === to ? numberText(from) : `${numberText(from)} to ${numberText(to)}`;
  const what = [
    ...(unsettled > 0 ? [`${unsettled} have no phase`] : []),
    ...(unsettledCorrelation > 0 ? [`${unsettledCorrelation} no c*, chi_c* and xi_c*`] : []),
  ].join(", ");
  return (
    `unsettled: of ${points} points ${what}; they lie within sigma_w^2 = ${span(unsettledWithin.weightVariance)}, ` +
    `sigma_b^2 = ${span(unsettledWithin.biasVariance)}. Their Gaussian expectations could not be computed to 1e-11, since the ` +
    "activation oscillates or breaks too often within a standard deviation: whether they have a fixed point is not known"
  );
}

function summaryText(summary: PhaseSummary): string[] {
  const { criticalLine: line, points, ordered, critical, chaotic, noFixedPoint, noSlope } = summary;
  const lines = [
    `${summary.activation}: of ${points} points ${ordered} are ordered, ${chaotic} chaotic` +
      (critical > 0 ? `, ${critical} critical` : "") +
      (noFixedPoint > 0 ? `, ${noFixedPoint} without a fixed point of the variance (NaN)` : "") +
      (noSlope > 0 ? `, ${noSlope} without chi_1 (NaN), and so without a phase` : "") +
      (summary.unsettled > 0 ? `, ${summary.unsettled} unsettled (NaN, unsettled = 1)` : ""),
  ];
  if (summary.note !== null) lines.push(summary.note);
  if (line.length === 0) lines.push("no critical line in this range");
  const shown =
    line.length === 0
      ? []
      : [...new Set([0, 0.25, 0.5, 0.75, 1].map((s) => Math.round(s * (line.length - 1))))];
  for (const i of shown) {
    const { biasVariance, weightVariance } = line[i]!;
    lines.push(
      `critical at sigma_b^2 = ${Number(biasVariance.toPrecision(6))}: sigma_w^2 = ${weightVariance.toPrecision(7)}`,
    );
  }
  return lines;
}

export async function phaseCommand(
  options: PhaseCommandOptions,
  { terminal, signal }: CommandContext,
): Promise<CommandResult> {
  if ((options.activation === undefined) === (options.network === undefined)) {
    throw new ForetrainError(
      "ERR_USAGE",
      `phase: got ${options.activation === undefined ? "neither" : "both"} --activation ${options.activation === undefined ? "nor" : "and"} --network, expected one of them`,
      { argument: "--activation" },
    );
  }
  const phi = options.activation === undefined ? null : parseActivation(options.activation);
  const network = options.network === undefined ? null : await readNetworkArgument(options.network);
  const weightVariance = parseRange("--weight-variance", options.weightVariance);
  const biasVariance = parseRange("--bias-variance", options.biasVariance);
  const points = weightVariance.length * biasVariance.length;
  if (points > MOST_POINTS) {
    throw new ForetrainError(
      "ERR_MEMORY",
      `phase: ${weightVariance.length} x ${biasVariance.length} points are ${byteSize(points * 64)} of maps; ` +
        `expected at most ${MOST_POINTS} points, take smaller counts`,
      { got: points, expected: MOST_POINTS },
    );
  }
  await checkOutputs({ "--out": options.out, "--svg": options.svg });

  const started = performance.now();
  const axes = { weightVariance, biasVariance };
  const work = { signal, onProgress: terminal.progress };
  const ofNetwork = network === null ? null : await networkPhaseDiagram(network, axes, work);
  const diagram = ofNetwork ?? (await phaseDiagram(phi!, axes, work));
  const seconds = (performance.now() - started) / 1000;
  const picture =
    options.svg === undefined ? null : drawPicture(diagram, options.quantity ?? "chi1", phi ?? network!);
  const written: string[] = [];
  if (options.out !== undefined) {
    const bytes = writeNpz(phaseDiagramArrays(diagram));
    await writeFileAtomic(options.out, bytes, { signal });
    written.push(`${options.out} (${byteSize(bytes.length)})`);
  }
  if (options.svg !== undefined && picture !== null) {
    await writeFileAtomic(options.svg, picture, { signal });
    written.push(options.svg);
  }

  const summary = phaseSummary(diagram, phi);
  const statuses = Object.entries(ofNetwork?.statuses ?? {});
  const unknown = unsettledText(summary);
  if (unknown !== null) terminal.note(unknown);
  return {
    text: [
      ...summaryText(summary),
      // where all have a phase the first line has said it
      ...(statuses.every(([status]) => status === "ordered" || status === "critical" || status === "chaotic")
        ? []
        : [`by status: ${statuses.map(([status, count]) => `${count} ${status}`).join(", ")}`]),
      `${written.length === 0 ? "" : `wrote ${written.join(", ")}: `}maps [${biasVariance.length}, ${weightVariance.length}], ${duration(seconds)}`,
    ].join("\n"),
    onStderr: [options.out ?? "", options.svg ?? ""].some(isStandardOutput),
    ...(unknown === null ? {} : { exitCode: EXIT.numerical }),
    json: {
      out: options.out ?? null,
      svg: options.svg ?? null,
      seconds,
      ...summary,
      statuses: ofNetwork?.statuses ?? null,
    },
  };
}
