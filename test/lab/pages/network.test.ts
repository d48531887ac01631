import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readNpz, writeNpz } from "../../../src/data/index.js";
import { foretrain } from "../../cli/foretrain.js";
import { chromiumPath } from "../../support/browser.js";
import { checkExports, shownNumber, useLab, waitForNumber } from "../../support/lab.js";

const lab = useLab("network-page");

const CONV =
  '{"foretrain":1,"input":[7,7,1],"layers":[{"kind":"conv","channels":8,"filter":[3,3],"weightVariance":2},' +
  '{"kind":"activation","name":"erf"},{"kind":"flatten"},{"kind":"dense","units":10}]}';

const address = (fields: Record<string, string>) => `#/network?${new URLSearchParams(fields).toString()}`;

describe.skipIf(chromiumPath === null)("the page Network", () => {
  test("computes the kernel that the command computes of the images that the page exports", async () => {
    const { page, problems } = await lab.visit(address({ net: CONV, n: "40", side: "7" }));
    await waitForNumber(page, "ntk.kappa", (value) => value > 1);
    const figure = page.locator("figure.kernel-figure");
    await figure.getByRole("button", { name: /export/ }).click();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      figure.getByRole("menuitem", { name: /npz/ }).click(),
    ]);
    const exported = join(lab.folder, "page.npz");
    await download.saveAs(exported);
    writeFileSync(join(lab.folder, "network.json"), CONV);
    const { code, stderr } = await foretrain(
      lab.folder,
      ...["kernel", "network.json", "--x", exported, "--get", "nngp,ntk", "--out", "kernel.npz"],
    );
    expect(code, stderr).toBe(0);
    const [ours, theirs] = [exported, join(lab.folder, "kernel.npz")].map((file) =>
      readNpz(readFileSync(file)),
    );
    for (const name of ["ntk", "nngp"]) {
      const [a, b] = [ours![name]!, theirs![name]!];
      expect(a.shape).toEqual([40, 40]);
      expect(b.shape).toEqual([40, 40]);
      for (let i = 0; i < a.data.length; i++) {
        expect(Math.abs(a.data[i]! - b.data[i]!), `${name} ${i}`).toBeLessThanOrEqual(
          1e-9 * Math.abs(b.data[i]!),
        );
      }
    }
    // 3 * 3 * 8 weights, 7 * 7 * 8 * 10 weights, no biases
    expect(await shownNumber(page, "parameters")).toBe(72 + 3920);
    // n / lambda_max of a loss 1/(2n) sum of squares
    const largest = await shownNumber(page, "ntk.lambdaMax");
    expect(await shownNumber(page, "ntk.learningRate")).toBeWithinRelative((2 * 40) / largest, 1e-12);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("blocks are changed, added, moved and taken out, and undo brings them back", async () => {
    const { page, problems } = await lab.visit(address({ net: CONV, n: "20", side: "7" }));
    await waitForNumber(page, "parameters", (value) => value === 3992);
    await page.getByLabel("add a layer").selectOption("dense");
    // 392 -> 512 with a bias, 512 -> 10
    await waitForNumber(page, "parameters", (value) => value === 72 + 512 * 393 + 5120);
    const added = page.locator('.block[data-kind="dense"]').first();
    // a block that is new is open
    await added.getByLabel("units").fill("16");
    await added.getByLabel("units").blur();
    await waitForNumber(page, "parameters", (value) => value === 72 + 16 * 393 + 160);
    await added.getByRole("button", { name: /take out/ }).click();
    await waitForNumber(page, "parameters", (value) => value === 3992);
    await page.locator("h1").click();
    await page.keyboard.press("z");
    await waitForNumber(page, "parameters", (value) => value === 72 + 16 * 393 + 160);
    const address2 = page.url();
    expect(problems).toEqual([]);
    expect(address2).toContain("net=");
    await page.context().close();
  });

  test("layers inside a repeated part are blocks too, and the kernel follows them", async () => {
    const { page, problems } = await lab.visit(
      address({ net: "preset:fcn?depth=2&width=32&weightVariance=2&biasVariance=0", n: "20", side: "7" }),
    );
    const before = await waitForNumber(page, "ntk.kappa", (value) => value > 1);
    const inner = page.locator('.block[data-kind="repeat"] .block[data-kind="activation"]');
    await inner.locator(".block-name").click();
    await inner.getByLabel("name").selectOption("erf");
    const after = await waitForNumber(page, "ntk.kappa", (value) => value > 1 && value !== before);
    const other = await lab.visit(
      address({
        net: "preset:fcn?depth=2&width=32&weightVariance=2&biasVariance=0&activation=erf",
        n: "20",
        side: "7",
      }),
    );
    expect(await waitForNumber(other.page, "ntk.kappa", (value) => value > 1)).toBeWithinRelative(
      after,
      1e-12,
    );
    expect(problems).toEqual([]);
    await other.page.context().close();
    await page.context().close();
  });

  test("what is wrong with a network is said in the package's words, and the last kernel stays", async () => {
    const { page } = await lab.visit(address({ n: "20", side: "7" }));
    const before = await waitForNumber(page, "ntk.kappa", (value) => value > 1);
    await page.locator('textarea[data-field="net"]').fill("preset:fcm");
    const text = await page.locator(".text-control .error").textContent();
    writeFileSync(
      join(lab.folder, "x.npz"),
      writeNpz({ x: { data: new Float64Array(8).fill(1), shape: [2, 4] } }),
    );
    const { stderr } = await foretrain(lab.folder, "kernel", "preset:fcm", "--x", "x.npz", "--out", "k.npz");
    expect(text!.length).toBeGreaterThan(20);
    expect(stderr).toContain(text!);
    expect(await shownNumber(page, "ntk.kappa")).toBe(before);
    await page.context().close();
  });

  test("a text that is too long is refused whole, and says so where it was typed", async () => {
    const { page, problems } = await lab.visit(address({ net: CONV, n: "20", side: "7" }));
    await waitForNumber(page, "parameters", (value) => value === 3992);
    const box = page.locator('textarea[data-field="net"]');
    await box.fill(`${CONV}${" ".repeat(60_001 - CONV.length)}`);
    const error = page.locator(".text-control .error");
    expect(await error.textContent()).toBe(
      "network: got 60001 characters, expected a text of at most 60000 characters; leave out 1",
    );
    expect(await box.inputValue()).toBe(CONV);
    expect(await box.getAttribute("aria-invalid")).toBe("true");
    expect(await shownNumber(page, "parameters")).toBe(3992);
    // the longest that is taken
    await box.fill(`${CONV}${" ".repeat(60_000 - CONV.length)}`);
    await expect.poll(() => error.count()).toBe(0);
    expect((await box.inputValue()).length).toBe(60_000);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("opens a JSON file that is chosen by keys or dropped, and says what is wrong with others", async () => {
    const { page, problems } = await lab.visit(address({ n: "20", side: "7" }));
    // from now on the browser tells of a dialog instead of opening it: asked for with the key, that may come too late
    page.on("filechooser", () => {});
    const before = await waitForNumber(page, "parameters", (value) => value > 0);
    writeFileSync(join(lab.folder, "conv.json"), CONV);
    writeFileSync(join(lab.folder, "broken.json"), CONV.slice(0, -1));
    writeFileSync(join(lab.folder, "long.json"), `${CONV}${" ".repeat(60_000)}`);
    const chooser = page.locator(".network-file input[type=file]");
    const error = page.locator(".network-file .error");
    const choose = async (name: string) => {
      await chooser.focus();
      const [dialog] = await Promise.all([page.waitForEvent("filechooser"), page.keyboard.press("Space")]);
      await dialog.setFiles(join(lab.folder, name));
    };
    await choose("conv.json");
    await waitForNumber(page, "parameters", (value) => value === 3992);
    expect(await page.locator('textarea[data-field="net"]').inputValue()).toBe(CONV);
    await page.locator("h1").click();
    await page.keyboard.press("z");
    await waitForNumber(page, "parameters", (value) => value === before);
    for (const [name, said] of [
      ["broken.json", /^broken\.json: got no JSON \(.+\), expected one JSON file of a network/],
      ["long.json", /^long\.json: network: got \d+ characters, expected a text of at most 60000 characters/],
    ] as const) {
      await choose(name);
      await expect.poll(() => error.textContent()).toMatch(said);
      expect(await shownNumber(page, "parameters")).toBe(before);
    }
    const drop = (texts: string[]) =>
      page.evaluate((list) => {
        const dataTransfer = new DataTransfer();
        for (const [i, text] of list.entries()) dataTransfer.items.add(new File([text], `${i}.json`));
        document.body.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer }));
      }, texts);
    await drop([CONV, CONV]);
    await expect.poll(() => error.textContent()).toMatch(/^network: got 2 files, expected one JSON file/);
    await drop(["[1, 2]"]);
    await expect.poll(() => error.textContent()).toMatch(/^0\.json: got JSON that is no object/);
    await drop([CONV]);
    await waitForNumber(page, "parameters", (value) => value === 3992);
    expect(await error.count()).toBe(0);
    // a network that does not fit together is opened, and judged like one that is typed
    await drop([CONV.replace('"dense"', '"dens"')]);
    await expect.poll(() => page.locator(".text-control .error").count()).toBe(1);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("exports both figures as svg, png, csv and npz that open", async () => {
    const { page, problems } = await lab.visit(address({ n: "20", side: "7" }));
    await waitForNumber(page, "ntk.kappa", (value) => value > 1);
    await checkExports(page, "Kernel of the sample");
    await checkExports(page, "Spectrum");
    expect(problems).toEqual([]);
    await page.context().close();
  });
});
