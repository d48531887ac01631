/**
 * `foretrain phase`: the phase diagram of an activation as npz arrays and as a picture.
 * @module
 */
import { type Activation, activation } from "../../activations/index.js";
import { type NpzArrays, writeNpz } from "../../data/index.js";
import { ForetrainError } from "../../errors.js";
import { type PhaseDiagramData, phaseDiagramFigure } from "../../figures/index.js";
import { criticalWeightVariance, type PhaseDiagram, phaseDiagram, phaseOf } from "../../meanfield/index.js";
import { writeFileAtomic } from "../../runs/index-node.js";
import type { CommandContext, CommandResult } from "../command.js";
import { checkOutputs, isStandardOutput } from "../output-files.js";
import { byteSize, duration } from "../terminal.js";

export interface PhaseCommandOptions {
  /** name, or name?key=value&... */
  readonly activation: string;
  /** start:stop:count */
  readonly weightVariance: string;
  readonly biasVariance: string;
  readonly out: string;
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
 * The activation of `name` or `name?key=value&key=value`; a value is a number or numbers separated by commas.
 * @throws ForetrainError `ERR_USAGE` for a text that is none, `ERR_SPEC` for unknown names and parameters
 */
export function parseActivation(text: string): Activation {
  const [name = "", query = ""] = text.split(/\?(.*)/s, 2);
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

/** The arrays of the file: axes [a] and [b], maps [b, a], NaN where there is no fixed point. */
function phaseArrays(diagram: PhaseDiagram): NpzArrays {
  const axis = (data: Float64Array) => ({ data, shape: [data.length] });
  const { qStar, cStar, chi1, chiC, xi1, xiC, xiStar } = diagram;
  return {
    weightVariance: axis(diagram.weightVariance),
    biasVariance: axis(diagram.biasVariance),
    qStar,
    cStar,
    chi1,
    chiC,
    xi1,
    xiC,
    xiStar,
  };
}

/** Indices of at most `most` of `count` points, both ends included. */
function thinned(count: number, most: number): number[] {
  const kept = Math.min(count, most);
  return Array.from({ length: kept }, (_, i) => Math.round((i * (count - 1)) / Math.max(1, kept - 1)));
}

/** What the picture needs of a diagram. */
function phasePicture(diagram: PhaseDiagram): PhaseDiagramData {
  const { weightVariance, biasVariance, chi1 } = diagram;
  const cols = thinned(weightVariance.length, MOST_PICTURE_POINTS);
  const rows = thinned(biasVariance.length, MOST_PICTURE_POINTS);
  return {
    activation: diagram.activation,
    weightVariance: cols.map((j) => weightVariance[j]!),
    biasVariance: rows.map((i) => biasVariance[i]!),
    chi1: rows.map((i) =>
      cols.map((j) => {
        const value = chi1.data[i * weightVariance.length + j]!;
        return Number.isFinite(value) ? value : null;
      }),
    ),
    criticalLine: diagram.criticalLine.map(({ weightVariance: w, biasVariance: b }) => ({
      weightVariance: w,
      biasVariance: b,
    })),
  };
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
  /** why no point has a chi_1; null when some have */
  readonly note: string | null;
  readonly criticalLine: readonly { readonly biasVariance: number; readonly weightVariance: number }[];
}

function phaseSummary(diagram: PhaseDiagram, phi: Activation): PhaseSummary {
  const counts = { ordered: 0, critical: 0, chaotic: 0, noFixedPoint: 0, noSlope: 0 };
  for (const [at, chi] of diagram.chi1.data.entries()) {
    if (Number.isNaN(diagram.qStar.data[at]!)) counts.noFixedPoint++;
    else if (Number.isNaN(chi)) counts.noSlope++;
    else counts[phaseOf(chi)]++;
  }
  return {
    activation: diagram.activation,
    points: diagram.chi1.data.length,
    ...counts,
    // the reason does not depend on the point
    note: counts.noSlope > 0 ? criticalWeightVariance(phi, diagram.biasVariance[0]!).note : null,
    criticalLine: phasePicture(diagram).criticalLine,
  };
}

function summaryText(summary: PhaseSummary): string[] {
  const { criticalLine: line, points, ordered, critical, chaotic, noFixedPoint, noSlope } = summary;
  const lines = [
    `${summary.activation}: of ${points} points ${ordered} are ordered, ${chaotic} chaotic` +
      (critical > 0 ? `, ${critical} critical` : "") +
      (noFixedPoint > 0 ? `, ${noFixedPoint} without a fixed point of the variance (NaN)` : "") +
      (noSlope > 0 ? `, ${noSlope} without chi_1 (NaN), and so without a phase` : ""),
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
  const phi = parseActivation(options.activation);
  const weightVariance = parseRange("--weight-variance", options.weightVariance);
  const biasVariance = parseRange("--bias-variance", options.biasVariance);
  const points = weightVariance.length * biasVariance.length;
  if (points > MOST_POINTS) {
    throw new ForetrainError(
      "ERR_MEMORY",
      `phase: ${weightVariance.length} x ${biasVariance.length} points are ${byteSize(points * 56)} of maps; ` +
        `expected at most ${MOST_POINTS} points, take smaller counts`,
      { got: points, expected: MOST_POINTS },
    );
  }
  await checkOutputs({ "--out": options.out, "--svg": options.svg });

  const started = performance.now();
  const diagram = await phaseDiagram(
    phi,
    { weightVariance, biasVariance },
    { signal, onProgress: terminal.progress },
  );
  const seconds = (performance.now() - started) / 1000;
  const picture = options.svg === undefined ? null : phaseDiagramFigure(phasePicture(diagram));
  const bytes = writeNpz(phaseArrays(diagram));
  await writeFileAtomic(options.out, bytes, { signal });
  if (options.svg !== undefined && picture !== null) await writeFileAtomic(options.svg, picture, { signal });

  const summary = phaseSummary(diagram, phi);
  const written = [
    `${options.out} (${byteSize(bytes.length)})`,
    ...(options.svg === undefined ? [] : [options.svg]),
  ];
  return {
    text: [
      ...summaryText(summary),
      `wrote ${written.join(", ")}: maps [${biasVariance.length}, ${weightVariance.length}], ${duration(seconds)}`,
    ].join("\n"),
    onStderr: [options.out, options.svg ?? ""].some(isStandardOutput),
    json: { out: options.out, svg: options.svg ?? null, seconds, ...summary },
  };
}
