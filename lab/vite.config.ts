/**
 * Build of the lab: a static site with relative addresses, so that it works from any path of any file server.
 * @module
 */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
/** The package by its public name, and the one module that differs between Node and browsers. */
const alias = {
  foretrain: at("../src/index.ts"),
  "#spawn": at("../src/threads/spawn-web.ts"),
};

export default defineConfig({
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
