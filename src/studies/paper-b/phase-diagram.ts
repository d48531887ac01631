/**
 * Phase diagrams of erf and tanh (paper B, phases; Poole et al. 2016).
 * @module
 */
import { activation } from "../../activations/index.js";
import { phaseDiagramFigure, phaseQuantityFigure } from "../../figures/index.js";
import { criticalWeightVariance, type PhaseDiagram, phaseDiagram } from "../../meanfield/index.js";
import { atMost, type Check } from "../checks.js";
import { defineStudy, type StudyFigure } from "../study.js";

const ACTIVATIONS = ["erf", "tanh"] as const;

const axis = (start: number, stop: number, count: number) =>
  Float64Array.from({ length: count }, (_, i) => start + ((stop - start) * i) / (count - 1));

/** sigma_b^2 of the critical line of erf at a weight variance, in closed form. */
function erfCriticalBias(weightVariance: number): number {
  const q = (((4 * weightVariance) / Math.PI) ** 2 - 1) / 4;
  return q - ((2 * weightVariance) / Math.PI) * Math.asin((2 * q) / (1 + 2 * q));
}

/** Largest |chi_1 - 1| among points where "c* above 0.999" and "chi_1 at most 1" say different things. */
function boundaryWidth({ chi1, cStar }: PhaseDiagram): number {
  let width = 0;
  chi1.data.forEach((chi, at) => {
    const ordered = cStar.data[at]! > 0.999;
    if (Number.isFinite(chi) && ordered !== chi <= 1) width = Math.max(width, Math.abs(chi - 1));
  });
  return width;
}

/** [biasVariance][weightVariance]; null where there is no number. */
function rowsOf({ weightVariance, biasVariance }: PhaseDiagram, map: PhaseDiagram["chi1"]) {
  const columns = weightVariance.length;
  return Array.from(biasVariance, (_, b) =>
    Array.from(weightVariance, (_, a) => {
      const value = map.data[b * columns + a]!;
      return Number.isFinite(value) ? value : null;
    }),
  );
}

const axesOf = ({ activation: name, weightVariance, biasVariance, criticalLine }: PhaseDiagram) => ({
  activation: name,
  weightVariance: Array.from(weightVariance),
  biasVariance: Array.from(biasVariance),
  criticalLine: criticalLine.map(({ weightVariance: w, biasVariance: b }) => ({
    weightVariance: w,
    biasVariance: b,
  })),
});

/** The fixed points that chi_1 belongs to. */
function quantityFigures(diagram: PhaseDiagram): StudyFigure[] {
  const of = (
    name: string,
    caption: string,
    quantity: string,
    symbol: string,
    map: PhaseDiagram["chi1"],
  ): StudyFigure => ({
    name: `${name}-${diagram.activation}`,
    caption: `${diagram.activation}: ${caption}`,
    draw: (options) =>
      phaseQuantityFigure(
        {
          ...axesOf(diagram),
          quantity,
          symbol,
          values: rowsOf(diagram, map),
          chi1: rowsOf(diagram, diagram.chi1),
        },
        options,
      ),
  });
  return [
    of(
      "length",
      "colour is q*, the variance of pre-activations that every input has after many layers. It grows over the line chi_1 = 1 without a sign of it.",
      "fixed point of the variance",
      "q^{*}",
      diagram.qStar,
    ),
    of(
      "correlation",
      "colour is c*, the correlation that any two inputs have after many layers: 1 left of the line chi_1 = 1, and less and less to the right of it.",
      "fixed point of the correlation",
      "c^{*}",
      diagram.cStar,
    ),
  ];
}

function figureOf(diagram: PhaseDiagram): StudyFigure {
  return {
    name: `phase-${diagram.activation}`,
    caption: `${diagram.activation}: colour is chi_1 over the plane of weight and bias variance. The thick line is chi_1 = 1: left of it, in the ordered phase, the correlation of any two inputs goes to 1; right of it, in the chaotic phase, it goes to c* < 1.`,
    draw: (options) =>
      phaseDiagramFigure({ ...axesOf(diagram), chi1: rowsOf(diagram, diagram.chi1) }, options),
  };
}

export const phaseDiagramStudy = defineStudy({
  id: "B.phase-diagram",
  papers: ["B"],
  title: "Phase diagrams of erf and tanh",
  expected:
    "The plane of the two variances falls into an ordered and a chaotic phase. The line chi_1 = 1 between them is where c* leaves 1.",
  quick: { columns: 101, rows: 61, maxWeightVariance: { erf: 3, tanh: 4 }, biasVariance: [0.01, 0.25] },
  full: { columns: 300, rows: 241, maxWeightVariance: { erf: 3, tanh: 4 }, biasVariance: [0.01, 0.25] },
  references: ["poole2016exponential", "schoenholz2017deep"],
  run: async ({ columns, rows, maxWeightVariance, biasVariance }, { signal, onProgress }) => {
    const diagrams: PhaseDiagram[] = [];
    for (const name of ACTIVATIONS) {
      const stop = maxWeightVariance[name];
      const axes = {
        weightVariance: axis(stop / columns, stop, columns),
        biasVariance: axis(biasVariance[0]!, biasVariance[1]!, rows),
      };
      diagrams.push(
        await phaseDiagram(activation(name), axes, {
          signal,
          onProgress: onProgress && ((p) => onProgress({ ...p, label: name })),
        }),
      );
    }
    const source = "paper B, phases: the c* threshold and chi_1 = 1 are one line";
    const checks: Check[] = diagrams.map((diagram) =>
      atMost(
        {
          id: `boundary.${diagram.activation}`,
          quantity: `${diagram.activation}: largest |chi_1 - 1| where c* > 0.999 and chi_1 <= 1 disagree`,
          source,
        },
        boundaryWidth(diagram),
        0.003,
      ),
    );
    let worst = 0;
    for (const weight of [0.9, 1.1, 1.4, 1.8, 2.4]) {
      const bias = erfCriticalBias(weight);
      const found = criticalWeightVariance(activation("erf"), bias).value;
      worst = Math.max(worst, Math.abs(found - weight));
    }
    checks.push(
      atMost(
        {
          id: "critical.erf",
          quantity: "erf: largest distance of the critical line from its closed form at five points",
          source:
            "q* = ((4 sigma_w^2 / pi)^2 - 1) / 4, sigma_b^2 = q* - (2 sigma_w^2 / pi) asin(2 q* / (1 + 2 q*))",
        },
        worst,
        1e-8,
      ),
    );
    const arrays = Object.fromEntries(
      diagrams.flatMap((diagram) => {
        const own = (name: string) => `${diagram.activation}_${name}`;
        const { weightVariance, biasVariance: bias, qStar, cStar, chi1, xi1, xiC, xiStar } = diagram;
        return [
          [own("weightVariance"), { data: weightVariance, shape: [weightVariance.length] }],
          [own("biasVariance"), { data: bias, shape: [bias.length] }],
          ...Object.entries({ qStar, cStar, chi1, xi1, xiC, xiStar }).map(
            ([name, map]) => [own(name), map] as const,
          ),
        ];
      }),
    );
    return { arrays, figures: [...diagrams.map(figureOf), ...diagrams.flatMap(quantityFigures)], checks };
  },
});
