/**
 * Headers of every answer of the lab's server.
 * @module
 */

/** What no answer goes without: isolation (so that threads can share memory), no guessing of types, no foreign readers. */
const COMMON: Readonly<Record<string, string>> = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
};

// 'wasm-unsafe-eval' compiles WebAssembly and nothing else; styles in attributes are what charts and reports are made of
const SITE_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self' blob:",
  "connect-src 'self' blob: data:",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "frame-src 'self' blob:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
].join("; ");

// a page out of a run folder is shown, and runs nothing
const RUN_FILE_POLICY =
  "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:";

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  json: "application/json; charset=utf-8",
  map: "application/json; charset=utf-8",
  svg: "image/svg+xml",
  png: "image/png",
  ico: "image/x-icon",
  wasm: "application/wasm",
  npz: "application/zip",
  npy: "application/octet-stream",
  csv: "text/csv; charset=utf-8",
  md: "text/markdown; charset=utf-8",
  txt: "text/plain; charset=utf-8",
  webmanifest: "application/manifest+json",
  woff2: "font/woff2",
};

/** The media type of a file by its name; bytes where nothing is known. */
export function mediaType(name: string): string {
  const dot = name.lastIndexOf(".");
  return TYPES[name.slice(dot + 1).toLowerCase()] ?? "application/octet-stream";
}

/** Headers of a file of the site. Names under `assets/` carry a hash of their content, so they may be kept. */
export function siteHeaders(name: string): Record<string, string> {
  return {
    ...COMMON,
    "content-security-policy": SITE_POLICY,
    "content-type": mediaType(name),
    "cache-control": name.startsWith("assets/") ? "public, max-age=31536000, immutable" : "no-cache",
  };
}

/** Headers of what comes out of the folder of runs. */
export function runHeaders(name: string): Record<string, string> {
  return {
    ...COMMON,
    "content-security-policy": RUN_FILE_POLICY,
    "content-type": mediaType(name),
    "cache-control": "no-store",
  };
}
