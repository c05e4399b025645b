// The knobs of table D.2 that concern any call, the limits of a mailbox, batches, and the network.
import { describe, expect, it, vi } from "vitest";
import type { Json } from "../shared/rig.ts";
import type { KnobName, KnobValues } from "./knobs.ts";
import { ANA, BO, code, connect, createRig, PREFER, timed } from "./rig.ts";

type Setting = { [Name in KnobName]: [Name, KnobValues[Name]] }[KnobName];

describe("calling Graph", () => {
  const cases: [string, Setting, number, string | undefined][] = [
    ["M12", ["api.scopeCheck", true], 403, "ErrorAccessDenied"],
    ["M12", ["cal.denied", true], 403, "ErrorAccessDenied"],
    ["M12", ["cal.readOnly", true], 403, "ErrorAccessDenied"],
    ["M13", ["mailbox.none", true], 404, "MailboxNotEnabledForRESTAPI"],
    [
      "M13",
      ["mailbox.none", { status: 403, code: "MailboxNotSupportedForRESTAPI" }],
      403,
      "MailboxNotSupportedForRESTAPI",
    ],
    ["M14", ["limit.mailbox", true], 429, "ApplicationThrottled"],
    ["M14", ["limit.mailbox", "TooManyRequests"], 429, "TooManyRequests"],
    ["M15", ["api.status", 503], 503, "ErrorServerBusy"],
    ["M15", ["api.status", { status: 504, retryAfter: 9 }], 504, "UnknownError"],
    ["M16", ["api.status", 500], 500, "ErrorInternalServerError"],
    ["M26", ["cal.gone", true], 404, "ErrorItemNotFound"],
    ["M32", ["mailbox.full", true], 507, "ErrorQuotaExceeded"],
  ];
  it.each(cases)(
    "%s: a create is refused once with %j, then taken",
    async (_, [name, value], status, expected) => {
      const rig = createRig();
      const caller = await connect(rig);
      rig.microsoft.knobs.set(name, value as never, { times: 1 });
      const create = () => caller.call("POST", `${caller.home}/events`, timed("2026-03-10T09:00:00"));
      const answer = await create();
      expect([answer.status, code(answer)]).toEqual([status, expected]);
      expect((await create()).status).toBe(201);
    },
  );

  it("M10: an access token dies for good, a fresh one works", async () => {
    const rig = createRig();
    const caller = await connect(rig);
    rig.microsoft.knobs.set("api.expireAccess", true, { times: 1 });
    const answer = await caller.call("GET", "/me/calendars");
    expect([answer.status, code(answer)]).toEqual([401, "InvalidAuthenticationToken"]);
    expect((await caller.call("GET", "/me/calendars")).status).toBe(401);
    expect((await (await connect(rig)).call("GET", "/me/calendars")).status).toBe(200);
    rig.clock.now += 5_400_001;
    expect((await (await connect(rig)).call("GET", "/me/calendars")).status).toBe(200);
    expect((await caller.call("GET", "/me", undefined, { authorization: "Bearer x" })).status).toBe(401);
  });

  it("M11: continuous access evaluation sends its claims in the header", async () => {
    const rig = createRig();
    const caller = await connect(rig);
    rig.microsoft.knobs.set("api.cae", '{"access_token":{"x":1}}', { times: 1 });
    const answer = await caller.call("GET", "/me/calendars");
    const header = answer.headers.get("www-authenticate") ?? "";
    expect([answer.status, header]).toEqual([401, expect.stringContaining('error="insufficient_claims"')]);
    expect(atob(/claims="([^"]+)"/.exec(header)?.[1] ?? "")).toBe('{"access_token":{"x":1}}');
  });

  it("M13: a person may have no mailbox", async () => {
    const rig = createRig();
    const caller = await connect(rig);
    rig.microsoft.setMailbox(ANA, false);
    expect(code(await caller.call("GET", "/me/calendars"))).toBe("MailboxNotEnabledForRESTAPI");
    expect((await caller.call("GET", "/me")).status).toBe(200);
  });

  it("M14: Retry-After gives the wait, or is missing", async () => {
    const rig = createRig();
    const caller = await connect(rig);
    rig.microsoft.knobs.set("limit.mailbox", true);
    const wait = async () => (await caller.call("GET", "/me/calendars")).headers.get("retry-after");
    expect(await wait()).toBe("10");
    rig.microsoft.knobs.set("limit.retryAfter", 77, { times: 1 });
    rig.microsoft.knobs.set("limit.retryAfter", null);
    expect([await wait(), await wait()]).toEqual(["77", null]);
  });

  it("M15: may answer HTML", async () => {
    const rig = createRig();
    const { token } = await connect(rig);
    rig.microsoft.knobs.set("api.status", { status: 503, html: true, retryAfter: 7 });
    const headers = { authorization: `Bearer ${token}` };
    const answer = await rig.microsoft.fetch("https://graph.microsoft.com/v1.0/me", { headers });
    expect([answer.status, answer.headers.get("retry-after"), await answer.text()]).toEqual([
      ...[503, "7"],
      expect.stringContaining("<html>"),
    ]);
  });

  it("scopes knobs to a person, a calendar, an operation", async () => {
    const rig = createRig();
    const caller = await connect(rig);
    rig.microsoft.knobs.set("api.status", 503, { operation: "events.create" });
    rig.microsoft.knobs.set("cal.gone", true, { calendar: "other" });
    rig.microsoft.knobs.set("limit.mailbox", true, { user: BO });
    expect((await caller.call("GET", "/me/events")).status).toBe(200);
    expect((await caller.call("POST", "/me/events", timed("2026-03-10T09:00:00"))).status).toBe(503);
    rig.microsoft.knobs.clear("api.status");
    expect((await caller.call("POST", "/me/events", timed("2026-03-10T09:00:00"))).status).toBe(201);
  });
});

describe("the limits of a mailbox", () => {
  it("refuse the fifth request at once, of one mailbox; the next ones are welcome again", async () => {
    const rig = createRig();
    const [ana, bo] = [await connect(rig), await connect(rig, BO)];
    const calls = [
      ...Array.from({ length: 6 }, () => ana.call("GET", "/me/events")),
      bo.call("GET", "/me/events"),
    ];
    const statuses = (await Promise.all(calls)).map(({ status }) => status);
    expect(statuses).toEqual([200, 200, 200, 200, 429, 429, 200]);
    expect((await ana.call("GET", "/me/events")).status).toBe(200);
  });

  it("refuse more than so many in ten minutes", async () => {
    const rig = createRig({ limits: { concurrent: 4, perTenMinutes: 2 } });
    const caller = await connect(rig);
    const ask = async () => code(await caller.call("GET", "/me/events"));
    expect([await ask(), await ask(), await ask()]).toEqual([undefined, undefined, "TooManyRequests"]);
    rig.clock.now += 600_001;
    expect(await ask()).toBeUndefined();
  });
});

describe("a batch", () => {
  it("answers each part for itself, in any order, at most four at once, journaled one by one", async () => {
    const rig = createRig();
    const caller = await connect(rig);
    const requests = Array.from({ length: 20 }, (_, index) => ({
      id: String(index),
      method: "POST",
      url: `${caller.home}/events`,
      headers: { "content-type": "application/json", prefer: PREFER },
      body:
        index === 7 ? { subject: "no times" } : timed("2026-03-10T09:00:00", { transactionId: `t-${index}` }),
    }));
    const { body } = await caller.call("POST", "/$batch", { requests });
    const responses = body["responses"] as { id: string; status: number; body: Json }[];
    expect(responses.map(({ status }) => status).sort()).toEqual(
      [...Array.from({ length: 19 }, () => 201), 400].sort(),
    );
    expect(responses.map(({ id }) => id)).not.toEqual(requests.map(({ id }) => id));
    expect(responses.find(({ id }) => id === "7")?.body).toHaveProperty("error.code");
    expect(rig.microsoft.requests.filter(({ batched, prefer }) => batched && prefer === PREFER)).toHaveLength(
      20,
    );
  });

  it.each([
    ["no parts", { requests: [] }],
    [
      "more than twenty",
      { requests: Array.from({ length: 21 }, (_, id) => ({ id: String(id), method: "GET", url: "/me" })) },
    ],
    [
      "an id twice",
      {
        requests: [
          { id: "1", method: "GET", url: "/me" },
          { id: "1", method: "GET", url: "/me" },
        ],
      },
    ],
    ["a circle", { requests: [{ id: "1", method: "GET", url: "/me", dependsOn: ["1"] }] }],
  ])("is refused with %s", async (_, body) => {
    const caller = await connect(createRig());
    expect((await caller.call("POST", "/$batch", body)).status).toBe(400);
  });
});

describe("the network", () => {
  it("breaks before or after a request took effect, cuts answers, or hangs", async () => {
    const rig = createRig();
    const caller = await connect(rig);
    const create = () => caller.call("POST", "/me/events", timed("2026-03-10T09:00:00"));
    rig.microsoft.knobs.set("net.reset", "before", { times: 1 });
    await expect(create()).rejects.toThrow(TypeError);
    expect(rig.microsoft.events(caller.calendarId)).toHaveLength(0);
    rig.microsoft.knobs.set("net.reset", "after", { times: 1 });
    await expect(create()).rejects.toThrow(TypeError);
    expect(rig.microsoft.events(caller.calendarId)).toHaveLength(1);
    rig.microsoft.knobs.set("net.truncate", true, { times: 1 });
    await expect(create()).rejects.toThrow(SyntaxError);
    rig.microsoft.knobs.set("net.hang", "before", { times: 1 });
    const controller = new AbortController();
    const hanging = rig.microsoft.fetch("https://graph.microsoft.com/v1.0/me", { signal: controller.signal });
    await vi.waitFor(() => expect(rig.microsoft.requests.at(-1)?.path).toBe("/v1.0/me"));
    controller.abort(new Error("given up"));
    await expect(hanging).rejects.toThrow("given up");
  });

  it("knows Microsoft's hosts and this machine only", async () => {
    const { microsoft } = createRig();
    await expect(microsoft.fetch("https://example.org/v1.0/me")).rejects.toThrow(TypeError);
    expect((await microsoft.fetch("https://graph.microsoft.com/beta/me")).status).toBe(400);
    expect((await microsoft.fetch("https://login.microsoftonline.com/v1.0/me")).status).toBe(400);
    expect(
      (await microsoft.fetch("https://login.microsoftonline.com/common/discovery/v2.0/keys")).status,
    ).toBe(200);
  });
});
