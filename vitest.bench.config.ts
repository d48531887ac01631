import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["foretrain-source"] },
  ssr: { resolve: { conditions: ["foretrain-source"] } },
  test: {
    include: [],
    benchmark: { include: ["bench/**/*.bench.ts"] },
  },
});
