/**
 * Two forecasts side by side: their numbers, and the curves of training over each other.
 * @module
 */
import { countText, type Forecast, numberText, type PanelsData, panelsFigure } from "foretrain";
import { useEffect, useState } from "preact/hooks";
import { NumberValue } from "../../controls/number-value.js";
import type { FigureContents } from "../../figures/export.js";
import { Figure } from "../../figures/figure.js";
import { SvgFigure } from "../../figures/svg-figure.js";
import { FORECAST_NAME, MEASURES, type Measure, readForecast } from "./forecast.js";
import type { RunSource } from "./source.js";

export interface CompareProps {
  readonly first: RunSource;
  readonly second: RunSource;
}

interface Pair {
  readonly titles: readonly [string, string];
  readonly forecasts: readonly [Forecast, Forecast];
}

function usePair(first: RunSource, second: RunSource): Pair | Error | null {
  const [pair, setPair] = useState<Pair | Error | null>(null);
  useEffect(() => {
    let current = true;
    setPair(null);
    const read = async (source: RunSource) => readForecast(await source.read(FORECAST_NAME), source.title);
    Promise.all([read(first), read(second)]).then(
      (forecasts) => current && setPair({ titles: [first.title, second.title], forecasts }),
      (error: unknown) => current && setPair(error instanceof Error ? error : new Error(String(error))),
    );
    return () => {
      current = false;
    };
  }, [first, second]);
  return pair;
}

const STYLES = [
  { colour: 1, width: 2 },
  { colour: 2, dash: "dashed", width: 2 },
] as const;

type Split = "train" | "test";

/** What a text means where figures read markup. */
const plain = (text: string) => text.replace(/[_^{}\\]/g, " ");

function panels({ titles, forecasts }: Pair): PanelsData | null {
  const curves = forecasts.map((forecast) => forecast.curves);
  if (curves.some((curve) => curve === null || curve === undefined)) return null;
  const last = Math.max(...curves.map((curve) => curve!.steps.at(-1)!));
  const first = Math.min(...curves.map((curve) => curve!.steps.find((step) => step > 0) ?? 1));
  const x = { title: "step", kind: "symlog", domain: [0, last], threshold: first } as const;
  const lines = (split: Split, what: "loss" | "accuracy") =>
    curves.map((curve, i) => ({
      kind: "line" as const,
      x: curve!.steps,
      y: curve![split][what].mean,
      style: STYLES[i]!,
    }));
  const losses = curves.flatMap((curve) => [...curve!.test.loss.mean]);
  return {
    title: "Two forecasts",
    description: `Test accuracy and loss of ${titles.join(" and ")} over training.`,
    legend: titles.map((title, i) => ({ kind: "line" as const, label: plain(title), style: STYLES[i]! })),
    panels: [
      {
        title: "Test accuracy of the mean",
        x,
        y: { title: "accuracy", kind: "linear", domain: [0, 1] },
        marks: lines("test", "accuracy"),
      },
      {
        title: "Test loss of the mean",
        x,
        y: { title: "loss", kind: "linear", domain: [0, 1.05 * Math.max(...losses)] },
        marks: lines("test", "loss"),
      },
    ],
  };
}

function contentsOf({ titles, forecasts }: Pair, data: PanelsData): FigureContents {
  const vector = (values: readonly number[]) => ({ data: Float64Array.from(values), shape: [values.length] });
  return {
    name: "two-forecasts",
    svg: () => panelsFigure(data),
    csv: () => ({
      columns: ["forecast", "step", "test accuracy", "test loss"],
      rows: forecasts.flatMap(({ curves }, i) =>
        curves!.steps.map((step, t) => [
          titles[i]!,
          step,
          curves!.test.accuracy.mean[t]!,
          curves!.test.loss.mean[t]!,
        ]),
      ),
    }),
    arrays: () =>
      Object.fromEntries(
        forecasts.flatMap(({ curves }, i) => {
          const name = i === 0 ? "first" : "second";
          return [
            [`${name}_steps`, vector(curves!.steps)],
            [`${name}_test_accuracy`, vector(curves!.test.accuracy.mean)],
            [`${name}_test_loss`, vector(curves!.test.loss.mean)],
          ];
        }),
      ),
  };
}

/** Differences that rounding makes are none. */
function differenceText(a: number | null, b: number | null, as: Measure["as"]): string {
  if (a === null || b === null) return "–";
  const by = b - a;
  if (Math.abs(by) <= 1e-12 * Math.max(Math.abs(a), Math.abs(b))) return "0";
  const sign = by > 0 ? "+" : "−";
  if (as === "share") return `${sign}${numberText(100 * Math.abs(by), 4)} points`;
  return `${sign}${as === "count" ? countText(Math.abs(by)) : numberText(Math.abs(by), 4)}`;
}

function Numbers({ titles, forecasts }: Pair) {
  const rows = MEASURES.map(({ name, label, of, as }) => ({
    name,
    label,
    as,
    values: forecasts.map((forecast) => of(forecast) ?? null),
  })).filter(({ values }) => values.some((value) => value !== null));
  return (
    <div class="compare-numbers">
      <table class="numbers">
        <thead>
          <tr>
            <td />
            {titles.map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
            <th scope="col">difference</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, label, as, values: [a = null, b = null] }) => (
            <tr key={name}>
              <th scope="row">{label}</th>
              <td>
                <NumberValue name={`first.${name}`} value={a} digits={7} as={as} />
              </td>
              <td>
                <NumberValue name={`second.${name}`} value={b} digits={7} as={as} />
              </td>
              <td>{differenceText(a, b, as)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function Compare({ first, second }: CompareProps) {
  const pair = usePair(first, second);
  if (pair === null) return <section class="card" aria-label="two forecasts" aria-busy="true" />;
  if (pair instanceof Error) {
    return (
      <p class="error card" role="alert">
        {pair.message}
      </p>
    );
  }
  const data = panels(pair);
  return (
    <section class="compare" aria-label="two forecasts">
      <div class="card">
        <h2>Two forecasts</h2>
        <Numbers {...pair} />
      </div>
      {data !== null && (
        <Figure
          id="compare"
          title="Their training"
          contents={contentsOf(pair, data)}
          caption="Of the mean over infinitely many networks, at each forecast's own learning rate."
        >
          <SvgFigure most={1000} draw={(width) => panelsFigure(data, { width, id: "compare" })} />
        </Figure>
      )}
    </section>
  );
}
