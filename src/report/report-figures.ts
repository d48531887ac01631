/**
 * The figures of a report, each in two widths: the page shows the one that fits, files hold the wide one.
 * @module
 */
import {
  curvesFigure,
  depthFigure,
  type FigureOptions,
  phaseDiagramFigure,
  predictedComplexityFigure,
  signalFigure,
  spectrumFigure,
} from "../figures/index.js";
import { deviationBand } from "./deviation-band.js";
import type { ReportData } from "./report-data.js";
import type { ComparedQuantity } from "./verification-data.js";

/** A figure of a report as markup, in two widths. */
export interface ReportFigure {
  readonly wide: string;
  readonly narrow: string;
}

/** null where the forecast has no such part. */
export interface ReportFigures {
  readonly phaseDiagram: ReportFigure | null;
  readonly signal: ReportFigure | null;
  readonly spectrum: ReportFigure;
  readonly curves: ReportFigure;
  /** the curves again, with trained networks over them */
  readonly verification: ReportFigure | null;
  /** what a linear model explains */
  readonly complexity: ReportFigure | null;
  readonly depth: ReportFigure | null;
}

const WIDE = 760;
const NARROW = 380;

function both(id: string, draw: (options: FigureOptions) => string): ReportFigure {
  return { wide: draw({ id, width: WIDE }), narrow: draw({ id: `${id}-narrow`, width: NARROW }) };
}

/** What the x axis of training counts. */
export function stepUnit(data: ReportData): string {
  return data.spec.training.optimizer === "gd" ? "step" : "training time (learning rate × steps)";
}

function verificationFigure(data: ReportData): ReportFigure | null {
  const { verification } = data;
  if (!verification?.quantities) return null;
  const { steps, networks, quantities } = verification;
  const { trainLoss, testLoss, trainAccuracy, testAccuracy } = quantities;
  const all = [trainLoss, testLoss, trainAccuracy, testAccuracy];
  const means = ({ matched: of }: ComparedQuantity) => of!.mean;
  const matched = all.some(({ matched: of }) => of == null)
    ? null
    : {
        train: { loss: means(trainLoss), accuracy: means(trainAccuracy) },
        test: { loss: means(testLoss), accuracy: means(testAccuracy) },
      };
  const measured = {
    steps,
    networks,
    train: { loss: trainLoss.measured, accuracy: trainAccuracy.measured },
    test: { loss: testLoss.measured, accuracy: testAccuracy.measured },
    matched,
  };
  const shown = data.curves.steps.filter((step) => step <= verification.horizon).length;
  const split = (name: "train" | "test") => ({
    loss: deviationBand(data.curves[name].loss.mean, quantities[`${name}Loss`].predicted),
    accuracy: deviationBand(data.curves[name].accuracy.mean, quantities[`${name}Accuracy`].predicted, 1),
  });
  return both("verification", (options) =>
    curvesFigure(
      {
        steps: data.curves.steps.slice(0, shown),
        train: split("train"),
        test: split("test"),
        chance: data.data.chance,
        unit: stepUnit(data),
        bands: "deviations",
        measured,
      },
      options,
    ),
  );
}

function complexityFigureOf(data: ReportData): ReportFigure | null {
  const found = data.complexity?.found;
  if (!found) return null;
  return both("complexity", (options) =>
    predictedComplexityFigure(
      {
        steps: found.steps,
        model: found.model,
        information: found.linear.information,
        mean: found.mean,
        single: found.single,
        phaseEnd: found.phaseEnd.mean,
        measured: found.measured,
        unit: stepUnit(data),
      },
      options,
    ),
  );
}

/** Draws every figure that the data have. */
export function reportFigures(data: ReportData): ReportFigures {
  const { meanField, phaseDiagram, signal, depthSweep } = data;
  return {
    phaseDiagram:
      phaseDiagram === null || meanField === null
        ? null
        : both("phase-diagram", (options) =>
            phaseDiagramFigure(
              { ...phaseDiagram, activation: meanField.activation, network: meanField },
              options,
            ),
          ),
    signal:
      signal === null
        ? null
        : both("signal", (options) =>
            signalFigure({ ...signal, deviation: data.lengths?.standardDeviation ?? null }, options),
          ),
    spectrum: both("spectrum", (options) => spectrumFigure(data.spectrum, options)),
    curves: both("curves", (options) =>
      curvesFigure(
        { ...data.curves, chance: data.data.chance, limit: data.limits.ntk, unit: stepUnit(data) },
        options,
      ),
    ),
    verification: verificationFigure(data),
    complexity: complexityFigureOf(data),
    depth:
      depthSweep === null
        ? null
        : both("depth", (options) =>
            depthFigure({ ...depthSweep, ownDepth: data.network.depth, chance: data.data.chance }, options),
          ),
  };
}

/** File names and contents of the stand-alone figures. */
export function figureFiles(figures: ReportFigures): Readonly<Record<string, string>> {
  const named: readonly (readonly [string, ReportFigure | null])[] = [
    ["phase-diagram.svg", figures.phaseDiagram],
    ["signal.svg", figures.signal],
    ["spectrum.svg", figures.spectrum],
    ["curves.svg", figures.curves],
    ["verification.svg", figures.verification],
    ["complexity.svg", figures.complexity],
    ["depth.svg", figures.depth],
  ];
  return Object.fromEntries(
    named.flatMap(([name, figure]) => (figure === null ? [] : [[name, `${figure.wide}\n`]])),
  );
}
