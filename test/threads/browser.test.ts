import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, normalize } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { computeKernel } from "../../src/kernels/index.js";
import { simdBackendOf } from "../../src/kernels/simd/backend.js";
import { preset } from "../../src/network/index.js";

const CHROMIUM = "/usr/bin/chromium";
const root = join(import.meta.dirname, "../..");
const [N, D] = [60, 9];

/** Numbers that every engine makes alike. */
const inputs = () => Float64Array.from({ length: N * D }, (_, i) => (((i * 7919) % 1009) - 504) / 256);

/** Computes with two workers and posts the bits back. */
const page = `<!doctype html><meta charset="utf-8">
<script type="importmap">{ "imports": { "#spawn": "/dist/threads/spawn-web.js" } }</script>
<script type="module">
const send = (path, body) => fetch(path, { method: "POST", body });
try {
  const { computeKernel } = await import("/dist/kernels/index.js");
  const { preset } = await import("/dist/network/index.js");
  const x = { data: (${inputs.toString().replaceAll("N", String(N)).replaceAll("D", String(D))})(), shape: [${N}, ${D}] };
  const { ntk, plan } = await computeKernel(preset("fcn", { input: [${D}], depth: 3 }), x, null, {
    get: ["ntk"], threads: 2, tile: 8,
  });
  const shared = ntk.data.buffer instanceof ArrayBuffer === false;
  const { threads, backend, variant } = plan;
  const about = { isolated: crossOriginIsolated, shared, threads, backend, variant };
  await send("/result?" + encodeURIComponent(JSON.stringify(about)), new Float64Array(ntk.data).buffer);
} catch (error) {
  await send("/failure", String(error?.stack ?? error));
}
</script>`;

interface Answer {
  readonly about: {
    readonly isolated: boolean;
    readonly shared: boolean;
    readonly threads: number;
    readonly backend: string;
    readonly variant: "relaxed" | "simd";
  };
  readonly values: Float64Array;
}

let server: Server;
let browser: ChildProcess | null = null;
let profile = "";
let settle: { resolve: (answer: Answer) => void; reject: (error: Error) => void };

beforeAll(async () => {
  server = createServer((request, response) => {
    const url = request.url ?? "/";
    if (request.method === "POST") {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        response.end();
        const body = new Uint8Array(Buffer.concat(chunks));
        if (url.startsWith("/result?")) {
          const about = JSON.parse(decodeURIComponent(url.slice("/result?".length))) as Answer["about"];
          settle.resolve({ about, values: new Float64Array(body.buffer, body.byteOffset, body.length / 8) });
        } else settle.reject(new Error(new TextDecoder().decode(body)));
      });
      return;
    }
    // every file of an isolated page must say that it may be embedded
    response.setHeader("Cross-Origin-Resource-Policy", "same-origin");
    response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
    if (url === "/isolated") response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
    if (url === "/plain") response.removeHeader("Cross-Origin-Embedder-Policy");
    if (url === "/plain" || url === "/isolated") {
      response.setHeader("Content-Type", "text/html").end(page);
      return;
    }
    const path = join(root, normalize(url));
    if (!path.startsWith(join(root, "dist")) || !existsSync(path)) {
      response.writeHead(404).end();
      return;
    }
    response.setHeader("Content-Type", "text/javascript").end(readFileSync(path));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

function close(): void {
  if (browser?.pid !== undefined) {
    try {
      process.kill(-browser.pid, "SIGKILL"); // its own process group: the browser and its helpers
    } catch {
      // it has ended
    }
  }
  browser = null;
  rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

function open(path: string): Promise<Answer> {
  profile = mkdtempSync(join(tmpdir(), "foretrain-chromium-"));
  const { port } = server.address() as AddressInfo;
  const flags = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    `--user-data-dir=${profile}`,
  ];
  return new Promise<Answer>((resolve, reject) => {
    settle = { resolve, reject };
    browser = spawn(CHROMIUM, [...flags, `http://127.0.0.1:${port}${path}`], {
      stdio: "ignore",
      detached: true,
    });
    browser.on("error", reject);
  }).finally(close);
}

// Debian's browser; elsewhere the pool is tested in Node only
test.skipIf(!existsSync(CHROMIUM)).each([
  ["/plain", false],
  ["/isolated", true],
])(
  "workers of a browser give the bits of Node, with shared memory where the page is isolated: %s",
  async (path, isolated) => {
    const { about, values } = await open(path);
    expect(about).toMatchObject({ isolated, shared: isolated, threads: 2, backend: "simd" });
    const x = { data: inputs(), shape: [N, D] };
    const { ntk } = await computeKernel(preset("fcn", { input: [D], depth: 3 }), x, null, {
      get: ["ntk"],
      threads: 1,
      backend: simdBackendOf(about.variant),
    });
    expect(Array.from(values)).toEqual(Array.from(ntk.data));
  },
);
