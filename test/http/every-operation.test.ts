import { describe, expect, test } from "vitest";
import { OPERATIONS } from "../../src/app.ts";
import { commonBehaviour } from "./every-operation.ts";
import { SAMPLES } from "./samples.ts";

test("every operation has a sample request", () => {
  expect(Object.keys(SAMPLES).sort()).toEqual(OPERATIONS.map(({ id }) => id).sort());
});

describe.each(OPERATIONS)("$method $path", (declared) => {
  commonBehaviour(declared, SAMPLES[declared.id] ?? {});
});
