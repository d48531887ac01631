/**
 * Which backend computes a program.
 * @module
 */
import { ForetrainError } from "../errors.js";
import type { KernelBackend } from "./backend.js";
import type { KernelOptions, Precision } from "./kernel.js";
import type { KernelProgram } from "./program.js";
import { referenceBackend } from "./reference-backend.js";
import { simdBackend } from "./simd/backend.js";

/** Backends by name, the fastest first. */
const BACKENDS: readonly KernelBackend[] = [simdBackend, referenceBackend];

export interface ChosenBackend {
  readonly backend: KernelBackend;
  readonly precision: Precision;
}

function usage(argument: string, got: unknown, expected: string): ForetrainError {
  return new ForetrainError(
    "ERR_USAGE",
    `kernel: ${argument}: got ${JSON.stringify(got)}, expected ${expected}`,
    {
      argument,
      got,
      expected,
    },
  );
}

/** A backend was asked for by name and cannot compute the job. */
export function noForm(wanted: string, reason: string): ForetrainError {
  return new ForetrainError(
    "ERR_UNAVAILABLE",
    `kernel: the ${wanted} backend cannot compute this: ${reason}; use backend: "auto" (--backend auto)`,
    { argument: "backend", got: wanted, reason },
  );
}

/**
 * The backend of a job and the precision that it computes in.
 * @throws ERR_USAGE for an unknown name, ERR_UNAVAILABLE when the backend asked for lacks a step (with the reason)
 */
export function chooseBackend(
  program: KernelProgram,
  { backend: wanted = "auto", precision = "float64" }: Pick<KernelOptions, "backend" | "precision">,
): ChosenBackend {
  if (precision !== "float64" && precision !== "float32") {
    throw usage("precision", precision, '"float64" or "float32"');
  }
  const take = (backend: KernelBackend): ChosenBackend => ({
    backend,
    precision: backend === referenceBackend ? "float64" : precision,
  });
  if (typeof wanted === "object") return take(wanted);
  const names = BACKENDS.map(({ name }) => name);
  if (wanted === "auto") {
    return take(BACKENDS.find((backend) => (backend.lacks?.(program) ?? null) === null) ?? referenceBackend);
  }
  const named = BACKENDS.find(({ name }) => name === wanted);
  if (named === undefined) throw usage("backend", wanted, `one of auto, ${names.join(", ")}`);
  if (named === referenceBackend && precision === "float32") {
    throw new ForetrainError(
      "ERR_UNAVAILABLE",
      'kernel: the reference backend computes in float64 only; leave precision (--precision) out, or use backend: "auto" (--backend auto)',
      { argument: "precision", got: precision, expected: "float64" },
    );
  }
  const reason = named.lacks?.(program) ?? null;
  if (reason !== null) throw noForm(wanted, reason);
  return take(named);
}
