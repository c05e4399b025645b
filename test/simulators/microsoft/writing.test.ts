// Reading and writing events of simulated Graph (`docs/providers/microsoft.md` B.4-B.6).
import { describe, expect, it } from "vitest";
import type { Answer, Json } from "../shared/rig.ts";
import {
  ANA,
  type Caller,
  code,
  connect,
  createRig,
  daily,
  MARK,
  PREFER,
  type Rig,
  rows,
  timed,
} from "./rig.ts";

async function prepared(): Promise<{ rig: Rig; caller: Caller; create: (change?: Json) => Promise<Answer> }> {
  const rig = createRig();
  const caller = await connect(rig);
  const create = (change: Json = {}) =>
    caller.call("POST", `${caller.home}/events`, { ...timed("2026-03-10T09:00:00"), ...change });
  return { rig, caller, create };
}

const pathOf = (answer: Answer | Json) => {
  const id = "body" in answer && "status" in answer ? (answer as Answer).body["id"] : (answer as Json)["id"];
  return `/me/events/${encodeURIComponent(String(id))}`;
};
const allDay = (start: string, end: string, zones = ["UTC", "UTC"]): Json => ({
  isAllDay: true,
  start: { dateTime: start, timeZone: zones[0] },
  end: { dateTime: end, timeZone: zones[1] },
});

describe("creating", () => {
  it.each([
    ["no start", { start: undefined }, "ErrorPropertyValidationFailure"],
    ["an unknown field", { colour: "red" }, "RequestBodyRead"],
    ["a field the server owns", { iCalUId: "x" }, "RequestBodyRead"],
    [
      "a time with an offset",
      { start: { dateTime: "2026-03-10T09:00:00+01:00", timeZone: "UTC" } },
      "ErrorPropertyValidationFailure",
    ],
    ["no zone", { start: { dateTime: "2026-03-10T09:00:00" } }, "RequestBodyRead"],
    [
      "an unknown zone",
      { start: { dateTime: "2026-03-10T09:00:00", timeZone: "Mars" } },
      "TimeZoneNotSupportedException",
    ],
    [
      "an end before its start",
      { end: { dateTime: "2026-03-10T08:00:00", timeZone: "UTC" } },
      "ErrorPropertyValidationFailure",
    ],
    ["all-day without midnight", allDay("2026-03-10T09:00:00", "2026-03-11T09:00:00"), "ErrorInvalidRequest"],
    ["all-day without a day", allDay("2026-03-10T00:00:00", "2026-03-10T00:00:00"), "ErrorInvalidRequest"],
    [
      "all-day in two zones",
      allDay("2026-03-10T00:00:00", "2026-03-11T00:00:00", ["UTC", "Europe/Lisbon"]),
      "ErrorInvalidRequest",
    ],
    ["showAs away", { showAs: "away" }, "RequestBodyRead"],
    [
      "a recurrence without days",
      { recurrence: { ...daily("2026-03-10"), pattern: { type: "weekly", interval: 1 } } },
      "ErrorPropertyValidationFailure",
    ],
    [
      "a recurrence that begins elsewhere",
      { recurrence: daily("2026-03-11") },
      "ErrorPropertyValidationFailure",
    ],
    [
      "a property id of another form",
      { singleValueExtendedProperties: [{ id: "AppBlock", value: "x" }] },
      "RequestBodyRead",
    ],
  ])("refuses %s", async (_, change, expected) => {
    const answer = await (await prepared()).create(change);
    expect([answer.status, code(answer)]).toEqual([400, expected]);
  });

  it("refuses a body that isn't JSON, or isn't declared as JSON", async () => {
    const { rig, caller } = await prepared();
    const post = async (contentType: string, body: string) => {
      const headers = { authorization: `Bearer ${caller.token}`, "content-type": contentType };
      return (
        await rig.microsoft.fetch("https://graph.microsoft.com/v1.0/me/events", {
          method: "POST",
          headers,
          body,
        })
      ).status;
    };
    expect([await post("application/json", "{"), await post("text/plain", "{}")]).toEqual([400, 400]);
  });

  it("shows times in the zone preferred, all-day ones unshifted", async () => {
    const { caller, create } = await prepared();
    const inLisbon = { dateTime: "2026-07-01T10:00:00", timeZone: "Europe/Lisbon" };
    const event = await create({ start: inLisbon, end: { ...inLisbon, dateTime: "2026-07-01T11:00:00" } });
    expect(event.body).toMatchObject({
      start: { dateTime: "2026-07-01T09:00:00.0000000", timeZone: "UTC" },
      originalStartTimeZone: "Europe/Lisbon",
    });
    const day = await create(
      allDay("2026-07-01T00:00:00", "2026-07-02T00:00:00", ["Tokyo Standard Time", "Tokyo Standard Time"]),
    );
    expect(day.body).toMatchObject({
      isAllDay: true,
      start: { dateTime: "2026-07-01T00:00:00.0000000", timeZone: "UTC" },
    });
    const prefer = 'outlook.timezone="Asia/Tokyo"';
    const seen = await caller.call("GET", pathOf(event), undefined, { prefer });
    expect(seen.body["start"]).toEqual({ dateTime: "2026-07-01T18:00:00.0000000", timeZone: "Asia/Tokyo" });
    expect(seen.headers.get("preference-applied")).toBe(prefer);
  });

  it("M27: reports a duplicate with 400 or 409, the id in either place, also when the event is deleted", async () => {
    const { rig, caller, create } = await prepared();
    const transactionId = "t-1";
    const made = await create({ transactionId });
    rig.microsoft.knobs.set("create.dupStatus", { status: 400, place: "top" }, { times: 1 });
    const duplicate = await create({ transactionId });
    expect([duplicate.status, code(duplicate), duplicate.body["@event.existingEventId"]]).toEqual([
      400,
      "ErrorDuplicateTransactionId",
      made.body["id"],
    ]);
    await caller.call("DELETE", pathOf(made));
    expect((await create({ transactionId })).status).toBe(409);
    rig.microsoft.knobs.set("create.duplicate", "live", { times: 1 });
    const lost = await create({ transactionId: "t-2" });
    const id = (lost.body["error"] as Json)["@event.existingEventId"];
    expect((await caller.call("GET", pathOf({ id }))).status).toBe(200);
  });

  it("creates once when the answer is lost", async () => {
    const { rig, create } = await prepared();
    rig.microsoft.knobs.set("net.reset", "after", { times: 1, operation: "events.create" });
    await expect(create({ transactionId: "t-1" })).rejects.toThrow(TypeError);
    expect((await create({ transactionId: "t-1" })).status).toBe(409);
  });

  it("mails the guests, and nobody when there are none", async () => {
    const { rig, caller, create } = await prepared();
    await create();
    expect(rig.microsoft.mails).toEqual([]);
    const guest = { emailAddress: { address: "guest@example.net" } };
    const meeting = await create({ attendees: [guest] });
    await caller.call("PATCH", pathOf(meeting), { subject: "Later" });
    await caller.call("DELETE", pathOf(meeting));
    expect(rig.microsoft.mails.map(({ kind }) => kind)).toEqual(["invitation", "update", "cancellation"]);
  });

  it("is refused on calendars that can't be edited, and in full mailboxes", async () => {
    const { rig, caller, create } = await prepared();
    const birthdays = rig.microsoft.calendars(ANA)[1]?.id ?? "";
    const answer = await caller.call(
      "POST",
      `/me/calendars/${birthdays}/events`,
      timed("2026-03-10T09:00:00"),
    );
    expect([answer.status, code(answer)]).toEqual([403, "ErrorAccessDenied"]);
    rig.microsoft.knobs.set("mailbox.full", true, { times: 1 });
    rig.microsoft.knobs.set("mailbox.full", 403, { times: 1 });
    expect([(await create()).status, (await create()).status, (await create()).status]).toEqual([
      507, 403, 201,
    ]);
  });
});

describe("reading", () => {
  it("takes $select of fields that exist, and always answers id and etag", async () => {
    const { caller, create } = await prepared();
    const path = pathOf(await create());
    const { body } = await caller.call("GET", `${path}?$select=showAs,type`);
    expect(Object.keys(body).sort()).toEqual(["@odata.context", "@odata.etag", "id", "showAs", "type"]);
    expect((await caller.call("GET", `${path}?$select=uid`)).status).toBe(400);
    expect((await caller.call("GET", `${path}?fields=id`)).status).toBe(400);
  });

  it("B.6.3: shows an extended property when expanded, and finds events by it", async () => {
    const { caller, create } = await prepared();
    const path = pathOf(await create({ singleValueExtendedProperties: [{ id: MARK, value: "M_71" }] }));
    await create();
    const expand = `$expand=singleValueExtendedProperties($filter=id eq '${MARK}')`;
    expect((await caller.call("GET", path)).body).not.toHaveProperty("singleValueExtendedProperties");
    const shown = await caller.call("GET", `${path}?${encodeURI(expand)}`);
    expect(shown.body["singleValueExtendedProperties"]).toEqual([{ id: MARK, value: "M_71" }]);
    const find = async (test: string, name = MARK) => {
      const filter = `singleValueExtendedProperties/Any(ep: ep/id eq '${name}' and ep/value ${test})`;
      const answer = await caller.call("GET", `${caller.home}/events?$filter=${encodeURIComponent(filter)}`);
      return rows(answer).length;
    };
    expect([await find("ne null"), await find("eq 'm_71'"), await find("eq 'x'")]).toEqual([1, 1, 0]);
    expect(await find("ne null", MARK.replace("AppBlock", "appblock"))).toBe(0);
    expect(code(await caller.call("GET", `${caller.home}/events?$filter=colour eq 'red'`))).toBe(
      "ErrorInvalidUrlQueryFilter",
    );
  });

  it("pages by ten, by $top, or by the preferred size, with absolute links", async () => {
    const { rig, caller } = await prepared();
    for (let day = 10; day < 25; day += 1)
      rig.microsoft.addEvent(caller.calendarId, timed(`2026-03-${day}T09:00:00`));
    const first = await caller.call("GET", "/me/events?$select=id");
    expect(rows(first)).toHaveLength(10);
    const next = String(first.body["@odata.nextLink"]);
    expect(next).toMatch(/^https:\/\/graph\.microsoft\.com\/v1\.0\/me\/events\?\$select=id&\$skip=10$/);
    const rest = await caller.call("GET", next);
    expect([rows(rest).length, "@odata.nextLink" in rest.body]).toEqual([5, false]);
    const view = "/me/calendarView?startDateTime=2026-03-01&endDateTime=2026-04-01";
    expect(rows(await caller.call("GET", `${view}&$top=1000&$orderby=start/dateTime desc`))[0]).toMatchObject(
      {
        start: { dateTime: "2026-03-24T09:00:00.0000000" },
      },
    );
    expect((await caller.call("GET", `${view}&$top=1001`)).status).toBe(400);
    expect((await caller.call("GET", "/me/calendarView")).status).toBe(400);
  });

  it("lists the instances of a series whole, its deleted days and exceptions on request", async () => {
    const { rig, caller } = await prepared();
    const series = rig.microsoft.addEvent(
      caller.calendarId,
      timed("2026-03-03T16:00:00", { recurrence: daily("2026-03-03", 4) }),
    );
    const id = String(series["id"]);
    rig.microsoft.cancelInstance(caller.calendarId, id, "2026-03-04T16:00:00Z");
    rig.microsoft.moveInstance(caller.calendarId, id, "2026-03-05T16:00:00Z", timed("2026-03-05T10:00:00"));
    const window = "startDateTime=2026-03-01T00:00:00Z&endDateTime=2026-03-06T00:00:00Z";
    const listed = rows(await caller.call("GET", `${pathOf(series)}/instances?${window}`));
    expect(listed.map(({ type, showAs }) => [type, showAs])).toEqual([
      ["occurrence", "busy"],
      ["exception", "busy"],
    ]);
    expect(
      (await caller.call("GET", `${pathOf({ id: listed[0]?.["id"] })}/instances?${window}`)).status,
    ).toBe(400);
    const master = await caller.call(
      "GET",
      `${pathOf(series)}?$select=recurrence,cancelledOccurrences&$expand=exceptionOccurrences`,
    );
    expect(master.body).toMatchObject({
      recurrence: {
        pattern: { type: "daily", interval: 1 },
        range: { type: "numbered", numberOfOccurrences: 4 },
      },
      cancelledOccurrences: [`OID.${id}.2026-03-04`],
      exceptionOccurrences: [{ type: "exception" }],
    });
    expect(rows(await caller.call("GET", "/me/events")).map(({ type }) => type)).toEqual(["seriesMaster"]);
  });

  it("shows an unanswered invitation as tentative", async () => {
    const { rig, caller } = await prepared();
    const organizer = { emailAddress: { address: "cy@example.net" } };
    const event = rig.microsoft.addEvent(caller.calendarId, timed("2026-03-10T09:00:00", { organizer }));
    expect(event).toMatchObject({
      isOrganizer: false,
      showAs: "tentative",
      responseStatus: { response: "notResponded" },
    });
  });

  it("needs ids that could be ids, in the right case", async () => {
    const { caller, create } = await prepared();
    const path = pathOf(await create());
    expect(code(await caller.call("GET", "/me/events/nonsense"))).toBe("ErrorInvalidIdMalformed");
    expect(
      (await caller.call("GET", path.slice(0, 20) + path.slice(20).toUpperCase())).status,
    ).toBeGreaterThanOrEqual(400);
    expect(code(await caller.call("GET", "/me/calendars/nonsense"))).toBe("ErrorInvalidIdMalformed");
  });
});

describe("changing", () => {
  it("replaces the fields sent, keeps the others, and renews the etag", async () => {
    const { caller, create } = await prepared();
    const made = await create({
      location: { displayName: "Here" },
      body: { contentType: "text", content: "Bring it" },
    });
    const etag = { "if-match": String(made.body["@odata.etag"]) };
    const changed = await caller.call("PATCH", pathOf(made), { showAs: "free" }, etag);
    expect(changed.body).toMatchObject({
      ...{ showAs: "free", bodyPreview: "Bring it" },
      location: { displayName: "Here" },
    });
    expect(changed.body["@odata.etag"]).not.toBe(made.body["@odata.etag"]);
    expect((await caller.call("PATCH", pathOf(made), { showAs: "busy" }, etag)).status).toBe(412);
    expect((await caller.call("DELETE", pathOf(made), undefined, etag)).status).toBe(412);
    expect((await caller.call("PATCH", pathOf(made), { transactionId: "x" })).status).toBe(400);
    expect(
      (await caller.call("PATCH", pathOf(made), { organizer: { emailAddress: { address: "x@y.example" } } }))
        .status,
    ).toBe(400);
  });

  it("M31: an occurrence can't pass its neighbour", async () => {
    const { rig, caller } = await prepared();
    const series = rig.microsoft.addEvent(
      caller.calendarId,
      timed("2026-03-03T16:00:00", { recurrence: daily("2026-03-03", 3) }),
    );
    const window = "startDateTime=2026-03-01&endDateTime=2026-04-01";
    const [first] = rows(await caller.call("GET", `${pathOf(series)}/instances?${window}`));
    expect(code(await caller.call("PATCH", pathOf(first ?? {}), timed("2026-03-04T18:00:00")))).toBe(
      "ErrorOccurrenceCrossingBoundary",
    );
    const moved = await caller.call("PATCH", pathOf(first ?? {}), timed("2026-03-03T18:00:00"));
    expect([moved.status, moved.body["type"], moved.body["id"]]).toEqual([200, "exception", first?.["id"]]);
  });

  it.each([
    ["M28", "event.touch", true, 412, "ErrorIrresolvableConflict"],
    ["M28", "event.touch", 409, 409, "ErrorIrresolvableConflict"],
    ["M29", "event.remove", true, 404, "ErrorItemNotFound"],
    ["M31", "event.crossing", true, 400, "ErrorOccurrenceCrossingBoundary"],
  ] as const)("%s: %s %j", async (_, name, value, status, expected) => {
    const { rig, caller, create } = await prepared();
    const made = await create();
    rig.microsoft.knobs.set(name, value as never, { times: 1 });
    const match = { "if-match": String(made.body["@odata.etag"]) };
    const answer = await caller.call("PATCH", pathOf(made), { subject: "x" }, match);
    expect([answer.status, code(answer)]).toEqual([status, expected]);
  });
});

describe("an event under its immutable id", () => {
  const lingering = async () => {
    const { rig, caller, create } = await prepared();
    const made = await create();
    rig.microsoft.knobs.set("event.lingers", true);
    return { rig, caller, made, id: String(made.body["id"]), path: pathOf(made) };
  };

  it("is changed in Deleted Items, and stays there", async () => {
    const { rig, caller, id, path } = await lingering();
    rig.microsoft.deleteEvent(caller.calendarId, id);
    const changed = await caller.call("PATCH", path, { subject: "Changed" });
    expect([changed.status, changed.body["subject"]]).toEqual([200, "Changed"]);
    expect((await caller.call("GET", path)).body["subject"]).toBe("Changed");
    expect(rows(await caller.call("GET", `${caller.home}/events`))).toEqual([]);
  });

  it("is deleted from Deleted Items for good", async () => {
    const { rig, caller, id, path } = await lingering();
    rig.microsoft.deleteEvent(caller.calendarId, id);
    expect((await caller.call("DELETE", path)).status).toBe(204);
    expect((await caller.call("DELETE", path)).status).toBe(404);
    expect((await caller.call("GET", path)).status).toBe(404);
  });

  it("is changed and deleted in another calendar, whichever the path names", async () => {
    const { rig, caller, id } = await lingering();
    const other = rig.microsoft.addCalendar({ user: ANA, name: "Other" }).id;
    rig.microsoft.moveEvent(caller.calendarId, id, other);
    const path = `${caller.home}/events/${id}`;
    expect((await caller.call("PATCH", path, { subject: "Changed" })).status).toBe(200);
    expect(rig.microsoft.events(caller.calendarId)).toEqual([]);
    expect(rig.microsoft.events(other)).toMatchObject([{ id, subject: "Changed" }]);
    expect((await caller.call("DELETE", path)).status).toBe(204);
    expect(rig.microsoft.events(other)).toEqual([]);
  });

  it("isn't found without the knob where the path names the wrong calendar", async () => {
    const { rig, caller, id, path } = await lingering();
    rig.microsoft.knobs.clear();
    rig.microsoft.moveEvent(
      caller.calendarId,
      id,
      rig.microsoft.addCalendar({ user: ANA, name: "Other" }).id,
    );
    for (const method of ["GET", "PATCH", "DELETE"]) {
      const body = method === "PATCH" ? { subject: "Changed" } : undefined;
      expect((await caller.call(method, `${caller.home}/events/${id}`, body)).status).toBe(404);
    }
    expect((await caller.call("GET", path)).status).toBe(200);
  });

  it("isn't found once it was exported and imported", async () => {
    const { rig, caller, id, path } = await lingering();
    const imported = rig.microsoft.reimportEvent(caller.calendarId, id);
    expect((await caller.call("GET", path)).status).toBe(404);
    const found = (await caller.call("GET", `/me/events/${imported}`)).body;
    expect(found).toMatchObject({ id: imported, start: { dateTime: "2026-03-10T09:00:00.0000000" } });
    expect(rows(await caller.call("GET", `${caller.home}/events`)).map((row) => row["id"])).toEqual([
      imported,
    ]);
  });
});

describe("the calls around events", () => {
  it("return the person, the calendars one by one, and the mailbox's zone", async () => {
    const rig = createRig();
    const caller = await connect(rig, ANA, { scope: "openid User.Read MailboxSettings.Read Calendars.Read" });
    const me = (await caller.call("GET", "/me")).body;
    expect(me).toMatchObject({ userPrincipalName: ANA });
    expect((await caller.call("GET", `/users/${String(me["id"])}/calendar`)).body).toMatchObject({
      isDefaultCalendar: true,
    });
    expect((await caller.call("GET", "/users/bo@outlook.example/calendar")).status).toBe(403);
    expect((await caller.call("GET", caller.home)).body["id"]).toBe(caller.calendarId);
    expect((await caller.call("GET", "/me/mailboxSettings")).body).toMatchObject({
      timeZone: "Europe/Lisbon",
    });
    expect((await caller.call("GET", "/me/calendars?$top=2")).body["@odata.nextLink"]).toContain("$skip=2");
    expect((await caller.call("GET", "/me/messages")).status).toBe(400);
    expect((await caller.call("POST", "/me/events", timed("2026-03-10T09:00:00"))).status).toBe(403);
  });

  it("need the shared scopes for calendars of others", async () => {
    const rig = createRig();
    const shared = rig.microsoft.addCalendar({ user: ANA, name: "Team", sharedBy: "cy@contoso.example" });
    const path = `/me/calendars/${shared.id}/events`;
    expect(code(await (await connect(rig)).call("GET", path))).toBe("ErrorAccessDenied");
    const scope = "openid Calendars.ReadWrite.Shared";
    expect((await (await connect(rig, ANA, { scope })).call("GET", path)).status).toBe(200);
  });

  it("echo the client's request id where asked to", async () => {
    const { caller } = await prepared();
    const headers = { "client-request-id": "c-1", "return-client-request-id": "true", prefer: PREFER };
    const answer = await caller.call("GET", "/me/calendars", undefined, headers);
    expect([answer.headers.get("client-request-id"), answer.headers.get("request-id")]).toEqual([
      "c-1",
      expect.any(String),
    ]);
  });
});
