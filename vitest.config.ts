// The test projects: plain Node over libSQL, the Worker in workerd, and whole-stack runs.
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { makeSecrets, workerBindings } from "./scripts/local/secrets.ts";
import { ALL_TESTS } from "./test/support/share.ts";

/** Where the tests in workerd say the Worker and the providers are. Nobody listens there: no request leaves a test. */
const inWorkerd = {
  baseUrl: "https://calendar.test",
  googleOrigin: "https://google.test",
  microsoftOrigin: "https://microsoft.test",
};

/** Tests on whole stacks that take too long for `npm test`. */
const LONG = ["test/e2e/kill.test.ts", "test/e2e/race.test.ts", "test/e2e/developers.test.ts"];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "node",
          include: ["test/**/*.test.ts"],
          exclude: [
            "test/worker/**",
            "test/e2e/**",
            "test/browser/**",
            ...(ALL_TESTS ? [] : ["test/providers/caldav-servers*"]),
          ],
          globalSetup: ["test/support/node-databases-setup.ts"],
          // Vitest leaves one core idle, which on a machine with two is half of them.
          maxWorkers: "100%",
          // A file's modules stay for the next file: loading and compiling them again took a third of all time.
          isolate: false,
          // A limit against hanging, and no measure: on a busy machine tests of a few seconds took 35.
          testTimeout: 90_000,
          hookTimeout: 90_000,
        },
      },
      {
        plugins: [
          cloudflareTest(({ inject }) => ({
            main: inject("workerBundle"),
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              bindings: workerBindings(makeSecrets(), { ...inWorkerd, databaseUrl: inject("sqldUrl") }),
              workers: [inject("mcpWorker")],
            },
          })),
        ],
        test: {
          name: "workers",
          include: ["test/worker/**/*.test.ts"],
          globalSetup: ["test/support/workers-database-setup.ts", "test/support/bundle-setup.ts"],
          sequence: { groupOrder: 1 },
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: "e2e",
          // The second run of `npm run test:all` has only what `npm test` leaves out.
          ...(ALL_TESTS ? { include: LONG } : { include: ["test/e2e/**/*.test.ts"], exclude: LONG }),
          fileParallelism: false,
          // Last and alone: what is timed here shares the machine with nothing else.
          sequence: { groupOrder: 2 },
          testTimeout: 320_000,
          hookTimeout: 160_000,
        },
      },
    ],
  },
});
