/**
 * A learning curve as the package's figure draws it, and as tables.
 * @module
 */
import { type ComplexityData, complexityFigure, explainedShares, type LearningCurve } from "foretrain";
import type { FigureContents } from "../../figures/export.js";

export function complexityData(
  { steps, network, explainers, classes }: LearningCurve,
  trainBits: readonly number[] | null,
): ComplexityData {
  const split = (estimates: readonly { readonly value: number; readonly error: number }[]) => ({
    value: estimates.map(({ value }) => value),
    error: estimates.map(({ error }) => error),
  });
  return {
    steps,
    network: split(network),
    train: trainBits,
    explainers: explainers.map(({ name, information, explained, phases: { end } }) => ({
      name,
      information: information.value,
      explained: split(explained),
      phaseEnd: end === null ? null : steps[end]!,
    })),
    classes,
  };
}

/** Arrays have no gaps. */
const orNaN = (value: number | null) => value ?? Number.NaN;

const vector = (values: readonly number[]) => ({ data: Float64Array.from(values), shape: [values.length] });

/** Everything that the figure draws, as columns: what does not change over the steps stands in each row. */
export function curveContents(
  curve: LearningCurve,
  trainBits: readonly number[] | null,
  name: string,
): FigureContents {
  const { steps, accuracy } = curve;
  const { network, explainers } = complexityData(curve, trainBits);
  const shares = explainers.map(({ explained }) => explainedShares(network, explained.value));
  return {
    name,
    svg: () => complexityFigure(complexityData(curve, trainBits)),
    csv: () => ({
      columns: [
        "step",
        "accuracy",
        "I(F;Y) bits",
        "standard error",
        ...explainers.flatMap((one) => [`mu(F;${one.name}) bits`, `standard error of mu(F;${one.name})`]),
        ...(trainBits === null ? [] : ["I(F;Y) on train samples, bits"]),
        ...explainers.flatMap((one) => [
          `I(${one.name};Y) bits`,
          `mu(F;${one.name})/I(F;Y)`,
          `T0 of ${one.name}, step`,
        ]),
      ],
      rows: steps.map((step, t) => [
        step,
        accuracy[t]!,
        network.value[t]!,
        network.error[t]!,
        ...explainers.flatMap(({ explained }) => [explained.value[t]!, explained.error[t]!]),
        ...(trainBits === null ? [] : [trainBits[t]!]),
        ...explainers.flatMap(({ information, phaseEnd }, i) => [information, shares[i]![t]!, phaseEnd]),
      ]),
    }),
    arrays: () => ({
      steps: vector(steps),
      accuracy: vector(accuracy),
      network: vector(network.value),
      network_error: vector(network.error),
      ...(trainBits === null ? {} : { network_train: vector(trainBits) }),
      ...Object.fromEntries(
        explainers.flatMap(({ name: of, explained, information, phaseEnd }, i) => [
          [`explained_${of}`, vector(explained.value)],
          [`explained_error_${of}`, vector(explained.error)],
          [`share_${of}`, vector(shares[i]!.map(orNaN))],
          [`information_${of}`, vector([information])],
          [`phase_end_${of}`, vector([orNaN(phaseEnd)])],
        ]),
      ),
    }),
  };
}
