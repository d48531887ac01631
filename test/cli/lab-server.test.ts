import { once } from "node:events";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { type IncomingHttpHeaders, request } from "node:http";
import { createServer } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hostName, isAllowedHost } from "../../src/cli/lab/allowed-host.js";
import { pathSegments } from "../../src/cli/lab/file-paths.js";
import { type LabServer, openLabServer } from "../../src/cli/lab/server.js";
import { ForetrainError } from "../../src/errors.js";
import { createRunFolder } from "../../src/node.js";
import { foretrain, startForetrain } from "./foretrain.js";

let folder = "";
let server: LabServer;
const SECRET = "nobody outside may read this";

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "foretrain-lab-")));
  const site = join(folder, "site");
  mkdirSync(join(site, "assets"), { recursive: true });
  writeFileSync(join(site, "index.html"), "<!doctype html><html><head><title>Lab</title></head></html>");
  writeFileSync(join(site, "assets", "main-1a2b3c.js"), "export {};");
  writeFileSync(join(folder, "secret.txt"), SECRET);
  const run = await createRunFolder(join(folder, "runs", "deep", "mnist run"), {
    command: "foretrain forecast x",
    seed: 3,
  });
  await run.write("report.html", "<script>alert(1)</script><p>report</p>");
  await run.write("figures/loss.svg", "<svg/>");
  await run.write("empty.csv", "");
  await run.finish();
  const studies = await createRunFolder(join(folder, "runs", "studies"), {
    command: "foretrain study run all",
  });
  await studies.write("index.html", "<p>all</p>");
  await studies.write("B.spectra/results.json", "{}");
  await studies.write("B.spectra/narrow/spectra.svg", "<svg/>");
  await studies.finish();
  symlinkSync(join(folder, "secret.txt"), join(folder, "runs", "studies", "B.spectra", "out.svg"));
  const runs = join(folder, "runs");
  symlinkSync(join(folder, "secret.txt"), join(runs, "way-out.txt"));
  symlinkSync(folder, join(runs, "parent"));
  symlinkSync(join(runs, "deep", "mnist run"), join(runs, "inside"));
  mkdirSync(join(runs, ".hidden"));
  writeFileSync(join(runs, ".hidden", "x.txt"), SECRET);
  server = await openLabServer({ site, runs, host: "127.0.0.1", port: 0, strictPort: false });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** A request whose path is sent as it stands; fetch would fold `..` away. */
function ask(
  path: string,
  options: { host?: string; method?: string; origin?: string } = {},
): Promise<Answer> {
  return new Promise((done, fail) => {
    const headers = {
      host: options.host ?? `127.0.0.1:${server.port}`,
      ...(options.origin ? { origin: options.origin } : {}),
    };
    const out = request({
      host: "127.0.0.1",
      port: server.port,
      path,
      method: options.method ?? "GET",
      headers,
      agent: false,
    });
    out.on("error", fail);
    out.on("response", async (response) => {
      let text = "";
      for await (const part of response) text += String(part);
      done({ status: response.statusCode!, headers: response.headers, text });
    });
    out.end();
  });
}

describe("the site", () => {
  test("is served isolated, typed, and closed to code and pages of others", async () => {
    const { status, headers, text } = await ask("/");
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
      "cross-origin-resource-policy": "same-origin",
      "x-content-type-options": "nosniff",
      "cache-control": "no-cache",
    });
    const policy = headers["content-security-policy"]!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval';");
    expect(policy).not.toContain("'unsafe-eval'");
    // the page can tell that runs can be asked for
    expect(text).toContain('<meta name="foretrain-server"');
  });

  test("has its scripts, kept as long as their name has their hash", async () => {
    const { status, headers } = await ask("/assets/main-1a2b3c.js?x=1");
    expect(status).toBe(200);
    expect(headers["content-type"]).toBe("text/javascript; charset=utf-8");
    expect(headers["cache-control"]).toContain("immutable");
  });

  test("has no other files, and no other methods", async () => {
    expect((await ask("/nothing.html")).status).toBe(404);
    expect((await ask("/api/other")).status).toBe(404);
    const post = await ask("/", { method: "POST" });
    expect(post.status).toBe(405);
    expect(post.headers["allow"]).toBe("GET, HEAD");
    const head = await ask("/", { method: "HEAD" });
    expect([head.status, head.text]).toEqual([200, ""]);
  });
});

describe("paths", () => {
  const WAYS_OUT = [
    "/../secret.txt",
    "/..%2fsecret.txt",
    "/%2e%2e/secret.txt",
    "/%2e%2e%2fsecret.txt",
    "/assets/../../secret.txt",
    "/assets/..%5c..%5csecret.txt",
    "/%252e%252e/secret.txt",
    "//etc/passwd",
    "/%2fetc%2fpasswd",
    "/index.html%00.js",
    "/%",
    "/%c0%ae%c0%ae/secret.txt",
    "/api/runs/../../secret.txt",
    "/api/runs/..%2f..%2fsecret.txt",
    "/api/runs/%2e%2e/secret.txt",
    "/api/runs/deep/../../secret.txt",
    "/api/runs//etc/passwd",
    "/api/runs/%2fetc%2fpasswd",
    "/api/runs/C:%5cWindows%5cwin.ini",
    "/api/runs/way-out.txt",
    "/api/runs/parent/secret.txt",
    "/api/runs/parent/runs/parent/secret.txt",
    "/api/runs/.hidden/x.txt",
    "/api/runs/deep",
    "/api/runs/deep/mnist%20run/",
    "/api/runs/studies/B.spectra",
    "/api/runs/studies/B.spectra/out.svg",
    "/api/runs/studies/B.spectra/../../../secret.txt",
    "/api/runs/studies/B.spectra/%2e%2e/%2e%2e/%2e%2e/secret.txt",
    "/api/runs/studies/B.spectra/narrow/..%2f..%2f..%2f..%2fsecret.txt",
    "/api/runs/studies/B.spectra/narrow%5c..%5c..%5c..%5c..%5csecret.txt",
  ];
  test.each(WAYS_OUT)("%s leads nowhere", async (path) => {
    const { status, text } = await ask(path);
    expect([400, 404]).toContain(status);
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain("root:");
    expect(text).not.toContain(folder);
  });

  test("that are none are refused before any file is looked at", () => {
    for (const path of ["", "relative", "http://x/", "/a//b", "/..", "/.git/config", "/a%0ab", "/%zz"]) {
      expect(pathSegments(path), path).toBeNull();
    }
    expect(pathSegments("/")).toEqual([]);
    expect(pathSegments("/a%20b/c.d/?q=/..#x")).toEqual(["a b", "c.d"]);
  });
});

describe("runs", () => {
  test("are listed with what made them, once each", async () => {
    const { status, headers, text } = await ask("/api/runs");
    expect(status).toBe(200);
    expect(headers["content-type"]).toBe("application/json; charset=utf-8");
    const { folder: root, runs } = JSON.parse(text);
    expect(root).toBe(join(folder, "runs"));
    expect(runs).toHaveLength(2); // links are no runs of their own, folders of studies neither
    const run = (path: string) => runs.find((one: { path: string }) => one.path === path);
    expect(run("deep/mnist run")).toMatchObject({ command: "foretrain forecast x", seed: 3 });
    expect(run("studies").files.map(({ name }: { name: string }) => name)).toEqual([
      ...["B.spectra/narrow/spectra.svg", "B.spectra/results.json", "index.html"],
    ]);
    expect(run("deep/mnist run").files).toEqual([
      { name: "empty.csv", bytes: 0 },
      { name: "figures/loss.svg", bytes: 6 },
      { name: "report.html", bytes: 38 },
    ]);
  });

  test("give their files, and pages among them run nothing", async () => {
    const { status, headers, text } = await ask("/api/runs/deep/mnist%20run/report.html");
    expect(status).toBe(200);
    expect(text).toContain("<p>report</p>");
    expect(headers["content-length"]).toBe("38");
    expect(headers["content-security-policy"]).toMatch(/^sandbox; default-src 'none'/);
    expect(headers["content-security-policy"]).not.toContain("script-src");
    expect((await ask("/api/runs/deep/mnist%20run/figures/loss.svg")).headers["content-type"]).toBe(
      "image/svg+xml",
    );
    expect(await ask("/api/runs/studies/B.spectra/results.json")).toMatchObject({ status: 200, text: "{}" });
    expect(await ask("/api/runs/deep/mnist%20run/empty.csv")).toMatchObject({ status: 200, text: "" });
    // a link inside the folder is a way to the same files
    expect((await ask("/api/runs/inside/report.html")).status).toBe(200);
  });
});

describe("whom the server answers", () => {
  test.each(["127.0.0.1:PORT", "localhost:PORT", "[::1]:PORT", "lab.localhost:PORT"])("%s", async (host) => {
    expect((await ask("/", { host: host.replace("PORT", String(server.port)) })).status).toBe(200);
  });

  test.each([
    "evil.example",
    "evil.example:PORT",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "192.168.1.7:PORT",
  ])("not %s, which a foreign page can have pointed here", async (host) => {
    for (const path of ["/", "/api/runs", "/api/runs/deep/mnist%20run/report.html"]) {
      const answer = await ask(path, { host: host.replace("PORT", String(server.port)) });
      expect(answer.status).toBe(403);
      expect(answer.text).not.toContain("report");
    }
  });

  test("no page of another origin", async () => {
    expect((await ask("/api/runs", { origin: "http://evil.example" })).status).toBe(403);
    expect((await ask("/api/runs", { origin: "null" })).status).toBe(403);
    expect((await ask("/api/runs", { origin: `http://127.0.0.1:${server.port}` })).status).toBe(200);
  });

  test("addresses in numbers and its own name once it is open to a network", () => {
    expect(isAllowedHost("192.168.1.7:4173", "0.0.0.0")).toBe(true);
    expect(isAllowedHost("[fe80::1]:4173", "::")).toBe(true);
    expect(isAllowedHost("box.lan:4173", "box.lan")).toBe(true);
    expect(isAllowedHost("evil.example:4173", "0.0.0.0")).toBe(false);
    expect(hostName("a b")).toBeNull();
    expect(hostName(undefined)).toBeNull();
    expect(hostName("LocalHost.:80")).toBe("localhost");
  });
});

describe("ports", () => {
  test("the next free one is taken, unless one was asked for", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as { port: number };
    const options = { site: join(folder, "site"), runs: null, host: "127.0.0.1", port };
    try {
      const other = await openLabServer({ ...options, strictPort: false });
      expect(other.port).toBeGreaterThan(port);
      await other.close();
      await expect(openLabServer({ ...options, strictPort: true })).rejects.toThrow(/the port is taken/);
    } finally {
      taken.close();
    }
    await expect(openLabServer({ ...options, host: "203.0.113.7", strictPort: true })).rejects.toThrow(
      ForetrainError,
    );
  });

  test("a site that is not built is said to be so", async () => {
    const options = { site: join(folder, "runs"), runs: null, host: "127.0.0.1", port: 0, strictPort: false };
    await expect(openLabServer(options)).rejects.toThrow(/npm run build/);
  });
});

describe("the command", () => {
  /** Everything that it has printed on stdout up to a line that fits. */
  async function lineOf(child: ReturnType<typeof startForetrain>, fits: RegExp): Promise<string> {
    let text = "";
    for await (const part of child.stdout!) {
      text += String(part);
      if (fits.test(text)) return text;
    }
    throw new Error(`ended without the line: ${text}`);
  }

  test("prints its address, serves the built site and the runs, and ends with ctrl-C without complaint", async () => {
    const child = startForetrain(folder, "lab", "--json", "--no-open", "--port", "0");
    const { url, runs } = JSON.parse(await lineOf(child, /\n/));
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    expect(runs).toBe(join(folder, "runs")); // the folder of that name is found by itself
    expect(await (await fetch(url)).text()).toContain("Foretrain lab");
    const listed = (await (await fetch(`${url}api/runs`)).json()) as { runs: { path: string }[] };
    expect(listed.runs.map(({ path }) => path).sort()).toEqual(["deep/mnist run", "studies"]);
    // a connection that stays open must not keep it alive
    const exit = once(child, "exit");
    child.kill("SIGINT");
    expect(await exit).toEqual([0, null]);
  });

  test("is reached from this machine only", async () => {
    const child = startForetrain(folder, "lab", "--json", "--no-open", "--port", "0");
    const { port } = JSON.parse(await lineOf(child, /\n/));
    const foreign = Object.values(networkInterfaces())
      .flat()
      .filter((address) => address?.family === "IPv4" && !address.internal)
      .map((address) => address!.address);
    for (const address of foreign) {
      await expect(fetch(`http://${address}:${port}/`)).rejects.toThrow();
    }
    const exit = once(child, "exit");
    child.kill("SIGTERM");
    expect(await exit).toEqual([0, null]);
  });

  test.each([
    [["--runs", "nowhere"], /--runs: there is no folder nowhere/],
    [["--runs", "secret.txt"], /--runs: secret.txt is a file, expected a folder/],
    [["--port", "70000"], /expected a port/],
    [["--host", "203.0.113.7"], /cannot listen on 203.0.113.7/],
  ])("refuses %j", async (args, message) => {
    const { code, stderr } = await foretrain(folder, "lab", "--no-open", ...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});
