/**
 * A narrow network under noise: what it says of its points at one time, and four quantities over time.
 * @module
 */
import { evolutionFigure, evolutionFigureData, panelsFigure } from "foretrain";
import { Player } from "../../controls/player.js";
import type { TaskState } from "../../engine/task.js";
import { Figure } from "../../figures/figure.js";
import { SvgFigure } from "../../figures/svg-figure.js";
import { evolutionContents, functionContents } from "./narrow-contents.js";
import type { NarrowReading } from "./narrow-operations.js";
import { outputPanels } from "./output-panels.js";

export interface NarrowFiguresProps {
  readonly state: TaskState<NarrowReading>;
  readonly cancel: () => void;
  /** with simulated paths, where there are any */
  readonly reading: NarrowReading | null;
  readonly record: number;
  readonly show: (record: number, gesture: string) => void;
}

export function FunctionFigure({ state, cancel, reading, record, show }: NarrowFiguresProps) {
  return (
    <Figure
      id="outputs"
      title="What the network says"
      contents={reading === null ? null : functionContents(reading, record)}
      task={{ state, cancel }}
      caption="Expected output of one network over the noise of its training, at the time below."
    >
      <div class="training-room one-panel">
        {reading !== null && (
          <>
            <SvgFigure
              least={320}
              most={900}
              draw={(width) => panelsFigure(outputPanels(reading, record), { width, id: "outputs" })}
            />
            <Player
              unit="time"
              steps={reading.evolution.at.map(({ time }) => time)}
              record={record}
              show={show}
            />
          </>
        )}
      </div>
    </Figure>
  );
}

export function EvolutionFigure({ reading, record }: Pick<NarrowFiguresProps, "reading" | "record">) {
  return (
    <Figure
      id="evolution"
      title="Over time"
      contents={reading === null ? null : evolutionContents(reading)}
      caption="The four outputs on which the noise does most. Order 1 is the linear model: noise spreads its outputs and leaves their means; orders 2 and 3 know the curvature, through which noise moves them."
    >
      <div class="evolution-room">
        {reading !== null && (
          <SvgFigure
            least={320}
            most={1100}
            draw={(width) =>
              evolutionFigure(
                { ...evolutionFigureData(reading.evolution), at: reading.evolution.at[record]!.time },
                { width, id: "evolution" },
              )
            }
          />
        )}
      </div>
    </Figure>
  );
}
