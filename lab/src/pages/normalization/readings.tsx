/**
 * The chosen gamma in numbers: terms, squared bias, variances, and what follows from them.
 * @module
 */
import {
  expansionOrder,
  numberText,
  type SettledSteps,
  shallowVariance,
  termRounding,
  termSizes,
} from "foretrain";
import type { ComponentChildren } from "preact";
import { MathText } from "../../controls/math-text.js";
import { NumberValue } from "../../controls/number-value.js";
import type { NormalizationState } from "./fields.js";
import type { GammaReading } from "./model.js";
import type { SolutionReading } from "./operations.js";
import { CORRECTIONS } from "./specification.js";

export interface ReadingsProps {
  readonly state: NormalizationState;
  readonly reading: SolutionReading | null;
  readonly shown: GammaReading | null;
  readonly record: number;
  readonly warnings: readonly string[];
}

interface Line {
  readonly name: string;
  readonly means: ComponentChildren;
  readonly value: number | null;
  readonly note?: string;
  /** what is below it is rounding */
  readonly rounding?: number | undefined;
}

function Lines({ title, lines }: { readonly title: string; readonly lines: readonly Line[] }) {
  return (
    <>
      <h3>{title}</h3>
      <table class="numbers">
        <tbody>
          {lines.map(({ name, means, value, note, rounding }) => (
            <tr key={name}>
              <th scope="row">{means}</th>
              <td class="value">
                {note !== undefined && <span class="note">{note} </span>}
                <NumberValue name={name} value={value} digits={3} rounding={rounding} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

/** The standard deviation of the random term, largest over all points. */
function randomSize({ solution }: SolutionReading, units: number, gamma: number, record: number) {
  const { limit } = solution;
  if (limit === null) return null;
  const at = [
    limit.trainVariance[record]!,
    ...(limit.testVariance === null ? [] : [limit.testVariance[record]!]),
  ];
  return Math.sqrt(
    Math.max(...at.flatMap((variance) => Array.from(shallowVariance(variance, null, units, gamma)))),
  );
}

/** How well a mean through kinks is known: by the steps of its flow, and by the units that stand for infinitely many. */
function kinkLines({ unitsError }: SolutionReading, steps: SettledSteps | null): Line[] {
  if (unitsError === null && steps === null) return [];
  const parts: Line[] = [
    ...(steps === null
      ? []
      : [
          { name: "kinkStep", means: "even steps of", value: steps.step },
          { name: "kinkSteps", means: "error by the steps", value: steps.error },
        ]),
    {
      name: "kinkUnits",
      means: "error by the units that stand for infinitely many",
      value: unitsError?.outputs ?? null,
      ...(unitsError === null ? { note: "not measured" } : {}),
    },
  ];
  const all = (steps?.error ?? 0) + (unitsError?.outputs ?? 0);
  const larger = (steps?.error ?? 0) > (unitsError?.outputs ?? 0) ? "steps" : "units";
  const note = steps === null || unitsError === null ? {} : { note: `mostly by the ${larger}` };
  return [{ name: "kinkError", means: "mean off by about", value: all, ...note }, ...parts];
}

const SUP = ["", "", "²", "³", "⁴"];

/** What nu means at this gamma. */
function sentence(gamma: number, refusal: boolean): string {
  const { deterministic, atThreshold } = expansionOrder(gamma);
  if (gamma === 1)
    return "γ = 1 is the mean-field limit: units move a finite way, and every correction counts.";
  if (refusal) return "An activation with a kink has a limit, but no corrections.";
  if (deterministic === 0) {
    return gamma === 0.5
      ? "γ = 1/2 is the NTK scaling: the random term does not shrink with N, and no correction stands above it."
      : "No correction stands above the random term: the mean is the limit h.";
  }
  const text = `${deterministic} ${deterministic === 1 ? "correction stands" : "corrections stand"} above the random term`;
  return atThreshold ? `${text}; the last of them is of just its order.` : `${text}.`;
}

export function Readings({ state, reading, shown, record, warnings }: ReadingsProps) {
  const { gamma, units, alpha } = state;
  if (reading === null || shown === null)
    return <section class="readings card" aria-label="the chosen gamma in numbers" aria-busy="true" />;
  const { solution, description } = reading;
  const { point, comparison } = shown;
  const parts = point?.train.errors?.[record] ?? null;
  const order = expansionOrder(gamma);
  const eps = units ** (gamma - 1);
  const kinks = kinkLines(reading, point?.evenSteps ?? null);
  const sizes = solution.expansion === null ? [] : termSizes(solution.expansion, eps, record);
  const roundings = solution.expansion === null ? [] : termRounding(solution.expansion, eps);
  // their lines are there before their numbers; a kink, which leaves them out, is known from the start
  const terms: readonly (number | null)[] =
    sizes.length > 0 || reading.finished || reading.unitsError !== null
      ? sizes
      : Array.from({ length: CORRECTIONS }, () => null);
  const counts = (j: number) => (j <= order.deterministic ? "counts" : "");
  return (
    <section class="readings card" aria-label="the chosen gamma in numbers">
      <p class="at-point">
        γ = {numberText(gamma)}, N = {numberText(units, 6)}, t = {numberText(solution.times[record]!)}
      </p>
      <p class="sentence" aria-live="polite">
        {sentence(gamma, solution.refusal !== null)}
      </p>
      {warnings.map((text) => (
        <p key={text} class="warning" role="alert">
          {text}
        </p>
      ))}
      <Lines
        title="Scales"
        lines={[
          { name: "eps", means: <MathText text="ε = N^(γ − 1)" />, value: eps },
          {
            name: "rate",
            means: <MathText text="learning rate α / N^(2 − 2γ)" />,
            value: alpha * units ** (2 * gamma - 2),
          },
          { name: "nu", means: "ν", value: order.nu },
        ]}
      />
      {terms.length > 0 && (
        <Lines
          title="Largest terms"
          lines={[
            ...terms.map((value, k) => ({
              name: `Q${k + 1}`,
              means: `|ε${SUP[k + 1]} Q${SUP[k + 1] || "¹"}|`,
              value,
              note: counts(k + 1),
              rounding: roundings[k],
            })),
            {
              name: "random",
              means: "random term, deviation",
              value: randomSize(reading, units, gamma, record),
            },
          ]}
        />
      )}
      {kinks.length > 0 && <Lines title="Mean through the kink" lines={kinks} />}
      <Lines
        title="Expected squared error"
        lines={[
          { name: "bias", means: "bias²", value: parts?.bias ?? null },
          {
            name: "initialization",
            means: "variance by initialization",
            value: parts?.initialization ?? null,
          },
          { name: "samples", means: "variance by SGD", value: parts?.samples ?? null },
          { name: "total", means: "training points", value: parts?.total ?? null },
          { name: "testTotal", means: "test points", value: point?.test?.errors?.[record]?.total ?? null },
          ...(comparison === null
            ? []
            : [
                {
                  name: "trained",
                  means: `${shown.trained!.train[0]!.shape[0]} networks, training points`,
                  value: comparison.trainError[record]!,
                },
                { name: "trainedTest", means: "test points", value: comparison.testError[record]! },
              ]),
        ]}
      />
      <details>
        <summary>how it is computed</summary>
        <ul class="how">
          {description.map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      </details>
    </section>
  );
}
