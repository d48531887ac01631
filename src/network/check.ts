/**
 * Errors of network descriptions: where (a JSON path), what was got, what was expected, the way out.
 * @module
 */
import { ForetrainError } from "../errors.js";

/** A value as an error message shows it: JSON, with NaN, Infinity and undefined by name, cut at 60 characters. */
export function showValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  if (typeof value === "function" || typeof value === "symbol") return `a ${typeof value}`;
  let text: string | undefined;
  try {
    text = JSON.stringify(value, (_key, item: unknown) =>
      typeof item === "number" && !Number.isFinite(item) ? String(item) : item,
    );
  } catch {
    text = undefined; // a cycle or a bigint inside
  }
  if (text === undefined) return `a ${typeof value}`;
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** `ERR_SPEC` at a JSON path. */
export function specError(path: string, got: unknown, expected: string, wayOut = ""): ForetrainError {
  const where = path === "" ? "network" : path;
  const tail = wayOut === "" ? "" : `; ${wayOut}`;
  return new ForetrainError("ERR_SPEC", `${where}: got ${showValue(got)}, expected ${expected}${tail}`, {
    argument: where,
    path,
    got,
    expected,
  });
}

/** True for `{}` objects as JSON makes them; false for arrays, null, dates, class instances. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** True for safe integers >= 1. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}

/** `[3, 32]` */
export function showShape(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}
