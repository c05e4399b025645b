// The wire examples of `docs/providers/google.md` E.1, as the simulator answers them.
import { describe, expect, it } from "vitest";
import { ANA, connect, createRig, EVENTS, items, postToken, timed } from "./google/rig.ts";

const BOOKING = {
  id: "b0ck7f3q9n2v1t5k8m4h",
  summary: "Busy",
  start: { dateTime: "2026-03-02T14:00:00Z", timeZone: "UTC" },
  end: { dateTime: "2026-03-02T15:00:00Z", timeZone: "UTC" },
  visibility: "private",
  reminders: { useDefault: false, overrides: [] },
  extendedProperties: { private: { appBlock: "1", appSrc: "m_71" } },
};

describe("the wire examples E.1", () => {
  it("E.1.1: a refresh answers a new access token without a refresh token, a dead one invalid_grant", async () => {
    const rig = createRig();
    const { refreshToken } = await connect(rig);
    const form = { grant_type: "refresh_token", refresh_token: refreshToken };
    const answer = await postToken(rig, form);
    expect(Object.keys(answer.body).sort()).toEqual([
      "access_token",
      "expires_in",
      "id_token",
      "scope",
      "token_type",
    ]);
    expect(answer.body).toMatchObject({ expires_in: 3599, token_type: "Bearer" });
    rig.google.removeAccess(ANA);
    expect(await postToken(rig, form)).toMatchObject({
      status: 400,
      body: { error: "invalid_grant", error_description: "Token has been expired or revoked." },
    });
  });

  it("E.1.2: the calendar list holds the primary calendar and the holidays", async () => {
    const caller = await connect(createRig());
    const { body } = await caller.call("GET", "/users/me/calendarList?maxResults=250");
    expect(body).toMatchObject({ kind: "calendar#calendarList", nextSyncToken: expect.any(String) });
    expect(body["items"]).toEqual([
      expect.objectContaining({ id: ANA, timeZone: "Europe/Lisbon", accessRole: "owner", primary: true }),
      expect.objectContaining({ id: "en.lisbon#holiday@group.v.calendar.google.com", accessRole: "reader" }),
    ]);
  });

  it("E.1.3: a page, then a delta with both kinds of tombstones, then 410", async () => {
    const rig = createRig();
    const caller = await connect(rig);
    const series = rig.google.addEvent(ANA, {
      ...timed("2026-03-02T09:00:00Z", { recurrence: ["RRULE:FREQ=WEEKLY;COUNT=3"], summary: "Stand-up" }),
      organizer: { email: "bo@example.com" },
      attendees: [{ email: "bo@example.com" }, { email: ANA, responseStatus: "needsAction" }],
    });
    const trip = rig.google.addEvent(ANA, {
      summary: "Trip",
      start: { date: "2026-03-05" },
      end: { date: "2026-03-07" },
      transparency: "transparent",
    });
    const query = "singleEvents=true&maxResults=2500";
    const window = "timeMin=2026-03-01T00:00:00Z&timeMax=2026-09-01T00:00:00Z";
    const first = await caller.call("GET", `${EVENTS}?${query}&${window}`);
    expect(first.body).toMatchObject({
      kind: "calendar#events",
      summary: ANA,
      timeZone: "Europe/Lisbon",
      accessRole: "owner",
      nextSyncToken: expect.any(String),
    });
    expect(items(first)[0]).toEqual({
      kind: "calendar#event",
      etag: expect.stringMatching(/^"\d+"$/),
      id: `${series["id"]}_20260302T090000Z`,
      status: "confirmed",
      htmlLink: expect.any(String),
      created: "2026-03-01T10:00:00.000Z",
      updated: "2026-03-01T10:00:00.000Z",
      summary: "Stand-up",
      creator: { email: "bo@example.com" },
      organizer: { email: "bo@example.com" },
      start: { dateTime: "2026-03-02T09:00:00Z", timeZone: "Europe/Lisbon" },
      end: { dateTime: "2026-03-02T10:00:00Z", timeZone: "Europe/Lisbon" },
      recurringEventId: series["id"],
      originalStartTime: { dateTime: "2026-03-02T09:00:00Z", timeZone: "Europe/Lisbon" },
      iCalUID: `${series["id"]}@google.com`,
      sequence: 0,
      attendees: [
        { email: "bo@example.com", organizer: true, responseStatus: "needsAction" },
        { email: ANA, self: true, responseStatus: "needsAction" },
      ],
      reminders: { useDefault: true },
      eventType: "default",
    });
    expect(items(first).at(-1)).toMatchObject({ start: { date: "2026-03-05" }, transparency: "transparent" });
    rig.google.cancelInstance(ANA, String(series["id"]), "2026-03-09T09:00:00Z");
    rig.google.deleteEvent(ANA, String(trip["id"]));
    const sync = `${EVENTS}?${query}&syncToken=${first.body["nextSyncToken"]}`;
    const delta = await caller.call("GET", sync);
    expect(items(delta)).toEqual([
      { kind: "calendar#event", etag: expect.any(String), id: trip["id"], status: "cancelled" },
      {
        kind: "calendar#event",
        etag: expect.any(String),
        id: `${series["id"]}_20260309T090000Z`,
        status: "cancelled",
        recurringEventId: series["id"],
        originalStartTime: { dateTime: "2026-03-09T09:00:00Z", timeZone: "Europe/Lisbon" },
      },
    ]);
    rig.google.expireSyncTokens(ANA);
    const message = "Sync token is no longer valid, a full sync is required.";
    const error = { domain: "calendar", reason: "fullSyncRequired", message };
    expect(await caller.call("GET", sync)).toMatchObject({
      status: 410,
      body: {
        error: {
          errors: [{ ...error, locationType: "parameter", location: "syncToken" }],
          code: 410,
          message,
        },
      },
    });
  });

  it("E.1.4: an insert with an own id, repeated, and after deletion", async () => {
    const caller = await connect(createRig());
    const insert = () => caller.call("POST", `${EVENTS}?sendUpdates=none`, BOOKING);
    const first = await insert();
    expect(first.status).toBe(200);
    expect(first.body).toMatchObject({ ...BOOKING, reminders: { useDefault: false }, status: "confirmed" });
    expect(first.body).not.toHaveProperty("transparency");
    const message = "The requested identifier already exists.";
    const taken = {
      status: 409,
      body: { error: { errors: [{ domain: "global", reason: "duplicate", message }], code: 409, message } },
    };
    expect(await insert()).toMatchObject(taken);
    await caller.call("DELETE", `${EVENTS}/${BOOKING.id}?sendUpdates=none`);
    expect(await insert()).toMatchObject(taken);
    const stub = await caller.call("GET", `${EVENTS}/${BOOKING.id}`);
    expect(stub).toMatchObject({ status: 200, body: { id: BOOKING.id, status: "cancelled" } });
  });

  it("E.1.5: a conditional patch on an old etag answers 412, a second delete 410", async () => {
    const rig = createRig();
    const caller = await connect(rig);
    const { body } = await caller.call("POST", EVENTS, BOOKING);
    rig.google.patchEvent(ANA, BOOKING.id, { summary: "Touched" });
    const match = { "if-match": String(body["etag"]) };
    const refused = await caller.call(
      "PATCH",
      `${EVENTS}/${BOOKING.id}?sendUpdates=none`,
      { summary: "x" },
      match,
    );
    expect(refused).toMatchObject({
      status: 412,
      body: {
        error: { errors: [{ reason: "conditionNotMet", locationType: "header", location: "If-Match" }] },
      },
    });
    expect((await caller.call("DELETE", `${EVENTS}/${BOOKING.id}`)).status).toBe(204);
    expect(await caller.call("DELETE", `${EVENTS}/${BOOKING.id}`)).toMatchObject({
      status: 410,
      body: { error: { errors: [{ reason: "deleted", message: "Resource has been deleted" }] } },
    });
  });

  it("E.1.6: watch, the sync message, a change message, stop", async () => {
    const rig = createRig();
    const caller = await connect(rig);
    const id = "4ba78bf0-6a47-11e2-bcfd-0800200c9a77";
    const request = { id, type: "web_hook", address: "https://sync.example.org/hooks/google", token: "h9K" };
    const watched = await caller.call("POST", `${EVENTS}/watch`, { ...request, params: { ttl: "604800" } });
    expect(watched.body).toEqual({
      kind: "api#channel",
      id,
      resourceId: expect.any(String),
      resourceUri: "https://www.googleapis.com/calendar/v3/calendars/ana%40example.com/events?alt=json",
      token: "h9K",
      expiration: String(rig.clock.now + 604_800_000),
    });
    rig.google.addEvent(ANA, timed("2026-03-02T09:00:00Z"));
    await rig.google.flush();
    const [sync, change] = rig.received.map((headers) => Object.fromEntries(headers));
    expect(sync).toMatchObject({
      "content-type": "application/json; utf-8",
      "x-goog-channel-id": id,
      "x-goog-channel-token": "h9K",
      "x-goog-channel-expiration": "Sun, 08 Mar 2026 10:00:00 GMT",
      "x-goog-resource-id": watched.body["resourceId"],
      "x-goog-resource-state": "sync",
      "x-goog-message-number": "1",
    });
    expect(change?.["x-goog-resource-state"]).toBe("exists");
    expect(Number(change?.["x-goog-message-number"])).toBeGreaterThan(2);
    const stop = { id, resourceId: watched.body["resourceId"] };
    expect((await caller.call("POST", "/channels/stop", stop)).status).toBe(204);
    expect((await caller.call("POST", "/channels/stop", stop)).status).toBe(404);
  });

  it("E.1.7: limits and missing scopes answer with Google's bodies", async () => {
    const rig = createRig();
    const caller = await connect(rig);
    rig.google.knobs.set("limit.user", true, { times: 1 });
    const limited = await caller.call("GET", EVENTS);
    const message = "User Rate Limit Exceeded";
    const error = { domain: "usageLimits", reason: "userRateLimitExceeded", message };
    expect(limited).toMatchObject({ status: 403, body: { error: { errors: [error], code: 403, message } } });
    const narrow = await connect(rig, ANA, {
      scope: "openid https://www.googleapis.com/auth/calendar.events.readonly",
    });
    const refused = await narrow.call("POST", EVENTS, BOOKING);
    expect(refused.headers.get("www-authenticate")).toContain('error="insufficient_scope"');
    expect(refused).toMatchObject({
      status: 403,
      body: {
        error: {
          errors: [{ reason: "insufficientPermissions", domain: "global" }],
          status: "PERMISSION_DENIED",
          details: [{ reason: "ACCESS_TOKEN_SCOPE_INSUFFICIENT", domain: "googleapis.com" }],
        },
      },
    });
  });
});
