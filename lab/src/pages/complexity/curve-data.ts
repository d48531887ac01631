/**
 * A learning curve as the package's figure draws it, and as tables.
 * @module
 */
import { type ComplexityData, complexityFigure, type LearningCurve } from "foretrain";
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

const vector = (values: readonly number[]) => ({ data: Float64Array.from(values), shape: [values.length] });

export function curveContents(
  curve: LearningCurve,
  trainBits: readonly number[] | null,
  name: string,
): FigureContents {
  const { steps, accuracy, network, explainers } = curve;
  const values = (list: LearningCurve["network"]) => list.map(({ value }) => value);
  const errors = (list: LearningCurve["network"]) => list.map(({ error }) => error);
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
      ],
      rows: steps.map((step, t) => [
        step,
        accuracy[t]!,
        network[t]!.value,
        network[t]!.error,
        ...explainers.flatMap(({ explained }) => [explained[t]!.value, explained[t]!.error]),
      ]),
    }),
    arrays: () => ({
      steps: vector(steps),
      accuracy: vector(accuracy),
      network: vector(values(network)),
      network_error: vector(errors(network)),
      ...Object.fromEntries(
        explainers.flatMap((one) => [
          [`explained_${one.name}`, vector(values(one.explained))],
          [`explained_error_${one.name}`, vector(errors(one.explained))],
        ]),
      ),
    }),
  };
}
