/**
 * The step that is looked at in numbers: predicted, and of the trained networks.
 * @module
 */
import { numberText, type VerifiedQuantity } from "foretrain";
import { NumberValue } from "../../controls/number-value.js";
import { measuredCurves } from "./measured.js";
import { RateFacts } from "./rate-facts.js";
import { splitReasons } from "./reasons.js";
import type { VerifyReading, WideReading } from "./wide-operations.js";

const ROWS: readonly {
  readonly name: VerifiedQuantity;
  readonly means: string;
}[] = [
  { name: "trainLoss", means: "train loss" },
  { name: "testLoss", means: "test loss" },
  { name: "trainAccuracy", means: "train accuracy" },
  { name: "testAccuracy", means: "test accuracy" },
];

export interface WideReadingsProps {
  readonly reading: WideReading | null;
  /** networks trained for these settings; null: none yet */
  readonly measured: VerifyReading | null;
  readonly record: number;
  /** shows the last step that networks were trained to */
  readonly toHorizon: () => void;
}

function Rate({
  reading,
  measured,
}: {
  readonly reading: WideReading;
  readonly measured: VerifyReading | null;
}) {
  const { limit, used, stable } = reading.learningRate;
  const networks = measured?.verification?.learningRate.networks ?? null;
  return (
    <dl class="facts">
      <RateFacts rate={used} limit={limit} />
      {networks !== null && (
        <div>
          <dt>for these networks</dt>
          <dd>
            <NumberValue name="networksLimit" value={networks} />
          </dd>
        </div>
      )}
      {!stable && <p class="error">Above the limit: gradient descent diverges.</p>}
    </dl>
  );
}

const sentences = (list: readonly string[]) => (
  <ul class="reasons">
    {list.map((detail) => (
      <li key={detail}>{detail}</li>
    ))}
  </ul>
);

function Reasons({ details }: { readonly details: readonly string[] }) {
  const { shown, folded } = splitReasons(details);
  return (
    <>
      {shown.length > 0 && sentences(shown)}
      {folded.length > 0 && (
        <details class="reasons-folded">
          <summary>what may be chance</summary>
          {sentences(folded)}
        </details>
      )}
    </>
  );
}

export function WideReadings({ reading, measured, record, toHorizon }: WideReadingsProps) {
  if (reading === null)
    return <section class="readings card" aria-label="the step in numbers" aria-busy="true" />;
  const { curves, spreads } = reading;
  const step = curves.steps[record]!;
  const verification = measured?.verification ?? null;
  const live = measured === null ? null : measuredCurves(measured.records);
  const at = live?.at.find((row) => row.step === step) ?? null;
  const compared = verification?.steps.indexOf(step) ?? -1;
  return (
    <section class="readings card" aria-label="the step in numbers">
      <p class="at-point">
        After step {numberText(step, 6)} of {numberText(curves.steps.at(-1)!, 6)}, {reading.train} train and{" "}
        {reading.test} test images; computed in {numberText(reading.milliseconds / 1000, 2)} s
      </p>
      <div class="numbers-room">
        <table class="numbers">
          <thead>
            <tr>
              <th scope="col">
                <span class="visually-hidden">quantity</span>
              </th>
              <th scope="col">predicted</th>
              <th scope="col">trained</th>
              <th scope="col">z</th>
            </tr>
          </thead>
          <tbody>
            {ROWS.map(({ name, means }) => (
              <tr key={name}>
                <th scope="row">{means}</th>
                <td class="value">
                  <NumberValue name={name} value={spreads[name].mean[record]!} digits={4} />
                  <span class="unit"> ± {numberText(spreads[name].deviation[record]!, 2)}</span>
                </td>
                <td class="value">
                  <NumberValue name={`${name}Trained`} value={at?.mean[name] ?? null} digits={4} />
                </td>
                <td class="value">
                  <NumberValue
                    name={`${name}Z`}
                    value={compared < 0 ? null : (verification!.quantities?.[name].z[compared] ?? null)}
                    digits={2}
                  />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Rate reading={reading} measured={measured} />
      <div class="advice" aria-live="polite">
        {verification !== null && (
          <p class="verdict" data-kind={verification.kind} data-name="verdict" data-value={verification.kind}>
            {verification.sentence}
          </p>
        )}
        {verification !== null && <Reasons details={verification.details} />}
        {measured !== null && verification === null && at !== null && (
          <p class="muted">
            {at.networks} of {measured.input.networks} networks have come to this step.
          </p>
        )}
        {verification !== null && step > verification.horizon && (
          <p class="muted">
            They were trained to step {numberText(verification.horizon, 6)}:{" "}
            <button type="button" class="link" onClick={toHorizon}>
              their numbers stand there
            </button>
            .
          </p>
        )}
        {curves.stepsTo.accuracy90 !== null && (
          <p>
            The median network has 90 % of its train labels right at step{" "}
            {numberText(curves.stepsTo.accuracy90, 4)}.
          </p>
        )}
      </div>
    </section>
  );
}
