// Writes to simulated Google: ids, patches, conditions, limits of fields (`docs/providers/google.md` A.6).
import { describe, expect, it } from "vitest";
import type { Json } from "../shared/rig.ts";
import { ANA, type Caller, connect, createRig, EVENTS, items, type Rig, reason, timed } from "./rig.ts";

async function prepared(): Promise<{ rig: Rig; caller: Caller }> {
  const rig = createRig();
  return { rig, caller: await connect(rig) };
}

const EVENT = timed("2026-03-10T09:00:00Z");
const one = (id: unknown) => `${EVENTS}/${String(id)}`;

describe("insert", () => {
  it.each([
    ["letters outside base32hex", { id: "xyzzy" }, "invalid"],
    ["a short id", { id: "abc" }, "invalid"],
    ["id and iCalUID", { id: "abcde", iCalUID: "abcde@example.com" }, "invalid"],
    ["an unknown field", { colour: "red" }, "badRequest"],
    ["an unknown field inside", { reminders: { useDefault: false, sound: "loud" } }, "badRequest"],
    [
      "six reminders",
      { reminders: { useDefault: false, overrides: Array(6).fill({ method: "popup", minutes: 1 }) } },
      "invalid",
    ],
    [
      "a reminder five weeks ahead",
      { reminders: { overrides: [{ method: "popup", minutes: 50_400 }] } },
      "invalid",
    ],
    ["a missing end", { end: undefined }, "required"],
    ["a date and a time", { start: { date: "2026-03-10", dateTime: "2026-03-10T09:00:00Z" } }, "invalid"],
    ["a timed start with a dated end", { end: { date: "2026-03-11" } }, "invalid"],
    ["an end before the start", { end: { dateTime: "2026-03-10T08:00:00Z" } }, "timeRangeEmpty"],
    ["a time without offset and zone", { start: { dateTime: "2026-03-10T09:00:00" } }, "invalid"],
    ["an unknown zone", { start: { dateTime: "2026-03-10T09:00:00Z", timeZone: "Mars/Olympus" } }, "invalid"],
    ["a rule that is none", { recurrence: ["RRULE:FREQ=SOMETIMES"] }, "invalid"],
    ["a long property value", { extendedProperties: { private: { a: "x".repeat(1025) } } }, "invalid"],
  ])("refuses %s", async (_, change, expected) => {
    const { caller } = await prepared();
    const answer = await caller.call("POST", EVENTS, { ...EVENT, ...change });
    expect([answer.status, reason(answer)]).toEqual([400, expected]);
  });

  it("refuses an unknown parameter and a wrong sendUpdates, and a body that isn't JSON", async () => {
    const { caller } = await prepared();
    expect((await caller.call("POST", `${EVENTS}?colour=red`, EVENT)).status).toBe(400);
    expect((await caller.call("POST", `${EVENTS}?sendUpdates=maybe`, EVENT)).status).toBe(400);
    const plain = await caller.call("POST", EVENTS, EVENT, { "content-type": "text/plain" });
    expect(reason(plain)).toBe("parseError");
  });

  it("keeps a journal of requests, with sendUpdates", async () => {
    const { rig, caller } = await prepared();
    await caller.call("POST", `${EVENTS}?sendUpdates=none`, EVENT);
    const inserts = rig.google.requests.filter(({ operation }) => operation === "events.insert");
    expect(inserts).toMatchObject([
      { sendUpdates: "none", status: 200, user: ANA, calendarId: ANA, body: EVENT },
    ]);
  });
});

describe("patch and update", () => {
  it("merges objects, replaces arrays, deletes with null", async () => {
    const { caller } = await prepared();
    const attendees = [{ email: "a@example.com" }, { email: "b@example.com" }];
    const properties = { private: { a: "1", b: "2" } };
    const { body } = await caller.call("POST", EVENTS, {
      ...EVENT,
      attendees,
      extendedProperties: properties,
    });
    const patch = {
      summary: null,
      attendees: [attendees[1]],
      extendedProperties: { private: { a: null, c: "3" } },
    };
    const patched = (await caller.call("PATCH", one(body["id"]), patch)).body;
    expect(patched).not.toHaveProperty("summary");
    expect(patched["attendees"]).toMatchObject([{ email: "b@example.com" }]);
    expect(patched["extendedProperties"]).toEqual({ private: { b: "2", c: "3" } });
    expect(patched["etag"]).not.toBe(body["etag"]);
  });

  it("needs explicit nulls to make a timed event an all-day one", async () => {
    const { caller } = await prepared();
    const { body } = await caller.call("POST", EVENTS, EVENT);
    const days = { start: { date: "2026-03-10" }, end: { date: "2026-03-11" } };
    expect((await caller.call("PATCH", one(body["id"]), days)).status).toBe(400);
    const nulls = { dateTime: null, timeZone: null };
    const patch = { start: { ...days.start, ...nulls }, end: { ...days.end, ...nulls } };
    expect((await caller.call("PATCH", one(body["id"]), patch)).body).toMatchObject(days);
  });

  it("replaces everything on update, and refuses a lower sequence or another type", async () => {
    const { caller } = await prepared();
    const { body } = await caller.call("POST", EVENTS, { ...EVENT, location: "Office", sequence: 2 });
    const put = (change: Json) => caller.call("PUT", one(body["id"]), { ...EVENT, ...change });
    expect((await put({})).body).not.toHaveProperty("location");
    expect(reason(await put({ end: undefined }))).toBe("required");
    expect(reason(await put({ sequence: 1 }))).toBe("invalid");
    expect(reason(await put({ eventType: "focusTime" }))).toBe("eventTypeRestriction");
  });

  it("answers 404 for an event that never was, 410 for a deleted one", async () => {
    const { rig, caller } = await prepared();
    const gone = rig.google.addEvent(ANA, EVENT)["id"];
    rig.google.deleteEvent(ANA, String(gone));
    const status = async (id: unknown) => (await caller.call("PATCH", one(id), { summary: "x" })).status;
    expect([await status("nothing"), await status(gone)]).toEqual([404, 410]);
    rig.google.eraseEvent(ANA, String(gone));
    expect(await status(gone)).toBe(404);
  });

  it("G19: revives a deleted event with status confirmed, unless Google refuses", async () => {
    const { rig, caller } = await prepared();
    const id = rig.google.addEvent(ANA, EVENT)["id"];
    rig.google.deleteEvent(ANA, String(id));
    const revive = () => caller.call("PATCH", one(id), { ...EVENT, status: "confirmed" });
    rig.google.knobs.set("event.reviveFails", true, { times: 1 });
    expect((await revive()).status).toBe(403);
    expect((await revive()).body).toMatchObject({ status: "confirmed", summary: "Call" });
  });

  it("moves and deletes one instance by its derived id", async () => {
    const { rig, caller } = await prepared();
    const id = rig.google.addEvent(ANA, { ...EVENT, recurrence: ["RRULE:FREQ=DAILY;COUNT=3"] })["id"];
    const instance = `${String(id)}_20260311T090000Z`;
    expect((await caller.call("GET", one(instance))).body).toMatchObject({
      recurringEventId: id,
      id: instance,
    });
    const moved = await caller.call("PATCH", one(instance), { start: { dateTime: "2026-03-11T09:30:00Z" } });
    expect(moved.body).toMatchObject({
      originalStartTime: { dateTime: "2026-03-11T09:00:00Z" },
      recurringEventId: id,
    });
    expect((await caller.call("DELETE", one(`${String(id)}_20260312T090000Z`))).status).toBe(204);
    expect(items(await caller.call("GET", `${one(id)}/instances`))).toHaveLength(2);
    expect((await caller.call("GET", one(`${String(id)}_20260401T090000Z`))).status).toBe(404);
  });

  it("G25: lets a guest change their own side of an event only", async () => {
    const { rig, caller } = await prepared();
    const id = rig.google.addEvent(ANA, { ...EVENT, organizer: { email: "bo@example.com" } })["id"];
    expect(reason(await caller.call("PATCH", one(id), { summary: "Mine" }))).toBe("forbiddenForNonOrganizer");
    expect((await caller.call("PATCH", one(id), { transparency: "transparent" })).status).toBe(200);
  });

  it("answers 304 to a read that knows the etag", async () => {
    const { rig, caller } = await prepared();
    const event = rig.google.addEvent(ANA, EVENT);
    const known = { "if-none-match": String(event["etag"]) };
    expect((await caller.call("GET", one(event["id"]), undefined, known)).status).toBe(304);
  });
});
