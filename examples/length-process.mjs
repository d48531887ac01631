// Lengths of finite tanh networks around the length map, and the second layer of 1/x networks, which is Cauchy.
import { writeFileSync } from "node:fs";
import {
  activation,
  lengthSummary,
  lengthsFigure,
  permissibilityReport,
  preset,
  repeatedLayer,
  sampleLengths,
  secondLayerFigure,
  secondLayerReport,
  unitScaleNetwork,
} from "foretrain";

const layer = { activation: activation("tanh"), weightVariance: 1.5, biasVariance: 0.1 };
const widths = [10, 30, 100, 300, 1000];
const samples = await sampleLengths(repeatedLayer(layer, 5), { widths, repetitions: 1000 });
const { sets, slopes } = lengthSummary(samples);
for (const { layer: l, limit, mean, scaledVariance, expectedScaledVariance } of sets.at(-1).layers) {
  console.log(
    `layer ${l}: limit ${limit.toFixed(4)}, mean ${mean.value.toFixed(4)} +- ${mean.error.toFixed(4)}, ` +
      `N Var ${scaledVariance.value.toFixed(3)} (theory ${expectedScaledVariance.toFixed(3)})`,
  );
}
console.log(`distances shrink like N^${slopes[4][0].slope.toFixed(3)}`);

const quantile = (values, p) => values.sort()[Math.round(p * (values.length - 1))];
const column = (set, l) => samples.q[set].data.filter((_, i) => i % 5 === l);
const byLayer = (set, p) => [0, 1, 2, 3, 4].map((l) => quantile(column(set, l), p));
const svg = lengthsFigure({
  activation: "tanh",
  widths: [0, 2, 4].map((set) => ({
    width: widths[set],
    median: byLayer(set, 0.5),
    low: byLayer(set, 0.05),
    high: byLayer(set, 0.95),
  })),
  limit: sets[0].layers.map(({ limit }) => limit),
  convergence: {
    quantity: "|q_{5} − limit|",
    width: widths,
    series: [0, 1, 2].map((i) => ({
      label: ["50 %", "90 %", "99 %"][i],
      values: sets.map(({ layers }) => layers[4].deviation[i].value),
    })),
    slope: -0.5,
    slopeLabel: "slope −1/2",
  },
});
writeFileSync("length-process.svg", svg);

const reciprocal = { activation: activation("reciprocal"), weightVariance: 1, biasVariance: 0 };
console.log(`1/x: ${permissibilityReport(reciprocal.activation).consequence}`);
const {
  cauchy,
  gaussian,
  exact,
  samples: units,
} = await secondLayerReport(reciprocal, {
  width: 100,
  repetitions: 10_000,
});
console.log(
  `h_(2,1) at N = 100: Cauchy of scale ${cauchy.scale.toFixed(2)} (theory 10), p ${exact.pValue.toFixed(3)}; ` +
    `best Gaussian p ${gaussian.pValueBound.toExponential(1)}`,
);
writeFileSync(
  "second-layer.svg",
  secondLayerFigure({
    panels: [
      { title: "1/x, N = 100", samples: units.h.data.filter((_, i) => i % 2 === 0), gaussian, cauchy },
    ],
  }),
);

const { network, stable } = unitScaleNetwork(preset("fcn", { input: [784], depth: 3, activation: "tanh" }), {
  biasVariance: 0,
});
console.log(`tanh at unit scale (${stable ? "stable" : "not stable"}): ${JSON.stringify(network.layers)}`);
console.log("wrote length-process.svg, second-layer.svg");
