// The API of notices: a service lists the notices to MaraPlace, and has them sent again.
import { expect, test } from "vitest";
import { OPERATIONS } from "../../src/app.ts";
import type { NoticeKind } from "../../src/domain/notice.ts";
import { documentOf } from "../../src/routes/document.ts";
import { NOTICE_BODIES, NOTICE_KINDS } from "../../src/routes/notices-wire.ts";
import { apiOf } from "../http/api.ts";
import { about, deliveredNotice, stored } from "../notices/notice-rows.ts";
import { useOwnDatabase } from "../support/own-database.ts";
import { createWorld } from "../support/world.ts";

const databaseUrl = useOwnDatabase();

const HOUR = 3_600_000;
const text = (at: number) => new Date(at).toISOString();

async function withNotices() {
  const world = createWorld({ databaseUrl: databaseUrl(), notices: true });
  const service = apiOf(world, await world.token("service"));
  await deliveredNotice(world, ["b-1", "b-1", "b-2"]);
  await deliveredNotice(world, ["b-1"], "agent-else");
  await world.cron();
  return { world, service };
}

test("agents and strangers see and replay nothing", async () => {
  const { world } = await withNotices();
  const agent = apiOf(world, await world.token("agent"));
  const [notice] = await stored(world);
  const refused = [
    await agent("listNotices"),
    await agent("replayNotice", { params: { id: String(notice?.id) } }),
    await agent("replayNotices", { body: { since: "2026-03-01T00:00:00Z" } }),
  ];
  for (const { status, body } of refused) expect([status, body.code]).toEqual([403, "forbidden"]);
  await world.drain();
  expect(world.maraplace.arrivals).toHaveLength(4);
});

test("notices are listed in order, page by page, and as they were sent", async () => {
  const { world, service } = await withNotices();
  const { body: first } = await service("listNotices", { query: { limit: "3" } });
  expect(first).toMatchObject({ receiver: "active", disabledAt: null });
  expect(about(first.notices)).toEqual(["b-1", "b-1", "b-2"]);
  const { body: last } = await service("listNotices", { query: { limit: "3", cursor: first.nextCursor } });
  expect(last.notices).toMatchObject([{ agentId: "agent-else", state: "sent", attempts: 1, reason: null }]);
  expect(last.nextCursor).toBeNull();
  const sent = world.maraplace.arrivals.find(({ id }) => id === first.notices[0].id);
  expect(first.notices[0]).toMatchObject({ type: sent?.type, data: sent?.data, createdAt: sent?.timestamp });
});

test("notices are listed by agent, state and type", async () => {
  const { world, service } = await withNotices();
  world.maraplace.react({ status: 500 });
  await deliveredNotice(world, ["b-3"]);
  await world.cron();
  const listed = async (query: Record<string, string>) => {
    const { body } = await service("listNotices", { query });
    return about(body.notices);
  };
  expect(await listed({ agentId: "agent-else" })).toEqual(["b-1"]);
  expect(await listed({ state: "pending" })).toEqual(["b-3"]);
  expect(await listed({ type: "booking.conflict" })).toEqual([]);
  expect(await listed({ type: "booking.delivered", agentId: world.agentId, state: "sent" })).toHaveLength(3);
  const { body } = await service("listNotices", { query: { state: "pending" } });
  expect(body.notices[0]).toMatchObject({ reason: "http_500", nextAttemptAt: expect.any(String) });
});

test("without an address there is no receiver, and nothing is sent by a replay", async () => {
  const world = createWorld({ databaseUrl: databaseUrl() });
  const service = apiOf(world, await world.token("service"));
  await deliveredNotice(world, ["b-1"]);
  expect((await service("listNotices")).body).toMatchObject({ receiver: "none" });
  expect((await service("replayNotices", { body: { since: "2026-03-01T00:00:00Z" } })).status).toBe(202);
  expect(world.jobs).toEqual({ urgent: [], background: [] });
});

test("a notice is sent again under its id, in whatever state it is", async () => {
  const { world, service } = await withNotices();
  const [notice] = await stored(world);
  const id = String(notice?.id);
  const answer = await service("replayNotice", { params: { id } });
  expect(answer).toMatchObject({ status: 202, body: { id, state: "pending", attempts: 0 } });
  await world.drain();
  expect(world.maraplace.arrivals.filter((arrival) => arrival.id === id)).toHaveLength(2);
  await world.query("UPDATE notices SET state = 'failed', attempts = 10 WHERE id = ?", [id]);
  await service("replayNotice", { params: { id } });
  await world.drain();
  expect(world.maraplace.arrivals.filter((arrival) => arrival.id === id)).toHaveLength(3);
  expect((await stored(world))[0]).toMatchObject({ id, state: "sent", attempts: 1 });
  expect(world.maraplace.faults).toEqual([]);
});

test("an unknown notice can't be replayed, and asks no disabled receiver again", async () => {
  const { world, service } = await withNotices();
  world.maraplace.react({ status: 410 });
  await deliveredNotice(world, ["b-9"]);
  await world.cron();
  expect((await service("replayNotice", { params: { id: "ntc_none" } })).body.code).toBe("notice_not_found");
  expect((await service("listNotices")).body).toMatchObject({
    receiver: "disabled",
    disabledAt: expect.any(String),
  });
});

test("all notices since a time are sent again, in order, of one agent or of all", async () => {
  const { world, service } = await withNotices();
  world.advance(HOUR);
  const since = text(world.deps.now());
  await deliveredNotice(world, ["b-5", "b-5"]);
  await deliveredNotice(world, ["b-6"], "agent-else");
  await world.cron();
  const before = world.maraplace.arrivals.length;
  const replay = async (body: Record<string, unknown>) => {
    const answer = await service("replayNotices", { body });
    await world.drain();
    return answer.body.replayed;
  };
  expect(await replay({ since, agentId: world.agentId })).toBe(2);
  const again = world.maraplace.arrivals.slice(before);
  expect(again.map(({ id }) => id)).toEqual((await stored(world)).slice(4, 6).map(({ id }) => id));
  expect(await replay({ since })).toBe(3);
  expect(await replay({ since: text(world.deps.now() - 2 * HOUR) })).toBe(7);
  expect(world.maraplace.taken()).toHaveLength(7);
  expect(world.maraplace.arrivals).toHaveLength(before + 2 + 3 + 7);
});

test("a receiver that wanted no more gets every notice once a replay has it asked again", async () => {
  const { world, service } = await withNotices();
  world.maraplace.react({ status: 410 });
  await deliveredNotice(world, ["b-7", "b-7", "b-8"]);
  await world.cron();
  world.maraplace.react({ status: 200 });
  await world.cron();
  expect(world.maraplace.taken()).toHaveLength(4);
  const waiting = (await stored(world)).filter(({ state }) => state === "pending");
  expect(waiting).toHaveLength(3);
  await service("replayNotice", { params: { id: String(waiting[2]?.id) } });
  await world.drain();
  expect(world.maraplace.taken()).toHaveLength(7);
  const ofOne = world.maraplace.arrivals.filter(({ taken, data }) => taken && data["bookingId"] === "b-7");
  expect(ofOne.map(({ id }) => id)).toEqual(waiting.slice(0, 2).map(({ id }) => id));
  expect((await service("listNotices")).body).toMatchObject({ receiver: "active", disabledAt: null });
});

test("the OpenAPI document describes every kind of notice, by the schemas that the sent ones match", () => {
  const { webhooks, components } = documentOf(OPERATIONS, "https://calendar.test");
  expect(Object.keys(webhooks)).toEqual(NOTICE_KINDS);
  for (const kind of NOTICE_KINDS) {
    const name = webhooks[kind]?.post.requestBody.content["application/json"].schema.$ref?.split("/").at(-1);
    const described = components.schemas[name ?? ""];
    expect(described?.properties?.["type"], kind).toMatchObject({ const: kind });
    expect(described?.required, kind).toEqual(["type", "timestamp", "data"]);
  }
});

test("bodies with more than is documented, or less, are no notices", () => {
  const body = (data: Record<string, unknown>) => ({
    type: "booking.delivered" satisfies NoticeKind,
    timestamp: "2026-03-01T00:00:00.000Z",
    data: { agentId: "a", bookingId: "b", revision: 1, state: "confirmed", ...data },
  });
  const accepts = (value: unknown) => NOTICE_BODIES["booking.delivered"].safeParse(value).success;
  expect(accepts(body({}))).toBe(true);
  expect(accepts(body({ title: "Talk" }))).toBe(false);
  expect(accepts(body({ revision: undefined }))).toBe(false);
});
