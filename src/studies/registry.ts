/**
 * All studies, in the order of lists and pages. A new study is a file and a line here.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { nearestNames } from "../network/index.js";
import { checkAe } from "./check-ae/study.js";
import { checkBd } from "./check-bd/study.js";
import { checkC } from "./check-c/study.js";
import { hessianStudy } from "./paper-a/hessian.js";
import { hyperParametersStudy } from "./paper-a/hyper-parameters.js";
import { linearModelStudy } from "./paper-a/linear-model.js";
import { linearNoiseStudy } from "./paper-a/linear-noise.js";
import { noiseStudy } from "./paper-a/noise.js";
import { ordersStudy } from "./paper-a/orders.js";
import { accuracyMapStudy } from "./paper-b/accuracy-map/study.js";
import { dropoutStudy } from "./paper-b/dropout.js";
import { finiteMapStudy } from "./paper-b/finite/finite-map.js";
import { learningRateStudy } from "./paper-b/finite/learning-rate.js";
import { phaseDiagramStudy } from "./paper-b/phase-diagram.js";
import { poolingStudy } from "./paper-b/pooling.js";
import { poolingAccuracyStudy } from "./paper-b/pooling-accuracy.js";

import { signalStudy } from "./paper-b/signal.js";
import { spectraStudy } from "./paper-b/spectra.js";
import { controlsStudy } from "./paper-c/controls.js";
import { diskStudy } from "./paper-c/disk.js";
import { firstPhaseStudy } from "./paper-c/first-phase.js";
import { cifarImagesStudy, mnistImagesStudy } from "./paper-c/images.js";
import { increasingStudy } from "./paper-c/increasing.js";
import { predictedStudy } from "./paper-c/predicted.js";
import { productsStudy } from "./paper-c/products.js";
import { theoremStudy } from "./paper-c/theorem.js";
import { convergenceStudy } from "./paper-d/convergence.js";
import { dependenceStudy, secondLayerStudy } from "./paper-d/second-layer.js";
import { unitScaleStudy } from "./paper-d/unit-scale.js";
import { biasVarianceStudy } from "./paper-e/bias-variance.js";
import { cifarStudy } from "./paper-e/cifar.js";
import { expansionStudy } from "./paper-e/expansion.js";
import { limitStudy } from "./paper-e/limit.js";
import { mnistStudy } from "./paper-e/mnist.js";
import { sgdNoiseStudy } from "./paper-e/sgd-noise.js";
import { varianceStudy } from "./paper-e/variance.js";
import { knownLimits } from "./parameter-limits.js";
import type { Study } from "./study.js";

const DEFINED: readonly Study[] = [
  ordersStudy,
  linearModelStudy,
  linearNoiseStudy,
  hyperParametersStudy,
  noiseStudy,
  hessianStudy,
  phaseDiagramStudy,
  signalStudy,
  spectraStudy,
  poolingStudy,
  poolingAccuracyStudy,
  dropoutStudy,
  accuracyMapStudy,
  finiteMapStudy,
  learningRateStudy,
  mnistImagesStudy,
  cifarImagesStudy,
  firstPhaseStudy,
  diskStudy,
  predictedStudy,
  controlsStudy,
  theoremStudy,
  increasingStudy,
  productsStudy,
  convergenceStudy,
  secondLayerStudy,
  dependenceStudy,
  unitScaleStudy,
  limitStudy,
  expansionStudy,
  varianceStudy,
  sgdNoiseStudy,
  biasVarianceStudy,
  mnistStudy,
  cifarStudy,
  checkBd,
  checkC,
  checkAe,
];

/** With the limits of its parameters, which one table has for all. */
const STUDIES: readonly Study[] = DEFINED.map((study) => ({
  ...study,
  limits: { ...knownLimits(study.id, [study.parameters.quick, study.parameters.full]), ...study.limits },
}));

/** Every study. */
export function studies(): readonly Study[] {
  return STUDIES;
}

/**
 * The studies that a name means: an id, the letter of a paper, or `all`.
 * @throws ForetrainError `ERR_USAGE` with the names that there are
 */
export function findStudies(name: string): readonly Study[] {
  if (name === "all") return STUDIES;
  const found = STUDIES.filter(({ id, papers }) => id === name || papers.some((paper) => paper === name));
  if (found.length > 0) return found;
  const ids = STUDIES.map(({ id }) => id);
  const part = name === "" ? [] : ids.filter((id) => id.toLowerCase().includes(name.toLowerCase()));
  const near = part.length > 0 ? [] : nearestNames(name, ids);
  const meant = near.length === 0 ? "" : `did you mean ${near.map((id) => `"${id}"`).join(" or ")}? `;
  const papers = [...new Set(STUDIES.flatMap((study) => study.papers))].sort();
  throw new ForetrainError(
    "ERR_USAGE",
    `there is no study "${name}"; ${meant}expected ${(part.length > 0 ? part : ids).join(part.length > 0 ? " or " : ", ")}, a paper (${papers.join(", ")}), or all`,
    { argument: "study", got: name, expected: ids },
  );
}
