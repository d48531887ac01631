/**
 * What the theory says at the point: phase, fixed points, slopes, depth scales, and what follows.
 * @module
 */
import { type MeanField, numberText } from "foretrain";
import { MathText } from "../../controls/math-text.js";
import { NumberValue } from "../../controls/number-value.js";
import { BIAS, Sym, type Symbol3, WEIGHT } from "../../controls/symbols.js";
import { type SaidElsewhere, WorkError } from "../../controls/task-status.js";
import type { TaskState } from "../../engine/task.js";
import type { PointReading } from "./operations.js";

interface Row {
  readonly name: keyof MeanField & string;
  readonly symbol: Symbol3;
  readonly means: string;
  readonly unit?: string;
}

const ROWS: readonly Row[] = [
  { name: "chi1", symbol: ["χ", "1", ""], means: "slope at correlation 1" },
  { name: "qStar", symbol: ["q", "", "*"], means: "variance in the limit" },
  { name: "cStar", symbol: ["c", "", "*"], means: "correlation in the limit" },
  { name: "chiC", symbol: ["χ", "c*", ""], means: "slope at that correlation" },
  { name: "xiQ", symbol: ["ξ", "q", ""], means: "scale of the variance", unit: "layers" },
  { name: "xi1", symbol: ["ξ", "1", ""], means: "scale of gradients", unit: "layers" },
  { name: "xiC", symbol: ["ξ", "c*", ""], means: "scale of correlations", unit: "layers" },
  { name: "xiStar", symbol: ["ξ", "*", ""], means: "scale of generalization", unit: "layers" },
];

const PHASE_TEXT: Readonly<Record<string, string>> = {
  ordered: "Inputs become alike with depth; gradients vanish.",
  critical: "Signals and gradients reach any depth.",
  chaotic: "Inputs become unlike with depth; gradients grow.",
};

const WITHOUT_FIXED_POINT: Readonly<Partial<Record<MeanField["qStatus"], string>>> = {
  diverges: "The variance goes to no fixed point from this start.",
  "max-iterations": "The fixed point of the variance was not found.",
};

/** What stands in the place of a phase where there is none, in the words of the diagram, and why. */
function withoutPhase({ unsettled, qStar, qStatus }: MeanField): readonly [string, string] {
  if (unsettled)
    return ["unsettled", "An expectation cannot be computed to its accuracy: the phase is not known."];
  if (qStar === null) {
    return ["no fixed point", WITHOUT_FIXED_POINT[qStatus] ?? "The variance has no fixed point here."];
  }
  return ["no slope", "χ₁ does not exist here."];
}

function Badge({ field }: { readonly field: MeanField }) {
  const [instead, why] = withoutPhase(field);
  const phase = field.phase ?? instead;
  return (
    <p class="phase-badge" data-phase={field.phase ?? "none"}>
      <strong data-name="phase" data-value={field.phase ?? ""}>
        {phase}
      </strong>
      <span>{field.phase === null ? why : PHASE_TEXT[field.phase]}</span>
    </p>
  );
}

export interface ReadingsProps {
  readonly state: TaskState<PointReading>;
  readonly said: SaidElsewhere;
  readonly toCritical: (weightVariance: number) => void;
}

export function Readings({ state, said, toCritical }: ReadingsProps) {
  const { value, error } = state;
  if (value === null) {
    return (
      <section class="readings card" aria-label="the point in numbers" aria-busy={state.running}>
        {error !== null && <WorkError error={error} said={said} />}
      </section>
    );
  }
  const { meanField, advice, input } = value;
  const critical = meanField.criticalWeightVariance;
  return (
    <section class="readings card" aria-label="the point in numbers">
      <p class="at-point">
        {meanField.activation} at <Sym of={WEIGHT} /> ={" "}
        <NumberValue name="weightVariance" value={input.weightVariance} />, <Sym of={BIAS} /> ={" "}
        <NumberValue name="biasVariance" value={input.biasVariance} />
      </p>
      <Badge field={meanField} />
      <table class="numbers">
        <tbody>
          {ROWS.map(({ name, symbol, means, unit }) => (
            <tr key={name}>
              <th scope="row">
                <Sym of={symbol} />
              </th>
              <td class="value">
                <NumberValue name={name} value={meanField[name] as number | null} />
                {unit !== undefined && meanField[name] !== null && <span class="unit"> {unit}</span>}
              </td>
              <td class="means">{means}</td>
            </tr>
          ))}
          <tr>
            <th scope="row">
              <Sym of={["σ", "w,crit", "2"]} />
            </th>
            <td class="value">
              <NumberValue name="criticalWeightVariance" value={critical} />
            </td>
            <td class="means">
              {critical === null ? (
                "no critical value here"
              ) : (
                <button
                  type="button"
                  class="link"
                  title="critical at this bias variance (c)"
                  onClick={() => toCritical(critical)}
                >
                  critical here: set it
                </button>
              )}
            </td>
          </tr>
        </tbody>
      </table>
      <div class="advice" aria-live="polite">
        {advice.map((text) => (
          <p key={text}>
            <MathText text={text} />
          </p>
        ))}
        {meanField.phase === "critical" && (
          <p>Critical: depth scales are infinite, and correlations change by powers of the depth only.</p>
        )}
        {meanField.note !== null && (
          <p class="note">
            <MathText text={sentence(meanField.note)} />
          </p>
        )}
        {critical !== null && meanField.phase !== "critical" && (
          <p>
            {numberText(critical)} instead of {numberText(input.weightVariance)} for the weight variance is
            critical at this bias variance.
          </p>
        )}
      </div>
    </section>
  );
}

/** A symbol keeps its case at the beginning: Q is the length map, q the variance. */
const sentence = (text: string) =>
  `${/^\w\b|^c\*|^chi/.test(text) ? text.charAt(0) : text.charAt(0).toUpperCase()}${text.slice(1)}.`;
