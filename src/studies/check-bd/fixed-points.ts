/**
 * Fixed points, slopes, depth scales and critical lines: rows B1 to B3.
 * @module
 */
import { activation } from "../../activations/index.js";
import { criticalPointAt, criticalWeightVariance, type MeanField } from "../../meanfield/index.js";
import { absolute, atMost, type Check } from "../checks.js";
import { type PaperLayer, readingOf } from "../paper-b/deep-network.js";

/** Half a unit of the sixth decimal and the rounding of the number itself. */
const SIX_DECIMALS = 1e-6;

type Quantity = "qStar" | "chi1" | "cStar" | "chiC" | "xi1" | "xiStar" | "pStar" | "pairStar";

const SYMBOLS: Readonly<Record<Quantity, string>> = {
  qStar: "q*",
  chi1: "chi_1",
  cStar: "c*",
  chiC: "chi_c*",
  xi1: "xi_1",
  xiStar: "xi_*",
  pStar: "p* = q* / (1 - chi_1)",
  pairStar: "p_ab* = q* c* / (1 - chi_c*)",
};

/** [name, sigma_w^2, sigma_b^2, expected values] */
const POINTS: readonly (readonly [string, number, number, Partial<Record<Quantity, number>>])[] = [
  [
    "erf",
    1.25,
    0.05,
    { qStar: 0.435166, chi1: 0.961374, cStar: 1, chiC: 0.961374, pStar: 11.266106, xi1: 25.386 },
  ],
  [
    "erf",
    1.5,
    0.05,
    { qStar: 0.601753, chi1: 1.0347, cStar: 0.82053, chiC: 0.969552, pairStar: 16.216357, xiStar: 15.377 },
  ],
  ["erf", 2, 0.18, { qStar: 1.16755, chi1: 1.069402, cStar: 0.837075, chiC: 0.942351, xiStar: 7.907 }],
  ["erf", 3, 0.18, { qStar: 1.933787, chi1: 1.292398, cStar: 0.476949, chiC: 0.847977, xiStar: 2.373 }],
  ["erf", 0.5, 0.18, { qStar: 0.303217, chi1: 0.427959, cStar: 1, chiC: 0.427959, pStar: 0.530062 }],
  ["tanh", 1, 0.05, { qStar: 0.193593, chi1: 0.759032 }],
  ["tanh", 2.5, 0.05, { qStar: 1.063958, chi1: 1.133516, cStar: 0.446804, chiC: 0.918717 }],
  ["tanh", 4, 0.05, { qStar: 2.195494, chi1: 1.342402, cStar: 0.165065, chiC: 0.866528 }],
];

function numberOf(reading: MeanField, quantity: Quantity): number {
  const { qStar, chi1, cStar, chiC } = reading;
  const known = [qStar, chi1, cStar, chiC].map((x) => x ?? Number.NaN) as [number, number, number, number];
  const [q, one, c, slope] = known;
  switch (quantity) {
    case "pStar":
      return q / (1 - one);
    case "pairStar":
      return (q * c) / (1 - slope);
    default:
      return reading[quantity] ?? Number.NaN;
  }
}

const CRITICAL: readonly (readonly [string, number, number, number?])[] = [
  ["erf", 0.0001, 0.852588],
  ["erf", 0.01, 1.11428],
  ["erf", 0.05, 1.375839, 0.517177],
  ["erf", 0.18, 1.747604, 0.987788],
  ["tanh", 0.0001, 1.086026],
  ["tanh", 0.01, 1.424205],
  ["tanh", 0.05, 1.760955, 0.570048],
  ["tanh", 0.18, 2.233929, 1.099401],
];

function fixedPointRows(): Check[] {
  return POINTS.flatMap(([name, weightVariance, biasVariance, expected]) => {
    const layer: PaperLayer = { activation: name, weightVariance, biasVariance };
    const reading = readingOf(layer);
    return (Object.entries(expected) as [Quantity, number][]).map(([quantity, value]) =>
      absolute(
        {
          id: "B1",
          quantity: `${name} (${weightVariance}, ${biasVariance}): ${SYMBOLS[quantity]}`,
          source: "paper B, fixed points and depth scales",
        },
        numberOf(reading, quantity),
        value,
        // scales are given to three decimals; p_ab* divides by a small number
        quantity.startsWith("xi") ? 5.01e-4 : SIX_DECIMALS,
      ),
    );
  });
}

function criticalRows(): Check[] {
  return CRITICAL.flatMap(([name, biasVariance, weightVariance, qStar]) => {
    const found = criticalWeightVariance(activation(name), biasVariance);
    const source = "paper B, chi_1 = 1";
    const at = `${name}, sigma_b^2 = ${biasVariance}`;
    return [
      absolute(
        { id: "B2", quantity: `${at}: critical sigma_w^2`, source },
        found.value,
        weightVariance,
        SIX_DECIMALS,
      ),
      ...(qStar === undefined
        ? []
        : [
            absolute(
              { id: "B2", quantity: `${at}: q* there`, source },
              found.qStar ?? Number.NaN,
              qStar,
              SIX_DECIMALS,
            ),
          ]),
    ];
  });
}

/** The critical line of erf from its closed form: sigma_w^2 and sigma_b^2 as functions of q*. */
function closedFormRow(): Check {
  let worst = 0;
  for (const q of [0.05, 0.2, 0.517177, 1, 2.5, 10]) {
    const weight = (Math.PI / 4) * Math.sqrt(1 + 4 * q);
    const bias = q - ((2 * weight) / Math.PI) * Math.asin((2 * q) / (1 + 2 * q));
    const point = criticalPointAt(activation("erf"), q);
    const searched = criticalWeightVariance(activation("erf"), bias).value;
    worst = Math.max(worst, Math.abs(point.biasVariance - bias), Math.abs(searched - weight));
  }
  return atMost(
    {
      id: "B3",
      quantity: "erf: root search against the closed critical line, largest difference",
      source: "4 sigma_w^2 = pi sqrt(1 + 4 q*), sigma_b^2 = q* - (2 sigma_w^2 / pi) asin(2 q* / (1 + 2 q*))",
    },
    worst,
    1e-8,
  );
}

export function fixedPointChecks(): Check[] {
  return [...fixedPointRows(), ...criticalRows(), closedFormRow()];
}
