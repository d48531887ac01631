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

const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];

/** `12 kB`, `3.4 GB`: decimal units, as disks and npm count, and two or three digits. */
export function byteSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // 999.5 would round to 1000 of the smaller unit
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 99.5 ? Math.round(value) : value.toPrecision(2)} ${UNITS[unit]}`;
}
