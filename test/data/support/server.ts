/** A file server on 127.0.0.1 that misbehaves on demand. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What the server does with the next requests of a file. */
export type Behaviour =
  | "normal"
  /** says the whole length and breaks off after half of what is left */
  | "break"
  /** sends half and then nothing, the connection stays open */
  | "stall"
  /** answers a request for a part with the whole file */
  | "no-ranges"
  /** flips the last byte */
  | "damage"
  /** another file altogether */
  | "html"
  /** no length: chunks only, broken off without an end mark */
  | "break-chunked"
  | "not-found"
  | "server-error";

export interface FileServer {
  readonly base: string;
  /** one line per request: path and range */
  readonly requests: string[];
  /** behaviour of the next requests, one each; then `normal` */
  readonly plan: Behaviour[];
  readonly close: () => Promise<void>;
}

export async function serve(files: Readonly<Record<string, Uint8Array>>): Promise<FileServer> {
  const requests: string[] = [];
  const plan: Behaviour[] = [];
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const path = decodeURIComponent(request.url ?? "").slice(1);
    const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? "");
    requests.push(range === null ? path : `${path} from ${range[1]}`);
    const behaviour = plan.shift() ?? "normal";
    const file = files[path];
    if (behaviour === "not-found" || file === undefined) {
      response.writeHead(404).end("no such file");
      return;
    }
    if (behaviour === "server-error") {
      response.writeHead(503).end();
      return;
    }
    if (behaviour === "html") {
      response.writeHead(200, { "content-type": "text/html" }).end("<html>please log in</html>");
      return;
    }
    const start = range === null || behaviour === "no-ranges" ? 0 : Number(range[1]);
    if (start > 0 && start >= file.length) {
      response.writeHead(416, { "content-range": `bytes */${file.length}` }).end();
      return;
    }
    const body = file.slice(start);
    if (behaviour === "damage") body[body.length - 1]! ^= 1;
    const headers: Record<string, string> =
      start > 0 ? { "content-range": `bytes ${start}-${file.length - 1}/${file.length}` } : {};
    if (behaviour !== "break-chunked") headers["content-length"] = String(body.length);
    response.writeHead(start > 0 ? 206 : 200, headers);
    if (behaviour === "break" || behaviour === "break-chunked") {
      response.write(body.subarray(0, body.length >> 1), () => setTimeout(() => response.destroy(), 20));
    } else if (behaviour === "stall") {
      response.write(body.subarray(0, body.length >> 1));
    } else {
      response.end(body);
    }
  };
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    requests,
    plan,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
