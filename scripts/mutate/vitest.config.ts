// The tests for mutants: in Node alone, without the Worker's bundle, so that each of many runs starts at once.
import { defineConfig } from "vitest/config";

export default defineConfig({
  cacheDir: ".vitest",
  test: {
    include: ["test/**/*.test.ts"],
    // The first failure decides, and other mutants have the other cores.
    fileParallelism: false,
    testTimeout: 20_000,
    provide: { sqldUrl: process.env["MUTATE_DATABASE_URL"] ?? "" },
  },
});
