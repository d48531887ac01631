export { erf, erfc, erfcInv, erfcx, erfInv, expMinusSquare } from "./erf.js";
export { logGamma } from "./gamma.js";
export { normalCdf, normalPdf, normalQuantile } from "./normal.js";
