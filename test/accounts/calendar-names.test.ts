// Calendar names: whatever a provider sends as a name, the calendar can be connected and listed.
import { expect, test } from "vitest";
import { listConnections } from "../../src/accounts/connections.ts";
import { createWorld } from "../support/world.ts";

/** A world whose providers' answers have one text in place of another. */
const worldWith = (pattern: RegExp, replacement: string) =>
  createWorld({
    fetch: (inner) => async (input, init) => {
      const answer = await inner(input, init);
      if (answer.body === null) return answer;
      const text = (await answer.text()).replaceAll(pattern, replacement);
      return new Response(text, { status: answer.status, headers: answer.headers });
    },
  });

test.each([
  ["Google", "GOOGLE", /(?<="summary":")[^"]*/g],
  ["Outlook.com", "OUTLOOK", /(?<="name":")Calendar/g],
  ["Office 365", "OFFICE365", /(?<="name":")Calendar/g],
  ["iCloud", "APPLE", />Work</g],
  ["a CalDAV server", "CALDAV", />Work</g],
] as const)(
  "NUL and half a character in a calendar's name at %s don't keep it from being connected",
  async (_, provider, name) => {
    const isDav = provider === "APPLE" || provider === "CALDAV";
    const world = worldWith(name, isDav ? ">Ho&#0;me &#xD83D;<" : "Ho\\u0000me \\ud83d");
    await (isDav ? world.connectByPassword({ provider }) : world.connect({ provider }));
    const connections = await listConnections(world.deps, { agentId: world.agentId });
    expect(connections.map((connection) => connection.name)).toEqual(["Home \ufffd"]);
  },
);
