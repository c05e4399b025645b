// The knobs of table D.1, each as the caller sees it.
import { describe, expect, it } from "vitest";
import type { KnobName, KnobValues } from "./knobs.ts";
import {
  ANA,
  AUTH,
  authorizationUrl,
  connect,
  createRig,
  EVENTS,
  exchange,
  items,
  listAll,
  postToken,
  reason,
  timed,
} from "./rig.ts";

type Setting = { [Name in KnobName]: [Name, KnobValues[Name]] }[KnobName];

function turn(rig: ReturnType<typeof createRig>, [name, value]: Setting, times = 1): void {
  rig.google.knobs.set(name, value as never, { times });
}

describe("refreshing", () => {
  const cases: [string, Setting, number, string][] = [
    ["G1", ["token.invalidGrant", true], 400, "invalid_grant"],
    ["G2", ["token.invalidClient", true], 401, "invalid_client"],
    ["G3", ["token.rapt", true], 400, "invalid_grant"],
    ["G4", ["token.status", 503], 503, "internal_failure"],
    [
      "another error",
      ["token.error", { status: 400, error: "admin_policy_enforced", description: "x" }],
      400,
      "admin_policy_enforced",
    ],
  ];
  it.each(cases)("%s: fails once, then works", async (_, setting, status, error) => {
    const rig = createRig();
    const form = { grant_type: "refresh_token", refresh_token: (await connect(rig)).refreshToken };
    turn(rig, setting);
    const answer = await postToken(rig, form);
    expect([answer.status, answer.body["error"]]).toEqual([status, error]);
    expect((await postToken(rig, form)).status).toBe(200);
  });

  it("ends after seven days on a consent screen in testing", async () => {
    const rig = createRig();
    turn(rig, ["token.testing", true]);
    const answer = await exchange(rig, rig.google.consent(authorizationUrl(), { user: ANA }));
    expect(answer.body["refresh_token_expires_in"]).toBe(604_799);
    rig.clock.now += 604_800_000;
    const form = { grant_type: "refresh_token", refresh_token: String(answer.body["refresh_token"]) };
    expect((await postToken(rig, form)).body["error"]).toBe("invalid_grant");
  });

  it("may replace the refresh token", async () => {
    const rig = createRig();
    const form = { grant_type: "refresh_token", refresh_token: (await connect(rig)).refreshToken };
    turn(rig, ["token.rotateRefresh", true]);
    const next = String((await postToken(rig, form)).body["refresh_token"]);
    expect((await postToken(rig, form)).status).toBe(400);
    expect((await postToken(rig, { ...form, refresh_token: next })).status).toBe(200);
  });
});

describe("exchanging a code", () => {
  it("G5: may answer without a refresh token", async () => {
    const rig = createRig();
    turn(rig, ["token.omitRefresh", true]);
    const answer = await exchange(rig, rig.google.consent(authorizationUrl(), { user: ANA }));
    expect(answer.body).not.toHaveProperty("refresh_token");
  });

  it("G6: may grant less than was asked", async () => {
    const rig = createRig();
    turn(rig, ["token.scopes", [`${AUTH}calendar.calendarlist.readonly`]]);
    const answer = await exchange(rig, rig.google.consent(authorizationUrl(), { user: ANA }));
    expect(answer.body["scope"]).not.toContain("calendar.events");
  });
});

describe("calling the API", () => {
  const cases: [string, Setting, number, string | undefined][] = [
    ["G8", ["api.scopeCheck", true], 403, "insufficientPermissions"],
    ["G9", ["api.notConfigured", true], 403, "accessNotConfigured"],
    ["G10", ["limit.user", true], 403, "userRateLimitExceeded"],
    ["G11", ["limit.project", 403], 403, "rateLimitExceeded"],
    ["G11", ["limit.project", 429], 429, "rateLimitExceeded"],
    ["G12", ["limit.usage", true], 403, "quotaExceeded"],
    ["G13", ["api.status", 503], 503, "backendError"],
    ["G17", ["cal.gone", true], 404, "notFound"],
    ["G18", ["cal.role", "none"], 403, "forbidden"],
    ["G21", ["cal.role", "reader"], 403, "requiredAccessLevel"],
    ["G19", ["insert.duplicate", "live"], 409, "duplicate"],
    ["G26", ["write.conflict", true], 409, "conflict"],
  ];
  it.each(cases)(
    "%s: an insert is refused once with %j, then taken",
    async (_, setting, status, expected) => {
      const rig = createRig();
      const caller = await connect(rig);
      turn(rig, setting);
      const insert = () => caller.call("POST", EVENTS, timed("2026-03-10T09:00:00Z"));
      const answer = await insert();
      expect([answer.status, reason(answer)]).toEqual([status, expected]);
      expect((await insert()).status).toBe(200);
    },
  );

  it("G7: an access token dies for good, a fresh one works", async () => {
    const rig = createRig();
    const caller = await connect(rig);
    turn(rig, ["api.expireAccess", true]);
    expect((await caller.call("GET", EVENTS)).status).toBe(401);
    expect((await caller.call("GET", EVENTS)).status).toBe(401);
    expect((await (await connect(rig)).call("GET", EVENTS)).status).toBe(200);
  });

  it("G13: 502 may come as HTML, with Retry-After", async () => {
    const rig = createRig();
    const { token } = await connect(rig);
    turn(rig, ["api.status", { status: 502, html: true, retryAfter: 7 }]);
    const headers = { authorization: `Bearer ${token}` };
    const answer = await rig.google.fetch(`https://www.googleapis.com/calendar/v3${EVENTS}`, { headers });
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([502, "7"]);
    expect(await answer.text()).toContain("<html>");
  });

  it("G10, G11: the windows of user and project fill up and empty again", async () => {
    const rig = createRig({ limits: { perUserPerMinute: 2, perProjectPerMinute: 3 } });
    const caller = await connect(rig);
    const call = async () => reason(await caller.call("GET", EVENTS));
    expect([await call(), await call(), await call()]).toEqual([
      undefined,
      undefined,
      "userRateLimitExceeded",
    ]);
    rig.google.setLimits({ perUserPerMinute: 9, perProjectPerMinute: 2 });
    expect(await call()).toBe("rateLimitExceeded");
    rig.clock.now += 60_001;
    expect(await call()).toBeUndefined();
  });
});

describe("listing", () => {
  const cases: [string, Setting, number, string][] = [
    ["G14", ["sync.expire", true], 410, "fullSyncRequired"],
    ["G16", ["sync.paramMismatch", true], 400, "badRequest"],
  ];
  it.each(cases)("%s: a delta fails once, then works", async (_, setting, status, expected) => {
    const rig = createRig();
    const caller = await connect(rig);
    const { token } = await listAll(caller, "singleEvents=true");
    turn(rig, setting);
    const delta = () => caller.call("GET", `${EVENTS}?singleEvents=true&syncToken=${token}`);
    const answer = await delta();
    expect([answer.status, reason(answer)]).toEqual([status, expected]);
    expect((await delta()).status).toBe(200);
  });

  it("G15: updatedMin may be too long ago", async () => {
    const rig = createRig();
    const caller = await connect(rig);
    const ask = (updatedMin: string) => caller.call("GET", `${EVENTS}?updatedMin=${updatedMin}`);
    expect((await ask("2026-02-28T00:00:00Z")).status).toBe(200);
    turn(rig, ["sync.updatedMinOld", true]);
    expect(reason(await ask("2026-02-28T00:00:00Z"))).toBe("updatedMinTooLongAgo");
    expect((await ask("2025-01-01T00:00:00Z")).status).toBe(410);
  });

  it("G37: pages may be empty or short, and the round is complete nevertheless", async () => {
    const rig = createRig();
    const caller = await connect(rig);
    for (const day of [10, 11, 12]) rig.google.addEvent(ANA, timed(`2026-03-${day}T09:00:00Z`));
    turn(rig, ["list.emptyPage", true], 2);
    turn(rig, ["list.shortPage", 2], 9);
    const { rows, pages } = await listAll(caller, "singleEvents=true");
    expect([rows.length, pages]).toEqual([3, 4]);
  });

  it("G39: cancelled rows may come unasked, and with details", async () => {
    const rig = createRig();
    const caller = await connect(rig);
    rig.google.deleteEvent(ANA, String(rig.google.addEvent(ANA, timed("2026-03-10T09:00:00Z"))["id"]));
    turn(rig, ["list.strayCancelled", true]);
    turn(rig, ["list.cancelledDetails", true]);
    expect(items(await caller.call("GET", EVENTS))).toMatchObject([{ status: "cancelled", summary: "Call" }]);
  });
});

describe("writing while the user edits", () => {
  const cases: [string, Setting, number, string][] = [
    ["G22", ["event.remove", 404], 404, "notFound"],
    ["G22", ["event.remove", 410], 410, "deleted"],
    ["G23", ["event.touch", true], 412, "conditionNotMet"],
    ["G25", ["event.foreign", true], 403, "forbiddenForNonOrganizer"],
  ];
  it.each(cases)("%s: %j", async (_, setting, status, expected) => {
    const rig = createRig();
    const caller = await connect(rig);
    const event = rig.google.addEvent(ANA, timed("2026-03-10T09:00:00Z"));
    turn(rig, setting);
    const match = { "if-match": setting[0] === "event.touch" ? String(event["etag"]) : "*" };
    const answer = await caller.call("PATCH", `${EVENTS}/${event["id"]}`, { summary: "x" }, match);
    expect([answer.status, reason(answer)]).toEqual([status, expected]);
  });

  it("G19: an id may be burnt already", async () => {
    const rig = createRig();
    const caller = await connect(rig);
    turn(rig, ["insert.duplicate", "cancelled"]);
    const event = { ...timed("2026-03-10T09:00:00Z"), id: "abcde12345" };
    expect((await caller.call("POST", EVENTS, event)).status).toBe(409);
    expect((await caller.call("GET", `${EVENTS}/abcde12345`)).body["status"]).toBe("cancelled");
  });
});

describe("scopes of knobs", () => {
  it("apply to one calendar, one user, one operation, so many times", async () => {
    const rig = createRig();
    const caller = await connect(rig);
    rig.google.knobs.set("api.status", 503, { operation: "events.insert" });
    rig.google.knobs.set("cal.gone", true, { calendar: "other" });
    rig.google.knobs.set("limit.user", true, { user: "bo@example.com" });
    expect((await caller.call("GET", EVENTS)).status).toBe(200);
    expect((await caller.call("POST", EVENTS, timed("2026-03-10T09:00:00Z"))).status).toBe(503);
    rig.google.knobs.clear("api.status");
    expect((await caller.call("POST", EVENTS, timed("2026-03-10T09:00:00Z"))).status).toBe(200);
    expect(rig.google.knobs.list()).toHaveLength(2);
  });
});
