/**
 * The time that is looked at in numbers, as the command says them.
 * @module
 */
import { evolutionNotes, numberText } from "foretrain";
import { NumberValue } from "../../controls/number-value.js";
import type { NarrowReading } from "./narrow-operations.js";
import { RateFacts } from "./rate-facts.js";

const rootMeanSquare = (values: Float64Array) =>
  Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
const largest = (values: Float64Array) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

export interface NarrowReadingsProps {
  readonly reading: NarrowReading | null;
  readonly record: number;
}

export function NarrowReadings({ reading, record }: NarrowReadingsProps) {
  if (reading === null)
    return <section class="readings card" aria-label="the time in numbers" aria-busy="true" />;
  const { evolution, learningRate, limit, parameters, paths } = reading;
  const { time, train, test, termSizes, hessianTrace, zScores } = evolution.at[record]!;
  const rows: readonly (readonly [name: string, means: string, value: number | null])[] = [
    ["trainLoss", "expected train loss", train.loss],
    ["testLoss", "expected test loss", test?.loss ?? null],
    ["spread", "spread of train outputs", rootMeanSquare(train.deviation)],
    [
      "noiseEffect",
      "noise in the means, largest",
      Math.max(largest(train.noiseEffect), test === null ? 0 : largest(test.noiseEffect)),
    ],
    ...termSizes.map((size, i) => [`order${i + 2}`, `terms of order ${i + 2}`, size] as const),
    ["hessianTrace", "trace of the loss' Hessian", hessianTrace.value],
    ["hessianNoise", "noise in it", hessianTrace.noiseEffect],
    ...(paths === 0
      ? []
      : ([
          ["zMean", "z of the means' shift", zScores?.noiseEffect ?? null],
          ["zVariance", "z of the variances", zScores?.deviation ?? null],
        ] as const)),
  ];
  const notes = evolutionNotes(evolution);
  return (
    <section class="readings card" aria-label="the time in numbers">
      <p class="at-point">
        At time {numberText(time, 4)}, step {numberText(Math.round(time / learningRate), 6)}, {parameters}{" "}
        parameters
      </p>
      <table class="numbers">
        <tbody>
          {rows.map(([name, means, value]) => (
            <tr key={name}>
              <th scope="row">{means}</th>
              <td class="value">
                <NumberValue name={name} value={value} digits={4} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <dl class="facts">
        <RateFacts rate={learningRate} limit={limit} />
      </dl>
      <div class="advice" aria-live="polite">
        {paths > 0 && (
          <p data-name="paths" data-value={paths}>
            {paths} simulated paths; z in standard errors, root mean square over the outputs.
          </p>
        )}
        {notes.map((note) => (
          <p key={note} class="note">
            {`${note.charAt(0).toUpperCase()}${note.slice(1)}.`}
          </p>
        ))}
        {evolution.noise > 0 && evolution.order === 1 && (
          <p>Order 1 is the linear model: noise spreads its outputs and leaves their mean.</p>
        )}
      </div>
    </section>
  );
}
