/**
 * Compiles the AssemblyScript sources of src/wasm/assembly to WebAssembly and embeds the bytes, as base64, in modules
 * under src/wasm/generated: no asset path that a bundler or a worker could lose.
 *
 * Each entry file is compiled twice: with 128-bit SIMD, and with relaxed SIMD, whose fused multiply-add the loader
 * takes where the runtime has it. An entry is skipped when the stamp in its module says that nothing changed.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const sources = join(root, "src", "wasm", "assembly");
const generated = join(root, "src", "wasm", "generated");

/** One WebAssembly module for each: what belongs together, so that a page loads only what it uses. */
const ENTRIES = ["pairs", "linalg", "training"];

/** Entries that use the folder of another. */
const USES = { training: ["linalg"] };

/** Modules that are also compiled for a memory that several threads share, as NAME-shared. */
const SHARED_ENTRIES = ["linalg"];
const SHARED = ["--importMemory", "--sharedMemory", "--maximumMemory", "65536", "--enable", "threads"];

/** Modules that only tests load, in their own folder so that the package does not carry them. */
const TEST_ENTRIES = ["elementary", "operation"];
const generatedForTests = join(root, "test", "wasm", "generated");

const OPTIONS = ["-O3", "--noAssert", "--converge", "--runtime", "stub", "--enable", "simd"];
const VARIANTS = { simd: OPTIONS, relaxed: [...OPTIONS, "--enable", "relaxed-simd"] };

function sourceHash(entry) {
  const asc = readFileSync(join(root, "node_modules", "assemblyscript", "package.json"));
  const hash = createHash("sha256")
    .update(asc)
    .update(readFileSync(fileURLToPath(import.meta.url)));
  const files = readdirSync(sources, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .sort();
  // folders belong to the entry of the same name, files beside the entries to all
  for (const name of files) {
    const folder = name.includes("/") || name.includes("\\") ? name.split(/[/\\]/)[0] : null;
    const foreign = folder !== entry && !(USES[entry] ?? []).includes(folder);
    if (folder !== null && ENTRIES.includes(folder) && foreign) continue;
    hash
      .update(name)
      .update("\0")
      .update(readFileSync(join(sources, name)))
      .update("\0");
  }
  return hash.digest("hex");
}

async function compile(asc, entry, options) {
  let binary = null;
  const { error, stderr } = await asc.main([`${entry}.ts`, "--outFile", "out.wasm", ...options], {
    readFile: (name, base) => {
      const path = join(sources, base === undefined ? name : join(base, name));
      const direct = join(sources, name);
      for (const file of [direct, path]) if (existsSync(file)) return readFileSync(file, "utf8");
      return null;
    },
    writeFile: (name, contents) => {
      if (name.endsWith(".wasm")) binary = contents;
    },
    listFiles: () => [],
  });
  if (error !== null || binary === null) {
    throw new Error(
      `src/wasm/assembly/${entry}.ts does not compile:\n${stderr.toString()}${error?.message ?? ""}`,
    );
  }
  return Buffer.from(binary);
}

/** Brings src/wasm/generated and test/wasm/generated up to date. */
export async function buildWasm() {
  mkdirSync(generated, { recursive: true });
  mkdirSync(generatedForTests, { recursive: true });
  let asc = null;
  const builds = [
    ...[...ENTRIES, ...TEST_ENTRIES].map((entry) => ({ entry, name: entry, extra: [] })),
    ...SHARED_ENTRIES.map((entry) => ({ entry, name: `${entry}-shared`, extra: SHARED })),
  ];
  for (const { entry, name, extra } of builds) {
    if (!existsSync(join(sources, `${entry}.ts`))) continue;
    const file = join(ENTRIES.includes(entry) ? generated : generatedForTests, `${name}.ts`);
    const stamp = `// sources ${sourceHash(entry)}\n`;
    if (existsSync(file) && readFileSync(file, "utf8").startsWith(stamp)) continue;
    asc ??= await import(pathToFileURL(join(root, "node_modules", "assemblyscript", "dist", "asc.js")).href);
    console.error(`compiling ${name} to WebAssembly`);
    const lines = [stamp, `// made by scripts/build-wasm.mjs from src/wasm/assembly/${entry}.ts\n`];
    for (const [variant, options] of Object.entries(VARIANTS)) {
      const binary = await compile(asc, entry, [...options, ...extra]);
      lines.push(`export const ${variant} =\n  "${binary.toString("base64")}";\n`);
    }
    const partial = `${file}.partial-${process.pid}`;
    writeFileSync(partial, lines.join(""));
    renameSync(partial, file);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildWasm();
