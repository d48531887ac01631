import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readNpz } from "../../../src/data/index.js";
import { foretrain } from "../../cli/foretrain.js";
import { chromiumPath, watchedPage } from "../../support/browser.js";
import {
  checkExports,
  expectWidthBelow,
  plainServer,
  shownNumber,
  useLab,
  waitForNumber,
} from "../../support/lab.js";

const lab = useLab("phase-page");

/** What the command says at one point: the lower left corner of a small diagram. */
async function commandAt(activation: string, weightVariance: number, biasVariance: number) {
  const out = join(lab.folder, "corner.npz");
  const [w, b] = [`${weightVariance}:${weightVariance + 1}:2`, `${biasVariance}:${biasVariance + 1}:2`];
  const { code, stderr } = await foretrain(
    lab.folder,
    ...["phase", "--activation", activation, "--weight-variance", w, "--bias-variance", b, "--out", out],
  );
  expect(code, stderr).toBe(0);
  const arrays = readNpz(readFileSync(out));
  return (name: string) => arrays[name]!.data[0]!;
}

const READ = ["qStar", "cStar", "chi1", "chiC", "xi1", "xiC"] as const;

describe.skipIf(chromiumPath === null)("the page Phase", () => {
  test("loads without a problem, with threads, and says what the command says at its point", async () => {
    const { page, problems } = await lab.visit();
    await waitForNumber(page, "chi1", Number.isFinite);
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    const expected = await commandAt("tanh", 1.5, 0.05);
    for (const name of READ) {
      expect(await shownNumber(page, name), name).toBeWithinRelative(expected(name), 1e-9);
    }
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("follows typed numbers, keys and undo, and its address says all", async () => {
    const { page, problems } = await lab.visit();
    const before = await waitForNumber(page, "chi1", Number.isFinite);
    await page.locator('[data-field="w"]').fill("2.5");
    const chaotic = await waitForNumber(page, "chi1", (value) => value > 1);
    const expected = await commandAt("tanh", 2.5, 0.05);
    expect(chaotic).toBeWithinRelative(expected("chi1"), 1e-9);
    expect(await page.locator('[data-name="phase"]').getAttribute("data-value")).toBe("chaotic");

    // the same address in another page is the same state
    await expect.poll(() => page.url()).toContain("w=2.5");
    const other = await lab.visit(new URL(page.url()).hash);
    expect(await waitForNumber(other.page, "chi1", Number.isFinite)).toBe(chaotic);
    await other.page.context().close();

    // to the critical line, then back step by step
    await page.locator("h1").click();
    await page.keyboard.press("c");
    await waitForNumber(page, "chi1", (value) => Math.abs(value - 1) < 1e-6);
    await page.keyboard.press("z");
    await waitForNumber(page, "chi1", (value) => value === chaotic);
    await page.keyboard.press("z");
    await waitForNumber(page, "chi1", (value) => value === before);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("has a point that arrow keys and the mouse move", async () => {
    const { page } = await lab.visit();
    await waitForNumber(page, "chi1", Number.isFinite);
    const point = page.getByRole("slider").and(page.locator("[tabindex='0']:not(input)")).first();
    await point.focus();
    await page.keyboard.press("ArrowRight");
    await waitForNumber(page, "weightVariance", (value) => value > 1.5);
    const box = (await point.boundingBox())!;
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2 + 120, box.y - 60, { steps: 4 });
    await page.mouse.up();
    await waitForNumber(page, "weightVariance", (value) => value > 1.8);
    await waitForNumber(page, "biasVariance", (value) => value > 0.06);
    await page.context().close();
  });

  test("takes a formula as the command does, and shows what is wrong with one in its place", async () => {
    const { page, problems } = await lab.visit("#/phase?activation=expression&phi=x*tanh(x)&w=0.9&b=0.3");
    await waitForNumber(page, "chi1", Number.isFinite);
    const expected = await commandAt("x*tanh(x)", 0.9, 0.3);
    for (const name of READ) {
      expect(await shownNumber(page, name), name).toBeWithinRelative(expected(name), 1e-9);
    }
    await page.locator('[data-field="phi"]').fill("x*tahn(x)");
    await expect
      .poll(() => page.getByRole("alert").allTextContents())
      .toContainEqual(expect.stringMatching(/there is no "tahn"/));
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("marks what cannot be computed as unsettled, in the map, its legend, its table and the numbers", async () => {
    const { page, problems } = await lab.visit(
      "#/phase?activation=expression&phi=abs(sin(x))%2Bx/2&w=4.6&w1=7&n=40",
    );
    await page.locator('[data-name="unsettled"]').waitFor({ timeout: 90_000 });
    await expect
      .poll(() => page.locator('[data-name="phase"]').textContent(), { timeout: 30_000 })
      .toBe("unsettled");
    expect(await page.locator(".readings").textContent()).not.toContain("no fixed point");
    expect(await page.locator(".diagram path.unsettled").count()).toBe(1);
    const names = await page.locator(".diagram .region-name").allTextContents();
    expect(names).toContain("unsettled");
    expect(names).not.toContain("no fixed point");
    await page.locator("figure.diagram").getByRole("button", { name: "table" }).click();
    const points = await page.locator("figure.diagram tbody tr td:last-child").allTextContents();
    expect(points).toContain("unsettled");
    expect(points).toContain("ordered");
    expect(points).not.toContain("no fixed point");
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("says of infinite variances the same in badge, map and figures, and where they begin", async () => {
    const { page, problems } = await lab.visit("#/phase?activation=expression&phi=exp(x^2)&w=1&n=40");
    const badge = page.locator('[data-name="phase"]');
    await expect.poll(() => badge.textContent(), { timeout: 30_000 }).toBe("no fixed point");
    expect(await page.locator(".readings").textContent()).toContain("0.25 or more");
    await expect
      .poll(() => page.locator("figure .gap").allTextContents(), { timeout: 30_000 })
      .toEqual([
        expect.stringMatching(/^The length map is infinite from a variance between 0\.187 and 0\.28 on/),
        expect.stringMatching(/^There is no correlation map at q = 1: .* is infinite\.$/),
        expect.stringMatching(/^From layer 1 on the variance is infinite/),
      ]);
    await expect
      .poll(() => page.locator(".diagram .region-name").allTextContents(), { timeout: 30_000 })
      .toEqual(["no fixed point"]);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("says that there is no length map, in the place of every number", async () => {
    const { page, problems } = await lab.visit("#/phase?activation=expression&phi=exp(exp(x))&w=0.1&n=40");
    const reasons = () =>
      page.locator('[role="alert"]', { hasText: /no length map: .* infinite at every variance/ }).count();
    // in the readings, in the diagram and through depth; the maps, for which it would be the same to the letter, wait for the point
    await expect.poll(reasons, { timeout: 30_000 }).toBe(3);
    expect(await page.locator("figure .work-waits").allTextContents()).toEqual(["waits for the point"]);
    expect(await page.locator('[data-name="permissibility"]').textContent()).toMatch(
      /there is no length map/,
    );
    expect(await page.locator('[data-name="phase"]').count()).toBe(0);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("exports every figure as svg, png, csv and npz that open", async () => {
    const { page } = await lab.visit("#/phase?n=40");
    await waitForNumber(page, "chi1", Number.isFinite);
    for (const title of [/Slope of the correlation map/, /One more layer/, /Through depth/]) {
      await checkExports(page, title);
    }
    await page.context().close();
  });

  test("frames go on while the browser writes a PNG: without them it would begin a second later", async () => {
    const { page } = await lab.visit("#/phase?n=40");
    await waitForNumber(page, "chi1", (value) => value > 0);
    const frames = page.evaluate(
      () =>
        new Promise<number>((done) => {
          const { toBlob } = HTMLCanvasElement.prototype;
          const ask = globalThis.requestAnimationFrame;
          HTMLCanvasElement.prototype.toBlob = function (take, ...how) {
            let asked = 0;
            globalThis.requestAnimationFrame = (then) => {
              asked++;
              return ask(then);
            };
            // so long that a frame fits in, however fast it is written
            const later: BlobCallback = (blob) =>
              setTimeout(() => {
                done(asked);
                take(blob);
              }, 200);
            toBlob.call(this, later, ...how);
          };
        }),
    );
    const figure = page.locator("figure").first();
    await expect.poll(() => figure.getByRole("button", { name: /export/ }).isEnabled()).toBe(true);
    await figure.getByRole("button", { name: /export/ }).click();
    await Promise.all([
      page.waitForEvent("download"),
      figure.getByRole("menuitem", { name: /^png$/i }).click(),
    ]);
    expect(await frames).toBeGreaterThan(1);
    await page.context().close();
  });

  test("shows that a file is being made where that takes its time, and lets it be given up", async () => {
    const { page, problems } = await lab.visit("#/phase?n=40");
    await waitForNumber(page, "chi1", Number.isFinite);
    // a machine that is slow at pictures
    await page.evaluate(() => {
      const { toBlob } = HTMLCanvasElement.prototype;
      HTMLCanvasElement.prototype.toBlob = function (...args) {
        setTimeout(() => toBlob.apply(this, args), 2500);
      };
    });
    const downloads: string[] = [];
    page.on("download", (download) => downloads.push(download.suggestedFilename()));
    const figure = page.locator("figure.diagram");
    const save = async (format: string) => {
      await figure.getByRole("button", { name: /export/ }).click();
      await figure.getByRole("menuitem", { name: format, exact: true }).click();
    };
    const status = figure.locator("[role=status]", { hasText: "making the png file" });
    await save("PNG");
    await expect.poll(() => status.count()).toBe(1);
    await status.getByRole("button", { name: "cancel" }).click();
    await expect.poll(() => status.count()).toBe(0);
    await page.waitForTimeout(2600);
    expect(downloads).toEqual([]);
    await save("PNG");
    await expect.poll(() => status.count()).toBe(1);
    await expect.poll(() => downloads).toEqual(["phase-chi1.png"]);
    await expect.poll(() => status.count()).toBe(0);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("does not know what an address says wrongly, and says so", async () => {
    const { page } = await lab.visit("#/phase?w=-3&nothing=1");
    await waitForNumber(page, "chi1", Number.isFinite);
    expect(await page.getByRole("alert").first().textContent()).toMatch(/-3/);
    expect(await shownNumber(page, "weightVariance")).toBe(1.5);
    await page.context().close();
  });

  test("works from a plain file server below a path, without isolation", async () => {
    const server = await plainServer("/some/where/lab/");
    try {
      const { page, problems } = await watchedPage(lab.browser);
      await page.goto(`${server.url}#/phase?w=2.5`);
      const value = await waitForNumber(page, "chi1", (chi) => chi > 1);
      const expected = await commandAt("tanh", 2.5, 0.05);
      expect(value).toBeWithinRelative(expected("chi1"), 1e-9);
      expect(problems).toEqual([]);
      await page.context().close();
    } finally {
      await server.close();
    }
  });

  test("fits a phone in both themes", async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      const { page, problems } = await lab.visit("", { viewport: { width: 390, height: 844 }, colorScheme });
      await waitForNumber(page, "chi1", Number.isFinite);
      await expectWidthBelow(page, 390);
      expect(problems).toEqual([]);
      await page.context().close();
    }
  });
});
