export type { Integral, IntegrateOptions } from "./adaptive.js";
export { integrate } from "./adaptive.js";
export { gaussHermite } from "./gauss-hermite.js";
export { gaussLegendre, onInterval } from "./gauss-legendre.js";
export { gaussRayleigh } from "./gauss-rayleigh.js";
export { gradedEdges } from "./graded-edges.js";
export type { QuadratureRule } from "./rule.js";
