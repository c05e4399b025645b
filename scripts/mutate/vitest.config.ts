// The tests for mutants: in Node alone, without the Worker's bundle, so that each of many runs starts at once.
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { inProcessUrl } from "../../test/support/in-process-database.ts";

/** Runs the files in the order of the command line, so that the surest test of a mutant comes first. */
class InGivenOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) =>
      process.argv.findIndex((word) => moduleId.endsWith(word));
    return files.toSorted((a, b) => place(a) - place(b));
  }
}

export default defineConfig({
  cacheDir: ".vitest",
  test: {
    include: ["test/**/*.test.ts"],
    // One file at a time, because the first failure decides, and other mutants have the other cores.
    fileParallelism: false,
    sequence: { sequencer: InGivenOrder },
    // As in `npm test`: on a busy machine tests of a few seconds took 35, and the unchanged tests must pass.
    testTimeout: 90_000,
    hookTimeout: 90_000,
    provide: { sqldUrl: inProcessUrl("shared"), ownDatabaseUrls: [inProcessUrl("own")] },
  },
});
