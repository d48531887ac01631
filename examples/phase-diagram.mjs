// Order and chaos of wide tanh networks: the phase diagram as a picture, and what one choice of variances means.
import { writeFileSync } from "node:fs";
import { activation, criticalWeightVariance, meanField, phaseDiagram, phaseDiagramFigure } from "foretrain";

const tanh = activation("tanh");
const axis = (start, stop, count) =>
  Array.from({ length: count }, (_, i) => start + ((stop - start) * i) / (count - 1));
const diagram = await phaseDiagram(tanh, {
  weightVariance: axis(0.05, 4, 160),
  biasVariance: axis(0, 0.5, 80),
});

const biasVariance = 0.05;
const critical = criticalWeightVariance(tanh, biasVariance).value;
console.log(`edge of chaos at sigma_b^2 = ${biasVariance}: sigma_w^2 = ${critical.toFixed(6)}`);
for (const weightVariance of [1, critical, 2.5]) {
  const { phase, qStar, cStar, chi1, xi1, xiC } = meanField({
    activation: tanh,
    weightVariance,
    biasVariance,
  });
  console.log(
    `sigma_w^2 = ${weightVariance.toFixed(3)}: ${phase.padEnd(8)}  q* ${qStar.toFixed(4)}  c* ${cStar.toFixed(4)}  ` +
      `chi_1 ${chi1.toFixed(4)}  gradients live ${xi1.toFixed(1)} layers, signals ${xiC.toFixed(1)}`,
  );
}

const cols = diagram.weightVariance.length;
const svg = phaseDiagramFigure({
  activation: diagram.activation,
  weightVariance: [...diagram.weightVariance],
  biasVariance: [...diagram.biasVariance],
  chi1: Array.from(diagram.biasVariance, (_, i) => [...diagram.chi1.data.subarray(i * cols, (i + 1) * cols)]),
  criticalLine: diagram.criticalLine,
  network: {
    weightVariance: 2.5,
    biasVariance,
    chi1: meanField({ activation: tanh, weightVariance: 2.5, biasVariance }).chi1,
  },
});
writeFileSync("phase-diagram.svg", svg);
console.log("wrote phase-diagram.svg");
