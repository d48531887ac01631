import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["foretrain-source"] },
  ssr: { resolve: { conditions: ["foretrain-source"] } },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/build.ts"],
    setupFiles: ["test/support/matchers.ts"],
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
});
