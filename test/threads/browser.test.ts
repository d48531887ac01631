import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, normalize } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { activation } from "../../src/activations/index.js";
import { sampleLengths } from "../../src/finite/lengths/sample-lengths.js";
import { trainNetworks } from "../../src/finite/training/training-ensemble.js";
import { computeKernel } from "../../src/kernels/index.js";
import { simdBackendOf } from "../../src/kernels/simd/backend.js";
import { dense, input, network, preset, tanh } from "../../src/network/index.js";

const CHROMIUM = "/usr/bin/chromium";
const root = join(import.meta.dirname, "../..");
const [N, D] = [60, 9];

/** What the jobs need of the package: its sources here, the compiled files on a page. */
const here = { computeKernel, preset, trainNetworks, sampleLengths, dense, input, network, tanh, activation };
type Library = typeof here;

/** The jobs, on either side: what is in a function here must be there, since its text goes to the page. */
const jobs = {
  /** numbers that every engine makes alike */
  numbers: (rows: number, cols: number) => ({
    data: Float64Array.from({ length: rows * cols }, (_, i) => (((i * 7919) % 1009) - 504) / 256),
    shape: [rows, cols],
  }),
  /** three small networks; the first two begin when both are taken, so that no thread trains all of them */
  training: async (
    library: Library,
    x: Parameters<Library["trainNetworks"]>[0]["train"]["x"],
    threads: number,
  ) => {
    const { dense, input, network, tanh } = library;
    const [rows, cols] = x.shape as [number, number];
    const asked = new Set<number>();
    let release = () => {};
    const bothTaken = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { networks } = await library.trainNetworks({
      network: network(input([cols]), dense(16), tanh(), dense(2)),
      recipe: { steps: 25, batch: 8, learningRate: 0.05, seed: 5 },
      train: { x, y: { data: x.data.slice(0, 2 * rows), shape: [rows, 2] } },
      networks: 3,
      threads,
      resume: async (seed) => {
        if (asked.add(seed).size >= threads) release();
        await bothTaken;
        return undefined;
      },
    });
    return networks.flatMap(({ parameters, records }) => [
      ...parameters,
      ...records.map(({ trainLoss }) => trainLoss),
    ]);
  },
  lengths: async ({ sampleLengths, activation }: Library, threads: number) => {
    const layer = { activation: activation("tanh"), weightVariance: 1.5, biasVariance: 0.1 };
    const { q } = await sampleLengths([layer, layer, layer], {
      widths: [4000],
      repetitions: 1600,
      seed: 2,
      threads,
    });
    return [...q[0]!.data];
  },
};

/** Computes with two workers and posts the bits back. */
const page = `<!doctype html><meta charset="utf-8">
<script type="importmap">{ "imports": { "#spawn": "/dist/threads/spawn-web.js" } }</script>
<script type="module">
const send = (path, body) => fetch(path, { method: "POST", body });
let pieces = 0;
self.Worker = class extends Worker {
  constructor(...given) {
    super(...given);
    this.addEventListener("message", ({ data: { value } }) => {
      if (value?.kind === "value" || value?.index !== undefined) pieces++;
    });
  }
};
/** what it computes, and how much of it a worker did */
const counted = async (job) => {
  pieces = 0;
  const values = await job();
  return { values, pieces };
};
try {
  const { trainNetworks } = await import("/dist/finite/training/training-ensemble.js");
  const { sampleLengths } = await import("/dist/finite/lengths/sample-lengths.js");
  const { activation } = await import("/dist/activations/index.js");
  const { computeKernel } = await import("/dist/kernels/index.js");
  const { dense, input, network, preset, tanh } = await import("/dist/network/index.js");
  const library = { computeKernel, preset, trainNetworks, sampleLengths, dense, input, network, tanh, activation };
  const x = (${jobs.numbers})(${N}, ${D});
  const { ntk, plan } = await computeKernel(preset("fcn", { input: [${D}], depth: 3 }), x, null, {
    get: ["ntk"], threads: 2, tile: 8,
  });
  const shared = ntk.data.buffer instanceof ArrayBuffer === false;
  const training = await counted(() => (${jobs.training})(library, x, 2));
  // a worker that starts slowly may come too late once, and is there the next time
  let lengths = { pieces: 0 };
  for (let i = 0; i < 20 && lengths.pieces === 0; i++) lengths = await counted(() => (${jobs.lengths})(library, 2));
  const { threads, backend, variant } = plan;
  const about = {
    isolated: crossOriginIsolated, shared, threads, backend, variant,
    counts: [ntk.data.length, training.values.length, lengths.values.length],
    byWorkers: [training.pieces, lengths.pieces],
  };
  const values = Float64Array.of(...ntk.data, ...training.values, ...lengths.values);
  await send("/result?" + encodeURIComponent(JSON.stringify(about)), values.buffer);
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
    /** numbers of the kernel, of the trained networks and of the lengths, in the order of the values */
    readonly counts: readonly [number, number, number];
    /** trained networks and pieces of lengths that the worker made */
    readonly byWorkers: readonly [number, number];
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
    for (const count of about.byWorkers) expect(count).toBeGreaterThan(0);
    const [kernel, training] = about.counts;
    const x = jobs.numbers(N, D);
    const { ntk } = await computeKernel(preset("fcn", { input: [D], depth: 3 }), x, null, {
      get: ["ntk"],
      threads: 1,
      backend: simdBackendOf(about.variant),
    });
    expect(Array.from(values.subarray(0, kernel))).toEqual(Array.from(ntk.data));
    expect(Array.from(values.subarray(kernel, kernel + training))).toEqual(await jobs.training(here, x, 1));
    expect(Array.from(values.subarray(kernel + training))).toEqual(await jobs.lengths(here, 1));
  },
);
