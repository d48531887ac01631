/**
 * Series of all outputs' gradients along a direction in parameter space, from one pass of jets.
 * @module
 */
import { jacobianVisitor, unitCotangent } from "../finite/contractions.js";
import { type FiniteModel, passOf } from "../finite/model.js";
import { sizeOf } from "../numeric/matrix.js";

/** Where derivatives are taken: fixed parameters and inputs. Rows are outputs of samples, row s O + o. */
export interface DerivativePoint {
  readonly model: FiniteModel;
  readonly parameters: Float64Array;
  /** inputs [samples, ...input] */
  readonly x: Float64Array;
  readonly samples: number;
}

export const rowsOf = ({ model, samples }: DerivativePoint): number => samples * sizeOf(model.outputShape);

/**
 * Coefficients of the gradients of f(theta_0 + eps v): `out[k]` [rows, P] gets f^(k+1)[v, ..., v, .] / k!, which is the Jacobian for
 * k = 0, H v for k = 1 and T[v, v, .] / 2 for k = 2. Missing or null entries of `out` are not computed. Without direction
 * only k = 0 makes sense. Cost: one pass forward, and one backward for every output of the network.
 */
export function gradientsAlong(
  { model, parameters, x, samples }: DerivativePoint,
  direction: Float64Array | null,
  out: readonly (Float64Array | null)[],
): void {
  const order = out.length - 1;
  const outputs = sizeOf(model.outputShape);
  const count = model.parameterCount;
  const jet =
    direction === null
      ? [parameters]
      : [parameters, direction, ...new Array<null>(Math.max(0, order - 1)).fill(null)];
  const pass = passOf(model, jet, x, samples, { reverse: true });
  for (const rows of out) rows?.fill(0);
  for (let o = 0; o < outputs; o++) {
    const visitors = out.flatMap((rows, k) =>
      rows === null ? [] : [jacobianVisitor(rows, count, o, outputs, k)],
    );
    pass.backward(unitCotangent(samples, outputs, o, jet.length - 1), (site, patches, cotangent) => {
      for (const visit of visitors) visit(site, patches, cotangent);
    });
  }
}

/** The outputs themselves [rows]. */
export function outputsAt(point: DerivativePoint): Float64Array {
  const { model, parameters, x, samples } = point;
  return passOf(model, [parameters], x, samples).output[0] ?? new Float64Array(rowsOf(point));
}

/** f^(k)[v, ..., v] / k! of all outputs [rows], by a pass forward alone. */
export function outputVariations(point: DerivativePoint, direction: Float64Array, k: number): Float64Array {
  return outputTaylor(point, direction, k)[k] ?? new Float64Array(rowsOf(point));
}

/** Taylor terms f^(k)[v, ..., v] / k! of all outputs for k from 0 to `degree`, each [rows]; null is zero. */
export function outputTaylor(
  { model, parameters, x, samples }: DerivativePoint,
  direction: Float64Array,
  degree: number,
): readonly (Float64Array | null)[] {
  const jet = [parameters, direction, ...new Array<null>(degree).fill(null)].slice(0, degree + 1);
  return passOf(model, jet, x, samples).output;
}
