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

/** A number of a gamma after a record; null and NaN: there is none. */
interface Column {
  /** stable, for tests and scripts */
  readonly name: string;
  /** above the column; on a phone beside the number */
  readonly label: string;
  readonly title?: string;
  readonly digits: number;
  of(reading: GammaReading, record: number): number | null | undefined;
}

const COLUMNS: readonly Column[] = [
  {
    ...{ name: "bias", label: "bias²", title: "squared distance of the mean from the target", digits: 3 },
    of: ({ point }, record) => point?.train.errors?.[record]?.bias,
  },
  {
    ...{ name: "initialization", label: "var init", title: "variance by the initial weights", digits: 3 },
    of: ({ point }, record) => point?.train.errors?.[record]?.initialization,
  },
  {
    ...{ name: "samples", label: "var SGD", title: "variance by the samples of SGD", digits: 3 },
    of: ({ point }, record) => point?.train.errors?.[record]?.samples,
  },
  {
    ...{ name: "error", label: "error", title: "expected squared error on the training points", digits: 3 },
    of: ({ point }, record) => point?.train.errors?.[record]?.total,
  },
  {
    ...{
      name: "testError",
      label: "test error",
      title: "expected squared error on the test points",
      digits: 3,
    },
    of: ({ point }, record) => point?.test?.errors?.[record]?.total,
  },
  {
    ...{ name: "trained", label: "trained", digits: 3 },
    title: "squared error of real networks on the training points",
    of: ({ comparison }, record) => comparison?.trainError[record],
  },
  {
    ...{ name: "trainedTest", label: "trained, test", digits: 3 },
    title: "squared error of real networks on the test points",
    of: ({ comparison }, record) => comparison?.testError[record],
  },
  {
    ...{ name: "rmsZ", label: "rms z", digits: 2 },
    title: "measured against predicted means, in standard errors",
    of: ({ comparison }) => comparison?.z.rms,
  },
  {
    ...{
      name: "maxZ",
      label: "max |z|",
      title: "the point that is farthest off, in standard errors",
      digits: 2,
    },
    of: ({ comparison }) => comparison?.z.largest,
  },
  {
    ...{ name: "varianceRatio", label: "var ratio", title: "measured over predicted variance", digits: 2 },
    of: ({ comparison }) => comparison?.varianceRatio,
  },
];

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
  const { gamma, point } = reading;
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
      {COLUMNS.map(({ name, label, digits, of }) => (
        <td key={name} data-label={label}>
          <NumberValue
            name={`${name}@${gamma}`}
            value={finite(of(reading, record))}
            digits={digits}
            missing=""
          />
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
              {COLUMNS.map(({ name, label, title }) => (
                <th key={name} scope="col" title={title}>
                  {label}
                </th>
              ))}
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
