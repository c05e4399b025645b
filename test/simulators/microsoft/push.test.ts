// Subscriptions and notifications of simulated Graph (`docs/providers/microsoft.md` B.7).
import { describe, expect, it } from "vitest";
import type { Json } from "../shared/rig.ts";
import {
  ANA,
  BO,
  type Caller,
  code,
  connect,
  createRig,
  type Rig,
  rows,
  subscription,
  timed,
} from "./rig.ts";

const MINUTE = 60_000;
const HOST = "sync.example.org";

interface Prepared {
  readonly rig: Rig;
  readonly caller: Caller;
  readonly subscribe: (change?: Json) => ReturnType<Caller["call"]>;
  readonly change: () => void;
}

async function prepared(user = ANA, options: Parameters<typeof createRig>[0] = {}): Promise<Prepared> {
  const rig = createRig(options);
  const caller = await connect(rig, user);
  return {
    rig,
    caller,
    subscribe: (change = {}) => caller.call("POST", "/subscriptions", subscription(caller, change)),
    change: () => void rig.microsoft.addEvent(caller.calendarId, timed("2026-03-10T09:00:00")),
  };
}

const inMinutes = (minutes: number) =>
  new Date(Date.parse("2026-03-01T10:00:00Z") + minutes * MINUTE).toISOString();
const entries = (rig: Rig): Json[] => rig.received.flatMap(({ body }) => (body["value"] ?? []) as Json[]);
const message = (body: Json) => String((body["error"] as Json)["message"]);

describe("subscribing", () => {
  it.each([
    ["an unknown field", { colour: "red" }, "InvalidRequest"],
    ["an unknown change", { changeType: "created,moved" }, "InvalidRequest"],
    ["plain http", { notificationUrl: "http://sync.example.org/hook" }, "InvalidRequest"],
    ["a plain lifecycle address", { lifecycleNotificationUrl: "http://sync.example.org/" }, "InvalidRequest"],
    ["a long clientState", { clientState: "x".repeat(129) }, "InvalidRequest"],
    ["another resource", { resource: "/me/messages" }, "InvalidRequest"],
    ["a whole URL as resource", { resource: "https://graph.microsoft.com/v1.0/me/events" }, "InvalidRequest"],
    ["another person's events", { resource: "/users/bo@outlook.example/events" }, "InvalidRequest"],
    ["an end in the past", { expirationDateTime: inMinutes(-1) }, "InvalidRequest"],
    ["more than 10,070 minutes", { expirationDateTime: inMinutes(10_071) }, "ExtensionError"],
  ])("refuses %s", async (_, change, expected) => {
    const answer = await (await prepared()).subscribe(change);
    expect([answer.status, code(answer)]).toEqual([400, expected]);
  });

  it("M34: says how many minutes it takes, and raises less than 45", async () => {
    const { rig, subscribe } = await prepared();
    rig.microsoft.knobs.set("sub.maxMinutes", 4230, { times: 1 });
    expect(message((await subscribe()).body)).toContain("can only be 4230 minutes in the future");
    const short = await subscribe({ expirationDateTime: inMinutes(5) });
    expect(short.body["expirationDateTime"]).toBe(inMinutes(45).replace(".000Z", "Z"));
  });

  it("M35: names the id of a duplicate; another change type or person makes no duplicate", async () => {
    const { rig, subscribe } = await prepared();
    const first = await subscribe();
    const twin = await subscribe({ changeType: "updated,created,deleted" });
    expect([twin.status, code(twin)]).toEqual([409, "ObjectIdentifierInUse"]);
    expect(message(twin.body)).toContain(`Subscription Id ${first.body["id"]} already exists`);
    expect((await subscribe({ changeType: "deleted" })).status).toBe(201);
    expect((await subscribe({ resource: "/me/events" })).status).toBe(201);
    const bo = await connect(rig, BO);
    const other = await bo.call("POST", "/subscriptions", subscription(bo, { resource: "/me/events" }));
    expect(other.status).toBe(201);
  });

  it.each([
    ["M33", "sub.validationFail", true, 400, "ValidationError"],
    ["M36", "sub.cap", true, 403, "ExtensionError"],
    ["G 12", "sub.noCalendarResource", true, 400, "ExtensionError"],
    ["M26", "cal.gone", true, 404, "ResourceNotFound"],
  ] as const)("%s: %s fails once, then works", async (_, name, value, status, expected) => {
    const { rig, subscribe } = await prepared();
    rig.microsoft.knobs.set(name, value as never, { times: 1 });
    const answer = await subscribe();
    expect([answer.status, code(answer)]).toEqual([status, expected]);
    expect((await subscribe()).status).toBe(201);
  });

  it("is refused on calendars that others share", async () => {
    const { rig, subscribe } = await prepared();
    const shared = rig.microsoft.addCalendar({ user: ANA, name: "Team", sharedBy: "cy@contoso.example" });
    const answer = await subscribe({ resource: `/me/calendars/${shared.id}/events` });
    expect([answer.status, code(answer)]).toEqual([403, "ExtensionError"]);
  });

  it.each([
    ["the wrong text", () => new Response("token", { headers: { "content-type": "text/plain" } })],
    [
      "the right text as HTML",
      (token: string) => new Response(token, { headers: { "content-type": "text/html" } }),
    ],
    [
      "the token still encoded",
      (token: string) =>
        new Response(encodeURIComponent(token), { headers: { "content-type": "text/plain" } }),
    ],
    [
      "202",
      (token: string) => new Response(token, { status: 202, headers: { "content-type": "text/plain" } }),
    ],
  ])("needs the exact token back: not %s", async (_, answer) => {
    const rig = createRig({
      deliver: async (request) => answer(new URL(request.url).searchParams.get("validationToken") ?? ""),
    });
    const caller = await connect(rig);
    expect(code(await caller.call("POST", "/subscriptions", subscription(caller)))).toBe("ValidationError");
  });

  it("M39: needs the token within ten seconds, from both addresses, and again when an address changes", async () => {
    const { rig, caller, subscribe } = await prepared();
    rig.webhook.tookMs = 10_001;
    expect((await subscribe()).status).toBe(400);
    rig.webhook.tookMs = 9_000;
    const { body } = await subscribe();
    expect(rig.microsoft.deliveries.filter(({ status }) => status === 200)).toHaveLength(2);
    rig.webhook.validates = false;
    const path = `/subscriptions/${body["id"]}`;
    const moved = await caller.call("PATCH", path, { notificationUrl: "https://sync.example.org/other" });
    expect(code(moved)).toBe("ValidationError");
    expect(
      (await caller.call("PATCH", path, { lifecycleNotificationUrl: "https://x.example/" })).status,
    ).toBe(400);
  });

  it("is listed, read, renewed, reauthorised and deleted by its own person only", async () => {
    const { rig, caller, subscribe } = await prepared();
    const { body } = await subscribe();
    const path = `/subscriptions/${body["id"]}`;
    const bo = await connect(rig, BO);
    expect(rows(await caller.call("GET", "/subscriptions"))).toMatchObject([{ id: body["id"] }]);
    expect(rows(await bo.call("GET", "/subscriptions"))).toEqual([]);
    expect((await bo.call("DELETE", path)).status).toBe(404);
    expect((await caller.call("GET", path)).body).toMatchObject({ id: body["id"] });
    expect((await caller.call("POST", `${path}/reauthorize`)).status).toBe(200);
    rig.microsoft.knobs.set("sub.vanish", true, { times: 1 });
    const gone = await caller.call("PATCH", path, { expirationDateTime: inMinutes(100) });
    expect([gone.status, code(gone)]).toEqual([404, "ResourceNotFound"]);
    expect((await caller.call("DELETE", path)).status).toBe(404);
  });

  it("ends at its expiry without a notification", async () => {
    const { rig, caller, subscribe, change } = await prepared();
    const { body } = await subscribe({ expirationDateTime: inMinutes(45) });
    rig.clock.now += 45 * MINUTE;
    change();
    expect(await rig.microsoft.flush()).toBe(0);
    expect((await caller.call("GET", `/subscriptions/${body["id"]}`)).status).toBe(404);
  });
});

describe("notifications", () => {
  it("report created, updated and deleted, to the mailbox and to the calendar, in the id form asked for", async () => {
    const { rig, caller, subscribe } = await prepared();
    await subscribe({ changeType: "updated" });
    const body = subscription(caller, { resource: "/me/events" });
    await caller.call("POST", "/subscriptions", body, { prefer: "x=y" });
    const other = rig.microsoft.addCalendar({ user: ANA, name: "Other" });
    rig.microsoft.addEvent(other.id, timed("2026-03-10T09:00:00"));
    const id = String(rig.microsoft.addEvent(caller.calendarId, timed("2026-03-10T09:00:00"))["id"]);
    rig.microsoft.patchEvent(caller.calendarId, id, { showAs: "free" });
    rig.microsoft.deleteEvent(caller.calendarId, id);
    await rig.microsoft.flush();
    const reported = entries(rig).map((entry) => [
      entry["changeType"],
      (entry["resourceData"] as Json)["id"] === id,
    ]);
    expect(reported).toEqual([
      ["created", false],
      ["created", false],
      ["updated", true],
      ["updated", false],
      ["deleted", false],
    ]);
  });

  it("M41: of several subscriptions and people come in one POST, as many as the knob says", async () => {
    const { rig, subscribe, change } = await prepared();
    const bo = await connect(rig, BO);
    await subscribe();
    await bo.call("POST", "/subscriptions", subscription(bo));
    change();
    rig.microsoft.addEvent(bo.calendarId, timed("2026-03-10T09:00:00"));
    expect(await rig.microsoft.flush()).toBe(1);
    expect(new Set(entries(rig).map((entry) => entry["subscriptionId"])).size).toBe(2);
    expect(entries(rig).map((entry) => entry["tenantId"])).toEqual([expect.stringMatching(/^\w{8}-/), ""]);
    rig.microsoft.knobs.set("push.group", 1);
    change();
    change();
    expect(await rig.microsoft.flush()).toBe(2);
  });

  it("are retried with longer and longer waits, up to four hours", async () => {
    const { rig, subscribe, change } = await prepared();
    await subscribe();
    rig.webhook.status = 503;
    change();
    expect(await rig.microsoft.flush()).toBe(1);
    expect(await rig.microsoft.flush()).toBe(0);
    rig.clock.now += 10_000;
    expect(await rig.microsoft.flush()).toBe(1);
    for (let step = 0; step < 30; step += 1) {
      rig.clock.now += 10 * MINUTE;
      await rig.microsoft.flush();
    }
    expect(rig.microsoft.pending).toEqual([]);
    const tried = rig.microsoft.deliveries.filter(({ kind }) => kind === "notification");
    expect(tried.length).toBeGreaterThan(8);
    expect((tried.at(-1)?.at ?? 0) - (tried[0]?.at ?? 0)).toBeLessThanOrEqual(4 * 3_600_000);
  });

  it("M46: an answer after three seconds counts as none, and delays the next ones by ten minutes", async () => {
    const { rig, subscribe, change } = await prepared();
    await subscribe();
    rig.webhook.tookMs = 3_500;
    change();
    await rig.microsoft.flush();
    expect(rig.microsoft.deliveries.at(-1)).toMatchObject({ status: null, tookMs: 3_500 });
    expect(rig.microsoft.endpoint(HOST)?.slowUntil).toBeGreaterThan(rig.clock.now);
    rig.webhook.tookMs = 0;
    rig.clock.now += 10_000;
    expect(await rig.microsoft.flush()).toBe(1);
    expect(rig.microsoft.deliveries.at(-1)).toMatchObject({ status: 202 });
    change();
    expect(await rig.microsoft.flush()).toBe(0);
    rig.clock.now += 10 * MINUTE;
    expect(await rig.microsoft.flush()).toBe(1);
  });

  it("M46: an answer after ten seconds loses the next ones for ten minutes", async () => {
    const { rig, subscribe, change } = await prepared();
    await subscribe();
    rig.webhook.tookMs = 10_500;
    change();
    await rig.microsoft.flush();
    rig.webhook.tookMs = 0;
    const before = rig.microsoft.pending.length;
    change();
    expect([rig.microsoft.pending.length, rig.microsoft.endpoint(HOST)?.dropped]).toEqual([before, 1]);
    rig.clock.now += 21 * MINUTE;
    await rig.microsoft.flush();
    change();
    expect(await rig.microsoft.flush()).toBe(1);
  });

  it("aren't delayed where slow answers are forgiven: a busy machine isn't the Worker's fault", async () => {
    const { rig, subscribe, change } = await prepared(ANA, { forgiveSlowAnswers: true });
    await subscribe();
    rig.webhook.tookMs = 10_500;
    change();
    await rig.microsoft.flush();
    expect(rig.microsoft.endpoint(HOST)).toMatchObject({ slowUntil: 0, dropUntil: 0 });
  });

  it("M46: nine fast answers in ten keep the host in good standing", async () => {
    const { rig, subscribe, change } = await prepared();
    await subscribe();
    for (let count = 0; count < 10; count += 1) {
      change();
      await rig.microsoft.flush();
    }
    rig.webhook.tookMs = 4_000;
    change();
    await rig.microsoft.flush();
    expect(rig.microsoft.endpoint(HOST)).toMatchObject({ slowUntil: 0, dropUntil: 0 });
  });

  it("M40: come with unknown and forged ones, or without their clientState", async () => {
    const { rig, subscribe, change } = await prepared();
    const { body } = await subscribe();
    rig.microsoft.knobs.set("push.orphan", true, { times: 1 });
    rig.microsoft.knobs.set("push.badState", true, { times: 1 });
    rig.microsoft.knobs.set("push.noState", true, { times: 1 });
    change();
    await rig.microsoft.flush();
    const [orphan, forged, bare] = entries(rig);
    expect([orphan?.["subscriptionId"] === body["id"], forged?.["clientState"]]).toEqual([false, "forged"]);
    expect(bare).not.toHaveProperty("clientState");
  });

  it.each([
    ["json", { unreadable: 28 }],
    ["shape", { value: { subscriptionId: 7 } }],
    ["empty", { unreadable: 0 }],
  ] as const)("M45: come with garbage: %s", async (garbage, expected) => {
    const { rig, subscribe, change } = await prepared();
    await subscribe();
    rig.microsoft.knobs.set("push.garbage", garbage, { times: 1 });
    change();
    expect(await rig.microsoft.flush()).toBe(2);
    expect(rig.received[0]?.body).toEqual(expected);
  });

  it("M45: come with more than a megabyte", async () => {
    const { rig, subscribe, change } = await prepared();
    await subscribe();
    rig.microsoft.knobs.set("push.garbage", "large", { times: 1 });
    change();
    await rig.microsoft.flush();
    expect(JSON.stringify(rig.received[0]?.body).length).toBeGreaterThan(1_000_000);
  });

  it("are dropped, doubled, delayed and put out of order by knobs", async () => {
    const { rig, subscribe, change } = await prepared();
    await subscribe();
    rig.microsoft.knobs.set("push.drop", true, { times: 1 });
    rig.microsoft.knobs.set("push.dup", 2, { times: 1 });
    rig.microsoft.knobs.set("push.delay", MINUTE, { times: 1 });
    change();
    change();
    expect(await rig.microsoft.flush()).toBe(0);
    rig.clock.now += MINUTE;
    await rig.microsoft.flush();
    expect(entries(rig)).toHaveLength(3);
    rig.microsoft.knobs.set("push.reorder", true);
    const id = String(rig.microsoft.events(rig.microsoft.calendarId(ANA))[0]?.["id"]);
    change();
    rig.microsoft.patchEvent(rig.microsoft.calendarId(ANA), id, { showAs: "free" });
    await rig.microsoft.flush();
    expect(
      entries(rig)
        .slice(3)
        .map((entry) => entry["changeType"]),
    ).toEqual(["updated", "created"]);
  });
});

describe("lifecycle events", () => {
  it.each([
    ["M42", "life.reauth", "reauthorizationRequired", 2, true],
    ["M43", "life.removed", "subscriptionRemoved", 1, false],
    ["M44", "life.missed", "missed", 1, true],
  ] as const)("%s: %s sends %s with the next change", async (_, knob, event, posts, lives) => {
    const { rig, subscribe, change } = await prepared();
    await subscribe();
    rig.microsoft.knobs.set(knob, true, { times: 1 });
    change();
    expect(await rig.microsoft.flush()).toBe(posts);
    expect(rig.received[0]).toMatchObject({
      url: "https://sync.example.org/hooks/graph/life",
      body: { value: [{ lifecycleEvent: event, clientState: "constant-time-compared" }] },
    });
    expect(rig.microsoft.subscriptions().length).toBe(lives ? 1 : 0);
  });

  it("ask for reauthorisation when the bound token ends; until then the subscription is silent", async () => {
    const { rig, caller, subscribe, change } = await prepared();
    const { body } = await subscribe();
    rig.microsoft.knobs.set("sub.boundToken", true);
    rig.clock.now += 91 * MINUTE;
    change();
    expect(await rig.microsoft.flush()).toBe(1);
    expect(entries(rig)).toMatchObject([{ lifecycleEvent: "reauthorizationRequired" }]);
    expect((await caller.call("POST", `/subscriptions/${body["id"]}/reauthorize`)).status).toBe(401);
    const fresh = await connect(rig);
    expect((await fresh.call("POST", `/subscriptions/${body["id"]}/reauthorize`)).status).toBe(200);
    change();
    await rig.microsoft.flush();
    expect(entries(rig).at(-1)).toMatchObject({ changeType: "created" });
  });
});
