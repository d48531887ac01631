/**
 * What the command line says to a person: one progress line with ETA on stderr, results on stdout.
 * @module
 */
import type { Progress } from "../progress.js";

export { byteSize } from "../kernels/memory.js";

const BAR_CELLS = 24;
const TTY_INTERVAL_MS = 80;
/** Without a terminal (logs, CI) one line per interval is enough to show life. */
const LOG_INTERVAL_MS = 5000;
/** Below this the rate is mostly noise and an ETA would jump about. */
const ETA_AFTER_MS = 1000;

/** `45 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.round((whole % 3600) / 60)} min`;
}

export interface Terminal {
  /** For `onProgress` of long work. */
  readonly progress: (progress: Progress) => void;
  /** A line for people, on stderr. */
  readonly note: (text: string) => void;
  /** A result, on stdout unless that is taken. */
  readonly result: (text: string, stream?: "stdout" | "stderr") => void;
  /** Ends the progress line. */
  readonly finish: () => void;
}

/** A terminal on the process's streams; `quiet` silences notes and progress. */
export function openTerminal({ quiet }: { quiet: boolean }): Terminal {
  const err = process.stderr;
  const live = err.isTTY === true;
  let label = "";
  let started = 0;
  let shown = 0;
  let open = false;

  function clear(): void {
    if (open && live) err.write("\r\x1b[2K");
    open = false;
  }

  return {
    progress(p) {
      if (quiet) return;
      const now = performance.now();
      if (p.label !== label) {
        label = p.label;
        started = now;
        shown = Number.NEGATIVE_INFINITY;
        if (!live) shown = now;
      }
      const complete = p.done >= p.total;
      if (now - shown < (live ? TTY_INTERVAL_MS : LOG_INTERVAL_MS) && !(complete && live)) return;
      shown = now;
      const fraction = p.total > 0 ? Math.min(1, p.done / p.total) : 1;
      const elapsed = now - started;
      // what an earlier run left took no time now
      const made = p.done - (p.stored ?? 0);
      const eta =
        elapsed > ETA_AFTER_MS && made > 0 && !complete
          ? `  ${duration((elapsed * (p.total - p.done)) / made / 1000)} left`
          : "";
      const filled = Math.round(fraction * BAR_CELLS);
      const bar = `${"━".repeat(filled)}${"─".repeat(BAR_CELLS - filled)}`;
      const counts = `${Math.floor(p.done)}/${p.total} ${p.unit}`;
      if (live) {
        err.write(`\r\x1b[2K${p.label}  ${bar} ${Math.floor(100 * fraction)} %  ${counts}${eta}`);
        open = true;
      } else {
        err.write(`${p.label}: ${Math.floor(100 * fraction)} %, ${counts}${eta}\n`);
      }
    },
    note(text) {
      if (quiet) return;
      clear();
      err.write(`${text}\n`);
    },
    result(text, stream = "stdout") {
      clear();
      process[stream].write(`${text}\n`);
    },
    finish: clear,
  };
}
