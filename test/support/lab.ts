/**
 * The built lab behind its server and in a browser.
 * @module
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { csvParseRows } from "d3-dsv";
import type { Browser, Download, Page } from "playwright-core";
import { afterAll, beforeAll, expect } from "vitest";
import { mediaType } from "../../src/cli/lab/headers.js";
import { openLabServer } from "../../src/cli/lab/server.js";
import { readNpz } from "../../src/data/index.js";
import {
  chromiumPath,
  explainMissingBrowser,
  launchBrowser,
  type WatchedPage,
  watchedPage,
} from "./browser.js";

/** The built site. */
export const SITE = resolve(import.meta.dirname, "../../dist/lab");

export interface OpenLab {
  readonly browser: Browser;
  readonly url: string;
  /** A new page at `hash`, such as `#/phase?w=2`. */
  readonly visit: (hash?: string, options?: Parameters<Browser["newContext"]>[0]) => Promise<WatchedPage>;
  readonly close: () => Promise<void>;
}

export async function openLab(runs: string | null = null): Promise<OpenLab> {
  const server = await openLabServer({ site: SITE, runs, host: "127.0.0.1", port: 0, strictPort: false });
  const browser = await launchBrowser();
  const url = `http://127.0.0.1:${server.port}/`;
  return {
    browser,
    url,
    visit: async (hash = "", options = {}) => {
      const watched = await watchedPage(browser, options);
      await watched.page.goto(url + hash);
      return watched;
    },
    close: async () => {
      await browser.close();
      await server.close();
    },
  };
}

/** The lab of a file of tests, and a folder for its files. */
export interface UsedLab extends Pick<OpenLab, "browser" | "url" | "visit"> {
  readonly folder: string;
}

/**
 * Opens the lab before the tests of a file and closes it after them; without a browser it says so and opens nothing.
 * `prepare` fills the folder before, and returns the folder of runs that the lab serves.
 */
export function useLab(name: string, prepare?: (folder: string) => Promise<string>): UsedLab {
  let lab: OpenLab | undefined;
  let folder = "";
  explainMissingBrowser();
  beforeAll(async () => {
    if (chromiumPath === null) return;
    folder = mkdtempSync(join(tmpdir(), `foretrain-${name}-`));
    lab = await openLab(prepare === undefined ? null : await prepare(folder));
  });
  afterAll(async () => {
    await lab?.close();
    if (folder !== "") rmSync(folder, { recursive: true, force: true });
  });
  return {
    get browser() {
      return lab!.browser;
    },
    get url() {
      return lab!.url;
    },
    get folder() {
      return folder;
    },
    visit: (...where) => lab!.visit(...where),
  };
}

/** Waits until the page is no wider than `pixels`: figures take the width of their column a frame after it is known. */
export async function expectWidthBelow(page: Page, pixels: number): Promise<void> {
  await expect
    .poll(() => page.evaluate(() => document.documentElement.scrollWidth))
    .toBeLessThanOrEqual(pixels);
}

/** The words of a command as a shell splits it that has no quotes but pairs of " and '. */
export function shellWords(command: string): string[] {
  return [...command.trim().matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, plain]) => double ?? single ?? plain!,
  );
}

/** Drags files over the page and drops them there, as a user does from a folder. */
export async function dropFiles(
  page: Page,
  files: readonly { readonly name: string; readonly bytes: Uint8Array }[],
): Promise<void> {
  const texts = files.map(({ name, bytes }) => ({ name, text: Buffer.from(bytes).toString("base64") }));
  const dropped = await page.evaluateHandle((list) => {
    const transfer = new DataTransfer();
    for (const { name, text } of list) {
      const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
      transfer.items.add(new File([bytes], name));
    }
    return transfer;
  }, texts);
  const target = page.locator("main");
  await target.dispatchEvent("dragenter", { dataTransfer: dropped });
  // the page says that it takes them, once it listens; a browser repeats the event while the files are over it
  await expect
    .poll(async () => {
      await target.dispatchEvent("dragover", { dataTransfer: dropped });
      return page.locator(".drop-zone.over").count();
    })
    .toBe(1);
  await target.dispatchEvent("drop", { dataTransfer: dropped });
}

/** A file server that knows nothing of the lab: the site under `path`, no headers but the type. */
export async function plainServer(path: string): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    const name = decodeURIComponent((request.url ?? "").split("?")[0]!).slice(path.length) || "index.html";
    try {
      if (!request.url!.startsWith(path)) throw new Error("outside");
      const content = readFileSync(join(SITE, name));
      response.writeHead(200, { "content-type": mediaType(name) }).end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((done) => {
    server.listen(0, "127.0.0.1", () => done());
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

/** The full value of a number that the page shows. */
export async function shownNumber(page: Page, name: string): Promise<number> {
  const text = await page.locator(`[data-name="${name}"]`).first().getAttribute("data-value");
  return text === null || text === "" ? Number.NaN : Number(text);
}

/** Waits until a shown number is as wanted. */
export async function waitForNumber(
  page: Page,
  name: string,
  wanted: (value: number) => boolean,
): Promise<number> {
  await expect
    .poll(async () => wanted(await shownNumber(page, name)), { timeout: 30_000, message: name })
    .toBe(true);
  return shownNumber(page, name);
}

async function contentOf(download: Download): Promise<Buffer> {
  return readFileSync(await download.path());
}

/** Exports the figure with this title in every format, and opens what came. */
export async function checkExports(page: Page, title: string | RegExp): Promise<void> {
  const figure = page.locator("figure").filter({ has: page.locator("h2", { hasText: title }) });
  const save = async (format: string): Promise<Buffer> => {
    await figure.getByRole("button", { name: /export/ }).click();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      figure
        .getByRole("menuitem", { name: format === "npz" ? /npz/ : new RegExp(`^${format}$`, "i") })
        .click(),
    ]);
    expect(download.suggestedFilename()).toMatch(new RegExp(`\\.${format}$`));
    return contentOf(download);
  };
  const svg = (await save("svg")).toString("utf8");
  // the browser's own parser for XML has the last word
  const parsed = await page.evaluate((text) => {
    const { documentElement } = new DOMParser().parseFromString(text, "image/svg+xml");
    return [documentElement.nodeName, documentElement.querySelectorAll("*").length] as const;
  }, svg);
  expect(parsed[0]).toBe("svg");
  expect(parsed[1]).toBeGreaterThan(10);
  const png = await save("png");
  expect([...png.subarray(0, 8)]).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  expect(png.readUInt32BE(16)).toBeGreaterThan(200); // width in pixels
  const csv = csvParseRows((await save("csv")).toString("utf8").trim());
  expect(csv.length).toBeGreaterThan(2);
  expect(new Set(csv.map((row) => row.length)).size).toBe(1);
  const arrays = Object.values(readNpz(await save("npz")));
  expect(arrays.length).toBeGreaterThan(0);
  for (const { data, shape } of arrays) expect(data.length).toBe(shape.reduce((a, b) => a * b, 1));
}
