// Shared subscription: two agents share one mailbox at Microsoft, and Graph keeps one subscription for both (M35).
import { expect, test } from "vitest";
import { finishConsent, startConsent } from "../../src/accounts/consent.ts";
import { disconnect } from "../../src/accounts/disconnect.ts";
import { useOwnDatabase } from "../support/own-database.ts";
import { createWorld, type World } from "../support/world.ts";

const databaseUrl = useOwnDatabase();

async function connectAs(world: World, agentId: string): Promise<string> {
  const wanted = { agentId, provider: "OFFICE365" as const, returnTo: null, accountId: null };
  const started = await startConsent(world.deps, wanted);
  const callback = new URL(world.microsoft.consent(started.authorizationUrl, { user: world.workEmail }));
  const { connectionIds } = await finishConsent(world.deps, {
    provider: "OFFICE365",
    code: callback.searchParams.get("code"),
    state: callback.searchParams.get("state"),
    error: null,
    sealedState: started.sealedState,
  });
  await world.drain();
  return connectionIds[0] ?? "";
}

const busyOf = async (world: World, connectionId: string) =>
  (
    await world.query(
      "SELECT 1 FROM busy WHERE connection_number = (SELECT number FROM connections WHERE id = ?)",
      [connectionId],
    )
  ).length;

function addMeeting(world: World, hour: string): void {
  const time = (clock: string) => ({ dateTime: `2026-03-03T${clock}:00`, timeZone: "UTC" });
  world.microsoft.addEvent(world.microsoft.calendarId(world.workEmail), {
    subject: "Canary subject",
    start: time(`${hour}:00`),
    end: time(`${hour}:30`),
  });
}

test("M35: a notification of the one subscription reaches both agents at once, without a poll", async () => {
  const world = createWorld({ databaseUrl: databaseUrl() });
  const first = await connectAs(world, `${world.agentId}-1`);
  const second = await connectAs(world, `${world.agentId}-2`);
  expect(world.microsoft.subscriptions()).toHaveLength(1);
  addMeeting(world, "10");
  await world.drain();
  expect([await busyOf(world, first), await busyOf(world, second)]).toEqual([1, 1]);
});

test("M35: when the agent who owns the subscription leaves, the other agent's is opened within a minute", async () => {
  const world = createWorld({ databaseUrl: databaseUrl() });
  const first = await connectAs(world, `${world.agentId}-1`);
  const second = await connectAs(world, `${world.agentId}-2`);
  await disconnect(world.deps, { ownedBy: null, connectionId: second });
  await world.drain();
  await world.cron();
  expect(world.microsoft.subscriptions()).toHaveLength(1);
  addMeeting(world, "11");
  await world.drain();
  expect(await busyOf(world, first)).toBe(1);
});
