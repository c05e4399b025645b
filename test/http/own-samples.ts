// Own samples: the sample requests with the ids of things that really are there, for tests that go beyond refusals.
import { recordDeadLetters } from "../../src/dead-letters/record.ts";
import type { World } from "../support/world.ts";
import { connected } from "./api.ts";
import type { Sample } from "./samples.ts";

/** Real ids by the word that stands for each in the samples. */
export type RealIds = Readonly<Record<string, string>>;

/** Texts of the furnished agent, that nobody else may ever see. */
const CANARIES = {
  title: "canary-booking-title",
  description: "canary-booking-description",
  location: "canary-booking-location",
  clientName: "Canary Client",
  clientEmail: "canary-client@mail.example",
} as const;

/** Gives the world's agent one of everything. Returns the ids, and what their answers may show to nobody else. */
export async function furnished(world: World): Promise<{ ids: RealIds; secrets: readonly string[] }> {
  const { accountId, connectionId, service } = await connected(world);
  const { agentId } = world;
  const slot = { start: "2026-03-05T10:00:00Z", end: "2026-03-05T11:00:00Z" };
  const held = { start: "2026-03-05T12:00:00Z", end: "2026-03-05T13:00:00Z" };
  const bookingId = `booking-of-${agentId}`;
  const holdId = `hold-of-${agentId}`;
  const groupId = `group-of-${agentId}`;
  const made = [
    await service("createBooking", { body: { agentId, bookingId, groupId, ...CANARIES, ...slot } }),
    await service("placeHold", { body: { agentId, holdId, minutes: 60, ...held } }),
  ];
  for (const { status } of made)
    if (status >= 300) throw new Error(`the agent can't be furnished: ${status}`);
  await world.drain();
  await recordDeadLetters(world.deps, {
    lane: "background",
    messages: [{ id: `message-of-${agentId}`, body: { kind: "pull", connectionId } }],
  });
  const feed = await service("createFeed", { body: { agentId } });
  const noticeId = `ntc_${agentId}`;
  await world.query(
    `INSERT INTO notices (id, agent_id, kind, subject, data, state, attempts, next_attempt_at, lease_until,
       failure_code, created_at, updated_at)
     VALUES (?, ?, 'booking.delivered', ?, '{}', 'failed', 9, 0, 0, '500', 5, 5)`,
    [noticeId, agentId, `booking:${bookingId}`],
  );
  await world.query(
    `INSERT INTO unreadable_objects (connection_id, object_key, version, reason, extent, generation, first_seen_at)
     VALUES (?, 'canary-object', '1', 'broken_end', 'unknown', 1, 5)`,
    [connectionId],
  );
  const failures = await service("listFailures", { query: { agentId } });
  const failureId = (failures.body.failures as { id: string; kind: string }[]).find(
    ({ kind }) => kind === "job",
  )?.id;
  if (failureId === undefined) throw new Error("the agent has no failure");
  const ids = {
    "agent-1": agentId,
    "account-1": accountId,
    "connection-1": connectionId,
    "calendar-1": world.email,
    "booking-1": bookingId,
    "hold-1": holdId,
    "group-1": groupId,
    "feed-1": String(feed.body.feed.id),
    "failure-1": failureId,
    ntc_1: noticeId,
  };
  const secrets = [...Object.values(ids), ...Object.values(CANARIES), "canary-object"];
  return { ids, secrets };
}

function replaced(value: unknown, ids: RealIds): unknown {
  if (typeof value === "string") return ids[value] ?? value;
  if (Array.isArray(value)) return value.map((item) => replaced(item, ids));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, replaced(inner, ids)]));
}

/** The sample about these things. */
export const sampleOf = (sample: Sample, ids: RealIds): Sample => replaced(sample, ids) as Sample;
