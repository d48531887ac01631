/**
 * How much memory a job may use, and bytes for people.
 * @module
 */

const GIB = 2 ** 30;

/** Part of the free memory that a job may plan with; the rest is for the runtime and for what comes after the kernel. */
const SHARE = 0.75;

/** Where nothing is known about the machine: what a browser tab can hold nearly everywhere. */
const UNKNOWN = 2 * GIB;

interface Surroundings {
  readonly process?: { readonly availableMemory?: () => number };
  readonly navigator?: { readonly deviceMemory?: number };
}

/** Bytes that a job may use: three quarters of what Node says is free, half of a browser's device memory, else 2 GiB. */
export function defaultMemoryLimit(): number {
  const { process, navigator } = globalThis as unknown as Surroundings;
  const free = process?.availableMemory?.();
  if (free !== undefined && free > 0) return Math.floor(SHARE * free);
  const device = navigator?.deviceMemory;
  return device !== undefined && device > 0 ? (device * GIB) / 2 : UNKNOWN;
}

/** `1.5 GiB` */
export function showBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${power === 0 ? value : Number(value.toPrecision(3))} ${units[power]}`;
}
