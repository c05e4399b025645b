// The wire examples of `docs/providers/microsoft.md` E.2, as the simulator answers them.
import { describe, expect, it } from "vitest";
import {
  ANA,
  BO,
  code,
  connect,
  createRig,
  daily,
  MARK,
  postToken,
  round,
  rows,
  subscription,
  timed,
  WINDOW,
} from "./microsoft/rig.ts";

const BLOCK = {
  ...timed("2026-03-02T14:00:00", { subject: "Busy" }),
  showAs: "busy",
  sensitivity: "private",
  isReminderOn: false,
  transactionId: "7e163156-7762-4beb-a1c6-729ea81755a7",
  singleValueExtendedProperties: [{ id: MARK, value: "m_71" }],
};

describe("the wire examples E.2", () => {
  it("E.2.1: a refresh answers a new refresh token; a revoked grant 50173; a step interaction_required", async () => {
    const rig = createRig();
    const { refreshToken } = await connect(rig, BO);
    const form = { grant_type: "refresh_token", refresh_token: refreshToken };
    const answer = await postToken(rig, form);
    expect(answer.body).toMatchObject({
      token_type: "Bearer",
      scope: "openid email profile User.Read Calendars.ReadWrite",
      access_token: expect.stringMatching(/^EwB4/),
      refresh_token: expect.stringMatching(/^M\.C512_BAY/),
      id_token: expect.stringMatching(/^eyJ/),
    });
    expect(answer.body["refresh_token"]).not.toBe(refreshToken);
    rig.microsoft.knobs.set("token.code", 50076, { times: 1 });
    const step = await postToken(rig, form);
    expect([step.status, step.body]).toMatchObject([
      400,
      { error: "interaction_required", error_codes: [50076], suberror: "basic_action" },
    ]);
    expect(JSON.parse(String(step.body["claims"]))).toHaveProperty("access_token.capolids");
    rig.microsoft.revokeSessions(BO);
    expect(await postToken(rig, form)).toMatchObject({
      status: 400,
      body: { error: "invalid_grant", error_codes: [50173], suberror: "bad_token" },
    });
  });

  it("E.2.2: the calendars hold the default one and birthdays, which can't be edited", async () => {
    const caller = await connect(createRig());
    const select = "id,name,hexColor,canEdit,isDefaultCalendar,owner";
    const { body } = await caller.call("GET", `/me/calendars?$top=100&$select=${select}`);
    const owner = { name: "ana", address: ANA };
    expect(body["value"]).toEqual([
      {
        id: caller.calendarId,
        name: "Calendar",
        hexColor: "",
        canEdit: true,
        isDefaultCalendar: true,
        owner,
      },
      expect.objectContaining({ name: "Birthdays", canEdit: false, isDefaultCalendar: false, owner }),
      expect.objectContaining({ name: "Holidays", canEdit: false }),
    ]);
  });

  it("E.2.3: a first page, a sparse occurrence, a removal, a reset with Location", async () => {
    const rig = createRig();
    const caller = await connect(rig);
    const single = rig.microsoft.addEvent(
      caller.calendarId,
      timed("2026-03-02T09:00:00", { subject: "Dentist" }),
    );
    rig.microsoft.addEvent(
      caller.calendarId,
      timed("2026-03-03T16:00:00", { recurrence: daily("2026-03-03", 1) }),
    );
    const path = `${caller.home}/calendarView/delta?${WINDOW}`;
    const prefer = 'outlook.timezone="UTC", odata.maxpagesize=1, IdType="ImmutableId"';
    const first = await caller.call("GET", path, undefined, { prefer });
    expect(first.headers.get("preference-applied")).toContain("odata.maxpagesize=1");
    expect(rows(first)).toEqual([
      expect.objectContaining({
        "@odata.type": "#microsoft.graph.event",
        "@odata.etag": expect.stringMatching(/^W\/".+"$/),
        id: single["id"],
        type: "singleInstance",
        subject: "Dentist",
        start: { dateTime: "2026-03-02T09:00:00.0000000", timeZone: "UTC" },
        isAllDay: false,
        showAs: "busy",
        seriesMasterId: null,
        responseStatus: { response: "organizer", time: "0001-01-01T00:00:00Z" },
      }),
    ]);
    expect(first.body["@odata.nextLink"]).toMatch(
      /^https:\/\/graph\.microsoft\.com\/v1\.0\/me\/calendars\/.+\/calendarView\/delta\?\$skiptoken=R0usmc/,
    );
    const second = await caller.call("GET", String(first.body["@odata.nextLink"]), undefined, { prefer });
    expect(Object.keys(rows(second)[0] ?? {}).sort()).toEqual(
      ["@odata.etag", "@odata.type", "end", "id", "seriesMasterId", "start", "type"].sort(),
    );
    const link = String(second.body["@odata.deltaLink"]);
    expect(link).toContain("?$deltatoken=R0usmc");
    rig.microsoft.deleteEvent(caller.calendarId, String(single["id"]));
    expect((await round(caller, link)).rows).toEqual([
      { "@odata.type": "#microsoft.graph.event", id: single["id"], "@removed": { reason: "deleted" } },
    ]);
    rig.microsoft.expireDeltaTokens();
    const reset = await caller.call("GET", link);
    expect([reset.status, code(reset)]).toEqual([410, "SyncStateNotFound"]);
    expect(reset.headers.get("location")).toContain(
      "startDateTime=2026-02-22T00:00:00Z&endDateTime=2026-09-01T00:00:00Z&$deltatoken=",
    );
    expect((await round(caller, String(reset.headers.get("location")))).rows).toHaveLength(1);
  });

  it("E.2.4: create, duplicate, conflict, delete twice", async () => {
    const caller = await connect(createRig());
    const created = await caller.call("POST", `${caller.home}/events`, BLOCK);
    expect(created.status).toBe(201);
    expect(created.headers.get("location")).toContain(`/events('${created.body["id"]}')`);
    expect(created.body).toMatchObject({
      transactionId: BLOCK.transactionId,
      "@odata.etag": `W/"${created.body["changeKey"]}"`,
      start: { dateTime: "2026-03-02T14:00:00.0000000", timeZone: "UTC" },
    });
    expect(created.body).not.toHaveProperty("singleValueExtendedProperties");
    const again = await caller.call("POST", `${caller.home}/events`, BLOCK);
    expect([again.status, again.body["error"]]).toMatchObject([
      409,
      { code: "ErrorDuplicateTransactionId", "@event.existingEventId": created.body["id"] },
    ]);
    const path = `/me/events/${encodeURIComponent(String(created.body["id"]))}`;
    const stale = await caller.call("PATCH", path, { subject: "x" }, { "if-match": 'W/"stale"' });
    expect([stale.status, code(stale)]).toEqual([412, "ErrorIrresolvableConflict"]);
    expect((await caller.call("DELETE", path)).status).toBe(204);
    const gone = await caller.call("DELETE", path);
    expect([gone.status, code(gone)]).toEqual([404, "ErrorItemNotFound"]);
    expect(gone.body["error"]).toHaveProperty("innerError.request-id");
  });

  it("E.2.5, E.2.6: a subscription with its handshake, a notification, a lifecycle event, a renewal", async () => {
    const rig = createRig();
    const caller = await connect(rig);
    const created = await caller.call("POST", "/subscriptions", subscription(caller));
    expect([created.status, created.body]).toMatchObject([
      201,
      { clientState: "constant-time-compared", expirationDateTime: "2026-03-07T10:00:00Z" },
    ]);
    const [first, second] = rig.microsoft.deliveries.map(({ url }) => url);
    expect(first).toMatch(/^https:\/\/sync\.example\.org\/hooks\/graph\?k=7&validationToken=Validation%3A\+/);
    expect(second).toMatch(/^https:\/\/sync\.example\.org\/hooks\/graph\/life\?validationToken=/);
    const event = rig.microsoft.addEvent(caller.calendarId, timed("2026-03-02T09:00:00"));
    await rig.microsoft.flush();
    expect(rig.received[0]?.body["value"]).toEqual([
      expect.objectContaining({
        subscriptionId: created.body["id"],
        subscriptionExpirationDateTime: "2026-03-07T10:00:00+00:00",
        changeType: "created",
        clientState: "constant-time-compared",
        resourceData: expect.objectContaining({ "@odata.type": "#Microsoft.Graph.Event", id: event["id"] }),
      }),
    ]);
    rig.microsoft.sendLifecycle(String(created.body["id"]), "reauthorizationRequired");
    await rig.microsoft.flush();
    expect(rig.received[1]?.url).toBe("https://sync.example.org/hooks/graph/life");
    expect(rig.received[1]?.body["value"]).toMatchObject([{ lifecycleEvent: "reauthorizationRequired" }]);
    const path = `/subscriptions/${created.body["id"]}`;
    const renewed = await caller.call("PATCH", path, { expirationDateTime: "2026-03-08T08:00:00Z" });
    expect([renewed.status, renewed.body["expirationDateTime"]]).toEqual([200, "2026-03-08T08:00:00Z"]);
    expect((await caller.call("DELETE", path)).status).toBe(204);
    expect(code(await caller.call("PATCH", path, {}))).toBe("ResourceNotFound");
  });

  it("E.2.7: throttled, and a batch with mixed answers", async () => {
    const rig = createRig();
    const caller = await connect(rig);
    rig.microsoft.knobs.set("limit.mailbox", true, { times: 1 });
    const throttled = await caller.call("GET", "/me/events");
    expect([throttled.status, throttled.headers.get("retry-after"), code(throttled)]).toEqual([
      ...[429, "10", "ApplicationThrottled"],
    ]);
    rig.microsoft.knobs.set("batch.part429", 5, { times: 1 });
    const prefer = { Prefer: 'IdType="ImmutableId"' };
    const batch = await caller.call("POST", "/$batch", {
      requests: [
        { id: "1", method: "DELETE", url: "/me/events/AAkALgx%3D" },
        { id: "2", method: "GET", url: "/me/calendars?$select=id", headers: prefer },
        { id: "3", method: "GET", url: "/me/events", dependsOn: ["1"] },
      ],
    });
    const answers = batch.body["responses"] as { id: string; status: number; headers: object }[];
    const byId = new Map(answers.map((answer) => [answer.id, answer]));
    expect([batch.status, byId.get("1")?.status, byId.get("2")?.status, byId.get("3")?.status]).toEqual([
      ...[200, 429, 200, 424],
    ]);
    expect(byId.get("1")?.headers).toMatchObject({ "Retry-After": "5" });
  });
});
