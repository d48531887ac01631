/**
 * The terms of the expansion beside the random one: which of them count at this gamma and N.
 * @module
 */
import { type Mark, numberText, type PanelsData, panelsFigure, sizeText } from "foretrain";
import { MathText } from "../../controls/math-text.js";
import type { Task } from "../../engine/task.js";
import { Figure } from "../../figures/figure.js";
import { SvgFigure } from "../../figures/svg-figure.js";
import type { ProblemChoice } from "./fields.js";
import { roundRange } from "./mean-figure.js";
import type { Cut } from "./model.js";
import type { SolutionReading } from "./operations.js";
import { CORRECTIONS } from "./specification.js";
import { type Terms, termsContents, termsOf } from "./terms-data.js";

export interface TermsFigureProps {
  readonly reading: SolutionReading | null;
  readonly cut: Cut | null;
  readonly gamma: number;
  readonly units: number;
  /** corrections that count; Infinity: all */
  readonly counted: number;
  readonly task: Task<ProblemChoice, SolutionReading>;
}

const SUP = ["⁰", "¹", "²", "³"];
const nameOf = (j: number) => (j === 0 ? "h" : `${j === 1 ? "ε" : `ε${SUP[j]}`} Q${SUP[j]}`);
/** The limit is the colour of the mean; corrections have their own. */
const COLOURS = [1, 2, 3, 4] as const;

function panels(
  { cut, gamma, counted }: TermsFigureProps,
  { x, terms, rounding, random }: Terms,
): PanelsData {
  const styleOf = (j: number) =>
    j <= counted
      ? { colour: COLOURS[j]!, width: j === 0 ? 2.6 : 2.2 }
      : { colour: COLOURS[j]!, dash: "dotted" as const, width: 1.6 };
  const marks: Mark[] = [
    { kind: "band", x, low: random.map((value) => -value), high: random, colour: "ink" },
    ...terms.map((y, j): Mark => ({ kind: "line", x, y, style: styleOf(j) })),
  ];
  return {
    title: "Terms of the expansion",
    description: `At gamma ${gamma} and ${cut!.text}, largest sizes: ${terms.map((y, j) => `${nameOf(j)} ${sizeText(Math.max(...y.map(Math.abs)), rounding[j - 1] ?? 0)}`).join(", ")}, random term ${numberText(Math.max(...random))}.`,
    legend: [
      ...terms.map((_, j) => ({
        kind: "line" as const,
        label: j === 0 ? "h, the limit" : `${nameOf(j)}${j <= counted ? "" : ", too small to count"}`,
        style: styleOf(j),
      })),
      { kind: "band", label: "± random term", colours: ["ink"] },
    ],
    columns: 1,
    panelHeight: 300,
    panels: [
      {
        x: {
          title: cut!.title,
          kind: "linear",
          domain: cut!.kind === "x" ? [-1, 1] : [0, Math.max(x.at(-1)!, 1e-9)],
        },
        y: {
          title: `terms at ${cut!.text}`,
          kind: "linear",
          domain: roundRange([...terms.flat(), ...random]),
        },
        marks,
      },
    ],
  };
}

export function TermsFigure(props: TermsFigureProps) {
  const { reading, cut, gamma, units, task } = props;
  const values = reading === null || cut === null ? null : termsOf(reading, cut, gamma, units);
  const refusal = reading?.solution.refusal ?? null;
  return (
    <Figure
      id="terms"
      title="Which terms count"
      contents={
        values === null
          ? null
          : termsContents({ reading: reading!, cut: cut! }, values, () => panelsFigure(panels(props, values)))
      }
      task={{ state: task.state.value, cancel: () => task.cancel() }}
      caption={
        refusal !== null ? (
          `No corrections: ${refusal}. Means follow the flow instead, which takes no expansion.`
        ) : (
          <MathText
            text={`ε = N^(γ − 1). A correction counts while it is larger than the random term, of size N^(1/2 − γ); ${CORRECTIONS} are computed, beyond them the mean is the flow with all of them.`}
          />
        )
      }
    >
      <div class="normalization-room">
        {values !== null && (
          <SvgFigure
            least={300}
            most={1000}
            draw={(width) => panelsFigure(panels(props, values), { width, id: "normalization-terms" })}
          />
        )}
        {reading !== null && values === null && (
          <p class="muted">With a law of C whose mean is not 0 there is no limit, and no expansion.</p>
        )}
      </div>
    </Figure>
  );
}
