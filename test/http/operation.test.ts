// Paths of operations: each parameter gets its value, or the error names the one that has none.
import { expect, test } from "vitest";
import { filledPath } from "../../src/http/operation.ts";

test("a path gets its values as they may stand in an address", () => {
  expect(filledPath("/agents/:agentId/feeds/:feedId", { agentId: "a/b", feedId: 7 })).toBe(
    "/agents/a%2Fb/feeds/7",
  );
});

test.each([{}, { feedId: undefined }])("a path without a value for a parameter is no path: %j", (values) => {
  expect(() => filledPath("/feeds/:feedId", values)).toThrow("feedId");
});
