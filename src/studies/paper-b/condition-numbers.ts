/**
 * Condition numbers over depth: what the studies of pooling and dropout have in common (paper B).
 * @module
 */
import { kernelsAtDepths } from "../../kernels/index.js";
import type { Network } from "../../network/index.js";
import type { NdArray } from "../../numeric/matrix.js";
import { bulkSpectrum } from "../../trainability/index.js";

/** kappa = lambda_max over the mean of the bulk, at each depth. */
export async function kappas(
  net: Network,
  depths: readonly number[],
  x: NdArray<Float64Array>,
  work: { readonly threads: number | undefined; readonly signal: AbortSignal | undefined },
): Promise<number[]> {
  const out: number[] = [];
  const options = { get: ["ntk", "ntkGap"] as const, ...work };
  for await (const { ntk, ntkGap } of kernelsAtDepths(net, depths, x, null, options)) {
    const { lambdaMax, eigenvalues } = await bulkSpectrum(ntk, ntkGap);
    const bulk = eigenvalues.slice(1);
    out.push(lambdaMax / (bulk.reduce((sum, value) => sum + value, 0) / bulk.length));
  }
  return out;
}

export const column = (values: readonly (number | null)[]) => ({
  data: Float64Array.from(values, (value) => value ?? Number.NaN),
  shape: [values.length],
});

export const depthAxis = (depths: readonly number[]) => ({
  title: "hidden layers",
  kind: "log" as const,
  domain: [depths[0]!, depths.at(-1)!] as const,
});

export const DEPTHS = [1, 2, 3, 4, 6, 8, 11, 16, 22, 32, 45, 64, 90, 128, 180, 256, 362, 512];
