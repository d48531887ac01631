/**
 * Finds a BLAS with LAPACK on this machine and opens it through koffi, an optional dependency.
 *
 * Routines are called by their Fortran names, which OpenBLAS, MKL, Apple Accelerate and the reference libraries share.
 * Integers are passed as addresses of 8 bytes: on little-endian machines a library with 32-bit integers reads the lower
 * half and one with 64-bit integers all of it, so both kinds work.
 * @module
 */
import { endianness } from "node:os";
import { join } from "node:path";
import { ForetrainError } from "../../errors.js";

/** A C function; pointers are typed arrays, passed without a copy. */
export interface NativeFunction {
  (...args: readonly unknown[]): unknown;
  /** The same on another thread; the callback is the last argument. */
  async(...args: readonly unknown[]): void;
}

interface NativeHandle {
  func(name: string, result: string, args: readonly string[]): NativeFunction;
}

interface Koffi {
  readonly version?: string;
  load(path: string): NativeHandle;
}

/** An open library. */
export interface NativeLibrary {
  /** e.g. "OpenBLAS 0.3.21" */
  readonly name: string;
  /** name or path that was opened */
  readonly path: string;
  /** what the library says about itself, "" when nothing */
  readonly configuration: string;
  /** threads that the library takes, by its own settings; null when it does not say */
  readonly threads: number | null;
  /** sets that number, for the whole process; null where it cannot be set */
  readonly setThreads: ((threads: number) => void) | null;
  readonly dgemm: NativeFunction;
  readonly sgemm: NativeFunction;
  readonly dsyrk: NativeFunction;
  readonly dtrsm: NativeFunction;
  readonly dpotrf: NativeFunction;
  readonly dsyevd: NativeFunction;
}

/** What was looked for, and what came of it. */
export interface NativeSearch {
  /** the value of FORETRAIN_BLAS */
  readonly setting: string | null;
  /** version of koffi, null when it is not installed or does not load here */
  readonly koffi: string | null;
  readonly library: NativeLibrary | null;
  /** names that were tried without success, with the reason */
  readonly tried: readonly { readonly path: string; readonly reason: string }[];
}

const INTEGERS_64 = "64-bit integers";

/** Names under which libraries export a routine; the first that exists is taken. */
const SPELLINGS: readonly ((routine: string) => string)[] = [
  (routine) => `${routine}_`,
  (routine) => `${routine}_64_`,
  (routine) => `scipy_${routine}_`,
  (routine) => `scipy_${routine}_64_`,
  (routine) => routine,
  (routine) => routine.toUpperCase(),
];

function candidatePaths(): readonly string[] {
  const env = process.env;
  const conda = env["CONDA_PREFIX"] ?? null;
  const mkl = env["MKLROOT"] ?? null;
  if (process.platform === "darwin") {
    return [
      "/System/Library/Frameworks/Accelerate.framework/Accelerate",
      "/opt/homebrew/opt/openblas/lib/libopenblas.dylib",
      "/usr/local/opt/openblas/lib/libopenblas.dylib",
      ...(conda === null ? [] : [join(conda, "lib", "libopenblas.dylib")]),
      ...(mkl === null ? [] : [join(mkl, "lib", "libmkl_rt.2.dylib")]),
      "liblapack.dylib",
    ];
  }
  if (process.platform === "win32") {
    return [
      "libopenblas.dll",
      "openblas.dll",
      ...(conda === null ? [] : [join(conda, "Library", "bin", "openblas.dll")]),
      ...(mkl === null ? [] : [join(mkl, "bin", "mkl_rt.2.dll")]),
      "mkl_rt.2.dll",
      "mkl_rt.1.dll",
      "liblapack.dll",
    ];
  }
  return [
    "libopenblas.so.0",
    "libopenblas.so",
    "libopenblas64_.so.0",
    "libmkl_rt.so.2",
    "libmkl_rt.so.1",
    "libmkl_rt.so",
    ...(mkl === null
      ? []
      : [join(mkl, "lib", "libmkl_rt.so.2"), join(mkl, "lib", "intel64", "libmkl_rt.so.2")]),
    "/opt/intel/oneapi/mkl/latest/lib/libmkl_rt.so.2",
    ...(conda === null ? [] : [join(conda, "lib", "libopenblas.so.0"), join(conda, "lib", "libmkl_rt.so.2")]),
    "/usr/local/lib/libopenblas.so",
    "liblapack.so.3", // the reference library, or what the system's alternatives put in its place
    "liblapack.so",
  ];
}

async function loadKoffi(): Promise<Koffi | null> {
  const name = "koffi"; // not a literal in the import: the package is optional, and bundlers would look for it
  try {
    const loaded = (await import(name)) as { readonly default?: Koffi } & Koffi;
    return loaded.default ?? loaded;
  } catch {
    return null;
  }
}

function find(
  handle: NativeHandle,
  name: string,
  result: string,
  args: readonly string[],
): NativeFunction | null {
  try {
    return handle.func(name, result, args);
  } catch {
    return null;
  }
}

/** A Fortran routine. Each string argument has a hidden length at the end, which compilers may rely on. */
function routine(
  handle: NativeHandle,
  name: string,
  strings: number,
  pointers: number,
): NativeFunction | null {
  const args = [
    ...Array<string>(strings).fill("str"),
    ...Array<string>(pointers).fill("void *"),
    ...Array<string>(strings).fill("size_t"),
  ];
  for (const spelling of SPELLINGS) {
    const found = find(handle, spelling(name), "void", args);
    if (found !== null) return found;
  }
  return null;
}

/** A C function that takes a number of threads. */
function threadSetter(handle: NativeHandle, name: string): NativeLibrary["setThreads"] {
  const found = find(handle, name, "void", ["int"]);
  return found === null ? null : (threads) => void found(threads);
}

function describe(
  handle: NativeHandle,
  path: string,
): Pick<NativeLibrary, "name" | "configuration" | "threads" | "setThreads"> {
  for (const prefix of ["", "scipy_"]) {
    for (const suffix of ["", "64_"]) {
      const config = find(handle, `${prefix}openblas_get_config${suffix}`, "str", []);
      if (config === null) continue;
      const configuration = String(config());
      const threads = find(handle, `${prefix}openblas_get_num_threads${suffix}`, "int", []);
      return {
        name: /^OpenBLAS \S+/.exec(configuration)?.[0] ?? "OpenBLAS",
        configuration: suffix === "" ? configuration : `${configuration}, ${INTEGERS_64}`,
        threads: threads === null ? null : Number(threads()),
        setThreads: threadSetter(handle, `${prefix}openblas_set_num_threads${suffix}`),
      };
    }
  }
  const mklVersion = find(handle, "mkl_get_version_string", "void", ["void *", "int"]);
  if (mklVersion !== null) {
    const bytes = new Uint8Array(256);
    mklVersion(bytes, bytes.length);
    const configuration = new TextDecoder().decode(bytes).split("\0")[0]!.trim();
    const threads = find(handle, "MKL_Get_Max_Threads", "int", []);
    return {
      name: /Version \S+/.exec(configuration)?.[0].replace("Version", "MKL") ?? "MKL",
      configuration,
      threads: threads === null ? null : Number(threads()),
      setThreads: threadSetter(handle, "MKL_Set_Num_Threads"),
    };
  }
  const silent = { configuration: "", threads: null, setThreads: null };
  if (path.includes("Accelerate")) return { name: "Apple Accelerate", ...silent };
  const version = find(handle, "ilaver_", "void", ["void *", "void *", "void *"]);
  if (version !== null) {
    const parts = [new Int32Array(2), new Int32Array(2), new Int32Array(2)];
    version(...parts);
    return { name: `LAPACK ${parts.map((part) => part[0]).join(".")}`, ...silent };
  }
  return { name: path, ...silent };
}

/** @throws Error saying what is missing */
function open(koffi: Koffi, path: string): NativeLibrary {
  const handle = koffi.load(path);
  const take = (name: string, strings: number, pointers: number): NativeFunction => {
    const found = routine(handle, name, strings, pointers);
    if (found === null) throw new Error(`it has no ${name}`);
    return found;
  };
  return {
    ...describe(handle, path),
    path,
    dgemm: take("dgemm", 2, 11),
    sgemm: take("sgemm", 2, 11),
    dsyrk: take("dsyrk", 2, 8),
    dtrsm: take("dtrsm", 4, 7),
    dpotrf: take("dpotrf", 1, 4),
    dsyevd: take("dsyevd", 2, 9),
  };
}

/**
 * Looks for a library: the one that the environment variable FORETRAIN_BLAS names (a path or a name that the system's
 * loader knows), none when it is "none", otherwise the usual names and places.
 * @throws ERR_UNAVAILABLE when FORETRAIN_BLAS names a library that cannot be used
 */
export async function searchNativeLibrary(
  setting: string | null = process.env["FORETRAIN_BLAS"]?.trim() || null,
): Promise<NativeSearch> {
  if (setting === "none") return { setting, koffi: null, library: null, tried: [] };
  const koffi = endianness() === "LE" ? await loadKoffi() : null;
  if (koffi === null) {
    if (setting !== null) {
      throw new ForetrainError(
        "ERR_UNAVAILABLE",
        `FORETRAIN_BLAS is ${setting}, but the package koffi, which opens libraries, is not installed or does not load here; ` +
          "npm install koffi, or unset FORETRAIN_BLAS",
        { argument: "FORETRAIN_BLAS", got: setting },
      );
    }
    return { setting, koffi: null, library: null, tried: [] };
  }
  const version = koffi.version ?? "";
  const tried: { path: string; reason: string }[] = [];
  for (const path of setting === null ? candidatePaths() : [setting]) {
    try {
      return { setting, koffi: version, library: open(koffi, path), tried };
    } catch (error) {
      tried.push({ path, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  if (setting !== null) {
    throw new ForetrainError(
      "ERR_UNAVAILABLE",
      `FORETRAIN_BLAS is ${setting}, which cannot be used: ${tried[0]!.reason}; ` +
        "expected the path of a library with BLAS and LAPACK, or none",
      { argument: "FORETRAIN_BLAS", got: setting, koffi: version },
    );
  }
  return { setting, koffi: version, library: null, tried };
}
