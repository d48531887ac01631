export {
  type KolmogorovTest,
  kolmogorovPValue,
  kolmogorovTail,
  kolmogorovTest,
  kolmogorovTwoSampleTest,
} from "./kolmogorov.js";
export {
  cauchyCdf,
  cauchyPdf,
  fitCauchy,
  fitGaussian,
  type GoodnessOfFit,
  type GoodnessOptions,
  type LocationScaleFamily,
  type LocationScaleFit,
  testFit,
} from "./location-scale.js";
export { studentQuantile, studentTail } from "./student.js";
export {
  averageOf,
  centralMoments,
  correlationOf,
  type Estimate,
  kurtosisOf,
  type LineFit,
  logLogFit,
  meanOf,
  quantileEstimate,
  sortedQuantile,
  varianceOf,
} from "./summary.js";
