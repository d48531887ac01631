import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Folders whose tests start processes, threads or browsers, or look at what a process holds. */
const OUTSIDE = ["cli", "docs", "entries", "examples", "lab", "package", "runs", "threads"];
/** What a test replaces in the modules of its process, or chooses for all of it. */
const REPLACES = /\bvi\.|\bselectLinearAlgebra|\bworkerPool\b|\bprocess\.(env|argv|exit|on)\b/;

const files = readdirSync(join(import.meta.dirname, "test"), { recursive: true, encoding: "utf8" })
  .map((name) => `test/${name.replaceAll("\\", "/")}`)
  .filter((name) => name.endsWith(".test.ts"));
const own = files.filter(
  (name) =>
    OUTSIDE.includes(name.split("/")[1]!) ||
    REPLACES.test(readFileSync(join(import.meta.dirname, name), "utf8")),
);

/** The longest first, so that none begins when the others have ended. */
const LONGEST = [
  "cli/study",
  "examples/examples",
  "docs/guide",
  "studies/paper-a-studies",
  "forecast/run",
  "forecast/finite-width",
];

class LongestFirst extends BaseSequencer {
  override async sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = LONGEST.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
      return at < 0 ? LONGEST.length : at;
    };
    const sorted = await super.sort(specifications);
    const projects = [...new Set(sorted.map(({ project }) => project.name))];
    return projects.flatMap((name) =>
      sorted.filter(({ project }) => project.name === name).sort((a, b) => rank(a) - rank(b)),
    );
  }
}

export default defineConfig({
  resolve: { conditions: ["foretrain-source"] },
  ssr: { resolve: { conditions: ["foretrain-source"] } },
  test: {
    globalSetup: ["test/support/build.ts"],
    setupFiles: ["test/support/matchers.ts"],
    // by default one core is left idle: half of a small machine
    maxWorkers: "100%",
    // the longest tests take 20 seconds on a calm machine, those that need more say so
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // a page of a busy machine takes its time; what is there at once is seen at once
    expect: { poll: { timeout: 20_000 } },
    sequence: { sequencer: LongestFirst },
    projects: [
      { extends: true, test: { name: "own process", include: own } },
      // modules are loaded once for many files: loading them for each would take longer than most tests
      {
        extends: true,
        test: { name: "shared", include: ["test/**/*.test.ts"], exclude: own, isolate: false },
      },
    ],
  },
});
