// Ids: "." and ".." name another path wherever they become a part of one, so no operation takes them.
import { describe, expect, test } from "vitest";
import { OPERATIONS } from "../../src/app.ts";
import { createClosedWorld, operatorCookie, sessionCookie, token } from "./closed-world.ts";
import { requestOf } from "./every-operation.ts";
import { SAMPLES } from "./samples.ts";
import { textFieldsOf, withText } from "./text-fields.ts";

/** In a path browsers and servers take them away, so they never arrive there. */
// A message of the Model Context Protocol has an id that is no part of any path; those of its tools are the operations'.
const FIELDS = OPERATIONS.filter(({ id }) => id !== "mcp").flatMap((declared) =>
  textFieldsOf(declared)
    .filter(({ part, path }) => part !== "params" && /(?:^id|Id)$/.test(path.at(-1) ?? ""))
    .map((field) => ({ id: declared.id, at: `${field.part}.${field.path.join(".")}`, declared, field })),
);

test("every kind of id is among them", () => {
  const named = new Set(FIELDS.map(({ field }) => field.path.at(-1)));
  for (const name of ["agentId", "accountId", "calendarId", "bookingId", "holdId"])
    expect(named).toContain(name);
});

describe('The ids "." and ".."', () => {
  test.each(FIELDS)("are refused by $id in $at", async ({ declared, field }) => {
    for (const dots of [".", ".."]) {
      const world = createClosedWorld();
      const headers = {
        authorization: `Bearer ${await token()}`,
        ...(declared.access === "operator" && { cookie: await operatorCookie(world.deps) }),
        ...(declared.access === "session" && { cookie: await sessionCookie(world.deps, "agent-1") }),
      };
      const sample = withText(SAMPLES[declared.id] ?? {}, field, dots);
      const answer = await world.app.request(requestOf(declared, sample, headers));
      expect(answer.status).toBe(400);
      expect(world.touched).toEqual([]);
    }
  });
});
