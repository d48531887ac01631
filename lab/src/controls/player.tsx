/**
 * Play, step and scrub through something over time.
 * @module
 */
import { numberText } from "foretrain";
import { useEffect, useState } from "preact/hooks";
import { isTyping } from "./is-typing.js";

export interface PlayerProps {
  /** what the numbers count; default "step" */
  readonly unit?: string;
  /** one for each record */
  readonly steps: readonly number[];
  readonly record: number;
  readonly show: (record: number, gesture: string) => void;
}

/** Time that each record is shown. */
const FRAME_MS = 130;

export function Player({ unit = "step", steps, record, show }: PlayerProps) {
  const [playing, setPlaying] = useState(false);
  const last = steps.length - 1;
  const go = (to: number) => show(Math.max(0, Math.min(last, to)), "play");
  const toggle = () => {
    if (!playing && record >= last) go(0);
    setPlaying(!playing);
  };
  useEffect(() => {
    if (!playing) return;
    if (record >= last) {
      setPlaying(false);
      return;
    }
    const timer = setTimeout(() => go(record + 1), FRAME_MS);
    return () => clearTimeout(timer);
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      // space on a button presses it
      if (event.key === " " && !(event.target instanceof HTMLButtonElement)) toggle();
      else if (event.key === ",") go(record - 1);
      else if (event.key === ".") go(record + 1);
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  });
  return (
    <div class="player">
      <button type="button" class="plain" onClick={toggle} title="space">
        {playing ? "pause" : "play"}
      </button>
      <button
        type="button"
        class="quiet"
        aria-label="the record before"
        onClick={() => go(record - 1)}
        title=","
      >
        ‹
      </button>
      <input
        type="range"
        aria-label="record"
        aria-valuetext={`${unit} ${steps[record]}`}
        data-field="t"
        min={0}
        max={Math.max(1, last)}
        step={1}
        value={record}
        onInput={(event) => {
          setPlaying(false);
          go(Number(event.currentTarget.value));
        }}
      />
      <button
        type="button"
        class="quiet"
        aria-label="the record after"
        onClick={() => go(record + 1)}
        title="."
      >
        ›
      </button>
      <span class="player-step">
        {unit}{" "}
        <data class="number" data-name={unit} data-value={steps[record]} value={steps[record]}>
          {numberText(steps[record]!, 6)}
        </data>
      </span>
    </div>
  );
}
