/**
 * The server of the lab: the built site, and run folders to read.
 *
 *     GET /...                     a file of the site
 *     GET /api/runs                { foretrain: 1, folder, runs }, see listRuns
 *     GET /api/runs/PATH/FILE      a file of a run folder
 *
 * @module
 */

import { createReadStream } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { ForetrainError } from "../../errors.js";
import { VERSION } from "../../version.js";
import { isAllowedHost } from "./allowed-host.js";
import { pathSegments } from "./file-paths.js";
import { mediaType, runHeaders, siteHeaders } from "./headers.js";
import { listRuns, openRunFile } from "./run-files.js";
import { indexPage, siteFiles } from "./site-files.js";

export interface LabServerOptions {
  /** the built site */
  readonly site: string;
  /** folder below which run folders lie; null: none is opened */
  readonly runs: string | null;
  readonly host: string;
  readonly port: number;
  /** fail when the port is taken; else the next free one is used */
  readonly strictPort: boolean;
}

export interface LabServer {
  readonly port: number;
  /** Stops listening and ends what is under way. */
  readonly close: () => Promise<void>;
}

const PORTS_TRIED = 50;

/** An answer without a file. */
class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Starts the server.
 * @throws `ERR_FILE` without a built site, `ERR_USAGE` when the address or the port cannot be had
 */
export async function openLabServer(options: LabServerOptions): Promise<LabServer> {
  const names = await siteFiles(options.site);
  const index = await indexPage(options.site, VERSION);
  const server = createServer((request, response) => {
    answer(options, names, index, request, response).catch((error: unknown) => refuse(response, error));
  });
  const port = await listen(server, options);
  return {
    port,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  options: LabServerOptions,
  names: ReadonlySet<string>,
  index: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { host, origin } = request.headers;
  if (!isAllowedHost(host, options.host)) {
    throw new Refusal(
      403,
      `this server does not answer to the name ${JSON.stringify(host ?? "")}; use http://localhost:PORT, or start it with --host NAME`,
    );
  }
  if (origin !== undefined && origin !== `http://${host}`)
    throw new Refusal(403, "pages of other sites may not read this");
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("allow", "GET, HEAD");
    throw new Refusal(405, "only GET and HEAD: nothing is ever written");
  }
  const segments = pathSegments(request.url ?? "/");
  if (segments === null) throw new Refusal(400, "no such path");
  if (segments[0] === "api") return answerApi(options, segments.slice(1), request, response);
  const name = segments.length === 0 ? "index.html" : segments.join("/");
  if (!names.has(name)) throw new Refusal(404, "no such file");
  if (name === "index.html") return send(request, response, siteHeaders(name), index);
  response.writeHead(200, siteHeaders(name));
  if (request.method === "HEAD") return void response.end();
  await pipeline(createReadStream(join(options.site, name)), response);
}

async function answerApi(
  { runs }: LabServerOptions,
  segments: readonly string[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (segments[0] !== "runs") throw new Refusal(404, "no such interface");
  if (segments.length === 1) {
    const list = runs === null ? [] : await listRuns(runs);
    const body = JSON.stringify({ foretrain: 1, folder: runs, runs: list });
    return send(request, response, runHeaders("runs.json"), body);
  }
  const file = runs === null ? null : await openRunFile(runs, segments.slice(1));
  if (file === null) throw new Refusal(404, "no such file in the folder of runs");
  try {
    response.writeHead(200, { ...runHeaders(segments.at(-1)!), "content-length": file.bytes });
    if (request.method === "HEAD" || file.bytes === 0) return void response.end();
    // a file that grows meanwhile would break the announced length
    await pipeline(
      file.handle.createReadStream({ start: 0, end: file.bytes - 1, autoClose: false }),
      response,
    );
  } finally {
    await file.handle.close();
  }
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  headers: Record<string, string>,
  body: string,
): void {
  response.writeHead(200, { ...headers, "content-length": Buffer.byteLength(body) });
  response.end(request.method === "HEAD" ? undefined : body);
}

function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    // the reader went away, or the file broke off: what was announced cannot be kept
    response.destroy();
    return;
  }
  const [status, text] =
    error instanceof Refusal ? [error.status, error.message] : [500, "the file could not be read"];
  response.writeHead(status, { ...runHeaders("error.txt"), "content-type": mediaType("error.txt") });
  response.end(`${text}\n`);
}

function listenOnce(server: Server, host: string, port: number): Promise<number> {
  return new Promise((done, fail) => {
    const failed = (error: Error) => fail(error);
    server.once("error", failed);
    server.listen({ host, port, exclusive: true }, () => {
      server.off("error", failed);
      done((server.address() as AddressInfo).port);
    });
  });
}

async function listen(server: Server, { host, port, strictPort }: LabServerOptions): Promise<number> {
  const last = Math.min(65_535, port + (strictPort || port === 0 ? 0 : PORTS_TRIED - 1));
  for (let tried = port; ; tried++) {
    try {
      return await listenOnce(server, host, tried);
    } catch (cause) {
      const code = (cause as NodeJS.ErrnoException).code;
      if (code === "EADDRINUSE" && tried < last) continue;
      const way =
        code === "EADDRINUSE"
          ? strictPort
            ? "the port is taken; leave out --port to take the next free one"
            : `the ports ${port} to ${last} are taken; choose one with --port`
          : code === "EACCES"
            ? "this port needs rights that this user has not; choose one above 1023"
            : "expected an address of this machine, such as 127.0.0.1";
      throw new ForetrainError(
        "ERR_USAGE",
        `lab: cannot listen on ${host}:${tried} (${code ?? String(cause)}): ${way}`,
        {
          argument: code === "EADDRINUSE" || code === "EACCES" ? "--port" : "--host",
          got: `${host}:${tried}`,
        },
        { cause },
      );
    }
  }
}
