// The tests in a browser: a config of their own, because `npm test` runs every project of the main one.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    name: "browser",
    include: ["test/browser/**/*.test.ts"],
    globalSetup: ["test/browser/global-setup.ts"],
    // All files share one stack, one browser and what each agent has connected: they run in one worker.
    fileParallelism: false,
    isolate: false,
    // Limits against hanging, and no measure.
    testTimeout: 90_000,
    hookTimeout: 120_000,
  },
});
