export type { Integral, IntegrateOptions } from "./adaptive.js";
export { integrate } from "./adaptive.js";
export { gaussHermite } from "./gauss-hermite.js";
export { gaussLegendre, onInterval } from "./gauss-legendre.js";
export type { QuadratureRule } from "./rule.js";
