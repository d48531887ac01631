/**
 * The folder that a kernel goes to block by block: its manifest, and whether it may take a kernel (Node).
 * @module
 */
import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileError } from "../data/file-error-node.js";
import { ForetrainError } from "../errors.js";
import type { Area, KernelName } from "../kernels/index.js";
import type { KernelDtype } from "./kernel-blocks.js";
import { canonicalJson, type Json } from "./shards.js";
import { probeFolder, statOrNull } from "./write-node.js";

export const KERNEL_MANIFEST = "kernel.json";

/** What determines every entry of a kernel. */
export interface KernelIdentity {
  readonly foretrain: string;
  readonly network: Json;
  /** SHA-256 of the inputs as float64; null where x2 is x1 again */
  readonly x1: string;
  readonly x2: string | null;
  readonly names: readonly KernelName[];
  readonly dtype: KernelDtype;
  readonly precision: string;
  readonly backend: string;
  readonly variant: string | null;
  readonly sameSamples: boolean;
}

/** What a person calls these. */
const IDENTITY_TEXT: Readonly<Record<keyof KernelIdentity, string>> = {
  foretrain: "version of foretrain",
  network: "network",
  x1: "x1 (--x)",
  x2: "x2 (--x2)",
  names: "choice of matrices (get, --get)",
  dtype: "element type (dtype, --dtype)",
  precision: "precision (--precision)",
  backend: "backend (--backend)",
  variant: "SIMD variant",
  sameSamples: "sameSamples",
};

/** One file of a folder of blocks: an npz with the arrays of these rows and columns. */
export interface KernelBlock extends Area {
  /** path inside the folder, with `/` */
  readonly file: string;
}

/** `kernel.json`: what a folder of blocks holds. */
export interface KernelManifest {
  readonly foretrain: 1;
  readonly kind: "kernel";
  /** false while blocks are missing */
  readonly complete: boolean;
  readonly identity: KernelIdentity;
  /** of every array: [n1, n2], with the positions that the network keeps */
  readonly shape: readonly number[];
  readonly positions: readonly number[];
  /** only blocks of the upper triangle are there */
  readonly symmetric: boolean;
  readonly block: number;
  /** in the order of rows, then columns */
  readonly blocks: readonly KernelBlock[];
}

/** The manifest of a folder; null when there is none. @throws ForetrainError `ERR_FILE` when it is something else */
export async function readKernelManifest(folder: string): Promise<KernelManifest | null> {
  const path = join(folder, KERNEL_MANIFEST);
  if ((await statOrNull(path)) === null) return null;
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw fileError("cannot read", path, cause);
  });
  try {
    const manifest = JSON.parse(text) as KernelManifest | null;
    if (manifest?.kind === "kernel" && manifest.foretrain === 1) return manifest;
  } catch {
    // no JSON: below
  }
  throw new ForetrainError(
    "ERR_FILE",
    `${path}: this is no manifest of a kernel; choose another folder, or remove this one`,
    { argument: folder },
  );
}

/**
 * The manifest of an earlier run in a folder that is to take this kernel; null when there was none.
 * @throws ForetrainError `ERR_FILE` when the folder is a file, holds something else, or another kernel
 */
export async function requireKernelFolder(
  folder: string,
  identity: KernelIdentity | null,
): Promise<KernelManifest | null> {
  const found = await statOrNull(folder);
  if (found === null) return null;
  if (!found.isDirectory()) {
    throw new ForetrainError(
      "ERR_FILE",
      `cannot write the kernel to ${folder}: it is a file, expected a folder`,
      {
        argument: folder,
        got: "file",
      },
    );
  }
  const manifest = await readKernelManifest(folder);
  if (manifest === null) {
    const entries = (await readdir(folder)).filter((name) => !name.endsWith(".tmp"));
    if (entries.length === 0) return null;
    throw new ForetrainError(
      "ERR_FILE",
      `cannot write the kernel to ${folder}: it holds files that are no kernel (${entries.length}); choose another folder, or empty it`,
      { argument: folder, got: entries.length },
    );
  }
  if (identity === null) return manifest;
  const fields = Object.keys(identity) as (keyof KernelIdentity)[];
  const differing = fields.filter(
    (field) =>
      canonicalJson(identity[field] as Json) !== canonicalJson((manifest.identity[field] ?? null) as Json),
  );
  if (differing.length > 0) {
    const what = differing.map((field) => IDENTITY_TEXT[field]).join(", ");
    throw new ForetrainError(
      "ERR_FILE",
      `cannot continue the kernel in ${folder}: it was begun with another ${what}; go on with the same, choose another folder, or remove this one`,
      { argument: folder, differing },
    );
  }
  return manifest;
}

/**
 * Refuses early when a kernel could not go to `folder`: it is a file, or holds something else.
 * @throws ForetrainError `ERR_FILE`
 */
export async function checkKernelFolder(folder: string): Promise<void> {
  await requireKernelFolder(folder, null);
  await probeFolder(resolve(folder), folder);
}
