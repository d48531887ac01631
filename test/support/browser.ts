/**
 * A real headless browser: the system's Chromium, driven by playwright-core. `npm test` installs it where it can.
 * @module
 */
import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";

const PLACES = [
  process.env["CHROMIUM"] ?? "",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/snap/bin/chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** Where the browser is; null where there is none. */
export const chromiumPath: string | null = PLACES.find((place) => place !== "" && existsSync(place)) ?? null;

/** Says once why tests of the browser are skipped. */
export function explainMissingBrowser(): void {
  if (chromiumPath === null) {
    console.warn(
      "tests of the lab in a browser are skipped: no Chromium (set CHROMIUM to its path, or install it)",
    );
  }
}

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath!,
    // a container has no user namespaces for the sandbox and little shared memory
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
}

/** A page of its own context that keeps what went wrong on it. */
export interface WatchedPage {
  readonly page: Page;
  /** errors and warnings of the console, uncaught errors, failed requests */
  readonly problems: string[];
}

export async function watchedPage(
  browser: Browser,
  options: Parameters<Browser["newContext"]>[0] = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({
    viewport: { width: 1400, height: 900 },
    reducedMotion: "reduce",
    ...options,
  });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning")
      problems.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => problems.push(`error: ${error.message}`));
  page.on("requestfailed", (request) => {
    const failure = request.failure()?.errorText ?? "";
    // the icon of a page that is left or loaded anew before it has come
    if (request.url().endsWith("/favicon.svg") && failure === "net::ERR_ABORTED") return;
    problems.push(`request: ${request.url()} ${failure}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400) problems.push(`response: ${response.status()} ${response.url()}`);
  });
  return { page, problems };
}
