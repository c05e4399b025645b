// Push channels of simulated Google (`docs/providers/google.md` A.8, A.9).
import { describe, expect, it } from "vitest";
import type { Json } from "../shared/rig.ts";
import { ANA, type Caller, connect, createRig, EVENTS, type Rig, reason, timed } from "./rig.ts";

const CHANNEL = {
  id: "channel-1",
  type: "web_hook",
  address: "https://sync.example.org/hook",
  token: "secret",
};
const HOLIDAYS = `/calendars/${encodeURIComponent("en.lisbon#holiday@group.v.calendar.google.com")}/events`;

async function prepared(
  options = {},
): Promise<{ rig: Rig; caller: Caller; watch: (change?: Json) => Promise<Json> }> {
  const rig = createRig(options);
  const caller = await connect(rig);
  const watch = async (change: Json = {}) =>
    (await caller.call("POST", `${EVENTS}/watch`, { ...CHANNEL, ...change })).body;
  return { rig, caller, watch };
}

const change = (rig: Rig) => rig.google.addEvent(ANA, timed("2026-03-10T09:00:00Z"));
const states = (rig: Rig) => rig.received.map((headers) => headers.get("x-goog-resource-state"));

describe("watch", () => {
  it.each([
    ["G28: an id used before", { id: "used" }, "channelIdNotUnique"],
    ["G29: plain http", { address: "http://sync.example.org/hook" }, "push.webhookUrlNotHttps"],
    ["a missing id", { id: undefined }, "required"],
    ["a missing address", { address: undefined }, "required"],
    ["a long token", { token: "x".repeat(257) }, "invalid"],
    ["an unknown field", { colour: "red" }, "badRequest"],
    ["an end in the past", { expiration: "1" }, "invalid"],
  ])("refuses %s", async (_, wrong, expected) => {
    const { caller, watch } = await prepared();
    await watch({ id: "used" });
    const answer = await caller.call("POST", `${EVENTS}/watch`, { ...CHANNEL, ...wrong });
    expect([answer.status, reason(answer)]).toEqual([400, expected]);
  });

  it("G27: refuses calendars that can't be watched", async () => {
    const { caller } = await prepared();
    const answer = await caller.call("POST", `${HOLIDAYS}/watch`, CHANNEL);
    expect([answer.status, reason(answer)]).toEqual([400, "pushNotSupportedForRequestedResource"]);
  });

  it("G31: lasts a week by default, thirty days at most, or what the server allows", async () => {
    const { rig, watch } = await prepared();
    const days = (body: Json) => (Number(body["expiration"]) - rig.clock.now) / 86_400_000;
    expect(days(await watch())).toBe(7);
    expect(days(await watch({ id: "b", params: { ttl: "99999999" } }))).toBe(30);
    rig.google.knobs.set("watch.maxTtl", 3_600);
    expect(days(await watch({ id: "c" }))).toBe(1 / 24);
  });

  it("takes http on this machine for a demo that says so", async () => {
    const { watch } = await prepared({ allowHttpWebhooks: true });
    expect(await watch({ address: "http://127.0.0.1:8787/hook" })).toHaveProperty("resourceId");
    expect(await watch({ id: "b", address: "http://example.org/hook" })).toHaveProperty("error");
  });

  it("names the same resource for two channels of one calendar", async () => {
    const { watch } = await prepared();
    expect((await watch())["resourceId"]).toBe((await watch({ id: "b" }))["resourceId"]);
  });
});

describe("notifications", () => {
  it("begin with sync after the answer, or before it (G35)", async () => {
    const { rig, watch } = await prepared();
    await watch();
    expect(states(rig)).toEqual([]);
    await rig.google.flush();
    rig.google.knobs.set("push.syncFirst", true, { times: 1 });
    await watch({ id: "b" });
    expect(states(rig)).toEqual(["sync", "sync"]);
  });

  it("come for every change, the client's own too, with rising numbers", async () => {
    const { rig, caller, watch } = await prepared();
    await watch();
    change(rig);
    await caller.call("POST", EVENTS, timed("2026-03-11T09:00:00Z"));
    await rig.google.flush();
    const numbers = rig.received.map((headers) => Number(headers.get("x-goog-message-number")));
    expect(states(rig)).toEqual(["sync", "exists", "exists"]);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(new Set(numbers).size).toBe(3);
  });

  it("are tried again after 503, with growing pauses, and never after 400", async () => {
    const { rig, watch } = await prepared();
    await watch();
    await rig.google.flush();
    rig.webhook.status = 503;
    change(rig);
    expect(await rig.google.flush()).toBe(1);
    expect(await rig.google.flush()).toBe(0);
    rig.clock.now += 1_000;
    expect(await rig.google.flush()).toBe(1);
    rig.webhook.status = 400;
    rig.clock.now += 2_000;
    expect(await rig.google.flush()).toBe(1);
    rig.clock.now += 3_600_000;
    expect(await rig.google.flush()).toBe(0);
    expect(rig.google.deliveries.map(({ status }) => status)).toEqual([204, 503, 503, 400]);
  });

  it("G36: are dropped, doubled and delayed by knobs", async () => {
    const { rig, watch } = await prepared();
    await watch();
    await rig.google.flush();
    rig.google.knobs.set("push.drop", true, { times: 1 });
    rig.google.knobs.set("push.dup", true, { times: 1 });
    rig.google.knobs.set("push.delay", 60_000, { times: 1 });
    change(rig);
    expect(await rig.google.flush()).toBe(0);
    change(rig);
    expect(await rig.google.flush()).toBe(0);
    rig.clock.now += 60_000;
    expect(await rig.google.flush()).toBe(2);
  });

  it("G33, G34: come with forged ones", async () => {
    const { rig, watch } = await prepared();
    await watch();
    rig.google.knobs.set("push.orphan", true, { times: 1 });
    rig.google.knobs.set("push.badToken", true, { times: 1 });
    change(rig);
    await rig.google.flush();
    const seen = rig.received.map((headers) => [
      headers.get("x-goog-channel-id"),
      headers.get("x-goog-channel-token"),
    ]);
    expect(seen).toEqual([
      ["channel-1", "secret"],
      [expect.stringMatching(/^orphan-/), "secret"],
      ["channel-1", "forged"],
      ["channel-1", "secret"],
    ]);
  });

  it("end with the channel: stopped, expired or revoked, but may come late (G36)", async () => {
    const { rig, caller, watch } = await prepared();
    const { resourceId } = await watch();
    await rig.google.flush();
    expect((await caller.call("POST", "/channels/stop", { id: "channel-1", resourceId })).status).toBe(204);
    change(rig);
    expect(await rig.google.flush()).toBe(0);
    rig.google.knobs.set("push.afterStop", true, { times: 1 });
    change(rig);
    expect(await rig.google.flush()).toBe(1);
    await watch({ id: "b" });
    await rig.google.flush();
    rig.google.expireChannel("b");
    change(rig);
    expect(await rig.google.flush()).toBe(0);
  });

  it("G32: a channel is stopped by its own user and client only", async () => {
    const { rig, watch } = await prepared();
    const { resourceId } = await watch();
    rig.google.addUser({ email: "bo@example.com", timeZone: "UTC" });
    const other = await connect(rig, "bo@example.com");
    expect((await other.call("POST", "/channels/stop", { id: "channel-1", resourceId })).status).toBe(404);
  });
});
