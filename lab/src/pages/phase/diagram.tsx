/**
 * The diagram: a quantity over both variances, the critical line, and the point.
 * @module
 */
import { useSignal } from "@preact/signals";
import { type MeanField, numberText, phasePointAt } from "foretrain";
import { useMemo } from "preact/hooks";
import { BIAS, Sym, VarianceText, WEIGHT } from "../../controls/symbols.js";
import type { SaidElsewhere } from "../../controls/task-status.js";
import type { Task } from "../../engine/task.js";
import { Figure } from "../../figures/figure.js";
import { Plane, type PlanePoint, type PlaneScale } from "../../figures/plane.js";
import { diagramContents, isUnsettled } from "./diagram-contents.js";
import { drawnRange, type PhaseState, type Quantity } from "./fields.js";
import type { DiagramInput, DiagramReading } from "./operations.js";
import type { PictureInput } from "./picture.js";
import { QUANTITY_NAMES, type Shading, shadingOf } from "./quantities.js";

export interface DiagramProps {
  readonly state: PhaseState;
  /** coarse and fine; the finest one that fits the state is shown */
  readonly coarse: Task<DiagramInput, DiagramReading>;
  readonly fine: Task<DiagramInput, DiagramReading>;
  readonly meanField: MeanField | null;
  readonly move: (point: PlanePoint, gesture: string) => void;
  readonly said: SaidElsewhere;
  /** makes the picture of files */
  readonly draw: (input: PictureInput) => Promise<string>;
}

/** The cells of points that are not known, as a path. */
function unsettledPath({ diagram }: DiagramReading, quantity: Quantity, { toX, toY }: PlaneScale): string {
  const { weightVariance, biasVariance, unsettled } = diagram;
  if (!unsettled.data.includes(1)) return "";
  const columns = weightVariance.length;
  const edge = (axis: Float64Array, i: number, by: number) => (axis[i]! + (axis[i + by] ?? axis[i]!)) / 2;
  const boxes: string[] = [];
  for (let i = 0; i < biasVariance.length; i++) {
    for (let j = 0; j < columns; j++) {
      if (!isUnsettled(diagram, quantity, i * columns + j)) continue;
      const first = j;
      while (j + 1 < columns && isUnsettled(diagram, quantity, i * columns + j + 1)) j++;
      const [left, right] = [toX(edge(weightVariance, first, -1)), toX(edge(weightVariance, j, 1))];
      const [top, bottom] = [toY(edge(biasVariance, i, 1)), toY(edge(biasVariance, i, -1))];
      boxes.push(
        `M${left.toFixed(1)} ${top.toFixed(1)}H${right.toFixed(1)}V${bottom.toFixed(1)}H${left.toFixed(1)}Z`,
      );
    }
  }
  return boxes.join("");
}

/** Where a phase is wide enough for its name: the middle of its longest run in one of a few rows. */
function regionNames(
  { diagram }: DiagramReading,
  quantity: Quantity,
): { text: string; x: number; y: number }[] {
  const { weightVariance, biasVariance } = diagram;
  const columns = weightVariance.length;
  const names = ["ordered", "chaotic", "no fixed point", "unsettled"] as const;
  return names.flatMap((text) => {
    const belongs = (at: number) =>
      text === "unsettled" ? isUnsettled(diagram, quantity, at) : phasePointAt(diagram, at) === text;
    let best = { length: 0, x: 0, y: 0 };
    for (const share of [0.78, 0.5, 0.25]) {
      const row = Math.round(share * (biasVariance.length - 1));
      let start = 0;
      for (let j = 0; j <= columns; j++) {
        const here = j < columns && belongs(row * columns + j);
        if (here) continue;
        if (j - start > best.length * 1.3) {
          best = { length: j - start, x: weightVariance[(start + j - 1) >> 1]!, y: biasVariance[row]! };
        }
        start = j + 1;
      }
    }
    return best.length >= columns * 0.14 ? [{ text, x: best.x, y: best.y }] : [];
  });
}

/** Diagonal lines, the mark of what is not known. */
function Hatching({ id = "hatching" }: { readonly id?: string }) {
  return (
    <pattern
      id={id}
      class="hatching"
      width={7}
      height={7}
      patternUnits="userSpaceOnUse"
      patternTransform="rotate(45)"
    >
      <line y2={7} />
    </pattern>
  );
}

interface OverlayProps {
  readonly reading: DiagramReading;
  readonly quantity: Quantity;
  readonly scale: PlaneScale;
}

function Overlay({ reading, quantity, scale }: OverlayProps) {
  const { toX, toY } = scale;
  const unknown = unsettledPath(reading, quantity, scale);
  const points = reading.line.map(
    (p) => `${toX(p.weightVariance).toFixed(1)},${toY(p.biasVariance).toFixed(1)}`,
  );
  return (
    <>
      {unknown !== "" && (
        <>
          <defs>
            <Hatching />
          </defs>
          <path class="unsettled" d={unknown} fill="url(#hatching)" />
        </>
      )}
      {points.length > 1 && (
        <>
          <polyline class="critical-halo" points={points.join(" ")} />
          <polyline class="critical-line" points={points.join(" ")} />
        </>
      )}
      {regionNames(reading, quantity).map(({ text, x, y }) => (
        <text key={text} class="region-name" x={toX(x)} y={toY(y)} text-anchor="middle">
          {text}
        </text>
      ))}
    </>
  );
}

const sameMap = (a: DiagramInput, b: DiagramInput) =>
  JSON.stringify({ ...a, points: 0 }) === JSON.stringify({ ...b, points: 0 });

/** The finest of what is there for the latest question. */
function shown(props: DiagramProps): DiagramReading | null {
  const [coarse, fine] = [props.coarse.state.value.value, props.fine.state.value.value];
  if (fine === null || coarse === null) return fine ?? coarse;
  return sameMap(coarse.input, fine.input) ? fine : coarse;
}

export function Diagram(props: DiagramProps) {
  const { state, coarse, fine, meanField, move, draw } = props;
  const { quantity, weightVariance, biasVariance } = state;
  const reading = shown(props);
  const hover = useSignal<PlanePoint | null>(null);
  const shading: Shading | null = useMemo(
    () => (reading === null ? null : shadingOf(quantity, reading.diagram[quantity].data)),
    [reading, quantity],
  );
  const field = useMemo(() => {
    if (reading === null) return null;
    const { weightVariance: w, biasVariance: b } = reading.diagram;
    return { columns: w.length, rows: b.length, values: reading.diagram[quantity].data };
  }, [reading, quantity]);
  const contents = useMemo(
    () => (reading === null ? null : diagramContents(reading, quantity, meanField, draw)),
    [reading, quantity, meanField, draw],
  );
  const names = QUANTITY_NAMES[quantity];
  const hasUnsettled = useMemo(
    () =>
      reading?.diagram.unsettled.data.some((_, at) => isUnsettled(reading.diagram, quantity, at)) ?? false,
    [reading, quantity],
  );
  const failed = coarse.state.value.error !== null ? coarse : fine;
  const range = drawnRange(reading?.input ?? state);
  const fallback = shadingOf(quantity, new Float64Array([0, 1]));
  const { shade, colours, ticks } = shading ?? fallback;
  return (
    <Figure
      id="diagram"
      title={
        <>
          {names.name}, <Sym of={names.symbol} />
        </>
      }
      contents={contents}
      task={{ state: failed.state.value, cancel: () => failed.cancel(), said: props.said }}
      class="diagram"
    >
      <Plane
        field={field}
        xDomain={range.weight}
        yDomain={range.bias}
        xTitle={<VarianceText of="w" name="weight variance" />}
        yTitle={<VarianceText of="b" name="bias variance" />}
        colours={colours}
        shade={shade}
        bar={{ title: <Sym of={names.symbol} />, ticks }}
        point={{ x: weightVariance, y: biasVariance }}
        move={move}
        hover={(at) => {
          hover.value = at;
        }}
        {...(reading === null
          ? {}
          : { over: (scale: PlaneScale) => <Overlay reading={reading} quantity={quantity} scale={scale} /> })}
        label="Point of the phase diagram. Arrow keys move it."
        pointText={`weight variance ${numberText(weightVariance)}, bias variance ${numberText(biasVariance)}${meanField?.phase ? `, ${meanField.phase}` : ""}`}
      />
      {hasUnsettled && (
        <p class="unsettled-legend" data-name="unsettled">
          <svg width={26} height={14} aria-hidden="true">
            <defs>
              <Hatching id="hatching-legend" />
            </defs>
            <rect width={26} height={14} fill="url(#hatching-legend)" />
          </svg>
          unsettled: expectations of the activation cannot be computed to their accuracy there; whether the
          variance has a fixed point is not known
        </p>
      )}
      <p class="readout" aria-hidden="true">
        <HoverText reading={reading} quantity={quantity} at={hover.value} />
      </p>
    </Figure>
  );
}

interface HoverProps {
  readonly reading: DiagramReading | null;
  readonly quantity: Quantity;
  readonly at: PlanePoint | null;
}

/** The value of the grid point under the pointer. */
function HoverText({ reading, quantity, at }: HoverProps) {
  if (reading === null) return <>&nbsp;</>;
  if (at === null) {
    const { weightVariance, biasVariance } = reading.diagram;
    return (
      <>
        {weightVariance.length} × {biasVariance.length} points in {numberText(reading.milliseconds / 1000, 2)}{" "}
        s · drag the point, or focus it and use the arrow keys
      </>
    );
  }
  const { weightVariance: w, biasVariance: b } = reading.diagram;
  const near = (axis: Float64Array, x: number) =>
    Math.min(
      axis.length - 1,
      Math.max(0, Math.round(((x - axis[0]!) / (axis.at(-1)! - axis[0]!)) * (axis.length - 1))),
    );
  const [i, j] = [near(b, at.y), near(w, at.x)];
  const value = reading.diagram[quantity].data[i * w.length + j]!;
  return (
    <>
      <Sym of={WEIGHT} /> {numberText(w[j]!)} · <Sym of={BIAS} /> {numberText(b[i]!)} ·{" "}
      <Sym of={QUANTITY_NAMES[quantity].symbol} />{" "}
      {isUnsettled(reading.diagram, quantity, i * w.length + j)
        ? "unsettled"
        : Number.isNaN(value)
          ? "none"
          : numberText(value, 4)}
    </>
  );
}
