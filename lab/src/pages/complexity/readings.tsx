/**
 * The record that is shown in numbers, and the phases of the whole training.
 * @module
 */
import { type LearningCurve, numberText, percentText } from "foretrain";
import { NumberValue } from "../../controls/number-value.js";
import type { TrainingReading } from "./operations.js";
import { shareAtEnd, shareUntilThere } from "./shares.js";

export interface ReadingsProps {
  readonly reading: TrainingReading | null;
  readonly record: number;
  readonly toPhaseEnd: (record: number) => void;
}

interface Row {
  readonly name: string;
  readonly means: string;
  readonly value: number | null;
  readonly unit?: string;
}

const finite = (value: number | undefined) => (value === undefined || Number.isNaN(value) ? null : value);

function Rows({ rows }: { readonly rows: readonly Row[] }) {
  return (
    <table class="numbers">
      <tbody>
        {rows.map(({ name, means, value, unit }) => (
          <tr key={name}>
            <th scope="row" class="wide">
              {means}
            </th>
            <td class="value">
              <NumberValue name={name} value={value} digits={4} />
              {unit !== undefined && <span class="unit"> {unit}</span>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Phases({
  curve,
  toPhaseEnd,
}: {
  readonly curve: LearningCurve;
  readonly toPhaseEnd: ReadingsProps["toPhaseEnd"];
}) {
  const { steps } = curve;
  const explainer = curve.explainers[0]!;
  const { name, information, phases, statements } = explainer;
  return (
    <div class="advice" aria-live="polite">
      {phases.end === null ? (
        <p>
          The network never knows as much as the {name} model ({numberText(information.value, 3)} bits): train
          it longer.
        </p>
      ) : (
        <p>
          At{" "}
          <button type="button" class="link" onClick={() => toPhaseEnd(phases.end!)}>
            T₀, step {numberText(steps[phases.end]!)}
          </button>{" "}
          the network knows as much as the {name} model
          {shareUntilThere(curve, explainer)}.
        </p>
      )}
      <p>
        {shareAtEnd(curve, explainer)}
        {statements.retained !== null &&
          `; ${percentText(statements.retained.value)} of the ${name} model is kept`}
        .
      </p>
    </div>
  );
}

export function Readings({ reading, record, toPhaseEnd }: ReadingsProps) {
  if (reading === null)
    return <section class="readings card" aria-label="the record in numbers" aria-busy="true" />;
  const { curve } = reading;
  const explained = curve?.explainers[0];
  return (
    <section class="readings card" aria-label="the record in numbers">
      <p class="at-point">
        After step {numberText(reading.steps[record]!, 6)} of {numberText(reading.steps.at(-1)!, 6)}
        {reading.finished ? "" : " so far"}
      </p>
      <Rows
        rows={[
          {
            name: "testAccuracy",
            means: "accuracy on held out samples",
            value: finite(reading.testAccuracy[record]),
          },
          { name: "trainAccuracy", means: "on train samples", value: finite(reading.trainAccuracy[record]) },
          { name: "trainLoss", means: "train loss", value: finite(reading.trainLoss[record]) },
          {
            name: "information",
            means: "I(F; Y), known",
            value: curve?.network[record]?.value ?? null,
            unit: "bits",
          },
          {
            name: "explained",
            means: "μ(F; L), explained",
            value: explained?.explained[record]?.value ?? null,
            unit: "bits",
          },
          {
            name: "simple",
            means: "I(L; Y), simple model",
            value: explained?.information.value ?? null,
            unit: "bits",
          },
        ]}
      />
      {curve === null ? (
        <p class="muted advice">The simple model follows when the training ends.</p>
      ) : (
        <Phases curve={curve} toPhaseEnd={toPhaseEnd} />
      )}
    </section>
  );
}
