import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeNpz } from "../../../src/data/index.js";
import { chromiumPath, watchedPage } from "../../support/browser.js";
import { plainServer, useLab, waitForNumber } from "../../support/lab.js";

const lab = useLab("static-site");
let site: { readonly url: string; readonly close: () => Promise<void> };
beforeAll(async () => {
  if (chromiumPath !== null) site = await plainServer("/some/where/lab/");
});
afterAll(() => site?.close());

/** A small state of each page that computes, and a number that its worker returns. */
const COMPUTED = [
  { id: "phase", state: "w=2.5", number: "chi1" },
  { id: "network", state: "n=20&side=7", number: "ntk.kappa" },
  {
    id: "training",
    state: "classes=3,8&n=30&m=40&side=7&depth=1&width=64&steps=60",
    number: "limit",
  },
  { id: "normalization", state: "train=4&n=20&end=1&runs=0", number: "Q2" },
  { id: "complexity", state: "train=100&epochs=10&width=8", number: "information" },
] as const;

/** The pages of the built site: `phase` and so on, by its code. */
const SOURCE = readFileSync(resolve(import.meta.dirname, "../../../lab/src/pages/registry.ts"), "utf8");
const PRESENT = [...SOURCE.matchAll(/from "\.\/([a-z]+)\/page\.js"/g)].map(([, id]) => id!);

describe.skipIf(chromiumPath === null)("the built site on a plain file server below a path", () => {
  for (const { id, state, number } of COMPUTED.filter((page) => PRESENT.includes(page.id))) {
    test(`${id} computes, without isolation, what it computes behind the lab's own server`, async () => {
      const { page, problems } = await watchedPage(lab.browser);
      const asked: string[] = [];
      page.on("request", (request) => asked.push(request.url()));
      await page.goto(`${site.url}#/${id}?${state}`);
      const value = await waitForNumber(page, number, (found) => Number.isFinite(found) && found !== 0);
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
      expect(problems).toEqual([]);
      // nothing from elsewhere, neither other hosts nor above the path
      expect(asked.filter((url) => !/^(data|blob):/.test(url) && !url.startsWith(site.url))).toEqual([]);
      await page.context().close();

      const own = await lab.visit(`#/${id}?${state}`);
      expect(await waitForNumber(own.page, number, Number.isFinite)).toBe(value);
      expect(await own.page.evaluate(() => crossOriginIsolated)).toBe(true);
      await own.page.context().close();
    });
  }

  test("Runs reads a file that is opened on it, and asks no server for runs", async () => {
    const data = Float64Array.of(1, 2, 4, 9);
    writeFileSync(join(lab.folder, "own.npz"), writeNpz({ own: { data, shape: [2, 2] } }));
    const { page, problems } = await watchedPage(lab.browser);
    await page.goto(`${site.url}#/runs`);
    await page.locator("input[type=file]").first().setInputFiles(join(lab.folder, "own.npz"));
    const row = page.locator(".viewer tbody tr", { has: page.locator('td[data-value="own"]') });
    expect(Number(await row.locator("td").nth(4).getAttribute("data-value"))).toBe(4); // the mean
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("has these pages and no others, each opened by its link", async () => {
    const { page, problems } = await watchedPage(lab.browser);
    await page.goto(site.url);
    const links = page.locator("nav a");
    await links.first().waitFor();
    const ids = await links.evaluateAll((all) => all.map((link) => link.getAttribute("href")!.slice(2)));
    expect(ids.toSorted()).toEqual(PRESENT.toSorted());
    // a page that is new needs a state above
    expect([...COMPUTED.map(({ id }) => id), "runs"]).toEqual(expect.arrayContaining(ids));
    for (const [i, id] of ids.entries()) {
      const title = await links.nth(i).textContent();
      await links.nth(i).click();
      await expect.poll(() => page.locator("h1").textContent()).toBe(title);
      expect(page.url().startsWith(`${site.url}#/${id}`)).toBe(true);
    }
    expect(problems).toEqual([]);
    await page.context().close();
  });
});
