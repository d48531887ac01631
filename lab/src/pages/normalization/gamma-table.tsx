/**
 * One line for each gamma: which terms count, squared bias and variances, and what the networks say.
 * @module
 */
import { numberText } from "foretrain";
import { NumberValue } from "../../controls/number-value.js";
import type { GammaReading } from "./model.js";

export interface GammaTableProps {
  readonly readings: readonly GammaReading[];
  readonly time: number | null;
  readonly record: number;
  readonly gamma: number;
  readonly choose: (gamma: number) => void;
}

const finite = (value: number | null | undefined) =>
  value === null || value === undefined || Number.isNaN(value) ? null : value;

/** On a phone every number stands beside its name. */
const LABELS: Readonly<Record<string, string>> = {
  bias: "bias²",
  initialization: "var init",
  samples: "var SGD",
  error: "error",
  testError: "test error",
  trained: "trained",
  trainedTest: "trained, test",
  rmsZ: "rms z",
  maxZ: "max |z|",
  varianceRatio: "var ratio",
};

/** Names of the numbers are those of the columns, `@` and the gamma. */
function Row({
  reading,
  record,
  chosen,
  choose,
}: {
  readonly reading: GammaReading;
  readonly record: number;
  readonly chosen: boolean;
  readonly choose: (gamma: number) => void;
}) {
  const { gamma, point, comparison } = reading;
  const parts = point?.train.errors?.[record];
  const cells: readonly (readonly [name: string, value: number | null | undefined, digits: number])[] = [
    ["bias", parts?.bias, 3],
    ["initialization", parts?.initialization, 3],
    ["samples", parts?.samples, 3],
    ["error", parts?.total, 3],
    ["testError", point?.test?.errors?.[record]?.total, 3],
    ["trained", comparison?.trainError[record], 3],
    ["trainedTest", comparison?.testError[record], 3],
    ["rmsZ", comparison?.z.rms, 2],
    ["maxZ", comparison?.z.largest, 2],
    ["varianceRatio", comparison?.varianceRatio, 2],
  ];
  const nu = point?.order.nu;
  return (
    <tr class={chosen ? "chosen" : ""}>
      <th scope="row">
        <button type="button" class="link" aria-pressed={chosen} onClick={() => choose(gamma)}>
          {numberText(gamma)}
        </button>
      </th>
      <td data-label="ν">{nu === undefined ? "" : Number.isFinite(nu) ? nu : "∞"}</td>
      <td data-label="Q">{point === null ? "" : Number.isFinite(point.counted) ? point.counted : "all"}</td>
      {cells.map(([name, value, digits]) => (
        <td key={name} data-label={LABELS[name]}>
          <NumberValue name={`${name}@${gamma}`} value={finite(value)} digits={digits} missing="" />
        </td>
      ))}
    </tr>
  );
}

export function GammaTable({ readings, time, record, gamma, choose }: GammaTableProps) {
  return (
    <section class="card gamma-table" aria-label="bias and variance of each gamma">
      <h2>Every γ in numbers{time === null ? "" : `, t = ${numberText(time)}`}</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <div class="gamma-scroll" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">γ</th>
              <th scope="col" title="one more than the corrections above the random term">
                ν
              </th>
              <th scope="col" title="corrections in the mean">
                Q
              </th>
              <th scope="col">bias²</th>
              <th scope="col" title="variance by the initial weights">
                var init
              </th>
              <th scope="col" title="variance by the samples of SGD">
                var SGD
              </th>
              <th scope="col" title="expected squared error on the training points">
                error
              </th>
              <th scope="col" title="expected squared error on the test points">
                test error
              </th>
              <th scope="col" title="squared error of real networks on the training points">
                trained
              </th>
              <th scope="col" title="squared error of real networks on the test points">
                test
              </th>
              <th scope="col" title="measured against predicted means, in standard errors">
                rms z
              </th>
              <th scope="col">max |z|</th>
              <th scope="col" title="measured over predicted variance">
                var ratio
              </th>
            </tr>
          </thead>
          <tbody>
            {readings.map((reading) => (
              <Row
                key={reading.gamma}
                reading={reading}
                record={record}
                chosen={reading.gamma === gamma}
                choose={choose}
              />
            ))}
          </tbody>
        </table>
      </div>
      <p class="hint">
        z is as rare in N(0, 1) as the difference of the means is in Student's law with so few networks.
        Points share their networks, so that a whole column of z may lie off together: another seed tells
        chance from error. What stays with many networks is what the mean leaves out: the next term, and a
        share of order 1 / N.
      </p>
    </section>
  );
}
