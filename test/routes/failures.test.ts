// The list of failures over HTTP, and their retries.
import { beforeEach, describe, expect, test } from "vitest";
import { recordDeadLetters } from "../../src/dead-letters/record.ts";
import { type Api, connected } from "../http/api.ts";
import { useOwnDatabase } from "../support/own-database.ts";
import { createWorld, type World } from "../support/world.ts";

const databaseUrl = useOwnDatabase();
const SLOT = { start: "2026-03-03T14:00:00Z", end: "2026-03-03T15:00:00Z" };

let world: World;
let agent: Api;
let service: Api;
let stranger: Api;
let connectionId: string;

beforeEach(async () => {
  world = createWorld({ databaseUrl: databaseUrl() });
  ({ agent, service, stranger, connectionId } = await connected(world));
  world.google.knobs.set("cal.role", "reader", { calendar: world.email });
  await agent("createBooking", { body: { bookingId: "booking-1", title: "canary-title", ...SLOT } });
  await recordDeadLetters(world.deps, {
    lane: "background",
    messages: [
      { id: "m-1", body: { kind: "pull", connectionId } },
      { id: "m-2", body: null },
    ],
  });
  await world.query(
    `INSERT INTO notices (id, agent_id, kind, subject, data, state, attempts, next_attempt_at, lease_until,
       failure_code, created_at, updated_at)
     VALUES ('ntc_1', ?, 'booking.delivered', 'booking:booking-1', '{}', 'failed', 9, 0, 0, '500', 5, 5)`,
    [world.agentId],
  );
});

type Wire = { id: string; kind: string };

const kinds = (failures: readonly Wire[]) => failures.map(({ kind }) => kind).sort();

describe("GET /failures", () => {
  test("shows an agent their own, each with its details", async () => {
    const { body } = await agent("listFailures");
    expect(body.nextCursor).toBeNull();
    expect(body.failures).toHaveLength(3);
    expect(body.failures).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          kind: "delivery",
          agentId: world.agentId,
          connectionId,
          bookingId: "booking-1",
          revision: 1,
          reason: expect.any(String),
        }),
        expect.objectContaining({ kind: "job", lane: "background", job: { kind: "pull", connectionId } }),
        expect.objectContaining({
          kind: "notice",
          noticeId: "ntc_1",
          notice: "booking.delivered",
          subject: "booking:booking-1",
          reason: "500",
          failedAt: "1970-01-01T00:00:00.005Z",
        }),
      ]),
    );
    expect(JSON.stringify(body)).not.toContain("canary");
  });

  test("shows a service everybody's and nobody's, or one agent's", async () => {
    const all = (await service("listFailures")).body.failures;
    expect(kinds(all)).toEqual(["delivery", "job", "job", "notice"]);
    const one = (await service("listFailures", { query: { agentId: world.agentId } })).body.failures;
    expect(kinds(one)).toEqual(["delivery", "job", "notice"]);
    expect((await service("listFailures", { query: { agentId: "nobody" } })).body.failures).toEqual([]);
  });

  test("P8: shows a stranger nothing, and lets them ask for nobody else", async () => {
    expect((await stranger("listFailures")).body.failures).toEqual([]);
    const asked = await stranger("listFailures", { query: { agentId: world.agentId } });
    expect(asked.body).toMatchObject({ status: 403, code: "forbidden" });
  });

  test("goes page by page, newest first", async () => {
    const seen: Wire[] = [];
    let query: Record<string, string> = { limit: "1" };
    for (let page = 0; page < 4; page += 1) {
      const { body } = await service("listFailures", { query });
      seen.push(...body.failures);
      query = { limit: "1", cursor: body.nextCursor ?? "" };
    }
    expect(query["cursor"]).toBe("");
    expect(seen).toEqual((await service("listFailures")).body.failures);
  });

  test.each([{ limit: "0" }, { limit: "201" }, { limit: "x" }, { cursor: "x" }, { cursor: "" }])(
    "refuses %j",
    async (query) => {
      const refused = await agent("listFailures", { query });
      expect(refused.body).toMatchObject({ status: 400, code: "invalid_request" });
    },
  );
});

describe("POST /failures/:id/retry", () => {
  const retry = (id: string, api = agent) => api("retryFailure", { params: { id } });

  test("P3: tries each again, and the list grows shorter by it", async () => {
    world.google.knobs.clear();
    const { body } = await service("listFailures");
    for (const { id } of body.failures) expect((await retry(id, service)).status).toBe(202);
    expect((await service("listFailures")).body.failures).toEqual([]);
    expect(world.jobs.background).toContainEqual({ kind: "pull", connectionId });
    expect(world.jobs.urgent).toContainEqual({ kind: "deliver", connectionId, bookingId: "booking-1" });
  });

  test("P8: another agent's failure is not found, like one that doesn't exist", async () => {
    const { body } = await service("listFailures");
    for (const { id } of body.failures) {
      expect((await retry(id, stranger)).body).toMatchObject({ status: 404, code: "failure_not_found" });
    }
    expect((await retry("nothing")).body).toMatchObject({ status: 404, code: "failure_not_found" });
    expect((await service("listFailures")).body).toEqual(body);
  });
});
